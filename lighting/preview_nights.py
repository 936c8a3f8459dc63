"""One night ahead: what a programme will do in it, how much light that is, and how much of it falls by day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from city.nights import night_bounds
from city.places import Site
from lighting.moments import NightSun, night_sun
from lighting.night_proof import lit_spans
from lighting.power import FULL_LEVEL_PCT
from lighting.programmes import Programme, SwitchPoint, lit_parts, points_of

HOUR = timedelta(hours=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class NightPreview:
    """What one night will be."""

    night: date
    """The evening's date."""
    programme: str
    """The name of the programme that decides it."""
    rule: str | None
    """The calendar's rule that chose the programme; None: no rule holds, the calendar's default does."""
    switch_points: tuple[SwitchPoint, ...]
    steps: tuple[tuple[datetime, int], ...]
    """When each step of the programme comes, in order: the instant, UTC, and the step's place in the programme.
    None in a night without light."""
    lit: tuple[Span, ...]
    """When there is light, UTC."""
    sun: NightSun
    end: datetime
    """First instant of the next night, UTC."""
    lit_hours: float
    """Hours with light."""
    full_hours: float
    """Hours at 100 % that would use as much energy, fades included, power taken as proportional to level."""
    by_day_hours: float
    """Hours with light while the sun is up."""

    @property
    def relative_energy(self) -> float:
        """Energy against the same hours at 100 %: 0–1; 0 for a night without light."""
        return self.full_hours / self.lit_hours if self.lit_hours else 0.0

    @property
    def dark_hours(self) -> float:
        """Hours from sunset to sunrise."""
        return self.sun.down_for / HOUR

    @property
    def unlit_hours(self) -> float:
        """Hours from sunset to sunrise without light."""
        return self.dark_hours - (self.lit_hours - self.by_day_hours)


def night_preview(programme: Programme, rule: str | None, night: date, site: Site) -> NightPreview:
    """What a programme does in a night for which a calendar's rule (or its default) chose it."""
    start, end = night_bounds(night, site.zone)
    parts = lit_parts(programme, night, site)
    points = points_of(programme, parts, night, site)
    sun = night_sun(night, site)
    lit = lit_spans(points, end)
    in_the_dark = _common(lit, sun.down)
    lit_for = sum((until - since for since, until in lit), timedelta())
    return NightPreview(
        night=night,
        programme=programme.name,
        rule=rule,
        switch_points=points,
        steps=parts[-1].steps if parts else (),
        lit=lit,
        sun=sun,
        end=end,
        lit_hours=lit_for / HOUR,
        full_hours=full_load(points, start, end),
        by_day_hours=(lit_for - in_the_dark) / HOUR,
    )


def full_load(points: Sequence[SwitchPoint], start: datetime, end: datetime) -> float:
    """For how many hours full light would use as much energy as a night's switch points.

    Power is proportional to level, and a fade is a straight line from the level that was reached to the one asked for.
    """
    full = 0.0
    # Lit from the night's first instant on, the lamps go on from the night before: there is no fade to see.
    reached = points[0].level if points[0].at == start else 0.0
    for point, until in zip(points, (*(later.at for later in points[1:]), end), strict=True):
        hours = (until - point.at) / HOUR
        if not point.fade:
            full += hours * point.level
            reached = point.level
            continue
        fading = min(point.fade / HOUR, hours)
        before, reached = reached, reached + (point.level - reached) * (fading / (point.fade / HOUR))
        full += fading * (before + reached) / 2 + (hours - fading) * point.level
    return full / FULL_LEVEL_PCT


def _common(some: Iterable[Span], others: Sequence[Span]) -> timedelta:
    shared = (
        min(until, other_until) - max(since, other_since)
        for since, until in some
        for other_since, other_until in others
    )
    return sum((each for each in shared if each > timedelta()), timedelta())

"""What a programme will do, night by night, before any lamp does it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from city.nights import NOON, local_instant, night_bounds
from city.places import Site
from lighting.light_plan import LightPlan, plan_of
from lighting.power import FULL_LEVEL_PCT
from lighting.programmes import Programme, SwitchPoint, switch_points
from lighting.sun import dark_spans

LONGEST_LIT_H = 20.0
"""Lit for longer than this in a night is worth a warning, hours."""

FULL_YEAR = 365
"""Nights after which a step that never came into effect never will."""


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
    lit_hours: float
    """Hours with light."""
    full_hours: float
    """Hours at 100 % that would use as much energy, power taken as proportional to level."""

    @property
    def relative_energy(self) -> float:
        """Energy against the same hours at 100 %: 0–1; 0 for a night without light."""
        return self.full_hours / self.lit_hours if self.lit_hours else 0.0


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run of nights will be."""

    programme: Programme
    nights: tuple[NightPreview, ...]
    warnings: tuple[str, ...]
    """What a person should know before deploying it, one line each."""

    @property
    def lit_hours(self) -> float:
        """Hours with light in all nights."""
        return sum(night.lit_hours for night in self.nights)

    @property
    def full_hours(self) -> float:
        """Hours at 100 % that would use as much energy as all nights."""
        return sum(night.full_hours for night in self.nights)

    @property
    def relative_energy(self) -> float:
        """Energy of all nights against the same hours at 100 %: 0–1."""
        return self.full_hours / self.lit_hours if self.lit_hours else 0.0


def preview(programme: Programme, first_night: date, nights: int, site: Site) -> Preview:
    """What a programme does in ``nights`` nights from the evening of ``first_night`` on."""
    return preview_calendar(plan_of(programme), programme.name, first_night, nights, site)


def preview_calendar(plan: LightPlan, calendar: str, first_night: date, nights: int, site: Site) -> Preview:
    """What a calendar does in ``nights`` nights from the evening of ``first_night`` on."""
    followed = plan.calendars[calendar]
    seen = []
    for night in (first_night + timedelta(days=number) for number in range(nights)):
        rule = followed.rule_for(night)
        seen.append(_night(plan.programme(calendar, night), rule.name if rule else None, night, site))
    default = plan.programmes[followed.default]
    return Preview(default, tuple(seen), tuple(_warnings(default, tuple(seen), site)))


def _night(programme: Programme, rule: str | None, night: date, site: Site) -> NightPreview:
    points = switch_points(programme, night, site)
    _, end = night_bounds(night, site.zone)
    lit = full = timedelta()
    for point, until in zip(points, (*(later.at for later in points[1:]), end), strict=True):
        if point.level > 0:
            lit += until - point.at
            full += (until - point.at) * (point.level / FULL_LEVEL_PCT)
    hour = timedelta(hours=1)
    return NightPreview(night, programme.name, rule, points, lit / hour, full / hour)


def _warnings(programme: Programme, seen: tuple[NightPreview, ...], site: Site) -> Iterator[str]:
    for night in seen:
        if night.lit_hours == 0:
            sun_sets = bool(dark_spans(*night_bounds(night.night, site.zone), site))
            yield f"{night.night}: no light{'' if sun_sets else ', the sun does not set'}"
        elif night.lit_hours > LONGEST_LIT_H:
            yield f"{night.night}: lit for {night.lit_hours:.1f} h"
        yield from _clock_changes(programme, night.night, site)
    levels = (programme.level, *(step.level for step in programme.steps))
    for before, step in zip(levels, programme.steps, strict=False):
        if step.level == before and isinstance(step.at, time):
            yield f"step at {step.at:%H:%M}: changes nothing, the level is {before:g} % already"
    if len(seen) >= FULL_YEAR:
        yield from _never_reached(programme, seen, site)


def _clock_changes(programme: Programme, night: date, site: Site) -> Iterator[str]:
    """The steps of a night that the change of the clock skips or doubles."""
    for step in programme.steps:
        if not isinstance(step.at, time):
            continue
        day = night if step.at >= NOON else night + timedelta(days=1)
        naive = datetime.combine(day, step.at)
        first, second = (naive.replace(tzinfo=site.zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            continue
        meant = local_instant(night, step.at, site.zone).astimezone(site.zone)
        if meant.replace(tzinfo=None) == naive:
            yield f"{night}: {step.at:%H:%M} comes twice, the first is meant"
        else:
            yield f"{night}: {step.at:%H:%M} does not come, {meant:%H:%M} is meant"


def _never_reached(programme: Programme, seen: tuple[NightPreview, ...], site: Site) -> Iterator[str]:
    for step, following in zip(programme.steps, (*programme.steps[1:], None), strict=False):
        until = following.at if following else None
        if not isinstance(step.at, time) or not (until is None or isinstance(until, time)):
            continue
        if not any(_reached(night, step.at, until, site) for night in seen):
            yield f"step at {step.at:%H:%M}: never while the lamps are lit"


def _reached(night: NightPreview, at: time, until: time | None, site: Site) -> bool:
    """Whether the lamps are lit at any time from a step to the next (or to the night's end)."""
    _, end = night_bounds(night.night, site.zone)
    lit_from, last = night.switch_points[0].at, night.switch_points[-1]
    lit_until = end if last.level > 0 else last.at
    begins = local_instant(night.night, at, site.zone)
    ends = end if until is None else local_instant(night.night, until, site.zone)
    return max(begins, lit_from) < min(ends, lit_until)

"""Dimming programmes: what level, when, for one kind of night.

A night runs from noon to noon in local time. Everything is resolved once a night to UTC, so that neither
midnight nor the two changes of the clock is a special case anywhere else.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from city.nights import night_bounds, night_of
from city.places import Site
from lighting.moments import (
    CIVIL,
    Darkness,
    Edge,
    When,
    civil_darknesses,
    darknesses,
    events_of,
    whole_night,
)

MOST_STEPS = 10
"""How many steps a programme has at most: what the simplest lamp controller can hold
(docs/devices/lamp-controller.md)."""

NO_TIME = timedelta()

NIGHTS_KEPT = 4096
"""How many nights of programmes are remembered: tonight's and the next nights' of every programme that a city has."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level while the lamps are lit."""

    at: When
    """A time on the clock stands on the evening's date from noon on, on the morning after before noon."""
    level: float
    """Percent; 0 is the night's extinction, until a later step lights up again."""
    fade: timedelta | None = None
    """How long the change takes from ``at`` on; None: as long as the programme says."""


@dataclass(frozen=True, slots=True)
class Programme:
    """From ``on`` to ``off`` the lamps are lit: at ``level`` until the first step, then as the steps say."""

    name: str
    """Short and unique."""
    title: str
    """As people say it."""
    on: When
    off: When
    level: float
    """Percent, until the first step has passed."""
    steps: tuple[Step, ...] = ()
    """Those by the clock in the order of the night, noon to noon."""
    fade: timedelta = NO_TIME
    """How long a change of level takes."""
    shortest: timedelta = NO_TIME
    """Light that would last for less than this is left out (GXF, ``minimumLightsOn``)."""
    photocell: timedelta = NO_TIME
    """By how much a photocell may light up and darken sooner or later than ``on`` and ``off`` (GXF's trigger
    window); zero: the astronomical clock alone decides."""


@dataclass(frozen=True, slots=True)
class SwitchPoint:
    """From when a level holds."""

    at: datetime
    """UTC."""
    level: float
    """Percent."""
    fade: timedelta = NO_TIME
    """How long it takes from ``at`` on until the level is reached."""


FIVE_STEPS = Programme(
    name="cinq-paliers",
    title="Cinq paliers",
    on=Edge("sunset"),
    off=Edge("sunrise"),
    level=100.0,
    steps=(
        Step(time(20, 0), 70.0),
        Step(time(0, 0), 30.0),
        Step(time(5, 0), 70.0),
        Step(time(7, 0), 100.0),
    ),
)
"""The five steps that Mulhouse tested, 42 % saved (press kit of the city council, April 2022)."""


@dataclass(frozen=True, slots=True)
class Lit:
    """A part of a night in which a programme has its lamps lit."""

    on: datetime
    """UTC."""
    off: datetime
    """UTC."""
    steps: tuple[tuple[datetime, int], ...]
    """When the programme's steps come, in order: the instant, UTC, and the step's place in the programme.

    Of two that fall together, the later in the programme comes last and holds.
    """


@lru_cache(maxsize=NIGHTS_KEPT)
def switch_points(programme: Programme, night: date, site: Site) -> tuple[SwitchPoint, ...]:
    """The changes of level of one night in UTC, strictly ascending and inside the night; never empty.

    The last one is the end of light, at level 0, except where the sun does not rise before the next noon: there
    the lamps stay lit into the next night. A night without light is one point: level 0 from noon.
    """
    return points_of(programme, lit_parts(programme, night, site), night, site)


def points_of(programme: Programme, parts: Sequence[Lit], night: date, site: Site) -> tuple[SwitchPoint, ...]:
    """The changes of level of a night whose lit parts are known; see ``switch_points``."""
    start, end = night_bounds(night, site.zone)
    points: dict[datetime, SwitchPoint] = {}
    for lit in parts:
        points[lit.on] = SwitchPoint(lit.on, programme.level, programme.fade)
        for at, number in lit.steps:
            if at < lit.off:
                # A step that has passed before lighting up decides at which level the lamps light up.
                step = programme.steps[number]
                fade = programme.fade if step.fade is None else step.fade
                points[max(at, lit.on)] = SwitchPoint(max(at, lit.on), step.level, fade)
        points[lit.off] = SwitchPoint(lit.off, 0.0, programme.fade)
    points.pop(end, None)
    kept = _without_flashes([points[at] for at in sorted(points)], end, programme.shortest)
    return tuple(kept) or (SwitchPoint(start, 0.0),)


def level_at(programme: Programme, instant: datetime, site: Site) -> float:
    """What a programme asks for at an instant, percent; 0 outside the lit part of the night."""
    points = switch_points(programme, night_of(instant, site.zone), site)
    passed = bisect_right(points, instant, key=lambda point: point.at)
    return points[passed - 1].level if passed else 0.0


def lit_parts(programme: Programme, night: date, site: Site) -> tuple[Lit, ...]:
    """When the lamps are lit in a night, in order and apart; one part but near the poles."""
    parts: list[Lit] = []
    for dark in _darknesses(programme, night, site):
        on = max(dark.instant(programme.on), dark.start)
        off = min(dark.instant(programme.off), dark.end)
        if parts and on <= parts[-1].off:
            on, off = parts[-1].on, max(off, parts[-1].off)
            parts.pop()
        if on < off:
            resolved = ((dark.instant(step.at), number) for number, step in enumerate(programme.steps))
            parts.append(Lit(on, off, tuple(sorted(resolved))))
    return tuple(parts)


def _darknesses(programme: Programme, night: date, site: Site) -> tuple[Darkness, ...]:
    """The darknesses in which a programme lights up."""
    events = events_of(programme.on) | events_of(programme.off)
    civil = bool(CIVIL & events.union(*(events_of(step.at) for step in programme.steps)))
    if not events:
        return (whole_night(night, site, civil=civil),)
    found = civil_darknesses(night, site) if events <= CIVIL else darknesses(night, site, civil=civil)
    if events_of(programme.on) & CIVIL:  # where it does not get dark enough, nothing lights up
        found = tuple(dark for dark in found if dark.civil is not None)
    if isinstance(programme.on, Edge) and isinstance(programme.off, Edge):
        return found
    # The clock's times are of this night, not of last night's darkness.
    return tuple(dark for dark in found if dark.touches_night)


def _without_flashes(points: list[SwitchPoint], end: datetime, shortest: timedelta) -> list[SwitchPoint]:
    """The points without any light that would be over too soon to be worth it."""
    if not shortest:
        return points
    kept: list[SwitchPoint] = []
    run: list[SwitchPoint] = []
    for point in points:
        if point.level > 0:
            run.append(point)
            continue
        if run and point.at - run[0].at >= shortest:
            kept += run
        run = []
        if kept and kept[-1].level > 0:
            kept.append(point)
    return kept + (run if run and end - run[0].at >= shortest else [])

"""Dimming programmes: what level, when, for one kind of night.

A night runs from noon to noon in local time. Everything is resolved once a night to UTC, so that neither
midnight nor the two changes of the clock is a special case anywhere else.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from city.nights import local_instant, night_bounds, night_of
from city.places import Site
from lighting.sun import DarkSpan, dark_spans

MOST_STEPS = 10
"""How many steps a lamp controller can hold (docs/devices/lamp-controller.md)."""

SunEvent = Literal["sunset", "sunrise"]


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the lit part of a night begins or ends."""

    event: SunEvent
    offset: timedelta = timedelta()
    """Added to the event; negative is before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level by the clock on the wall."""

    at: time
    """Local time; from noon on it falls on the evening's date, before noon on the morning after."""
    level: float
    """Percent."""


@dataclass(frozen=True, slots=True)
class Programme:
    """From ``on`` to ``off`` the lamps are lit: at ``level`` until the first step, then as the steps say."""

    name: str
    """Short and unique."""
    title: str
    """As people say it."""
    on: Edge
    off: Edge
    level: float
    """Percent, until the first step has passed."""
    steps: tuple[Step, ...] = ()
    """In the order of the night, noon to noon."""


@dataclass(frozen=True, slots=True)
class SwitchPoint:
    """From when a level holds."""

    at: datetime
    """UTC."""
    level: float
    """Percent."""


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


@lru_cache(maxsize=4096)
def switch_points(programme: Programme, night: date, site: Site) -> tuple[SwitchPoint, ...]:
    """The changes of level of one night in UTC, strictly ascending and inside the night; never empty.

    The last one is the end of light, at level 0, except where the sun does not rise before the next noon: there
    the lamps stay lit into the next night. A night without light is one point: level 0 from noon.
    """
    start, end = night_bounds(night, site.zone)
    levels: dict[datetime, float] = {}
    for on, off in _lit_spans(programme, start, end, site):
        levels[on] = programme.level
        for step in programme.steps:
            at = local_instant(night, step.at, site.zone)
            if at < off:
                # A step that has passed before lighting up decides at which level the lamps light up.
                levels[max(at, on)] = step.level
        levels[off] = 0.0
    levels.pop(end, None)
    return tuple(SwitchPoint(at, levels[at]) for at in sorted(levels)) or (SwitchPoint(start, 0.0),)


def level_at(programme: Programme, instant: datetime, site: Site) -> float:
    """What a programme asks for at an instant, percent; 0 outside the lit part of the night."""
    points = switch_points(programme, night_of(instant, site.zone), site)
    passed = bisect_right(points, instant, key=lambda point: point.at)
    return points[passed - 1].level if passed else 0.0


def _lit_spans(
    programme: Programme, start: datetime, end: datetime, site: Site
) -> list[tuple[datetime, datetime]]:
    """When the lamps are lit between two instants, in order and apart; one span but near the poles."""
    lit: list[tuple[datetime, datetime]] = []
    for dark in dark_spans(start, end, site):
        on = max(_edge(programme.on, dark, start, end), start)
        off = min(_edge(programme.off, dark, start, end), end)
        if lit and on <= lit[-1][1]:
            on, off = lit[-1][0], max(off, lit[-1][1])
            lit.pop()
        if on < off:
            lit.append((on, off))
    return lit


def _edge(edge: Edge, dark: DarkSpan, start: datetime, end: datetime) -> datetime:
    """An edge of one span of darkness; the sun set before ``start``, or rises after ``end``, if at no time."""
    if edge.event == "sunset":
        return start if dark.sunset is None else dark.sunset + edge.offset
    return end if dark.sunrise is None else dark.sunrise + edge.offset

"""The programme that a lamp controller keeps and runs alone, as docs/devices/lamp-controller.md has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from fake_devices.gazetteer import SITE
from fake_devices.street_clock import HOUR_S, NOON_S, Place, SunEvent

FULL = 100.0
MOST_STEPS = 10
LARGEST_OFFSET_MIN = 720
"""Half a day: a larger offset from sunset or sunrise would leave the night."""
LARGEST_ZONE_MIN = 14 * 60
NIGHTS_AHEAD = 3
"""How many nights are searched for the next switching: more than one, for nights without any."""


class ProgrammeError(ValueError):
    """A programme that this controller cannot run; the message is its reason."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A sun event with an offset."""

    event: SunEvent
    offset_min: float = 0.0

    def instant(self, place: Place, night: int) -> float | None:
        """When it happens in a night: sunset in the evening, sunrise on the morning after."""
        sun = place.sun(self.event, night + (self.event == "sunrise"))
        return None if sun is None else sun + self.offset_min * 60


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level at a local time, in seconds after local midnight."""

    second: int
    level: float

    @property
    def in_night(self) -> int:
        """Its place in the night, which runs from noon to noon."""
        return (self.second - NOON_S) % (2 * NOON_S)


@dataclass(frozen=True)
class LampProgramme:
    """What level, when. Switch points are instants in seconds since 1970 UTC."""

    place: Place
    on: Edge = Edge("sunset")
    off: Edge = Edge("sunrise")
    level: float = FULL
    steps: tuple[Step, ...] = field(default=())
    hash: str | None = None
    """None for the factory programme."""

    def level_at(self, instant: float) -> float:
        """The level that the lamp should have, percent."""
        level = 0.0
        for at, to_level in night_points(self, self.place.night(instant)):
            if at > instant:
                break
            level = to_level
        return level

    def next_change(self, instant: float) -> float | None:
        """The first switch point after an instant, or None if there is none for days."""
        tonight = self.place.night(instant)
        for night in range(tonight, tonight + NIGHTS_AHEAD):
            for at, _ in night_points(self, night):
                if at > instant:
                    return at
        return None


@lru_cache(maxsize=1024)
def night_points(programme: LampProgramme, night: int) -> tuple[tuple[float, float], ...]:
    """Instants and levels of one night, the last one being dark. Empty: nothing lights up."""
    begin = programme.on.instant(programme.place, night)
    end = programme.off.instant(programme.place, night)
    if begin is None or end is None:
        if not programme.place.is_dark_all_day(night):
            return ()
        noon, next_noon = (programme.place.instant(day, NOON_S) for day in (night, night + 1))
        begin, end = begin or noon, end or next_noon
    if begin >= end:
        return ()
    level = programme.level
    points = []
    for step in programme.steps:
        at = programme.place.instant(night + (step.second < NOON_S), step.second)
        if at <= begin:
            level = step.level
        elif at < end:
            points.append((at, step.level))
    return ((begin, level), *points, (end, 0.0))


def factory_programme() -> LampProgramme:
    """Full light from sunset to sunrise."""
    return LampProgramme(Place(SITE.latitude, SITE.longitude, 60, summer_time=True))


@lru_cache(maxsize=64)
def shared(programme: LampProgramme) -> LampProgramme:
    """One object for equal programmes: a city's controllers mostly hold the same one."""
    return programme


def read_programme(document: Mapping[str, Any]) -> LampProgramme:
    """Take a programme from its JSON.

    Raises:
        ProgrammeError: with the reason.
    """
    name = document.get("hash")
    if not isinstance(name, str) or not 1 <= len(name) <= 32:
        raise ProgrammeError("hash missing")
    dst = document.get("dst")
    if dst not in ("eu", "none", None):
        raise ProgrammeError("dst is not eu or none")
    place = Place(
        latitude=_number(document, "latitude", -90, 90),
        longitude=_number(document, "longitude", -180, 180),
        offset_min=int(_number(document, "offset_min", -LARGEST_ZONE_MIN, LARGEST_ZONE_MIN)),
        summer_time=dst == "eu",
    )
    steps = document.get("steps", [])
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise ProgrammeError(f"more than {MOST_STEPS} steps")
    programme = LampProgramme(
        place=place,
        on=_edge(document, "on"),
        off=_edge(document, "off"),
        level=_number(document, "level", 0, FULL),
        steps=tuple(_step(step) for step in steps),
        hash=name,
    )
    places = [step.in_night for step in programme.steps]
    if places != sorted(set(places)):
        raise ProgrammeError("steps not in the order of the night")
    return shared(programme)


def _number(document: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ProgrammeError(f"{key} is not a number from {least:g} to {most:g}")
    return float(value)


def _edge(document: Mapping[str, Any], key: str) -> Edge:
    edge = document.get(key)
    if not isinstance(edge, dict):
        raise ProgrammeError(f"{key} missing")
    offset = _number({"offset_min": 0, **edge}, "offset_min", -LARGEST_OFFSET_MIN, LARGEST_OFFSET_MIN)
    match edge.get("event"):
        case "sunset":
            return Edge("sunset", offset)
        case "sunrise":
            return Edge("sunrise", offset)
    raise ProgrammeError(f"{key}: event is not sunset or sunrise")


def _step(step: object) -> Step:
    if not isinstance(step, dict):
        raise ProgrammeError("a step is not an object")
    hour, colon, minute = str(step.get("at")).partition(":")
    if not (colon and _is_below(hour, 24) and _is_below(minute, 60)):
        raise ProgrammeError("a step's time is not HH:MM")
    return Step(int(hour) * HOUR_S + int(minute) * 60, _number(step, "level", 0, FULL))


def _is_below(text: str, limit: int) -> bool:
    return len(text) == 2 and text.isascii() and text.isdigit() and int(text) < limit

"""What of a programme goes into the controllers: the lamps' JSON, the cabinets' registers, and their hashes.

A controller runs its programme alone and knows no time zone, only an offset and the European summer time.
Whatever it could not follow exactly is refused here, before anything is written.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from functools import cached_property, lru_cache
from hashlib import blake2s
from typing import Any, Literal
from zoneinfo import ZoneInfo

from city.errors import BadInput
from city.nights import night_bounds
from city.places import Site
from lighting.inventory import Cabinet, Circuit, Feed
from lighting.moments import Edge, When
from lighting.programmes import MOST_STEPS, Programme, Step, switch_points
from lighting.sun import dark_spans

HASH_BYTES = 4

REFERENCE_YEAR = 2026
"""Whose clock changes and solstices stand for every year's: the rules behind both hold for decades."""

SOLSTICES = (date(REFERENCE_YEAR, 6, 21), date(REFERENCE_YEAR, 12, 21))
"""One of them has the year's shortest night, whichever the hemisphere."""

POSITION_DECIMALS = 2
"""What the cabinet's registers hold, 0.01°; the lamps are told the same, so that both switch together."""

LARGEST_OFFSET_MIN = 32_767
"""A signed 16-bit register of the cabinet, minutes."""

SummerTime = Literal["none", "eu"]


@dataclass(frozen=True)
class LampProgramme:
    """A programme as a lamp controller keeps it."""

    latitude: float
    longitude: float
    offset_min: int
    """Standard offset from UTC, minutes."""
    dst: SummerTime
    on: Edge
    off: Edge
    level: float
    steps: tuple[tuple[str, float], ...]
    """Local time ("HH:MM") and level, percent."""

    @cached_property
    def hash(self) -> str:
        """Eight hex digits that change with whatever changes what the lamp does."""
        return _digest(self._content()).hex()

    def document(self) -> dict[str, Any]:
        """The JSON object to send (docs/devices/lamp-controller.md)."""
        return {"hash": self.hash, **self._content()}

    def _content(self) -> dict[str, Any]:
        return {
            "latitude": self.latitude,
            "longitude": self.longitude,
            "offset_min": self.offset_min,
            "dst": self.dst,
            "on": {"event": self.on.event, "offset_min": _minutes(self.on)},
            "off": {"event": self.off.event, "offset_min": _minutes(self.off)},
            "level": self.level,
            "steps": [{"at": at, "level": level} for at, level in self.steps],
        }


class CircuitMode(IntEnum):
    """How a cabinet switches a circuit, numbered as in its registers."""

    PERMANENT = 0
    """Always closed."""
    ASTRONOMICAL = 1
    """Closed from sunset to sunrise, give or take the offsets."""


@dataclass(frozen=True, slots=True)
class CircuitProgramme:
    """What a cabinet does with one circuit."""

    number: int
    mode: CircuitMode
    sunset_offset_min: int
    """Minutes after sunset at which it closes; 0 for a permanent one."""
    sunrise_offset_min: int
    """Minutes after sunrise at which it opens; 0 for a permanent one."""
    cut_from_min: int | None
    """Night cut: opens at, minutes after local midnight; None for no cut."""
    cut_until_min: int | None


@dataclass(frozen=True, slots=True)
class CabinetProgramme:
    """A programme as a cabinet keeps it (docs/devices/cabinet.md)."""

    hash: int
    """Unsigned 32 bits, never 0: that is the factory programme's."""
    latitude: float
    """Degrees, to 0.01."""
    longitude: float
    """Degrees, to 0.01."""
    offset_min: int
    """Standard offset from UTC, minutes."""
    dst: SummerTime
    circuits: tuple[CircuitProgramme, ...]


def lamp_programme(programme: Programme, site: Site) -> LampProgramme:
    """What every lamp controller of a site should hold.

    Raises:
        BadInput: a controller could not follow it, or it would leave a night without light.
    """
    _check_fits(programme, site)
    offset, dst = _local_time(site.zone)
    return LampProgramme(
        latitude=round(site.position.latitude, POSITION_DECIMALS),
        longitude=round(site.position.longitude, POSITION_DECIMALS),
        offset_min=offset,
        dst=dst,
        on=_edge(programme, programme.on),
        off=_edge(programme, programme.off),
        level=programme.level,
        steps=tuple((f"{_clock(programme, step):%H:%M}", step.level) for step in programme.steps),
    )


def cabinet_programme(programme: Programme, cabinet: Cabinet, site: Site) -> CabinetProgramme:
    """What one cabinet should hold: night-fed circuits close at ``on`` and open at ``off``.

    Raises:
        BadInput: the cabinet could not follow it, or it would leave a night without light.
    """
    _check_fits(programme, site)
    offset, dst = _local_time(site.zone)
    latitude = round(site.position.latitude, POSITION_DECIMALS)
    longitude = round(site.position.longitude, POSITION_DECIMALS)
    circuits = tuple(_circuit_programme(programme, circuit) for circuit in cabinet.circuits)
    content = [latitude, longitude, offset, dst, [asdict(circuit) for circuit in circuits]]
    number = int.from_bytes(_digest(content), "big")
    return CabinetProgramme(number or 1, latitude, longitude, offset, dst, circuits)


def _circuit_programme(programme: Programme, circuit: Circuit) -> CircuitProgramme:
    if circuit.feed is Feed.PERMANENT:
        return CircuitProgramme(circuit.number, CircuitMode.PERMANENT, 0, 0, None, None)
    on, off = _edge(programme, programme.on), _edge(programme, programme.off)
    if on.event != "sunset" or off.event != "sunrise":
        raise BadInput(
            f"programme {programme.name}: circuit {circuit.id} is fed at night only: its cabinet closes it by "
            f"sunset and opens it by sunrise, got {on.event} and {off.event}"
        )
    return CircuitProgramme(circuit.number, CircuitMode.ASTRONOMICAL, _minutes(on), _minutes(off), None, None)


def _edge(programme: Programme, when: When) -> Edge:
    if not isinstance(when, Edge):
        raise BadInput(f"programme {programme.name}: controllers light up and darken by the sun alone")
    return when


def _clock(programme: Programme, step: Step) -> time:
    if not isinstance(step.at, time):
        raise BadInput(f"programme {programme.name}: controllers take their steps by the clock alone")
    return step.at


def _check_fits(programme: Programme, site: Site) -> None:
    """Raise BadInput when a controller could not hold the programme, or when it leaves a night dark."""
    where = f"programme {programme.name}"
    for edge in (_edge(programme, programme.on), _edge(programme, programme.off)):
        if edge.offset % timedelta(minutes=1) or abs(_minutes(edge)) > LARGEST_OFFSET_MIN:
            raise BadInput(f"{where}: {edge.event} offset: got {edge.offset}, expected whole minutes")
    if len(programme.steps) > MOST_STEPS:
        raise BadInput(f"{where}: got {len(programme.steps)} steps, a lamp controller holds {MOST_STEPS}")
    for step in programme.steps:
        at = _clock(programme, step)
        if at.second or at.microsecond:
            raise BadInput(f"{where}: step at {at}: a lamp controller knows hours and minutes only")
    for night in SOLSTICES:
        lit = any(point.level > 0 for point in switch_points(programme, night, site))
        if not lit and dark_spans(*night_bounds(night, site.zone), site):
            raise BadInput(f"{where}: lights nothing in the night of {night:%d %B}; see the preview")


@lru_cache(maxsize=16)
def _local_time(zone: ZoneInfo) -> tuple[int, SummerTime]:
    """The standard offset of a zone in minutes, and whether it has the European Union's summer time.

    Raises:
        BadInput: its clocks change otherwise, or its offset is no whole number of minutes.
    """
    winter, summer = _offset(zone, 1), _offset(zone, 7)
    standard, advanced = min(winter, summer), max(winter, summer)
    if standard % timedelta(minutes=1):
        raise BadInput(f"time zone {zone.key}: offset {standard} is no whole number of minutes")
    minutes = standard // timedelta(minutes=1)
    if standard == advanced and _changes(zone) == ():
        return minutes, "none"
    if advanced - standard == timedelta(hours=1) and _changes(zone) == _european_changes():
        return minutes, "eu"
    raise BadInput(f"time zone {zone.key}: controllers know the European Union's summer time or none")


def _offset(zone: ZoneInfo, month: int) -> timedelta:
    return datetime(REFERENCE_YEAR, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def _changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    """Every hour of the reference year, UTC, at which the zone's offset changes."""
    found = []
    instant = datetime(REFERENCE_YEAR, 1, 1, tzinfo=UTC)
    before = instant.astimezone(zone).utcoffset()
    while instant.year == REFERENCE_YEAR:
        after = instant.astimezone(zone).utcoffset()
        if after != before:
            found.append(instant)
        before = after
        instant += timedelta(hours=1)
    return tuple(found)


def _european_changes() -> tuple[datetime, ...]:
    """Last Sundays of March and October at 01:00 UTC (directive 2000/84/EC)."""
    ends = (datetime(REFERENCE_YEAR, month, 31, 1, tzinfo=UTC) for month in (3, 10))
    return tuple(end - timedelta(days=(end.weekday() + 1) % 7) for end in ends)


def _minutes(edge: Edge) -> int:
    return edge.offset // timedelta(minutes=1)


def _digest(content: Mapping[str, Any] | list[Any]) -> bytes:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return blake2s(canonical.encode(), digest_size=HASH_BYTES).digest()

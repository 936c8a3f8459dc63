"""What a controller knows of where and when it is: a position, an offset, and the European summer time or none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2s
from typing import Any, Literal
from zoneinfo import ZoneInfo

from city.errors import BadInput
from city.places import Site
from lighting.reference_year import REFERENCE_YEAR

HASH_BYTES = 4

POSITION_DECIMALS = 2
"""What the cabinet's registers hold, 0.01°; the lamps are told the same, so that both switch together."""

SummerTime = Literal["none", "eu"]


@dataclass(frozen=True, slots=True)
class ControllerPlace:
    """Where and in which time zone a controller is told to be."""

    latitude: float
    """Degrees, to 0.01."""
    longitude: float
    """Degrees, to 0.01."""
    offset_min: int
    """Standard offset from UTC, minutes."""
    dst: SummerTime


def controller_place(site: Site) -> ControllerPlace:
    """What the controllers of a site are told.

    Raises:
        BadInput: its clocks change otherwise than in the European Union, or its offset is no whole minutes.
    """
    offset, dst = _local_time(site.zone)
    latitude = round(site.position.latitude, POSITION_DECIMALS)
    return ControllerPlace(latitude, round(site.position.longitude, POSITION_DECIMALS), offset, dst)


def digest(content: Mapping[str, Any] | list[Any]) -> bytes:
    """Four bytes that change with whatever changes what a controller does, the same in every process."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return blake2s(canonical.encode(), digest_size=HASH_BYTES).digest()


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

"""Places: positions on the ground, and the city as one site with its time zone."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the ground, WGS 84, decimal degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Site:
    """The city as a whole: where the sun is computed, and which local time its people live by."""

    name: str
    position: Position
    zone: ZoneInfo

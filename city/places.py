"""Places: positions on the ground, and the city as one site with its time zone."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG R1), metres."""


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the ground, WGS 84, decimal degrees."""

    latitude: float
    longitude: float

    def distance_m(self, other: "Position") -> float:
        """Great-circle distance to another position, in metres (haversine)."""
        phi_1, phi_2 = radians(self.latitude), radians(other.latitude)
        half_dphi = (phi_2 - phi_1) / 2
        half_dlambda = radians(other.longitude - self.longitude) / 2
        chord = sin(half_dphi) ** 2 + cos(phi_1) * cos(phi_2) * sin(half_dlambda) ** 2
        return 2 * EARTH_RADIUS_M * asin(sqrt(chord))


@dataclass(frozen=True, slots=True)
class Site:
    """The city as a whole: where the sun is computed, and which local time its people live by."""

    name: str
    position: Position
    zone: ZoneInfo

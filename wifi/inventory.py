"""The city's Wi-Fi: hotspots and the access points that serve them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from city.places import Position


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A named public place served by one or more access points."""

    id: str
    """``patinoire``, ``uha``, ``centre-ville`` …"""
    name: str
    position: Position
    sector: str
    watched: bool
    """Whether the city looks at it first."""


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """One access point, polled over SNMP."""

    id: str
    hotspot: str
    position: Position
    host: str
    port: int
    profile: str
    clients_per_radio: int
    """How many clients one of its radios is meant to carry."""
    controller: str = ""
    """The controller that speaks for it, by id; "" where it stands alone."""


@dataclass(frozen=True)
class Inventory:
    """All of the city's Wi-Fi."""

    hotspots: Mapping[str, Hotspot] = field(default_factory=dict)
    access_points: Mapping[str, AccessPoint] = field(default_factory=dict)

    @cached_property
    def by_hotspot(self) -> Mapping[str, tuple[AccessPoint, ...]]:
        """The access points of each hotspot."""
        groups: dict[str, list[AccessPoint]] = {hotspot: [] for hotspot in self.hotspots}
        for access_point in self.access_points.values():
            groups[access_point.hotspot].append(access_point)
        return {hotspot: tuple(members) for hotspot, members in groups.items()}

    @cached_property
    def by_controller(self) -> Mapping[str, tuple[AccessPoint, ...]]:
        """The access points of each controller; those that stand alone are in none."""
        groups: dict[str, list[AccessPoint]] = {}
        for access_point in self.access_points.values():
            if access_point.controller:
                groups.setdefault(access_point.controller, []).append(access_point)
        return {controller: tuple(members) for controller, members in groups.items()}

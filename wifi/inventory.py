"""The city's Wi-Fi: hotspots and the access points that serve them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from city.places import Position
from wifi.opening_hours import OpeningHours


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
    opens: OpeningHours | None = None
    """Its expected rhythm; None: not known."""


@dataclass(frozen=True, slots=True)
class Controller:
    """What speaks for many access points over SNMP."""

    id: str
    host: str
    port: int
    profile: str


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
    """The controller that speaks for it, by id; "" where it stands alone, or where no name is given to what speaks."""
    listed_as: str = ""
    """What its controller lists it as (MAC address, name or serial number), where that is not its id."""

    @property
    def own_name(self) -> str:
        """What its controller knows it by."""
        return self.listed_as or self.id


@dataclass(frozen=True)
class Inventory:
    """All of the city's Wi-Fi."""

    hotspots: Mapping[str, Hotspot] = field(default_factory=dict)
    access_points: Mapping[str, AccessPoint] = field(default_factory=dict)
    controllers: Mapping[str, Controller] = field(default_factory=dict)

    @cached_property
    def by_hotspot(self) -> Mapping[str, tuple[AccessPoint, ...]]:
        """The access points of each hotspot."""
        groups: dict[str, list[AccessPoint]] = {hotspot: [] for hotspot in self.hotspots}
        for access_point in self.access_points.values():
            groups[access_point.hotspot].append(access_point)
        return {hotspot: tuple(members) for hotspot, members in groups.items()}

    @cached_property
    def by_controller(self) -> Mapping[str, tuple[AccessPoint, ...]]:
        """The access points that are lost together when what speaks for them is.

        By the controller's id. Where an access point names no controller, those that are asked at the same address are
        one group too: that of the controller that the inventory has there, else "host:port" where they are several.
        """
        at: dict[tuple[str, int], str] = {}
        for controller in self.controllers.values():
            at.setdefault((controller.host, controller.port), controller.id)
        groups: dict[str, list[AccessPoint]] = {known: [] for known in self.controllers}
        nameless: dict[str, list[AccessPoint]] = {}
        for access_point in self.access_points.values():
            place = (access_point.host, access_point.port)
            if named := access_point.controller or at.get(place):
                groups.setdefault(named, []).append(access_point)
            else:
                nameless.setdefault(place_name(*place), []).append(access_point)
        groups |= {place: members for place, members in nameless.items() if len(members) > 1}
        return {name: tuple(members) for name, members in groups.items()}


def place_name(host: str, port: int) -> str:
    """What a controller is called that has no name: its address and port, as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

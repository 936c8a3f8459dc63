"""What stands in the streets: cabinets, circuits, light points and the lamps in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from city.places import Position

RATED_H = 100_000.0
"""Rated life of an LED luminaire where the inventory gives none, burning hours: a default, unverified, that stands
for no maker's figure."""


@dataclass(frozen=True, slots=True)
class LampType:
    """What a luminaire is expected to draw."""

    id: str
    nominal_w: float
    """Power at 100 %, W."""
    power_at_min_w: float
    """Power at the lowest level, W."""
    min_level_pct: float
    """Lowest level that the driver holds, percent."""
    standby_w: float
    """Power of driver and controller when dark, W."""
    warm_up_s: float
    """Seconds after lighting up before its power means anything."""
    power_factors: tuple[tuple[float, float], ...] = ()
    """Level (percent) and power factor, ascending; empty: not known."""
    rated_h: float = RATED_H
    """Burning hours after which it has come to the end of its rated life."""
    lumens: float | None = None
    """Luminous flux, lm; None: not known."""
    cct_k: float | None = None
    """Correlated colour temperature, K; None: not known."""


class Feed(StrEnum):
    """How a circuit is fed."""

    PERMANENT = "permanent"
    """Always energised; each lamp switches itself."""
    NIGHT = "night"
    """Energised by the cabinet's relay from dusk to dawn only; its lamps are silent by day."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """One switched feeder of a cabinet (*départ*): a relay, a breaker, its phases."""

    id: str
    """``A-017/2``: the cabinet's id and the number."""
    cabinet: str
    number: int
    """1 to 8, as on the cabinet's door."""
    feed: Feed


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A street cabinet (*armoire*) with its Modbus controller and meter."""

    id: str
    position: Position
    sector: str
    street: str
    host: str
    port: int
    unit: int
    profile: str
    circuits: tuple[Circuit, ...]
    owner: str = ""
    """Whose it is, where it is not the city's."""
    metering_point: str = ""
    """The supplier's identifier of its meter (*PDL*, *PRM*); empty: not known."""
    subscribed_kw: float | None = None
    """Power subscribed from the supplier, kW; None: not known."""
    url: str = ""
    """Where its controller answers by another way than Modbus/TCP; then host, port and unit say nothing."""


@dataclass(frozen=True, slots=True)
class LightPoint:
    """One luminaire head on a support: the unit of control and of failure."""

    id: str
    position: Position
    sector: str
    quarter: str
    street: str
    cabinet: str
    circuit: str
    phase: str
    """L1, L2 or L3."""
    lamp_type: LampType
    gateway: str
    """The MQTT gateway through which its controller speaks."""
    serial: str = ""
    """Serial number of its controller; empty: not known."""
    support: str = ""
    """The column, bracket or wall that carries it, and maybe other heads; empty: one of its own."""
    height_m: float | None = None
    """Height of the luminaire, m."""
    owner: str = ""
    """Whose it is, where it is not the city's."""
    zone: str = ""
    """A part of the city that people name for some purpose: a commune, a works contract."""
    category: str = ""
    """Letter of the arrêté of 27 December 2018, article 1: a (roads) to g; empty: not known."""
    installed: date | None = None
    """Since when the lamp hangs there."""
    hours_before: float = 0.0
    """What its controller's counter of burning hours said when the lamp was new, h."""


@dataclass(frozen=True, slots=True)
class Group:
    """Light points that belong together for some purpose, whatever feeds them: a monument, the banks of a basin."""

    id: str
    name: str
    """As people say it."""
    members: frozenset[str]
    """Light points, and other groups, by id; no group is inside itself."""


@dataclass(frozen=True)
class Inventory:
    """All of the city's lighting, with the ways through it that everyone needs."""

    light_points: Mapping[str, LightPoint] = field(default_factory=dict)
    cabinets: Mapping[str, Cabinet] = field(default_factory=dict)
    lamp_types: tuple[LampType, ...] = ()
    """All that the city knows, whether or not one stands in a street today."""
    groups: Mapping[str, Group] = field(default_factory=dict)

    @cached_property
    def by_group(self) -> Mapping[str, frozenset[str]]:
        """The light points of each group and of the groups within it, by id."""
        return {group: frozenset(self._points_in(group)) for group in self.groups}

    def _points_in(self, group: str) -> Iterable[str]:
        seen, waiting = {group}, [group]
        while waiting:
            for member in self.groups[waiting.pop()].members:
                if member in self.groups and member not in seen:
                    seen.add(member)
                    waiting.append(member)
                elif member in self.light_points:
                    yield member

    @cached_property
    def circuits(self) -> Mapping[str, Circuit]:
        """Every circuit by its id."""
        return {circuit.id: circuit for cabinet in self.cabinets.values() for circuit in cabinet.circuits}

    @cached_property
    def by_circuit(self) -> Mapping[str, tuple[LightPoint, ...]]:
        """The light points of each circuit."""
        return _grouped((point.circuit, point) for point in self.light_points.values())

    @cached_property
    def by_cabinet(self) -> Mapping[str, tuple[LightPoint, ...]]:
        """The light points of each cabinet."""
        return _grouped((point.cabinet, point) for point in self.light_points.values())

    @cached_property
    def by_gateway(self) -> Mapping[str, tuple[LightPoint, ...]]:
        """The light points that speak through each gateway."""
        return _grouped((point.gateway, point) for point in self.light_points.values())


def _grouped(pairs: Iterable[tuple[str, LightPoint]]) -> Mapping[str, tuple[LightPoint, ...]]:
    groups: dict[str, list[LightPoint]] = {}
    for key, point in pairs:
        groups.setdefault(key, []).append(point)
    return {key: tuple(points) for key, points in groups.items()}

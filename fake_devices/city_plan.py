"""The plan of the simulated city: what stands where, drawn from a seed. Same seed and sizes, same city."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2s
from itertools import pairwise
from math import ceil, cos, floor, pi, radians, sin, sqrt

from city.errors import BadInput
from city.places import Position
from fake_devices.draws import draws
from fake_devices.gazetteer import HOTSPOTS, QUARTERS, Hotspot, Quarter

LAMPS_PER_CABINET = 30
CIRCUITS_PER_CABINET = (2, 4)
LARGEST_CITY = 100_000
"""Light points; far above any city that the simulation is meant for, it only stops slips of the keyboard."""
PHASES = ("L1", "L2", "L3")
CABINET_SPACING_M = 260.0
LAMP_SPACING_M = 27.0
FEWEST_BEHIND_A_CONTROLLER = 8
"""Where there are fewer access points for it, a Wi-Fi controller is not worth its price: they stand alone."""
AP_SPACING_M = 25.0
GOLDEN_ANGLE = pi * (3 - sqrt(5))
METRES_PER_DEGREE = 111_195.0
"""Of latitude: a 360th of the Earth's mean circumference."""


LOCAL_MAC = 0x02
"""First octet of a MAC address that is administered locally."""


@dataclass(frozen=True, slots=True)
class LampTypePlan:
    """What a luminaire of one type draws."""

    id: str
    nominal_w: float
    power_at_min_w: float
    min_level_pct: float
    standby_w: float
    warm_up_s: float
    """From when on its power means something, as the inventory says; lamps themselves need a few seconds."""
    tells: bool = False
    """Its driver has a digital bus (DALI): the controller learns from it what is wrong."""


LAMP_TYPES: Mapping[str, LampTypePlan] = {
    lamp_type.id: lamp_type
    for lamp_type in (
        LampTypePlan("led-25", 25.0, 4.5, 10.0, 0.4, 30.0),
        LampTypePlan("led-40", 40.0, 6.0, 10.0, 0.5, 30.0),
        LampTypePlan("led-75", 75.0, 10.0, 10.0, 0.6, 30.0, tells=True),
        LampTypePlan("led-120", 120.0, 15.0, 10.0, 0.8, 30.0, tells=True),
    )
}
"""Fictional types, in the range of LED street luminaires (25–120 W)."""

TYPES_BY_STREET: Mapping[str, tuple[str, ...]] = {
    "avenue": ("led-75", "led-120"),
    "boulevard": ("led-75", "led-120"),
    "quai": ("led-75",),
    "rue": ("led-40", "led-40", "led-25"),
    "place": ("led-25", "led-40"),
    "promenade": ("led-25",),
}


@dataclass(frozen=True, slots=True)
class LampPlan:
    """One light point."""

    id: str
    position: Position
    quarter: str
    sector: str
    street: str
    cabinet: str
    circuit: str
    phase: str
    lamp_type: LampTypePlan
    gateway: str

    @property
    def serial(self) -> str:
        """Serial number of its controller."""
        return f"FC{self.id.replace('-', '')}"


@dataclass(frozen=True, slots=True)
class CircuitPlan:
    """One circuit with its light points, in the order of the cable."""

    id: str
    cabinet: str
    number: int
    lamps: tuple[LampPlan, ...]


@dataclass(frozen=True, slots=True)
class CabinetPlan:
    """One street cabinet."""

    id: str
    position: Position
    quarter: str
    sector: str
    street: str
    circuits: tuple[CircuitPlan, ...]


@dataclass(frozen=True, slots=True)
class AccessPointPlan:
    """One access point."""

    id: str
    hotspot: str
    position: Position
    clients_per_radio: int
    """How many clients one radio is meant to carry."""
    radios: int = 2
    controller: str = ""
    """The Wi-Fi controller that speaks for it; empty: it stands alone, and speaks for itself."""

    @property
    def mac(self) -> bytes:
        """Its own address, of the kind that is administered locally: no manufacturer's."""
        return bytes((LOCAL_MAC, *blake2s(self.id.encode(), digest_size=5).digest()))

    @property
    def serial(self) -> str:
        """Its serial number."""
        return f"SIM{self.id.replace('-', '')}"


@dataclass(frozen=True)
class CityPlan:
    """All that stands in the simulated city."""

    seed: int
    cabinets: tuple[CabinetPlan, ...]
    access_points: tuple[AccessPointPlan, ...]

    @cached_property
    def hotspots(self) -> tuple[Hotspot, ...]:
        """The places that have access points, and those that the city looks at first."""
        served = {access_point.hotspot for access_point in self.access_points}
        return tuple(hotspot for hotspot in HOTSPOTS if hotspot.watched or hotspot.id in served)

    @cached_property
    def wifi_controllers(self) -> tuple[str, ...]:
        """The Wi-Fi controllers that have access points to speak for."""
        return tuple(sorted({each.controller for each in self.access_points if each.controller}))

    @cached_property
    def wifi_groups(self) -> Mapping[str, str]:
        """By access point and by hotspot, what can take it down as a whole: its controller, else its place."""
        groups = {}
        for each in self.access_points:
            groups[each.id] = groups[each.hotspot] = each.controller or each.hotspot
        return groups

    @cached_property
    def newcomers(self) -> tuple[AccessPointPlan, ...]:
        """One access point behind each Wi-Fi controller that has been put up since, and stands in no inventory."""
        found = []
        for controller in self.wifi_controllers:
            last = [each for each in self.access_points if each.controller == controller][-1]
            prefix, _, number = last.id.rpartition("-")
            place = _moved(last.position, AP_SPACING_M, GOLDEN_ANGLE)
            found.append(replace(last, id=f"{prefix}-{int(number) + 1:02d}", position=place))
        return tuple(found)

    @cached_property
    def lamps(self) -> Mapping[str, LampPlan]:
        """Every light point by its id."""
        return {lamp.id: lamp for circuit in self.circuits.values() for lamp in circuit.lamps}

    @cached_property
    def circuits(self) -> Mapping[str, CircuitPlan]:
        """Every circuit by its id."""
        return {circuit.id: circuit for cabinet in self.cabinets for circuit in cabinet.circuits}

    @cached_property
    def gateways(self) -> tuple[str, ...]:
        """The MQTT gateways that have lamps to speak for."""
        return tuple(sorted({lamp.gateway for lamp in self.lamps.values()}))


def plan_city(
    lamps: int, access_points: int, seed: int, lamps_per_cabinet: int = LAMPS_PER_CABINET
) -> CityPlan:
    """Draw a city.

    Raises:
        BadInput: a size is negative, or there is no lamp at all, or far too many.
    """
    if not 1 <= lamps <= LARGEST_CITY:
        raise BadInput(f"lamps: got {lamps}, expected 1 to {LARGEST_CITY}")
    if not 0 <= access_points <= LARGEST_CITY:
        raise BadInput(f"access points: got {access_points}, expected 0 to {LARGEST_CITY}")
    if lamps_per_cabinet < 1:
        raise BadInput(f"lamps per cabinet: got {lamps_per_cabinet}, expected 1 at least")
    return CityPlan(seed, _cabinets(lamps, seed, lamps_per_cabinet), _access_points(access_points, seed))


def _cabinets(lamps: int, seed: int, lamps_per_cabinet: int) -> tuple[CabinetPlan, ...]:
    draw = draws(seed, "cabinets")
    total = ceil(lamps / lamps_per_cabinet)
    per_cabinet = apportion(lamps, [draw.uniform(0.8, 1.2) for _ in range(total)])
    sizes = iter(per_cabinet)
    cabinets: list[CabinetPlan] = []
    for quarter, count in zip(QUARTERS, apportion(total, [q.weight for q in QUARTERS]), strict=True):
        first_lamp = 1
        for place in range(count):
            size = next(sizes)
            cabinets.append(_cabinet(len(cabinets) + 1, quarter, place, first_lamp, size, seed))
            first_lamp += size
    return tuple(cabinets)


def _cabinet(number: int, quarter: Quarter, place: int, first_lamp: int, size: int, seed: int) -> CabinetPlan:
    """One cabinet at its place on the quarter's spiral, with a street running through it for each circuit."""
    cabinet = f"A-{number:03d}"
    draw = draws(seed, cabinet)
    position = _moved(quarter.centre, CABINET_SPACING_M * sqrt(place + 0.3), place * GOLDEN_ANGLE)
    fewest, most = CIRCUITS_PER_CABINET
    count = min(draw.randint(fewest, most), size)
    bounds = [0]
    for part in apportion(size, [draw.uniform(0.8, 1.2) for _ in range(count)]):
        bounds.append(bounds[-1] + part)
    streets = [quarter.streets[(place + turn) % len(quarter.streets)] for turn in range(count)]
    bearing = draw.uniform(0, 2 * pi)
    circuits = []
    for index, (begin, end) in enumerate(pairwise(bounds)):
        circuit = f"{cabinet}/{index + 1}"
        heading = bearing + 2 * pi * index / count + draw.uniform(-0.2, 0.2)
        lamp_type = LAMP_TYPES[draw.choice(TYPES_BY_STREET[streets[index].split()[0]])]
        circuit_lamps = tuple(
            LampPlan(
                id=f"{quarter.number:02d}-{first_lamp + lamp:04d}",
                position=_moved(
                    position, LAMP_SPACING_M * (lamp - begin + 1), heading + draw.uniform(-0.02, 0.02)
                ),
                quarter=quarter.name,
                sector=quarter.sector,
                street=streets[index],
                cabinet=cabinet,
                circuit=circuit,
                phase=PHASES[(lamp - begin) % len(PHASES)],
                lamp_type=lamp_type,
                gateway=quarter.gateway,
            )
            for lamp in range(begin, end)
        )
        circuits.append(CircuitPlan(circuit, cabinet, index + 1, circuit_lamps))
    return CabinetPlan(cabinet, position, quarter.name, quarter.sector, streets[0], tuple(circuits))


def _access_points(count: int, seed: int) -> tuple[AccessPointPlan, ...]:
    draw = draws(seed, "access-points")
    if count < len(HOTSPOTS):  # one each, the first places first
        shares = [1] * count + [0] * (len(HOTSPOTS) - count)
    else:
        shares = apportion(count, [hotspot.weight for hotspot in HOTSPOTS])
    behind = Counter[str]()
    for hotspot, share in zip(HOTSPOTS, shares, strict=True):
        behind[hotspot.controller] += share
    return tuple(
        AccessPointPlan(
            id=f"AP-{hotspot.prefix}-{number:02d}",
            hotspot=hotspot.id,
            position=_moved(
                hotspot.position, AP_SPACING_M * sqrt(number), number * GOLDEN_ANGLE + draw.uniform(0, 0.3)
            ),
            clients_per_radio=hotspot.clients_per_radio,
            controller=hotspot.controller if behind[hotspot.controller] >= FEWEST_BEHIND_A_CONTROLLER else "",
        )
        for hotspot, share in zip(HOTSPOTS, shares, strict=True)
        for number in range(1, share + 1)
    )


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Share whole things out by weight, by largest remainders; everybody gets one where there is enough."""
    spare = total - len(weights)
    fewest = 1 if spare >= 0 else 0
    to_share = max(spare, 0) if fewest else total
    ideal = [to_share * weight / sum(weights) for weight in weights]
    shares = [floor(part) for part in ideal]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - ideal[i], i))
    for index in by_remainder[: to_share - sum(shares)]:
        shares[index] += 1
    return [fewest + share for share in shares]


def _moved(start: Position, metres: float, heading: float) -> Position:
    """A point some metres away (flat Earth: these are streets), to about 10 cm."""
    north, east = metres * cos(heading), metres * sin(heading)
    latitude = start.latitude + north / METRES_PER_DEGREE
    longitude = start.longitude + east / (METRES_PER_DEGREE * cos(radians(start.latitude)))
    return Position(round(latitude, 6), round(longitude, 6))

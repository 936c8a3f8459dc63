"""A simulated city at full speed against the real detectors, without a socket: what they make of a known truth."""

import gc
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from city.incidents import Incident
from city.measurements import DeviceKind, Fact, Metric, Reading
from console.cli.arguments import say

if TYPE_CHECKING:
    from fake_devices.cabinet import CabinetSnapshot
    from fake_devices.city_plan import CityPlan
    from fake_devices.lamp_controller import LampReport
    from fake_devices.scenario import Resolved, Scenario
    from fake_devices.world import World

WORTH_SHARING = 5_000
"""Lamp-nights from which on the work is shared among processes."""
TICK = timedelta(seconds=60)
"""How often time itself is judged."""
FIRST_PORT = 1


@dataclass(frozen=True, slots=True)
class Part:
    """What one process works through: all that speaks through one gateway, and the access points or not."""

    scenario: "Scenario"
    resolved: "Resolved"
    plan: "CityPlan"
    gateway: str
    wifi: bool


def find(scenario: "Scenario", resolved: "Resolved", plan: "CityPlan") -> list[Incident]:
    """Every incident that the detectors raise, once for each time that it is raised, as it stood last.

    Detectors never look beyond a gateway: a city falls into parts that know nothing of each other, which keeps each
    small enough for a processor's cache and lets them run side by side.
    """
    sizes = Counter(lamp.gateway for lamp in plan.lamps.values())
    parts = [
        Part(scenario, resolved, plan, gateway, wifi=number == 0)
        for number, (gateway, _) in enumerate(sizes.most_common())
    ]
    raised: list[Incident] = []
    if scenario.lamps * scenario.nights < WORTH_SHARING:
        return [incident for part in parts for incident in _found(part)]
    with ProcessPoolExecutor(min(len(parts), os.cpu_count() or 1)) as pool:
        for part, found in zip(parts, pool.map(_found, parts), strict=True):
            say(
                f"{part.gateway}: {sizes[part.gateway]} lamps, {scenario.nights} nights, {len(found)} incidents"
            )
            raised += found
    return raised


def _found(part: Part) -> list[Incident]:
    raised: dict[tuple[str, int], Incident] = {}
    for incident in _judged(part):
        raised[incident.id, incident.reopened] = incident
    return list(raised.values())


def _judged(part: Part) -> Iterator[Incident]:
    """Every state that every incident goes through."""
    from city.settings import CitySection
    from console.cli.wifi_evaluation import WifiEars
    from fake_devices.world import World
    from lighting.diagnosis import LightingDiagnosis
    from lighting.lamp_programmes import lamp_programme
    from lighting.light_plan import FIVE_STEPS_PLAN
    from lighting.limits import SIMPLEST

    scenario, site = part.scenario, CitySection().site
    world = World(
        part.plan, scenario.start, part.resolved, period_s=scenario.telemetry_s, gateways={part.gateway}
    )
    inventory = inventory_of(part.plan, part.resolved.night_fed)
    lighting = LightingDiagnosis(
        only(inventory.lighting, part.gateway), site, period=timedelta(seconds=scenario.telemetry_s)
    )
    gc.freeze()  # the city stays: a collector that walks it again and again takes a third of the time
    programme = lamp_programme(
        FIVE_STEPS_PLAN, FIVE_STEPS_PLAN.default, site, SIMPLEST, scenario.start.date()
    )
    speaking = _Speaking(world, programme.hash, programme.document())
    ears = WifiEars(world, inventory.wifi, scenario) if part.wifi else None
    end, now, poll = (
        scenario.start + timedelta(days=scenario.nights),
        scenario.start,
        timedelta(seconds=scenario.poll_s),
    )
    polled_at = ticked_at = now
    while now < end:
        now += min(poll, TICK)
        world.advance(now)
        for reading in speaking.lamps():
            yield from lighting.observe(reading)
        if now - polled_at >= poll:
            polled_at = now
            for reading in speaking.cabinets(now):
                yield from lighting.observe(reading)
            for cabinet in speaking.unanswered():
                yield from lighting.missed(cabinet, now)
            if ears is not None:
                yield from ears.judged(now)
        if now - ticked_at >= TICK:
            ticked_at = now
            yield from lighting.tick(now)
            if ears is not None:
                yield from ears.tick(now)


class _Speaking:
    """What lamps have said and cabinets show, as the drivers would hand it on."""

    def __init__(self, world: "World", programme: str, document: dict[str, Any]) -> None:
        import json

        self._world = world
        self._programme = programme
        self._payload = json.dumps(document).encode()

    def lamps(self) -> Iterator[Reading]:
        """All messages; a lamp that does not hold the programme is given it, as the conductor does."""
        from fake_devices.lamp_controller import LampReport

        world = self._world
        for message in world.take_messages():
            if isinstance(message, LampReport):
                yield lamp_reading(message)
                if message.programme != self._programme:
                    world.receive_programme(message.lamp, self._payload)
            else:
                at = datetime.fromtimestamp(message.ts, UTC)
                yield Reading(message.lamp, DeviceKind.LAMP, at, {}, {Fact.EVENT: message.event})
        news, world.gateway_news = world.gateway_news, []
        for gateway, online in news:
            said = {Fact.EVENT: "online" if online else "offline"}
            yield Reading(gateway, DeviceKind.GATEWAY, world.now, {}, said)

    def cabinets(self, now: datetime) -> Iterator[Reading]:
        """The instruments of all cabinets that answer."""
        for cabinet in self._world.cabinet_snapshots():
            yield from _cabinet_readings(cabinet, now)

    def unanswered(self) -> Sequence[str]:
        """The cabinets that do not."""
        return [name for name, cabinet in self._world.cabinets.items() if not cabinet.answers]


_LAMP = DeviceKind.LAMP
_LEVEL, _POWER, _VOLTAGE, _CURRENT, _FACTOR = (
    Metric.LEVEL,
    Metric.POWER,
    Metric.VOLTAGE,
    Metric.CURRENT,
    Metric.POWER_FACTOR,
)
_ENERGY, _BURNING, _STARTS, _TEMPERATURE = Metric.ENERGY, Metric.BURNING, Metric.STARTS, Metric.TEMPERATURE
# Named once: on Python 3.11 looking up a member of an enumeration costs more than the rest of a reading.


def lamp_reading(report: "LampReport") -> Reading:
    """A lamp's telemetry as the driver would hand it on."""
    values = {
        _LEVEL: report.level,
        _POWER: report.w,
        _VOLTAGE: report.v,
        _CURRENT: report.i,
        _FACTOR: report.pf,
        _ENERGY: report.wh,
        _BURNING: report.hours,
        _STARTS: report.starts,
        _TEMPERATURE: report.temp,
    }
    facts = _facts(report.source, report.serial, report.fault)
    return Reading(report.lamp, _LAMP, datetime.fromtimestamp(report.ts, UTC), values, facts)


@lru_cache(maxsize=100_000)
def _facts(source: str, serial: str, fault: str | None) -> Mapping[Fact, str]:
    """What a controller says of itself, which is the same for days."""
    said = {Fact.SOURCE: source, Fact.SERIAL: serial}
    return said if fault is None else {**said, Fact.FAULT: fault}


def _cabinet_readings(cabinet: "CabinetSnapshot", now: datetime) -> Iterator[Reading]:
    values = {
        Metric.DOOR_OPEN: float(cabinet.door_open),
        Metric.LOCAL_OVERRIDE: float(cabinet.local_mode),
        Metric.CLOCK_ERROR: cabinet.clock_s - cabinet.at,
        Metric.VOLTAGE_L1: cabinet.voltages_v[0],
        Metric.VOLTAGE_L2: cabinet.voltages_v[1],
        Metric.VOLTAGE_L3: cabinet.voltages_v[2],
        Metric.POWER: cabinet.power_w,
        Metric.ENERGY: float(cabinet.energy_wh),
    }
    yield Reading(cabinet.id, DeviceKind.CABINET, now, values)
    for circuit in cabinet.circuits:
        state = {
            Metric.RELAY_CLOSED: float(circuit.relay_closed),
            Metric.RELAY_ASKED: float(circuit.relay_asked),
            Metric.BREAKER_TRIPPED: float(circuit.breaker_tripped),
            Metric.VOLTAGE: circuit.voltage_v,
            Metric.CURRENT: circuit.current_a,
            Metric.POWER: circuit.power_w,
        }
        yield Reading(circuit.id, DeviceKind.CIRCUIT, now, state)


def inventory_of(plan: "CityPlan", night_fed: frozenset[str]) -> Any:
    """The inventory as the head-end reads it from the simulated city's own file."""
    from fake_devices.city_files import Addresses, inventory_document
    from headend.inventory import read_inventory

    # Each agent at a port of its own: those at one address would pass for what stands behind one controller.
    agents = [*(each.id for each in plan.access_points), *plan.wifi_controllers]
    nowhere = Addresses(
        mqtt_port=1,
        modbus_ports={cabinet.id: 1 for cabinet in plan.cabinets},
        snmp_ports={name: FIRST_PORT + number for number, name in enumerate(agents)},
        snmp_community="",
        desk_url=None,
        desk_key="",
    )
    return read_inventory(inventory_document(plan, nowhere, night_fed))


def only(inventory: Any, gateway: str) -> Any:
    """The part of a lighting inventory that speaks through one gateway."""
    from lighting.inventory import Inventory

    points = {name: point for name, point in inventory.light_points.items() if point.gateway == gateway}
    cabinets = {point.cabinet for point in points.values()}
    kept = {name: each for name, each in inventory.cabinets.items() if name in cabinets}
    return Inventory(points, kept, inventory.lamp_types)

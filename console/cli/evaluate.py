"""``falotier evaluate``: a scenario at full speed against the real detectors, without a socket, and its score."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from city.incidents import Incident
from city.measurements import DeviceKind, Fact, Metric, Reading
from console.cli.arguments import AsJson, print_json, say

if TYPE_CHECKING:
    from fake_devices.cabinet import CabinetSnapshot
    from fake_devices.lamp_controller import LampReport
    from fake_devices.world import World

POLL = timedelta(seconds=60)
"""How often cabinets and access points are read, as the head-end does by default."""
SAY_EVERY = timedelta(days=1)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command()(evaluate)


def evaluate(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    as_json: AsJson = False,
) -> None:
    """Score the fault finding against a scenario whose truth is known."""
    document = run_scenario(scenario)
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        print(f"{name:<30} {'–' if value is None else value}")


def run_scenario(file: Path) -> dict[str, Any]:
    """Simulate a scenario from noon to noon of its nights, judge all that devices say, and score what was found.

    Raises:
        BadInput: the file cannot be used.
    """
    from fake_devices.city_plan import plan_city
    from fake_devices.scenario import load_scenario, resolve
    from fake_devices.scores import score
    from fake_devices.world import World
    from headend.desk import PUBLIC_CAUSES

    told = load_scenario(file)
    plan = plan_city(told.lamps, told.access_points, told.seed)
    resolved = resolve(told, plan)
    world = World(plan, told.start, resolved)
    found = {incident.id: incident for incident in _found(world, told.start, told.nights)}
    public = [incident.id for incident in found.values() if incident.cause in PUBLIC_CAUSES]
    scores = score(resolved.faults, found.values(), public, told.lamps, told.nights)
    figures = asdict(scores)
    return {"scenario": told.title, "lamps": told.lamps, "nights": told.nights, **figures}


def _found(world: "World", start: datetime, nights: int) -> Iterator[Incident]:
    """Every state that every incident goes through."""
    from city.settings import CitySection
    from lighting.diagnosis import LightingDiagnosis
    from lighting.programmes import FIVE_STEPS
    from wifi.faults import WifiDiagnosis

    site = CitySection().site
    inventory = _inventory(world, start)
    lighting = LightingDiagnosis(inventory.lighting, site)
    wifi = WifiDiagnosis(inventory.wifi)
    _deploy(world, FIVE_STEPS, site)
    end = start + timedelta(days=nights)
    now = start
    while now < end:
        now += POLL
        world.advance(now)
        for reading in _spoken(world, now):
            yield from lighting.observe(reading)
        yield from lighting.tick(now)
        for name in inventory.wifi.access_points:
            if world.access_points.is_down(name):
                yield from wifi.missed(name, now)
            else:
                yield from wifi.observe(Reading(name, DeviceKind.ACCESS_POINT, now, {Metric.UP: 1.0}))
        if (now - start) % SAY_EVERY == timedelta():
            say(f"{now:%Y-%m-%d %H:%MZ}")


def _inventory(world: "World", start: datetime) -> Any:
    """The inventory as the head-end reads it from the simulated city's own file."""
    from city.clock import ManualClock
    from fake_devices.city_files import Addresses, Rhythm, write_city
    from headend.inventory import load_inventory

    nowhere = Addresses(
        mqtt_port=1,
        modbus_ports=dict.fromkeys(world.cabinets, 1),
        snmp_ports={each.id: 1 for each in world.plan.access_points},
        snmp_community="",
        desk_url=None,
        desk_key="",
    )
    night_fed = frozenset(each.asset for each in world.scenario.noise if each.kind == "daytime_unpowered")
    with tempfile.TemporaryDirectory(prefix="falotier-") as folder:
        write_city(Path(folder) / "city.toml", world.plan, nowhere, night_fed, ManualClock(start), Rhythm())
        return load_inventory(Path(folder) / "inventory.geojson")


def _deploy(world: "World", programme: Any, site: Any) -> None:
    """Give every lamp the programme, as the conductor does in the first minutes."""
    from lighting.deployment import lamp_programme

    payload = json.dumps(lamp_programme(programme, site).document()).encode()
    for lamp in world.lamps:
        world.receive_programme(lamp, payload)


def _spoken(world: "World", now: datetime) -> Iterator[Reading]:
    """What lamps have said and cabinets show, as the drivers would hand it on."""
    from fake_devices.lamp_controller import LampReport

    for message in world.take_messages():
        if isinstance(message, LampReport):
            yield _lamp_reading(message)
    yield from _cabinet_readings(world.cabinet_snapshots(), now)


def _lamp_reading(report: "LampReport") -> Reading:
    values = {
        Metric.LEVEL: report.level,
        Metric.POWER: report.w,
        Metric.VOLTAGE: report.v,
        Metric.CURRENT: report.i,
        Metric.POWER_FACTOR: report.pf,
        Metric.ENERGY: report.wh,
        Metric.BURNING: report.hours,
        Metric.STARTS: float(report.starts),
        Metric.TEMPERATURE: report.temp,
    }
    at = datetime.fromtimestamp(report.ts, UTC)
    return Reading(report.lamp, DeviceKind.LAMP, at, values, {Fact.SOURCE: report.source})


def _cabinet_readings(snapshots: "Iterable[CabinetSnapshot]", now: datetime) -> Iterator[Reading]:
    for cabinet in snapshots:
        values = {
            Metric.DOOR_OPEN: float(cabinet.door_open),
            Metric.LOCAL_OVERRIDE: float(cabinet.local_mode),
            Metric.POWER: cabinet.power_w,
        }
        yield Reading(cabinet.id, DeviceKind.CABINET, now, values)
        for circuit in cabinet.circuits:
            state = {
                Metric.RELAY_CLOSED: float(circuit.relay_closed),
                Metric.BREAKER_TRIPPED: float(circuit.breaker_tripped),
                Metric.VOLTAGE: circuit.voltage_v,
                Metric.CURRENT: circuit.current_a,
                Metric.POWER: circuit.power_w,
            }
            yield Reading(circuit.id, DeviceKind.CIRCUIT, now, state)

"""The simulated city: ``demo`` with head-end and console, and ``fake-city`` alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from city.clock import Clock, SimulatedClock, SystemClock
from city.errors import BadInput
from city.places import Site
from city.settings import CitySection
from console.cli.arguments import AsJson, Lang, duration, local_time, print_json, say
from console.cli.running import on_end, run

if TYPE_CHECKING:
    from fake_devices.field import FieldPlan

BEFORE_SUNSET = timedelta(minutes=2)
"""A demo starts this long before tonight's sunset, so that one sees the city light up."""
HEADLESS_SPEED = 3600.0
"""Without a console, simulated time runs as fast as the machine carries it, up to this."""

Lamps = Annotated[int | None, typer.Option(min=1, max=100_000, help="Light points.  [default: 1200]")]
AccessPoints = Annotated[int | None, typer.Option(min=0, max=5_000, help="Access points.  [default: 60]")]
At = Annotated[str | None, typer.Option(help="Local time to start at: 2026-11-30T15:00.")]
Speed = Annotated[float | None, typer.Option(min=0.1, max=3600, help="Simulated seconds a second.")]
Seed = Annotated[int | None, typer.Option(help="Another seed, another city.  [default: 1]")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", help="Faults and noise, from a TOML file.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command()(demo)
    app.command("fake-city")(fake_city)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which simulated city, and when."""

    plan: "FieldPlan"
    at: datetime | None
    """UTC; None: now."""


def _wish(
    lamps: int | None, access_points: int | None, at: str | None, seed: int | None, scenario: Path | None
) -> Wish:
    """What was asked for: the command line first, then the scenario, then the defaults."""
    from fake_devices.field import FieldPlan
    from fake_devices.scenario import Scenario, load_scenario

    told = load_scenario(scenario) if scenario else None
    sizes: FieldPlan | Scenario = told or FieldPlan()
    plan = FieldPlan(
        lamps=sizes.lamps if lamps is None else lamps,
        access_points=sizes.access_points if access_points is None else access_points,
        seed=sizes.seed if seed is None else seed,
        scenario=told,
    )
    start = told.start if told else None
    return Wish(plan, local_time(at, CitySection().site.zone) if at else start)


def tonight(site: Site) -> datetime:
    """Shortly before today's sunset, UTC."""
    from lighting.sun import sun_on

    today = datetime.now(site.zone).date()
    sunset = sun_on(today, site).sunset
    return sunset - BEFORE_SUNSET if sunset else datetime.combine(today, time(18), site.zone).astimezone(UTC)


def demo(
    lamps: Lamps = None,
    access_points: AccessPoints = None,
    at: At = None,
    speed: Speed = None,
    seed: Seed = None,
    scenario: ScenarioFile = None,
    lang: Lang = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="No console; print a summary at the end.")
    ] = False,
    for_: Annotated[str | None, typer.Option("--for", help="Simulated time to run, headless: 15h.")] = None,
    as_json: AsJson = False,
    serve: Annotated[bool, typer.Option("--serve", hidden=True)] = False,
) -> None:
    """A simulated Mulhouse, the head-end and the console, in one terminal."""
    if for_ is not None and not headless:
        raise BadInput("--for: only with --headless; in the console, leave with q")
    if headless:
        _demo_headless(_wish(lamps, access_points, at, seed, scenario), speed, for_, as_json=as_json)
    elif serve:
        from console.cli.behind import serve_city

        wish = _wish(lamps, access_points, at, seed, scenario)
        start = wish.at or tonight(CitySection().site)
        run(serve_city(wish.plan, SimulatedClock.starting(start, speed or 1.0)))
    else:
        from console.cli.behind import open_demo
        from console.i18n import choose_language
        from console.preferences import read_preferences

        run(open_demo(choose_language(lang or read_preferences().language)))


def _demo_headless(wish: Wish, speed: float | None, for_: str | None, *, as_json: bool) -> None:
    from console.cli.rehearsal import print_summary, rehearse

    if for_ is None:
        raise BadInput("--headless needs --for: how much simulated time to run, for instance --for 15h")
    start = wish.at or tonight(CitySection().site)
    summary = run(rehearse(wish.plan, start, start + duration(for_), speed or HEADLESS_SPEED))
    if as_json:
        print_json(summary)
    else:
        print_summary(summary)


def fake_city(
    lamps: Lamps = None,
    access_points: AccessPoints = None,
    at: At = None,
    speed: Speed = None,
    seed: Seed = None,
    scenario: ScenarioFile = None,
    write_settings: Annotated[
        Path | None, typer.Option(help="Write a city.toml that points a head-end at this city.")
    ] = None,
) -> None:
    """Only the simulated field devices and the fake Allô Proximité, until SIGTERM."""
    wish = _wish(lamps, access_points, at, seed, scenario)
    clock: Clock = SystemClock()
    if wish.at is not None or speed is not None:
        clock = SimulatedClock.starting(wish.at or datetime.now(UTC), speed or 1.0)
    run(_stand(wish.plan, clock, write_settings))


async def _stand(plan: "FieldPlan", clock: Clock, write_settings: Path | None) -> None:
    from fake_devices.field import FakeField

    stop = asyncio.Event()
    on_end(stop.set)
    async with FakeField(plan, clock) as field:
        if write_settings:
            try:
                field.write_settings(write_settings)
            except OSError as error:
                raise BadInput(f"{write_settings}: cannot be written: {error.strerror}") from error
            say(f"Settings written to {write_settings}; now: falotier headend --config {write_settings}")
        where = field.addresses
        say(f"MQTT 127.0.0.1:{where.mqtt_port} · Open311 {where.desk_url}")
        say(f"Modbus {_ports(where.modbus_ports)} · SNMP {_ports(where.snmp_ports)}")
        say("The simulated city stands; ctrl+c ends it.")
        await stop.wait()


def _ports(ports: Mapping[str, int]) -> str:
    first, *_, last = [*ports.items(), *ports.items()] or [("none", 0)] * 2
    return f"{first[0]} on port {first[1]} … {last[0]} on port {last[1]}"

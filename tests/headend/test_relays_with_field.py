"""Orders by day and locks of whole circuits, over a simulated cabinet on real sockets: relays move, no fault."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from city.clock import SimulatedClock
from fake_devices.cabinet import AUTOMATIC, Circuit
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from fake_devices.scenario import load_scenario
from tests.headend.standing import Console, standing
from tests.headend.test_with_field import come_true

LAMPS = 30
SPEED = 480.0
WHILE_S = 1500.0
"""Clock seconds for which a relay is left as it is: longer than silent lamps and stuck relays take to be found."""
NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
CIRCUIT = "A-001/1"

SCENARIO = """
title = "A cabinet without power by day"
seed = 1
lamps = 30
start = 2026-11-30T09:00:00+01:00
nights = 1

[[noise]]
kind = "daytime_unpowered"
cabinet = "A-001"
"""


@asynccontextmanager
async def night_fed_city(at: datetime, folder: Path) -> AsyncIterator[tuple[FakeField, SimulatedClock]]:
    """A city of one cabinet whose circuits are dead by day."""
    (folder / "scenario.toml").write_text(SCENARIO)
    clock = SimulatedClock.starting(at, SPEED)
    clock.hold()
    plan = FieldPlan(lamps=LAMPS, access_points=0, seed=1, scenario=load_scenario(folder / "scenario.toml"))
    async with FakeField(plan, clock, desk=False) as field:
        field.write_settings(folder / "city.toml", Rhythm(api_port=0))
        yield field, clock


@asynccontextmanager
async def console_of(folder: Path, clock: SimulatedClock) -> AsyncIterator[Console]:
    """A head-end over the city that was written, for as long as the block."""
    async with standing(folder / "city.toml", clock) as (_, console):
        clock.release()
        yield console


def circuits(field: FakeField) -> tuple[Circuit, ...]:
    return field.world.cabinets["A-001"].circuits


async def all_heard(console: Console, *, closed: bool) -> bool:
    points = await console.get("/light-points")
    return len(points) == LAMPS and all((point["state"] != "unpowered") is closed for point in points)


async def deployed(console: Console) -> bool:
    programme = (await console.get("/programmes"))[0]
    return bool(programme["holding"] == programme["controllers"] == LAMPS + 1)


async def test_an_order_by_day_closes_the_relay_lights_the_lamps_and_its_end_opens_it(tmp_path: Path) -> None:
    async with night_fed_city(NOON, tmp_path) as (field, clock), console_of(tmp_path, clock) as console:
        await come_true(lambda: all_heard(console, closed=False))
        order = {"selector": CIRCUIT, "level_pct": 60, "for_s": 14400, "reason": "essai de jour"}
        status, view = await console.ask("POST", "/orders", order)
        assert status == 200, view
        first, *others = circuits(field)

        async def lit() -> bool:
            return first.relay_closed and {each.lamp.level for each in first.lamps} == {60.0}

        async def confirmed() -> bool:
            orders = await console.get("/orders")
            return bool(orders[0]["confirmed"] == len(first.lamps))

        async def dark() -> bool:
            return not first.relay_closed and first.order == AUTOMATIC

        await come_true(lit)
        await come_true(confirmed)
        await clock.sleep(WHILE_S)
        assert await lit()
        assert not any(each.relay_closed for each in others)
        status, view = await console.ask("DELETE", f"/orders/{view['id']}")
        assert status == 200, view
        await come_true(dark)
        await come_true(lambda: all_heard(console, closed=False))
        assert await console.get("/incidents?state=all") == []


async def test_a_lock_of_a_whole_circuit_at_night_opens_its_relay_until_it_is_lifted(tmp_path: Path) -> None:
    async with night_fed_city(EVENING, tmp_path) as (field, clock), console_of(tmp_path, clock) as console:
        await come_true(lambda: deployed(console))
        first, *others = circuits(field)
        request = {"selector": CIRCUIT, "for_s": 14400, "reason": "mât à remplacer"}
        status, lock = await console.ask("POST", "/locks", request)
        assert status == 200, lock

        async def opened() -> bool:
            return not first.relay_closed

        async def unpowered() -> bool:
            return (await states(console, CIRCUIT)) == {"unpowered"}

        async def closed() -> bool:
            return first.relay_closed and first.order == AUTOMATIC

        async def lit() -> bool:
            return (await states(console, CIRCUIT)) == {"lit"}

        await come_true(opened)
        await come_true(unpowered)
        await clock.sleep(WHILE_S)
        assert await opened()
        assert all(each.relay_closed for each in others)
        status, lock = await console.ask("POST", f"/locks/{lock['id']}/lift", {"reason": ""})
        assert status == 200, lock
        await come_true(closed)
        await come_true(lit)
        assert await console.get("/incidents?state=all") == []


async def test_a_head_end_that_is_started_anew_gives_back_what_the_former_one_had_closed(
    tmp_path: Path,
) -> None:
    async with night_fed_city(NOON, tmp_path) as (field, clock):
        first = circuits(field)[0]

        async def forced() -> bool:
            return first.relay_closed and first.order.command == "on"

        async def given_back() -> bool:
            return not first.relay_closed and first.order == AUTOMATIC

        async with console_of(tmp_path, clock) as console:
            order = {"selector": CIRCUIT, "level_pct": 60, "for_s": 14400, "reason": "essai de jour"}
            status, view = await console.ask("POST", "/orders", order)
            assert status == 200, view
            await come_true(forced)
        async with console_of(tmp_path, clock) as console:
            await come_true(lambda: heard(console))
            assert await forced()
            status, view = await console.ask("DELETE", f"/orders/{view['id']}")
            assert status == 200, view
            await come_true(given_back)


async def heard(console: Console) -> bool:
    return "unknown" not in await states(console, CIRCUIT)


async def states(console: Console, circuit: str) -> set[str]:
    points = await console.get("/light-points")
    return {point["state"] for point in points if point["circuit"] == circuit}

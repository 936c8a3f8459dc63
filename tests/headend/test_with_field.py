"""The head-end over a simulated city on real sockets: from a lamp to a ticket, and from an order to a lamp."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from city.clock import SimulatedClock
from city.messages import LampState
from fake_devices.field import FakeField, FieldPlan
from fake_devices.scenario import load_scenario
from headend.service import HeadEnd
from tests.headend.standing import Console, standing

LAMP = "08-0001"
SPEED = 240.0
AFTER_SUNSET = datetime(2026, 11, 30, 15, 45, tzinfo=UTC)

SCENARIO = f"""
title = "One lamp dies and is repaired"
seed = 1
lamps = 30
start = 2026-11-30T16:45:00+01:00
nights = 1

[[fault]]
kind = "lamp_dead"
lamp = "{LAMP}"
at = "2026-11-30T16:52:00"
until = "2026-11-30T17:06:00"
"""


async def come_true(condition: Callable[[], Awaitable[bool]], real_s: float = 20.0) -> None:
    async with asyncio.timeout(real_s):
        while not await condition():
            await asyncio.sleep(0.1)


async def the_lamps_obey(headend: HeadEnd, console: Console) -> None:
    async def deployed() -> bool:
        programme = (await console.get("/programmes"))[0]
        return bool(programme["holding"] == programme["controllers"] == 31)

    async def lit() -> bool:
        return bool((await console.get("/summary"))["lamps"]["lit"] >= 29)

    await come_true(deployed)
    await come_true(lit)
    order = {"selector": "cabinet:A-001", "level_pct": 40, "for_s": 3600, "reason": "essai"}
    status, view = await console.ask("POST", "/orders", order)
    assert (status, view["points"], view["confirmed"], view["refused"]) == (200, 30, 30, {})
    points = await console.get("/light-points")
    assert {point["state"] for point in points} <= {LampState.OVERRIDDEN, LampState.FAILED}
    status, view = await console.ask("DELETE", f"/orders/{view['id']}")
    assert (status, view["active"]) == (200, False)

    async def back() -> bool:
        return bool((await console.get("/summary"))["lamps"]["overridden"] == 0)

    await come_true(back)


async def one_incident_and_one_ticket(field: FakeField, console: Console) -> None:
    async def filed() -> bool:
        incidents = await console.get("/incidents?state=all")
        return bool(incidents and incidents[0]["ticket"] and incidents[0]["ticket"]["status"] == "open")

    async def closed() -> bool:
        incidents = await console.get("/incidents?state=all")
        return all((each["state"], each["ticket"]["status"]) == ("closed", "closed") for each in incidents)

    await come_true(filed)
    await come_true(closed)
    incidents = await console.get("/incidents?state=all")
    assert [(each["cause"], each["asset"]) for each in incidents] == [("lamp_dead", LAMP)]
    assert field.desk is not None
    assert [ticket.status for ticket in field.desk.tickets] == ["closed"]


async def test_programmes_orders_incidents_and_tickets_run_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text(SCENARIO)
    clock = SimulatedClock.starting(AFTER_SUNSET, SPEED)
    clock.hold()
    plan = FieldPlan(lamps=30, access_points=4, seed=1, scenario=load_scenario(tmp_path / "scenario.toml"))
    file = tmp_path / "city.toml"
    async with FakeField(plan, clock) as field:
        field.write_settings(file)
        file.write_text(file.read_text().replace("port = 8350", "port = 0"))
        async with standing(file, clock) as (headend, console):
            clock.release()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(the_lamps_obey(headend, console))
                tasks.create_task(one_incident_and_one_ticket(field, console))
            access_points = await console.get("/access-points")
            assert all(each["up"] and each["clients"] is not None for each in access_points)
            field.quiesce()
            await come_true(lambda: _quiet(field))
    counts = headend.counts
    assert (counts.lost, counts.waiting, counts.duplicates) == (0, 0, 0)
    assert counts.ingested == counts.stored == counts.in_store == field.sent


async def _quiet(field: FakeField) -> bool:
    return field.backlog == 0

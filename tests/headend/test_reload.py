"""A running head-end takes up what changes in its inventory file, and keeps what it has when it cannot."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from city.clock import ManualClock
from city.settings import load_settings
from headend import inventory_watch
from headend.core import put_together
from headend.exchange.importing import Wishes, import_file
from headend.inventory_edit import InventoryEdit
from headend.service import HeadEnd
from tests.headend.recording import EVENING, batch, lamp_reading, until
from tests.headend.standing import Console, standing, write_city

Town = tuple[Path, HeadEnd, Console, ManualClock]


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_watch, "LOOK_REAL_S", 0.05)


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        yield tmp_path / "inventory.geojson", headend, console, clock


def edit(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the file as our own commands do."""
    with InventoryEdit(file) as under_way:
        change(under_way.document)
        under_way.stage(under_way.document)
        under_way.commit()


def rename_street(document: dict[str, Any]) -> None:
    for feature in document["features"]:
        feature["properties"]["street"] = "rue Nouvelle"


async def acts(console: Console) -> list[str]:
    return [entry["act"] for entry in await console.get("/journal")]


async def test_an_import_is_taken_up_by_itself_and_what_was_known_stays(town: Town) -> None:
    file, headend, console, clock = town
    headend.core.ingest(batch(lamp_reading("L1", clock.now())))
    await clock.advance(6 * 60)
    await until(lambda: len(headend.core.timeline.rows) == 1)
    before = headend.core
    table = file.with_name("new.csv")
    table.write_text(
        "id,lon,lat,cabinet,circuit,phase,lamp_type,gateway\nX9,7.3,47.7,A-001,1,L2,led-60,GW-1\n"
    )
    await asyncio.to_thread(import_file, table, file, Wishes())
    await until(lambda: headend.core is not before and "X9" in headend.core.lamps.all)
    points = {point["id"]: point for point in await console.get("/light-points")}
    assert "X9" in points
    assert points["L1"]["power_w"] == 60.0
    assert [row.lit for row in headend.core.timeline.rows] == [1]
    assert headend.counts.ingested == 2
    assert await acts(console) == ["reload", "start"]


async def test_an_order_goes_on_over_the_change(town: Town) -> None:
    file, headend, console, _ = town
    order = {"selector": "L1", "level_pct": 40, "for_s": 7200, "reason": "chantier"}
    status, asked = await console.ask("POST", "/orders", order)
    assert status == 200
    before = headend.core
    edit(file, rename_street)
    await until(lambda: headend.core is not before)
    detail = await console.get("/light-points/L1")
    assert (detail["point"]["street"], detail["reason"]["order"]) == ("rue Nouvelle", asked["id"])


async def test_who_asks_while_it_begins_again_waits_and_is_answered(town: Town) -> None:
    file, headend, console, _ = town
    before = headend.core
    asking = True

    async def ask_on() -> int:
        answered = 0
        while asking:
            status, _body = await console.ask("GET", "/summary")
            assert status == 200
            answered += 1
        return answered

    async with asyncio.TaskGroup() as tasks:
        answers = tasks.create_task(ask_on())
        edit(file, rename_street)
        await until(lambda: headend.core is not before)
        asking = False
    assert answers.result() > 1


@pytest.mark.parametrize("text", ["{", '{"type": "FeatureCollection"}', ""])
async def test_a_file_that_cannot_be_used_changes_nothing_and_is_told_once(town: Town, text: str) -> None:
    file, headend, console, _ = town
    before, good = headend.core, file.read_bytes()
    file.write_text(text)
    async with asyncio.timeout(10):
        while await acts(console) != ["reload_refused", "start"]:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert await acts(console) == ["reload_refused", "start"]
    assert headend.core is before
    file.write_bytes(good)
    await asyncio.sleep(0.3)
    assert await acts(console) == ["reload_refused", "start"]
    edit(file, rename_street)
    await until(lambda: headend.core is not before)


async def test_an_inventory_that_the_light_plan_cannot_follow_is_not_taken_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, headend, console, _ = town
    before = headend.core

    def refuse(*_args: object) -> None:
        from city.errors import BadInput

        raise BadInput("assignments: group:berges means no light point")

    monkeypatch.setattr("headend.service.Plan", refuse)
    edit(file, rename_street)
    async with asyncio.timeout(10):
        while await acts(console) != ["reload_refused", "start"]:
            await asyncio.sleep(0.02)
    assert headend.core is before


async def test_parts_that_refuse_the_new_inventory_go_on_with_the_former(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from city.errors import BadInput

    file, headend, console, _ = town
    before, real = headend.core, put_together
    refusals = iter([BadInput("cabinet A-001: cannot follow the programme")])

    def once(*args: Any, **named: Any) -> Any:
        for error in refusals:
            raise error
        return real(*args, **named)

    monkeypatch.setattr("headend.service.put_together", once)
    edit(file, rename_street)
    await until(lambda: headend.core is not before)
    assert (await console.get("/light-points/L1"))["point"]["street"] == "rue Mercière"


async def test_touching_the_file_changes_nothing(town: Town) -> None:
    file, headend, console, _ = town
    before = headend.core
    os.utime(file, (1, 1))
    file.write_text(json.dumps(json.loads(file.read_text()), indent=2))
    await asyncio.sleep(0.5)
    assert headend.core is before
    assert await acts(console) == ["start"]


async def test_stopping_in_the_middle_of_it_ends_at_once(tmp_path: Path) -> None:
    headend = HeadEnd(load_settings(write_city(tmp_path)), ManualClock(EVENING))
    ready = asyncio.Event()
    running = asyncio.create_task(headend.run(lambda _: ready.set()))
    await ready.wait()
    edit(tmp_path / "inventory.geojson", rename_street)
    await until(headend._turn.is_set)
    headend.stop()
    async with asyncio.timeout(15):
        await running


async def test_cancelling_in_the_middle_of_it_ends_at_once(tmp_path: Path) -> None:
    headend = HeadEnd(load_settings(write_city(tmp_path)), ManualClock(EVENING))
    ready = asyncio.Event()
    running = asyncio.create_task(headend.run(lambda _: ready.set()))
    await ready.wait()
    edit(tmp_path / "inventory.geojson", rename_street)
    await until(headend._turn.is_set)
    running.cancel()
    async with asyncio.timeout(15):
        with pytest.raises(asyncio.CancelledError):
            await running

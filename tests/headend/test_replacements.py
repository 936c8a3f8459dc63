"""A new lamp in a light point's place: its history is kept, and its hours begin again."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from city.clock import ManualClock
from city.measurements import DeviceKind, Metric, Reading
from city.messages import Role
from headend.service import HeadEnd
from tests.headend.recording import EVENING, batch, until
from tests.headend.standing import Console, standing, write_city

Town = tuple[Path, HeadEnd, Console, ManualClock]
PATH = "/light-points/L1/replacement"
MIDNIGHT_OF_NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    file = write_city(tmp_path)
    inventory = tmp_path / "inventory.geojson"
    document = json.loads(inventory.read_text())
    document["lamp_types"].append({**document["lamp_types"][0], "id": "led-40", "nominal_w": 40.0})
    inventory.write_text(json.dumps(document))
    clock = ManualClock(EVENING)
    async with standing(file, clock) as (headend, console):
        yield inventory, headend, console, clock


def burned(name: str, hours: float, at: datetime) -> Reading:
    return Reading(name, DeviceKind.LAMP, at, {Metric.BURNING: hours, Metric.POWER: 60.0})


def properties(inventory: Path, name: str = "L1") -> dict[str, Any]:
    features = json.loads(inventory.read_text())["features"]
    found: dict[str, Any] = next(each["properties"] for each in features if each["properties"]["id"] == name)
    return found


async def replaced(town: Town, **request: Any) -> dict[str, Any]:
    """Replace L1, and wait until the head-end has taken it up."""
    _, headend, console, _ = town
    before = headend.core
    status, answer = await console.ask("POST", PATH, request)
    assert status == 200, answer
    await until(lambda: headend.core is not before)
    assert isinstance(answer, dict)
    return answer


async def test_hours_begin_again_and_the_forecast_follows_at_once(town: Town) -> None:
    inventory, headend, console, clock = town
    headend.core.ingest(batch(burned("L1", 99_900.0, clock.now()), burned("L2", 99_800.0, clock.now())))
    await headend.store.write([burned("L1", 99_900.0, clock.now()), burned("L2", 99_800.0, clock.now())])
    listed = (await console.get("/reports/failures"))["ageing"]
    assert [each["id"] for each in listed] == ["L1", "L2"]
    answer = await replaced(town, lamp_type="led-40", reason="fin de vie")
    assert (answer["old_type"], answer["new_type"]) == ("led-60", "led-40")
    assert (answer["counter_h"], answer["hours_before"], answer["installed"]) == (
        99_900.0,
        99_900.0,
        "2026-11-30",
    )
    said = properties(inventory)
    assert (said["lamp_type"], said["installed"], said["hours_before"]) == ("led-40", "2026-11-30", 99_900)
    detail = await console.get("/light-points/L1")
    assert (detail["lamp_type"], detail["installed"], detail["burned_h"]) == ("led-40", "2026-11-30", 0.0)
    assert [each["id"] for each in (await console.get("/reports/failures"))["ageing"]] == ["L2"]
    await clock.advance(timedelta(hours=5).total_seconds())
    headend.core.ingest(batch(burned("L1", 99_905.0, clock.now())))
    assert (await console.get("/light-points/L1"))["burned_h"] == 5.0


async def test_the_history_is_kept(town: Town) -> None:
    _, _, console, clock = town
    first = await replaced(town, hours=120.0, reason="vandalisme")
    await clock.advance(60)
    second = await replaced(town, new_controller=True, serial="FC-2", lamp_type="led-40")
    assert await console.get("/light-points/L1/replacements") == [second, first]
    assert await console.get("/light-points/L2/replacements") == []
    journal = await console.get("/journal")
    assert [(each["act"], each["subject"], each["text"]) for each in journal if each["act"] == "replace"] == [
        ("replace", "L1", "led-60 → led-40 · 0 h"),
        ("replace", "L1", "led-60 → led-60 · 120 h · vandalisme"),
    ]
    assert (second["old_serial"], second["new_serial"], second["old_hours_before"]) == ("", "FC-2", 120.0)


async def test_a_new_controller_counts_from_nothing(town: Town) -> None:
    inventory, headend, _, clock = town
    headend.core.ingest(batch(burned("L1", 50_000.0, clock.now())))
    answer = await replaced(town, new_controller=True, serial="FC-7")
    assert (answer["counter_h"], answer["hours_before"]) == (50_000.0, 0.0)
    assert (properties(inventory)["serial"], properties(inventory).get("hours_before", 0)) == ("FC-7", 0)


@pytest.mark.parametrize(
    ("path", "request_", "status", "told"),
    [
        (PATH, {}, 400, "the controller's counter of burning hours is not known"),
        (PATH, {"lamp_type": "oil", "hours": 0}, 400, "lamp_type: got 'oil', expected one of led-40, led-60"),
        (PATH, {"serial": "FC-9"}, 400, "another controller counts hours of its own"),
        (PATH, {"hours": -1}, 422, "hours: got -1"),
        (PATH, {"serial": "a\nb", "new_controller": True}, 400, "serial: got"),
        ("/light-points/nobody/replacement", {"hours": 0}, 404, "light point nobody: there is none"),
    ],
)
async def test_what_cannot_be_replaced_is_refused_and_changes_nothing(
    town: Town, path: str, request_: dict[str, Any], status: int, told: str
) -> None:
    inventory, _, console, _ = town
    before = inventory.read_bytes()
    got, answer = await console.ask("POST", path, request_)
    assert (got, told in answer["error"]) == (status, True), answer
    assert inventory.read_bytes() == before
    assert await console.get("/light-points/L1/replacements") == []


async def test_records_that_are_away_leave_the_inventory_as_it_was(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from city.errors import Unreachable

    inventory, headend, console, _ = town
    before = inventory.read_bytes()

    async def away(*_args: object) -> None:
        raise Unreachable("records: away")

    monkeypatch.setattr(headend.core.records.replacements, "add", away)
    status, _answer = await console.ask("POST", PATH, {"hours": 0})
    assert status == 503
    assert inventory.read_bytes() == before


async def test_it_takes_a_technician(town: Town) -> None:
    _, headend, console, _ = town
    token = await headend.core.access.create(Role.OBSERVER, "regard")
    status, _answer = await console.ask("POST", PATH, {"hours": 0}, token=token)
    assert status == 403


async def test_the_day_is_that_of_the_city(tmp_path: Path) -> None:
    clock = ManualClock(MIDNIGHT_OF_NEW_YEAR)
    async with standing(write_city(tmp_path), clock) as (_, console):
        status, answer = await console.ask("POST", PATH, {"hours": 0})
        assert (status, answer["installed"]) == (200, "2027-01-01")

"""The history API: steps for a chart, gaps that stay gaps, counters that are never averaged, and an earlier time."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from city.clock import ManualClock
from city.history import DAY, HOUR, MINUTE, Compare, window_of
from city.measurements import DeviceKind, Metric
from city.telemetry import Window
from headend import history
from headend.service import HeadEnd
from tests.headend.memory_store import MemoryStore, kept_in_memory
from tests.headend.standing import Console, standing, write_city

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
LAMP, CABINET, CIRCUIT = DeviceKind.LAMP, DeviceKind.CABINET, DeviceKind.CIRCUIT


class Archive:
    """A head-end over a store that holds what a test wrote there."""

    def __init__(self, headend: HeadEnd, console: Console, store: MemoryStore) -> None:
        self.headend, self.console, self.store = headend, console, store

    async def ask(self, path: str, **query: object) -> tuple[int, Any]:
        words = {
            {"begin": "from", "end": "to", "shown": "as"}.get(key, key): value for key, value in query.items()
        }
        return await self.console.ask("GET", f"/history/{path}?{urlencode(words)}")

    async def get(self, path: str, **query: object) -> Any:
        status, body = await self.ask(path, **query)
        assert status == 200, body
        return body


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    return kept_in_memory(monkeypatch)


@asynccontextmanager
async def archive(folder: Path, store: MemoryStore, now: datetime = NOW) -> AsyncIterator[Archive]:
    async with standing(write_city(folder), ManualClock(now)) as (headend, console):
        yield Archive(headend, console, store)


def every(step: timedelta, window: Window) -> Iterator[datetime]:
    at = window.start
    while at < window.end:
        yield at
        at += step


def counted(window: Window, watts: float, start: float = 0.0) -> Iterator[tuple[datetime, float]]:
    """A counter of Wh that is read each five minutes."""
    for number, at in enumerate(every(5 * MINUTE, window)):
        yield at, start + number * watts / 12


def values(period: Any, name: str) -> dict[str, float]:
    (series,) = [each for each in period["series"] if each["name"] == name]
    return {sample["at"]: sample["value"] for sample in series["samples"]}


DAY_BEFORE = Window(NOW - DAY, NOW)


async def test_one_devices_means_have_a_step_and_a_unit_and_a_gap_stays_a_gap(
    tmp_path: Path, store: MemoryStore
) -> None:
    told = [at for at in every(5 * MINUTE, DAY_BEFORE) if not 3 <= (at - DAY_BEFORE.start) / HOUR < 5]
    store.say("L1", LAMP, Metric.POWER, ((at, 0.0 if at.hour < 12 else 60.0) for at in told))
    async with archive(tmp_path, store) as city:
        view = await city.get("devices/L1", metric="power_w", points=30)
    assert (view["unit"], view["step_s"], view["shown"], view["kind"], view["by"]) == (
        "W",
        3600,
        "mean",
        "lamp",
        "device",
    )
    shown = values(view["now"], "L1")
    assert len(shown) == 22
    assert "2026-11-29T19:00:00Z" not in shown
    assert shown["2026-11-29T18:00:00Z"] == 60.0
    assert shown["2026-11-30T05:00:00Z"] == 0.0, "what was measured as 0 is no gap"
    assert (view["before"], view["now"]["series"][0]["total"]) == (None, None)


async def test_a_counter_tells_what_it_grew_by_or_its_rate_or_its_stand_and_never_a_mean(
    tmp_path: Path, store: MemoryStore
) -> None:
    store.say("L1", LAMP, Metric.ENERGY, counted(DAY_BEFORE, 60.0, 5000.0))
    async with archive(tmp_path, store) as city:
        asked = {"metric": "energy_wh", "points": 30}
        grown = await city.get("devices/L1", **asked)
        rate = await city.get("devices/L1", shown="rate", **asked)
        stand = await city.get("devices/L1", shown="stand", **asked)
        status, refused = await city.ask("devices/L1", shown="mean", **asked)
        levels, why = await city.ask("devices/L1", metric="power_w", shown="grown")
    assert (grown["unit"], rate["unit"], stand["unit"]) == ("Wh", "W", "Wh")
    assert set(values(grown["now"], "L1").values()) == {60.0}
    assert grown["now"]["series"][0]["total"] == 23 * 60.0
    assert set(values(rate["now"], "L1").values()) == {60.0}
    assert max(values(stand["now"], "L1").values()) == 5000 + 60 * 24 - 5
    assert (status, levels) == (400, 400)
    assert refused["error"] == "as: got mean, expected of energy_wh grown, rate, stand"
    assert why["error"] == "as: got grown, expected of power_w mean, min, max, last"


async def test_a_counters_step_is_never_so_short_that_looks_are_missing_in_it(
    tmp_path: Path, store: MemoryStore
) -> None:
    store.say("L1", LAMP, Metric.ENERGY, counted(DAY_BEFORE, 60.0))
    async with archive(tmp_path, store) as city:
        view = await city.get("devices/L1", metric="energy_wh", hours=2, points=2000)
    assert view["step_s"] == 600
    assert len(values(view["now"], "L1")) == 12


async def test_what_was_counted_while_nobody_looked_is_in_the_total_alone(
    tmp_path: Path, store: MemoryStore
) -> None:
    looks = [(at, wh) for at, wh in counted(DAY_BEFORE, 60.0) if not 3 <= (at - DAY_BEFORE.start) / HOUR < 5]
    store.say("L1", LAMP, Metric.ENERGY, looks)
    async with archive(tmp_path, store) as city:
        (series,) = (await city.get("devices/L1", metric="energy_wh", points=30))["now"]["series"]
    assert (series["total"], series["over_gaps"], series["began_anew"]) == (23 * 60.0, 180.0, 0)
    assert sum(sample["value"] for sample in series["samples"]) == 20 * 60.0


async def test_the_curve_of_a_light_point_shows_a_counters_stands(tmp_path: Path, store: MemoryStore) -> None:
    store.say("L1", LAMP, Metric.ENERGY, counted(DAY_BEFORE, 60.0))
    async with archive(tmp_path, store) as city:
        status, shown = await city.console.ask("GET", "/light-points/L1/series?metric=energy_wh&step_s=3600")
    assert (status, [sample["value"] for sample in shown]) == (200, [55.0 + 60 * hour for hour in range(24)])


async def test_a_lamp_that_is_swapped_makes_nothing_up(tmp_path: Path, store: MemoryStore) -> None:
    noon = NOW - 4 * HOUR
    store.say("L1", LAMP, Metric.ENERGY, counted(Window(DAY_BEFORE.start, noon), 60.0, 900_000.0))
    store.say("L1", LAMP, Metric.ENERGY, counted(Window(noon, NOW), 60.0))
    async with archive(tmp_path, store) as city:
        (series,) = (await city.get("devices/L1", metric="energy_wh", points=30))["now"]["series"]
    assert series["began_anew"] == 1
    assert series["total"] == (19 + 3) * 60.0


async def test_groups_are_summed_or_averaged(tmp_path: Path, store: MemoryStore) -> None:
    for name, watts in (("L1", 60.0), ("L2", 48.0), ("N1", 24.0)):
        store.say(name, LAMP, Metric.POWER, ((at, watts) for at in every(5 * MINUTE, DAY_BEFORE)))
        store.say(name, LAMP, Metric.ENERGY, counted(DAY_BEFORE, watts))
    store.say("stranger", LAMP, Metric.POWER, [(NOW - HOUR, 999.0)])
    async with archive(tmp_path, store) as city:
        asked = {"kind": "lamp", "points": 30}
        total = await city.get("groups", by="cabinet", metric="power_w", **asked)
        mean = await city.get("groups", by="cabinet", metric="power_w", across="mean", **asked)
        energy = await city.get("groups", by="sector", metric="energy_wh", **asked)
        each = await city.get("groups", by="device", metric="energy_wh", **asked)
        day = await city.get("groups", by="device", kind="lamp", metric="power_w", points=2)
    assert set(values(total["now"], "A-001").values()) == {132.0}
    assert set(values(mean["now"], "A-001").values()) == {44.0}
    assert (total["across"], mean["across"], energy["across"], each["across"]) == ("sum", "mean", "sum", None)
    (sector,) = energy["now"]["series"]
    assert (sector["name"], sector["total"]) == ("D8", 23 * 132.0)
    assert {sample["value"] for sample in sector["samples"]} == {132.0}
    assert {one["name"]: one["total"] for one in each["now"]["series"]} == {"L1": 1380, "L2": 1104, "N1": 552}
    assert set(values(day["now"], "L2").values()) == {48.0}


async def test_octets_of_radios_are_summed_by_hotspot_and_a_fall_is_a_reset(
    tmp_path: Path, store: MemoryStore
) -> None:
    minutes = list(every(MINUTE, Window(NOW - 2 * HOUR, NOW)))
    store.say("AP-1/1", DeviceKind.RADIO, Metric.IN_OCTETS, ((at, 1e6 * n) for n, at in enumerate(minutes)))
    store.say(
        "AP-1/2", DeviceKind.RADIO, Metric.IN_OCTETS, ((at, 1e6 * (n % 90)) for n, at in enumerate(minutes))
    )
    async with archive(tmp_path, store) as city:
        asked = {"kind": "radio", "by": "hotspot", "metric": "in_octets", "hours": 2, "points": 12}
        view = await city.get("groups", **asked)
        rate = await city.get("groups", shown="rate", **asked)
        circuits = await city.get("devices/AP-1/2", metric="in_octets", hours=2, points=12)
    (spot,) = view["now"]["series"]
    assert (spot["name"], spot["began_anew"]) == ("patinoire", 1)
    assert spot["total"] == 110e6 + 80e6 + 20e6
    assert rate["unit"] == "bit/s"
    assert max(values(rate["now"], "patinoire").values()) == pytest.approx(2e6 / 60 * 8)
    assert circuits["now"]["series"][0]["total"] == 100e6


async def test_an_answer_stands_beside_the_same_time_a_year_before(
    tmp_path: Path, store: MemoryStore
) -> None:
    for year, watts in ((2027, 84.0), (2028, 60.0)):
        spring = window_of(f"{year}-02-27", f"{year}-03-02", None, NOW, PARIS)
        store.say("L1", LAMP, Metric.ENERGY, counted(spring, watts))
        store.say("L1", LAMP, Metric.POWER, ((at, watts) for at in every(5 * MINUTE, spring)))
    async with archive(tmp_path, store, datetime(2028, 3, 10, tzinfo=UTC)) as city:
        asked = {"begin": "2028-02-29", "end": "2028-02-29", "compare": "year"}
        days = await city.get("devices/L1", metric="energy_wh", points=1, **asked)
        hours = await city.get("groups", by="sector", kind="lamp", metric="power_w", points=24, **asked)
        grown = await city.get("groups", by="sector", kind="lamp", metric="energy_wh", points=1, **asked)
    assert days["step_s"] == 86_400
    assert values(days["now"], "L1") == {"2028-02-28T23:00:00Z": 24 * 60.0}
    assert values(days["before"], "L1") == {"2027-02-27T23:00:00Z": 24 * 84.0}
    assert list(values(hours["before"], "D8").values()) == [84.0] * 24
    assert values(grown["now"], "D8") == {"2028-02-28T23:00:00Z": 24 * 60.0}
    assert values(grown["before"], "D8") == {"2027-02-27T23:00:00Z": 24 * 84.0}


async def test_the_day_with_25_hours_has_the_energy_of_25(tmp_path: Path, store: MemoryStore) -> None:
    october = window_of("2026-10-23", "2026-10-26", None, NOW, PARIS)
    store.say("L1", LAMP, Metric.ENERGY, counted(october, 60.0))
    store.say("L1", LAMP, Metric.POWER, ((at, float(at.hour)) for at in every(5 * MINUTE, october)))
    async with archive(tmp_path, store) as city:
        asked = {"begin": "2026-10-24", "end": "2026-10-26"}
        days = await city.get("devices/L1", metric="energy_wh", points=3, **asked)
        hours = await city.get(
            "devices/L1", metric="power_w", points=100, begin="2026-10-25", end="2026-10-25"
        )
        groups = await city.get("groups", by="cabinet", kind="lamp", metric="energy_wh", points=3, **asked)
    assert list(values(days["now"], "L1").values()) == [24 * 60.0, 25 * 60.0, 24 * 60.0]
    assert values(groups["now"], "A-001") == values(days["now"], "L1")
    assert (len(values(hours["now"], "L1")), hours["step_s"]) == (100, 900)


async def test_whatever_is_compared_with_has_the_same_step(tmp_path: Path, store: MemoryStore) -> None:
    store.say("L1", LAMP, Metric.POWER, [(NOW - HOUR, 60.0)])
    async with archive(tmp_path, store) as city:
        for compare in Compare:
            view = await city.get("devices/L1", metric="power_w", compare=compare, hours=6, points=12)
            assert view["step_s"] == (3600 if compare in {Compare.YEAR, Compare.WEEKDAY} else 1800)
            now, before = view["now"], view["before"]
            assert datetime.fromisoformat(now["end"]) > datetime.fromisoformat(before["end"])


async def test_what_is_so_old_that_only_summaries_are_left_is_told_by_the_hour(
    tmp_path: Path, store: MemoryStore
) -> None:
    store.say("L1", LAMP, Metric.ENERGY, counted(DAY_BEFORE, 60.0))
    async with archive(tmp_path, store, NOW + 100 * DAY) as city:
        asked = {
            "metric": "energy_wh",
            "begin": "2026-11-29T18:00",
            "end": "2026-11-30T17:00",
            "points": 2000,
        }
        view = await city.get("devices/L1", **asked)
    assert view["step_s"] == 3600
    assert view["now"]["series"][0]["over_gaps"] == 0


async def test_a_whole_city_is_read_in_stretches_and_too_much_of_it_is_refused_in_one_line(
    tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "VALUES_AT_ONCE", 12)
    monkeypatch.setattr(history, "VALUES_MOST", 100)
    for name in ("L1", "L2", "N1"):
        store.say(name, LAMP, Metric.ENERGY, counted(DAY_BEFORE, 60.0))
    async with archive(tmp_path, store) as city:
        asked = {"by": "sector", "kind": "lamp", "metric": "energy_wh"}
        view = await city.get("groups", points=30, **asked)
        status, refused = await city.ask("groups", points=100, **asked)
    assert view["now"]["series"][0]["total"] == 3 * 23 * 60.0
    assert store.most == 12
    assert status == 400
    assert refused["error"] == "lamp: 3 devices in 97 steps are more than 100 values; ask for fewer points"


FAULTS: list[tuple[str, dict[str, object], int, str]] = [
    ("devices/nobody", {"metric": "power_w"}, 404, "device nobody: there is none of that name"),
    (
        "devices/L1",
        {"metric": "power_w", "begin": "soon"},
        400,
        "from: got 'soon', expected for instance",
    ),
    ("devices/L1", {"metric": "power_w", "points": 2001}, 422, "points: got '2001', expected less than"),
    ("devices/L1", {"metric": "watts"}, 422, "metric: got 'watts'"),
    (
        "devices/L1",
        {"metric": "starts", "shown": "rate"},
        400,
        "as: got rate, expected of starts grown or stand",
    ),
    (
        "groups",
        {"metric": "power_w", "kind": "lamp", "shown": "max"},
        400,
        "as: got max, expected of groups",
    ),
    ("groups", {"metric": "power_w", "kind": "lamp", "by": "street"}, 422, "by: got 'street'"),
    ("groups", {"metric": "power_w"}, 422, "kind: missing"),
]


async def test_what_cannot_be_answered_is_told_in_one_line(tmp_path: Path, store: MemoryStore) -> None:
    async with archive(tmp_path, store) as city:
        for path, query, status, why in FAULTS:
            answered, body = await city.ask(path, **query)
            assert (answered, body["error"].startswith(why)) == (status, True), body
            assert "\n" not in body["error"]


async def test_a_device_that_never_spoke_has_no_samples_and_a_store_that_is_away_is_told(
    tmp_path: Path, store: MemoryStore
) -> None:
    async with archive(tmp_path, store) as city:
        view = await city.get("devices/A-001/2", metric="power_w")
        store.away = True
        status, body = await city.ask("devices/L1", metric="power_w")
        unknown, _ = await city.console.ask("GET", "/history/devices/L1?metric=power_w", token="another")
    assert (view["kind"], view["now"]["series"][0]["samples"]) == ("circuit", [])
    assert (status, body["error"]) == (503, "store: away")
    assert unknown == 401

"""What the head-end says is to be expected of places: out of memory, from what the store holds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from city.clock import ManualClock
from city.errors import BadInput
from city.measurements import DeviceKind, Metric, Reading
from city.settings import load_settings
from city.wifi_views import AdviceKind, OutlookView
from headend.outlook import events_of
from headend.service import HeadEnd
from tests.headend.memory_store import MemoryStore, kept_in_memory
from tests.headend.recording import batch
from tests.headend.standing import Console, standing, write_city

PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 27, 16, 20, tzinfo=UTC)
"""A Friday, 17:20 local time."""
WEEKS = 9
EVENT = """
[[event]]
name = "Mulhouse – Épinal"
hotspot = "patinoire"
begins = 2026-11-27T20:00:00
ends = 2026-11-27T22:30:00
clients = 70
"""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    return kept_in_memory(monkeypatch)


def fill(store: MemoryStore, busy: float = 20.0, since: timedelta = WEEKS * 7 * DAY) -> None:
    """Two radios of AP-1, each with so many clients from 8 to 20 h, a tenth of them by night."""
    start = (NOW - since).replace(minute=0)
    hours = [start + number * HOUR for number in range(int((NOW - start) / HOUR) + 1)]
    for radio in ("AP-1/1", "AP-1/2"):
        clients = [(at, busy if 8 <= at.astimezone(PARIS).hour < 20 else busy / 10) for at in hours]
        store.say(radio, DeviceKind.RADIO, Metric.CLIENTS, clients)
        store.say(radio, DeviceKind.RADIO, Metric.AIRTIME, [(at, value * 2) for at, value in clients])


@asynccontextmanager
async def city(folder: Path, extra: str = "") -> AsyncIterator[tuple[HeadEnd, Console]]:
    """The small city, whose access point has just answered."""
    async with standing(write_city(folder, extra), ManualClock(NOW)) as (headend, console):
        up = Reading("AP-1", DeviceKind.ACCESS_POINT, NOW, {Metric.UP: 1.0})
        radios = [
            Reading(f"AP-1/{number}", DeviceKind.RADIO, NOW, {Metric.CLIENTS: 20.0, Metric.CHANNEL: channel})
            for number, channel in ((1, 1.0), (2, 36.0))
        ]
        headend.core.ingest(batch(up, *radios))
        yield headend, console


async def outlook(console: Console) -> OutlookView:
    return OutlookView.model_validate(await console.get("/hotspots/patinoire/outlook"))


async def test_the_day_so_far_and_the_hours_ahead_are_told_beside_the_usual(
    tmp_path: Path, store: MemoryStore
) -> None:
    fill(store)
    async with city(tmp_path) as (_, console):
        view = await outlook(console)
        [same] = await console.get("/outlooks")
    assert OutlookView.model_validate(same) == view
    local = [step.at.astimezone(PARIS).hour for step in view.steps]
    assert local == [*range(24), *range(17)]
    past, ahead = view.steps[:17], view.steps[17:]
    assert [step.clients for step in past] == [40.0 if 8 <= hour < 20 else 4.0 for hour in range(17)]
    assert {step.expected for step in past} == {None}
    assert {step.clients for step in ahead} == {None}
    for step in ahead:
        assert step.expected is not None
        assert step.usual == pytest.approx(step.expected)
        assert step.low is not None
        assert step.high is not None
        assert step.low <= step.expected <= step.high
    assert (view.day, view.event, view.capacity, view.saturated_from) == ("workday", "", 80, None)
    assert view.history_days == WEEKS * 7
    assert view.advice == ()
    workday = next(each for each in view.busy_hours if each.days == "workday")
    assert (workday.clients, workday.load_pct) == (40.0, 50.0)
    assert view.growth is not None
    assert view.growth.pct_a_month == pytest.approx(0.0, abs=0.01)


async def test_an_announced_event_changes_the_evening_and_its_name_is_told(
    tmp_path: Path, store: MemoryStore
) -> None:
    fill(store)
    async with city(tmp_path, EVENT) as (headend, console):
        view = await outlook(console)
        usual = headend.core.outlooks.expectation("patinoire")
        clock = headend.core.clock
        assert isinstance(clock, ManualClock)
        await clock.advance(3 * 3600)
        during = headend.core.outlooks.expectation("patinoire")
    by_hour = {step.at.astimezone(PARIS).hour: step for step in view.steps if step.expected is not None}
    assert (by_hour[20].expected, by_hour[21].expected) == (70.0, 70.0)
    assert (view.day, view.event) == ("event", "Mulhouse – Épinal")
    assert view.saturated_from == datetime(2026, 11, 27, 19, tzinfo=UTC)
    assert usual == (40.0, "")
    assert during == (70.0, "Mulhouse – Épinal")


async def test_a_place_that_is_full_in_its_busy_hours_gets_advice_with_figures(
    tmp_path: Path, store: MemoryStore
) -> None:
    fill(store, busy=38.0)
    async with city(tmp_path) as (_, console):
        view = await outlook(console)
    assert view.saturated_from == NOW.replace(minute=0)
    [advice] = view.advice
    assert (advice.kind, advice.target, advice.rank) == (AdviceKind.ANOTHER_ACCESS_POINT, "patinoire", 1)
    assert advice.gain_pct == pytest.approx(47.5)
    assert advice.figures["load_pct"] == 95.0


async def test_without_history_nothing_is_invented(tmp_path: Path, store: MemoryStore) -> None:
    async with city(tmp_path) as (headend, console):
        view = await outlook(console)
        assert headend.core.outlooks.expectation("patinoire") == (None, "")
        assert headend.core.outlooks.expectation("nowhere") == (None, "")
    assert {(step.usual, step.expected, step.low, step.high) for step in view.steps} == {
        (None, None, None, None)
    }
    assert (view.history_days, view.growth, view.busy_hours, view.advice) == (0, None, (), ())


async def test_a_year_is_looked_back_on_for_growth_alone(tmp_path: Path, store: MemoryStore) -> None:
    start = (NOW - 55 * 7 * DAY).replace(minute=0)
    hours = (start + number * HOUR for number in range(int((NOW - start) / HOUR)))
    grown = [(at, 20.0 * 1.02 ** ((at - start) / (30.4375 * DAY))) for at in hours if at.hour % 3]
    store.say("AP-1/1", DeviceKind.RADIO, Metric.CLIENTS, grown)
    async with city(tmp_path) as (headend, console):
        await headend.core.outlooks.look_back()
        view = await outlook(console)
    assert view.growth is not None
    assert view.growth.months == pytest.approx(12.0, abs=0.1)
    assert view.growth.pct_a_month == pytest.approx(2.0, abs=0.05)
    assert 80 < view.history_days <= 12 * 7


def first_ahead(view: OutlookView) -> datetime:
    return next(step.at for step in view.steps if step.expected is not None)


async def test_a_store_that_is_away_makes_nobody_wait_and_is_asked_again(
    tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headend.outlook.LOOK_REAL_S", 0.0)
    fill(store)
    async with city(tmp_path) as (headend, console):
        assert first_ahead(await outlook(console)) == NOW.replace(minute=0)
        clock = headend.core.clock
        assert isinstance(clock, ManualClock)
        store.away = True
        await clock.advance(HOUR.total_seconds())
        kept = await outlook(console)
        store.away = False
        async with asyncio.timeout(10):
            while first_ahead(later := await outlook(console)) == first_ahead(kept):
                await clock.advance(30.0)
    assert first_ahead(kept) == NOW.replace(minute=0)
    assert kept.history_days == WEEKS * 7
    assert first_ahead(later) == NOW.replace(minute=0) + HOUR


async def test_figures_that_trip_a_fault_of_ours_stop_nothing_and_are_told_once(
    tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def trip(past: object, now: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("headend.outlook.Forecast", trip)
    fill(store)
    async with city(tmp_path) as (headend, console):
        assert (await outlook(console)).steps == ()
        await headend.core.outlooks.renew()
        assert (await console.get("/hotspots"))[0]["usual_clients"] is None
    assert caplog.text.count("patinoire could not be reckoned") == 1


async def test_a_place_that_is_not_there_is_told_in_one_line(tmp_path: Path, store: MemoryStore) -> None:
    async with city(tmp_path) as (_, console):
        status, body = await console.ask("GET", "/hotspots/nowhere/outlook")
        stranger, _ = await console.ask("GET", "/outlooks", token="none")
    assert (status, body) == (404, {"error": "hotspot nowhere: there is none of that name"})
    assert stranger == 401


def test_an_event_in_a_place_that_is_not_there_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path, EVENT.replace('"patinoire"', '"patinoir"')))
    headend_inventory = HeadEnd(load_settings(write_city(tmp_path)), ManualClock(NOW)).inventory
    with pytest.raises(BadInput, match=r"none is called 'patinoir'; did you mean patinoire\?"):
        events_of(settings, headend_inventory.wifi)


def test_local_times_of_events_are_the_citys(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path, EVENT))
    inventory = HeadEnd(settings, ManualClock(NOW)).inventory
    [event] = events_of(settings, inventory.wifi)["patinoire"]
    assert event.begins == datetime(2026, 11, 27, 19, tzinfo=UTC)
    assert (event.ends - event.begins, event.clients) == (timedelta(hours=2.5), 70)

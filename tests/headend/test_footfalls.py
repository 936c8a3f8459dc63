"""Hour by hour, how many people were in each place: read from the store bit by bit, and nobody counted twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from city.errors import Unreachable
from city.measurements import DeviceKind, Metric
from city.places import Position
from city.telemetry import Window
from headend.footfalls import KEPT, READ_AGAIN, Footfalls
from tests.headend.memory_store import MemoryStore
from wifi.inventory import AccessPoint, Hotspot, Inventory

HERE = Position(47.75, 7.34)
NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AP, RADIO, CLIENTS = DeviceKind.ACCESS_POINT, DeviceKind.RADIO, Metric.CLIENTS


def places(*access_points: str, hotspot: str = "patinoire") -> Inventory:
    return Inventory(
        {hotspot: Hotspot(hotspot, hotspot.title(), HERE, "West", watched=True)},
        {name: AccessPoint(name, hotspot, HERE, "127.0.0.1", 1, "falotier-ap", 40) for name in access_points},
    )


def every_minutes(
    minutes: int, since: datetime, until: datetime, clients: float
) -> Iterator[tuple[datetime, float]]:
    at = since
    while at < until:
        yield at, clients
        at += timedelta(minutes=minutes)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda device: {})


async def test_an_access_point_that_counts_itself_is_believed_and_of_the_others_the_radios_are_summed(
    store: MemoryStore,
) -> None:
    day = (NOW - 3 * HOUR, NOW)
    for device, kind, clients in (
        ("A", AP, 30.0), ("A/1", RADIO, 10.0), ("A/2", RADIO, 19.0),
        ("B/1", RADIO, 5.0), ("B/2", RADIO, 7.0), ("stranger/1", RADIO, 99.0),
    ):  # fmt: skip
        store.say(device, kind, CLIENTS, every_minutes(10, *day, clients))
    footfalls = Footfalls(store, places("A", "B"))
    await footfalls.read(NOW)
    assert footfalls.of("patinoire") == {NOW - number * HOUR: 42.0 for number in (3, 2, 1)}


async def test_an_hour_of_which_few_access_points_told_is_lacking(store: MemoryStore) -> None:
    for name in ("A", "B", "C", "D"):
        since = NOW - 4 * HOUR if name == "A" else NOW - 2 * HOUR
        store.say(f"{name}/1", RADIO, CLIENTS, every_minutes(10, since, NOW, 10.0))
    footfalls = Footfalls(store, places("A", "B", "C", "D"))
    await footfalls.read(NOW)
    assert footfalls.of("patinoire") == {NOW - 2 * HOUR: 40.0, NOW - HOUR: 40.0}


async def test_after_the_first_time_only_the_last_day_is_read_again(store: MemoryStore) -> None:
    store.say("A/1", RADIO, CLIENTS, every_minutes(60, NOW - 9 * DAY, NOW, 10.0))
    footfalls = Footfalls(store, places("A"))
    await footfalls.read(NOW)
    assert len(footfalls.of("patinoire")) == 9 * 24
    store.readings.clear()
    store.say("A/1", RADIO, CLIENTS, every_minutes(60, NOW - 2 * DAY, NOW + HOUR, 20.0))
    await footfalls.read(NOW + HOUR)
    hours = footfalls.of("patinoire")
    assert len(hours) == 9 * 24 + 1
    assert [hours[NOW - READ_AGAIN - HOUR], hours[NOW - READ_AGAIN], hours[NOW]] == [10.0, 20.0, 20.0]


async def test_what_is_too_old_is_forgotten_and_a_clock_that_was_set_back_has_all_read_again(
    store: MemoryStore,
) -> None:
    store.say("A/1", RADIO, CLIENTS, every_minutes(60, NOW - KEPT - 9 * DAY, NOW, 10.0))
    footfalls = Footfalls(store, places("A"))
    await footfalls.read(NOW - 8 * DAY)
    oldest = min(footfalls.of("patinoire"))
    assert oldest == NOW - 8 * DAY - KEPT
    await footfalls.read(NOW)
    assert min(footfalls.of("patinoire")) == NOW - KEPT
    await footfalls.read(NOW - 30 * DAY)
    assert max(footfalls.of("patinoire")) < NOW - 30 * DAY
    assert min(footfalls.of("patinoire")) == NOW - KEPT - 9 * DAY


async def test_a_store_that_is_away_loses_nothing_that_was_read(store: MemoryStore) -> None:
    store.say("A/1", RADIO, CLIENTS, every_minutes(60, NOW - DAY, NOW, 10.0))
    footfalls = Footfalls(store, places("A"))
    await footfalls.read(NOW)
    store.away = True
    with pytest.raises(Unreachable):
        await footfalls.read(NOW + HOUR)
    assert len(footfalls.of("patinoire")) == 24


async def test_radios_are_averaged_over_the_busy_hours_of_their_place_only(store: MemoryStore) -> None:
    window = Window(NOW - 14 * DAY, NOW)
    store.say("A/1", RADIO, CLIENTS, every_minutes(30, NOW - DAY, NOW, 4.0))
    store.say("A/1", RADIO, CLIENTS, every_minutes(30, NOW - 9 * DAY, NOW - 9 * DAY + HOUR, 30.0))
    store.say("A/1", RADIO, Metric.AIRTIME, every_minutes(30, NOW - 9 * DAY, NOW - 9 * DAY + HOUR, 80.0))
    store.say("A/2", RADIO, Metric.AIRTIME, every_minutes(30, NOW - DAY, NOW, 10.0))
    busy = {"patinoire": {NOW - 9 * DAY, NOW - HOUR}}
    means = await Footfalls(store, places("A")).radios_in(busy, window)
    assert (means["A/1"].clients, means["A/1"].airtime_pct) == (17.0, 80.0)
    assert (means["A/2"].clients, means["A/2"].airtime_pct) == (None, 10.0)

"""A head-end that begins anew knows from the store on which of the last days a place was full."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from city.clock import ManualClock
from city.incidents import Cause, Incident
from city.measurements import DeviceKind, Metric, Reading
from city.places import Position
from headend.past_days import PastDays
from tests.headend.memory_store import MemoryStore
from wifi.diagnosis import WifiDiagnosis
from wifi.inventory import AccessPoint, Hotspot, Inventory

PLACE = Position(47.7466, 7.3389)
NOW = datetime(2026, 11, 27, 16, 7, tzinfo=UTC)
"""A Friday."""
POLL = timedelta(minutes=5)
WIFI = Inventory(
    {"marche": Hotspot("marche", "Place du marché", PLACE, "Centre", watched=True)},
    {"AP-1": AccessPoint("AP-1", "marche", PLACE, "10.0.0.1", 161, "cisco-wlc", 40)},
)


def instants(days: float) -> Iterator[datetime]:
    """The polls of the last days."""
    at = NOW - timedelta(days=days)
    while at < NOW:
        yield at
        at += POLL


def clients(at: datetime, full: set[int]) -> float:
    """Forty at noon of full days, ten all day long, nobody at night; days by their number of the month."""
    if at.day in full and 11 <= at.hour < 13:
        return 40.0
    return 10.0 if 7 <= at.hour < 19 else 0.0


def store_of(full: set[int], days: float = 7) -> MemoryStore:
    store = MemoryStore(lambda device: {})
    for metric in (Metric.CLIENTS, Metric.AIRTIME):
        values = [(at, clients(at, full)) for at in instants(days)]
        store.say("AP-1/1", DeviceKind.RADIO, metric, values)
        store.say("AP-UNKNOWN/1", DeviceKind.RADIO, metric, values)
    return store


def polls(diagnosis: WifiDiagnosis, hours: int) -> list[Incident]:
    """A calm rest of the day."""
    told = []
    for number in range(hours * 12):
        at = NOW + number * POLL
        told += diagnosis.observe(Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UP: 1.0}))
        values = {Metric.CLIENTS: 10.0 + number % 3, Metric.AIRTIME: 10.0}
        told += diagnosis.observe(Reading("AP-1/1", DeviceKind.RADIO, at, values))
    return told


def diagnosis_of() -> WifiDiagnosis:
    return WifiDiagnosis(WIFI, period=POLL)


async def test_days_that_were_full_before_the_start_count() -> None:
    diagnosis = diagnosis_of()
    await PastDays(store_of({24, 25, 26}), WIFI, ManualClock(NOW), diagnosis.recall).run()
    (incident,) = polls(diagnosis, hours=1)
    assert (incident.cause, incident.asset) == (Cause.RADIO_SATURATED, "marche")
    figures = incident.evidence[0].figures
    assert (figures["days_full"], figures["days"], figures["clients"]) == (3.0, 5.0, 40.0)
    assert figures["full_h"] == 2.0


async def test_two_full_days_before_the_start_are_two() -> None:
    diagnosis = diagnosis_of()
    await PastDays(store_of({25, 26}), WIFI, ManualClock(NOW), diagnosis.recall).run()
    assert polls(diagnosis, hours=6) == []


async def test_what_was_full_longer_ago_than_the_last_five_days_counts_no_more() -> None:
    diagnosis = diagnosis_of()
    await PastDays(store_of({20, 21, 22}), WIFI, ManualClock(NOW), diagnosis.recall).run()
    assert polls(diagnosis, hours=6) == []


async def test_days_told_late_do_not_displace_those_that_were_seen_meanwhile() -> None:
    diagnosis = diagnosis_of()
    assert polls(diagnosis, hours=6) == []
    await PastDays(store_of({23, 24, 25}), WIFI, ManualClock(NOW), diagnosis.recall).run()
    at = NOW + timedelta(hours=6)
    told = diagnosis.observe(Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UP: 1.0}))
    assert [each.cause for each in told] == [Cause.RADIO_SATURATED]
    assert told[0].evidence[0].figures["days"] == 5.0


async def test_a_store_that_is_away_is_asked_again_until_it_answers() -> None:
    diagnosis, clock, store = diagnosis_of(), ManualClock(NOW), store_of({24, 25, 26})
    store.away = True
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        recalling = tasks.create_task(PastDays(store, WIFI, clock, diagnosis.recall).run())
        await clock.advance(60)
        assert not recalling.done()
        assert polls(diagnosis, hours=1) == []
        store.away = False
        await clock.advance(600)
        await recalling
    at = NOW + timedelta(hours=1)
    told = diagnosis.observe(Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UP: 1.0}))
    assert [each.cause for each in told] == [Cause.RADIO_SATURATED]


async def test_a_store_without_any_days_says_nothing() -> None:
    diagnosis = diagnosis_of()
    await PastDays(MemoryStore(lambda device: {}), WIFI, ManualClock(NOW), diagnosis.recall).run()
    assert polls(diagnosis, hours=6) == []

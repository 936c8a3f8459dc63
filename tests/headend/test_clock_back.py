"""Time that goes back, and nights that are longer or shorter, through the gate into a real store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from city.clock import ManualClock
from city.counters import Stand, growths
from city.measurements import Batch, DeviceKind, Metric, Reading, count_values
from city.nights import night_bounds
from city.telemetry import Aggregate, Window
from drivers.embedded import EmbeddedStore
from headend.clock_trust import ClockTrust
from headend.connections import Connections
from headend.ingest import Ingest
from headend.snapshot import PASSES_MOST, Snapshot
from headend.spool import Spool
from tests.headend.recording import EVENING, lamp_reading

PARIS = ZoneInfo("Europe/Paris")
CABINET, LAMP = "A-001", "L1"
MICROSECOND, SECOND, MINUTE = timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=1)
HOUR = timedelta(hours=1)
WATTS = 600.0
WH_A_MINUTE = WATTS / 60


class Kept:
    """What passed the gate, as a spool takes it."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def put(self, reading: Reading) -> None:
        self.readings.append(reading)


class Gate:
    """A head-end's gate with a clock that can be set, and a meter that counts whatever clocks say."""

    def __init__(self, at: datetime) -> None:
        self.clock = ManualClock(at)
        self.real_s = 0.0
        self.kept = Kept()
        self.trust = ClockTrust(self.clock, Connections(self.clock), 1, 1.0, lambda: self.real_s)
        self.counted_wh = 1_000.0
        self.began()

    def began(self) -> None:
        """The head-end has just started: nothing is remembered."""
        self.snapshot = Snapshot()
        self.ingest = Ingest(self.snapshot, cast("Spool", self.kept))
        self.trust.on_step = [self.snapshot.doubt_after]

    def is_set(self, at: datetime) -> None:
        self.clock._now = at
        self.trust.look()

    async def polls(self, minutes: int) -> None:
        for _ in range(minutes):
            values = {Metric.ENERGY: self.counted_wh, Metric.POWER: WATTS}
            self.ingest(
                Batch(
                    CABINET,
                    self.clock.now(),
                    (Reading(CABINET, DeviceKind.CABINET, self.clock.now(), values),),
                )
            )
            self.counted_wh += WH_A_MINUTE
            self.real_s += 60
            await self.clock.advance(60)
            self.trust.look()

    @property
    def instants(self) -> list[datetime]:
        return [reading.at for reading in self.kept.readings]


@asynccontextmanager
async def store_with(folder: Path, gate: Gate) -> AsyncIterator[EmbeddedStore]:
    async with EmbeddedStore(folder / "telemetry", lambda device: {}) as store:
        await store.write(gate.kept.readings)
        await store.write(gate.kept.readings)  # a spool may say everything twice
        yield store


async def counted_wh(store: EmbeddedStore, window: Window, step: timedelta = 10 * MINUTE) -> float:
    """What the meter has counted, step by step."""
    series = await store.series(CABINET, Metric.ENERGY, window, step, Aggregate.MAX)
    stands = [Stand(sample.at.timestamp(), sample.value) for sample in series]
    found = list(growths(stands, 10 * WATTS / 3600, 3600, float(2**32)))
    assert None not in found
    return sum(wh or 0.0 for wh in found)


async def test_an_hour_that_is_gone_over_twice_is_there_twice(tmp_path: Path) -> None:
    gate = Gate(EVENING - 10 * MINUTE)
    await gate.polls(70)
    gate.is_set(EVENING)
    await gate.polls(75)
    latest = gate.snapshot.latest(DeviceKind.CABINET, CABINET)
    assert latest is not None
    assert latest.at == gate.clock.now() - MINUTE, "past the newest instant nothing is shifted any more"
    async with store_with(tmp_path, gate) as store:
        assert await store.count() == gate.ingest.ingested == 2 * (70 + 75)
        window = Window(EVENING - HOUR, EVENING + 2 * HOUR)
        since = gate.kept.readings[9].values[Metric.ENERGY]
        assert await counted_wh(store, window) == gate.counted_wh - WH_A_MINUTE - since


async def test_the_present_follows_the_clock_while_time_is_gone_over_again() -> None:
    gate = Gate(EVENING)
    await gate.polls(60)
    gate.is_set(EVENING)
    await gate.polls(10)
    latest = gate.snapshot.latest(DeviceKind.CABINET, CABINET)
    assert latest is not None
    assert gate.clock.now() - MINUTE <= latest.at <= gate.clock.now()
    assert latest.values[Metric.ENERGY] == gate.counted_wh - WH_A_MINUTE


async def test_a_clock_that_goes_back_again_and_again_overwrites_nothing() -> None:
    gate = Gate(EVENING)
    for _ in range(5):
        await gate.polls(10)
        gate.is_set(EVENING)
    assert len(set(gate.instants)) == len(gate.instants) == 50
    assert max(gate.instants) < EVENING + 10 * MINUTE + PASSES_MOST * MICROSECOND


async def test_a_start_in_the_middle_of_it_knows_the_newest_instant_from_the_store(tmp_path: Path) -> None:
    gate = Gate(EVENING)
    await gate.polls(60)
    async with store_with(tmp_path, gate) as store:
        gate.began()
        gate.is_set(EVENING)
        gate.snapshot.restore(DeviceKind.CABINET, await store.last_values(DeviceKind.CABINET))
        gate.snapshot.doubt_after(gate.clock.now())
        await gate.polls(60)
        await store.write(gate.kept.readings)
        assert await store.count() == 2 * 120


async def test_a_store_that_came_back_late_still_says_what_the_newest_instant_was(tmp_path: Path) -> None:
    gate = Gate(EVENING)
    await gate.polls(60)
    async with store_with(tmp_path, gate) as store:
        gate.began()
        gate.is_set(EVENING - SECOND)
        await gate.polls(1)
        gate.snapshot.restore(DeviceKind.CABINET, await store.last_values(DeviceKind.CABINET))
        gate.is_set(EVENING - 2 * SECOND)
        await gate.polls(1)
    assert gate.instants[-1] == EVENING - 2 * SECOND + MICROSECOND


def lamp_said(at: datetime, power: float, received_at: datetime) -> Batch:
    return Batch("GW-1", received_at, (lamp_reading(LAMP, at, power=power),))


def test_a_lamps_clock_that_went_back_makes_another_measurement_and_never_overwrites() -> None:
    gate = Gate(EVENING)
    for number, power in enumerate((60.0, 61.0, 62.0, 61.0)):
        gate.ingest(lamp_said(EVENING, power, EVENING + number * SECOND))
    gate.ingest(lamp_said(EVENING + MINUTE, 60.0, EVENING + MINUTE))
    gate.ingest(lamp_said(EVENING, 63.0, EVENING + MINUTE))
    assert gate.instants == [
        EVENING,
        EVENING + MICROSECOND,
        EVENING + 2 * MICROSECOND,
        EVENING + MINUTE,
        EVENING + 3 * MICROSECOND,
    ]
    assert gate.ingest.duplicates == 2, "the second 61 W came twice"
    assert [reading.values[Metric.POWER] for reading in gate.kept.readings] == [60, 61, 62, 60, 63]


def test_what_a_lamp_says_in_two_messages_is_one_measurement() -> None:
    gate = Gate(EVENING)
    heard: list[Reading] = []
    gate.ingest.on_news(heard.append)
    parts = [
        Reading(LAMP, DeviceKind.LAMP, EVENING, {Metric.LEVEL: 70.0}),
        Reading(LAMP, DeviceKind.LAMP, EVENING, {Metric.POWER: 40.0}),
    ]
    for part in (*parts, *parts):
        gate.ingest(Batch("GW-1", EVENING + SECOND, (part,)))
    assert gate.instants == [EVENING, EVENING]
    assert (count_values(gate.kept.readings), gate.ingest.duplicates) == (2, 2)
    assert heard[-1].values == {Metric.LEVEL: 70.0, Metric.POWER: 40.0}
    gate.ingest(Batch("GW-1", EVENING + MINUTE, (parts[0]._replace(at=EVENING + MINUTE),)))
    for part in parts:
        gate.ingest(Batch("GW-1", EVENING + MINUTE + SECOND, (part,)))
    assert gate.ingest.duplicates == 4, "also once something newer is known"


def test_what_came_before_a_restart_and_comes_again_is_written_under_the_same_instant() -> None:
    gate = Gate(EVENING)
    gate.ingest(lamp_said(EVENING, 60.0, EVENING + SECOND))
    gate.began()
    gate.ingest(lamp_said(EVENING, 60.0, EVENING + MINUTE))
    assert gate.instants == [EVENING, EVENING]


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (datetime(2026, 10, 24, tzinfo=UTC), 25),
        (datetime(2026, 3, 28, tzinfo=UTC), 23),
        (datetime(2028, 2, 28, tzinfo=UTC), 24),
        (datetime(2028, 2, 29, tzinfo=UTC), 24),
        (datetime(2026, 12, 31, tzinfo=UTC), 24),
    ],
)
async def test_a_night_has_all_its_hours_each_once_and_its_energy(
    evening: datetime, hours: int, tmp_path: Path
) -> None:
    start, end = night_bounds(evening.date(), PARIS)
    assert (end - start) == hours * HOUR
    gate = Gate(start)
    await gate.polls(hours * 60 + 1)
    async with store_with(tmp_path, gate) as store:
        power = await store.series(CABINET, Metric.POWER, Window(start, end), HOUR)
        assert [sample.at for sample in power] == [start + number * HOUR for number in range(hours)]
        assert {sample.value for sample in power} == {WATTS}
        assert await store.count() == 2 * (hours * 60 + 1), "no instant came twice"
        stands = await store.stands(DeviceKind.CABINET, Metric.ENERGY, [start, end], 15 * MINUTE)
        before, after = stands[CABINET]
        assert before is not None
        assert after is not None
        assert after - before == pytest.approx(hours * WATTS)


def test_a_clock_that_stands_still_for_hours_overwrites_nothing() -> None:
    gate = Gate(EVENING)
    for number in range(40):
        gate.ingest(lamp_said(EVENING, float(number), EVENING + number * MINUTE))
    assert gate.instants == [EVENING + number * MICROSECOND for number in range(40)]
    gate.ingest(lamp_said(EVENING, 39.0, EVENING + HOUR))
    assert gate.ingest.duplicates == 2

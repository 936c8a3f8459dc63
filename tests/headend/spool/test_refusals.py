"""What a store refuses: it alone is put aside, and a store that refuses all is away."""

import asyncio
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.measurements import Metric
from tests.headend.recording import EVENING, RecordingStore, lamp_reading, running
from tests.headend.spool.spools import fill, nothing, safe, spool_on, turn_until


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


async def test_only_the_reading_that_cannot_be_stored_is_left_out_and_kept_with_the_reason(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    store.refuses = lambda reading: reading.device in {"L3", "L77"}
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        fill(spool, 100)
        await turn_until(clock, lambda: spool.waiting == 0)
    await spool.close(5)
    assert len(store.readings) == 98
    assert (spool.stored, spool.lost, spool.waiting) == (196, 4, 0)
    state = spool.state
    assert (state.dead_letters, state.losses) == (2, {"store: malformed": 4})
    letters = (tmp_path / "dead-letters.jsonl").read_text().splitlines()
    assert len(letters) == 2
    assert all('"why": "store: malformed"' in letter for letter in letters)


async def test_a_few_that_are_all_wrong_are_left_out_of_a_store_that_takes_others(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    store.refuses = lambda reading: reading.device.startswith("L1")
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        fill(spool, 1)
        await turn_until(clock, lambda: spool.stored == 2)
        fill(spool, 1, first=1)
        await turn_until(clock, lambda: spool.lost == 2)
    assert spool.stored == 2
    await spool.close(5)


async def test_a_store_that_refuses_everything_is_away_and_nothing_is_dropped(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    store.refuses = lambda reading: True
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        fill(spool, 100)
        await safe(spool)
        await clock.advance(300)
        await asyncio.sleep(0.05)
        assert (spool.waiting, spool.lost) == (200, 0)
        store.refuses = lambda reading: False
        await turn_until(clock, lambda: spool.waiting == 0, seconds=30)
    assert spool.stored == 200
    await spool.close(5)


async def test_a_reading_that_is_no_number_passes_the_disk_and_is_left_to_the_store(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path)
    await spool.open(nothing)
    spool.put(lamp_reading("L1", EVENING, power=float("nan")))
    await spool.close(5)
    store.away = False
    spool = spool_on(store, clock, tmp_path)
    await spool.open(nothing)
    await spool.close(5)
    assert str(store.readings[0].values[Metric.POWER]) == "nan"

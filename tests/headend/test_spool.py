"""Nothing lost between the gate and the store."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from headend.connections import Connections
from headend.spool import Spool
from tests.headend.recording import EVENING, RecordingStore, lamp_reading, running


async def nothing() -> None:
    pass


def spool_on(store: RecordingStore, clock: ManualClock, bound: int = 1000) -> Spool:
    return Spool(store, bound, clock, Connections(clock))


def fill(spool: Spool, readings: int, first: int = 0) -> None:
    for number in range(first, first + readings):
        spool.put(lamp_reading(f"L{number}", EVENING + timedelta(seconds=number)))


async def turn_until(clock: ManualClock, condition: Callable[[], bool], seconds: float = 1.0) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await clock.advance(seconds)
            await asyncio.sleep(0.002)


async def test_what_comes_in_is_written_within_a_second_of_the_clock() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    spool = spool_on(store, clock)
    async with running(spool.run(nothing)):
        fill(spool, 5)
        await turn_until(clock, lambda: spool.stored == 10)
    assert (spool.waiting, spool.lost, store.writes) == (0, 0, 1)


async def test_a_store_that_comes_back_gets_everything_in_order_once() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    store.away = True
    connections = Connections(clock)
    spool = Spool(store, 1000, clock, connections)
    async with running(spool.run(nothing)):
        fill(spool, 5)
        await clock.advance(300)
        assert not connections.views()[0].up
        assert connections.views()[0].detail == "store: away"
        fill(spool, 5, first=5)
        store.away = False
        await turn_until(clock, lambda: spool.waiting == 0, seconds=30)
    assert [reading.device for reading in store.readings] == [f"L{number}" for number in range(10)]
    assert (spool.stored, spool.lost) == (20, 0)
    assert connections.views()[0].up


async def test_past_its_bound_the_oldest_are_dropped_and_counted() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    spool = spool_on(store, clock, bound=10)
    fill(spool, 8)
    assert (spool.waiting, spool.lost) == (10, 6)
    await spool.open(nothing)
    held = await spool.close(5)
    assert [reading.device for reading in store.readings] == ["L3", "L4", "L5", "L6", "L7"]
    assert held == 10


async def test_only_the_reading_that_cannot_be_stored_is_left_out() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    store.refuses = lambda reading: reading.device in {"L3", "L77"}
    spool = spool_on(store, clock)
    fill(spool, 100)
    await spool.open(nothing)
    await spool.close(5)
    assert len(store.readings) == 98
    assert (spool.stored, spool.refused, spool.lost, spool.waiting) == (196, 4, 4, 0)


async def test_a_store_that_refuses_everything_is_away_and_nothing_is_dropped() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    store.refuses = lambda reading: True
    spool = spool_on(store, clock)
    async with running(spool.run(nothing)):
        fill(spool, 100)
        await clock.advance(10)
        await asyncio.sleep(0.05)
        assert (spool.waiting, spool.lost) == (200, 0)
        store.refuses = lambda reading: False
        await turn_until(clock, lambda: spool.waiting == 0, seconds=30)
    assert spool.stored == 200


async def test_cancelled_in_the_middle_of_a_write_it_writes_again_at_the_end() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    store.gate = asyncio.Event()
    spool = spool_on(store, clock)
    async with running(spool.run(nothing)):
        fill(spool, 3)
        await clock.advance(1)
        await asyncio.sleep(0.01)
    assert spool.waiting == 6
    store.gate.set()
    await spool.close(5)
    assert (spool.stored, spool.waiting, spool.lost, store.closed) == (6, 0, 0, 1)


async def test_what_never_found_a_store_is_counted_as_lost_at_the_end() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    store.away = True
    spool = spool_on(store, clock)
    fill(spool, 3)
    assert await spool.close(5) is None
    assert (spool.lost, spool.waiting, store.closed) == (6, 0, 0)


async def test_a_store_that_hangs_does_not_hold_up_the_end() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    spool = spool_on(store, clock)
    await spool.open(nothing)
    store.gate = asyncio.Event()
    fill(spool, 3)
    await spool.close(0.05)
    assert (spool.lost, store.closed) == (6, 1)


async def test_the_store_is_read_once_as_soon_as_it_is_there() -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    store.away = True
    spool = spool_on(store, clock)
    reads = []

    async def note() -> None:
        reads.append(clock.now())

    assert not await spool.open(note)
    store.away = False
    async with running(spool.run(note)):
        await turn_until(clock, lambda: bool(reads))
        await clock.advance(10)
    assert len(reads) == 1
    await spool.close(1)


@given(
    sizes=st.lists(st.integers(1, 40), max_size=20),
    bound=st.integers(1, 60),
    fails=st.sets(st.integers(0, 20)),
)
def test_every_value_is_stored_lost_or_waiting(sizes: list[int], bound: int, fails: set[int]) -> None:
    async def scenario() -> None:
        clock, store = ManualClock(EVENING), RecordingStore()
        spool = spool_on(store, clock, bound)
        await spool.open(nothing)
        put = 0
        for turn, size in enumerate(sizes):
            fill(spool, size, first=put)
            put += size
            store.away = turn in fails
            await spool._write_waiting()
            assert spool.stored + spool.lost + spool.waiting == 2 * put
            assert spool.waiting <= max(bound, 2)
        store.away = False
        await spool.close(5)
        assert spool.stored + spool.lost == 2 * put
        assert spool.stored == await store.count()

    asyncio.run(scenario())


@pytest.mark.parametrize("readings", [1, 5000])
async def test_writes_are_bounded_in_size(readings: int) -> None:
    clock, store = ManualClock(EVENING), RecordingStore()
    spool = spool_on(store, clock, bound=100_000)
    fill(spool, readings)
    await spool.open(nothing)
    await spool.close(5)
    assert store.writes == max(1, readings * 2 // 5000)

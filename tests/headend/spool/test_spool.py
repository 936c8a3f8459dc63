"""Nothing lost between the gate and the store."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city.clock import ManualClock
from city.errors import BadInput
from city.settings import TelemetrySection
from headend.connections import Connections
from headend.spool import Spool
from headend.spool import drain as drain_module
from tests.headend.recording import EVENING, RecordingStore, running
from tests.headend.spool.spools import fill, names, nothing, safe, spool_on, turn_until


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


async def test_what_comes_in_is_written_within_a_second_of_the_clock(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        fill(spool, 5)
        await safe(spool)
        await turn_until(clock, lambda: spool.stored == 10)
        assert (spool.waiting, spool.lost, store.writes) == (0, 0, 1)
    await spool.close(5)


async def test_safe_is_said_after_the_disk_has_it_and_in_order(clock: ManualClock, tmp_path: Path) -> None:
    store, told = RecordingStore(), list[int]()
    store.away = True
    spool = spool_on(store, clock, tmp_path)
    fill(spool, 3)
    spool.when_safe(lambda: told.append(1))
    spool.when_safe(lambda: told.append(2))
    assert not told
    async with running(spool.run(nothing)):
        await safe(spool)
        assert told == [1, 2]
        spool.when_safe(lambda: told.append(3))
        assert told == [1, 2, 3]
        fill(spool, 3)
        spool.when_safe(lambda: told.append(4))
        assert told == [1, 2, 3]
        await safe(spool)
    assert told == [1, 2, 3, 4]
    await spool.close(5)


async def test_what_was_safe_when_the_program_died_is_stored_by_the_next(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    store.away = True
    dead = spool_on(store, clock, tmp_path / "spool")
    async with running(dead.run(nothing)):
        fill(dead, 50)
        await safe(dead)
        copied = tmp_path / "copy"
        copied.mkdir()
        for file in (tmp_path / "spool").iterdir():
            (copied / file.name).write_bytes(file.read_bytes())
    await dead.close(5)
    store.away = False
    spool = spool_on(store, clock, copied)
    async with running(spool.run(nothing)):
        await turn_until(clock, lambda: spool.stored == 100)
        fill(spool, 1, first=50)
        await turn_until(clock, lambda: spool.stored == 102)
    assert names(store) == [f"L{number}" for number in range(51)]
    await spool.close(5)
    assert (spool.waiting, spool.lost, spool.state.taken) == (0, 0, 102)


async def test_a_store_that_comes_back_gets_what_is_live_first_and_everything_once(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    connections = Connections(clock)
    spool = Spool(store, tmp_path, TelemetrySection(spool_leaves_mib=0), clock, connections)
    async with running(spool.run(nothing)):
        fill(spool, 5)
        await turn_until(clock, lambda: spool.stored == 10)
        store.away = True
        fill(spool, 5, first=5)
        await safe(spool)
        await turn_until(clock, lambda: not connections.views()[0].up)
        assert connections.views()[0].detail == "store: away"
        assert spool.state.lag_s > 0
        store.away = False
        store.gate = asyncio.Event()
        await turn_until(clock, lambda: spool.state.is_catching_up, seconds=30)
        fill(spool, 5, first=10)
        await safe(spool)
        store.gate.set()
        await turn_until(clock, lambda: spool.waiting == 0 and connections.views()[0].up, seconds=30)
    assert sorted(names(store)) == sorted(f"L{number}" for number in range(15))
    assert (spool.stored, spool.lost, spool.state.lag_s) == (30, 0, 0)
    await spool.close(5)


async def test_while_the_store_is_away_nothing_is_held_in_memory(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        for turn in range(20):
            fill(spool, 1000, first=1000 * turn)
            await safe(spool)
        assert (spool._fresh.values, spool._pending) == (0, [])
        assert spool.waiting == 40_000
        assert spool.state.bytes > 0
    await spool.close(5)


async def test_past_its_bound_the_oldest_are_dropped_and_counted(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path, spool_mib=8)
    spool._log.most_bytes, spool._log._segment_bytes = 60_000, 6_000
    async with running(spool.run(nothing)):
        for turn in range(50):
            fill(spool, 200, first=200 * turn)
            await safe(spool)
        assert spool.state.bytes <= 60_000
        assert 0 < spool.lost < 20_000
        assert spool.lost + spool.waiting == 20_000
        assert spool.state.losses == {"spool full": spool.lost}
        store.away = False
        await turn_until(clock, lambda: spool.waiting == 0, seconds=30)
    assert spool.stored + spool.lost == 20_000
    kept = spool.stored // 2
    assert names(store) == [f"L{number}" for number in range(10_000 - kept, 10_000)]
    await spool.close(5)


async def test_cancelled_in_the_middle_of_a_write_it_writes_again_at_the_end(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        await turn_until(clock, lambda: store.opened == 1)
        store.gate = asyncio.Event()
        fill(spool, 3)
        await safe(spool)
        await clock.advance(1)
        await asyncio.sleep(0.01)
    assert spool.waiting == 6
    store.gate.set()
    await spool.close(5)
    assert (spool.stored, spool.waiting, spool.lost, store.closed) == (6, 0, 0, 1)


async def test_what_never_found_a_store_waits_for_the_next_start(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path)
    await spool.open(nothing)
    fill(spool, 3)
    assert await spool.close(5) is None
    assert (spool.lost, store.closed) == (0, 0)
    store.away = False
    spool = spool_on(store, clock, tmp_path)
    assert await spool.open(nothing)
    assert (spool.waiting, spool.state.taken) == (6, 6)
    assert await spool.close(5) == 6


async def test_a_store_that_hangs_does_not_hold_up_the_end(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    await spool.open(nothing)
    store.gate = asyncio.Event()
    fill(spool, 3)
    await spool.close(0.05)
    assert (spool.lost, store.closed) == (0, 1)


async def test_the_store_is_read_once_as_soon_as_it_is_there(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path)
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


async def test_a_folder_belongs_to_one_head_end(clock: ManualClock, tmp_path: Path) -> None:
    first, second = (spool_on(RecordingStore(), clock, tmp_path) for _ in range(2))
    await first.open(nothing)
    with pytest.raises(BadInput, match="another head-end uses"):
        await second.open(nothing)
    await first.close(1)
    await second.open(nothing)
    await second.close(1)


async def test_a_first_value_after_each_full_drain_arrives_once(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    for turn in range(100):  # each a clean stop and start, too
        spool = spool_on(store, clock, tmp_path)
        await spool.open(nothing)
        fill(spool, 1, first=turn)
        await spool.close(5)
    assert names(store) == [f"L{turn}" for turn in range(100)]


async def test_a_store_that_is_too_slow_is_read_to_from_the_disk_and_memory_is_bounded(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "FRESH_MOST", 100)
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        await turn_until(clock, lambda: store.opened == 1)
        fill(spool, 500)
        await safe(spool)
        await turn_until(clock, lambda: spool.stored == 1000)
    assert names(store) == [f"L{number}" for number in range(500)]
    await spool.close(5)


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 40), max_size=20),
    segment_bytes=st.integers(1, 4000),
    most_bytes=st.integers(1000, 20_000),
    fails=st.sets(st.integers(0, 20)),
    refused=st.sets(st.integers(0, 400)),
    restarts=st.sets(st.integers(0, 20)),
)
def test_every_value_is_stored_lost_or_waiting(
    sizes: list[int],
    segment_bytes: int,
    most_bytes: int,
    fails: set[int],
    refused: set[int],
    restarts: set[int],
) -> None:
    async def scenario(folder: Path) -> None:
        clock, store = ManualClock(EVENING), RecordingStore()
        store.refuses = lambda reading: int(reading.device[1:]) in refused
        stored = lost = put = 0

        def begun() -> Spool:
            spool = spool_on(store, clock, folder)
            spool._log.most_bytes, spool._log._segment_bytes = most_bytes, segment_bytes
            return spool

        spool = begun()
        await spool.open(nothing)
        for turn, size in enumerate(sizes):
            store.away = turn in fails
            fill(spool, size, first=put)
            put += size
            await spool._commit()
            if await spool._drain.open(nothing):
                await spool._drain._write_waiting()
            if turn in restarts:
                await spool.close(5)
                stored, lost = stored + spool.stored, lost + spool.lost
                spool = begun()
                await spool.open(nothing)
            assert stored + spool.stored + lost + spool.lost + spool.waiting == 2 * put
            assert spool.stored + spool.lost + spool.waiting == spool.state.taken
        store.away = False
        for _ in range(12):  # a piece that is refused is asked for in smaller ones
            if await spool._drain.open(nothing):
                spool._drain._allowed = 1e9
                await spool._drain._write_waiting()
        await spool.close(5)
        assert stored + spool.stored + lost + spool.lost + spool.waiting == 2 * put
        assert stored + spool.stored == await store.count()
        assert len(set(names(store))) == len(store.readings)

    with TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder)))


@pytest.mark.parametrize(("readings", "writes"), [(1, 1), (25_000, 3)])
async def test_writes_are_bounded_in_size(
    clock: ManualClock, tmp_path: Path, readings: int, writes: int
) -> None:
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    await spool.open(nothing)
    fill(spool, readings)
    assert await spool.close(5) == 2 * readings
    assert store.writes == writes


async def test_a_disk_that_takes_nothing_lets_everything_pass_and_is_shown(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, connections = RecordingStore(), Connections(clock)
    spool = Spool(store, tmp_path, TelemetrySection(), clock, connections)

    def no_room(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    async with running(spool.run(nothing)):
        await turn_until(clock, lambda: store.opened == 1)
        with monkeypatch.context() as broken:
            broken.setattr("os.write", no_room)
            fill(spool, 5)
            await safe(spool)
            assert [view.name for view in connections.views()] == ["store", "spool"]
            assert connections.views()[1].detail == "No space left on device"
            await turn_until(clock, lambda: spool.stored == 10)
            store.away = True
            fill(spool, 5, first=5)
            await safe(spool)
            await turn_until(clock, lambda: spool.lost == 10)
            assert spool.state.losses == {"disk full": 10}
        store.away = False
        fill(spool, 5, first=10)
        await safe(spool)
        assert [view.name for view in connections.views()] == ["store"]
        await turn_until(clock, lambda: spool.stored == 20, seconds=30)
    assert (spool.waiting, spool.lost) == (0, 10)
    await spool.close(5)

"""A disk that is really full: what is lost is counted and shown, and all goes on by itself once there is room."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.settings import TelemetrySection
from drivers.embedded import EmbeddedStore
from headend.connections import Connections
from headend.spool import Spool
from tests.headend.recording import EVENING, RecordingStore, running
from tests.headend.small_disk import Foreign, small_disk
from tests.headend.spool.spools import fill, nothing, safe, turn_until


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 6) as folder:
        yield folder


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


BOUNDS = TelemetrySection(spool_leaves_mib=0)


async def test_while_the_store_is_there_a_full_disk_costs_nothing(
    clock: ManualClock, disk: Path, tmp_path: Path
) -> None:
    store, connections, foreign = RecordingStore(), Connections(clock), Foreign(disk)
    spool = Spool(store, disk / "spool", BOUNDS, clock, connections)
    async with running(spool.run(nothing)):
        await turn_until(clock, lambda: store.opened == 1)
        foreign.fill()
        for turn in range(5):
            fill(spool, 1000, first=1000 * turn)
            await safe(spool)
            assert {view.name: view.detail for view in connections.views()} == {
                "store": "",
                "spool": "No space left on device",
            }
            await turn_until(clock, lambda: spool.waiting == 0)
        foreign.go()
        fill(spool, 1000, first=5000)
        await safe(spool)
        assert [view.name for view in connections.views()] == ["store"]
        await turn_until(clock, lambda: spool.waiting == 0)
    await spool.close(5)
    assert (spool.stored, spool.lost, spool.waiting) == (12_000, 0, 0)
    assert len({reading.device for reading in store.readings}) == len(store.readings) == 6000


async def test_while_the_store_is_away_the_oldest_make_room_and_are_counted(
    clock: ManualClock, disk: Path
) -> None:
    store, connections, foreign = RecordingStore(), Connections(clock), Foreign(disk)
    store.away = True
    spool = Spool(store, disk / "spool", BOUNDS, clock, connections)
    spool._log._segment_bytes = 20_000
    async with running(spool.run(nothing)):
        for turn in range(20):
            fill(spool, 1000, first=1000 * turn)
            await safe(spool)
        held = spool.waiting
        foreign.fill()
        for turn in range(20, 40):
            fill(spool, 1000, first=1000 * turn)
            await safe(spool)
        state = spool.state
        assert state.losses == {"disk full": state.lost}
        assert state.lost > 0
        assert state.waiting > held / 2  # it lives on in the room that it has
        assert connections.views()[1].detail == "disk full: the oldest values are dropped"
        assert state.lost + state.waiting == state.taken == 80_000
        foreign.go()
        lost = state.lost
        for turn in range(40, 50):
            fill(spool, 1000, first=1000 * turn)
            await safe(spool)
        assert spool.lost == lost
        store.away = False
        await turn_until(clock, lambda: spool.waiting == 0, seconds=30)
        fill(spool, 1)
        await turn_until(clock, lambda: len(connections.views()) == 1)
    await spool.close(5)
    store.readings.pop()
    assert spool.stored + spool.lost == 100_002
    kept = spool.stored // 2 - 1
    assert [reading.device for reading in store.readings] == [
        f"L{number}" for number in range(50_000 - kept, 50_000)
    ]


async def test_a_store_on_the_same_full_disk_is_away_and_comes_back_by_itself(
    clock: ManualClock, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connections, foreign = Connections(clock), Foreign(disk)
    store = EmbeddedStore(disk / "telemetry", lambda device: {})
    spool = Spool(store, disk / "spool", BOUNDS, clock, connections)
    async with running(spool.run(nothing)):
        fill(spool, 1000)
        await turn_until(clock, lambda: spool.stored == 2000)
        foreign.fill()
        for turn in range(1, 6):
            fill(spool, 2000, first=2000 * turn)
            await safe(spool)
            await clock.advance(2)
            await asyncio.sleep(0.02)
        await turn_until(clock, lambda: bool(spool.state.losses), seconds=30)
        assert set(spool.state.losses) == {"disk full"}
        views = {view.name: view for view in connections.views()}
        assert not views["store"].up
        assert views["spool"].detail in {
            "No space left on device",
            "disk full: the oldest values are dropped",
        }
        foreign.go()
        fill(spool, 1000, first=100_000)
        await turn_until(clock, lambda: spool.waiting == 0, seconds=30)
        assert [(view.name, view.up) for view in connections.views()] == [("store", True)]
        state = spool.state
        assert state.stored + state.lost == state.taken == 24_000
        assert await store.count() >= state.stored
    await spool.close(5)
    assert "Traceback" not in caplog.text

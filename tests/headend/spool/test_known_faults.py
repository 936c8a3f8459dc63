"""What has gone wrong with the queues of others, tried on ours."""

import asyncio
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.measurements import Metric
from tests.headend.recording import EVENING, RecordingStore, lamp_reading, running
from tests.headend.spool.spools import fill, names, nothing, safe, spool_on, turn_until

DRAINS = 1000
MESSAGES = 5000
LAMPS = 15_000
VALUES = dict.fromkeys(list(Metric)[:9], 1.5)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING)


@pytest.mark.parametrize("way", ["live", "backlog"])
async def test_the_first_value_after_each_of_a_thousand_full_drains_arrives_once(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for call in ("fsync", "fdatasync"):  # nobody asks here what the disk keeps
        monkeypatch.setattr(f"headend.spool.segments.os.{call}", lambda fd: None)
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    await spool.open(nothing)
    for turn in range(DRAINS):
        if way == "backlog":
            spool._drain._go_away(TimeoutError())
        fill(spool, 1, first=turn)
        await spool._commit()
        assert await spool._drain.open(nothing)
        spool._drain._allowed = 1e6
        assert await spool._drain._write_waiting()
        assert (spool.waiting, len(store.readings)) == (0, turn + 1)
    await spool.close(5)
    assert names(store) == [f"L{turn}" for turn in range(DRAINS)]


async def test_a_program_killed_amid_a_drain_sends_again_only_what_the_store_has_not(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path / "spool", drain_per_s=2000)
    async with running(spool.run(nothing)):
        for turn in range(50):
            fill(spool, 100, first=100 * turn)
            await safe(spool)
        store.away = False
        await turn_until(clock, lambda: 0 < spool.stored < 10_000, seconds=30)
    stored = len(store.readings)
    shutil.copytree(tmp_path / "spool", tmp_path / "left by a kill")
    await spool.close(0)
    del store.readings[stored:]
    spool = spool_on(store, clock, tmp_path / "left by a kill")
    await spool.open(nothing)
    assert spool.waiting == 10_000 - 2 * stored
    await spool.close(5)
    assert names(store) == [f"L{number}" for number in range(5000)]


async def test_a_last_value_before_a_clean_stop_is_not_sent_again(clock: ManualClock, tmp_path: Path) -> None:
    store = RecordingStore()
    for turn in range(20):
        spool = spool_on(store, clock, tmp_path)
        await spool.open(nothing)
        assert spool.waiting == 0
        fill(spool, 3, first=3 * turn)
        await spool.close(5)
        assert len(store.readings) == 3 * (turn + 1)


async def test_messages_that_come_one_by_one_are_synced_together(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, told, real = 0, 0, os.fdatasync

    def counted(fd: int) -> None:
        nonlocal synced
        synced += 1
        real(fd)

    def safe_now() -> None:
        nonlocal told
        told += 1

    monkeypatch.setattr("headend.spool.segments.os.fdatasync", counted)
    store = RecordingStore()
    store.away = True
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        began = time.monotonic()
        for number in range(MESSAGES):
            spool.put(lamp_reading(f"L{number}", EVENING + timedelta(seconds=number)))
            spool.when_safe(safe_now)
            await asyncio.sleep(0)
        await safe(spool)
        took_s = time.monotonic() - began
    await spool.close(5)
    assert told == MESSAGES
    assert synced < MESSAGES / 10
    assert took_s < 10


async def test_a_whole_city_that_is_back_at_once_is_taken_in_without_loss(
    clock: ManualClock, tmp_path: Path
) -> None:
    store = RecordingStore()
    spool = spool_on(store, clock, tmp_path)
    async with running(spool.run(nothing)):
        for number in range(LAMPS):
            spool.put(lamp_reading(f"L{number}", EVENING)._replace(values=VALUES))
        await safe(spool)
        await turn_until(clock, lambda: spool.waiting == 0)
    await spool.close(5)
    assert (spool.stored, spool.lost) == (LAMPS * len(VALUES), 0)

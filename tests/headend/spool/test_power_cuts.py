"""The power goes at any call that reaches the disk: what was acknowledged is stored once all is back.

``FALOTIER_CUTS=1000`` has it tried so often.
"""

import asyncio
import os
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from city.clock import ManualClock
from city.measurements import Metric, Reading
from city.settings import TelemetrySection
from headend.connections import Connections
from headend.spool import Spool
from tests.headend.recording import EVENING, RecordingStore, lamp_reading
from tests.headend.spool.power import Cut, Disk

CUTS = int(os.environ.get("FALOTIER_CUTS", "60"))
LIVES = 3
CALLS_MOST = 150
TURNS = 40


async def nothing() -> None:
    pass


def spool_on(store: RecordingStore, folder: Path) -> Spool:
    clock = ManualClock(EVENING)
    spool = Spool(store, folder, TelemetrySection(spool_leaves_mib=0), clock, Connections(clock))
    spool._log._segment_bytes = 600  # a new file after every few records
    return spool


async def one_life(
    folder: Path, first: int, store: RecordingStore, chance: Random, cut: Cut
) -> tuple[int, int]:
    """Numbers are taken in until the power goes; returns how many were acknowledged by then, and put in."""
    spool = spool_on(store, folder)
    number, acknowledged = first, first
    await spool.open(nothing)

    def safe(until: int) -> None:
        nonlocal acknowledged
        if not cut.is_over:
            acknowledged = until

    for _ in range(TURNS):
        for _ in range(chance.choice((1, 3, 20))):
            spool.put(lamp_reading(f"L{number}", EVENING + timedelta(seconds=number), power=float(number)))
            number += 1
        spool.when_safe(lambda until=number: safe(until))  # type: ignore[misc]
        await spool._commit()
        store.away = chance.random() < 0.5
        if await spool._drain.open(nothing):
            await spool._drain._write_waiting()
        if cut.is_over:
            break
    store.away = True
    await spool.close(1)
    return acknowledged, number


def _remember(readings: list[Reading], taken: list[Reading]) -> None:
    taken[:] = readings


@pytest.mark.parametrize("seed", range(5))
def test_what_was_acknowledged_outlives_power_cuts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    async def scenario(number: int) -> None:
        chance = Random(f"{seed} {number}")  # noqa: S311 (a test's)
        folder, first = tmp_path / f"{number}", 0
        folder.mkdir()
        store, acknowledged = RecordingStore(), set[int]()
        for life in range(LIVES):
            aftermath = tmp_path / f"{number}-{life}"
            disk = Disk(folder, tmp_path / f"shadow-{number}-{life}", chance)
            taken: list[Reading] = []
            cut = Cut(
                disk, aftermath, chance.randint(1, CALLS_MOST), partial(_remember, store.readings, taken)
            )
            with monkeypatch.context() as patch:
                cut.watch(patch)
                disk.folder_synced()
                for path in folder.iterdir():
                    with path.open("rb") as file:
                        disk.file_synced(file.fileno())
                until, put = await one_life(folder, first, store, chance, cut)
            acknowledged.update(range(first, until))
            first = put
            if cut.is_over:
                store.readings = taken  # what was given to the store after the cut it never got
                folder = aftermath
        store.away = False
        spool = spool_on(store, folder)
        await spool.open(nothing)
        await spool.close(5)
        stored = {int(reading.device[1:]): reading for reading in store.readings}
        assert not acknowledged - set(stored)
        assert all(reading.values[Metric.POWER] == float(number) for number, reading in stored.items())

    for number in range(CUTS // 5):
        asyncio.run(scenario(number))

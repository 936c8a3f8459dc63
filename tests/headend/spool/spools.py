"""A spool on a folder, before a store that writes down what it is given."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from city.clock import ManualClock
from city.settings import TelemetrySection
from headend.connections import Connections
from headend.spool import Spool
from tests.headend.recording import EVENING, RecordingStore, lamp_reading


async def nothing() -> None:
    pass


def spool_on(store: RecordingStore, clock: ManualClock, folder: Path, **bounds: int) -> Spool:
    return Spool(store, folder, TelemetrySection(spool_leaves_mib=0, **bounds), clock, Connections(clock))


def fill(spool: Spool, readings: int, first: int = 0) -> None:
    """Two values a reading."""
    for number in range(first, first + readings):
        spool.put(lamp_reading(f"L{number}", EVENING + timedelta(seconds=number)))


async def turn_until(clock: ManualClock, condition: Callable[[], bool], seconds: float = 1.0) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await clock.advance(seconds)
            await asyncio.sleep(0.002)


async def safe(spool: Spool) -> None:
    """Wait until all that was put in is on the disk."""
    is_safe = asyncio.Event()
    spool.when_safe(is_safe.set)
    async with asyncio.timeout(10):
        await is_safe.wait()


def names(store: RecordingStore) -> list[str]:
    return [reading.device for reading in store.readings]

"""A head-end's way of a value, in a process that is killed at any moment: ingest, spool, and the embedded store.

Each life takes in readings that are numbered, and tells in a file what it was about to send and what was acknowledged:
lines that outlive it. The store is away now and then, and some of what it took is answered by nobody.
"""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Self

from city.clock import SimulatedClock
from city.errors import Unreachable
from city.measurements import Batch, DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import TelemetryStore, Window
from drivers.embedded import EmbeddedStore
from drivers.embedded import store as store_module
from headend.connections import Connections
from headend.ingest import Ingest
from headend.snapshot import Snapshot
from headend.spool import Spool
from headend.spool import drain as drain_module

BEGIN = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
METRICS = (Metric.POWER, Metric.LEVEL, Metric.ENERGY)
DEVICES = 300
STEP = timedelta(milliseconds=1)
"""Between two numbers: each is an instant of its own."""
LIFE_NUMBERS = 200_000
"""Numbers that one life may send."""
UNDER_WAY = 6_000
"""Readings that may be sent and not acknowledged yet."""
SPEED = 100.0
"""Of the writer's clock: what gathers for a second is written after 10 ms."""
REST_S = 0.01
SETTINGS = TelemetrySection(spool_mib=512, spool_leaves_mib=0, drain_per_s=1_000_000)
FILE_ROWS = 4_000
"""The store writes a file after so many rows: some are being written when it is killed."""
CLOSES_WITHIN_S = 20.0


def reading(number: int) -> Reading:
    """The reading of a number; its values tell which it is."""
    values = {Metric.POWER: float(number), Metric.LEVEL: float(number % 101), Metric.ENERGY: number * 0.125}
    return Reading(f"L{number % DEVICES}", DeviceKind.LAMP, BEGIN + number * STEP, values)


class Moody:
    """A store that is away for a while now and then, and whose answer is lost when it goes."""

    def __init__(self, store: TelemetryStore, chance: Random) -> None:
        self._store = store
        self._chance = chance
        self._turns_at = 0.0
        self._is_away = chance.random() < 0.3

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def __aenter__(self) -> Self:
        await self._store.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._store.__aexit__()

    async def ping(self) -> None:
        self._look()
        await self._store.ping()

    async def write(self, readings: Sequence[Reading]) -> None:
        self._look()
        await self._store.write(readings)
        if self._chance.random() < 0.05:
            raise Unreachable("store: the answer was lost")

    def _look(self) -> None:
        if time.monotonic() > self._turns_at:
            self._is_away = not self._is_away
            self._turns_at = time.monotonic() + self._chance.uniform(0.0, 0.06)
        if self._is_away:
            raise Unreachable("store: away")


@dataclass(frozen=True)
class Life:
    """What one life is to do."""

    folder: str
    number: int
    seed: int
    sends: bool = True
    """Or else it only has stored what waits."""

    @property
    def told(self) -> Path:
        """Where it tells what it does."""
        return Path(self.folder) / f"told-{self.number}"


class Telling:
    """Lines in a file, each written at once."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def __call__(self, what: str, number: float) -> None:
        os.write(self._fd, f"{what} {number}\n".encode())


def live(life: Life) -> None:
    """Until it is killed."""
    logging.disable()
    asyncio.run(_live(life))


def end(life: Life) -> None:
    """The last life: nothing more comes in, all that waits is stored, and it closes; tells how it fared."""
    logging.disable()
    asyncio.run(_end(life))


def _spool(life: Life, store: TelemetryStore) -> Spool:
    drain_module.REST_MOST_S = REST_S
    clock = SimulatedClock.starting(BEGIN, SPEED)
    return Spool(store, Path(life.folder) / "spool", SETTINGS, clock, Connections(clock))


def _store(life: Life) -> EmbeddedStore:
    store_module.FRESH_ROWS, store_module.RETRY_ROWS = FILE_ROWS, FILE_ROWS // 4
    return EmbeddedStore(Path(life.folder) / "telemetry", lambda device: {})


async def _nothing() -> None:
    pass


async def _live(life: Life) -> None:
    began, tell, chance = time.monotonic(), Telling(life.told), Random(life.seed)  # noqa: S311 (a test's)
    spool = _spool(life, Moody(_store(life), chance))
    await spool.open(_nothing)
    tell("opened", time.monotonic() - began)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(spool.run(_nothing))
        if life.sends:
            await _send(life, spool, tell, chance)


async def _send(life: Life, spool: Spool, tell: Telling, chance: Random) -> None:
    """Batches as of polls and as of single messages, never too many unacknowledged."""
    ingest = Ingest(Snapshot(), spool)
    first = number = life.number * LIFE_NUMBERS
    acknowledged = first
    room = asyncio.Event()

    def safe(until: int) -> None:
        nonlocal acknowledged
        acknowledged = until
        tell("acknowledged", until - first)
        if spool.lost:
            tell("lost", spool.lost)
        room.set()

    while number < first + LIFE_NUMBERS - UNDER_WAY:
        count = chance.choice((1, 1, 20, 500, 3000))
        tell("sent", number + count - first)
        ingest(Batch("test", BEGIN, tuple(reading(each) for each in range(number, number + count))))
        number += count
        spool.when_safe(lambda until=number: safe(until))  # type: ignore[misc]
        await asyncio.sleep(0)
        while number - acknowledged > UNDER_WAY:
            room.clear()
            await room.wait()


async def _end(life: Life) -> None:
    began, tell = time.monotonic(), Telling(life.told)
    spool = _spool(life, _store(life))
    await spool.open(_nothing)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(spool.run(_nothing))
        while spool.waiting:
            await asyncio.sleep(0.01)
        running.cancel()
    tell("recovered", time.monotonic() - began)
    state = spool.state
    tell("unaccounted", state.taken - state.stored - state.lost - state.waiting)
    tell("lost", state.lost)
    tell("damaged", state.damaged)
    await spool.close(CLOSES_WITHIN_S)


async def stored(folder: Path) -> tuple[list[int], int]:
    """The numbers that the store holds with their right values, and how many values it holds in all.

    Raises:
        AssertionError: it holds one with a wrong value, or of a wrong device.
    """
    numbers: list[int] = []
    window = Window(BEGIN, BEGIN + timedelta(days=365))
    async with EmbeddedStore(folder / "telemetry", lambda device: {}) as store:
        values = await store.count()
        async for track in store.tracks(DeviceKind.LAMP, METRICS, window):
            for at, measured in track.rows:
                number = (at - BEGIN) // STEP
                expected = reading(number)
                assert (track.device, measured) == (expected.device, tuple(expected.values.values()))
                numbers.append(number)
    return numbers, values


def told(life: Life) -> dict[str, float]:
    """The last that a life told of each thing."""
    lines: dict[str, float] = {}
    with suppress(FileNotFoundError):
        for line in life.told.read_text().splitlines():
            what, _, number = line.partition(" ")
            lines[what] = float(number)
    return lines

"""The spool: all that is measured is on the disk before it is acknowledged, and stays there until the store has it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from city.clock import Clock
from city.errors import Unreachable
from city.measurements import Reading, count_values
from city.settings import TelemetrySection
from city.storage import StorageView
from city.telemetry import TelemetryStore
from drivers.instants import from_microseconds, to_microseconds
from headend.connections import Connections
from headend.spool.dead_letters import DeadLetters
from headend.spool.drain import Drain
from headend.spool.fresh import Fresh
from headend.spool.log import FRAME_READINGS, NOTHING_LIVE, Position, SpoolLog

log = logging.getLogger(__name__)

MIB = 1024 * 1024
NAME = "spool"
COMMIT_GAP_S = 0.005
"""Real seconds between two commits: what comes meanwhile goes to the disk together."""
PENDING_MOST = 200_000
"""Values that may wait for the disk; past it the older half is dropped and counted."""
TOO_SLOW = "disk too slow"
DISK_FULL = "disk full"

_Answer = TypeVar("_Answer")


class _Commit(NamedTuple):
    """What became of readings that were to go to the disk."""

    written: list[tuple[Sequence[Reading], Position]]
    left: Sequence[Reading]
    why: str


class Spool:
    """Takes readings in, and has them stored."""

    def __init__(
        self,
        store: TelemetryStore,
        folder: Path,
        settings: TelemetrySection,
        clock: Clock,
        connections: Connections,
    ) -> None:
        """Prepare; nothing is touched until ``open`` or ``run``.

        Args:
            store: where to; opened and closed here.
            folder: where values wait.
            settings: the bounds.
            clock: paces the writer.
            connections: shows people how the store is, and the disk while it is not well.
        """
        self._clock = clock
        self._connections = connections
        self._log = SpoolLog(folder, settings.spool_mib * MIB, settings.spool_leaves_mib * MIB)
        self._fresh = Fresh()
        self._dead_letters = DeadLetters(folder, clock)
        self._drain = Drain(
            store,
            self._log,
            self._fresh,
            self._dead_letters,
            self._on_disk,
            clock,
            connections,
            settings.drain_per_s,
        )
        self._thread: ThreadPoolExecutor | None = None
        self._pending: list[Reading] = []
        self._pending_values = 0
        self._committing = 0
        self._calls: list[Callable[[], None]] = []
        self._wake = asyncio.Event()
        self._taken = 0
        self._lost: Counter[str] = Counter()
        self._disk_is_ill = False

    @property
    def waiting(self) -> int:
        """Values that are neither stored nor lost."""
        return self._pending_values + self._committing + self._fresh.unlogged + self._log.waiting

    @property
    def store_is_there(self) -> bool:
        """Whether the store took what it was last given."""
        return self._log.live_from != NOTHING_LIVE

    @property
    def stored(self) -> int:
        """Values that the store has taken since the start."""
        return self._drain.stored

    @property
    def lost(self) -> int:
        """Values that will never be stored."""
        return self._losses.total()

    @property
    def state(self) -> StorageView:
        """How what was put in has fared."""
        begun = [each for each in (self._log.oldest_us, self._fresh.oldest_us) if each is not None]
        oldest = from_microseconds(min(begun)) if begun else None
        lag = self._clock.now() - oldest if oldest else timedelta()
        return StorageView(
            taken=self._taken,
            stored=self.stored,
            waiting=self.waiting,
            lost=self.lost,
            losses={why: values for why, values in self._losses.most_common() if values},
            oldest=oldest,
            lag_s=max(lag.total_seconds(), 0.0),
            bytes=self._log.size,
            bytes_most=self._log.most_bytes,
            damaged=self._log.damaged,
            dead_letters=self._dead_letters.count,
            is_catching_up=self.store_is_there and self._log.backlog > 0,
        )

    @property
    def _losses(self) -> Counter[str]:
        return self._lost + self._log.lost + self._drain.lost + self._dead_letters.reasons

    def put(self, reading: Reading) -> None:
        """Take a reading in; never waits."""
        values = len(reading.values)
        self._pending.append(reading)
        self._pending_values += values
        self._taken += values
        if self._pending_values > PENDING_MOST:
            self._drop_pending()
        self._wake.set()

    def when_safe(self, call: Callable[[], None]) -> None:
        """Have something called once all that was put in so far is safe on the disk; at once if it is already.

        Where the disk takes nothing it is called nevertheless: what cannot be kept is counted as lost, or is in memory
        until the store has it, and whoever waits for us must not wait for a person.
        """
        if self._pending or self._committing or self._calls:
            self._calls.append(call)
            self._wake.set()
        else:
            call()

    async def open(self, on_open: Callable[[], Awaitable[None]]) -> bool:
        """Take up what waits from before, and try to open the store; ``on_open`` then reads what it holds, once.

        Says whether the store is ready.

        Raises:
            BadInput: the spool's folder cannot be used.
        """
        await self._open_log()
        return await self._drain.open(on_open)

    async def run(self, on_open: Callable[[], Awaitable[None]]) -> None:
        """Commit and write for ever; while the store is away, try again with growing waits."""
        await self._open_log()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._commit_for_ever())
            tasks.create_task(self._drain.run(on_open))

    async def close(self, deadline_s: float) -> int | None:
        """Commit all, write what little waits for ``deadline_s`` real seconds at most, and close the store.

        What was not written stays on the disk for the next time. Returns how many values the store then holds, if it
        says so.
        """
        held = None
        try:
            if self._thread is not None:
                await self._commit()
                held = await self._drain.finish(deadline_s)
        finally:
            if left := self._fresh.clear() + self._pending_values:
                log.warning("store: %d values were never stored", left)
                self._lost[DISK_FULL] += left
                self._pending, self._pending_values = [], 0
            await self._drain.close()
            if self._thread is not None:
                thread = self._thread
                await self._on_disk(self._log.close)
                self._thread = None
                thread.shutdown(wait=False)
        return held

    async def _open_log(self) -> None:
        if self._thread is not None:
            return
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        try:
            await self._on_disk(self._log.open)
        except BaseException:
            self._thread.shutdown(wait=False)
            self._thread = None
            raise
        self._taken += self._log.waiting

    async def _commit_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._commit()
            await asyncio.sleep(COMMIT_GAP_S)

    async def _commit(self) -> None:
        """Have all that was put in on the disk, and tell whoever waits for that."""
        readings, self._pending = self._pending, []
        calls, self._calls = self._calls, []
        self._committing, self._pending_values = self._pending_values, 0
        at_us = to_microseconds(self._clock.now())
        done: list[_Commit] = []
        try:
            await self._on_disk(lambda: done.append(self._append(readings, at_us)))
        finally:  # cancelled or not, it is done; nobody is told of what is not
            self._committing = 0
            for commit in done:
                self._committed(commit, at_us)
                for call in calls:
                    call()

    def _append(self, readings: Sequence[Reading], at_us: int) -> _Commit:
        """In the spool's thread."""
        written: list[tuple[Sequence[Reading], Position]] = []
        for start in range(0, len(readings), FRAME_READINGS):
            some = readings[start : start + FRAME_READINGS]
            try:
                written.append((some, self._log.append(some, at_us)))
            except OSError as error:
                return _Commit(written, readings[start:], error.strerror or str(error))
        return _Commit(written, (), "")

    def _committed(self, commit: _Commit, at_us: int) -> None:
        live_from = self._log.live_from
        for readings, position in commit.written:
            if position.segment >= live_from:
                self._fresh.add(readings, position, at_us)
        if commit.left:
            self._fresh.add(commit.left, None, at_us)
            if live_from == NOTHING_LIVE:
                self._lost[DISK_FULL] += self._fresh.clear()
        dropped_for = self._log.dropped_for
        self._show_disk(commit.why or (dropped_for and f"{dropped_for}: the oldest values are dropped"))

    def _show_disk(self, why: str) -> None:
        """Show what waits as one of the things outside, as long as it is not well."""
        if why and not self._disk_is_ill:
            self._connections.expect(NAME, why)
            log.error("spool: %s", why)
        elif why:
            self._connections.report(NAME, up=False, detail=why)
        elif self._disk_is_ill:
            self._connections.forget(NAME)
            log.warning("spool: all is well again")
        self._disk_is_ill = bool(why)

    def _drop_pending(self) -> None:
        dropped = self._pending[: len(self._pending) // 2]
        del self._pending[: len(dropped)]
        values = count_values(dropped)
        self._pending_values -= values
        self._lost[TOO_SLOW] += values

    async def _on_disk(self, work: Callable[[], _Answer]) -> _Answer:
        """Do some work in the spool's thread; it is done, or has failed, even when this is cancelled meanwhile."""
        if self._thread is None:
            raise Unreachable("the spool is not open")
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

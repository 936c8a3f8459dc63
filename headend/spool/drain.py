"""The one writer: what is live first, then what has waited, at a pace that drowns nobody."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

from city.clock import Clock
from city.errors import Busy, Refused, Unreachable
from city.measurements import Reading
from city.telemetry import TelemetryStore
from headend.connections import Connections
from headend.pacing import BackOff
from headend.spool.dead_letters import DeadLetters
from headend.spool.fresh import FRESH_MOST, Fresh, Group
from headend.spool.log import NOTHING_LIVE, Piece, SpoolLog
from headend.spool.refusals import Bad, write_around

log = logging.getLogger(__name__)

BATCH_VALUES = 20_000
"""Values in one write, about: 2,200 messages of lamps, well under the 5,000 lines that InfluxDB asks for."""
GATHER_S = 1.0
"""Clock seconds, but no more real ones, that values gather for before they are written."""
REST_PER_WRITE = 9.0
"""The writer rests at least this many times as long as it wrote: at high speeds the store gets no crumbs."""
REST_MOST_S = 0.5
"""Real seconds."""
RETRY_FIRST_S, RETRY_CAP_S = 1.0, 60.0
"""Clock seconds, but no more real ones, between tries while the store is away."""
BUSY_CAP_S = 600.0
"""The same, for which a store may have us wait at most."""
WRITE_TIMEOUT_S = 60.0
"""Real seconds that one write may take before the store counts as away."""
TRUSTED_S = 60.0
"""Real seconds for which a store that has taken something is believed when it refuses a few readings altogether."""
MADE_UP_S = 3.0
"""Real seconds of the backlog's pace that are made up for after a rest: a round of the writer takes some 1.6 s."""
FINISH_BACKLOG = 200_000
"""At the end, a backlog of more values than this is left for the next time."""

_Answer = TypeVar("_Answer")


class OnDisk(Protocol):
    """Does some work in the spool's thread."""

    def __call__(self, work: Callable[[], _Answer]) -> Awaitable[_Answer]:
        """Give what the work answers."""


class Drain:
    """Writes to the store, and notes in the log what it has."""

    def __init__(
        self,
        store: TelemetryStore,
        spooled: SpoolLog,
        fresh: Fresh,
        dead_letters: DeadLetters,
        on_disk: OnDisk,
        clock: Clock,
        connections: Connections,
        per_s: int,
    ) -> None:
        """``per_s``: values of the backlog that are written in a real second, at most; all else as of the spool."""
        self._store = store
        self._log = spooled
        self._fresh = fresh
        self._dead_letters = dead_letters
        self._on_disk = on_disk
        self._clock = clock
        self._connections = connections
        self._back_off = BackOff(RETRY_FIRST_S, RETRY_CAP_S)
        self._open = False
        self._ready = False
        self._took_at = -TRUSTED_S
        """When the store last took something, on the monotonic clock."""
        self._most = BATCH_VALUES
        """Values read of the backlog at once: fewer after a refusal, so that it is soon told what is wrong."""
        self._busy_s: float | None = None
        """For how long the store asks us to wait."""
        self._per_s = per_s
        self._allowed = float(per_s)
        self._allowed_at = time.monotonic()
        self.stored = 0
        """Values that the store has taken."""
        self.lost: Counter[str] = Counter()
        """Values that were in memory only when the store went away, by reason."""
        connections.expect("store", refused=lambda: dead_letters.reasons)

    async def open(self, on_open: Callable[[], Awaitable[None]]) -> bool:
        """Try to open the store; ``on_open`` then reads what it holds, once. Says whether it is ready."""
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                if not self._open:
                    await self._store.__aenter__()
                    self._open = True
                if not self._ready:
                    await on_open()
                    self._connections.report("store", up=True)
                elif self._is_away:
                    await self._store.ping()
        except (Unreachable, Refused, TimeoutError) as error:
            self._go_away(error)
            return False
        self._ready = True
        if self._is_away:
            await self._on_disk(self._log.go_live)
            self._allowed, self._allowed_at = 0.0, time.monotonic()  # what is live goes first
        return True

    async def run(self, on_open: Callable[[], Awaitable[None]]) -> None:
        """Write for ever."""
        while True:
            if self._fresh.values < BATCH_VALUES:
                await self._pause(GATHER_S)
            if self._ready and not self._is_away and not self._fresh and not self._log.has_backlog:
                continue
            started = time.monotonic()
            if not (await self.open(on_open) and await self._write_waiting()):
                await self._pause(self._wait_s())
            if self._fresh.values < BATCH_VALUES:
                await asyncio.sleep(min(REST_PER_WRITE * (time.monotonic() - started), REST_MOST_S))

    async def finish(self, deadline_s: float) -> int | None:
        """Write what waits, for ``deadline_s`` real seconds at most; a large backlog is left.

        Returns how many values the store then holds, if it says so.
        """
        try:
            async with asyncio.timeout(deadline_s):
                if self._ready and not self._is_away:
                    self._per_s = self._allowed = FINISH_BACKLOG if self._log.backlog <= FINISH_BACKLOG else 0
                    await self._write_waiting()
                return await self._store.count() if self._ready else None
        except (Unreachable, Refused, TimeoutError) as error:
            self._go_away(error)
            return None

    async def close(self) -> None:
        """Close the store."""
        if self._open:
            self._open = self._ready = False
            await self._store.__aexit__(None, None, None)

    @property
    def _is_away(self) -> bool:
        return self._log.live_from == NOTHING_LIVE

    def _go_away(self, error: Exception) -> None:
        """From now on nothing is kept in memory: it is on the disk."""
        self._busy_s = error.wait_s if isinstance(error, Busy) else None
        self._log.live_from = NOTHING_LIVE
        self.lost["disk full"] += self._fresh.clear()
        self._connections.report("store", up=False, detail=str(error) or "no answer in time")

    async def _pause(self, seconds: float) -> None:
        """Wait for clock seconds, but for no more real ones: a clock that is held must not hold up what waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._clock.sleep(seconds)

    def _wait_s(self) -> float:
        return max(self._back_off.next_s(), min(self._busy_s or 0.0, BUSY_CAP_S))

    async def _write_waiting(self) -> bool:
        """Write what waits now: what is live, then as much of the backlog as may be. False when the store is away."""
        try:
            await self._write_fresh()
            while self._log.has_backlog and (allowed := self._allowance()) >= 1:
                piece = await self._on_disk(partial(self._log.read, round(min(allowed, self._most))))
                if piece is None:
                    break
                await self._write_piece(piece)
                await self._write_fresh()
        except (Unreachable, Refused, TimeoutError) as error:
            self._go_away(error)
            return False
        self._back_off.reset()
        self._connections.report("store", up=True)
        return True

    async def _write_fresh(self) -> None:
        if self._fresh.values > FRESH_MOST:
            # The store is slower than what comes in: it is read again from the disk, and memory stays bounded.
            self._log.live_from = NOTHING_LIVE
            self.lost["disk full"] += self._fresh.clear()
            await self._on_disk(self._log.go_live)
            return
        left = self._fresh.values
        while left > 0 and self._fresh:
            groups = self._fresh.take(BATCH_VALUES)
            left -= sum(group.values for group in groups)
            unsafe: Sequence[Group] = groups
            try:
                bad = await self._write([reading for group in groups for reading in group.readings])
                unsafe = ()
            finally:
                # Also when cancelled in the middle: writing twice changes nothing, not writing loses.
                if unsafe:
                    self._fresh.put_back(unsafe)
            await self._on_disk(partial(self._settle, groups, bad))

    def _settle(self, groups: Sequence[Group], bad: Sequence[Bad]) -> None:
        """In the spool's thread: note what is stored, and put aside what is not."""
        for group in groups:
            self.stored += self._log.settle(group.position, group.values) if group.position else group.values
        self._put_aside(bad)
        self._log.note()

    async def _write_piece(self, piece: Piece) -> None:
        try:
            bad = await self._write(piece.readings)
        except Refused:
            self._most = max(self._most // 2, 1)
            raise
        self._most = BATCH_VALUES
        self._allowed -= piece.values

        def settle() -> None:
            self.stored += self._log.settle(piece.until, piece.values, piece.damaged)
            self._put_aside(bad)
            self._log.note()

        await self._on_disk(settle)

    def _put_aside(self, bad: Sequence[Bad]) -> None:
        for reading, refusal in bad:
            self._dead_letters.put(reading, refusal)
            self.stored -= len(reading.values)

    async def _write(self, batch: Sequence[Reading]) -> Sequence[Bad]:
        """Write a batch; returns what the store refuses of it."""

        async def write(some: Sequence[Reading]) -> None:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._store.write(some)
            self._took_at = time.monotonic()

        return await write_around(write, batch, trusted=time.monotonic() - self._took_at <= TRUSTED_S)

    def _allowance(self) -> float:
        """How many values of the backlog may be written now."""
        now = time.monotonic()
        self._allowed += self._per_s * (now - self._allowed_at)
        self._allowed = min(self._allowed, self._per_s * MADE_UP_S)
        self._allowed_at = now
        return self._allowed

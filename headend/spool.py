"""The queue before the telemetry store, and the one writer that drains it."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from city.clock import Clock
from city.errors import Refused, Unreachable
from city.measurements import Reading, count_values
from city.storage import StorageView
from city.telemetry import TelemetryStore
from headend.connections import Connections
from headend.pacing import BackOff

log = logging.getLogger(__name__)

BATCH_VALUES = 5000
"""Values in one write, at most (telemetry design: batches of 5,000)."""
GATHER_S = 1.0
"""Clock seconds that values gather for before they are written."""
REST_PER_WRITE = 9.0
"""The writer rests at least this many times as long as it wrote: at high speeds the store gets no crumbs."""
REST_MOST_S = 0.5
"""Real seconds."""
RETRY_FIRST_S, RETRY_CAP_S = 1.0, 60.0
"""Clock seconds between tries while the store is away."""
WRITE_TIMEOUT_S = 60.0
"""Real seconds that one write may take before the store counts as away."""
REFUSALS_BEFORE_AWAY = 16
"""Refusals in a row, with nothing accepted, after which it is the store that is wrong and not a value."""


class Spool:
    """Keeps readings until the store has them; past its bound the oldest are dropped and counted."""

    def __init__(self, store: TelemetryStore, bound: int, clock: Clock, connections: Connections) -> None:
        self._store = store
        self._bound = bound
        self._clock = clock
        self._connections = connections
        self._queue: deque[Reading] = deque()
        self.waiting = 0
        """Values in the queue."""
        self.stored = 0
        """Values that the store has taken."""
        self.lost = 0
        """Values dropped because the store was away for too long, or because it refused them."""
        self.refused = 0
        """Values among the lost that the store refused for what they are."""
        self._back_off = BackOff(RETRY_FIRST_S, RETRY_CAP_S)
        self._open = False
        self._ready = False
        connections.expect("store", refused=lambda: self.refused)

    def put(self, reading: Reading) -> None:
        """Queue a reading; never waits."""
        self._queue.append(reading)
        self.waiting += len(reading.values)
        while self.waiting > self._bound and self._queue:
            dropped = len(self._queue.popleft().values)
            self.waiting -= dropped
            self.lost += dropped

    def when_safe(self, call: Callable[[], None]) -> None:
        """Have something called once all that was put in so far is safe on the disk; at once if it is already."""
        call()

    @property
    def state(self) -> StorageView:
        """How what was put in has fared."""
        taken = self.stored + self.lost + self.waiting
        return StorageView(taken=taken, stored=self.stored, waiting=self.waiting, lost=self.lost)

    async def open(self, on_open: Callable[[], Awaitable[None]]) -> bool:
        """Try to open the store; ``on_open`` then reads what it holds, once. Says whether it is ready."""
        if self._ready:
            return True
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                if not self._open:
                    await self._store.__aenter__()
                    self._open = True
                await on_open()
        except (Unreachable, Refused, TimeoutError) as error:
            self._away(error)
            return False
        self._ready = True
        self._connections.report("store", up=True)
        return True

    async def run(self, on_open: Callable[[], Awaitable[None]]) -> None:
        """Write for ever; while the store is away, try again with growing waits."""
        while True:
            await self._clock.sleep(GATHER_S)
            if not self._queue and self._ready:
                continue
            started = time.monotonic()
            if not (await self.open(on_open) and await self._write_waiting()):
                await self._clock.sleep(self._back_off.next_s())
            await asyncio.sleep(min(REST_PER_WRITE * (time.monotonic() - started), REST_MOST_S))

    async def close(self, deadline_s: float) -> int | None:
        """Write all that waits, for ``deadline_s`` real seconds at most, and close the store.

        Returns how many values the store then holds, if it says so.
        """
        held = None
        try:
            async with asyncio.timeout(deadline_s):
                while self._ready and self._queue and await self._write_waiting():
                    pass
                held = await self._store.count() if self._ready else None
        except (Unreachable, Refused, TimeoutError) as error:
            self._away(error)
        finally:
            self._give_up()
            if self._open:
                self._open = self._ready = False
                await self._store.__aexit__(None, None, None)
        return held

    def _give_up(self) -> None:
        if self.waiting:
            log.warning("store: %d values were never stored", self.waiting)
            self.lost += self.waiting
            self.waiting = 0
            self._queue.clear()

    async def _write_waiting(self) -> bool:
        """Write what waits now, batch by batch; False when the store is away."""
        left = len(self._queue)
        while left > 0 and self._queue:
            batch = self._next_batch()
            left -= len(batch)
            unsafe: Sequence[Reading] = batch
            try:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await self._write(batch)
                unsafe = ()
            except (Unreachable, Refused, TimeoutError) as error:
                self._away(error)
                return False
            finally:
                # Also when cancelled in the middle: writing twice changes nothing, not writing loses.
                self._put_back(unsafe)
        self._back_off.reset()
        self._connections.report("store", up=True)
        return True

    def _next_batch(self) -> list[Reading]:
        batch: list[Reading] = []
        values = 0
        while self._queue and values < BATCH_VALUES:
            batch.append(self._queue.popleft())
            values += len(batch[-1].values)
        return batch

    def _put_back(self, readings: Sequence[Reading]) -> None:
        if readings:
            self._queue.extendleft(reversed(readings))

    async def _write(self, batch: Sequence[Reading]) -> None:
        try:
            await self._store.write(batch)
            self._settle(batch, stored=True)
        except Refused as error:
            await self._write_around(batch, error)

    async def _write_around(self, batch: Sequence[Reading], first: Refused) -> None:
        """Halve a refused batch until only the readings that cannot be stored are left, and drop those.

        Raises:
            Refused: nothing at all is accepted, so the fault may not be in a reading.
        """
        parts = _halves(batch)
        bad: list[tuple[Reading, Refused]] = []
        refusals, accepted = 1, False
        while parts:
            part = parts.pop()
            try:
                await self._store.write(part)
                accepted = True
            except Refused as error:
                refusals += 1
                parts.extend(_halves(part))
                if len(part) == 1:
                    bad.append((part[0], error))
                if refusals > REFUSALS_BEFORE_AWAY and not accepted:
                    raise
        if not accepted:
            raise first
        refused = {id(reading) for reading, _ in bad}
        self._settle([reading for reading in batch if id(reading) not in refused], stored=True)
        self._settle([reading for reading, _ in bad], stored=False)
        for reading, why in bad:
            log.warning("store: %s at %s is left out: %s", reading.device, reading.at, why)

    def _settle(self, readings: Sequence[Reading], *, stored: bool) -> None:
        values = count_values(readings)
        self.waiting -= values
        if stored:
            self.stored += values
        else:
            self.lost += values
            self.refused += values

    def _away(self, error: Exception) -> None:
        self._connections.report("store", up=False, detail=str(error) or "no answer in time")


def _halves(readings: Sequence[Reading]) -> list[Sequence[Reading]]:
    middle = len(readings) // 2
    return [readings[middle:], readings[:middle]] if middle else []

"""Time as a parameter: the system's clock, a simulated one at any speed, and one that tests turn by hand."""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

SHORTEST_SLEEP_S = 0.002
"""Real seconds: how often a sleeper looks again at a clock that is held, or much faster than the event loop."""


class Clock(Protocol):
    """What every long-lived part is given instead of the wall clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return once this clock has advanced by ``seconds``."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Ties simulated time to the machine's clock, so that several processes can share one simulated time."""

    real: datetime
    """An instant of the machine's clock, UTC."""
    simulated: datetime
    """The simulated instant at that moment, UTC."""
    speed: float
    """Simulated seconds per real second."""


class SimulatedClock:
    """A clock that runs at any speed from an anchor, and that can be held while slower parts catch up."""

    def __init__(self, anchor: Anchor) -> None:
        self.anchor = replace(anchor, simulated=anchor.simulated.astimezone(UTC))
        self._offset_s = time.time() - time.monotonic()
        self._held_s = 0.0
        self._limit: datetime | None = None
        self._beyond: list[tuple[datetime, int, asyncio.Future[None]]] = []
        """Sleepers that only wake past the limit, first to wake first."""
        self._count = count()

    @classmethod
    def starting(cls, at: datetime, speed: float = 1.0) -> "SimulatedClock":
        """A clock that shows ``at`` now and runs at ``speed``."""
        return cls(Anchor(datetime.now(UTC), at.astimezone(UTC), speed))

    def now(self) -> datetime:
        """The present simulated instant, UTC."""
        real_s = time.monotonic() + self._offset_s - self._held_s - self.anchor.real.timestamp()
        now = self.anchor.simulated + timedelta(seconds=real_s * self.anchor.speed)
        if self._limit is not None and now > self._limit:
            self._held_s += (now - self._limit).total_seconds() / self.anchor.speed
            return self._limit
        return now

    async def sleep(self, seconds: float) -> None:
        """Return once ``seconds`` of simulated time have passed; time held does not count."""
        wake = self.now() + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        left_s = seconds
        while left_s > 0:
            if self._limit is not None and wake > self._limit:
                await self._released_past(wake)
            else:
                await asyncio.sleep(max(left_s / self.anchor.speed, SHORTEST_SLEEP_S))
            left_s = (wake - self.now()).total_seconds()

    def hold(self) -> None:
        """Stop the clock; a second call changes nothing."""
        self._limit = self.now()

    def release(self, until: datetime | None = None) -> None:
        """Let the clock run on from where it was held, but not past ``until``, where it holds again by itself."""
        self.now()
        self._limit = until
        while self._beyond and (until is None or self._beyond[0][0] <= until):
            waiter = heappop(self._beyond)[2]
            if not waiter.done():
                waiter.set_result(None)

    async def _released_past(self, wake: datetime) -> None:
        """Wait, without looking at the clock again and again, until it may run as far as ``wake``."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._beyond, (wake, next(self._count), waiter))
        await waiter


class ManualClock:
    """A clock that only moves when told to: sleepers wake in order as it passes them. For tests."""

    def __init__(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The instant it was last turned to, UTC."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once ``advance`` has moved the clock by ``seconds``."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = (self._now + timedelta(seconds=seconds), waiter)
        self._sleepers.append(sleeper)
        try:
            await waiter
        finally:
            self._sleepers.remove(sleeper)

    async def advance(self, seconds: float) -> None:
        """Move on by ``seconds``, waking each sleeper at its own instant and letting it run."""
        end = self._now + timedelta(seconds=seconds)
        while due := [s for s in self._sleepers if s[0] <= end and not s[1].done()]:
            wake, waiter = min(due, key=lambda sleeper: sleeper[0])
            self._now = max(self._now, wake)
            waiter.set_result(None)
            await self._let_run()
        self._now = end
        await self._let_run()

    @staticmethod
    async def _let_run() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

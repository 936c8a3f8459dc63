"""Whose turn it is on a line that several units share.

A line carries one request at a time, so one silent unit could hold up all its neighbours. How often a device is asked
is the head-end's to say; in which order those that ask at the same time get the line, only the line can know:

- an order goes before polls, even between two requests of a poll under way;
- a unit that has begun goes on, so that its poll is not cut up by the silence of others, until it has used up one
  time-out; then it goes behind those that wait;
- a unit that was silent the last time goes last, and rests: until it is due again nothing is asked of it, but orders.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from itertools import count

REST_TIMEOUTS = 4
"""So many time-outs a silent unit rests, for each silent unit of its line: all of them together then hold up their
neighbours for a fifth of the time at most, however many they are."""


class Rank(IntEnum):
    """Who goes first."""

    ORDER = 0
    POLL = 1
    SUSPECT = 2
    """Of a unit that did not answer the last time."""


class Turn:
    """The line is held for one unit."""

    def __init__(self, rank: Rank, number: int) -> None:
        self.rank = rank
        self.number = number
        self.held = False
        """Whether it has the line now."""
        self._used_s = 0.0
        self._longest_s = 0.0

    def spend(self, seconds: float) -> None:
        """Count one request."""
        self._used_s += seconds
        self._longest_s = max(self._longest_s, seconds)

    def begin_again(self, number: int) -> None:
        """It has gone behind the others, and may use as much as before."""
        self.number, self._used_s = number, 0.0

    def is_used_up(self, timeout_s: float) -> bool:
        """Whether one more request like its longest would take more than one time-out in all."""
        return self._used_s > 0 and self._used_s + self._longest_s > timeout_s


class Turns:
    """The queue before one line; it holds no more than there are callers."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._numbers = count()
        self._busy = False
        self._waiting: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._seen: set[int] = set()
        self._missed_at: dict[int, float] = {}
        """When each silent unit was asked last, on ``time.monotonic``."""

    def rest_s(self, unit: int) -> float:
        """How long a silent unit is still to be left alone, seconds; 0 where it has no neighbours to protect."""
        if len(self._seen) < 2 or unit not in self._missed_at:
            return 0.0
        rest_s = REST_TIMEOUTS * self._timeout_s * len(self._missed_at)
        return max(self._missed_at[unit] + rest_s - time.monotonic(), 0.0)

    def answered(self, unit: int) -> None:
        """It is there: whatever it said."""
        self._missed_at.pop(unit, None)

    def missed(self, unit: int) -> None:
        """It did not answer."""
        self._missed_at[unit] = time.monotonic()

    @asynccontextmanager
    async def take(self, unit: int, *, urgent: bool) -> AsyncIterator[Turn]:
        """Hold the line for one unit, as soon as it is its turn."""
        self._seen.add(unit)
        rank = Rank.ORDER if urgent else Rank.SUSPECT if unit in self._missed_at else Rank.POLL
        turn = Turn(rank, next(self._numbers))
        await self._acquire(turn)
        try:
            yield turn
        finally:
            if turn.held:
                self._release()

    async def give_way(self, turn: Turn) -> None:
        """Between two requests: let those go first who may."""
        if not self._waiting:
            return
        first = self._waiting[0][0]
        if first < turn.rank:
            pass  # then it is its turn again before those who came later
        elif first == turn.rank and turn.is_used_up(self._timeout_s):
            turn.begin_again(next(self._numbers))
        else:
            return
        turn.held = False
        self._release()
        await self._acquire(turn)

    async def _acquire(self, turn: Turn) -> None:
        if self._busy:
            await self._in_line(turn)
        self._busy = turn.held = True

    async def _in_line(self, turn: Turn) -> None:
        granted = asyncio.get_running_loop().create_future()
        waiting = (turn.rank, turn.number, granted)
        heapq.heappush(self._waiting, waiting)
        try:
            await granted
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                heapq.heapify(self._waiting)
            else:  # the line was handed over meanwhile
                self._release()
            raise

    def _release(self) -> None:
        """Hand the line over; it stays busy until nobody waits."""
        if self._waiting:
            heapq.heappop(self._waiting)[2].set_result(None)
        else:
            self._busy = False

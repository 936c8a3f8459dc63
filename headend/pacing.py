"""When to act next: absolute schedules that never pile up, and back-off for what does not answer."""

import asyncio
import math
import random

from city.clock import Clock


class Schedule:
    """Instants ``period_s`` apart, shifted by ``phase_s``, on a clock that may run at any speed.

    The instants are fixed at the start, so that slow work does not make them drift; those that have gone by
    while the work lasted are skipped, never made up for.
    """

    def __init__(self, clock: Clock, period_s: float, phase_s: float = 0.0) -> None:
        self._clock = clock
        self._period_s = period_s
        self._phase_s = phase_s
        self._start = clock.now()
        self._last = -1

    async def next(self, skip: int = 0) -> None:
        """Return at the next instant still to come, leaving out ``skip`` of them."""
        elapsed_s = (self._clock.now() - self._start).total_seconds()
        passed = math.ceil((elapsed_s - self._phase_s) / self._period_s)
        self._last = max(self._last + 1, passed) + skip
        wait_s = self._phase_s + self._last * self._period_s - elapsed_s
        # A clock that was stepped back must not hold the work for longer than its pace.
        await self._clock.sleep(min(wait_s, (skip + 1) * self._period_s + self._phase_s))


class BackOff:
    """Waits that double from ``first_s`` to ``cap_s``, each shortened at random by up to a half."""

    def __init__(self, first_s: float, cap_s: float) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._failures = 0
        self._random = random.Random()  # noqa: S311 - spreads load, guards nothing

    def next_s(self) -> float:
        """How long to wait after one more failure, seconds."""
        wait_s = min(self._first_s * 2.0 ** min(self._failures, 32), self._cap_s)
        self._failures += 1
        return wait_s * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It worked: the next failure starts from the shortest wait."""
        self._failures = 0


def end_if_cancelled() -> None:
    """Raise the cancellation that a library has swallowed.

    ``asyncio.wait_for`` of Python 3.11 loses one that comes together with its result; a loop that goes on after
    it would never end. Call it between two turns of a loop around a library's code.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

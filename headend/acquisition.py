"""Polling: every cabinet and every access point on its own pace, so that nothing slow delays the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from city.clock import Clock
from city.errors import Outside
from city.measurements import Batch
from headend.connections import Group
from headend.pacing import Schedule, end_if_cancelled

SLOW_AFTER = 3
"""Unanswered polls in a row after which a device is only probed now and then."""
SLOWEST_PERIODS = 5
"""A silent device is probed at least once in so many periods: its return should not go unnoticed for long."""

Poll = Callable[[datetime], Awaitable[Batch]]
"""Reads one device; raises ``city.errors.Outside`` when it does not answer as it should."""


class Polled:
    """One device on its own pace."""

    def __init__(self, name: str, poll: Poll) -> None:
        self.name = name
        self.poll = poll
        self.failures = 0
        """Unanswered polls in a row."""


class Polling:
    """The devices behind one protocol, one task each."""

    def __init__(
        self,
        devices: Sequence[Polled],
        *,
        period_s: float,
        timeout_s: float,
        at_once: int,
        clock: Clock,
        group: Group,
        on_batch: Callable[[Batch], None],
        on_miss: Callable[[str, datetime], None] = lambda name, at: None,
    ) -> None:
        """Prepare.

        Args:
            devices: what to poll.
            period_s: clock seconds between two polls of a device.
            timeout_s: real seconds that one poll may take, whatever its driver does.
            at_once: how many polls may be under way together.
            clock: paces the polls.
            group: is told who answers.
            on_batch: is given what answers brought.
            on_miss: is told of each unanswered poll.
        """
        self._devices = devices
        self._period_s = period_s
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(at_once)
        self._clock = clock
        self._group = group
        self._on_batch = on_batch
        self._on_miss = on_miss
        self._stopping = False
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._asked_at: dict[str, datetime] = {}
        self._by_name = {device.name: device for device in devices}
        self._hurried: dict[str, Polled] = {}
        """To be polled out of their turn, first asked first: each once, so never more than there are."""
        self._hurry = asyncio.Event()

    @property
    def oldest(self) -> datetime | None:
        """When the poll that has been under way for longest was begun; None while there is none."""
        return min(self._asked_at.values(), default=None)

    @property
    def under_way(self) -> int:
        """How many polls are under way."""
        return len(self._asked_at)

    async def run(self) -> None:
        """Poll all devices until ``stop``; polls under way then are finished."""
        async with asyncio.TaskGroup() as tasks:
            for number, device in enumerate(self._devices):
                phase_s = self._period_s * number / len(self._devices)
                task = tasks.create_task(self._follow(device, phase_s), name=f"poll {device.name}")
                self._waiting[device.name] = task
            if self._devices:
                tasks.create_task(self._poll_hurried(), name="poll soon")

    def soon(self, name: str) -> None:
        """Have a device polled at once, out of its turn; a name that is not polled here is ignored."""
        if device := self._by_name.get(name):
            self._hurried[name] = device
            self._hurry.set()

    def stop(self) -> None:
        """Start no further poll."""
        self._stopping = True
        self._hurry.set()
        for task in self._waiting.values():
            task.cancel()

    async def _follow(self, device: Polled, phase_s: float) -> None:
        schedule = Schedule(self._clock, self._period_s, phase_s)
        while not self._stopping:
            await schedule.next(skip=_skipped(device.failures))
            async with self._free:
                await self._undisturbed(device)
            end_if_cancelled()

    async def _poll_hurried(self) -> None:
        """Poll those that somebody waits for, one after the other."""
        while not self._stopping:
            await self._hurry.wait()
            self._hurry.clear()
            while self._hurried and not self._stopping:
                device = self._hurried.pop(next(iter(self._hurried)))
                async with self._free:
                    await self._poll(device)
                end_if_cancelled()

    async def _undisturbed(self, device: Polled) -> None:
        """Poll once; while it lasts, ``stop`` lets it finish."""
        if self._stopping:
            return
        task = self._waiting.pop(device.name)
        try:
            await self._poll(device)
        finally:
            self._waiting[device.name] = task

    async def _poll(self, device: Polled) -> None:
        if device.name in self._asked_at:
            return  # out of its turn and in it at once: the one under way answers for both
        at = self._asked_at[device.name] = self._clock.now()
        try:
            async with asyncio.timeout(self._timeout_s):
                batch = await device.poll(at)
        except (Outside, TimeoutError) as error:
            device.failures += 1
            self._group.report(device.name, answers=False, why=str(error) or "no answer in time")
            self._on_miss(device.name, at)
        else:
            device.failures = 0
            self._group.report(device.name, answers=True)
            self._on_batch(batch)
        finally:
            del self._asked_at[device.name]


def _skipped(failures: int) -> int:
    """How many instants a device that does not answer leaves out."""
    doubled = 2 ** min(max(failures - SLOW_AFTER + 1, 0), 8)
    return int(min(doubled, SLOWEST_PERIODS)) - 1

"""Whether the head-end's own clock may be believed: what it is told by reads no time that a battery has lost.

Nothing that depends on the time is sent by a clock in doubt; the controllers go on by themselves meanwhile.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from statistics import median

from city.clock import Clock
from city.errors import Refused
from city.measurements import DeviceKind, Metric, Reading
from headend.connections import Connections

log = logging.getLogger(__name__)

TOLERANCE = timedelta(minutes=5)
"""How far our clock may be from what is known otherwise: a lamp controller's own limit for orders."""
WITNESSES = 3
"""So many cabinets' clocks decide, or half of them where there are fewer."""
OLDEST = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that shows less has lost its time: those begin again at 1970 or 2000."""
STEADY = timedelta(minutes=15)
"""After a step, a clock that no cabinet speaks for is believed once it has run evenly for so long."""
NAME = "clock"


def doubt(now: datetime, newest: datetime | None, errors_s: Collection[float], cabinets: int) -> str | None:
    """Why a clock is not to be believed; None: it is.

    Enough cabinets decide alone: what was written down by a wrong clock must not make a right one wrong.

    Args:
        now: what it shows, UTC.
        newest: the newest instant that was ever written down.
        errors_s: how far each cabinet's clock that was heard is ahead of it, seconds.
        cabinets: how many cabinets there are.
    """
    if errors_s and len(errors_s) >= min(WITNESSES, (cabinets + 1) // 2):
        error = timedelta(seconds=median(errors_s))
        if abs(error) <= TOLERANCE:
            return None
        return f"the clocks of {len(errors_s)} cabinets say {_shown(now, error)}, ours says {now:%Y-%m-%d %H:%MZ}"
    if now < OLDEST:
        return f"it says {now:%Y-%m-%d %H:%MZ}, as a clock does that has lost its time"
    if newest is not None and now < newest - TOLERANCE:
        return f"it says {now:%Y-%m-%d %H:%MZ}, but {newest:%Y-%m-%d %H:%MZ} has been written down already"
    return None


def _shown(now: datetime, error: timedelta) -> str:
    try:
        return f"{now + error:%Y-%m-%d %H:%MZ}"
    except OverflowError:
        return "no time at all"


class ClockTrust:
    """Watches the head-end's clock, at the start and while it runs."""

    def __init__(
        self,
        clock: Clock,
        connections: Connections,
        cabinets: int,
        speed: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin by believing it, until ``look`` knows better.

        Args:
            clock: the one in question.
            connections: shows the doubt to people.
            cabinets: how many cabinets there are.
            speed: its seconds in one of ``monotonic``; None: it is simulated, and cannot be stepped.
            monotonic: seconds of a clock that nobody sets.
        """
        self._clock = clock
        self._connections = connections
        self._cabinets = cabinets
        self._speed = speed
        self._monotonic = monotonic
        self._errors_s: dict[str, float] = {}
        self._newest: datetime | None = None
        self._last = clock.now(), monotonic()
        self._unsteady_until: datetime | None = None
        self.on_step: list[Callable[[datetime], None]] = []
        """Who is told, with what it says now, once it has been set to another time."""
        self.why: str | None = None
        """Why it is in doubt, in one line; None: it is believed."""

    def remember(self, instant: datetime | None) -> None:
        """Something was written down at an instant: the present cannot lie before it."""
        if instant is not None and (self._newest is None or instant > self._newest):
            self._newest = instant

    def observe(self, reading: Reading) -> None:
        """Take note of what a cabinet's clock says."""
        if reading.kind is DeviceKind.CABINET and Metric.CLOCK_ERROR in reading.values:
            self._errors_s[reading.device] = reading.values[Metric.CLOCK_ERROR]

    def look(self) -> bool:
        """Decide again; True when the clock was in doubt until now, and is no more."""
        now, was_in_doubt = self._clock.now(), self.why is not None
        if self._has_stepped(now):
            self._errors_s.clear()  # they were told against the other time
            self._unsteady_until = now + STEADY
            for listener in self.on_step:
                listener(now)
        self.why = doubt(now, self._newest, self._errors_s.values(), self._cabinets)
        if self._unsteady_until is not None:
            if self._errors_s or not now < self._unsteady_until <= now + STEADY:
                self._unsteady_until = None
            elif self.why is None:
                self.why = "it was stepped, and no cabinet has said yet what time it is"
        if self.why is None:
            self.remember(now)
            if was_in_doubt:
                self._connections.forget(NAME)
                log.warning("the clock is believed again: it says %s", f"{now:%Y-%m-%d %H:%M:%SZ}")
        elif not was_in_doubt:
            self._connections.expect(NAME, self.why)
            log.error("the clock is in doubt, nothing is sent: %s", self.why)
        return was_in_doubt and self.why is None

    def check(self) -> None:
        """Let nothing pass that depends on the time while the clock is in doubt.

        Raises:
            Refused: it is.
        """
        if self.why is not None:
            raise Refused(f"the head-end's clock is in doubt, nothing is sent: {self.why}")

    def _has_stepped(self, now: datetime) -> bool:
        """Whether it has moved since the last look by more than a clock does that nobody sets."""
        real_s = self._monotonic()
        (before, before_s), self._last = self._last, (now, real_s)
        moved = now - before
        if self._speed is None:
            return moved < -TOLERANCE
        return abs(moved - timedelta(seconds=(real_s - before_s) * self._speed)) > TOLERANCE

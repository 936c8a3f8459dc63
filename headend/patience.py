"""How long a controller is given before it is told again."""

import time
from datetime import datetime, timedelta

from city.clock import Clock

PATIENCE_S = 60.0
"""Clock seconds that a controller has to follow before it is told again."""
PATIENCE_REAL_S = 5.0
"""The same in real seconds: a fast clock does not make the ways shorter."""
MOST_DOUBLED = 3
"""How many times that doubles while no answer comes: a slow network is not told everything again and again."""
MOST_REFUSALS = 16
LONGEST_S = 3600.0
"""Clock seconds between two tries with a controller that keeps refusing, at most."""


class _Tries:
    """How often one controller was told in vain."""

    __slots__ = ("at", "real_s", "refusals", "unanswered")

    def __init__(self) -> None:
        self.at: datetime | None = None
        self.real_s = 0.0
        self.unanswered = 0
        self.refusals = 0


class Patience:
    """Remembers who was told what in vain; whoever has followed is forgotten."""

    def __init__(self, clock: Clock, real_s: float = PATIENCE_REAL_S) -> None:
        self._clock = clock
        self._real_s = real_s
        self._tries: dict[str, _Tries] = {}

    def allows(self, controller: str) -> bool:
        """Whether a controller may be told now."""
        tries = self._tries.get(controller)
        if tries is None or tries.at is None:
            return True
        doublings = min(max(tries.unanswered - 1, 0), MOST_DOUBLED) + min(tries.refusals, MOST_REFUSALS)
        wait_s = min(PATIENCE_S * 2.0**doublings, LONGEST_S)
        # A clock that was set back meanwhile must not have it wait until then.
        if timedelta() <= self._clock.now() - tries.at < timedelta(seconds=wait_s):
            return False
        return time.monotonic() - tries.real_s >= self._real_s * 2.0 ** min(doublings, MOST_DOUBLED)

    def told(self, controller: str) -> None:
        """A controller is told something now."""
        tries = self._tries.setdefault(controller, _Tries())
        tries.at, tries.real_s = self._clock.now(), time.monotonic()
        tries.unanswered += 1

    def refused(self, controller: str) -> None:
        """It answered, and said no."""
        tries = self._tries.setdefault(controller, _Tries())
        tries.unanswered = 0
        tries.refusals += 1

    def forget(self, controller: str) -> None:
        """It has followed, was told nothing after all, or should follow something else: start afresh."""
        self._tries.pop(controller, None)

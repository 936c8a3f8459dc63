"""Arming: the console starts to be read only; one key lets its user act for some minutes after the last act."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

USUAL_MIN = 10
"""For how many minutes after the last act the console stays armed, where the preferences say nothing."""
FEWEST_MIN, MOST_MIN = 1, 120


def _nobody() -> None:
    """Nobody needs to know."""


@dataclass(slots=True)
class Arming:
    """Whether one may act from here now. It ends by itself: a console that is left alone changes nothing."""

    minutes: int = USUAL_MIN
    monotonic: Callable[[], float] = time.monotonic
    """A clock that never goes back, seconds."""
    on_change: Callable[[], None] = _nobody
    """Told when it was armed, or is no longer."""
    _ends: float | None = field(default=None, init=False)

    @property
    def left_s(self) -> float:
        """Seconds until it ends by itself; 0 while it is read-only."""
        return max(0.0, self._ends - self.monotonic()) if self._ends is not None else 0.0

    @property
    def armed(self) -> bool:
        """Whether one may act."""
        return self.left_s > 0

    def arm(self) -> None:
        """Let its user act from now on."""
        self._ends = self.monotonic() + self.minutes * 60
        self.on_change()

    def extend(self) -> None:
        """Somebody acts: the minutes count from here."""
        if self.armed:
            self._ends = self.monotonic() + self.minutes * 60

    def disarm(self) -> None:
        """Read-only again."""
        self._ends = None
        self.on_change()

    def look(self) -> bool:
        """Whether its time is over since somebody looked last; then it is read-only, and told so."""
        if self._ends is None or self.armed:
            return False
        self.disarm()
        return True

"""When to ask the head-end again for what it does not push."""

import time
from datetime import datetime, timedelta

EVERY = timedelta(minutes=1)
"""In the city's time: curves have a point per five minutes, and deploying takes minutes."""
EVERY_S = 5.0
"""In real time, at least, however fast the city's time runs."""


class Pace:
    """Says when a minute has passed in the city, but never too often for the head-end."""

    def __init__(self) -> None:
        self._asked_at: datetime | None = None
        self._asked_s = 0.0

    def due(self, now: datetime | None) -> bool:
        """Whether to ask now; if so, it is taken as asked."""
        if now is None:
            return False
        if self._asked_at is not None:
            too_soon = time.monotonic() - self._asked_s < EVERY_S
            if too_soon or abs(now - self._asked_at) < EVERY:
                return False
        self._asked_at, self._asked_s = now, time.monotonic()
        return True

"""How fast one person may ask for what costs the head-end some work."""

from datetime import timedelta

from city.clock import Clock
from headend.records import Token
from headend.safeguards import TooSoon
from lighting.buckets import Bucket, Rate

PERSONS_MOST = 200
"""How many persons' buckets are kept; the one that has asked for nothing for longest is forgotten, full."""


class AskingPace:
    """Counts what each person asks for."""

    def __init__(self, clock: Clock, at_once: int, every: timedelta) -> None:
        """So many questions at once, then one each time ``every`` has passed."""
        self._clock = clock
        self._rate = Rate(at_once, every)
        self._of: dict[str, Bucket] = {}

    def spend(self, token: Token) -> None:
        """Count a question.

        Raises:
            TooSoon: they come too fast; the message says when the next may.
        """
        now = self._clock.now()
        own = self._of.pop(token.name, None) or Bucket.full(self._rate, now)
        wait = own.wait(now)
        self._of[token.name] = own if wait else own.take(now)
        if len(self._of) > PERSONS_MOST:
            del self._of[next(iter(self._of))]
        if wait:
            raise TooSoon(f"questions come too fast; the next in {wait.total_seconds():.1f} s", wait)

"""The moods of the simulated Allô Proximité: what may come between a request and its answer."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from random import Random

from aiohttp import web

PAGE = "<!DOCTYPE html><html><body>Maintenance</body></html>"


class Mood(StrEnum):
    """What becomes of one request."""

    WELL = "well"
    BUSY = "busy"
    """503, and nothing is done."""
    CRM_DOWN = "crm down"
    """400 with words that say that it may pass, and nothing is done."""
    PAGE = "page"
    """A maintenance page under status 200, and nothing is done."""
    CUT = "cut"
    """The connection dies, and nothing is done."""
    LOST = "lost"
    """It is done, and the connection dies before the answer."""
    SLOW = "slow"
    """It is done at once and answered after a delay."""
    LATE = "late"
    """It is done after a delay, although nobody may be waiting any more, and answered then."""
    DUPLICATE = "duplicate"
    """It is done, and a creation is refused all the same, as a duplicate of itself."""


UNWELL: Sequence[Mood] = tuple(mood for mood in Mood if mood is not Mood.WELL)


class Moods:
    """Draws a mood for each request, the same for the same seed and order of requests."""

    def __init__(self, seed: int, unwell: float) -> None:
        """``unwell`` is the share of requests, 0 to 1, that something happens to."""
        self._random = Random(seed)  # noqa: S311 - a story, no secret
        self._unwell = unwell
        self.counts: Counter[Mood] = Counter()
        """How often each was drawn."""

    def __call__(self, _request: web.Request) -> Mood:
        """The next mood."""
        unwell = self._random.random() < self._unwell
        mood = self._random.choice(UNWELL) if unwell else Mood.WELL
        self.counts[mood] += 1
        return mood


def page() -> web.Response:
    """What a desk under maintenance shows, with the best of consciences."""
    return web.Response(text=PAGE, content_type="text/html")

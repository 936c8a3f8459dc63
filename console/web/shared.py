"""Answers that are the same for everybody who may ask: asked once, and given to all for a moment."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from console.web.sessions import Now

KEPT_S = 1.0
"""As old as an answer may be; what is done through this server makes all of them forgotten at once."""
MOST_KEPT = 64
LARGEST_KEPT_BYTES = 1024 * 1024

SHARED = re.compile(
    r"/api/(?:curve|outlooks|storage|timeline|programmes|calendars|deployment"
    r"|calendars/[^/]+/year|hotspots/[^/]+/outlook|light-points/[^/]+(?:/series)?)"
)
"""What any token may read and no answer of which depends on whose it is; nothing else is ever shared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the head-end."""

    status: int
    content_type: str
    body: bytes


@dataclass(slots=True, eq=False)
class Place:
    """Where the answer to one question is; whoever holds the lock may ask."""

    answer: Answer | None = None
    until_s: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SharedAnswers:
    """The answers of the last moment."""

    def __init__(self, now: Now = time.monotonic) -> None:
        self._now = now
        self._places: dict[str, Place] = {}

    @asynccontextmanager
    async def place(self, question: str) -> AsyncIterator[Place]:
        """The place of a question, with its answer if that is still good; whoever else asks it waits meanwhile."""
        place = self._places.setdefault(question, Place())
        async with place.lock:
            if place.until_s <= self._now():
                place.answer = None
            yield place
        self._make_room()

    def keep(self, place: Place, answer: Answer) -> None:
        """Keep a good answer for a moment."""
        if answer.status == 200 and len(answer.body) <= LARGEST_KEPT_BYTES:
            place.answer, place.until_s = answer, self._now() + KEPT_S

    def forget(self) -> None:
        """Somebody has done something: what was asked before may not be true any more, nor what is being asked."""
        self._places.clear()

    def _make_room(self) -> None:
        now = self._now()
        idle = [key for key, place in self._places.items() if not place.lock.locked()]
        old = [key for key in idle if self._places[key].until_s <= now]
        for key in old or idle[: max(0, len(self._places) - MOST_KEPT)]:
            del self._places[key]

"""Waiting for the controllers' own word, for a few seconds at most: those that come later are seen all the same."""

import asyncio
import time
from collections.abc import Callable

from city.messages import LampState
from headend.conductor import Conductor
from headend.lamps import Lamp, Lamps
from headend.order_book import OrderBook
from lighting.orders import Override

CONFIRM_REAL_S = 3.0
"""Real seconds that an answer waits for confirmations."""
LOOK_REAL_S = 0.05
MUTE = frozenset({LampState.UNPOWERED, LampState.SILENT, LampState.UNKNOWN})
"""States in which no confirmation can be expected."""


class Confirmations:
    """Has the conductor send at once, and looks what the controllers say to it."""

    def __init__(
        self, book: OrderBook, lamps: Lamps, conductor: Conductor, confirm_real_s: float = CONFIRM_REAL_S
    ) -> None:
        self._book = book
        self._lamps = lamps
        self._conductor = conductor
        self._confirm_real_s = confirm_real_s

    async def of(self, override: Override) -> None:
        """Return once every controller that can answer has taken or refused an override."""
        await self._wait(lambda: self._answered(override))

    async def of_release(self, points: frozenset[str]) -> None:
        """Return once every controller that can answer follows no order of a person."""
        await self._wait(lambda: all(self.is_free(point) or self._mute(point) for point in points))

    def is_free(self, point: str) -> bool:
        """Whether a controller follows none of the orders that are known here; a lock is none."""
        following = self._conductor.follows.get(point)
        known = None if following is None else self._book.get(following)
        return known is None or known.kind != "order"

    def is_following(self, point: str, orders: frozenset[str]) -> bool:
        """Whether a controller says that it follows one of some orders."""
        return self._conductor.follows.get(point) in orders

    def _answered(self, override: Override) -> bool:
        said = self._book.confirmed.get(override.id, set()) | self._book.refused.get(override.id, {}).keys()
        return all(point in said or self._mute(point) for point in override.points)

    def _mute(self, point: str) -> bool:
        lamp: Lamp | None = self._lamps.all.get(point)
        return lamp is None or lamp.state in MUTE

    async def _wait(self, done: Callable[[], bool]) -> None:
        self._conductor.kick()
        end = time.monotonic() + self._confirm_real_s
        while not done() and time.monotonic() < end:  # noqa: ASYNC110 - answers come from many lamps
            await asyncio.sleep(LOOK_REAL_S)

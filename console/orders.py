"""Orders as the console asks for them: one choice of lamps may need several requests, answered as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from city.errors import FalotierError
from city.messages import OrderRequest, OrderView
from console.client import ApiClient


@dataclass(frozen=True, slots=True)
class Answer:
    """What the head-end said to one choice of lamps."""

    orders: tuple[OrderView, ...]
    failures: tuple[str, ...] = field(default=())
    """One line for each request that was refused or lost."""

    @property
    def points(self) -> int:
        """How many light points it concerns."""
        return sum(order.points for order in self.orders)

    @property
    def would_change(self) -> int:
        """How many of them are at another level now."""
        return sum(order.would_change for order in self.orders)

    @property
    def confirmed(self) -> int:
        """How many controllers say that they follow."""
        return sum(order.confirmed for order in self.orders)

    @property
    def refused(self) -> dict[str, str]:
        """Light points whose controller said no, and why."""
        return {point: why for order in self.orders for point, why in order.refused.items()}

    @property
    def waiting(self) -> tuple[OrderView, ...]:
        """Those that wait for a second person: nothing of them was sent."""
        return tuple(order for order in self.orders if order.state == "awaiting")

    @property
    def second(self) -> str | None:
        """Why a second person is needed for any of them; None where nobody is."""
        return next((order.second for order in self.orders if order.second), None)

    @property
    def held_back(self) -> dict[str, str]:
        """Light points that they do not reach, locked or their cabinet open, and why."""
        return {
            point: why
            for order in self.orders
            for point, why in (*order.locked.items(), *order.blocked.items())
        }

    @property
    def until(self) -> datetime:
        """When the last of them ends."""
        return max(order.until for order in self.orders)

    @property
    def sample(self) -> tuple[str, ...]:
        """The first light points concerned."""
        return tuple(point for order in self.orders for point in order.sample)


async def ask(client: ApiClient, selectors: Sequence[str], request: OrderRequest) -> Answer:
    """Ask for the same override on each selector at once; one that fails does not hold up the others."""
    requests = [request.model_copy(update={"selector": selector}) for selector in selectors]
    results = await asyncio.gather(*(client.order(one) for one in requests), return_exceptions=True)
    return _answer(results)


async def undo(client: ApiClient, orders: Sequence[OrderView]) -> Answer:
    """Take several orders back at once."""
    results = await asyncio.gather(*(client.undo(order.id) for order in orders), return_exceptions=True)
    return _answer(results)


def _answer(results: Sequence[OrderView | BaseException]) -> Answer:
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, FalotierError):
            raise result
    return Answer(
        tuple(result for result in results if isinstance(result, OrderView)),
        tuple(dict.fromkeys(str(result) for result in results if isinstance(result, FalotierError))),
    )

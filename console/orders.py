"""Orders as the console asks for them: one choice of lamps is one order, followed until its controllers answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from city.errors import FalotierError
from city.messages import OrderRequest, OrderView
from console.client import ApiClient

LOOK_EVERY_S = 1.0
"""How often it is looked who has answered."""
FOLLOW_S = 30.0
"""For how long: a controller that says nothing for so long may never."""
TYPED_ABOVE = 500
"""For more light points than this their number has to be typed before the order can be given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the head-end said to an order, or why it said nothing."""

    order: OrderView | None = None
    failure: str = ""

    @property
    def waits(self) -> bool:
        """Whether it waits for a second person: nothing was sent."""
        return self.order is not None and self.order.state == "awaiting"


def lamps_selector(lamps: Collection[str]) -> str:
    """The selector of lamps that were marked one by one."""
    return f"lamps:{','.join(lamps)}" if len(lamps) != 1 else f"lamp:{next(iter(lamps))}"


def must_be_typed(order: OrderView) -> bool:
    """Whether it concerns so many light points that a careless key must not be enough."""
    return order.second == "points" or order.points > TYPED_ABOVE


def held_back(order: OrderView) -> dict[str, str]:
    """Light points that it does not reach, locked or their cabinet open, and why."""
    return {**order.locked, **order.blocked}


def is_answered(order: OrderView) -> bool:
    """Whether every controller has said something to it, or none will: it is not, or no longer, in force."""
    return order.state != "in_force" or order.confirmed + len(order.refused) >= order.points


async def ask(client: ApiClient, request: OrderRequest) -> Answer:
    """Ask for an override; a failure is an answer too."""
    try:
        return Answer(await client.order(request))
    except FalotierError as error:
        return Answer(failure=str(error))


async def undo(client: ApiClient, order: OrderView) -> Answer:
    """Take an order back."""
    try:
        return Answer(await client.undo(order.id))
    except FalotierError as error:
        return Answer(failure=str(error))


async def follow(client: ApiClient, order: OrderView) -> AsyncIterator[OrderView]:
    """An order as it stands now, and again whenever it was looked at, until all have answered or time is over."""
    yield order
    end = time.monotonic() + FOLLOW_S
    while not is_answered(order) and time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            now = await client.order_now(order.id)
        except FalotierError:
            continue  # it is looked again; what is on screen stays true of then
        known = {
            name: getattr(now, name) for name in ("confirmed", "refused", "unanswered", "state", "active")
        }
        order = order.model_copy(update=known)
        yield order

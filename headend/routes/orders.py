"""Orders: overrides asked, in effect and confirmed."""

from fastapi import APIRouter, Response, status

from city.messages import OrderRequest, OrderView
from headend.routes.gate import Observer, Technician, TheCore

router = APIRouter(prefix="/orders")


@router.get("")
async def orders(core: TheCore, _: Observer) -> list[OrderView]:
    """What waits for a second person, then the overrides, last asked first."""
    return await core.orders.views()


@router.get("/{name}")
async def one(core: TheCore, _: Observer, name: str) -> OrderView:
    """One order, with who has not answered it yet."""
    return core.orders.one(name)


@router.post("")
async def order(core: TheCore, token: Technician, request: OrderRequest, response: Response) -> OrderView:
    """Ask for an override; answers once the controllers have, or after a few seconds.

    Answers 202 when it waits for a second person: accepted, and nothing done yet.
    """
    core.clock_trust.check()
    view = await core.orders.ask(request, token)
    if view.state == "awaiting":
        response.status_code = status.HTTP_202_ACCEPTED
    return view


@router.delete("/{name}")
async def cancel(core: TheCore, token: Technician, name: str) -> OrderView:
    """End an override before its time."""
    return await core.orders.cancel(name, token)

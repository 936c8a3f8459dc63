"""Orders: overrides asked, in effect and confirmed."""

from fastapi import APIRouter

from city.messages import OrderRequest, OrderView
from headend.routes.gate import Observer, Technician, TheCore

router = APIRouter(prefix="/orders")


@router.get("")
async def orders(core: TheCore, _: Observer) -> list[OrderView]:
    """The overrides, last asked first."""
    return await core.orders.views()


@router.post("")
async def order(core: TheCore, token: Technician, request: OrderRequest) -> OrderView:
    """Ask for an override; answers once the controllers have, or after a few seconds."""
    core.clock_trust.check()
    return await core.orders.ask(request, token)


@router.delete("/{name}")
async def cancel(core: TheCore, token: Technician, name: str) -> OrderView:
    """End an override before its time."""
    return await core.orders.cancel(name, token)

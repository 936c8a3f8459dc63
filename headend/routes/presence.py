"""Light that follows people: the dynamic rules as they stand, and what they have cost."""

from fastapi import APIRouter

from city.presence_views import PresenceView
from headend.configured import price_of
from headend.presence_views import presence_view
from headend.routes.gate import Observer, TheCore

router = APIRouter()


@router.get("/presence")
async def presence(core: TheCore, _: Observer) -> PresenceView:
    """Every rule: who is there, whether light is lent, why not, and the energy of it."""
    return await presence_view(core.presence, core.plan, price_of(core.settings), core.clock.now())

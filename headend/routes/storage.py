"""How what was measured fares on its way to the telemetry store."""

from fastapi import APIRouter

from city.storage import StorageView
from headend.routes.gate import Observer, TheCore

router = APIRouter()


@router.get("/storage")
async def storage(core: TheCore, _: Observer) -> StorageView:
    """What was stored, what waits and for how long, and what was lost and why."""
    return core.spool.state

"""Locks for people at work."""

from fastapi import APIRouter

from city.locks import LiftRequest, LockRequest, LockView
from headend.routes.gate import Observer, Technician, TheCore

router = APIRouter(prefix="/locks")


@router.get("")
async def locks(core: TheCore, _: Observer) -> list[LockView]:
    """The locks that hold, locked last first."""
    return core.locks.views()


@router.post("")
async def lock(core: TheCore, token: Technician, request: LockRequest) -> LockView:
    """Lock light points; answers once the controllers have, or after a few seconds."""
    core.clock_trust.check()
    return await core.locks.lock(request, token)


@router.post("/{name}/lift")
async def lift(core: TheCore, token: Technician, name: str, request: LiftRequest) -> LockView:
    """End a lock before its time."""
    return await core.locks.lift(name, token, request.reason)

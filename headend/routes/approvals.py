"""Approvals: what waits for a second person, and what that person says."""

from fastapi import APIRouter

from city.approvals import ApprovalView, RejectRequest
from city.messages import OrderView
from headend.approvals import Approval
from headend.core import Core
from headend.routes.gate import Observer, Technician, TheCore

router = APIRouter(prefix="/approvals")


@router.get("")
async def approvals(core: TheCore, _: Observer) -> list[ApprovalView]:
    """What waits, asked first first."""
    return [_with_order(core, each) for each in core.approvals.pending()]


@router.get("/{name}")
async def approval(core: TheCore, _: Observer, name: str) -> ApprovalView:
    """One of them, and what became of it if it is over."""
    return _with_order(core, core.approvals.get(name))


@router.post("/{name}/approve")
async def approve(core: TheCore, token: Technician, name: str) -> ApprovalView:
    """Agree: it is done at once. Answers as whoever asked would have been answered."""
    core.clock_trust.check()
    result = await core.approvals.approve(name, token)
    order = result if isinstance(result, OrderView) else None
    return _view(core.approvals.get(name)).model_copy(update={"order": order})


@router.post("/{name}/reject")
async def reject(core: TheCore, token: Technician, name: str, request: RejectRequest) -> ApprovalView:
    """Say no, with a reason."""
    return _view(await core.approvals.reject(name, token, request.reason))


def _with_order(core: Core, approval: Approval) -> ApprovalView:
    return _view(approval).model_copy(update={"order": core.orders.asked(approval.id)})


def _view(approval: Approval) -> ApprovalView:
    return ApprovalView(
        id=approval.id,
        kind=approval.kind,
        summary=approval.summary,
        points=approval.points,
        asked_by=approval.asker.name,
        role=approval.asker.role,
        asked_at=approval.asked_at,
        until=approval.until,
        state=approval.state,
        decided_by=approval.decided_by,
        why=approval.why,
    )

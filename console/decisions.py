"""What a second person says to what was asked for here: waited for, and told to whoever asked."""

import asyncio
from typing import Literal

from textual.app import App

from city.approvals import ApprovalView
from city.errors import FalotierError, Unreachable
from city.messages import OrderView
from console.hostile import clean
from console.session import Session

LOOK_EVERY_S = 2.0
"""How often the head-end is asked."""
TOLD_S = 20.0
"""How long it is told: whoever asked may look elsewhere."""


async def tell_decision(app: App[None], session: Session, order: OrderView) -> None:
    """Wait until somebody has decided, or nobody did in time, and say so."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            approval = await session.client.approval(order.id)
        except Unreachable:
            continue
        except FalotierError as error:  # nothing waits after a restart of the head-end, and nothing was done
            app.notify(clean(str(error)), severity="warning", timeout=TOLD_S, markup=False)
            return
        if approval.state not in {"waiting", "acting"}:
            break
    said = _said(session, approval)
    severity: Literal["information", "warning"] = "information" if approval.state == "approved" else "warning"
    app.notify(said, severity=severity, timeout=TOLD_S, markup=False)


def _said(session: Session, approval: ApprovalView) -> str:
    words = session.words
    by, why = clean(approval.decided_by or ""), clean(approval.why)
    points = words.n("{count} light point", "{count} light points", approval.points)
    match approval.state:
        case "approved":
            said = words.t("{name} agreed", name=by)
        case "rejected":
            said = words.t("{name} did not agree: {why}", name=by, why=why)
        case "failed":
            said = words.t("{name} agreed, but it could not be done: {why}", name=by, why=why)
        case _:
            said = words.t("Nobody agreed in time: nothing was done")
    return f"{points} · {said}"

"""Orders, locks and approvals of the head-end for the console's tests."""

from collections import Counter
from datetime import timedelta

from aiohttp import web

from city.approvals import ApprovalView, RejectRequest
from city.locks import LockRequest, LockView
from city.messages import LampState, OrderRequest, OrderView, Role
from tests.console import answers
from tests.console.small_city import SmallCity

LAMPS = frozenset({"", "lamp", "lamps"})


class TakesOrders:
    """Takes what people order, and keeps it."""

    def __init__(self, city: SmallCity) -> None:
        self.city = city
        self.orders: dict[str, OrderView] = {}
        self.locks: list[LockRequest] = []
        self.approvals: dict[str, ApprovalView] = {}
        self.alone = 20
        """More light points than this wait for a second person."""
        self.slow: dict[str, LampState] = {}
        """Light points whose controllers have not answered an order."""
        self.refusing: dict[str, str] = {}
        """Light points whose controllers refuse orders, and why."""

    def add_order_routes(self, app: web.Application) -> None:
        get, post = app.router.add_get, app.router.add_post
        get("/api/orders", self._orders)
        get("/api/orders/{id}", self._one_order)
        post("/api/orders", self._order)
        app.router.add_delete("/api/orders/{id}", self._undo)
        get("/api/approvals", self._approvals)
        get("/api/approvals/{id}", self._approval)
        post("/api/approvals/{id}/{act}", self._decide)
        post("/api/locks", self._lock)

    async def _orders(self, _: web.Request) -> web.Response:
        return answers.list_of(self.orders.values())

    async def _order(self, request: web.Request) -> web.Response:
        asked = OrderRequest.model_validate_json(await request.read())
        field, _, name = asked.selector.rpartition(":")
        chosen = [
            point
            for point in self.city.light_points.values()
            if (point.id in name.split(",") if field in LAMPS else name == getattr(point, field))
        ]
        if not chosen:
            return answers.no(400, f"{asked.selector}: matches no light point")
        level = 70.0 if asked.level_pct is None else asked.level_pct
        order = OrderView(
            id=f"o-{len(self.orders) + 1}",
            selector=asked.selector,
            level_pct=level,
            reason=asked.reason,
            by="Marie",
            asked_at=self.city.now,
            until=self.city.now + timedelta(seconds=asked.for_s),
            points=len(chosen),
            would_change=sum(1 for p in chosen if p.effect_pct != level),
            confirmed=0 if asked.dry_run else len(chosen),
            refused={},
            cancelled_at=None,
            active=not asked.dry_run,
            dry_run=asked.dry_run,
            sample=tuple(p.id for p in chosen[:6]),
            locked={p.id: "locked by Paul (l-1)" for p in chosen if p.locked},
            sectors=dict(Counter(p.sector for p in chosen)),
            streets=dict(Counter(p.street for p in chosen)),
            level_now_pct=sum(p.effect_pct or 0 for p in chosen) / len(chosen),
            level_after_pct=100.0,
            power_now_w=52.0 * len(chosen),
            power_then_w=0.52 * level * len(chosen),
            energy_kwh=None if asked.level_pct is None else -0.02 * len(chosen),
        )
        if len(chosen) > self.alone:
            order = order.model_copy(update={"second": "points"})
        if order.second and not asked.dry_run:
            order = order.model_copy(update={"state": "awaiting", "active": False, "confirmed": 0})
            self.wait(order)
        elif not asked.dry_run:
            self.orders[order.id] = order = self._answered(order)
        return answers.json_of(order)

    def _answered(self, order: OrderView) -> OrderView:
        """An order as far as controllers have answered: some may be slow, or refuse."""
        known = {
            "confirmed": order.points - len(self.slow) - len(self.refusing),
            "refused": self.refusing,
            "unanswered": self.slow,
        }
        return order.model_copy(update=known)

    async def _one_order(self, request: web.Request) -> web.Response:
        order = self.orders.get(request.match_info["id"])
        return answers.no(404, "no such order") if order is None else answers.json_of(self._answered(order))

    def wait(self, order: OrderView) -> None:
        """Have an order wait for a second person."""
        self.approvals[order.id] = ApprovalView(
            id=order.id,
            kind="order",
            summary=f"{order.selector} · {order.level_pct:g} % · {order.reason}",
            points=order.points,
            asked_by=order.by,
            role=Role.TECHNICIAN,
            asked_at=order.asked_at,
            until=order.asked_at + timedelta(minutes=15),
            state="waiting",
            order=order,
        )

    async def _lock(self, request: web.Request) -> web.Response:
        asked = LockRequest.model_validate_json(await request.read())
        self.locks.append(asked)
        until = self.city.now + timedelta(seconds=asked.for_s)
        return answers.json_of(
            LockView(
                id="l-1", selector=asked.selector, reason=asked.reason, by="Marie", locked_at=self.city.now,
                until=until, lifted_at=None, active=True, points=1, confirmed=1, refused={},
            )
        )  # fmt: skip

    async def _approvals(self, _: web.Request) -> web.Response:
        return answers.list_of(each for each in self.approvals.values() if each.state == "waiting")

    async def _approval(self, request: web.Request) -> web.Response:
        return answers.json_of(self.approvals[request.match_info["id"]])

    async def _decide(self, request: web.Request) -> web.Response:
        waiting = self.approvals[request.match_info["id"]]
        state, why = "approved", ""
        if request.match_info["act"] == "reject":
            state, why = "rejected", RejectRequest.model_validate_json(await request.read()).reason
        decided = waiting.model_copy(update={"state": state, "decided_by": "Paul", "why": why, "order": None})
        self.approvals[waiting.id] = decided
        return answers.json_of(decided)

    async def _undo(self, request: web.Request) -> web.Response:
        order = self.orders.get(request.match_info["id"])
        if order is None:
            return answers.no(404, "no such order")
        undone = order.model_copy(update={"active": False, "cancelled_at": self.city.now})
        self.orders[order.id] = undone
        return answers.json_of(undone)

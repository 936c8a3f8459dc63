"""A head-end for the console's tests: the API's words over real HTTP, from a small city in memory."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiohttp import WSMsgType, web
from pydantic import BaseModel, TypeAdapter

from city.access_points import ActRequest
from city.approvals import ApprovalView, RejectRequest
from city.incidents import State
from city.locks import LockRequest, LockView
from city.measurements import Metric
from city.messages import (
    DismissRequest,
    Health,
    IncidentView,
    LampState,
    Live,
    OrderRequest,
    OrderView,
    ReasonView,
    Role,
    TicketView,
)
from console.client import ApiClient
from tests.console import (
    small_city,
    small_city_incidents,
    small_city_night,
    small_city_past,
    small_city_wifi,
)
from tests.console.small_city import SmallCity
from tests.console.small_city_plans import SmallCityPlans

TOKEN = "a-token"
LAMPS = frozenset({"", "lamp", "lamps"})


def _json(model: BaseModel) -> web.Response:
    return web.Response(text=model.model_dump_json(), content_type="application/json")


def _list(models: Iterable[BaseModel]) -> web.Response:
    body = TypeAdapter(list[BaseModel]).dump_json(list(models), serialize_as_any=True)
    return web.Response(body=body, content_type="application/json")


def _no(status: int, line: str) -> web.Response:
    return web.json_response({"error": line}, status=status)


class FakeHeadEnd:
    """Serves one small city; keeps what was ordered."""

    def __init__(self, city: SmallCity | None = None) -> None:
        self.city = city or SmallCity()
        self.orders: dict[str, OrderView] = {}
        self.locks: list[LockRequest] = []
        self.approvals: dict[str, ApprovalView] = {}
        self.acts: list[tuple[str, ActRequest]] = []
        """What access points were made to do."""
        self.reports = small_city_incidents.reports()
        """What citizens reported near the dead lamp in rue Mercière."""
        self.role = Role.SUPERVISOR
        self.tokens = {TOKEN}
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.reasons: dict[str, ReasonView] = {}
        """Why some light points are at their level, where it is not the usual."""
        self.history_away = False
        """The store does not answer, and nobody knows what citizens reported."""
        self.history_known = asyncio.Event()
        self.history_known.set()
        """Cleared, it reads the history of places for as long as one likes."""
        self.timeline = small_city_night.timeline()
        """The city as it was every five minutes."""
        self.in_portions_of: int | None = None
        """Light points in one message of the first picture; None: all with all else in one."""
        self.questions: list[tuple[str, dict[str, str]]] = []
        """Every question, with what was said of it."""
        self.past_refused = 0
        """With which status questions about the past are refused; 0: they are answered."""
        self.past_known = asyncio.Event()
        self.past_known.set()
        """Cleared, it reads the past for as long as one likes."""
        self.alone = 20
        """More light points than this wait for a second person."""
        self.slow: dict[str, LampState] = {}
        """Light points whose controllers have not answered an order."""
        self.refusing: dict[str, str] = {}
        """Light points whose controllers refuse orders, and why."""
        self.plans = SmallCityPlans(self)
        """The light plan in force, and what of drafts is known."""
        self.url = ""
        self.port = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[self._known])
        get, post = app.router.add_get, app.router.add_post
        get("/api/health", self._health)
        get("/api/summary", self._summary)
        get("/api/storage", self._storage)
        get("/api/curve", self._curve)
        get("/api/timeline", self._timeline)
        get("/api/light-points", self._light_points)
        get("/api/light-points/{id}", self._light_point)
        get("/api/light-points/{id}/series", self._series)
        get("/api/hotspots", self._hotspots)
        get("/api/access-points", self._access_points)
        get("/api/hotspots/{id}/outlook", self._outlook)
        get("/api/outlooks", self._outlooks)
        get("/api/history/devices/{device:.+}", self._history)
        post("/api/access-points/{id}/acts", self._access_point_act)
        get("/api/incidents", self._incidents)
        get("/api/orders", self._orders)
        get("/api/orders/{id}", self._one_order)
        get("/api/approvals", self._approvals)
        get("/api/approvals/{id}", self._approval)
        post("/api/locks", self._lock)
        post("/api/approvals/{id}/{act}", self._decide)
        get("/api/programmes", self._programmes)
        get("/api/calendars", self._calendars)
        get("/api/calendars/{name}/year", self._year)
        get("/api/deployment", self._deployment)
        self.plans.add_routes(app)
        get("/api/journal", self._journal)
        post("/api/orders", self._order)
        app.router.add_delete("/api/orders/{id}", self._undo)
        small_city_incidents.add_routes(app, self)
        post("/api/incidents/{id}/{act}", self._act)
        get("/api/live", self._live)
        get("/api/replay", self._replay)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        for socket in list(self._sockets):
            await socket.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def push(self, live: Live) -> None:
        for socket in list(self._sockets):
            await socket.send_str(live.model_dump_json())

    @property
    def listeners(self) -> int:
        return len(self._sockets)

    @web.middleware
    async def _known(self, request: web.Request, handler: object) -> web.StreamResponse:
        self.asked[request.path] += 1
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path != "/api/health" and token not in self.tokens:
            return _no(401, "the head-end does not know this token")
        self.questions.append((request.path, dict(request.query)))
        return await handler(request)  # type: ignore[operator,no-any-return]

    async def _health(self, _: web.Request) -> web.Response:
        return _json(Health(version="0.1.0", now=self.city.now))

    async def _summary(self, _: web.Request) -> web.Response:
        return _json(self.city.summary())

    async def _storage(self, _: web.Request) -> web.Response:
        return _json(self.city.storage)

    async def _curve(self, _: web.Request) -> web.Response:
        return _list(small_city_night.curve())

    async def _timeline(self, request: web.Request) -> web.Response:
        until = self._then(request).now
        return _list(row for row in self.timeline if row.at <= until)

    async def _replay(self, request: web.Request) -> web.Response:
        await self.past_known.wait()
        if self.past_refused:
            return _no(self.past_refused, "store: away")
        return _json(small_city_past.replay_view(self.city, datetime.fromisoformat(request.query["at"])))

    def _then(self, request: web.Request) -> SmallCity:
        """The city that a question is about."""
        at = request.query.get("at")
        return small_city_past.past_of(self.city, datetime.fromisoformat(at)) if at else self.city

    async def _light_points(self, _: web.Request) -> web.Response:
        return _list(self.city.light_points.values())

    async def _light_point(self, request: web.Request) -> web.Response:
        city = self._then(request)
        point = city.light_points.get(request.match_info["id"])
        if point is None:
            return _no(404, f"no light point {request.match_info['id']}")
        detail = small_city_night.detail(point, city.incidents)
        reason = self.reasons.get(point.id, detail.reason)
        return _json(detail.model_copy(update={"reason": reason}))

    async def _series(self, request: web.Request) -> web.Response:
        query = request.query
        return _list(small_city_night.day_of(query["metric"], float(query["step_s"]), float(query["hours"])))

    async def _hotspots(self, _: web.Request) -> web.Response:
        return _list(small_city.hotspots())

    async def _access_points(self, _: web.Request) -> web.Response:
        return _list(self.city.access_points.values())

    async def _outlook(self, request: web.Request) -> web.Response:
        await self.history_known.wait()
        return _json(small_city_wifi.outlook(request.match_info["id"]))

    async def _outlooks(self, _: web.Request) -> web.Response:
        return _list(small_city_wifi.outlook(spot.id) for spot in small_city.hotspots())

    async def _history(self, request: web.Request) -> web.Response:
        device, metric = request.match_info["device"], Metric(request.query["metric"])
        if told := small_city_incidents.history(self.city, device, metric, request.query):
            await self.history_known.wait()
            return _no(503, "store: away") if self.history_away else _json(told)
        known = {radio.id for view in self.city.access_points.values() for radio in view.radios}
        if device not in known:
            return _no(404, f"{device}: never heard of")
        return _json(small_city_wifi.history(device, metric))

    async def _access_point_act(self, request: web.Request) -> web.Response:
        if self.role is not Role.SUPERVISOR:
            return _no(403, f"this needs the role supervisor; the token of Marie is {self.role}")
        asked = ActRequest.model_validate_json(await request.read())
        if not asked.dry_run:
            self.acts.append((request.match_info["id"], asked))
        return _json(small_city_wifi.act(self.city.access_points[request.match_info["id"]], asked))

    async def _incidents(self, request: web.Request) -> web.Response:
        return _list(self._then(request).incidents.values())

    async def _orders(self, _: web.Request) -> web.Response:
        return _list(self.orders.values())

    async def _programmes(self, _: web.Request) -> web.Response:
        return _list([small_city_night.programme()])

    async def _calendars(self, _: web.Request) -> web.Response:
        return _list(small_city_night.calendars())

    async def _year(self, request: web.Request) -> web.Response:
        return _json(small_city_night.year(request.match_info["name"]))

    async def _deployment(self, _: web.Request) -> web.Response:
        return _json(self.plans.deployment())

    async def _journal(self, request: web.Request) -> web.Response:
        until = self._then(request).now
        return _list(entry for entry in small_city_night.journal() if entry.at <= until)

    async def _order(self, request: web.Request) -> web.Response:
        asked = OrderRequest.model_validate_json(await request.read())
        field, _, name = asked.selector.rpartition(":")
        chosen = [
            point
            for point in self.city.light_points.values()
            if (point.id in name.split(",") if field in LAMPS else name == getattr(point, field))
        ]
        if not chosen:
            return _no(400, f"{asked.selector}: matches no light point")
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
        return _json(order)

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
        return _no(404, "no such order") if order is None else _json(self._answered(order))

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
        return _json(
            LockView(
                id="l-1", selector=asked.selector, reason=asked.reason, by="Marie", locked_at=self.city.now,
                until=until, lifted_at=None, active=True, points=1, confirmed=1, refused={},
            )
        )  # fmt: skip

    async def _approvals(self, _: web.Request) -> web.Response:
        return _list(each for each in self.approvals.values() if each.state == "waiting")

    async def _approval(self, request: web.Request) -> web.Response:
        return _json(self.approvals[request.match_info["id"]])

    async def _decide(self, request: web.Request) -> web.Response:
        waiting = self.approvals[request.match_info["id"]]
        state, why = "approved", ""
        if request.match_info["act"] == "reject":
            state, why = "rejected", RejectRequest.model_validate_json(await request.read()).reason
        decided = waiting.model_copy(update={"state": state, "decided_by": "Paul", "why": why, "order": None})
        self.approvals[waiting.id] = decided
        return _json(decided)

    async def _undo(self, request: web.Request) -> web.Response:
        order = self.orders.get(request.match_info["id"])
        if order is None:
            return _no(404, "no such order")
        undone = order.model_copy(update={"active": False, "cancelled_at": self.city.now})
        self.orders[order.id] = undone
        return _json(undone)

    async def _act(self, request: web.Request) -> web.Response:
        incident = self.city.incidents.get(request.match_info["id"])
        if incident is None:
            return _no(404, "no such incident")
        if request.match_info["act"] == "send":
            ticket = _ticket(incident)
            self.city.incidents[incident.id] = incident.model_copy(update={"ticket": ticket})
            return _json(ticket)
        changed = _changed(incident, request.match_info["act"], await request.read())
        self.city.incidents[incident.id] = changed
        return _json(changed)

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for portion in self._picture():
            await socket.send_str(portion.model_dump_json())
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
        return socket

    def _picture(self) -> Iterator[Live]:
        """All that there is, as the first pushes have it."""
        city, size = self.city, self.in_portions_of
        points = tuple(city.light_points.values())
        yield Live(
            summary=city.summary(),
            light_points=() if size else points,
            incidents=tuple(city.incidents.values()),
            access_points=tuple(city.access_points.values()),
            more=bool(size),
        )
        for start in range(0, len(points) if size else 0, size or 1):
            end = start + (size or 1)
            yield Live(light_points=points[start:end], more=end < len(points))


def _changed(incident: IncidentView, act: str, body: bytes) -> IncidentView:
    if act == "ack":
        return incident.model_copy(update={"acknowledged_by": "Marie"})
    reason = DismissRequest.model_validate(json.loads(body)).reason
    return incident.model_copy(
        update={"state": State.DISMISSED, "dismissed_because": reason, "closed_at": small_city.NOW}
    )


def _ticket(incident: IncidentView) -> TicketView:
    return TicketView(
        id="t-9",
        incident=incident.id,
        service_id=None,
        status="queued",
        points=incident.points,
        opened_at=small_city.NOW,
        closed_at=None,
    )


@asynccontextmanager
async def fake_headend(city: SmallCity | None = None) -> AsyncIterator[tuple[FakeHeadEnd, ApiClient]]:
    """A running head-end, and a client that speaks to it."""
    head = FakeHeadEnd(city)
    await head.start()
    try:
        async with ApiClient(head.url, TOKEN) as client:
            yield head, client
    finally:
        await head.stop()


async def until(condition: Callable[[], object], *, within_s: float = 5.0) -> None:
    """Wait for a condition, looking again and again."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)

"""A head-end for the console's tests: the API's words over real HTTP, from a small city in memory."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import WSMsgType, web

from city.access_points import ActRequest
from city.incidents import State
from city.measurements import Metric
from city.messages import (
    DismissRequest,
    Health,
    IncidentView,
    Live,
    ReasonView,
    Role,
    TicketView,
)
from console.client import ApiClient
from tests.console import (
    answers,
    small_city,
    small_city_incidents,
    small_city_night,
    small_city_past,
    small_city_wifi,
)
from tests.console.fake_orders import TakesOrders
from tests.console.small_city import SmallCity
from tests.console.small_city_plans import SmallCityPlans

TOKEN = "a-token"


class FakeHeadEnd(TakesOrders):
    """Serves one small city; keeps what was ordered."""

    def __init__(self, city: SmallCity | None = None) -> None:
        super().__init__(city or SmallCity())
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
        self.portions_come = asyncio.Event()
        self.portions_come.set()
        """Cleared, the first portion is all that comes."""
        self.questions: list[tuple[str, dict[str, str]]] = []
        """Every question, with what was said of it."""
        self.past_refused = 0
        """With which status questions about the past are refused; 0: they are answered."""
        self.past_known = asyncio.Event()
        self.past_known.set()
        """Cleared, it reads the past for as long as one likes."""
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
        get("/api/programmes", self._programmes)
        get("/api/calendars", self._calendars)
        get("/api/calendars/{name}/year", self._year)
        get("/api/deployment", self._deployment)
        self.plans.add_routes(app)
        self.add_order_routes(app)
        get("/api/journal", self._journal)
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
            return answers.no(401, "the head-end does not know this token")
        self.questions.append((request.path, dict(request.query)))
        return await handler(request)  # type: ignore[operator,no-any-return]

    async def _health(self, _: web.Request) -> web.Response:
        return answers.json_of(Health(version="0.1.0", now=self.city.now))

    async def _summary(self, _: web.Request) -> web.Response:
        return answers.json_of(self.city.summary())

    async def _storage(self, _: web.Request) -> web.Response:
        return answers.json_of(self.city.storage)

    async def _curve(self, _: web.Request) -> web.Response:
        return answers.list_of(small_city_night.curve())

    async def _timeline(self, request: web.Request) -> web.Response:
        until = self._then(request).now
        return answers.list_of(row for row in self.timeline if row.at <= until)

    async def _replay(self, request: web.Request) -> web.Response:
        await self.past_known.wait()
        if self.past_refused:
            return answers.no(self.past_refused, "store: away")
        return answers.json_of(
            small_city_past.replay_view(self.city, datetime.fromisoformat(request.query["at"]))
        )

    def _then(self, request: web.Request) -> SmallCity:
        """The city that a question is about."""
        at = request.query.get("at")
        return small_city_past.past_of(self.city, datetime.fromisoformat(at)) if at else self.city

    async def _light_points(self, _: web.Request) -> web.Response:
        return answers.list_of(self.city.light_points.values())

    async def _light_point(self, request: web.Request) -> web.Response:
        city = self._then(request)
        point = city.light_points.get(request.match_info["id"])
        if point is None:
            return answers.no(404, f"no light point {request.match_info['id']}")
        detail = small_city_night.detail(point, city.incidents)
        reason = self.reasons.get(point.id, detail.reason)
        return answers.json_of(detail.model_copy(update={"reason": reason}))

    async def _series(self, request: web.Request) -> web.Response:
        query = request.query
        return answers.list_of(
            small_city_night.day_of(query["metric"], float(query["step_s"]), float(query["hours"]))
        )

    async def _hotspots(self, _: web.Request) -> web.Response:
        return answers.list_of(small_city.hotspots())

    async def _access_points(self, _: web.Request) -> web.Response:
        return answers.list_of(self.city.access_points.values())

    async def _outlook(self, request: web.Request) -> web.Response:
        await self.history_known.wait()
        return answers.json_of(small_city_wifi.outlook(request.match_info["id"]))

    async def _outlooks(self, _: web.Request) -> web.Response:
        return answers.list_of(small_city_wifi.outlook(spot.id) for spot in small_city.hotspots())

    async def _history(self, request: web.Request) -> web.Response:
        device, metric = request.match_info["device"], Metric(request.query["metric"])
        if told := small_city_incidents.history(self.city, device, metric, request.query):
            await self.history_known.wait()
            return answers.no(503, "store: away") if self.history_away else answers.json_of(told)
        known = {radio.id for view in self.city.access_points.values() for radio in view.radios}
        if device not in known:
            return answers.no(404, f"{device}: never heard of")
        return answers.json_of(small_city_wifi.history(device, metric))

    async def _access_point_act(self, request: web.Request) -> web.Response:
        if self.role is not Role.SUPERVISOR:
            return answers.no(403, f"this needs the role supervisor; the token of Marie is {self.role}")
        asked = ActRequest.model_validate_json(await request.read())
        if not asked.dry_run:
            self.acts.append((request.match_info["id"], asked))
        return answers.json_of(small_city_wifi.act(self.city.access_points[request.match_info["id"]], asked))

    async def _incidents(self, request: web.Request) -> web.Response:
        return answers.list_of(self._then(request).incidents.values())

    async def _programmes(self, _: web.Request) -> web.Response:
        return answers.list_of([small_city_night.programme()])

    async def _calendars(self, _: web.Request) -> web.Response:
        return answers.list_of(small_city_night.calendars())

    async def _year(self, request: web.Request) -> web.Response:
        return answers.json_of(small_city_night.year(request.match_info["name"]))

    async def _deployment(self, _: web.Request) -> web.Response:
        return answers.json_of(self.plans.deployment())

    async def _journal(self, request: web.Request) -> web.Response:
        until = self._then(request).now
        return answers.list_of(entry for entry in small_city_night.journal() if entry.at <= until)

    async def _act(self, request: web.Request) -> web.Response:
        incident = self.city.incidents.get(request.match_info["id"])
        if incident is None:
            return answers.no(404, "no such incident")
        if request.match_info["act"] == "send":
            ticket = _ticket(incident)
            self.city.incidents[incident.id] = incident.model_copy(update={"ticket": ticket})
            return answers.json_of(ticket)
        changed = _changed(incident, request.match_info["act"], await request.read())
        self.city.incidents[incident.id] = changed
        return answers.json_of(changed)

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for portion in self._picture():
            await socket.send_str(portion.model_dump_json())
            await self.portions_come.wait()
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

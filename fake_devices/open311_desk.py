"""A desk that plays Allô Proximité: an Open311 GeoReport v2 server with FixMyStreet's updates, and its moods."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from aiohttp import web

from city.clock import Clock
from fake_devices.open311_documents import answer, ticket_document, update_document
from fake_devices.open311_moods import Mood, page
from fake_devices.open311_requests import (
    check_jurisdiction,
    check_key,
    cleaned,
    read_query,
    read_report,
    read_span,
    read_update,
)
from fake_devices.open311_services import (
    SERVICES,
    NotGranted,
    Problem,
    definition_document,
    discovery_document,
    refusal,
    service_document,
)
from fake_devices.open311_tickets import Ticket

HOST = "127.0.0.1"
ROOT = "/open311/v2"
FORMAT = "{kind:(?:json|xml)}"
KEY_BYTES = 8
BEFORE_NUMBER = "token-"
"""What a token has before its number."""
SHUTDOWN_S = 0.2
"""How long an answer in the making may still take when the desk closes, real seconds."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class _Refusal:
    """What the next creations and updates are answered with."""

    status: int
    problem: Problem
    times: int


class Open311Desk:
    """The server; it listens on a port of the loopback while its context is entered."""

    def __init__(self, clock: Clock) -> None:
        self.url = ""
        """The GeoReport root."""
        self.api_key = secrets.token_hex(KEY_BYTES)
        """What a client needs in order to create or update."""
        self.tickets: list[Ticket] = []
        """Every ticket, oldest first."""
        self.delay = 0.0
        """Real seconds before each answer; what was asked is done at once, so a client that gives up is not told."""
        self.away = False
        """Whether every connection dies without an answer."""
        self.moods: Callable[[web.Request], Mood] | None = None
        """What becomes of each request; without it, all is well."""
        self.formats = frozenset({"json", "xml"})
        """What it answers in; anything else is not found."""
        self.takes_updates = True
        """Whether it has FixMyStreet's updates; plain GeoReport v2 has none."""
        self.gives: Literal["number", "token", "nothing"] = "number"
        """What a creation is answered with: the specification's realtime, batch and blackbox services."""
        self.tokens_resolve = True
        """Whether a token has its number by now."""
        self.mood_delay = 0.0
        """Real seconds that a slow or late mood takes."""
        self._clock = clock
        self._refusal: _Refusal | None = None
        self._drop_answer = False
        self._late: set[asyncio.Task[web.StreamResponse]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def count(self) -> int:
        """How many tickets there are."""
        return len(self.tickets)

    def refuse_next(self, status: int, code: int, description: str, times: int = 1) -> None:
        """Answer the next creations or updates with an HTTP error, whatever they say, and do nothing else."""
        self._refusal = _Refusal(status, Problem(code, description), times)

    def drop_answer_once(self) -> None:
        """Do as the next creation or update says, but let the connection die before the answer."""
        self._drop_answer = True

    async def __aenter__(self) -> Self:
        """Start to listen."""
        app = web.Application(middlewares=[self._in_a_mood])
        app.add_routes(
            [
                web.get(f"{ROOT}/discovery.{FORMAT}", self._discovery),
                web.get(f"{ROOT}/services.{FORMAT}", self._services),
                web.get(f"{ROOT}/services/{{code}}.{FORMAT}", self._definition),
                web.post(f"{ROOT}/requests.{FORMAT}", self._create),
                web.get(f"{ROOT}/requests.{FORMAT}", self._list),
                web.get(f"{ROOT}/requests/{{number}}.{FORMAT}", self._one),
                web.get(f"{ROOT}/tokens/{{token}}.{FORMAT}", self._token),
                web.post(f"{ROOT}/servicerequestupdates.{FORMAT}", self._update),
                web.get(f"{ROOT}/servicerequestupdates.{FORMAT}", self._updates),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_S, handler_cancellation=True
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://{HOST}:{port}{ROOT}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Stop; tickets can still be read."""
        if self._runner:
            await self._runner.cleanup()
        await asyncio.gather(*self._late, return_exceptions=True)

    @web.middleware
    async def _in_a_mood(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer as the switches say, and refuse in the format that was asked for."""
        mood = self.moods(request) if self.moods else Mood.WELL
        if self.away or mood is Mood.CUT:
            return self._cut(request)
        if mood is Mood.PAGE:
            return page()
        given = await self._in_time(request, handler, mood)
        await asyncio.sleep(self.delay)
        lost = request.method == "POST" and self._drop_answer
        if lost or mood is Mood.LOST:
            self._drop_answer = self._drop_answer and not lost
            return self._cut(request)
        return given

    async def _in_time(self, request: web.Request, handler: Handler, mood: Mood) -> web.StreamResponse:
        """Do what is asked, or what the mood makes of it."""
        if mood is Mood.BUSY:
            return _refused(request, refusal(503, "busy"))
        if mood is Mood.CRM_DOWN:
            return _refused(request, refusal(400, "CRM is down"))
        if mood is Mood.LATE:
            late = asyncio.create_task(self._done_late(request, handler))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            return await asyncio.shield(late)
        given = await self._answered(request, handler)
        if mood is Mood.SLOW:
            await asyncio.sleep(self.mood_delay)
        if mood is Mood.DUPLICATE and given.status == 200 and request.path.startswith(f"{ROOT}/requests."):
            posted = request.method == "POST"
            return _refused(request, refusal(400, "base is a duplicate")) if posted else given
        return given

    async def _done_late(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        await asyncio.sleep(self.mood_delay)
        return await self._answered(request, handler)

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.rpartition(".")[2] not in self.formats:
                raise web.HTTPNotFound
            if request.method == "POST":
                self._refuse_if_told()
            return await handler(request)
        except NotGranted as refused:
            return _refused(request, refused)
        except web.HTTPException as error:
            return _refused(request, refusal(error.status, error.reason))

    def _refuse_if_told(self) -> None:
        if self._refusal and self._refusal.times > 0:
            self._refusal.times -= 1
            raise NotGranted(self._refusal.status, [self._refusal.problem])

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _discovery(self, request: web.Request) -> web.Response:
        return answer(request.match_info["kind"], "discovery", discovery_document(self.url, self.formats))

    async def _services(self, request: web.Request) -> web.Response:
        check_jurisdiction(cleaned(request.query))
        listed = [service_document(service, self.gives) for service in SERVICES.values()]
        return answer(request.match_info["kind"], "services", listed)

    async def _definition(self, request: web.Request) -> web.Response:
        check_jurisdiction(cleaned(request.query))
        service = SERVICES.get(request.match_info["code"])
        if service is None or not service.attributes:
            raise refusal(404, "service_code is not known, or has no definition")
        return answer(request.match_info["kind"], "service_definition", definition_document(service))

    async def _create(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        now = self._clock.now()
        ticket = read_report(form, self._number(now), now)
        self.tickets.append(ticket)
        created: dict[str, object] = {"service_notice": None, "account_id": None}
        if self.gives == "number":
            created["service_request_id"] = ticket.id
        elif self.gives == "token":
            created["token"] = f"{BEFORE_NUMBER}{ticket.id}"
        return answer(request.match_info["kind"], "service_requests", [created])

    async def _list(self, request: web.Request) -> web.Response:
        query = cleaned(request.query)
        check_jurisdiction(query)
        found = read_query(query, self._clock.now()).select(self.tickets)
        return self._listed(request, found)

    async def _one(self, request: web.Request) -> web.Response:
        check_jurisdiction(cleaned(request.query))
        return self._listed(request, [self._ticket(request.match_info["number"])])

    async def _token(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        ticket = self._ticket(token.removeprefix(BEFORE_NUMBER))
        found = {"service_request_id": ticket.id, "token": token} if self.tokens_resolve else {"token": token}
        return answer(request.match_info["kind"], "service_requests", [found])

    async def _update(self, request: web.Request) -> web.Response:
        if not self.takes_updates:
            raise refusal(404, "no such resource")
        update = read_update(await self._form(request))
        self._ticket(update.ticket).take(update)
        taken = {"update_id": update.id}
        return answer(request.match_info["kind"], "service_request_updates", [taken])

    async def _updates(self, request: web.Request) -> web.Response:
        query = cleaned(request.query)
        check_jurisdiction(query)
        check_key(query, self.api_key)
        problems: list[str] = []
        start, end = read_span(query, self._clock.now(), problems)
        if problems:
            raise refusal(400, *problems)
        updates = [
            update for ticket in self.tickets for update in ticket.updates if start <= update.at <= end
        ]
        listed = [update_document(update) for update in sorted(updates, key=lambda update: update.at)]
        return answer(request.match_info["kind"], "service_request_updates", listed)

    async def _form(self, request: web.Request) -> dict[str, str]:
        """What was posted, once the jurisdiction and the key are right."""
        posted = await request.post()
        form = cleaned({key: value for key, value in posted.items() if isinstance(value, str)})
        check_jurisdiction(form)
        check_key(form, self.api_key)
        return form

    def _number(self, now: datetime) -> str:
        return f"{now.year}-{self.count + 1:05d}-M"

    def _ticket(self, number: str) -> Ticket:
        for ticket in self.tickets:
            if ticket.id == number:
                return ticket
        raise refusal(404, "service_request_id is not known")

    @staticmethod
    def _listed(request: web.Request, tickets: list[Ticket]) -> web.Response:
        extended = request.query.get("extensions") == "true"
        listed = [ticket_document(ticket, extended=extended) for ticket in tickets]
        return answer(request.match_info["kind"], "service_requests", listed)


def _refused(request: web.Request, refused: NotGranted) -> web.Response:
    kind = "xml" if request.path.endswith(".xml") else "json"
    listed = [{"code": problem.code, "description": problem.description} for problem in refused.problems]
    return answer(kind, "errors", listed, refused.status)

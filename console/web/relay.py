"""What stands between the visitors' consoles and the head-end: one live feed for all, and each one's own calls.

It listens on a Unix socket in a folder that nobody else may enter, and still gives nothing without the token of
somebody who is signed in.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from yarl import URL

from city.errors import FalotierError, Refused
from console.calls import CONNECT_TIMEOUT_S, MAKING_TIMEOUT_S
from console.client import Link
from console.failures import why
from console.hostile import clean
from console.web.feed import Feed
from console.web.picture import Mailbox, written_link
from console.web.sessions import Sessions
from console.web.shared import SHARED, Answer, SharedAnswers
from console.web.socket_folder import socket_path

SEND_S = 30.0
"""A console that takes nothing for so long is let go."""
COMPLETE_AT_ONCE = 4
"""Whole pictures on their way at the same time: each is megabytes, and everybody needs one when a head-end is back."""
LARGEST_REQUEST_BYTES = 8 * 1024 * 1024
PASSED_ON = ("Authorization", "Content-Type", "Accept")
PASSED_BACK = ("Content-Type", "Content-Length", "Content-Disposition", "Retry-After")
TOKEN = web.RequestKey("token", str)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("console.web")


class Relay:
    """Serves visitors' consoles as a head-end would."""

    def __init__(
        self,
        head_end: str,
        sessions: Sessions,
        known: Callable[[str], Awaitable[object]],
        recheck: Callable[[], Awaitable[None]],
    ) -> None:
        """``known`` raises Refused for a token that is none any more; ``recheck`` does so for all."""
        self.feed = Feed(head_end, sessions.tokens, recheck)
        self._head_end = head_end.rstrip("/")
        self._sessions = sessions
        self._known = known
        self._shared = SharedAnswers()
        self._complete = asyncio.Semaphore(COMPLETE_AT_ONCE)
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Path]:
        """Serve; gives the path of the socket."""
        app = web.Application(middlewares=[self._signed_in], client_max_size=LARGEST_REQUEST_BYTES)
        app.router.add_get("/api/live", self._live)
        app.router.add_route("*", "/api/{path:.+}", self._call)
        patience = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S, sock_read=MAKING_TIMEOUT_S)
        # A visitor who stops waiting has the head-end stop working for him.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        with socket_path() as path:
            async with (
                aiohttp.ClientSession(
                    timeout=patience,
                    connector=aiohttp.TCPConnector(limit=0),
                    auto_decompress=False,
                    skip_auto_headers=("Accept-Encoding", "User-Agent"),
                ) as self._http,
            ):
                await runner.setup()
                listening = asyncio.create_task(self.feed.run())
                listening.add_done_callback(_report)
                try:
                    await web.UnixSite(runner, path).start()
                    yield path
                finally:
                    listening.cancel()
                    await runner.cleanup()

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._sessions.tokens():
            return _no(401, "sign in first")
        request[TOKEN] = token
        return await handler(request)

    # -- the feed --------------------------------------------------------------------------------------------

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        try:
            with self.feed.listen(request[TOKEN]) as mailbox:
                async with asyncio.TaskGroup() as tasks:
                    reading = tasks.create_task(_until_gone(socket, mailbox))
                    await self._push(socket, mailbox)
                    reading.cancel()
        except* (ConnectionError, TimeoutError):
            pass  # the console went away, or stopped reading
        await socket.close()
        return socket

    async def _push(self, socket: web.WebSocketResponse, mailbox: Mailbox) -> None:
        """Tell a visitor all that is new, as fast as he takes it; returns when he is to be told no more."""
        while True:
            await mailbox.news()
            if mailbox.is_over:
                return
            if not mailbox.is_complete_due:
                await self._tell(socket, mailbox)
            elif await self._is_known(mailbox.token):
                async with self._complete:
                    await self._tell(socket, mailbox)
            else:
                return

    async def _tell(self, socket: web.WebSocketResponse, mailbox: Mailbox) -> None:
        if mailbox.is_over:
            return
        for item in mailbox.take(self.feed.picture):
            async with asyncio.timeout(SEND_S):
                if isinstance(item, Link):
                    await socket.send_str(written_link(item))
                else:
                    await socket.send_bytes(item)

    async def _is_known(self, token: str) -> bool:
        """Whether the head-end says so: asked before anybody is shown the city, and when it has been away."""
        try:
            await self._known(token)
        except Refused as error:
            self._sign_out(token, str(error))
        except FalotierError:
            pass  # he asks again by himself
        else:
            return True
        return False

    def _sign_out(self, token: str, told: str) -> None:
        log.info("web: signed out: %s", clean(told))
        self._sessions.forget(token)

    # -- calls -----------------------------------------------------------------------------------------------

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Pass a call on with its own token; what anybody may read is asked once for all who ask it together."""
        if request.method != "GET":
            self._shared.forget()
            try:
                return await self._passed(request)
            finally:
                self._shared.forget()
        if not SHARED.fullmatch(request.rel_url.raw_path):
            return await self._passed(request)
        async with self._shared.place(request.rel_url.raw_path_qs) as place:
            if place.answer is None:
                answer = await self._answer(request)
                self._shared.keep(place, answer)
            else:
                answer = place.answer
        return web.Response(
            status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type}
        )

    async def _answer(self, request: web.Request) -> Answer:
        try:
            async with self._asked(request, b"") as told:
                return Answer(told.status, told.headers.get("Content-Type", ""), await told.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Answer(503, "application/json", _no(503, self._away(error)).body)  # type: ignore[arg-type]

    async def _passed(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        answer: web.StreamResponse | None = None
        try:
            async with self._asked(request, body) as told:
                answer = web.StreamResponse(status=told.status, headers=_only(told.headers, PASSED_BACK))
                await answer.prepare(request)
                async for chunk in told.content.iter_any():
                    await answer.write(chunk)
                await answer.write_eof()
                return answer
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if answer is not None and answer.prepared:
                raise  # half an answer: the connection is cut, so that nobody takes it for whole
            return _no(503, self._away(error))

    @asynccontextmanager
    async def _asked(self, request: web.Request, body: bytes) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._http is None:
            raise RuntimeError("the relay is not open")
        url = URL(self._head_end + request.rel_url.raw_path_qs, encoded=True)
        headers = _only(request.headers, PASSED_ON)
        async with self._http.request(
            request.method, url, data=body or None, headers=headers, allow_redirects=False
        ) as told:
            if told.status == 401:
                self._sign_out(request[TOKEN], "a token that the head-end knows no more")
            yield told

    def _away(self, error: Exception) -> str:
        return f"{self._head_end}: {why(error)}"


async def _until_gone(socket: web.WebSocketResponse, mailbox: Mailbox) -> None:
    """Consoles say nothing here; whatever comes is only read to learn that they are gone."""
    async for _ in socket:
        pass
    mailbox.end()


def _report(listening: "asyncio.Task[None]") -> None:
    if not listening.cancelled() and (error := listening.exception()):
        log.critical("web: the feed has ended, nobody is told anything any more", exc_info=error)


def _only(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


def _no(status: int, line: str) -> web.Response:
    return web.json_response({"error": line}, status=status)

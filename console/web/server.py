"""The web server: nothing of the console without a token that the head-end knows."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import textual_serve
from aiohttp import web

from city.errors import FalotierError, Refused
from console.client import ApiClient
from console.hostile import clean
from console.i18n import Code
from console.web.pages import HEADERS, Pages
from console.web.relay import Relay
from console.web.sessions import Now, Session, Sessions, Tries
from console.web.visits import CLOSE_WITHIN_S, HEARTBEAT_S, LARGEST_MESSAGE_BYTES, Downloads, Visit, Visits

COOKIE = "falotier_session"
SESSION = web.RequestKey("session", Session)
"""Whose a request is; every handler but those of signing in has it."""
LARGEST_FORM_BYTES = 16 * 1024
CHECKS_AT_ONCE = 4
"""Tokens that the head-end is asked about at the same time: a flood of tries is no flood for it."""
MOST_VISITORS = 8
RECHECK_S = 60.0
"""How often the head-end is asked whether it still knows the tokens of those who are signed in."""
SHUTDOWN_S = 10.0
"""Longer than a console may take to end."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,256}")
_HOST = re.compile(r"[\w.\-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("console.web")


class WebConsole:
    """Serves consoles of one head-end to browsers."""

    def __init__(self, head_end: str, *, visitors: int = MOST_VISITORS, now: Now = time.monotonic) -> None:
        self.visits = Visits(visitors)
        self.sessions = Sessions(self._dropped, now=now)
        self.relay = Relay(head_end, self.sessions, self._known, self.recheck)
        self._head_end = head_end
        self._socket_path = ""
        self._pages = Pages()
        self._tries = Tries(now)
        self._downloads = Downloads()
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve; gives the port. At the end every console is ended."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        watch = asyncio.create_task(self._watch())
        try:
            async with self.relay.serving() as path:
                self._socket_path = str(path)
                await web.TCPSite(runner, host, port).start()
                try:
                    yield runner.addresses[0][1]
                finally:
                    await runner.cleanup()  # the consoles end before what they speak through
        finally:
            watch.cancel()
            await runner.cleanup()

    async def recheck(self) -> None:
        """Sign out whose token was taken back; nobody, where the head-end does not answer."""
        for token in self.sessions.tokens():
            try:
                await self._known(token)
            except Refused as error:
                log.info("web: signed out: %s", clean(str(error)))
                self.sessions.forget(token)
            except FalotierError as error:
                log.warning("web: %s", clean(str(error)))
                return

    def _dropped(self, session: Session) -> None:
        self.visits.leave(session)
        self.relay.feed.check()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            await self.recheck()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._signed_in], client_max_size=LARGEST_FORM_BYTES)
        app.router.add_get("/", self._console)
        app.router.add_get("/sign-in", self._ask)
        app.router.add_post("/sign-in", self._sign_in)
        app.router.add_post("/sign-out", self._sign_out)
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/download/{key}", self._download)
        app.router.add_static("/static", Path(textual_serve.__path__[0]) / "static")
        app.router.add_static("/assets", Path(str(files("console") / "web" / "assets")))
        app.on_response_prepare.append(_harden)
        app.on_shutdown.append(self._end)
        return app

    async def _end(self, _: web.Application) -> None:
        await self.visits.end()

    # -- who may ---------------------------------------------------------------------------------------------

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only signing in is open to those who have not; and only our own pages may ask."""
        is_act = request.method not in ("GET", "HEAD") or request.path == "/ws"
        if is_act and not _is_from_our_page(request):
            raise web.HTTPForbidden(text="asked from another site")
        if request.path == "/sign-in" or request.path.startswith("/assets/"):
            return await handler(request)
        session = self.sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            if request.path in ("/", "/sign-out"):
                raise web.HTTPSeeOther("/sign-in")
            raise web.HTTPUnauthorized(text="sign in first")
        request[SESSION] = session
        return await handler(request)

    # -- signing in and out ----------------------------------------------------------------------------------

    async def _ask(self, request: web.Request) -> web.Response:
        return _page(self._pages.sign_in(_language(request, request.query.get("language"))))

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        token, asked = form.get("token"), form.get("language")
        language = _language(request, asked if isinstance(asked, str) else None)
        words, address = self._pages.words[language], _address(request)
        wait_s = self._tries.take(address)
        if wait_s:
            log.warning("web: too many tries from %s", address)
            told = words.t("Too many tries. Try again in {seconds} s.", seconds=int(wait_s) + 1)
            page = _page(self._pages.sign_in(language, told), 429)
            page.headers["Retry-After"] = str(int(wait_s) + 1)
            return page
        try:
            token = await self._known(token.strip() if isinstance(token, str) else "")
        except Refused as error:
            log.warning("web: refused from %s: %s", address, clean(str(error)))
            told = words.t("The head-end does not know this token.")
            return _page(self._pages.sign_in(language, told), 401)
        except FalotierError as error:
            self._tries.forgive(address)
            log.warning("web: %s", clean(str(error)))
            return _page(self._pages.sign_in(language, words.t("The head-end does not answer.")), 503)
        self._tries.forgive(address)
        self.sessions.close(request.cookies.get(COOKIE, ""))
        return self._welcome(request, self.sessions.open(token, language))

    async def _known(self, token: str) -> str:
        """The token, if the head-end knows it.

        Raises:
            Refused: it does not.
            FalotierError: it does not answer, or not as a head-end.
        """
        if not _TOKEN.fullmatch(token):
            raise Refused("this is no token")
        async with self._checks, ApiClient(self._head_end, token) as client:
            await client.summary()
        return token

    def _welcome(self, request: web.Request, secret: str) -> web.Response:
        answer = _see("/")
        answer.set_cookie(
            COOKIE,
            secret,
            max_age=int(self.sessions.lifetime_s),
            httponly=True,
            samesite="Strict",
            secure=_is_https(request),
        )
        log.info("web: signed in from %s", _address(request))
        return answer

    async def _sign_out(self, request: web.Request) -> web.Response:
        open_pages = self.visits.of(request[SESSION])
        self.sessions.close(request.cookies.get(COOKIE, ""))
        await self.visits.end(open_pages)
        answer = _see("/sign-in")
        answer.del_cookie(COOKIE, httponly=True, samesite="Strict", secure=_is_https(request))
        return answer

    # -- the console -----------------------------------------------------------------------------------------

    async def _console(self, request: web.Request) -> web.Response:
        session = request[SESSION]
        if request.query_string:
            # textual-serve's page acts on some queries; nobody's link is to make it do so.
            raise web.HTTPSeeOther("/")
        if not self.visits.has_room(session):
            return _page(self._pages.full(session.language, self.visits.most), 503)
        if not _HOST.fullmatch(request.host):
            raise web.HTTPBadRequest(text="not a host")
        socket = f"{'wss' if _is_https(request) else 'ws'}://{request.host}/ws"
        return _page(self._pages.console(session.language, socket))

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        session = request[SESSION]
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, timeout=CLOSE_WITHIN_S, max_msg_size=LARGEST_MESSAGE_BYTES
        )
        visit = Visit(session, self._errand(session), socket, self._downloads)
        try:
            await self.visits.attend(visit, request, self.sessions.left_s(session))
        finally:
            if socket.prepared:
                await socket.close()
        return socket

    def _errand(self, session: Session) -> dict[str, str]:
        """What a visitor's console is told."""
        return {
            "url": self._head_end,
            "relay": self._socket_path,
            "token": session.token,
            "language": session.language,
        }

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Hand over a file, to the browser whose console made it alone."""
        key = request.match_info["key"]
        try:
            download = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="no such file") from None
        if download.app_service not in self.visits.of(request[SESSION]):
            raise web.HTTPNotFound(text="no such file")
        answer = web.StreamResponse()
        name = _NOT_IN_FILE_NAMES.sub("_", download.file_name)
        answer.content_type = "application/octet-stream"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        await answer.prepare(request)
        async for chunk in self._downloads.download(key):
            await answer.write(chunk)
        await answer.write_eof()
        return answer


async def _harden(_: web.Request, answer: web.StreamResponse) -> None:
    answer.headers.update(HEADERS)


def _page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


def _see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


def _is_from_our_page(request: web.Request) -> bool:
    """Whether the browser says that the page that asks was served under the name that is asked."""
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _is_local(address: str | None) -> bool:
    return address is not None and _is_address(address) and ip_address(address).is_loopback


def _is_https(request: web.Request) -> bool:
    """Whether the browser speaks TLS, to us or to what stands before us."""
    return request.secure or request.headers.get("X-Forwarded-Proto") == "https"


def _address(request: web.Request) -> str:
    """Who asks; a proxy on this machine is believed when it says for whom."""
    told = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    if _is_local(request.remote) and _is_address(told):
        return told
    return str(request.remote)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _language(request: web.Request, asked: str | None) -> Code:
    """What was asked for, else the first of ours that the browser would like, else French."""
    wishes = [asked or "", *request.headers.get("Accept-Language", "").split(",")]
    for wish in wishes:
        code = wish.strip()[:2].lower()
        if code in ("fr", "en"):
            return "en" if code == "en" else "fr"
    return "fr"

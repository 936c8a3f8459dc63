"""Browsers before a web console over the fake head-end, as far as its server can tell."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import aiohttp

from city.messages import Role
from console.web.server import WebConsole
from console.web.sessions import Now
from tests.console.fake_headend import TOKEN, FakeHeadEnd, fake_headend

DRAWN_WITHIN_S = 20.0


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Page:
    """An open console, as textual-serve's script has it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.drawn = b""

    async def shows(self, text: str) -> None:
        """Wait until the console has drawn this."""
        async with asyncio.timeout(DRAWN_WITHIN_S):
            while text.encode() not in self.drawn:
                await self._next()

    async def told(self, kind: str) -> str:
        """Wait for what the server tells the script."""
        async with asyncio.timeout(DRAWN_WITHIN_S):
            while True:
                message = await self._next()
                if message.type is aiohttp.WSMsgType.TEXT:
                    said, body = json.loads(message.data)
                    if said == kind:
                        return str(body)

    async def closed(self) -> None:
        """Wait until the server has closed it."""
        async with asyncio.timeout(DRAWN_WITHIN_S):
            async for _ in self.socket:
                pass

    async def press(self, keys: str) -> None:
        await self.socket.send_str(json.dumps(["stdin", keys]))

    async def _next(self) -> aiohttp.WSMessage:
        message = await self.socket.receive()
        assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, "the console is closed"
        if message.type is aiohttp.WSMsgType.BINARY:
            self.drawn += message.data
        return message


class Browser:
    """Cookies of its own, and an origin."""

    def __init__(self, url: str, address: str = "") -> None:
        self.url = url
        self.headers = {"Origin": url, "Accept-Language": "fr-FR,fr;q=0.9"}
        if address:
            self.headers["X-Forwarded-For"] = address

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession(
            self.url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers=self.headers
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def get(self, path: str) -> tuple[int, str]:
        """What stands at a path, without going where it leads: the status, and the text or where it leads to."""
        async with self.http.get(path, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text(errors="replace")

    async def sign_in(self, token: str = TOKEN, **headers: str) -> tuple[int, str]:
        """Send the form: the status, and the page or where it leads."""
        form = {"token": token, "language": "fr"}
        async with self.http.post("/sign-in", data=form, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def sign_out(self) -> None:
        async with self.http.post("/sign-out", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/sign-in"

    @asynccontextmanager
    async def console(self, size: str = "width=100&height=30", **headers: str) -> AsyncIterator[Page]:
        """Open a console."""
        async with self.http.ws_connect(f"/ws?{size}", headers=headers, max_msg_size=0) as socket:
            yield Page(socket)

    async def refused(self, **headers: str) -> int:
        """With which status a console is refused."""
        try:
            async with self.console(**headers):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status


@asynccontextmanager
async def served(
    visitors: int = 8, now: Now = time.monotonic
) -> AsyncIterator[tuple[WebConsole, str, FakeHeadEnd]]:
    """A web console before an observer's head-end; gives its URL too."""
    async with fake_headend() as (head, _):
        head.role = Role.OBSERVER
        console = WebConsole(head.url, visitors=visitors, now=now)
        async with console.serving("127.0.0.1", 0) as port:
            yield console, f"http://127.0.0.1:{port}", head


def children(parent: int) -> dict[int, Path]:
    """The processes that a process has started and that are not over, with their folders in /proc."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _parent(folder) == parent:
            found[int(folder.name)] = folder
    return found


def consoles_of(parent: int) -> dict[int, Path]:
    """The consoles among them."""
    return {
        pid: folder
        for pid, folder in children(parent).items()
        if b"console.web.visitor" in (folder / "cmdline").read_bytes()
    }


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is over and not yet fetched does not."""
    return _parent(Path(f"/proc/{pid}")) is not None


def _parent(folder: Path) -> int | None:
    try:
        state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(parent)


def our_consoles() -> dict[int, Path]:
    """The consoles that the server in this process has started."""
    return consoles_of(os.getpid())

"""Visitors and their processes: textual-serve's, started without a shell, bounded in number, ended for certain."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from console.web.sessions import Session

END_WITHIN_S = 8.0
"""How long a console may take to leave by itself before it is made to."""
HEARTBEAT_S = 15.0
CLOSE_WITHIN_S = 2.0
"""How long a browser may take to agree that a page is closed."""
LARGEST_MESSAGE_BYTES = 256 * 1024
"""What a browser may send at once: a long paste."""
LONGEST_PING = 64
COLUMNS = (20, 500)
ROWS = (5, 200)
"""The screens that are drawn, whatever a browser asks for."""

log = logging.getLogger("console.web")


class Downloads(DownloadManager):
    """Files on their way to a browser; what was never fetched is forgotten with its visitor."""

    async def cancel_app_downloads(self, app_service_id: str) -> None:
        """End and forget the downloads of a visitor."""
        await super().cancel_app_downloads(app_service_id)
        self._active_downloads = {
            key: download
            for key, download in self._active_downloads.items()
            if download.app_service.app_service_id != app_service_id
        }


class Visit(AppService):
    """One open page and the console behind it."""

    def __init__(
        self,
        session: Session,
        errand: Mapping[str, str],
        socket: web.WebSocketResponse,
        downloads: Downloads,
    ) -> None:
        super().__init__(
            "",
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=self._close,
            download_manager=downloads,
        )
        self.session = session
        self.gone = asyncio.Event()
        self._errand = errand
        self._socket = socket
        self._limit: asyncio.Timeout | None = None
        self._leash: int | None = None

    async def attend(self, request: web.Request, left_s: float) -> None:
        """Run a console for this page until the page closes, the console ends, or the session does."""
        try:
            async with asyncio.timeout(left_s) as self._limit:
                await self._socket.prepare(request)
                await self.start(*_size(request.query))
                if self._task:
                    self._task.add_done_callback(lambda _: self.leave())
                async for message in self._socket:
                    if message.type is WSMsgType.TEXT:
                        await self._heard(message.data)
        except TimeoutError:
            pass
        finally:
            self._limit = None
            try:
                await self.stop()
            finally:
                self.gone.set()

    def leave(self) -> None:
        """Have this visit end soon."""
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())

    async def stop(self) -> None:
        """Ask the console to leave, and make it if it does not; returns when its process is no more."""
        process, task = self._process, self._task
        if process is None:
            return
        await self._download_manager.cancel_app_downloads(self.app_service_id)
        self._drop_leash()
        with suppress(ProcessLookupError):
            process.terminate()  # one that is still loading looks at no pipe
        try:
            async with asyncio.timeout(END_WITHIN_S):
                await process.wait()
        except TimeoutError:
            log.warning("web: a console did not leave by itself and was ended")
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if task is not None:
            await task

    async def on_data(self, payload: bytes) -> None:
        """Show what the console drew; where nobody looks any more it is thrown away, so that it can leave."""
        with suppress(ConnectionError):
            await super().on_data(payload)

    async def _close(self) -> None:
        self.leave()

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        """The server's own, without what says where somebody's token is."""
        environment: dict[str, str] = super()._build_environment(width, height)
        return {name: value for name, value in environment.items() if not name.startswith("FALOTIER_")}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start the console, and tell it through a pipe of its own whose it is."""
        read_end, self._leash = os.pipe()
        try:
            os.write(
                self._leash, json.dumps(self._errand).encode() + b"\n"
            )  # a pipe holds far more than this
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "console.web.visitor", str(read_end)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=self._build_environment(width, height),
                pass_fds=(read_end,),
                start_new_session=True,  # ctrl+c in the server's terminal is the server's to answer
            )
        except BaseException:
            self._drop_leash()
            raise
        finally:
            os.close(read_end)
        self._stdin = process.stdin
        return process

    def _drop_leash(self) -> None:
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None

    async def _heard(self, text: str) -> None:
        """Do what the page asks; what is no request of textual-serve's page is left alone."""
        try:
            kind, body = (*json.loads(text), None)[:2]
        except (ValueError, TypeError):
            return
        if kind == "stdin" and isinstance(body, str):
            await self.send_bytes(body.encode(errors="replace"))
        elif kind == "resize" and isinstance(body, dict):
            await self.set_terminal_size(*_size(body))
        elif kind == "ping" and isinstance(body, str):
            await self._socket.send_str(json.dumps(["pong", body[:LONGEST_PING]]))
        elif kind == "blur":
            await self.blur()
        elif kind == "focus":
            await self.focus()


class Visits:
    """All that are open."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: list[Visit] = []

    def __len__(self) -> int:
        return len(self._open)

    def of(self, session: Session) -> list[Visit]:
        """The pages that one browser has open, oldest first."""
        return [visit for visit in self._open if visit.session is session]

    def has_room(self, session: Session) -> bool:
        """Whether somebody may come in: there is room, or one of their own pages can make it."""
        return len(self._open) < self.most or bool(self.of(session))

    async def attend(self, visit: Visit, request: web.Request, left_s: float) -> None:
        """Run a visit to its end.

        Raises:
            HTTPServiceUnavailable: there are too many.
        """
        while len(self._open) >= self.most:
            own = self.of(visit.session)
            if not own:
                raise web.HTTPServiceUnavailable(text="too many visitors")
            own[0].leave()
            await own[0].gone.wait()
        self._open.append(visit)
        try:
            await visit.attend(request, left_s)
        finally:
            self._open.remove(visit)

    def leave(self, session: Session) -> None:
        """Have the pages of a session end soon."""
        for visit in self.of(session):
            visit.leave()

    async def end(self, visits: list[Visit] | None = None) -> None:
        """End some visits, or all, and wait until their processes are no more."""
        ending = list(self._open) if visits is None else visits
        for visit in ending:
            visit.leave()
        for visit in ending:
            await visit.gone.wait()


def _size(asked: Mapping[str, Any]) -> tuple[int, int]:
    """Columns and rows, within reason."""
    return _within(COLUMNS, asked.get("width"), 80), _within(ROWS, asked.get("height"), 24)


def _within(bounds: tuple[int, int], asked: object, otherwise: int) -> int:
    try:
        value = int(asked) if isinstance(asked, (int, str)) else otherwise
    except ValueError:
        value = otherwise
    return min(max(value, bounds[0]), bounds[1])

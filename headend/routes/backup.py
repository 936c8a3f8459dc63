"""A backup, sent while it is read from the disk."""

import asyncio
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from city.messages import JournalEntry
from headend.backup import Backups, Copy
from headend.routes.gate import Supervisor, TheCore

router = APIRouter()

TAKE_REAL_S = 60.0
"""Real seconds for which whoever reads a backup may take nothing of it."""


@router.post("/backup")
async def backup(request: Request, core: TheCore, token: Supervisor) -> StreamingResponse:
    """Records, telemetry, settings and the files that they name, as a tar: a supervisor's, for it holds passwords."""
    entry = JournalEntry(at=core.clock.now(), by=token.name, act="backup", subject="head-end", text="")
    await core.records.add_journal(entry)
    backups = cast("Backups", request.app.state.backups)
    return Sent(backups, await backups.make())


class Sent(StreamingResponse):
    """Sends a copy, and takes it away however that ends: also when its reader goes away, or falls asleep."""

    def __init__(self, backups: Backups, copy: Copy) -> None:
        super().__init__(
            copy.chunks(), media_type="application/x-tar", headers={"Content-Length": str(copy.size)}
        )
        self._backups = backups
        self._copy = copy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(TAKE_REAL_S):
                await send(message)

        try:
            await super().__call__(scope, receive, send_in_time)
        except* TimeoutError:
            pass  # the connection is closed, and so whoever reads it learns that it is torn
        finally:
            await self._backups.end(self._copy)

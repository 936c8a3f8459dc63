"""The live feed: the whole picture first, then only what has changed, never faster than a console can take it."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from city.errors import Unreachable
from city.messages import Live, Role
from headend.core import Core
from headend.routes.gate import bearer, core_of, metrics_of

router = APIRouter()

PACE_REAL_S = 0.5
"""Real seconds between two pushes, at least."""
PORTION = 2_000
"""Light points of the whole picture in one message: a console reads one in a few hundredths of a second."""
SEND_REAL_S = 30.0
"""Real seconds after which a console that takes nothing is let go."""


@router.websocket("/live")
async def live(console: WebSocket) -> None:
    """Push what changes until the console goes away."""
    try:
        await bearer(console, Role.OBSERVER)
    except HTTPException as error:
        await console.send_denial_response(JSONResponse({"error": error.detail}, error.status_code))
        return
    except Unreachable as error:
        await console.send_denial_response(JSONResponse({"error": str(error)}, 503))
        return
    await console.accept()
    feed, metrics = Feed(core_of(console)), metrics_of(console)
    metrics.consoles += 1
    try:
        async with asyncio.TaskGroup() as tasks:
            pushing = tasks.create_task(_push(console, feed))
            await _until_gone(console)
            pushing.cancel()
    except* (WebSocketDisconnect, TimeoutError):
        pass  # the console went away, or stopped reading
    finally:
        metrics.consoles -= 1


async def _until_gone(console: WebSocket) -> None:
    """Consoles say nothing here; whatever comes is only read to learn that they are gone."""
    while (await console.receive())["type"] != "websocket.disconnect":
        pass


async def _push(console: WebSocket, feed: "Feed") -> None:
    async for portion in feed.complete():
        await _send(console, portion)
    while True:
        await asyncio.sleep(PACE_REAL_S)
        await _send(console, await feed.changed())


async def _send(console: WebSocket, message: Live) -> None:
    async with asyncio.timeout(SEND_REAL_S):
        # Waits while the console's buffers are full: what changes meanwhile comes as one message.
        await console.send_text(message.model_dump_json())


class Feed:
    """What one console has been told."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lamps = 0
        self._incidents = 0
        self._access_points = 0

    async def complete(self) -> AsyncIterator[Live]:
        """The whole picture: what is seen in one look at once, then the light points in portions."""
        core = self._core
        core.lamps.refresh()
        # What changes while the portions are made is told again as a change.
        self._note_versions()
        names = list(core.lamps.all)
        yield Live(
            summary=core.views.summary(),
            incidents=tuple(core.views.incident(incident) for incident in core.watch.live),
            access_points=core.hotspots.access_points(),
            more=bool(names),
        )
        for start in range(0, len(names), PORTION):
            end = start + PORTION
            rows = await core.views.light_points(names[start:end])
            yield Live(light_points=tuple(rows), more=end < len(names))

    async def changed(self) -> Live:
        """What has changed since the last message."""
        core = self._core
        core.lamps.refresh()
        lamps = list(core.lamps.changes.since(self._lamps))
        incidents = list(core.watch.changes.since(self._incidents))
        access_points = list(core.hotspots.changes.since(self._access_points))
        self._note_versions()
        known = core.watch.incidents
        return Live(
            summary=core.views.summary(),
            light_points=tuple(await core.views.light_points(lamps)),
            incidents=tuple(core.views.incident(known[each]) for each in incidents if each in known),
            access_points=core.hotspots.access_points(access_points),
        )

    def _note_versions(self) -> None:
        core = self._core
        self._lamps = core.lamps.changes.version
        self._incidents = core.watch.changes.version
        self._access_points = core.hotspots.changes.version

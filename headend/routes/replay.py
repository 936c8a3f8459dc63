"""The past: the whole city at an instant of the last two days, and what other routes need to answer of it."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import HTTPConnection

from city.errors import BadInput
from city.history import EARLIEST, LATEST
from headend.past_city import PastCity
from headend.replay import Replay
from headend.routes.gate import Observer

router = APIRouter(prefix="/replay")

LONGEST = 40
"""Characters of an instant."""


def replay_of(connection: HTTPConnection) -> Replay:
    """The past of the head-end behind a request."""
    return cast("Replay", connection.app.state.replay)


TheReplay = Annotated[Replay, Depends(replay_of)]


def instant_of(text: str) -> datetime:
    """An instant in ISO 8601 with its offset. Raises BadInput when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"at: got {text!r:.60}, expected for instance 2026-11-29T02:12:00Z") from error
    if at.tzinfo is None:
        raise BadInput(f"at: got {text!r:.60}, expected its offset too: 2026-11-29T02:12:00Z")
    if not EARLIEST <= at <= LATEST:
        raise BadInput(f"at: got {text!r:.60}, expected an instant of our time")
    return at.astimezone(UTC)


async def _past(
    replay: TheReplay, _: Observer, at: Annotated[str | None, Query(max_length=LONGEST)] = None
) -> PastCity | None:
    return None if at is None else await replay.at(instant_of(at))


Past = Annotated[PastCity | None, Depends(_past)]
"""The past instant that a question is about; None: the present."""


@router.get("")
async def replay(past: TheReplay, _: Observer, at: Annotated[str, Query(max_length=LONGEST)]) -> Response:
    """The whole city at an instant; dumped at once, since there may be twenty thousand light points."""
    view = await past.view(instant_of(at))
    return Response(await asyncio.to_thread(view.model_dump_json), media_type="application/json")

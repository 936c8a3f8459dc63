"""The city as a whole: health, summary, tonight's curve, journal, timeline."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query

from city.messages import CurvePoint, Health, JournalEntry, Summary, TimelineRow
from headend.past_night import past_night
from headend.routes.gate import Observer, TheCore
from headend.routes.replay import LONGEST, Past, instant_of

router = APIRouter()

JOURNAL_MOST = 5000


@router.get("/health")
async def health(core: TheCore) -> Health:
    """Whether the head-end is well; needs no token."""
    return Health(version=version("falotier"), now=core.clock.now())


@router.get("/summary")
async def summary(core: TheCore, _: Observer) -> Summary:
    """What is true now."""
    return core.views.summary()


@router.get("/curve")
async def curve(core: TheCore, _: Observer, past: Past) -> tuple[CurvePoint, ...]:
    """This night, noon to noon; or the night of a past instant, up to it."""
    if past is not None:
        return past.curve(await past_night(core, past.at)) if past.is_plan_known else ()
    return core.plan.curve(core.clock.now(), core.timeline.rows)


@router.get("/journal")
async def journal(
    core: TheCore, _: Observer, past: Past, limit: Annotated[int, Query(ge=1, le=JOURNAL_MOST)] = 500
) -> list[JournalEntry]:
    """Who did what, last first; or up to a past instant."""
    return await core.records.journal(limit, None if past is None else past.at)


@router.get("/timeline")
async def timeline(
    core: TheCore, _: Observer, at: Annotated[str | None, Query(max_length=LONGEST)] = None
) -> tuple[TimelineRow, ...]:
    """The last two days, one row per five minutes, oldest first; or those of them up to an instant."""
    until = None if at is None else instant_of(at)
    return tuple(row for row in core.timeline.rows if until is None or row.at <= until)

"""Calendars: what rules tonight, and a year ahead."""

from fastapi import APIRouter

from city.calendar_views import CalendarView, CalendarYear
from headend.routes.gate import Observer, TheCore
from headend.routes.replay import Past

router = APIRouter(prefix="/calendars")


@router.get("")
async def calendars(core: TheCore, _: Observer, past: Past) -> tuple[CalendarView, ...]:
    """Every calendar of the plan, what it asks for tonight, and how many controllers hold it."""
    return core.calendars.tonight() if past is None else past.calendars_then()


@router.get("/{name}/year")
async def year(core: TheCore, _: Observer, name: str) -> CalendarYear:
    """A year of one, from tonight on."""
    return await core.calendars.year(name)

"""Calendars: what rules tonight, and a year ahead."""

from fastapi import APIRouter

from city.calendar_views import CalendarView, CalendarYear
from headend.routes.gate import Observer, TheCore

router = APIRouter(prefix="/calendars")


@router.get("")
async def calendars(core: TheCore, _: Observer) -> tuple[CalendarView, ...]:
    """Every calendar of the plan, what it asks for tonight, and how many controllers hold it."""
    return core.calendars.tonight()


@router.get("/{name}/year")
async def year(core: TheCore, _: Observer, name: str) -> CalendarYear:
    """A year of one, from tonight on."""
    return await core.calendars.year(name)

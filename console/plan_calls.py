"""Asking the head-end about a light plan that is being written."""

from city.calendar_views import CalendarYear
from city.plan_drafts import ComparedRequest, DraftNight, DraftRequest, DraftView, DraftYearRequest, PlanText
from console.calls import REPORT_TIMEOUT_S, Calls


class PlanCalls(Calls):
    """What a draft would do, before anything is deployed."""

    async def plan_text(self) -> PlanText:
        """The file of the plan in force."""
        return await self._one(PlanText, "GET", "/api/programmes/text")

    async def look_at_draft(self, request: DraftRequest) -> DraftView:
        """What is wrong with a draft, else one night of it."""
        return await self._one(DraftView, "POST", "/api/programmes/preview", request)

    async def compared_night(self, request: ComparedRequest) -> DraftNight:
        """The same night of the plan in force."""
        return await self._one(DraftNight, "POST", "/api/programmes/compared", request)

    async def year_of_draft(self, request: DraftYearRequest) -> CalendarYear:
        """A year of one calendar of a draft."""
        path = "/api/programmes/preview/year"
        return await self._one(CalendarYear, "POST", path, request, REPORT_TIMEOUT_S)

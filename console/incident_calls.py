"""Asking the head-end about incidents, and telling it what people say of them."""

from typing import Literal
from urllib.parse import quote

from city.casework import AssignRequest, NoteRequest, PeopleView
from city.citizens import NearReportView
from city.messages import DismissRequest, IncidentView, TicketView
from console.asking import message
from console.calls import Calls


class IncidentCalls(Calls):
    """What is broken, whose it is, and who reported it too."""

    async def incidents(self, state: Literal["live", "closed", "all"] = "live") -> tuple[IncidentView, ...]:
        """The incidents that still stand, those that are over, or both."""
        return await self._many(IncidentView, "/api/incidents", self._then({"state": state}))

    async def acknowledge(self, incident: str) -> IncidentView:
        """Say that somebody knows of an incident."""
        return await self._one(IncidentView, "POST", _path(incident, "ack"))

    async def send(self, incident: str) -> TicketView:
        """Send an incident to Allô Proximité now."""
        return await self._one(TicketView, "POST", _path(incident, "send"))

    async def dismiss(self, incident: str, reason: str) -> IncidentView:
        """Say that an incident is none, and why."""
        path = _path(incident, "dismiss")
        return await self._one(IncidentView, "POST", path, message(DismissRequest, reason=reason))

    async def assign(self, incident: str, name: str) -> IncidentView:
        """Say whose an incident is; an empty name takes that back."""
        return await self._one(
            IncidentView, "POST", _path(incident, "assign"), message(AssignRequest, name=name)
        )

    async def note(self, incident: str, text: str) -> IncidentView:
        """Keep a note with an incident."""
        return await self._one(
            IncidentView, "POST", _path(incident, "notes"), message(NoteRequest, text=text)
        )

    async def people(self) -> PeopleView:
        """To whom incidents may be assigned, besides any other name."""
        return await self._one(PeopleView, "GET", "/api/incidents/people")

    async def near_reports(self, incident: str) -> tuple[NearReportView, ...]:
        """What citizens reported that an incident explains, or that is near it."""
        return await self._many(NearReportView, _path(incident, "citizen-reports"))

    async def join(self, incident: str, report: str) -> tuple[NearReportView, ...]:
        """Say that an incident explains a citizen's report; answers what ``near_reports`` does then."""
        return await self._many(NearReportView, _path(incident, "citizen-reports", report), method="POST")

    async def part(self, incident: str, report: str) -> tuple[NearReportView, ...]:
        """Say that it does not."""
        return await self._many(NearReportView, _path(incident, "citizen-reports", report), method="DELETE")


def _path(incident: str, *parts: str) -> str:
    return "/".join(("/api/incidents", *(quote(part, safe="") for part in (incident, *parts))))

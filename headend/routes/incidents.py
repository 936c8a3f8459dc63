"""Incidents: the list, and what people do with them."""

from typing import Literal

from fastapi import APIRouter

from city.casework import AssignRequest, NoteRequest, PeopleView
from city.citizens import NearReportView
from city.incidents import LIVE, Incident, State
from city.messages import DismissRequest, IncidentView, JournalEntry, TicketView
from headend.core import Core
from headend.places import spot_of
from headend.records import Token
from headend.routes.citizens import report_view
from headend.routes.gate import Observer, Supervisor, Technician, TheCore
from headend.routes.replay import Past
from headend.unknown import Unknown
from headend.views import ticket_view

router = APIRouter(prefix="/incidents")

STATES = {"live": LIVE, "closed": frozenset(State) - LIVE, "all": frozenset(State)}


@router.get("")
async def incidents(
    core: TheCore, _: Observer, past: Past, state: Literal["live", "closed", "all"] = "live"
) -> list[IncidentView]:
    """Incidents, newest first; or as they stood at a past instant."""
    if past is not None:
        return past.incidents(live=state != "closed", over=state != "live")
    if state == "live":
        return [core.views.incident(incident) for incident in core.watch.live]
    tickets = {ticket.incident: ticket for ticket in await core.desk.tickets()}
    kept = {incident.id: incident for incident in await core.records.incidents(STATES[state])}
    # What has just changed is in memory before it is in the records.
    kept |= {each.id: each for each in core.watch.incidents.values() if each.state in STATES[state]}
    newest_first = sorted(kept.values(), key=lambda each: each.opened_at, reverse=True)
    cases = await core.casework.recall(list(kept))
    return [core.views.incident(each, tickets.get(each.id), cases.get(each.id)) for each in newest_first]


@router.get("/people")
async def people(core: TheCore, _: Technician) -> PeopleView:
    """To whom incidents may be assigned, besides any other name."""
    names = {token.name for token in await core.records.tokens.all() if token.revoked_at is None}
    return PeopleView(names=tuple(sorted(names)))


@router.post("/{name}/ack")
async def acknowledge(core: TheCore, token: Technician, name: str) -> IncidentView:
    """Say that one knows."""
    return await _kept(core, core.watch.acknowledge(name, token.name), "acknowledge", token, "")


@router.post("/{name}/dismiss")
async def dismiss(core: TheCore, token: Supervisor, name: str, request: DismissRequest) -> IncidentView:
    """Say that it is none, and why."""
    return await _kept(core, core.watch.dismiss(name, request.reason), "dismiss", token, request.reason)


@router.post("/{name}/send")
async def send(core: TheCore, token: Technician, name: str) -> TicketView:
    """Have its ticket tried again at once."""
    ticket = await core.desk.send(name)
    await _journal(core, "send", token, name, "")
    return ticket_view(ticket)


@router.post("/{name}/assign")
async def assign(core: TheCore, token: Technician, name: str, request: AssignRequest) -> IncidentView:
    """Say whose it is, or by an empty name nobody's."""
    incident = await core.casework.assign(name, request.name, token.name)
    await _journal(core, "assign", token, name, core.casework.of(name).assigned_to or "")
    return core.views.incident(incident)


@router.post("/{name}/notes")
async def note(core: TheCore, token: Technician, name: str, request: NoteRequest) -> IncidentView:
    """Keep a note with it."""
    incident = await core.casework.note(name, request.text, token.name)
    await _journal(core, "note", token, name, core.casework.of(name).notes[-1].text)
    return core.views.incident(incident)


@router.get("/{name}/citizen-reports")
async def near(core: TheCore, _: Observer, name: str) -> list[NearReportView]:
    """What citizens reported that it explains, or that is near it, and explained by nothing."""
    incident = core.watch.incidents.get(name) or await core.records.incident(name)
    if incident is None:
        raise Unknown(f"incident {name}: there is none of that name")
    return await _near(core, incident)


@router.post("/{name}/citizen-reports/{report}")
async def join(core: TheCore, token: Technician, name: str, report: str) -> list[NearReportView]:
    """Say that it explains what a citizen reported."""
    incident = core.watch.standing(name)
    await core.watch.save()  # a report cannot name on disk what is not there yet
    await core.citizens.joining.join(report, incident)
    await _journal(core, "join", token, name, report)
    return await _near(core, incident)


@router.delete("/{name}/citizen-reports/{report}")
async def part(core: TheCore, token: Technician, name: str, report: str) -> list[NearReportView]:
    """Say that it does not."""
    incident = core.watch.standing(name)
    await core.citizens.joining.part(report, incident)
    await _journal(core, "part", token, name, report)
    return await _near(core, incident)


async def _near(core: Core, incident: Incident) -> list[NearReportView]:
    spot = spot_of(core.inventory, incident, core.settings.city.site.position)
    found = await core.citizens.joining.near(incident, spot.position)
    return [
        NearReportView(report=report_view(core, each.report), distance_m=each.distance_m, joined=each.joined)
        for each in found
    ]


async def _kept(core: Core, incident: Incident, act: str, token: Token, text: str) -> IncidentView:
    """An incident as a person has just changed it, once that is on disk."""
    await core.watch.save()
    await _journal(core, act, token, incident.id, text)
    return core.views.incident(incident)


async def _journal(core: Core, act: str, token: Token, subject: str, text: str) -> None:
    at = core.clock.now()
    await core.records.add_journal(JournalEntry(at=at, by=token.name, act=act, subject=subject, text=text))

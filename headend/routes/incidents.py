"""Incidents: the list, and what people do with them."""

from typing import Literal

from fastapi import APIRouter

from city.incidents import LIVE, Incident, State
from city.messages import DismissRequest, IncidentView, JournalEntry, TicketView
from headend.core import Core
from headend.records import Token
from headend.routes.gate import Observer, Supervisor, Technician, TheCore
from headend.views import ticket_view

router = APIRouter(prefix="/incidents")

STATES = {"live": LIVE, "closed": frozenset(State) - LIVE, "all": frozenset(State)}


@router.get("")
async def incidents(
    core: TheCore, _: Observer, state: Literal["live", "closed", "all"] = "live"
) -> list[IncidentView]:
    """Incidents, newest first."""
    if state == "live":
        return [core.views.incident(incident) for incident in core.watch.live]
    tickets = {ticket.incident: ticket for ticket in await core.desk.tickets()}
    kept = {incident.id: incident for incident in await core.records.incidents(STATES[state])}
    # What has just changed is in memory before it is in the records.
    kept |= {each.id: each for each in core.watch.incidents.values() if each.state in STATES[state]}
    newest_first = sorted(kept.values(), key=lambda each: each.opened_at, reverse=True)
    return [core.views.incident(each, tickets.get(each.id)) for each in newest_first]


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


async def _kept(core: Core, incident: Incident, act: str, token: Token, text: str) -> IncidentView:
    """An incident as a person has just changed it, once that is on disk."""
    await core.watch.save()
    await _journal(core, act, token, incident.id, text)
    return core.views.incident(incident)


async def _journal(core: Core, act: str, token: Token, subject: str, text: str) -> None:
    at = core.clock.now()
    await core.records.add_journal(JournalEntry(at=at, by=token.name, act=act, subject=subject, text=text))

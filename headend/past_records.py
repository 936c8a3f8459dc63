"""What the records still know of a past instant: what was asked for, which incidents stood, how far tickets were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from city.incidents import LIVE, Incident, State
from city.messages import JournalEntry
from headend.core import Core
from headend.records import Case, Records, Ticket, TicketState
from headend.records.ticket import CLOSES
from lighting.orders import Override

SAME_INSTANT = timedelta(microseconds=1)
ACKNOWLEDGE, ASSIGN = "acknowledge", "assign"
"""As which the journal has these acts."""


@dataclass(frozen=True, slots=True)
class PastRecords:
    """As it stood then. What is not recorded with its time is left out."""

    overrides: Sequence[Override]
    """Those that held, and those that may still have ended older ones."""
    incidents: Sequence[Incident]
    """Those that stood, newest first."""
    over: Sequence[Incident]
    """Those that were over by then, newest first."""
    tickets: Mapping[str, Ticket]
    cases: Mapping[str, Case]


async def past_records(core: Core, at: datetime, keep: timedelta) -> PastRecords:
    """Read them. ``keep`` is the longest that an override may last. Raises Unreachable when the records are away."""
    records, end = core.records, at + SAME_INSTANT
    overrides = await records.overrides_during(at - keep, end)
    stood = {each.id: each for each in await records.incidents_during(at, end)}
    over = {each.id: each for each in await records.incidents(frozenset(State) - LIVE)}
    # What has just changed is in memory before it is in the records.
    for each in core.watch.incidents.values():
        over[each.id] = each
        stood.pop(each.id, None)
        if each.opened_at <= at and (each.closed_at is None or each.closed_at > at):
            stood[each.id] = each
    ended = [each for each in over.values() if each.closed_at is not None and each.closed_at <= at]
    names = [*stood, *(each.id for each in ended)]
    tickets = {each.incident: each for each in await records.tickets.of(names)}
    said = await _said(records, names, at)
    cases = await records.case_files.of(names)
    standing = [_as_it_stood(each, said.get(each.id, ()), at) for each in stood.values()]
    return PastRecords(
        overrides=overrides,
        incidents=sorted(standing, key=lambda each: each.opened_at, reverse=True),
        over=sorted(ended, key=lambda each: each.opened_at, reverse=True),
        tickets={name: then for name, each in tickets.items() if (then := _ticket_then(each, at))},
        cases={name: _case_then(cases.get(name, Case()), said.get(name, ()), at) for name in names},
    )


async def _said(records: Records, incidents: Sequence[str], at: datetime) -> Mapping[str, list[JournalEntry]]:
    """What people had said of some incidents by then."""
    if not incidents:
        return {}
    found: dict[str, list[JournalEntry]] = {}
    first = datetime.min.replace(tzinfo=at.tzinfo)
    for entry in await records.journal_of((ACKNOWLEDGE, ASSIGN), first, at, incidents):
        found.setdefault(entry.subject, []).append(entry)
    return found


def _as_it_stood(incident: Incident, said: Sequence[JournalEntry], at: datetime) -> Incident:
    """An incident as it was while it stood; whether it was clearing just then is not recorded."""
    known_to = [each.by for each in said if each.act == ACKNOWLEDGE and each.at >= incident.opened_at]
    return replace(
        incident,
        state=State.OPEN,
        closed_at=None,
        dismissed_because=None,
        acknowledged_by=known_to[-1] if known_to else None,
        evidence=tuple(each for each in incident.evidence if each.at <= at),
    )


def _ticket_then(ticket: Ticket, at: datetime) -> Ticket | None:
    """A ticket as it stood; None: there was none yet. What it was refused for is not recorded with its time."""
    if ticket.opened_at > at:
        return None
    if ticket.closed_at is not None and ticket.closed_at <= at:
        return ticket
    state, number = TicketState.QUEUED, None
    if ticket.adopted or (ticket.taken_at is not None and ticket.taken_at <= at):
        ends = any(each.status in CLOSES and each.at <= at for each in ticket.updates)
        state, number = TicketState.CLOSING if ends else TicketState.OPEN, ticket.service_id
    return replace(ticket, state=state, service_id=number, closed_at=None, detail="")


def _case_then(case: Case, said: Sequence[JournalEntry], at: datetime) -> Case:
    """Whose it was, and what people had written."""
    names = [each.text for each in said if each.act == ASSIGN]
    return Case(names[-1] or None if names else None, tuple(note for note in case.notes if note.at <= at))

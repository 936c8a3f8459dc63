"""Tickets at Allô Proximité: the outbox, one row per incident."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from city.places import Position
from headend.records import tables
from headend.records.connection import transaction, uninterrupted


class TicketState(StrEnum):
    """Where a ticket stands."""

    QUEUED = "queued"
    """Certainly not at the service."""
    POSTING = "posting"
    """Sent, or about to be; whether the service has it is not known until somebody looks there."""
    OPEN = "open"
    CLOSING = "closing"
    """The incident is over, and the service does not know it yet."""
    CLOSED = "closed"
    FAILED = "failed"
    """The service said no: a person has to look."""


Status = Literal["queued", "open", "closing", "closed", "failed"]

_STATUS: Mapping[TicketState, Status] = {
    TicketState.QUEUED: "queued",
    TicketState.POSTING: "queued",
    TicketState.OPEN: "open",
    TicketState.CLOSING: "closing",
    TicketState.CLOSED: "closed",
    TicketState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the service is told of one incident, and how far that has gone."""

    incident: str
    """The incident's id, and the reference by which the service knows the ticket."""
    state: TicketState
    position: Position
    address: str
    description: str
    points: int
    """How many light points the incident takes."""
    opened_at: datetime
    due_at: datetime
    """When the desk should next work on it."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    """Failed ones in a row."""
    posted_at: datetime | None = None
    """When it was first sent, whatever came of it."""
    service_id: str | None = None
    """The service's own number."""
    over_at: datetime | None = None
    """When the incident was over."""
    closed_at: datetime | None = None
    """When nothing was left to be done."""
    outcome: str | None = None
    """How it ended, in FixMyStreet's words: FIXED or NO_FURTHER_ACTION."""
    closing_text: str = ""
    detail: str = ""
    """The last refusal, or why it waits."""

    @property
    def id(self) -> str:
        """Our own name for it, known before the service has given its number."""
        return "t-" + self.incident.removeprefix("i-")

    @property
    def adopted(self) -> bool:
        """Whether it goes on in a citizen's own ticket: then it has a number, and was never sent."""
        return self.service_id is not None and self.posted_at is None

    @property
    def status(self) -> Status:
        """Where it stands, for people: whether it is being sent just now is of no use to them."""
        return _STATUS[self.state]


class Tickets:
    """The table of tickets. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, connection: AsyncConnection, ticket: Ticket) -> None:
        """Queue a ticket within a transaction, unless its incident has one already."""
        table = tables.tickets
        there = await connection.execute(select(table.c.state).where(table.c.incident == ticket.incident))
        if there.first() is None:
            await connection.execute(insert(table).values(_row(ticket)))

    @uninterrupted
    async def get(self, incident: str) -> Ticket | None:
        """An incident's ticket, or None."""
        async with transaction(self._engine) as connection:
            return await _one(connection, incident)

    @uninterrupted
    async def all(self, states: Collection[TicketState] = frozenset(TicketState)) -> list[Ticket]:
        """The tickets in some states, the one due first before the others."""
        table = tables.tickets
        query = (
            select(table)
            .where(table.c.state.in_(states))
            .order_by(table.c.due_at, table.c.opened_at, table.c.incident)
        )
        async with transaction(self._engine) as connection:
            return [_ticket(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def change(self, incident: str, change: Callable[[Ticket], Ticket]) -> Ticket | None:
        """Read a ticket, change it and write it back, with nobody in between; None if there is none."""
        table = tables.tickets
        async with transaction(self._engine) as connection:
            ticket = await _one(connection, incident)
            if ticket is None:
                return None
            changed = change(ticket)
            await connection.execute(update(table).where(table.c.incident == incident).values(_row(changed)))
            return changed

    @uninterrupted
    async def posted_since(self, instant: datetime) -> list[datetime]:
        """When tickets were first sent after an instant, oldest first."""
        column = tables.tickets.c.posted_at
        async with transaction(self._engine) as connection:
            return list(
                (await connection.execute(select(column).where(column > instant).order_by(column))).scalars()
            )


async def _one(connection: AsyncConnection, incident: str) -> Ticket | None:
    table = tables.tickets
    query = select(table).where(table.c.incident == incident).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else _ticket(row)


def _row(ticket: Ticket) -> dict[str, Any]:
    row = {**asdict(ticket), "attributes": dict(ticket.attributes)}
    del row["position"]
    return {**row, "latitude": ticket.position.latitude, "longitude": ticket.position.longitude}


def _ticket(row: RowMapping) -> Ticket:
    values = dict(row)
    values["position"] = Position(values.pop("latitude"), values.pop("longitude"))
    values["state"] = TicketState(row["state"])
    return Ticket(**values)

"""Tickets at Allô Proximité: the outbox, one row per cause, worked on by one desk at a time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, insert, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from city.places import Position
from headend.records import tables
from headend.records.connection import transaction, uninterrupted
from headend.records.ticket import SUMMARY_PREFIX, Ticket, TicketState, TicketUpdate

Change = Callable[[Ticket], Ticket]

_TABLE = tables.tickets
_IN_ORDER = (_TABLE.c.due_at, _TABLE.c.opened_at, _TABLE.c.incident)
_OF_ONE_CAUSE = not_(_TABLE.c.incident.startswith(SUMMARY_PREFIX))


class Tickets:
    """The table of tickets. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(
        self, connection: AsyncConnection, incident: str, new: Ticket | None, change: Change
    ) -> None:
        """Within a transaction, change an incident's ticket, or add ``new`` where it has none."""
        known = await _one(connection, incident)
        if known is not None:
            await _write(connection, change(known))
        elif new is not None:
            await connection.execute(insert(_TABLE).values(_row(new)))

    @uninterrupted
    async def get(self, incident: str) -> Ticket | None:
        """An incident's ticket, or None."""
        async with transaction(self._engine) as connection:
            return await _one(connection, incident)

    async def all(self, states: Collection[TicketState] = frozenset(TicketState)) -> list[Ticket]:
        """The tickets in some states, the one due first before the others."""
        return await self._where(_TABLE.c.state.in_(states))

    async def opened_since(self, instant: datetime) -> list[Ticket]:
        """The tickets of single causes that were opened after an instant."""
        return await self._where(and_(_TABLE.c.opened_at > instant, _OF_ONE_CAUSE))

    async def opened_between(self, start: datetime, end: datetime, limit: int) -> list[Ticket]:
        """The tickets that were opened within a span, newest first."""
        span = _TABLE.c.opened_at.between(start, end)
        return await self._where(span, (_TABLE.c.opened_at.desc(), _TABLE.c.incident), limit)

    async def of(self, incidents: Collection[str]) -> list[Ticket]:
        """The tickets of some incidents."""
        return await self._where(_TABLE.c.incident.in_(incidents))

    async def within(self, summary: str) -> list[Ticket]:
        """The tickets that a storm's summary tells of."""
        return await self._where(_TABLE.c.summary == summary)

    @uninterrupted
    async def _where(
        self,
        condition: ColumnElement[bool],
        order: Sequence[ColumnElement[Any]] = _IN_ORDER,
        limit: int | None = None,
    ) -> list[Ticket]:
        query = select(_TABLE).where(condition).order_by(*order).limit(limit)
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query)
            return [_ticket(row) for row in rows.mappings()]

    @uninterrupted
    async def claim(
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        states: Collection[TicketState],
        queued: Collection[str] = (),
    ) -> Ticket | None:
        """Take the ticket that has been due for longest, so that no other desk works on it before the lease ends:
        one in these states, or one of these that are queued.

        One whose owner let the lease run out has died at it: whatever it had begun may have been done.
        """  # noqa: D205
        query = (
            select(_TABLE)
            .where(
                or_(
                    _TABLE.c.state.in_(states),
                    and_(_TABLE.c.state == TicketState.QUEUED, _TABLE.c.incident.in_(queued)),
                ),
                _TABLE.c.due_at <= now,
                or_(_TABLE.c.owner.is_(None), _TABLE.c.leased_until <= now),
            )
            .order_by(*_IN_ORDER)
            .limit(1)
            # PostgreSQL: pass over what another desk is just taking. SQLite: one writer at a time anyway.
            .with_for_update(skip_locked=True)
        )
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                return None
            found = _ticket(row)
            attempts = found.attempts if found.owner is None else max(found.attempts, 1)
            claimed = replace(found, owner=owner, leased_until=now + lease, attempts=attempts)
            await _write(connection, claimed)
            return claimed

    @uninterrupted
    async def change(self, incident: str, change: Change) -> Ticket | None:
        """Read a ticket, change it and write it back, with nobody in between; None if there is none."""
        async with transaction(self._engine) as connection:
            ticket = await _one(connection, incident)
            if ticket is None:
                return None
            changed = change(ticket)
            if changed is not ticket:
                await _write(connection, changed)
            return changed

    @uninterrupted
    async def gather(self, summary: Ticket, rewrite: Change, members: Mapping[str, Change]) -> None:
        """Add a storm's summary, or rewrite it, and change the tickets that it tells of: all or nothing."""
        async with transaction(self._engine) as connection:
            await self.put(connection, summary.incident, summary, rewrite)
            for incident, change in sorted(members.items()):
                await self.put(connection, incident, None, change)

    @uninterrupted
    async def posted_since(self, instant: datetime) -> list[tuple[datetime, str]]:
        """When tickets were first sent after an instant, and of which cabinet; oldest first."""
        at, cabinet = _TABLE.c.posted_at, _TABLE.c.cabinet
        query = select(at, cabinet).where(at > instant).order_by(at)
        async with transaction(self._engine) as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]


async def _one(connection: AsyncConnection, incident: str) -> Ticket | None:
    query = select(_TABLE).where(_TABLE.c.incident == incident).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else _ticket(row)


async def _write(connection: AsyncConnection, ticket: Ticket) -> None:
    await connection.execute(update(_TABLE).where(_TABLE.c.incident == ticket.incident).values(_row(ticket)))


def _row(ticket: Ticket) -> dict[str, Any]:
    row = {**asdict(ticket), "attributes": dict(ticket.attributes)}
    del row["position"]
    row["updates"] = [
        {
            **asdict(each),
            "at": each.at.isoformat(),
            "sent_at": each.sent_at.isoformat() if each.sent_at else None,
        }
        for each in ticket.updates
    ]
    return {**row, "latitude": ticket.position.latitude, "longitude": ticket.position.longitude}


def _ticket(row: RowMapping) -> Ticket:
    values = dict(row)
    values["position"] = Position(values.pop("latitude"), values.pop("longitude"))
    values["state"] = TicketState(row["state"])
    values["updates"] = tuple(
        TicketUpdate(
            **{
                **each,
                "at": datetime.fromisoformat(each["at"]),
                "sent_at": datetime.fromisoformat(each["sent_at"]) if each["sent_at"] else None,
            }
        )
        for each in row["updates"]
    )
    return Ticket(**values)

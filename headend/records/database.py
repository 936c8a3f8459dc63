"""The records as the head-end uses them."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import RowMapping, func, insert, select

from city.incidents import LIVE, Cause, Evidence, Incident, State
from city.measurements import DeviceKind
from city.messages import JournalEntry
from headend.records import tables
from headend.records.casework import CaseFiles
from headend.records.citizens import CitizenReports
from headend.records.connection import open_engine, prepare_file, transaction, uninterrupted, upsert
from headend.records.ignored_access_points import IgnoredAccessPoints
from headend.records.lent_light import LentLight
from headend.records.replacements import ReplacementLog
from headend.records.switched_off import SwitchedOffLog
from headend.records.ticket import Ticket
from headend.records.tickets import Change, Tickets
from headend.records.tokens import Tokens
from headend.records.upgrade import create_missing
from lighting.orders import Kind, Override


class Records:
    """The SQL data base, opened as an asynchronous context manager, which creates what is missing.

    Every method raises ``city.errors.Unreachable`` when the data base is away. What a method wrote is on disk
    when it returns.
    """

    def __init__(self, url: str, folder: Path = Path()) -> None:
        """Prepare; ``folder`` is where a relative SQLite path is taken from.

        Raises:
            BadInput: the URL cannot be used.
        """
        self._engine = open_engine(url, folder)
        self.tickets = Tickets(self._engine)
        self.case_files = CaseFiles(self._engine)
        self.citizens = CitizenReports(self._engine)
        self.replacements = ReplacementLog(self._engine)
        self.ignored_access_points = IgnoredAccessPoints(self._engine)
        self.lent_light = LentLight(self._engine)
        self.switched_off = SwitchedOffLog(self._engine)
        self.tokens = Tokens(self._engine)

    @uninterrupted
    async def __aenter__(self) -> Self:
        """Connect, and create the tables and columns that are not there yet.

        Raises:
            BadInput: the file cannot be opened, or is of a version too old to be taken over.
        """
        prepare_file(self._engine)
        try:
            async with transaction(self._engine) as connection:
                await connection.run_sync(create_missing, tables.metadata)
        except BaseException:
            await self._engine.dispose()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @uninterrupted
    async def save_incident(
        self, incident: Incident, ticket: Ticket | None = None, change: Change = lambda known: known
    ) -> None:
        """Keep an incident as it stands now, and what that makes of its ticket: both or neither.

        ``ticket`` is the one to begin with; one that is there already is changed by ``change``.
        """
        async with transaction(self._engine) as connection:
            await upsert(connection, tables.incidents, "id", _incident_row(incident))
            await self.tickets.put(connection, incident.id, ticket, change)

    @uninterrupted
    async def incident(self, id_: str) -> Incident | None:
        """One incident, or None if there is none of that name."""
        table = tables.incidents
        async with transaction(self._engine) as connection:
            row = (await connection.execute(select(table).where(table.c.id == id_))).mappings().one_or_none()
        return None if row is None else _incident(row)

    async def live_incidents(self) -> list[Incident]:
        """All that still stand, newest first: what a diagnosis is given when it starts."""
        return await self.incidents(LIVE, limit=None)

    @uninterrupted
    async def incidents(
        self, states: Collection[State] = frozenset(State), limit: int | None = 1000
    ) -> list[Incident]:
        """The incidents in some states, newest first."""
        table = tables.incidents
        query = (
            select(table)
            .where(table.c.state.in_(states))
            .order_by(table.c.opened_at.desc(), table.c.id)
            .limit(limit)
        )
        async with transaction(self._engine) as connection:
            return [_incident(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def incidents_during(self, start: datetime, end: datetime) -> list[Incident]:
        """The incidents that stood at any instant of a span, whatever became of them, oldest first."""
        table = tables.incidents
        stood = (table.c.opened_at < end) & (table.c.closed_at.is_(None) | (table.c.closed_at > start))
        query = select(table).where(stood).order_by(table.c.opened_at, table.c.id)
        async with transaction(self._engine) as connection:
            return [_incident(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def save_override(self, override: Override) -> None:
        """Keep an override as it stands now."""
        row = {**asdict(override), "points": sorted(override.points)}
        async with transaction(self._engine) as connection:
            await upsert(connection, tables.overrides, "id", row)

    @uninterrupted
    async def overrides(
        self, active_at: datetime | None = None, limit: int | None = 1000, kind: Kind | None = None
    ) -> list[Override]:
        """The overrides, last asked first; with ``active_at``, only those in force at that instant."""
        table = tables.overrides
        query = select(table).order_by(table.c.asked_at.desc(), table.c.id).limit(limit)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if active_at is not None:
            # Only the end is asked of SQL: whether an override is in force is for the override to say.
            query = query.where(table.c.until >= active_at)
        async with transaction(self._engine) as connection:
            found = [_override(row) for row in (await connection.execute(query)).mappings()]
        return found if active_at is None else [override for override in found if override.active(active_at)]

    @uninterrupted
    async def overrides_during(self, start: datetime, end: datetime) -> list[Override]:
        """The overrides that held, or would have held, at any instant of a span, first asked first."""
        table = tables.overrides
        held = (table.c.asked_at < end) & (table.c.until > start)
        query = select(table).where(held).order_by(table.c.asked_at, table.c.id)
        async with transaction(self._engine) as connection:
            return [_override(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def add_journal(self, entry: JournalEntry) -> None:
        """Write down who did what."""
        async with transaction(self._engine) as connection:
            await connection.execute(insert(tables.journal).values(entry.model_dump()))

    @uninterrupted
    async def journal(self, limit: int = 500, until: datetime | None = None) -> list[JournalEntry]:
        """What was done, last first; with ``until``, only what was done by then."""
        table = tables.journal
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if until is not None:
            query = query.where(table.c.at <= until)
        async with transaction(self._engine) as connection:
            return [_entry(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def journal_of(
        self, acts: Collection[str], start: datetime, end: datetime, subjects: Collection[str] | None = None
    ) -> list[JournalEntry]:
        """What was done of some acts after ``start`` and by ``end``, to some subjects or to any, first done first."""
        table = tables.journal
        query = select(table).where(table.c.act.in_(acts), table.c.at > start, table.c.at <= end)
        if subjects is not None:
            query = query.where(table.c.subject.in_(subjects))
        async with transaction(self._engine) as connection:
            found = await connection.execute(query.order_by(table.c.id))
            return [_entry(row) for row in found.mappings()]

    @uninterrupted
    async def last_of(self, act: str) -> JournalEntry | None:
        """The last entry of the journal that tells of an act; None: it was never done."""
        table = tables.journal
        query = select(table).where(table.c.act == act).order_by(table.c.id.desc()).limit(1)
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else _entry(row)

    @uninterrupted
    async def newest(self) -> datetime | None:
        """The newest instant at which anything was written down; None: nothing ever was."""
        columns = (tables.journal.c.at, tables.overrides.c.asked_at, tables.incidents.c.opened_at)
        async with transaction(self._engine) as connection:
            found = [(await connection.execute(select(func.max(column)))).scalar() for column in columns]
        return max((at for at in found if at is not None), default=None)


def _entry(row: RowMapping) -> JournalEntry:
    return JournalEntry(**{key: row[key] for key in JournalEntry.model_fields})


def _incident_row(incident: Incident) -> dict[str, Any]:
    evidence = [
        {"rule": item.rule, "at": item.at.isoformat(), "figures": dict(item.figures)}
        for item in incident.evidence
    ]
    return {**asdict(incident), "evidence": evidence, "suppressed": list(incident.suppressed)}


def _incident(row: RowMapping) -> Incident:
    values = dict(row)
    values["cause"] = Cause(row["cause"])
    values["kind"] = DeviceKind(row["kind"])
    values["state"] = State(row["state"])
    values["suppressed"] = tuple(row["suppressed"])
    values["evidence"] = tuple(
        Evidence(item["rule"], datetime.fromisoformat(item["at"]), item["figures"])
        for item in row["evidence"]
    )
    return Incident(**values)


def _override(row: RowMapping) -> Override:
    return Override(**{**row, "points": frozenset(row["points"])})

"""What people write to an incident: whose it is, and notes. Kept for as long as the incident."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from headend.records.connection import transaction, uninterrupted, upsert
from headend.records.tables import UtcDateTime, metadata

_assignments = Table(
    "incident_assignments",
    metadata,
    Column("incident", String(64), ForeignKey("incidents.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
_notes = Table(
    "incident_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", String(64), ForeignKey("incidents.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("incident_notes_by_incident", "incident", "id"),
)


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote to an incident."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """All that people wrote to one incident."""

    assigned_to: str | None = None
    notes: tuple[Note, ...] = ()
    """Oldest first."""


class CaseFiles:
    """Whose incidents are, and notes. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def assign(self, incident: str, name: str, by: str, at: datetime) -> None:
        """Keep whose an incident is; an empty name is nobody's."""
        async with transaction(self._engine) as connection:
            if name:
                row = {"incident": incident, "name": name, "by": by, "at": at}
                await upsert(connection, _assignments, "incident", row)
            else:
                await connection.execute(delete(_assignments).where(_assignments.c.incident == incident))

    @uninterrupted
    async def add(self, incident: str, note: Note, most: int) -> bool:
        """Keep one more note; False where there are ``most`` already."""
        theirs = select(func.count()).select_from(_notes).where(_notes.c.incident == incident)
        async with transaction(self._engine) as connection:
            if ((await connection.execute(theirs)).scalar() or 0) >= most:
                return False
            await connection.execute(insert(_notes).values(incident=incident, **asdict(note)))
            return True

    @uninterrupted
    async def of(self, incidents: Collection[str]) -> dict[str, Case]:
        """What people wrote to some incidents; those to which nobody wrote are absent."""
        whose = select(_assignments).where(_assignments.c.incident.in_(incidents))
        written = select(_notes).where(_notes.c.incident.in_(incidents)).order_by(_notes.c.id)
        async with transaction(self._engine) as connection:
            names = {row["incident"]: row["name"] for row in (await connection.execute(whose)).mappings()}
            notes: dict[str, list[Note]] = {}
            for row in (await connection.execute(written)).mappings():
                notes.setdefault(row["incident"], []).append(Note(row["at"], row["by"], row["text"]))
        return {each: Case(names.get(each), tuple(notes.get(each, ()))) for each in {*names, *notes}}

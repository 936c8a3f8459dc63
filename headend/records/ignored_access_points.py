"""Access points that controllers list and a person does not want proposed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, Text, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from city.messages import JournalEntry
from headend.records import tables
from headend.records.connection import transaction, uninterrupted, upsert
from headend.records.tables import UtcDateTime, metadata

LONGEST_ID = 300

_table = Table(
    "ignored_access_points",
    metadata,
    Column("id", String(LONGEST_ID), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class IgnoredAccessPoint:
    """One that is not proposed."""

    id: str
    """As it was proposed."""
    at: datetime
    by: str


class IgnoredAccessPoints:
    """The table of them. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def add(self, ignored: IgnoredAccessPoint, entry: JournalEntry) -> None:
        """Propose an access point no more, and write it in the journal: both or neither."""
        async with transaction(self._engine) as connection:
            await upsert(connection, _table, "id", asdict(ignored))
            await connection.execute(insert(tables.journal).values(entry.model_dump()))

    @uninterrupted
    async def remove(self, name: str, entry: JournalEntry) -> bool:
        """Propose it again, and write it in the journal; False, and nothing is written, if it was not ignored."""
        async with transaction(self._engine) as connection:
            gone = await connection.execute(delete(_table).where(_table.c.id == name))
            if gone.rowcount:
                await connection.execute(insert(tables.journal).values(entry.model_dump()))
            return bool(gone.rowcount)

    @uninterrupted
    async def all(self) -> dict[str, IgnoredAccessPoint]:
        """Those that are ignored, by id."""
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(select(_table))).mappings()
            return {row["id"]: IgnoredAccessPoint(**row) for row in rows}

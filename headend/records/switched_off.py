"""Access points, or radios of them, that were switched off from here until an instant, and must come back on."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, Index, String, Table, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from headend.records.connection import transaction, uninterrupted, upsert
from headend.records.tables import UtcDateTime, metadata

_table = Table(
    "switched_off",
    metadata,
    Column("asset", String(256), primary_key=True),
    Column("access_point", Text, nullable=False),
    Column("radio", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("switched_off_by_end", "until"),
)


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """One access point, or one radio of it, that is off until an instant."""

    asset: str
    """``AP-1``, or ``AP-1/2`` for a radio."""
    access_point: str
    radio: str
    """Empty: the access point as a whole."""
    by: str
    reason: str
    at: datetime
    until: datetime


class SwitchedOffLog:
    """The table of what must come back on. Every method raises ``city.errors.Unreachable`` when it is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def put(self, off: SwitchedOff) -> None:
        """Keep until when something is off, whatever was known of it."""
        async with transaction(self._engine) as connection:
            await upsert(connection, _table, "asset", asdict(off))

    @uninterrupted
    async def forget(self, asset: str) -> None:
        """It is on again."""
        async with transaction(self._engine) as connection:
            await connection.execute(delete(_table).where(_table.c.asset == asset))

    @uninterrupted
    async def all(self) -> list[SwitchedOff]:
        """What is off, or was when it was last tried, first to come back first."""
        query = select(_table).order_by(_table.c.until, _table.c.asset)
        async with transaction(self._engine) as connection:
            return [SwitchedOff(**row) for row in (await connection.execute(query)).mappings()]

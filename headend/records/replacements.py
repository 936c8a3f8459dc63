"""Lamps that were replaced: when, by whom, what hung there before, and what the counters said."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Boolean, Column, Date, Float, Index, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from city.messages import JournalEntry
from headend.records import tables
from headend.records.connection import transaction, uninterrupted
from headend.records.tables import UtcDateTime, metadata

_table = Table(
    "replacements",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("light_point", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("old_type", Text, nullable=False),
    Column("new_type", Text, nullable=False),
    Column("old_serial", Text, nullable=False),
    Column("new_serial", Text, nullable=False),
    Column("new_controller", Boolean, nullable=False),
    Column("counter_h", Float(53)),
    Column("old_hours_before", Float(53), nullable=False),
    Column("hours_before", Float(53), nullable=False),
    Column("installed", Date, nullable=False),
    Index("replacements_by_light_point", "light_point", "at"),
)


@dataclass(frozen=True, slots=True)
class Replacement:
    """One lamp in the place of another."""

    id: str
    light_point: str
    at: datetime
    by: str
    reason: str
    old_type: str
    new_type: str
    old_serial: str
    new_serial: str
    new_controller: bool
    """Whether another controller came with it, which counts from the beginning."""
    counter_h: float | None
    """What the former controller's counter of burning hours said, h; None: not known."""
    old_hours_before: float
    """What that counter said when the former lamp was new, h."""
    hours_before: float
    """What the counter says now that the new lamp is new, h."""
    installed: date


class ReplacementLog:
    """The table of replaced lamps. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def add(self, replacement: Replacement, entry: JournalEntry) -> None:
        """Keep a replacement and write it in the journal: both or neither."""
        async with transaction(self._engine) as connection:
            await connection.execute(insert(_table).values(asdict(replacement)))
            await connection.execute(insert(tables.journal).values(entry.model_dump()))

    @uninterrupted
    async def of(self, light_point: str) -> list[Replacement]:
        """What was replaced at one light point, last first."""
        query = (
            select(_table)
            .where(_table.c.light_point == light_point)
            .order_by(_table.c.at.desc(), _table.c.id)
        )
        async with transaction(self._engine) as connection:
            return [Replacement(**row) for row in (await connection.execute(query)).mappings()]

"""What dynamic rules lent: energy beyond the programme, by night and rule. Kept for ever; a row a night and rule."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Column, Date, Float, String, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from headend.records.connection import transaction, uninterrupted
from headend.records.tables import metadata

_table = Table(
    "lent_light",
    metadata,
    Column("night", Date, primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("wh", Float(53), nullable=False),
    Column("minutes", Float(53), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Lent:
    """What one rule lent in one night, or in a part of it."""

    night: date
    """By the evening's date."""
    rule: str
    """By name."""
    wh: float
    """Energy beyond what the programme asked for, as reckoned from the lamp types."""
    minutes: float
    """For how long any of its light points gave more light."""


class LentLight:
    """The table of light lent. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def add(self, parts: Sequence[Lent]) -> None:
        """Add to what is known of some nights and rules: all, or nothing."""
        async with transaction(self._engine) as connection:
            for part in parts:
                known = (_table.c.night == part.night) & (_table.c.rule == part.rule)
                more = {"wh": _table.c.wh + part.wh, "minutes": _table.c.minutes + part.minutes}
                changed = await connection.execute(update(_table).where(known).values(more))
                if not changed.rowcount:
                    await connection.execute(insert(_table).values(asdict(part)))

    @uninterrupted
    async def between(self, first: date, last: date) -> list[Lent]:
        """What was lent in some nights, both included, oldest first."""
        query = (
            select(_table)
            .where(_table.c.night >= first, _table.c.night <= last)
            .order_by(_table.c.night, _table.c.rule)
        )
        async with transaction(self._engine) as connection:
            return [Lent(**row) for row in (await connection.execute(query)).mappings()]

"""What citizens reported: what became of each report, and nothing of who made it."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from city.places import Position
from headend.records.connection import transaction, uninterrupted
from headend.records.tables import UtcDateTime, metadata
from lighting.citizen_reports import Trouble

_table = Table(
    "citizen_reports",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("trouble", String(16), nullable=False),
    Column("named", String(128)),
    Column("suspects", JSON, nullable=False),
    Column("latitude", Float(53)),
    Column("longitude", Float(53)),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("incident", String(64), ForeignKey("incidents.id")),
    Column("looked_at", UtcDateTime),
    Column("over_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Index("citizen_reports_by_state", "state"),
)


class ReportState(StrEnum):
    """Where a citizen's report stands."""

    UNMATCHED = "unmatched"
    """No light point near enough: people have to find out what is meant."""
    SUSPECTED = "suspected"
    """The head-end looks at the lamp."""
    NOTHING_SEEN = "nothing_seen"
    """Telemetry shows no trouble: somebody has to go and see."""
    ATTACHED = "attached"
    """An incident explains it."""
    CLOSING = "closing"
    """Its incident is repaired, and the service does not know it yet."""
    CLOSED = "closed"
    """The service was told of the repair."""
    CLOSED_THERE = "closed_there"
    """The service's own staff closed it."""
    LEFT = "left"
    """Nothing more is done here: it stays with the service's staff, ``detail`` says why."""
    FORGOTTEN = "forgotten"
    """Purged. Only its number is left while the service still lists it, so that it is not taken for a new one."""


OVER = frozenset({ReportState.CLOSED, ReportState.CLOSED_THERE, ReportState.LEFT})
"""The states in which nothing is left to be done, by the head-end or by people."""
FOR_PEOPLE = frozenset({ReportState.UNMATCHED, ReportState.NOTHING_SEEN})
"""The states in which only people can go on."""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """One citizen's report, and how far it has gone."""

    id: str
    """The service's number."""
    state: ReportState
    trouble: Trouble
    suspects: tuple[str, ...]
    """The light points it may mean, the likeliest first."""
    requested_at: datetime
    updated_at: datetime
    """The newest of the service's own times that was believed."""
    due_at: datetime
    """When the next step is to be tried."""
    named: str | None = None
    """The light point whose pole number the citizen gave."""
    position: Position | None = None
    """Where the citizen put it; not kept once the pole is known."""
    incident: str | None = None
    looked_at: datetime | None = None
    """When the head-end asked for the present state of its suspects."""
    over_at: datetime | None = None
    """When its incident was over."""
    ended_at: datetime | None = None
    """Since when the head-end has nothing to do with it; from then on it is kept for a while only."""
    attempts: int = 0
    detail: str = ""


class CitizenReports:
    """The table of citizens' reports. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def add(self, report: KeptReport) -> None:
        """Keep a new report."""
        async with transaction(self._engine) as connection:
            await connection.execute(insert(_table).values(_row(report)))

    @uninterrupted
    async def all(self, states: Collection[ReportState] = frozenset(ReportState)) -> list[KeptReport]:
        """The reports in some states, newest first."""
        query = (
            select(_table)
            .where(_table.c.state.in_(states))
            .order_by(_table.c.requested_at.desc(), _table.c.id)
        )
        async with transaction(self._engine) as connection:
            return [_report(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def change(self, id_: str, change: Callable[[KeptReport], KeptReport]) -> KeptReport | None:
        """Read a report, change it and write it back, with nobody in between; None if there is none."""
        query = select(_table).where(_table.c.id == id_).with_for_update()
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                return None
            changed = change(_report(row))
            await connection.execute(update(_table).where(_table.c.id == id_).values(_row(changed)))
            return changed

    @uninterrupted
    async def purge(
        self, states: Collection[ReportState], ended_until: datetime, listed_since: datetime
    ) -> int:
        """Delete the reports in some states that ended up to an instant; returns how many.

        Of those made since ``listed_since``, which the service may list again, the number alone is left, until a
        later purge.
        """
        gone = _table.c.state.in_(states) & (_table.c.ended_at <= ended_until)
        old = _table.c.requested_at < listed_since
        async with transaction(self._engine) as connection:
            deleted = await connection.execute(delete(_table).where(gone, old))
            emptied = await connection.execute(update(_table).where(gone).values(_EMPTY))
            await connection.execute(delete(_table).where(_table.c.state == ReportState.FORGOTTEN, old))
            return deleted.rowcount + emptied.rowcount


_EMPTY: dict[str, object] = {
    "state": ReportState.FORGOTTEN,
    "trouble": Trouble.OTHER,
    "named": None,
    "suspects": [],
    "latitude": None,
    "longitude": None,
    "incident": None,
    "detail": "",
}


def _row(report: KeptReport) -> dict[str, Any]:
    row = {**asdict(report), "suspects": list(report.suspects)}
    del row["position"]
    place = report.position
    return {
        **row,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
    }


def _report(row: RowMapping) -> KeptReport:
    values = dict(row)
    latitude, longitude = values.pop("latitude"), values.pop("longitude")
    values["position"] = None if latitude is None or longitude is None else Position(latitude, longitude)
    values["state"] = ReportState(row["state"])
    values["trouble"] = Trouble(row["trouble"])
    values["suspects"] = tuple(row["suspects"])
    return KeptReport(**values)

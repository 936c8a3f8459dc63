"""The tables, in types that SQLite and PostgreSQL both know."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

SHA256_HEX_DIGITS = 64


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept as naive UTC: SQLite knows no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the data base. A naive instant is a fault of ours: nobody knows which hour it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the data base."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("cause", String(32), nullable=False),
    Column("asset", String(128), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("evidence", JSON, nullable=False),
    Column("suppressed", JSON, nullable=False),
    Column("acknowledged_by", Text),
    Column("dismissed_because", Text),
    Column("probable", Boolean, nullable=False),
    Column("reopened", Integer, nullable=False),
    Index("incidents_by_state", "state", "opened_at"),
)

tickets = Table(
    "tickets",
    metadata,
    # The primary key is what makes it one ticket per cause, whatever happens in between. It points to an incident,
    # or for the summary of a storm to none: hence no foreign key.
    Column("incident", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("latitude", Float(53), nullable=False),
    Column("longitude", Float(53), nullable=False),
    Column("address", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("cabinet", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("points", Integer, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(64)),
    Column("leased_until", UtcDateTime),
    Column("posted_at", UtcDateTime),
    Column("taken_at", UtcDateTime),
    Column("token", Text),
    Column("service_id", Text),
    Column("adopted", Boolean, nullable=False),
    Column("updates", JSON, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("summary", String(64)),
    Column("detail", Text, nullable=False),
    Index("tickets_by_state", "state", "due_at"),
    Index("tickets_by_opening", "opened_at"),
    Index("tickets_by_summary", "summary"),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("selector", Text, nullable=False),
    Column("points", JSON, nullable=False),
    Column("level", Float(53), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    Column("kind", String(16), nullable=False, server_default="order"),
    Column("approved_by", Text),
    Index("overrides_by_end", "until"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("act", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("sha256", String(SHA256_HEX_DIGITS), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("name", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

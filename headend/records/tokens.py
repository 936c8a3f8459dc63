"""Who may speak to the API: tokens, of which only the hash is kept."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from city.messages import Role
from headend.records import tables
from headend.records.connection import transaction, uninterrupted


@dataclass(frozen=True, slots=True)
class Token:
    """One bearer token, by its hash."""

    sha256: str
    """SHA-256 of the secret, 64 hexadecimal digits."""
    role: Role
    name: str
    """Whose it is; written in the journal beside what is done with it."""
    created_at: datetime
    revoked_at: datetime | None = None


class Tokens:
    """The table of tokens. Every method raises ``city.errors.Unreachable`` when the data base is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @uninterrupted
    async def add(self, token: Token) -> None:
        """Keep a new token."""
        async with transaction(self._engine) as connection:
            await connection.execute(insert(tables.tokens).values(asdict(token)))

    @uninterrupted
    async def all(self) -> list[Token]:
        """Every token ever made, oldest first, the revoked ones too."""
        query = select(tables.tokens).order_by(tables.tokens.c.created_at)
        async with transaction(self._engine) as connection:
            return [_token(row) for row in (await connection.execute(query)).mappings()]

    @uninterrupted
    async def find(self, sha256: str) -> Token | None:
        """The token of a hash if it still holds, or None."""
        table = tables.tokens
        query = select(table).where(table.c.sha256 == sha256, table.c.revoked_at.is_(None))
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else _token(row)

    @uninterrupted
    async def revoke(self, name: str, at: datetime) -> int:
        """Make a name's tokens worthless; returns how many there were."""
        table = tables.tokens
        query = update(table).where(table.c.name == name, table.c.revoked_at.is_(None)).values(revoked_at=at)
        async with transaction(self._engine) as connection:
            return (await connection.execute(query)).rowcount


def _token(row: RowMapping) -> Token:
    return Token(**{**row, "role": Role(row["role"])})

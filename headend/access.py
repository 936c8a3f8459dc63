"""Who may speak to the API: bearer tokens, kept as hashes, with a role."""

import asyncio
import hashlib
import os
import secrets
from pathlib import Path

from city.clock import Clock
from city.errors import BadInput
from city.messages import Role
from headend.records import Token, Tokens

TOKEN_BYTES = 32
"""Random bytes in a token; too many to guess, so that a plain hash is enough to keep it."""
FIRST_TOKEN = "supervisor.token"  # noqa: S105 - the name of a file
"""Where the first supervisor finds the token, in the settings' folder."""
OWNER_ONLY = 0o600

RANK = {Role.OBSERVER: 0, Role.TECHNICIAN: 1, Role.SUPERVISOR: 2}


class Forbidden(BadInput):
    """What was asked for needs a higher role, or another person."""


class Access:
    """Makes tokens and recognises them."""

    def __init__(self, tokens: Tokens, clock: Clock, folder: Path) -> None:
        self._tokens = tokens
        self._clock = clock
        self._folder = folder

    async def prepare(self) -> None:
        """Where there is no token yet, make a supervisor's and leave it in the settings' folder.

        Raises:
            BadInput: the file cannot be written.
            Unreachable: the records are away.
        """
        file = self._folder / FIRST_TOKEN
        if await self._tokens.all():
            return
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        # Written before it is kept: a token that nobody can read would lock everybody out.
        try:
            await asyncio.to_thread(_write_private, file, secret)
        except OSError as error:
            raise BadInput(f"{file}: the first token cannot be written: {error.strerror}") from error
        await self._keep(secret, Role.SUPERVISOR, "supervisor")

    async def create(self, role: Role, name: str) -> str:
        """A new token; it is told once and cannot be read again."""
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        await self._keep(secret, role, name)
        return secret

    async def recognise(self, authorization: str | None) -> Token | None:
        """Whose token an ``Authorization`` header carries; None when it is missing, wrong or revoked."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            return None
        return await self._tokens.find(_hash(secret.strip()))

    async def _keep(self, secret: str, role: Role, name: str) -> None:
        await self._tokens.add(Token(_hash(secret), role, name, self._clock.now()))


def may(token: Token, role: Role) -> bool:
    """Whether a token carries at least a role."""
    return RANK[token.role] >= RANK[role]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write_private(file: Path, secret: str) -> None:
    """Write a secret so that nobody but its owner ever could have read the file."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as stream:
        stream.write(secret + "\n")

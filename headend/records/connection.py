"""The engine behind the records: one URL, durable settings, and errors that a person can read."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Table, event, insert, make_url, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from city.errors import BadInput, Unreachable

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

ANSWER_WITHIN_S = 30.0
"""Real seconds that a transaction may take, its wait for a connection included."""
OWNER_ALONE = 0o600
LOCK_WAIT_MS = 5000
"""How long a SQLite write waits for another process (a command line, a backup) that holds the file."""


def open_engine(url: str, folder: Path) -> AsyncEngine:
    """An engine for a URL; a relative SQLite path is taken from ``folder``. Connects to nothing yet.

    Raises:
        BadInput: the URL cannot be read, or names a data base whose driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_async_engine(parsed)
        if file := sqlite_file(url, folder):
            parsed = parsed.set(database=str(file))
        # One connection: SQLite has one writer anyway, and so nobody of ours ever finds the file locked.
        engine = create_async_engine(parsed, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0)
    except (ArgumentError, InvalidRequestError, ImportError) as error:
        raise BadInput(
            f"records.url: expected an asynchronous SQLAlchemy URL with its driver: {error}"
        ) from error
    event.listen(engine.sync_engine, "connect", _make_durable)
    event.listen(engine.sync_engine, "begin", _begin_immediately)
    return engine


def sqlite_file(url: str, folder: Path) -> Path | None:
    """The file that a URL names; None where the records are in memory, or in the care of a server.

    Raises:
        BadInput: the URL cannot be read.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadInput(f"records.url: expected an SQLAlchemy URL: {error}") from error
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:"
    return folder / str(parsed.database) if is_file else None


def prepare_file(engine: AsyncEngine) -> None:
    """Make SQLite's file, for its owner alone: it says who may speak to the API.

    Raises:
        BadInput: the file cannot be opened.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ALONE))
    except OSError as error:
        raise BadInput(f"records.url: {path} cannot be opened: {error.strerror}") from error


def _make_durable(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set up each SQLite connection.

    synchronous=FULL syncs every commit, so that an incident survives a power cut and not only kill -9; with a
    few commits a minute its milliseconds cost nothing. Transactions are begun by us, not by a guess.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={LOCK_WAIT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediately(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads and then writes cannot find the ground moved."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """All of the block, or nothing of it, is on disk when it ends.

    Raises:
        Unreachable: the data base does not answer, is locked for too long, or its disk is full.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S), engine.begin() as connection:
            yield connection
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise Unreachable(f"records ({engine.url.render_as_string()}): {cause}") from error


def uninterrupted(
    method: Callable[_Parameters, Coroutine[Any, Any, _Result]],
) -> Callable[_Parameters, Coroutine[Any, Any, _Result]]:
    """Let a method come to its end even when who called it is cancelled, who then waits for it.

    A cancelled transaction would take its connection with it, whose thread outlives the event loop.
    """

    @wraps(method)
    async def whole(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        task = asyncio.create_task(method(*args, **kwargs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # seen: nobody is left to be told
            raise

    return whole


async def upsert(connection: AsyncConnection, table: Table, key: str, row: dict[str, Any]) -> None:
    """Write a row whether or not it is there yet; the same twice changes nothing."""
    changed = await connection.execute(update(table).where(table.c[key] == row[key]).values(row))
    if not changed.rowcount:
        await connection.execute(insert(table).values(row))

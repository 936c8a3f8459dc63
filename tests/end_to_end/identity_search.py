"""A search for people in all that a head-end has written down, opened as far as it can be opened."""

import sqlite3
import tarfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from io import BytesIO
from pathlib import Path

import duckdb

from headend.spool.frames import MARK, Frame, frames
from tests.end_to_end.client_tables import PEOPLE, Person

SQLITE, DUCKDB, PARQUET = b"SQLite format 3\x00", b"DUCK", b"PAR1"


def identities_in(data: bytes, people: Iterable[Person] = PEOPLE) -> set[bytes]:
    """Whose MAC address, IP address or name stands in some bytes, however it is written."""
    lower = data.lower()
    return {
        spelling
        for person in people
        for spelling in person.spellings
        if spelling in (data if spelling == person.mac else lower)
    }


def identities_below(
    folder: Path, people: Collection[Person] = PEOPLE, *, in_use: bool = False
) -> dict[str, set[bytes]]:
    """The same of every file below a folder, by its name: as it is, and what it holds once it is opened.

    While a head-end uses the folder its data bases are searched as they are, and files may go meanwhile.
    """
    found: dict[str, set[bytes]] = {}
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        try:
            here = set().union(*(identities_in(data, people) for data in _opened(file, in_use=in_use)))
        except OSError:
            assert in_use, file
            continue
        if here:
            found[str(file.relative_to(folder))] = here
    return found


def kinds_below(folder: Path) -> set[str]:
    """Which kinds of files that must be opened lie below a folder: a search that opens none proves nothing."""
    return {
        kind
        for file in folder.rglob("*")
        if file.is_file() and (kind := _kind(file.read_bytes())) is not None
    }


def _kind(data: bytes) -> str | None:
    if data.startswith(SQLITE):
        return "sqlite"
    if data[8:12] == DUCKDB:
        return "duckdb"
    if data.startswith(PARQUET):
        return "parquet"
    if data[257:262] == b"ustar":
        return "tar"
    return "spool" if data.startswith(MARK) else None


def _opened(file: Path, *, in_use: bool) -> Iterator[bytes]:
    data = file.read_bytes()
    yield data
    kind = _kind(data)
    if in_use and kind in {"sqlite", "duckdb"}:
        return
    if kind == "sqlite":
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            yield "\n".join(database.iterdump()).encode()
        database.close()
    elif kind == "parquet":
        yield from _rows(duckdb.connect(), f"select * from read_parquet('{file}')")  # noqa: S608 - a name of ours
    elif kind == "duckdb":
        with duckdb.connect(str(file), read_only=True) as tables:
            for [table] in tables.execute("select table_name from duckdb_tables()").fetchall():
                yield from _rows(tables, f'select * from "{table}"')  # noqa: S608 - a name of ours
    elif kind == "spool":
        yield from (zlib.decompress(each.body) for each in frames(data) if isinstance(each, Frame))
    elif kind == "tar":
        yield from _members(data)


def _rows(database: duckdb.DuckDBPyConnection, query: str) -> Iterable[bytes]:
    found = database.execute(query)
    names = " ".join(column[0] for column in found.description or ())
    yield names.encode()
    while rows := found.fetchmany(5000):
        yield "\n".join(map(str, rows)).encode()


def _members(data: bytes) -> Iterator[bytes]:
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            yield member.name.encode()
            if content is not None:
                yield content.read()

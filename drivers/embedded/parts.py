"""The files of the embedded store: each written aside, synced, and only then given its name."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from drivers.instants import EPOCH, MICROSECOND

DAY_US = timedelta(days=1) // MICROSECOND
HOUR_US = timedelta(hours=1) // MICROSECOND
COMPRESSION = "format parquet, compression zstd"
VALUES, HOURS = "values", "hours"
"""The two folders of Parquet files."""
DAMAGED = ".damaged"
"""What is put behind the name of a file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Part:
    """One listed file of values: rows of one day, sorted by series and instant, no two of the same."""

    number: int
    """Rises with what was written last: where two parts hold the same value, the higher number's stays."""
    day: int
    """Days since the epoch."""
    first_us: int
    last_us: int
    late_first_us: int | None
    late_last_us: int | None
    """Between these, included, it may hold what older parts hold too; None: nowhere."""
    held: int
    """How many values."""
    metrics: Sequence[str]
    """Its columns, beside ``series`` and ``at_us``."""


class Files:
    """Where the files of one store stand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def index(self) -> Path:
        """The data base."""
        return self.folder / "index.duckdb"

    def part(self, day: int, number: int) -> Path:
        """A file of values."""
        return self.folder / VALUES / _date(day) / f"{number:08}.parquet"

    def summary(self, day: int, number: int) -> Path:
        """The summary of a day; a later one has a higher number."""
        date = _date(day)
        return self.folder / HOURS / date[:7] / f"{date}-{number:08}.parquet"

    def present(self) -> Iterator[Path]:
        """Every Parquet file that is there, and what is left of those that were never finished."""
        for name in (VALUES, HOURS):
            for pattern in ("*/*.parquet", "*/*.part"):
                yield from (self.folder / name).glob(pattern)


def write_file(database: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Write what a question answers; once this returns, the file is whole and on the disk.

    Raises:
        duckdb.Error: the question or the disk failed; nothing is left of the file.
        OSError: the same.
    """
    _make_folder(file.parent)
    unfinished = file.with_suffix(".part")
    try:
        database.execute(f"copy ({query}) to {quoted(unfinished)} ({COMPRESSION})")
        _sync(unfinished)
        unfinished.replace(file)
        _sync(file.parent)
    except BaseException:
        for leftover in (unfinished, file):
            with suppress(OSError):
                leftover.unlink()
        raise


def remove(files: Iterable[Path]) -> None:
    """Unlink files that are listed no more, and folders that are then empty."""
    for file in files:
        with suppress(OSError):
            file.unlink(missing_ok=True)
            file.parent.rmdir()


def unreadable(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[Path]:
    """Those of some Parquet files that cannot be read to their end."""
    return [file for file in files if not _is_readable(database, file)]


def listed(files: Sequence[Path]) -> str:
    """``read_parquet`` of some files of the same columns."""
    return f"read_parquet([{', '.join(map(quoted, files))}])"


def quoted(text: Path | str) -> str:
    """A string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def _is_readable(database: duckdb.DuckDBPyConnection, file: Path) -> bool:
    try:
        database.execute(f"select max(hash(columns(*))) from {listed([file])}").fetchall()  # noqa: S608 (our own path)
    except duckdb.OutOfMemoryException:
        return True
    except duckdb.Error:
        return False
    return True


def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).date().isoformat()


def _make_folder(folder: Path) -> None:
    """Make it and its parent, both for good."""
    for each in (folder.parent, folder):
        if not each.exists():
            each.mkdir(exist_ok=True)
            _sync(each.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

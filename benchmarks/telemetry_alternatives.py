"""Three embedded stores side by side, on one small load: plain SQLite, one DuckDB file, and ours."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import duckdb

from benchmarks.telemetry_fill import DAY, PERIOD, name, readings, tags_of
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, Tag, Window
from drivers.embedded import EmbeddedStore
from drivers.instants import to_microseconds

LAMPS = 770
PERIODS = timedelta(days=1) // PERIOD
BATCH_READINGS = 5000 // 9
QUARTER = timedelta(minutes=15)
QUARTER_US = 900_000_000
TODAY = Window(DAY, DAY + timedelta(days=1))


class Store(Protocol):
    """What each is asked; every answer is counted only."""

    def write(self, batch: Sequence[Reading]) -> None:
        """Commit some readings."""

    def settle(self) -> None:
        """The day is over."""

    def one_lamp(self) -> int:
        """A lamp's day of one metric."""

    def last(self) -> int:
        """The last value of each metric of every lamp."""

    def sums(self) -> int:
        """The power of each quarter hour, summed over means of lamps."""


class RowAValue:
    """One row a value in a table, as SQLite and DuckDB share it; no value is looked for before it is written."""

    _SUMS = (
        f"select step, sum(mean) from (select series, at_us - at_us % {QUARTER_US} as step, avg(value) as mean"  # noqa: S608
        " from samples where metric = 1 group by 1, 2) as means group by step"
    )

    def __init__(self, execute: Callable[..., object], last: str) -> None:
        self._execute = execute
        self._last = last

    def _rows(self, batch: Sequence[Reading]) -> list[tuple[int, int, int, float]]:
        metrics = {metric: number for number, metric in enumerate(Metric)}
        return [
            (int(reading.device[3:]), metrics[metric], to_microseconds(reading.at), value)
            for reading in batch
            for metric, value in reading.values.items()
        ]

    def settle(self) -> None:
        """Nothing is left to do."""

    def one_lamp(self) -> int:
        """A lamp's day of one metric."""
        return len(self._fetched("select at_us, value from samples where series = 300 and metric = 1"))

    def last(self) -> int:
        """The last value of each metric of every lamp."""
        return len(self._fetched(self._last))

    def sums(self) -> int:
        """The power of each quarter hour."""
        return len(self._fetched(self._SUMS))

    def _fetched(self, query: str) -> list[object]:
        return self._execute(query).fetchall()  # type: ignore[attr-defined, no-any-return]


class PlainSqlite(RowAValue):
    """The table in the order of its key."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "file", isolation_level=None)
        self._database.executescript(
            "pragma journal_mode = wal; pragma synchronous = full; create table samples (series integer,"
            " metric integer, at_us integer, value real, primary key (series, metric, at_us)) without rowid"
        )
        # SQLite gives the other columns of the row that holds the maximum.
        last = "select series, metric, max(at_us), value from samples group by series, metric"
        super().__init__(self._database.execute, last)

    def write(self, batch: Sequence[Reading]) -> None:
        """Commit some readings."""
        self._database.execute("begin")
        self._database.executemany("insert or replace into samples values (?, ?, ?, ?)", self._rows(batch))
        self._database.execute("commit")


class OneDuckdbFile(RowAValue):
    """The table in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._database = duckdb.connect(str(folder / "file"), config={"threads": 1, "memory_limit": "256MB"})
        self._database.execute(
            "create table samples (series int, metric tinyint, at_us bigint, value double)"
        )
        last = "select series, metric, max(at_us), arg_max(value, at_us) from samples group by series, metric"
        super().__init__(self._database.execute, last)

    def write(self, batch: Sequence[Reading]) -> None:
        """Commit some readings."""
        columns = [list(column) for column in zip(*self._rows(batch), strict=True)]
        self._database.execute(
            "insert into samples select unnest($1::int[]), unnest($2::tinyint[]), unnest($3::bigint[]),"
            " unnest($4::double[])",
            columns,
        )

    def settle(self) -> None:
        """Write the log into the file."""
        self._database.execute("checkpoint")


class Ours:
    """The embedded store through its port."""

    def __init__(self, folder: Path) -> None:
        self._run = asyncio.Runner().run
        self._store = EmbeddedStore(folder / "store", tags_of)
        self._run(self._store.__aenter__())

    def write(self, batch: Sequence[Reading]) -> None:
        """Commit some readings."""
        self._run(self._store.write(batch))

    def settle(self) -> None:
        """The day is over."""
        self._run(self._store.keep(TODAY.end + QUARTER))

    def one_lamp(self) -> int:
        """A lamp's day of one metric."""
        return len(self._run(self._store.series(name(300), Metric.POWER, TODAY, PERIOD)))

    def last(self) -> int:
        """The last value of each metric of every lamp."""
        return sum(map(len, self._run(self._store.last_values(DeviceKind.LAMP)).values()))

    def sums(self) -> int:
        """The power of each quarter hour, by sector."""
        ask = DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, TODAY, QUARTER, Aggregate.SUM
        groups = self._run(self._store.grouped(*ask))
        return len({sample.at for samples in groups.values() for sample in samples})


def alternatives() -> Iterator[tuple[str, str]]:
    """A line for each store."""
    load = list(readings(LAMPS, DAY, PERIODS))
    yield "the small load", f"{len(load) * 9:,} values: {LAMPS} lamps, a day, every five minutes"
    for kind in (PlainSqlite, OneDuckdbFile, Ours):
        with tempfile.TemporaryDirectory() as folder:
            yield kind.__name__, _measure(kind(Path(folder)), load, Path(folder))


def _measure(store: Store, load: Sequence[Reading], folder: Path) -> str:
    cpu, begin = time.process_time(), time.perf_counter()
    for start in range(0, len(load), BATCH_READINGS):
        store.write(load[start : start + BATCH_READINGS])
    cpu, clock = time.process_time() - cpu, time.perf_counter() - begin
    asked = {"one lamp's day": store.one_lamp, "last of all": store.last, "sums": store.sums}
    expected = {"one lamp's day": PERIODS, "last of all": LAMPS * 9, "sums": PERIODS // 3}
    took = ", ".join(f"{what} {_ms(ask, expected[what]):.1f} ms" for what, ask in asked.items())
    store.settle()
    values = len(load) * 9
    held = sum(
        file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith("index") and "hours" not in file.parts
    )
    return f"{values / cpu:,.0f}/s in (CPU), {values / clock:,.0f}/s (clock), {held / values:.1f} bytes a value, {took}"


def _ms(ask: Callable[[], int], expected: int) -> float:
    """The best of five, ms."""
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        found = ask()
        best = min(best, time.perf_counter() - began)
        if found != expected:
            raise AssertionError(f"got {found}, expected {expected}")
    return best * 1000

"""The tables of ``index.duckdb``, and what they list."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from city.errors import BadInput
from city.measurements import Metric
from drivers.embedded.parts import DAY_US, Part

FORMAT = 1
"""Of the whole folder; a store of a higher one is left alone."""
_ROW = "series integer not null, at_us bigint not null, seq bigint not null, " + ", ".join(
    f"{metric.value} double" for metric in Metric
)
_SCHEMA = f"""
create table if not exists about (format integer not null);
create table if not exists series (
    id integer primary key, device varchar not null, kind varchar not null,
    sector varchar, cabinet varchar, hotspot varchar);
create table if not exists fresh ({_ROW});
create table if not exists late (day bigint primary key, first_us bigint not null, last_us bigint not null);
create table if not exists latest ({_ROW});
create table if not exists parts (
    number bigint primary key, day bigint not null, first_us bigint not null, last_us bigint not null,
    late_first_us bigint, late_last_us bigint, held bigint not null, metrics varchar[] not null);
create table if not exists summaries (
    day bigint primary key, number bigint not null, of_part bigint not null, is_closed boolean not null);
"""

Interval = tuple[int, int]
"""Two instants, both included, microseconds."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One listed file of hourly summaries."""

    day: int
    number: int
    of_part: int
    """The newest part that has gone into it."""
    is_closed: bool
    """The day's values are gone: it alone answers for them."""


def prepare(database: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that are not there yet, and the columns of metrics that are new.

    Raises:
        BadInput: this is a data base of something else.
    """
    tables = {name for [name] in database.execute("select table_name from duckdb_tables()").fetchall()}
    if tables and "about" not in tables:
        raise BadInput("a DuckDB file of something else; move it away, a new one is made")
    database.execute("begin")
    database.execute(_SCHEMA)
    found = database.execute("select format from about").fetchall()
    if not found:
        database.execute("insert into about values ($1)", [FORMAT])
    elif found[0][0] > FORMAT:
        raise BadInput(f"written by a later version (format {found[0][0]}, expected {FORMAT} at most)")
    columns = {name for [name] in database.execute("select column_name from duckdb_columns()").fetchall()}
    for metric in Metric:
        if metric.value not in columns:
            for table in ("fresh", "latest"):
                database.execute(f"alter table {table} add column {metric.value} double")
    database.execute("commit")


def parts(database: duckdb.DuckDBPyConnection, start_us: int, end_us: int) -> list[Part]:
    """The files of values that reach into a span of time, end excluded, in the order of their writing."""
    rows = database.execute(
        "select number, day, first_us, last_us, late_first_us, late_last_us, held, metrics from parts"
        " where first_us < $1 and last_us >= $2 order by number",
        [end_us, start_us],
    ).fetchall()
    return [Part(*row) for row in rows]


def parts_of_day(database: duckdb.DuckDBPyConnection, day: int) -> list[Part]:
    """The files of values of one day, in the order of their writing."""
    return [each for each in parts(database, day * DAY_US, (day + 1) * DAY_US) if each.day == day]


def late_rows(database: duckdb.DuckDBPyConnection) -> list[Interval]:
    """Where fresh rows may stand for values that are stored already: at most one interval a day."""
    return list(database.execute("select first_us, last_us from late").fetchall())


def summaries(database: duckdb.DuckDBPyConnection) -> dict[int, Summary]:
    """The summaries by day."""
    rows = database.execute("select day, number, of_part, is_closed from summaries").fetchall()
    return {row[0]: Summary(*row) for row in rows}


def closed(database: duckdb.DuckDBPyConnection, start_us: int, end_us: int) -> list[Summary]:
    """The summaries that alone answer for their days, of those that reach into a span of time."""
    rows = database.execute(
        "select day, number, of_part, is_closed from summaries"
        " where is_closed and day between $1 and $2 order by day",
        [start_us // DAY_US, (end_us - 1) // DAY_US],
    ).fetchall()
    return [Summary(*row) for row in rows]


def list_part(database: duckdb.DuckDBPyConnection, part: Part) -> None:
    """Put a file on the list, within the transaction under way."""
    values = [part.number, part.day, part.first_us, part.last_us, part.late_first_us, part.late_last_us]
    database.execute(
        "insert into parts values ($1, $2, $3, $4, $5, $6, $7, $8)", [*values, part.held, list(part.metrics)]
    )


def delist(database: duckdb.DuckDBPyConnection, some: Iterable[Part]) -> None:
    """Take files off the list."""
    database.execute(
        "delete from parts where list_contains($1::bigint[], number)", [[p.number for p in some]]
    )

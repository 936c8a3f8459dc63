"""Rows of a day as one sorted file, in which no two stand for the same series and instant."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from city.measurements import Metric
from drivers.embedded.catalogue import Interval
from drivers.embedded.parts import DAY_US, Part, write_file
from drivers.embedded.spans import Rows, Source, Span, spans_of

EVERY_METRIC = tuple(metric.value for metric in Metric)
ROWS_AT_ONCE = 300_000
"""Rows among which twins are looked for at once: DuckDB holds them all, and a city's day is too much for its memory."""


def write_part(
    database: duckdb.DuckDBPyConnection,
    rows: Rows,
    number: int,
    day: int,
    late: Interval | None,
    twins: Sequence[Interval],
    candidates: Sequence[str] = EVERY_METRIC,
) -> Part:
    """Write the rows of one day as a sorted file, and say what is in it. It is not on the list yet."""
    spans = spans_of(day * DAY_US, (day + 1) * DAY_US, twins, ())
    if twins:
        source, order = _without_twins(database, rows, spans, candidates), ""
    else:
        source, order = f"({_union(rows, spans, candidates)})", " order by series, at_us"
    counts = ", ".join(f"count({metric})" for metric in candidates)
    [[first, last, *found]] = database.execute(
        f"select min(at_us), max(at_us), {counts} from {source}"  # noqa: S608 (our own words)
    ).fetchall()
    metrics = tuple(metric for metric, held in zip(candidates, found, strict=True) if held)
    query = f"select series, at_us, {', '.join(metrics)} from {source}{order}"  # noqa: S608 (our own words)
    write_file(database, query, rows.files.part(day, number))
    if twins:
        database.execute("drop table without_twins")
    late_first, late_last = late or (None, None)
    return Part(number, day, first, last, late_first, late_last, sum(found), metrics)


def _without_twins(
    database: duckdb.DuckDBPyConnection, rows: Rows, spans: Sequence[Span], metrics: Sequence[str]
) -> str:
    """A table of the rows in their order, made from some series at a time; the disk holds what the memory cannot."""
    columns = ", ".join(f"{metric} double" for metric in metrics)
    database.execute(f"create or replace temp table without_twins (series integer, at_us bigint, {columns})")
    all_of_it = [Span(Source.PLAIN, spans[0].start, spans[-1].end)]
    [[first, last, held]] = database.execute(
        f"select min(series), max(series), count(*) from ({_union(rows, all_of_it, metrics)})"  # noqa: S608
    ).fetchall()
    size = max(1, (last - first + 1) * ROWS_AT_ONCE // held)
    for start in range(first, last + 1, size):
        some = replace(rows, only=f"series between {start} and {start + size - 1}")
        database.execute(
            f"insert into without_twins select * from ({_union(some, spans, metrics)}) order by series, at_us"  # noqa: S608
        )
    return "without_twins"


def _union(rows: Rows, spans: Sequence[Span], metrics: Sequence[str]) -> str:
    return " union all ".join(rows.within(span, metrics) for span in spans)

"""Keeping the embedded store in order: files of a day become one, finished days are summarised, old values go.

What is long is done in a thread of its own on files that never change; the list of files is changed in the writing
thread, in one transaction, and only then is a file removed that is listed no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from city.measurements import Kind, Metric
from drivers.embedded import catalogue
from drivers.embedded.catalogue import Summary
from drivers.embedded.index import Index
from drivers.embedded.parts import DAY_US, HOUR_US, Files, Part, listed, write_file
from drivers.embedded.sorting import write_part
from drivers.embedded.spans import Rows, twins_of

PARTS_A_DAY = 24
"""Files of a day that is not over, from which on they are made one: each costs a question about the day 1 ms."""
LATE_PARTS_A_DAY = 6
"""Of those the ones with late values, which make a question slower: rows are then looked at for twins."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Files of one day that are to become one."""

    parts: Sequence[Part]
    number: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A day that is to be summarised."""

    parts: Sequence[Part]
    number: int
    folded: Summary | None
    """What its values have gone into before; what comes now is added to it, where an hour has nothing yet."""


def days_with_parts(index: Index) -> list[int]:
    """The days that have files of values, oldest first."""
    return [day for [day] in index.database.execute("select distinct day from parts order by day").fetchall()]


def empty_past(index: Index, today: int, few: int) -> None:
    """Write fresh rows as files if some are of a day that is over; not for a ``few`` that came late.

    Else one device that is always late would have a whole day merged and summarised again every few minutes.
    """
    [[past, in_time]] = index.database.execute(
        "select count(*), count(*) filter (not exists ("
        " from late where at_us between late.first_us and late.last_us)) from fresh where at_us < $1",
        [today * DAY_US],
    ).fetchall()
    if in_time or past > few:
        index.empty()


def merge_due(index: Index, day: int, today: int) -> Merge | None:
    """What is to be merged of a day, or None."""
    parts = catalogue.parts_of_day(index.database, day)
    if len(parts) == 1 and twins_of(parts):
        # Alone it holds nothing twice.
        with index.transaction():
            index.database.execute(
                "update parts set late_first_us = null, late_last_us = null where number = $1",
                [parts[0].number],
            )
    if len(parts) > 1 and (
        day < today or len(parts) >= PARTS_A_DAY or len(twins_of(parts)) >= LATE_PARTS_A_DAY
    ):
        return Merge(parts, index.next_number())
    return None


def merge(database: duckdb.DuckDBPyConnection, files: Files, due: Merge) -> Part:
    """Write the one file that takes the place of several; it is not listed yet."""
    rows = Rows(files, due.parts, with_fresh=False)
    metrics = sorted({metric for part in due.parts for metric in part.metrics})
    return write_part(database, rows, due.number, due.parts[0].day, None, twins_of(due.parts), metrics)


def swap(index: Index, due: Merge, merged: Part) -> list[Path]:
    """List the new file in the place of the old ones; returns those."""
    with index.transaction():
        catalogue.delist(index.database, due.parts)
        catalogue.list_part(index.database, merged)
    return [index.files.part(part.day, part.number) for part in due.parts]


def summary_due(index: Index, day: int) -> Digest | None:
    """What is to be summarised of a day that is over and merged, or None."""
    parts = catalogue.parts_of_day(index.database, day)
    known = catalogue.summaries(index.database).get(day)
    if not parts or (known and known.of_part >= parts[-1].number):
        return None
    return Digest(parts, index.next_number(), known if known and known.is_closed else None)


def summarise(database: duckdb.DuckDBPyConnection, files: Files, due: Digest) -> None:
    """Write the summary of a day: a row for each series, metric and hour that has a value."""
    day = due.parts[0].day
    part = listed([files.part(day, part.number) for part in due.parts])
    metrics = sorted({metric for part in due.parts for metric in part.metrics})
    query = " union all ".join(_hourly(Metric(metric), part) for metric in metrics)
    if due.folded is not None:
        before = listed([files.summary(day, due.folded.number)])
        query = (
            f"select * from {before} union all"  # noqa: S608 (our own words)
            f" select * from ({query}) anti join {before} using (metric, series, at_us)"
        )
    write_file(
        database,
        f"select * from ({query}) order by metric, series, at_us",  # noqa: S608 (our own words)
        files.summary(day, due.number),
    )


def list_summary(index: Index, due: Digest) -> list[Path]:
    """List the summary of a day in the place of an older one; returns that."""
    day = due.parts[0].day
    old = catalogue.summaries(index.database).get(day)
    with index.transaction():
        index.database.execute(
            "insert or replace into summaries values ($1, $2, $3, $4)",
            [day, due.number, due.parts[-1].number, due.folded is not None],
        )
    return [index.files.summary(day, old.number)] if old else []


def drop(index: Index, today: int, keep_days: int, keep_summaries_days: int) -> list[Path]:
    """Take what is older than it is to be kept off the list, never a day that is not summarised; returns the files.

    Age counts from today or from the newest value, whichever is earlier: a clock that runs years ahead drops nothing.
    """
    if index.newest_us is None:
        return []
    today = min(today, index.newest_us // DAY_US)
    summaries = catalogue.summaries(index.database)
    files = []
    with index.transaction():
        for day in [day for day in days_with_parts(index) if day < today - keep_days]:
            parts = catalogue.parts_of_day(index.database, day)
            summary = summaries.get(day)
            if summary is not None and summary.of_part >= parts[-1].number:
                catalogue.delist(index.database, parts)
                index.database.execute("update summaries set is_closed = true where day = $1", [day])
                files += [index.files.part(day, part.number) for part in parts]
        for day, summary in summaries.items():
            is_old = keep_summaries_days and day < today - max(keep_days, keep_summaries_days)
            if is_old and not catalogue.parts_of_day(index.database, day):
                index.database.execute("delete from summaries where day = $1", [day])
                files.append(index.files.summary(day, summary.number))
    return files


def set_aside(index: Index, damaged: Sequence[Path]) -> None:
    """Take files that cannot be read off the list; the summary of a day that has lost its values answers for it."""
    with index.transaction():
        for part in catalogue.parts(index.database, -(1 << 62), 1 << 62):
            if index.files.part(part.day, part.number) in damaged:
                catalogue.delist(index.database, [part])
                if not catalogue.parts_of_day(index.database, part.day):
                    index.database.execute("update summaries set is_closed = true where day = $1", [part.day])
        for day, summary in catalogue.summaries(index.database).items():
            if index.files.summary(day, summary.number) in damaged:
                index.database.execute("delete from summaries where day = $1", [day])


def all_listed(index: Index) -> set[Path]:
    """Every file that counts."""
    parts = catalogue.parts(index.database, -(1 << 62), 1 << 62)
    return {index.files.part(part.day, part.number) for part in parts} | {
        index.files.summary(day, each.number) for day, each in catalogue.summaries(index.database).items()
    }


def _hourly(metric: Metric, source: str) -> str:
    """Hourly rows of one metric; of a counter the mean and extremes say nothing that the last value does not."""
    name = metric.value
    is_counter = metric.kind is Kind.COUNTER
    mean, low, high = (
        "null::" + kind if is_counter else f"{word}({name})::{kind}"
        for word, kind in (("avg", "float"), ("min", "double"), ("max", "double"))
    )
    return (
        f"select '{name}' as metric, series, at_us - at_us % {HOUR_US} as at_us, count({name})::integer as n,"  # noqa: S608
        f" {mean} as mean, {low} as low, {high} as high, arg_max({name}, at_us) as last"
        f" from {source} where {name} is not null group by all"
    )

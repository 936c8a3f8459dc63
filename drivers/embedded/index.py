"""The data base of the embedded store, as its writing thread sees it: names, fresh rows, the list of files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from math import isfinite

import duckdb

from city.errors import Refused
from city.measurements import Metric, Reading
from city.telemetry import Tags
from drivers.embedded import catalogue
from drivers.embedded.catalogue import Interval
from drivers.embedded.names import Names
from drivers.embedded.newest import newest_rows
from drivers.embedded.parts import DAY_US, Files, Part, remove
from drivers.embedded.sorting import write_part
from drivers.embedded.spans import FRESH_SEQ, Rows
from drivers.instants import to_microseconds

Key = tuple[int, int]
"""A series and an instant, microseconds."""

_EVERY = tuple(metric.value for metric in Metric)
_LATE = """
insert into late values ($1, $2, $3) on conflict do update
    set first_us = least(first_us, excluded.first_us), last_us = greatest(last_us, excluded.last_us)
"""


class Index:
    """One open ``index.duckdb``; every method raises ``duckdb.Error`` and leaves things as they were then."""

    def __init__(
        self, database: duckdb.DuckDBPyConnection, files: Files, tags_of: Callable[[str], Tags]
    ) -> None:
        """Make the tables that are not there yet, and learn what is.

        Raises:
            BadInput: the file belongs to something else.
        """
        catalogue.prepare(database)
        self.database = database
        self.files = files
        self.names = Names(database, tags_of)
        both = "(select series, at_us, seq from latest union all select series, at_us, seq from fresh)"
        rows = database.execute(f"select series, max(at_us) from {both} group by series").fetchall()  # noqa: S608
        self._newest: dict[int, int] = dict(rows)
        self.fresh_rows: int
        [[self.fresh_rows, seq]] = database.execute(
            f"select count(*), coalesce(max(seq), {FRESH_SEQ}) from fresh"  # noqa: S608 (our own number)
        ).fetchall()
        self._seq: int = seq
        [[number]] = database.execute(
            "select greatest((select coalesce(max(number), 0) from parts),"
            " (select coalesce(max(number), 0) from summaries))"
        ).fetchall()
        self._number: int = number

    @property
    def newest_us(self) -> int | None:
        """The newest instant that anything was ever stored of."""
        return max(self._newest.values(), default=None)

    def next_number(self) -> int:
        """A number for a new file: higher than that of any before."""
        self._number += 1
        return self._number

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is committed and on the disk, or nothing of it."""
        self.database.execute("begin")
        try:
            yield
            self.database.execute("commit")
        except BaseException:
            with suppress(duckdb.Error):
                self.database.execute("rollback")
            raise

    def write(self, readings: Sequence[Reading]) -> None:
        """Commit readings, all or none of them.

        Raises:
            Refused: a value is no finite number.
        """
        _check(readings)
        keys: list[Key] = []
        rows: list[Mapping[Metric, float]] = []
        for reading in readings:
            if reading.values:
                number = self.names.number(reading.kind, reading.device)
                keys.append((number, to_microseconds(reading.at)))
                rows.append(reading.values)
        if not keys:
            return
        if len(set(keys)) < len(keys):
            keys, rows = _merged(keys, rows)
        late = self._late(keys)
        metrics = list(dict.fromkeys(chain.from_iterable(rows)))
        columns = [[row.get(metric) for row in rows] for metric in metrics]
        series, instants = zip(*keys, strict=True)
        places = ", ".join(f"unnest(${number}::double[])" for number in range(4, 4 + len(metrics)))
        query = (
            f"insert into fresh (series, at_us, seq, {', '.join(metrics)})"
            f" select unnest($1::integer[]), unnest($2::bigint[]), $3::bigint, {places}"
        )
        with self.transaction():
            saved = self.names.save(self.database)
            self.database.execute(query, [list(series), list(instants), self._seq + 1, *columns])
            for day, (first, last) in late.items():
                self.database.execute(_LATE, [day, first, last])
        self.names.saved(saved)
        self._seq += 1
        self.fresh_rows += len(keys)

    def empty(self) -> None:
        """Write the fresh rows as files of their days.

        A crash at any moment loses and doubles nothing: a file counts from the moment in which its rows are fresh no
        more, and one that is not listed is removed at the next opening.
        """
        twins = {first // DAY_US: (first, last) for first, last in catalogue.late_rows(self.database)}
        days = self.database.execute(
            "select distinct at_us // $1 from fresh order by all", [DAY_US]
        ).fetchall()
        rows = Rows(self.files, [])
        parts: list[Part] = []
        try:
            for [day] in days:
                parts.append(self._part(rows, day, twins.get(day)))
            self._list_emptied(parts, has_twins=bool(twins))
        except BaseException:
            self._give_up(parts)
            raise
        self.fresh_rows = 0

    def _list_emptied(self, parts: Sequence[Part], *, has_twins: bool) -> None:
        """Let files take the place of the fresh rows, and the last values be known without these."""
        with self.transaction():
            for part in parts:
                catalogue.list_part(self.database, part)
            metrics = self.present()
            columns = ", ".join(metrics)
            newest = newest_rows(metrics, has_twins=has_twins)
            self.database.execute(f"create temp table newer as {newest}")
            self.database.execute("delete from latest")
            self.database.execute(
                f"insert into latest (series, at_us, seq, {columns}) select series, at_us, 0, {columns} from newer"  # noqa: S608
            )
            self.database.execute("drop table newer")
            self.database.execute("delete from fresh")
            self.database.execute("delete from late")

    def _give_up(self, parts: Sequence[Part]) -> None:
        """Remove files that did not get onto the list; where that cannot be read, the next opening does."""
        with suppress(duckdb.Error):
            listed = {number for [number] in self.database.execute("select number from parts").fetchall()}
            remove(self.files.part(part.day, part.number) for part in parts if part.number not in listed)

    def present(self) -> list[str]:
        """The metrics that have a value among the fresh rows and the last ones."""
        counts = ", ".join(f"count({metric})" for metric in _EVERY)
        both = f"select {', '.join(_EVERY)} from fresh union all select {', '.join(_EVERY)} from latest"  # noqa: S608
        [found] = self.database.execute(f"select {counts} from ({both})").fetchall()  # noqa: S608 (our own words)
        return [metric for metric, held in zip(_EVERY, found, strict=True) if held]

    def _part(self, rows: Rows, day: int, late: Interval | None) -> Part:
        return write_part(self.database, rows, self.next_number(), day, late, twins=[late] if late else [])

    def _late(self, keys: Sequence[Key]) -> dict[int, Interval]:
        """Between which instants of each day there may be values already for what is now to be written.

        A row that is newer than all of its series is certainly none of those. Instants are taken note of before the
        commit: what is written again after a failure may then be thought late, which only takes time.
        """
        newest = self._newest
        late: dict[int, Interval] = {}
        for series, at_us in keys:
            known = newest.get(series)
            if known is None or at_us > known:
                newest[series] = at_us
            else:
                first, last = late.get(at_us // DAY_US, (at_us, at_us))
                late[at_us // DAY_US] = min(first, at_us), max(last, at_us)
        return late


def _check(readings: Sequence[Reading]) -> None:
    for reading in readings:
        if not isfinite(sum(reading.values.values())):  # a sum may also run over: look again
            for metric, value in reading.values.items():
                if not isfinite(value):
                    raise Refused(f"{reading.device} {metric}: got {value}, expected a finite number")


def _merged(
    keys: Sequence[Key], rows: Sequence[Mapping[Metric, float]]
) -> tuple[list[Key], list[Mapping[Metric, float]]]:
    """One row for each series and instant: metric by metric, what came last."""
    merged: dict[Key, dict[Metric, float]] = {}
    for key, values in zip(keys, rows, strict=True):
        merged.setdefault(key, {}).update(values)
    return list(merged), list(merged.values())

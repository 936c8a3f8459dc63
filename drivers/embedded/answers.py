"""What the embedded store is asked, answered in its reading thread: each answer from one moment of what is stored."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from city.measurements import DeviceKind, Metric
from city.telemetry import Aggregate, Sample, Tag, Track, Window
from drivers.embedded import catalogue
from drivers.embedded.names import Names
from drivers.embedded.newest import newest_rows
from drivers.embedded.parts import DAY_US, HOUR_US, Files
from drivers.embedded.spans import Rows, Source, Span, spans_of, twins_of
from drivers.embedded.view import View
from drivers.instants import EPOCH, MICROSECOND, from_microseconds, to_microseconds

ROWS_AT_ONCE = 5000
"""Rows made into Python's objects in one go: DuckDB lets no other thread run meanwhile, for some 5 ms."""
GROUPS_AT_ONCE = 1_500_000
"""Means of devices and steps that are held at once: a day of 15,000 lamps by quarter hours. 11 million are too many for
256 MB."""
TWINS_COST = 12
"""How many times fewer where rows may stand twice: each row is then held until its last twin is seen."""
SLICE_LEAST = timedelta(hours=1)
"""A question about many devices is not cut finer than that."""
_ACROSS: Mapping[Aggregate, str] = {Aggregate.MEAN: "avg(mean)", Aggregate.SUM: "sum(mean)"}
_EVERY = tuple(metric.value for metric in Metric)


class Answers:
    """Reads with a connection of its own; every method raises ``duckdb.Error``."""

    def __init__(self, database: duckdb.DuckDBPyConnection, files: Files, names: Names) -> None:
        self.database = database
        self._files = files
        self._names = names
        self.read: list[Path] = []
        """The files that the answer under way, or the last one, was read from."""

    @contextmanager
    def moment(self) -> Iterator[None]:
        """All that is read in the block is as of one moment."""
        self.read = []
        self.database.execute("begin")
        try:
            yield
        finally:
            self.database.execute("rollback")

    def numbers(self, kind: DeviceKind) -> list[int]:
        """The numbers of a kind, rising."""
        return list(self._names.numbers(kind).values())

    def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        """The newest value of each metric of each device of a kind."""
        only = self._only(kind)
        counts = ", ".join(f"count({metric})" for metric in _EVERY)
        both = " union all ".join(
            f"select {', '.join(_EVERY)} from {table} where {only}"  # noqa: S608 (our own words)
            for table in ("latest", "fresh")
        )
        [found] = self.database.execute(f"select {counts} from ({both})").fetchall()  # noqa: S608
        metrics = [metric for metric, held in zip(Metric, found, strict=True) if held]
        if not metrics:
            return {}
        has_twins = bool(catalogue.late_rows(self.database))
        numbers, devices = set(self._names.numbers(kind).values()), self._names.devices
        values: dict[str, dict[Metric, Sample]] = {}
        for number, at_us, *row in self._rows(newest_rows(list(metrics), has_twins=has_twins, only=only)):
            if number in numbers:
                at = from_microseconds(at_us)
                of_row = {
                    m: Sample(at, value) for m, value in zip(metrics, row, strict=True) if value is not None
                }
                values.setdefault(devices[number], {}).update(of_row)
        return values

    def series(
        self, device: str, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> list[Sample]:
        """One device's metric over a window, one sample a step, oldest first."""
        numbers = self._names.of_device(device)
        if not numbers:
            return []
        view = self._view(window, f"series in ({', '.join(map(str, numbers))})")
        rows = self._rows(
            f"select {_step(step)} as step, {view.aggregate(aggregate)} from ({view.values(metric)})"  # noqa: S608
            " group by step order by step"
        )
        return [Sample(from_microseconds(at_us), value) for at_us, value in rows]

    def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """A metric by tag value: the mean of each device in a step, combined across devices by SUM or MEAN."""
        instants = _Instants()
        groups: dict[str, list[Sample]] = {}
        for some in self._slices(kind, window, step):
            view = self._view(some, self._only(kind))
            query = f"""
                with means as (
                    select series, {_step(step)} as step, {view.aggregate(Aggregate.MEAN)} as mean
                    from ({view.values(metric)}) group by all)
                select {tag.value} as tag, step, {_ACROSS[across]}
                from means join series on series.id = means.series
                where kind = '{kind.value}' and tag != '' group by tag, step order by tag, step
            """  # noqa: S608 (fixed words of ours)
            for name, at_us, value in self._rows(query):
                groups.setdefault(name, []).append(Sample(instants[at_us], value))
        return groups

    def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """``series`` of every device of a kind at once."""
        wanted, devices, instants = set(self.numbers(kind)), self._names.devices, _Instants()
        found: dict[str, list[Sample]] = {}
        for some in self._slices(kind, window, step):
            view = self._view(some, self._only(kind))
            query = (
                f"select series, {_step(step)} as step, {view.aggregate(aggregate)} from ({view.values(metric)})"  # noqa: S608
                " group by series, step order by series, step"
            )
            for number, rows in groupby(self._rows(query), itemgetter(0)):
                if number in wanted:
                    samples = found.setdefault(devices[number], [])
                    samples += [Sample(instants[at_us], value) for _, at_us, value in rows]
        return found

    def tracks(self, numbers: Sequence[int], metrics: Sequence[Metric], window: Window) -> list[Track]:
        """What some devices, by rising number, measured over a window."""
        view = self._view(window, f"series between {numbers[0]} and {numbers[-1]}")
        wanted, devices, instants = set(numbers), self._names.devices, _Instants()
        rows = self._rows(f"select * from ({view.wide(metrics)}) order by series, at_us")  # noqa: S608
        return [
            Track(devices[number], [(instants[row[1]], row[2:]) for row in of_one])
            for number, of_one in groupby(rows, itemgetter(0))
            if number in wanted
        ]

    def stand(self, kind: DeviceKind, metric: Metric, at: datetime, oldest: timedelta) -> Mapping[str, float]:
        """What a metric of every device of a kind stood at, at an instant."""
        window = Window(at - oldest + MICROSECOND, at + MICROSECOND)
        view = self._view(window, self._only(kind), hours_end=True)
        query = f"select series, arg_max(value, at_us) from ({view.values(metric)}) group by series"  # noqa: S608
        numbers, devices = set(self._names.numbers(kind).values()), self._names.devices
        return {devices[number]: value for number, value in self._rows(query) if number in numbers}

    def count(self) -> int:
        """How many values are stored: what files say of themselves, and a look where one may be there twice."""
        late = catalogue.late_rows(self.database)
        parts = catalogue.parts(self.database, -(1 << 62), 1 << 62)
        days = {first // DAY_US for first, _ in [*late, *twins_of(parts)]}
        total = sum(part.held for part in parts if part.day not in days)
        sums = "+".join(f"count({metric})" for metric in _EVERY)
        elsewhere = f"not list_contains({sorted(days)}::bigint[], at_us // {DAY_US})"
        [[fresh]] = self._rows(f"select {sums} from fresh where {elsewhere}")  # noqa: S608 (our own words)
        for day in days:
            rows = Rows(self._files, [part for part in parts if part.day == day], with_fresh=True)
            self.read += [self._files.part(day, part.number) for part in rows.parts]
            twins = [*late, *twins_of(rows.parts)]
            for span in spans_of(day * DAY_US, (day + 1) * DAY_US, twins, ()):
                if span.source is Source.TWINS:
                    total += self._count_once(rows, span)
                    continue
                [[held]] = self._rows(f"select {sums} from ({rows.within(span, _EVERY)})")  # noqa: S608
                total += held
        return total + int(fresh)

    def _count_once(self, rows: Rows, span: Span) -> int:
        """Values in a span in which rows may stand twice, a quarter of an hour at a time."""
        total = 0
        sums = "+".join(f"count({metric})" for metric in _EVERY)
        for start in range(span.start, span.end, HOUR_US // 4):
            some = Span(span.source, start, min(start + HOUR_US // 4, span.end))
            [[held]] = self._rows(f"select {sums} from ({rows.within(some, _EVERY)})")  # noqa: S608
            total += held
        return total

    def _slices(self, kind: DeviceKind, window: Window, step: timedelta) -> Iterator[Window]:
        """A window in pieces of whole steps that DuckDB answers within its memory, however long the window is."""
        devices = max(1, len(self._names.numbers(kind)))
        bounds = to_microseconds(window.start), to_microseconds(window.end)
        late = [*catalogue.late_rows(self.database), *twins_of(catalogue.parts(self.database, *bounds))]
        if any(first < bounds[1] and last >= bounds[0] for first, last in late):
            devices *= TWINS_COST
        steps = max(1, GROUPS_AT_ONCE // devices, -(-SLICE_LEAST // step))
        start, end = window.start, window.start - (window.start - EPOCH) % step
        while start < window.end:
            end += steps * step
            yield Window(start, min(end, window.end))
            start = end

    def _view(self, window: Window, only: str, *, hours_end: bool = False) -> View:
        bounds = to_microseconds(window.start), to_microseconds(window.end)
        view = View(self.database, self._files, *bounds, only, hours_end=hours_end)
        self.read += view.read
        return view

    def _only(self, kind: DeviceKind) -> str:
        """A condition that leaves most other kinds aside; numbers of a kind often follow each other."""
        numbers = list(self._names.numbers(kind).values())
        return f"series between {numbers[0]} and {numbers[-1]}" if numbers else "false"

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        answer = self.database.execute(query)
        while rows := answer.fetchmany(ROWS_AT_ONCE):
            yield from rows


class _Instants(dict[int, datetime]):
    """The instants of microseconds, each made once: many samples share one."""

    def __missing__(self, at_us: int) -> datetime:
        self[at_us] = at = from_microseconds(at_us)
        return at


def _step(step: timedelta) -> str:
    return f"at_us - at_us % {step // MICROSECOND}"

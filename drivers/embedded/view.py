"""All that is stored as of one moment, over a window, and the aggregates over it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from city.measurements import Metric
from city.telemetry import Aggregate
from drivers.embedded import catalogue
from drivers.embedded.parts import HOUR_US, Files, listed, quoted
from drivers.embedded.spans import Rows, Source, Span, spans_of, twins_of

_OF_VALUES: Mapping[Aggregate, str] = {
    Aggregate.MEAN: "avg(value)",
    Aggregate.MIN: "min(value)",
    Aggregate.MAX: "max(value)",
    Aggregate.LAST: "arg_max(value, at_us)",
    Aggregate.SUM: "sum(value)",
}
_OF_SUMMARIES: Mapping[Aggregate, str] = {
    Aggregate.MEAN: "sum(mean * n) / sum(n)",
    Aggregate.MIN: "min(low)",
    Aggregate.MAX: "max(high)",
    Aggregate.LAST: "arg_max(last, at_us)",
    Aggregate.SUM: "sum(mean * n)",
}


class View:
    """The text of questions over a window; to be made and used within one transaction."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        files: Files,
        start: int,
        end: int,
        only: str = "true",
        *,
        hours_end: bool = False,
    ) -> None:
        """``start`` and ``end`` (excluded) in microseconds; ``only`` is a condition on ``series``.

        A summary stands at the start of its hour, or in the last microsecond of it with ``hours_end``.
        """
        self._shift = HOUR_US - 1 if hours_end else 0
        parts = catalogue.parts(database, start, end)
        closed = {each.day: each for each in catalogue.closed(database, start, end)}
        self._rows = Rows(files, [part for part in parts if part.day not in closed], only=only)
        self._spans = spans_of(
            start, end, [*catalogue.late_rows(database), *twins_of(self._rows.parts)], closed
        ) or [Span(Source.PLAIN, start, start)]
        self._hours = {day: files.summary(day, each.number) for day, each in closed.items()}
        self.read: list[Path] = [
            *(files.part(part.day, part.number) for part in self._rows.parts),
            *self._hours.values(),
        ]
        """The files that are read."""

    def values(self, metric: Metric) -> str:
        """Rows of one metric: ``series``, ``at_us``, ``value``; with summaries also ``n, mean, low, high, last``."""
        pieces = []
        for span in self._spans:
            if span.source is Source.SUMMARY:
                pieces.append(self._summaries(span, metric))
            else:
                rows = self._rows.within(span, [metric.value])
                words = "".join(f", {metric.value} as {word}" for word in ("mean", "low", "high", "last"))
                pieces.append(
                    f"select series, at_us, {metric.value} as value {f', 1 as n{words}' if self._hours else ''}"  # noqa: S608 (our own words)
                    f" from ({rows}) where {metric.value} is not null"
                )
        return " union all ".join(pieces)

    def aggregate(self, aggregate: Aggregate) -> str:
        """An aggregate over ``values``."""
        return (_OF_SUMMARIES if self._hours else _OF_VALUES)[aggregate]

    def wide(self, metrics: Sequence[Metric]) -> str:
        """Rows of several metrics side by side, where at least one has a value; one an hour of what is summarised."""
        names = [metric.value for metric in metrics]
        pieces = []
        for span in self._spans:
            if span.source is Source.SUMMARY:
                means = ", ".join(f"max(mean) filter (metric = '{name}') as {name}" for name in names)
                wanted = ", ".join(map(quoted, names))
                pieces.append(
                    f"select series, at_us, {means} from ({self._hourly(span)})"  # noqa: S608 (our own words)
                    f" where metric in ({wanted}) group by series, at_us"
                )
            else:
                pieces.append(self._rows.within(span, names))
        some = " or ".join(f"{name} is not null" for name in names)
        return f"select * from ({' union all '.join(pieces)}) where {some}"  # noqa: S608 (our own words)

    def _summaries(self, span: Span, metric: Metric) -> str:
        return (
            f"select series, at_us, last as value, n, mean, low, high, last from ({self._hourly(span)})"  # noqa: S608 (our own words)
            f" where metric = '{metric.value}'"
        )

    def _hourly(self, span: Span) -> str:
        """Summaries as they stand in the files; of a counter only the last value of each hour is kept."""
        at_us = f"at_us + {self._shift}"
        mean, low, high = (f"coalesce({word}, last) as {word}" for word in ("mean", "low", "high"))
        return (
            f"select series, metric, {at_us} as at_us, n, {mean}, {low}, {high}, last"  # noqa: S608 (our own words)
            f" from {listed(list(self._hours.values()))}"
            f" where {at_us} >= {span.start} and {at_us} < {span.end} and {self._rows.only}"
        )

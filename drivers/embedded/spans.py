"""From where a span of time is answered: plain rows, rows that may stand twice, or summaries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise

from drivers.embedded.catalogue import Interval
from drivers.embedded.parts import DAY_US, Files, Part, listed

FRESH_SEQ = 1 << 40
"""Fresh rows come after every part: their ``seq`` starts here, and parts count from 1."""


class Source(Enum):
    """What answers for a span of time."""

    PLAIN = "plain"
    TWINS = "twins"
    """Several rows may stand for one series and instant: column by column, the last one written counts."""
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, end excluded, microseconds."""

    source: Source
    start: int
    end: int


def spans_of(start: int, end: int, twins: Iterable[Interval], closed: Collection[int]) -> list[Span]:
    """A window cut where its source changes; days that are closed have nothing but summaries."""
    twins = list(twins)
    cuts = {start, end}
    for first, last in twins:
        cuts |= {first, last + 1}
    for day in closed:
        cuts |= {day * DAY_US, (day + 1) * DAY_US}
    spans: list[Span] = []
    for begin, stop in pairwise(sorted(cut for cut in cuts if start <= cut <= end)):
        if begin // DAY_US in closed:
            source = Source.SUMMARY
        elif any(first <= begin <= last for first, last in twins):
            source = Source.TWINS
        else:
            source = Source.PLAIN
        first = spans.pop().start if spans and spans[-1].source is source else begin
        spans.append(Span(source, first, stop))
    return spans


def twins_of(parts: Iterable[Part]) -> list[Interval]:
    """Where parts may hold what others hold too."""
    return [
        (part.late_first_us, part.late_last_us)
        for part in parts
        if part.late_first_us is not None and part.late_last_us is not None
    ]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of values that stand in some parts, and perhaps among the fresh ones, as text for DuckDB."""

    files: Files
    parts: Sequence[Part]
    with_fresh: bool = True
    only: str = "true"
    """A condition on ``series``."""

    def within(self, span: Span, metrics: Sequence[str]) -> str:
        """The rows of a span: ``series``, ``at_us`` and a column for each metric, null where there is no value."""
        bounds = f"at_us >= {span.start} and at_us < {span.end} and {self.only}"
        parts = [part for part in self.parts if part.first_us < span.end and part.last_us >= span.start]
        if span.source is Source.TWINS:
            pieces = [self._of_parts([part], metrics, bounds, f"{part.number} as seq,") for part in parts]
            pieces += self._of_fresh(metrics, bounds, "seq,")
            last = ", ".join(f"arg_max({metric}, seq) as {metric}" for metric in metrics)
            return (
                f"select series, at_us, {last} from ({_union(pieces, metrics, 'null as seq,')})"  # noqa: S608 (our own words)
                " group by series, at_us"
            )
        alike = sorted(parts, key=_columns)
        pieces = [self._of_parts(list(some), metrics, bounds) for _, some in groupby(alike, key=_columns)]
        return _union(pieces + self._of_fresh(metrics, bounds), metrics)

    def _of_parts(self, parts: Sequence[Part], metrics: Sequence[str], bounds: str, more: str = "") -> str:
        """Rows of parts of the same columns."""
        there = set(parts[0].metrics)
        columns = ", ".join(metric if metric in there else f"null::double as {metric}" for metric in metrics)
        files = listed([self.files.part(part.day, part.number) for part in parts])
        return f"select series, at_us, {more} {columns} from {files} where {bounds}"  # noqa: S608 (our own words)

    def _of_fresh(self, metrics: Sequence[str], bounds: str, more: str = "") -> list[str]:
        if not self.with_fresh:
            return []
        return [f"select series, at_us, {more} {', '.join(metrics)} from fresh where {bounds}"]  # noqa: S608 (our own words)


def _columns(part: Part) -> tuple[str, ...]:
    return tuple(part.metrics)


def _union(pieces: Sequence[str], metrics: Sequence[str], more: str = "") -> str:
    if pieces:
        return " union all ".join(pieces)
    nothing = ", ".join(f"null::double as {metric}" for metric in metrics)
    return f"select null::integer as series, null::bigint as at_us, {more} {nothing} where false"

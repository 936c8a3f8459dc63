"""What has changed since an hour ago: arrows with differences, and the last hours as a line of blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from city.messages import TimelineRow
from console.vocabulary import GREEN, GREY, VERMILION
from console.widgets.plot import sparkline

SPANS = (timedelta(hours=1), timedelta(minutes=15))
"""How far one looks back; the shorter one while the head-end has no longer memory."""
NEAR = timedelta(minutes=5)
"""A row as far away from the instant as this stands for it: there is one every five minutes."""
PER_CELL = 3
"""Rows of the timeline in a cell of a sparkline: a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Since:
    """The city as it was, and how long ago that is."""

    span: timedelta
    row: TimelineRow


def look_back(rows: Sequence[TimelineRow], now: datetime) -> Since | None:
    """The city an hour ago, or a quarter of an hour; None while nothing is so old."""
    for span in SPANS:
        then = now - span
        near = min(rows, key=lambda row: abs(row.at - then), default=None)
        if near and abs(near.at - then) <= NEAR:
            return Since(span, near)
    return None


def change(
    value: float | None, before: float | None, told: Callable[[float], str], *, is_bad: bool = False
) -> Text:
    """An arrow and the difference; nothing where nothing changed, or where one of the two is not known."""
    if value is None or before is None or told(abs(value - before)) == told(0.0):
        return Text()
    rose = value > before
    colour = GREY if not is_bad else VERMILION if rose else GREEN
    return Text(f"{'▲' if rose else '▼'} {told(abs(value - before))}", colour)


def last_hours(rows: Sequence[TimelineRow], name: str, cells: int) -> str:
    """A figure of the rows over the last quarters of hours, one cell each; nothing where there is none to show."""
    shown = list(rows)[-cells * PER_CELL :]
    quarters = [
        max(
            (value for row in shown[at : at + PER_CELL] if (value := getattr(row, name)) is not None),
            default=None,
        )
        for at in range(0, len(shown), PER_CELL)
    ]
    known = [value for value in quarters if value is not None]
    return sparkline(quarters, cells, max(known)) if len(known) > 1 and any(known) else ""

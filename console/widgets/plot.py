"""Plots in eighths of a cell: what was measured in front of what is planned, over a time axis."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from rich.text import Text

from console.i18n import Words
from console.theme import glow
from console.vocabulary import AMBER, BLUE, BRIGHT, FAINT, GREY, NIGHT_BLUE, VERMILION

EIGHTHS = " ▁▂▃▄▅▆▇█"
PLANNED = "░"
NOW = "│"
USUAL = "╌"
EXPECTED = "━"
FULL = "┄"
STEP = timedelta(hours=1)
"""How long each sample of a day holds."""
_TICK_STEPS_H = (1, 2, 3, 4, 6, 12)
ROWS_FOR_MIDDLE = 4
_TICK_ROOM = 8
"""Cells between two hours of the axis, at least."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What to draw: samples of what was measured and what was planned, by time."""

    start: datetime
    end: datetime
    measured: Sequence[tuple[datetime, float | None]]
    planned: Sequence[tuple[datetime, float | None]] = ()
    top: float = 100.0
    now: datetime | None = None
    stepped: bool = False
    """Draw the last value of each column instead of its mean: a staircase keeps its edges."""


Column = tuple[float | None, float | None]
"""Measured and planned in one column of cells, from 0 to 1."""


def columns_of(curve: Curve, width: int) -> list[Column]:
    """The mean of each column's samples; a column with none keeps the plan of the one before, never a measure."""
    measured = _by_column(curve.measured, curve, width, last=curve.stepped)
    planned = _by_column(curve.planned, curve, width, last=True)
    columns: list[Column] = []
    plan: float | None = None
    for x in range(width):
        plan = planned[x] if planned[x] is not None else plan
        columns.append((measured[x], plan))
    return _bridged(columns, curve, width)


def _bridged(columns: list[Column], curve: Curve, width: int) -> list[Column]:
    """Fill the columns between two samples when samples are fewer than columns; longer gaps stay gaps."""
    known = [x for x, (value, _) in enumerate(columns) if value is not None]
    samples = sum(1 for _, value in curve.measured if value is not None)
    if samples >= width or not known:
        return columns
    usual = max(1, round((known[-1] - known[0]) / max(1, len(known) - 1)))
    bridged = list(columns)
    for here, there in pairwise(known):
        if there - here <= 2 * usual:
            for x in range(here + 1, there):
                bridged[x] = (columns[here][0], columns[x][1])
    return bridged


def _by_column(
    samples: Sequence[tuple[datetime, float | None]], curve: Curve, width: int, *, last: bool
) -> list[float | None]:
    span = (curve.end - curve.start).total_seconds() or 1.0
    sums, counts = [0.0] * width, [0] * width
    for at, value in samples:
        x = int((at - curve.start).total_seconds() / span * width)
        if value is not None and 0 <= x < width:
            sums[x] = value if last else sums[x] + value
            counts[x] = 1 if last else counts[x] + 1
    top = curve.top or 1.0
    return [sums[x] / counts[x] / top if counts[x] else None for x in range(width)]


def area(curve: Curve, width: int, height: int, colour: str = AMBER) -> list[Text]:
    """The plot itself: measured solid, planned shaded behind it, the present as a line."""
    columns = columns_of(curve, width)
    now_x = _column_at(curve, curve.now, width) if curve.now else None
    rows = []
    for level in reversed(range(height)):
        cells = [_cell(column, level, height, colour) for column in columns]
        if cells and now_x is not None:
            cells[now_x] = NOW, _on_now(columns[now_x], level, height, colour)
        rows.append(_line(cells))
    return rows


def _line(cells: Iterable[tuple[str, str]]) -> Text:
    """Characters and their styles as one line: neighbours of one style are one piece, which costs less to draw."""
    line = Text(no_wrap=True, end="")
    for style, run in groupby(cells, itemgetter(1)):
        line.append("".join(character for character, _ in run), style)
    return line


def _on_now(column: Column, level: int, height: int, colour: str) -> str:
    """The style of the line of the present, which must not cut a gap into a full area."""
    character, style = _cell(column, level, height, colour)
    return f"{NIGHT_BLUE} on {style}" if character == EIGHTHS[-1] else BRIGHT


def _cell(column: Column, level: int, height: int, colour: str) -> tuple[str, str]:
    """Character and colour of one cell, ``level`` rows above the ground."""
    measured, planned = column
    if measured is not None:
        eighths = round(min(1.0, max(0.0, measured)) * height * 8) - level * 8
        if eighths > 0:
            return EIGHTHS[min(8, eighths)], glow(colour, (level + 1) / height)
        if level == 0:
            return EIGHTHS[1], FAINT
    if planned is not None and min(1.0, planned) * height - level >= 0.5:
        return PLANNED, BLUE if measured is None else GREY
    return " ", ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day hour by hour: what was, what usually is, and what is to be expected between two bounds."""

    start: datetime
    end: datetime
    measured: Sequence[tuple[datetime, float | None]]
    usual: Sequence[tuple[datetime, float | None]] = ()
    expected: Sequence[tuple[datetime, float | None]] = ()
    low: Sequence[tuple[datetime, float | None]] = ()
    high: Sequence[tuple[datetime, float | None]] = ()
    top: float = 100.0
    full_at: float | None = None
    """Where a line says that no more fits; None for no line."""
    now: datetime | None = None

    @property
    def axis(self) -> Curve:
        """The same time, for the axis under it."""
        return Curve(self.start, self.end, (), now=self.now)


class _Hour(NamedTuple):
    """What one column of cells shows, each from 0 to 1."""

    measured: float | None
    usual: float | None
    expected: float | None
    low: float | None
    high: float | None


def day_area(day: Day, width: int, height: int, colour: str = AMBER) -> list[Text]:
    """A day: measured solid, the usual as a dashed line, what is ahead as a line in a shaded band."""
    lines = (day.measured, day.usual, day.expected, day.low, day.high)
    columns = [_Hour(*hour) for hour in zip(*(_held(line, day, width) for line in lines), strict=True)]
    now_x = _column_at(day.axis, day.now, width) if day.now else None
    full_row = _row_of(day.full_at / (day.top or 1.0), height) if day.full_at is not None else None
    rows = []
    for level in reversed(range(height)):
        cells = [_hour_cell(hour, level, height, colour, is_full=level == full_row) for hour in columns]
        if cells and now_x is not None:
            cells[now_x] = NOW, _on_now((columns[now_x].measured, None), level, height, colour)
        rows.append(_line(cells))
    return rows


def _held(samples: Sequence[tuple[datetime, float | None]], day: Day, width: int) -> list[float | None]:
    """The share of the top that holds in the middle of each column; a sample holds for its hour and no longer."""
    known = [(at, value) for at, value in samples if value is not None]
    starts = [at for at, _ in known]
    column = (day.end - day.start) / max(1, width)
    held: list[float | None] = []
    for x in range(width):
        middle = day.start + (x + 0.5) * column
        before = bisect_right(starts, middle) - 1
        holds = before >= 0 and middle < starts[before] + STEP
        held.append(known[before][1] / (day.top or 1.0) if holds else None)
    return held


def _row_of(share: float, height: int) -> int | None:
    """The row above the ground in which a value lies; None where it is off the plot."""
    return min(height - 1, int(share * height)) if 0 <= share <= 1 else None


def _hour_cell(hour: _Hour, level: int, height: int, colour: str, *, is_full: bool) -> tuple[str, str]:
    """Character and colour of one cell: what was measured first, then lines, then the band."""
    character, style = _cell((hour.measured, None), level, height, colour)
    usual_here = hour.usual is not None and _row_of(hour.usual, height) == level
    if character == EIGHTHS[-1] and usual_here:
        return USUAL, f"{NIGHT_BLUE} on {style}"
    if character != " " and style != FAINT:
        return character, style
    if hour.expected is not None and _row_of(hour.expected, height) == level:
        return EXPECTED, f"bold {BLUE}"
    if usual_here:
        return USUAL, GREY
    if is_full:
        return FULL, VERMILION
    if (
        hour.low is not None
        and hour.high is not None
        and hour.low * height <= level + 0.5 <= hour.high * height
    ):
        return PLANNED, BLUE
    return character, style


def _column_at(curve: Curve, instant: datetime, width: int) -> int | None:
    share = (instant - curve.start) / (curve.end - curve.start) if curve.end > curve.start else -1
    return int(share * width) if 0 <= share < 1 else None


def hours_axis(curve: Curve, width: int, words: Words) -> Text:
    """Local hours under a plot, as many as have room."""
    hours = (curve.end - curve.start).total_seconds() / 3600
    room = next((step for step in _TICK_STEPS_H if hours / step * _TICK_ROOM <= width), _TICK_STEPS_H[-1])
    cells = [" "] * width
    tick = curve.start.astimezone(words.zone).replace(minute=0, second=0, microsecond=0)
    while tick < curve.end:
        if tick.hour % room == 0 and (x := _column_at(curve, tick, width)) is not None:
            _put(cells, x, f"{tick.hour:02} h" if words.language == "fr" else f"{tick.hour:02}:00")
        tick += timedelta(hours=1)
    return Text("".join(cells), GREY, no_wrap=True, end="")


def marks_axis(curve: Curve, width: int, marks: Sequence[tuple[datetime | None, str]]) -> Text:
    """Named instants under a plot; the first ones win where two would overlap."""
    cells = [" "] * width
    for at, label in marks:
        if at is not None and (x := _column_at(curve, at, width)) is not None:
            _put(cells, x - len(label) if x + len(label) > width else x, label)
    return Text("".join(cells), GREY, no_wrap=True, end="")


def _put(cells: list[str], x: int, label: str) -> None:
    if (
        x >= 0
        and x + len(label) <= len(cells)
        and not "".join(cells[max(0, x - 1) : x + len(label) + 1]).strip()
    ):
        cells[x : x + len(label)] = label


def with_scale(rows: list[Text], top: float, label: Callable[[float], str], lead: int) -> list[Text]:
    """A plot with its scale in ``lead`` cells on the left: top, middle and zero."""
    names = {0: label(top), len(rows) - 1: label(0)}
    if len(rows) >= ROWS_FOR_MIDDLE and len(rows) % 2 == 0:
        names[len(rows) // 2] = label(top / 2)
    return [
        Text.assemble(
            (names.get(y, "").rjust(lead - 1), GREY),
            ("┤" if y in names else "│", FAINT),
            row,
            no_wrap=True,
            end="",
        )
        for y, row in enumerate(rows)
    ]


def scale_width(top: float, label: Callable[[float], str]) -> int:
    """How many cells ``with_scale`` takes on the left."""
    return max(len(label(top)), len(label(top / 2)), len(label(0))) + 1


def bar(share: float | None, width: int, colour: str) -> Text:
    """A bar as thin as a line, in halves of a cell; dashed when its value is not known."""
    if share is None:
        return Text("╌" * width, FAINT)
    halves = round(min(1.0, max(0.0, share)) * width * 2)
    filled = "━" * (halves // 2) + "╸" * (halves % 2)
    return Text.assemble((filled, colour), ("─" * (width - len(filled)), FAINT))


def thick_bar(share: float | None, width: int, colour: str) -> Text:
    """A bar as high as a line, where it has lines of its own above and below."""
    if share is None:
        return bar(None, width, colour)
    filled = round(min(1.0, max(0.0, share)) * width)
    return Text.assemble(("█" * filled, colour), ("░" * (width - filled), FAINT))


def sparkline(values: Sequence[float | None], width: int, top: float) -> str:
    """The last values as one line of blocks; gaps are blank."""
    shown = list(values)[-width:]
    return "".join(
        " " if value is None else EIGHTHS[max(1, min(8, round(value / (top or 1.0) * 8)))] for value in shown
    )

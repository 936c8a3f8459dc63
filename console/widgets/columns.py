"""The columns of a table, declared once, and how they share its width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from rich.text import Text

from console.vocabulary import AMBER, BLUE, GREY
from console.widgets.painted import fit

R = TypeVar("R")

GAP = " "
"""Stands after each column."""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column, declared once: title, width, what it shows and how it sorts."""

    key: str
    title: str
    """An English message id."""
    width: int
    cell: Callable[[R], Text]
    order: Callable[[R], Any] | None = None
    """What it sorts by; None where sorting makes no sense."""
    align: Literal["left", "right"] = "left"
    grows: bool = False
    """Takes the room that is left over."""
    needs: int = 0
    """Shown only when the table is at least so wide: the least needed columns go first."""
    below: int = 10_000
    """Shown only when the table is narrower: the short form of another column."""
    extra: bool = False
    """Shown only to those who choose it."""
    raw: Callable[[R], object] | None = None
    """Its value in a file; None: what it shows."""
    unit: str = ""
    """Of its value in a file."""


def full_forms(columns: Sequence[Column[R]]) -> dict[str, Column[R]]:
    """Each column once, in the form that needs most room, by key."""
    forms: dict[str, Column[R]] = {}
    for column in columns:
        if column.key not in forms or column.needs > forms[column.key].needs:
            forms[column.key] = column
    return forms


def usual(columns: Sequence[Column[R]]) -> tuple[str, ...]:
    """The keys of the columns that show while nobody has chosen, given the room."""
    return tuple(key for key, column in full_forms(columns).items() if not column.extra)


def lay_out(
    columns: Sequence[Column[R]], width: int, lead: int, picked: Sequence[str] | None = None
) -> list[tuple[Column[R], int]]:
    """The columns for which there is room, each with its width; growing ones share what ``lead`` and the rest leave.

    Of those that somebody has picked, as many as the width takes, in their order.
    """
    if picked is None:
        shown = [column for column in columns if not column.extra and column.needs <= width < column.below]
    else:
        shown = _picked(columns, width, lead, picked)
    growing = [column for column in shown if column.grows]
    left = max(0, width - lead - sum(column.width + len(GAP) for column in shown))
    share, odd = divmod(left, len(growing)) if growing else (0, 0)
    extra = {column.key: share for column in growing}
    if growing:
        extra[growing[-1].key] += odd
    return [(column, column.width + extra.get(column.key, 0)) for column in shown]


def _picked(columns: Sequence[Column[R]], width: int, lead: int, picked: Sequence[str]) -> list[Column[R]]:
    forms: dict[str, Column[R]] = {}
    for column in columns:
        if width < column.below and (column.key not in forms or column.needs <= width):
            forms[column.key] = column
    shown: list[Column[R]] = []
    left = width - lead
    for column in (forms[key] for key in picked if key in forms):
        if column.width + len(GAP) <= left or not shown:
            shown.append(column)
            left -= column.width + len(GAP)
    return shown


def column_at(layout: Sequence[tuple[Column[R], int]], lead: int, x: int) -> Column[R] | None:
    """The column that covers a cell of the line."""
    start = lead
    for column, width in layout:
        if start <= x < start + width:
            return column
        start += width + len(GAP)
    return None


def header_line(
    layout: Sequence[tuple[Column[R], int]], titles: Sequence[tuple[str, str]], lead: str
) -> Text:
    """The titles over their columns, each with the arrow of the order if the table is sorted by it."""
    line = Text(lead, no_wrap=True, end="")
    for (column, width), (title, arrow) in zip(layout, titles, strict=True):
        text = fit(title, width - len(arrow)) + arrow
        padded = text.rjust(width) if column.align == "right" else text.ljust(width)
        line.append(padded + GAP, f"bold {BLUE}" if arrow else f"bold {GREY}")
    return line


def row_line(layout: Sequence[tuple[Column[R], int]], row: R, lead: str) -> Text:
    """The cells of a row, each as wide as its column."""
    line = Text(no_wrap=True, end="")
    line.append(lead, AMBER)
    for column, width in layout:
        cell = column.cell(row)
        if cell.cell_len > width:
            cell = cell.copy()
            cell.truncate(width, overflow="ellipsis")
        pad = " " * (width - cell.cell_len)
        line.append_text(Text.assemble(pad, cell) if column.align == "right" else Text.assemble(cell, pad))
        line.append(GAP)
    return line

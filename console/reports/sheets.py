"""Tables as plain text and as comma-separated values."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO

from console.hostile import clean

_FORMULA = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet would calculate."""


def aligned(rows: Sequence[Sequence[str]], sides: str, indent: str = "") -> list[str]:
    """Rows of cells as lines, each column as wide as its widest cell; ``sides`` has an l or r for each column."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(len(sides))]
    return [
        indent
        + "  ".join(
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, sides, strict=True)
        ).rstrip()
        for row in cells
    ]


def to_csv(fields: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """RFC 4180: a header, a comma between cells, CRLF after each line; an unknown value is an empty cell.

    What would be a formula to a spreadsheet gets an apostrophe before it: names come from outside.
    """
    text = StringIO()
    writer = csv.DictWriter(text, fields, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

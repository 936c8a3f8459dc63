"""Files that the console writes in the folder it was started in: tables as CSV, and names that are still free."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from city.errors import BadInput
from console.i18n import UNKNOWN, Words
from console.reports.sheets import to_csv
from console.widgets.columns import Column

R = TypeVar("R")

DIGITS = 3
"""After the point: what was reckoned in binary should not look more exact than it was measured."""


def csv_of(words: Words, columns: Sequence[Column[R]], rows: Iterable[R]) -> str:
    """A table for a spreadsheet: bare values, their units in the header, times in UTC."""
    titles = {column.key: _title(words, column) for column in columns}
    cells = ({titles[column.key]: _value(column, row) for column in columns} for row in rows)
    return to_csv(list(titles.values()), cells)


def _title(words: Words, column: Column[R]) -> str:
    title = words.t(column.title)
    return f"{title} ({column.unit})" if column.unit else title


def _value(column: Column[R], row: R) -> object:
    if column.raw is not None:
        value = column.raw(row)
        return round(value, DIGITS) if isinstance(value, float) else value
    text = column.cell(row).plain.strip()
    return None if text == UNKNOWN else text


def sheet_name(mode: str, now: datetime | None) -> str:
    """What the file of a table is called: of which screen and of which instant it is."""
    return f"falotier-{mode}-{now.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}" if now else f"falotier-{mode}"


def save_sheet(folder: Path, name: str, content: str) -> Path:
    """Write a new CSV file; one that is there is never written over.

    Raises:
        BadInput: it cannot be written.
    """
    path = free_name(folder, name, ".csv")
    while True:
        try:
            # "x": whoever else writes here at this moment keeps the name.
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(content)
        except FileExistsError:
            path = free_name(folder, name, ".csv")
        except OSError as error:
            raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
        else:
            return path


def free_name(folder: Path, name: str, *suffixes: str) -> Path:
    """The first of NAME, NAME-2, NAME-3 … with which no file of any of these suffixes is there; with the first."""
    for number in count(1):
        stem = name if number == 1 else f"{name}-{number}"
        paths = [folder / f"{stem}{suffix}" for suffix in suffixes]
        if not any(path.exists() or path.is_symlink() for path in paths):
            break
    return paths[0]

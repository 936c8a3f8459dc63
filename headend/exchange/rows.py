"""What a file of somebody else says, row by row, in the words of our inventory file."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["lamp-type", "cabinet", "light-point", "hotspot", "wifi-controller", "access-point", "group"]
Feature = Literal["cabinet", "light-point", "access-point"]
"""The kinds that are features of the file; all others are members beside them."""
KINDS: tuple[Kind, ...] = get_args(Kind)
FEATURES: tuple[Feature, ...] = get_args(Feature)

GOT_MOST = 60
"""Characters of a value that are repeated in a message, at most."""


UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no identifier holds: control characters, and halves of characters, which no file can be written with."""


def printable(text: str) -> str:
    """What a file says, with escapes for what cannot be printed."""
    return UNFIT.sub(lambda found: ascii(found[0])[1:-1], text)


class Unreadable(Exception):
    """Why a row cannot be used: key, what it got and what it expected."""

    def __init__(self, key: str, got: object, expected: str) -> None:
        super().__init__(key, got, expected)
        self.key = key
        self.got = "nothing" if got is None else printable(f"{got!r:.{GOT_MOST}}")
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, as a file has it: only what the file says stands in it."""

    number: int
    """Its line, or its place in the list, counted from 1."""
    kind: Kind
    id: str
    properties: Mapping[str, Any]
    """By the names of the inventory file."""
    position: tuple[float, float] | None = None
    """Longitude and latitude, degrees; of features alone. None: where it stands already."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used."""

    number: int
    id: str
    """Empty where it has none."""
    key: str
    got: str
    expected: str

    @classmethod
    def of(cls, number: int, name: str, why: Unreadable) -> "BadRow":
        """A row with the reason why it cannot be used."""
        return cls(number, printable(name[:GOT_MOST]), why.key, why.got, why.expected)


@dataclass
class Rows:
    """All that a file says, and what of it could not be used."""

    counted: Literal["line", "feature", "entity"]
    """What a row's number counts."""
    rows: list[Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    """What has no place in our inventory, by its name in the file: how many rows said it."""

    def refuse(self, number: int, name: str, why: Unreadable) -> None:
        """Put a row aside."""
        self.bad.append(BadRow.of(number, name, why))

    def only(self, kind: Kind) -> "Rows":
        """The rows of one kind; the others are counted as ignored."""
        ignored = self.ignored + Counter(f"kind {row.kind}" for row in self.rows if row.kind != kind)
        rows = [row for row in self.rows if row.kind == kind]
        return Rows(self.counted, rows, self.bad, ignored)

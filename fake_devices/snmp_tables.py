"""Tables of an SNMP agent whose rows come and go, and how one walks through them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Oid = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table as it is now; a group of scalars is a table with the one row ``0``."""

    entry: Oid
    """What comes before the column's number."""
    columns: Sequence[int]
    """In order."""
    indices: Sequence[Oid]
    """Its rows, in order."""
    read: Callable[[int, Oid], Any]
    """The SNMP value in a column of a row."""

    def has(self, oid: Oid) -> bool:
        """Whether there is an object at exactly this OID."""
        place = len(self.entry)
        if len(oid) <= place + 1 or oid[:place] != self.entry or oid[place] not in self.columns:
            return False
        index = oid[place + 1 :]
        row = bisect_left(self.indices, index)
        return row < len(self.indices) and self.indices[row] == index

    def value(self, oid: Oid) -> Any:
        """What stands at an OID that it has."""
        place = len(self.entry)
        return self.read(oid[place], oid[place + 1 :])

    def after(self, oid: Oid) -> Oid | None:
        """The first OID of the table past another one; None where there is none."""
        place = len(self.entry)
        if not self.indices or oid[:place] > self.entry:
            return None
        if oid[:place] < self.entry or len(oid) == place:
            return (*self.entry, self.columns[0], *self.indices[0])
        for column in self.columns[bisect_left(self.columns, oid[place]) :]:
            row = bisect_right(self.indices, oid[place + 1 :]) if column == oid[place] else 0
            if row < len(self.indices):
                return (*self.entry, column, *self.indices[row])
        return None


def next_in(tables: Iterable[Table], oid: Oid) -> tuple[Table, Oid] | None:
    """The first object of some tables, given in the order of their entries, past an OID."""
    for table in tables:
        found = table.after(oid)
        if found is not None:
            return table, found
    return None

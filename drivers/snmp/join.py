"""Rows of tables, put together by what they speak of: pure, and the same for every vendor."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from drivers.expressions import fits
from drivers.snmp.codec import Missing, Nothing, Said, Value, decoder, text
from drivers.snmp.index import Part, read_index
from drivers.snmp.profile import FIELDS, KEYS, Column, SnmpProfile, Table, Thing
from drivers.snmp.seen import Number, total

Key = tuple[str, ...]
"""What names one thing: the access point, if the device speaks for several, then the radio; or the network."""
Fields = dict[str, Number | str]

THIS_DEVICE = "{sysObjectID}"
"""In an OID: the device's own sysObjectID."""
NOT_GIVEN = Missing("not given")
STRANGERS = "rows by another index"


@dataclass(slots=True)
class Objects:
    """What was walked of a device."""

    columns: dict[str, dict[str, Value]] = field(default_factory=dict)
    """By the column's OID: its values, by their index."""
    failed: dict[str, str] = field(default_factory=dict)
    """By the column's OID: why it could not be read to its end."""


@dataclass(slots=True)
class Things:
    """What the rows say, by what they speak of."""

    of: dict[Thing, dict[Key, Fields]] = field(default_factory=lambda: {thing: {} for thing in KEYS})
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many values of a field were nonsense: by field (``radios.channel``) and reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, known by its index."""

    key: Key
    parts: Mapping[Part, str]


class JoinedTable:
    """One table of a profile, as one device has it."""

    def __init__(self, profile: SnmpProfile, table: Table, sys_object_id: str) -> None:
        """``sys_object_id``: the device's own, for tables that lie under it."""
        self.table = table
        self.alone = profile.stands == "alone"
        self._entry = own_oid(table.entry, sys_object_id)
        self._key = tuple(name for name in KEYS[table.of] if name != "ap" or not self.alone)
        self._named_by = {column.says: column for column in table.column if column.says in KEYS[table.of]}

    def oid(self, column: Column) -> str | None:
        """The OID of a column; None of what is no column."""
        return None if column.column is None else f"{self._entry}.{column.column}"

    @property
    def values(self) -> list[Column]:
        """Its columns that say something, rather than of what they say it."""
        return [column for column in self.table.column if column.says in FIELDS[self.table.of]]

    @property
    def naming(self) -> list[str]:
        """The OIDs of the columns that tell of what a row speaks, and whether it counts."""
        oids = [oid for column in self._named_by.values() if (oid := self.oid(column)) is not None]
        only = self.table.only
        return oids + ([f"{self._entry}.{only.column}"] if only and only.column else [])

    def rows(self, objects: Objects) -> tuple[dict[str, Row], int]:
        """The rows that count, in order, by index, and how many have an index of another shape.

        Those are left out, as are rows that name nothing.
        """
        rows, strangers = {}, 0
        for index in self._indices(objects):
            parts = read_index(self.table.index, _arcs(index))
            if parts is None:
                strangers += 1
            elif self._counts(index, parts, objects):
                key = tuple(self._name(name, index, parts, objects) for name in self._key)
                if all(key):
                    rows[index] = Row(key, parts)
        return rows, strangers

    def _indices(self, objects: Objects) -> list[str]:
        oids = {*self.naming, *(self.oid(column) or "" for column in self.values)}
        return sorted({index for oid in oids for index in objects.columns.get(oid, ())}, key=_arcs)

    def raw(self, column: Column, index: str, row: Row, objects: Objects) -> Value:
        """What a row has in a column."""
        if column.part is not None:
            return row.parts[column.part].encode()
        return objects.columns.get(self.oid(column) or "", {}).get(index, NOT_GIVEN)

    def _name(self, name: str, index: str, parts: Mapping[Part, str], objects: Objects) -> str:
        column = self._named_by.get(name)
        if column is None:
            return text(parts[cast("Part", name)].encode())
        said = decoder(column)(self.raw(column, index, Row((), parts), objects))
        return said if isinstance(said, str) else ""

    def _counts(self, index: str, parts: Mapping[Part, str], objects: Objects) -> bool:
        only = self.table.only
        if only is None:
            return True
        if only.part is not None:
            said = parts[only.part]
        else:
            said = text(objects.columns.get(f"{self._entry}.{only.column}", {}).get(index, NOT_GIVEN))
        if only.match and not fits(only.match, said):
            return False
        return not (only.unless and fits(only.unless, said))


def own_oid(oid: str, sys_object_id: str) -> str:
    """An OID of a profile, for one device."""
    return oid.replace(THIS_DEVICE, sys_object_id)


def tables(profile: SnmpProfile, sys_object_id: str) -> list[JoinedTable]:
    """The tables of a profile in the order in which they are believed: those that need another's word come last."""
    in_order = sorted(profile.table, key=lambda table: table.same is not None)
    return [JoinedTable(profile, table, sys_object_id) for table in in_order]


def join(profile: SnmpProfile, objects: Objects, sys_object_id: str) -> Things:
    """What the rows of all tables say of each thing; the first table that says something of a field is believed."""
    things = Things()
    joined = tables(profile, sys_object_id)
    for table in joined:
        _join_table(table, objects, things)
    for table in joined:
        _fill_counts(table, objects, things)
    return things


def _join_table(joined: JoinedTable, objects: Objects, things: Things) -> None:
    table = joined.table
    found = things.of[table.of]
    rows, strangers = joined.rows(objects)
    if strangers:
        things.refused[table.of, STRANGERS] += strangers
    if table.same is not None:
        rows = {index: row for index, row in rows.items() if _is_same(found.get(row.key), table.same, row)}
    for row in rows.values():
        found.setdefault(row.key, {})
    _say(joined, rows, objects, things)


def _say(joined: JoinedTable, rows: Mapping[str, Row], objects: Objects, things: Things) -> None:
    """Give each thing what the columns say of it in its rows."""
    table = joined.table
    found = things.of[table.of]
    said: dict[tuple[Key, str], list[Number | None]] = {}
    combines: dict[str, str] = {}
    for column in joined.values:
        combines[column.says] = "sum" if column.count else column.combine
        for row, value in _cells(joined, column, rows, objects):
            if isinstance(value, Nothing) and value.refused:
                things.refused[f"{table.of}.{column.says}", value.why] += 1
            if combines[column.says] == "first" or isinstance(value, str):
                if not isinstance(value, Nothing):
                    found[row.key].setdefault(column.says, value)
            else:
                known = None if isinstance(value, Nothing) else value
                said.setdefault((row.key, column.says), []).append(known)
    for (key, says), values in said.items():
        if (whole := combined(values, combines[says])) is not None:
            found[key].setdefault(says, whole)


def _cells(
    joined: JoinedTable, column: Column, rows: Mapping[str, Row], objects: Objects
) -> Iterator[tuple[Row, Said]]:
    """What a column says in each row; nothing at all where the device has no such column."""
    if column.count:
        yield from ((row, 1) for row in rows.values())
        return
    oid = joined.oid(column)
    if oid is not None and not objects.columns.get(oid) and oid not in objects.failed:
        return
    decode = decoder(column)
    for index, row in rows.items():
        yield row, decode(joined.raw(column, index, row, objects))


def combined(values: list[Number | None], how: str) -> Number | None:
    """One value for several rows; a sum only of what is known of every one."""
    if how == "sum":
        return total(values)
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if how == "max" else sum(known) / len(known)


def _is_same(fields: Fields | None, name: Part, row: Row) -> bool:
    """Whether a part of a row's index is what the thing says of itself."""
    own = (fields or {}).get(name)
    return own is not None and str(own) == row.parts[name]


def _fill_counts(joined: JoinedTable, objects: Objects, things: Things) -> None:
    """Things of which no row is counted have none, where every row could be.

    Not so the device itself: it may have no such table.
    """
    of = joined.table.of
    unsure = any(oid in objects.failed for oid in joined.naming) or (of, STRANGERS) in things.refused
    if of in {"device", "totals"} or unsure:
        return
    for column in joined.values:
        if column.count:
            for fields in things.of[of].values():
                fields.setdefault(column.says, 0)


def _arcs(index: str) -> list[int]:
    return [int(arc) for arc in index.split(".")]

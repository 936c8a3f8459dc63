"""SNMP objects to values: pure, and never an exception for what a device may send."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from city.measurements import Metric
from drivers.snmp.profile import Column
from drivers.units import scaled

LONGEST_TEXT = 200
"""Characters kept of a device's own words."""

_NUMBER = re.compile(r"\s*([+-]?\d{1,20}(?:\.\d{1,20})?)")


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such object in the device, in the words of SNMP (``noSuchInstance`` …)."""

    why: str


Value = int | bytes | str | Missing
"""An integer of any kind, an octet string, an object identifier, or nothing."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one object says."""

    value: float | None = None
    """In the unit of the column's metric."""
    word: str | None = None
    """For a field that is a text."""
    why: str | None = None
    """Why there is neither."""
    refused: bool = False
    """The device sent nonsense; False where it says itself that it does not know."""


def decode(column: Column, raw: Value) -> Decoded:
    """What an object says, by what its profile says of it."""
    if isinstance(raw, Missing):
        return Decoded(why=raw.why)
    if column.codes:
        return _meaning(column, raw)
    if column.metric is None:
        return Decoded(word=text(raw))
    number = _number(raw)
    if number is None:
        return Decoded(why="not a number", refused=True)
    if number in column.no_data:
        return Decoded(why="no data")
    value = scaled(number, column.factor)
    return Decoded(value=value) if isfinite(value) else Decoded(why="not a finite number", refused=True)


def decode_all(
    columns: Iterable[Column], raws: Mapping[str, Value], index: str
) -> tuple[dict[Metric, float], list[str]]:
    """The values of some columns in one row, and the reasons for those refused.

    Args:
        columns: what the profile says of each.
        raws: what was read, by OID.
        index: the row, or nothing for scalars.
    """
    values: dict[Metric, float] = {}
    refused: list[str] = []
    for column in columns:
        oid = instance(column, index)
        if column.metric is None or oid not in raws:
            continue
        decoded = decode(column, raws[oid])
        if decoded.value is not None:
            values[column.metric] = decoded.value
        elif decoded.why is not None and decoded.why != "no data":
            refused.append(f"{column.label}: {decoded.why}")
    return values, refused


def instance(column: Column, index: str) -> str:
    """The OID of a column in one row; of a scalar where the index is empty."""
    return f"{column.oid}.{index}" if index else column.oid


def text(raw: Value) -> str:
    """A device's words without control characters, cut to a bearable length; bytes that are not UTF-8 are marked."""
    if isinstance(raw, Missing):
        return ""
    words = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    return "".join(character for character in words[:LONGEST_TEXT] if character.isprintable()).strip()


def _meaning(column: Column, raw: Value) -> Decoded:
    code = text(raw)
    if code not in column.codes:
        return Decoded(why="an unknown code", refused=True)
    meaning = column.codes[code]
    return Decoded(word=meaning) if isinstance(meaning, str) else Decoded(value=float(meaning))


def _number(raw: Value) -> int | float | None:
    """An integer as it is, or the number that a text starts with: some devices say ``18 dBm`` in words."""
    if isinstance(raw, int):
        return raw
    if isinstance(raw, bytes) and (found := _NUMBER.match(raw.decode("ascii", "replace"))):
        written = found.group(1)
        return float(written) if "." in written else int(written)
    return None

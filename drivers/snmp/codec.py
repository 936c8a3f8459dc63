"""SNMP objects to numbers and words: pure, and never an exception for what a device may send."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from drivers.expressions import LONGEST_TEXT as LONGEST_LOOKED_AT
from drivers.expressions import group
from drivers.snmp.profile import Column, Reading, TextSource
from drivers.units import scaled

LONGEST_TEXT = 200
"""Characters kept of a device's own words."""
LARGEST = 2**64 - 1
"""Counter64 (RFC 2578): no SNMP integer is larger."""
MAC_OCTETS = 6
MOST_OCTETS = 4
"""Of one character in UTF-8."""

POSSIBLE: Mapping[str, tuple[float, float]] = {
    "channel": (1, 233),  # the last of 6 GHz, IEEE 802.11ax
    "frequency_mhz": (1, 100_000),
    "utilization_pct": (0, 100),
    "noise_dbm": (-200, 100),
    "tx_power_dbm": (-100, 100),
}
"""What a number can be at all; of those not listed, nothing below zero. The rest is nonsense, and refused."""
OFF = frozenset({"channel", "frequency_mhz"})
"""Fields of which 0 is how devices say that a radio is off."""

_NUMBER = re.compile(r"\s*([+-]?\d{1,20}(?:\.\d{1,20})?)")


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such object in the device, in the words of SNMP (``noSuchInstance`` …)."""

    why: str


Value = int | bytes | str | Missing
"""An integer of any kind, an octet string, an object identifier, or nothing."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why an object says nothing."""

    why: str
    refused: bool = False
    """The device sent nonsense; False where there is no such object, or it says itself that it does not know."""


Said = int | float | str | Nothing
"""What an object says: a number in the unit of the field, a word, or nothing."""
Decoder = Callable[[Value], Said]

_NOT_KNOWN = Nothing("no data")
_NO_NUMBER = Nothing("not a number", refused=True)
_IMPOSSIBLE = Nothing("out of range", refused=True)
_UNKNOWN_CODE = Nothing("an unknown code", refused=True)


def decoder(column: Column) -> Decoder:
    """What reads the values of one column; made once, as it is called for every object of every poll."""
    if not column.counts:
        return lambda raw: _word(column, raw)
    lowest, highest = POSSIBLE.get(column.says, (0, LARGEST))

    def decode(raw: Value) -> Said:
        number = _number(column, raw)
        if isinstance(number, Nothing):
            return number
        if not column.codes:
            number = _scaled(number, column.factor)
        if number == 0 and column.says in OFF:
            return _NOT_KNOWN
        if not isfinite(number) or not lowest <= number <= highest:
            return _IMPOSSIBLE
        return int(number) if number == int(number) else number

    def decode_plain(raw: Value) -> Said:
        return raw if type(raw) is int and lowest <= raw <= highest else decode(raw)

    special = column.codes or column.match or column.mask or column.bits or column.no_data
    return decode if special or column.factor != 1 else decode_plain


def word(source: TextSource, raw: Value) -> str | Nothing:
    """What an object says in words."""
    return _word(source, raw)


def text(raw: Value, longest: int = LONGEST_TEXT) -> str:
    """A device's words in one line, without control characters, cut to a bearable length.

    Bytes that are not UTF-8 are marked.
    """
    if isinstance(raw, Missing):
        return ""
    if isinstance(raw, bytes):
        words = raw[: MOST_OCTETS * longest].decode("utf-8", "replace")
    else:
        words = _in_digits(raw) if isinstance(raw, int) else str(raw)
    return "".join(_shown(character) for character in words[:longest]).strip()


def _shown(character: str) -> str:
    return character if character.isprintable() else " " if character.isspace() else ""


def _word(reading: Reading, raw: Value) -> str | Nothing:
    if isinstance(raw, Missing):
        return Nothing(raw.why)
    if reading.mac and isinstance(raw, bytes) and len(raw) == MAC_OCTETS:
        return raw.hex(":")
    said = _matched(reading, raw)
    if isinstance(said, Nothing):
        return said
    if not said or said in reading.no_data or (isinstance(raw, int) and raw in reading.no_data):
        return _NOT_KNOWN
    if not reading.codes:
        return said
    meaning = reading.codes.get(said, reading.other)
    return _UNKNOWN_CODE if meaning is None else _written(meaning)


def _number(column: Column, raw: Value) -> int | float | Nothing:
    """The number that an object holds, before it is scaled."""
    if isinstance(raw, Missing):
        return Nothing(raw.why)
    if column.match or column.codes or not isinstance(raw, int):
        said = _matched(column, raw)
        if isinstance(said, Nothing):
            return said
        if not said or said in column.no_data:
            return _NOT_KNOWN
        if column.codes and (said in column.codes or column.other is not None):
            meaning = column.codes.get(said, column.other)
            return meaning if isinstance(meaning, int | float) else _UNKNOWN_CODE
        number = None if isinstance(raw, str) else _in_words(said)
        if column.codes or number is None:
            return _UNKNOWN_CODE if column.codes else _NO_NUMBER
    else:
        number = raw
    if number in column.no_data:
        return _NOT_KNOWN
    return _bits(column, number)


def _bits(column: Column, number: float) -> int | float | Nothing:
    if not isinstance(number, int):
        return number
    if not -LARGEST <= number <= LARGEST:
        return _IMPOSSIBLE
    if column.mask is not None:
        number &= column.mask
    if column.bits is not None and 1 << (column.bits - 1) <= number < 1 << column.bits:
        number -= 1 << column.bits
    return number


def _scaled(number: float, factor: Fraction) -> int | float:
    """An integer stays one if it can: a counter has more digits than a float holds."""
    return number * factor.numerator if factor.denominator == 1 else scaled(number, factor)


def _matched(reading: Reading, raw: Value) -> str | Nothing:
    """A value as text, or the part of it that the profile asks for."""
    if not reading.match:
        return text(raw)
    part = group(reading.match, text(raw, LONGEST_LOOKED_AT))
    return _NOT_KNOWN if part is None else part[:LONGEST_TEXT].strip()


def _in_words(said: str) -> int | float | None:
    """The number that a text starts with: some devices say ``18 dBm`` in words."""
    found = _NUMBER.match(said)
    if found is None or not found.group(1).isascii():
        return None
    written = found.group(1)
    return float(written) if "." in written else int(written)


def _in_digits(number: int) -> str:
    """An integer as text; one that no device can send is not worth the digits."""
    return str(number) if -LARGEST <= number <= LARGEST else "?"


def _written(meaning: float | str) -> str:
    return meaning if isinstance(meaning, str) else f"{meaning:g}"

"""What is to be said to bytes, by a layout: the way back of ``unpack``."""

import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite, log10, nan
from typing import Any

from city.errors import BadInput
from drivers.mqtt.frames import LARGEST_FRAME, Frame
from drivers.mqtt.layout import Bytes, Flags, Number, Order, Part, Records, Tagged
from drivers.mqtt.times import instant
from drivers.mqtt.unpack import FLOATS

_MINUTES = 60
"""In an hour."""


def pack(frame: Frame, values: Mapping[str, Any]) -> bytes:
    """The bytes of a frame.

    Args:
        frame: what stands where.
        values: by name, as ``unpack`` tells them: numbers in their unit, words, lists of records. Lengths, counts and
            the flags that say which fields follow are found out, and need not be given.

    Raises:
        BadInput: a value is missing, is no field of the frame, or does not fit; names the field, what it got and
            expected.
    """
    try:
        payload = frame.begins + _fields(frame.fields, values, frame.order)
    except BadInput as error:
        raise BadInput(f"{frame.name}: {error}") from None
    if len(payload) > LARGEST_FRAME:
        raise BadInput(f"{frame.name}: got {len(payload)} bytes, expected at most {LARGEST_FRAME}")
    return payload


def _fields(parts: Sequence[Part], values: Mapping[str, Any], order: Order) -> bytes:
    given = dict(values)
    packed: dict[str, bytes] = {}
    # From back to front: what a length or a flag counts stands after it.
    for part in reversed(parts):
        if (part.when or part.optional) and not _is_given(part, values):
            continue
        if isinstance(part, Flags):
            _set_hidden(part, parts, given)
        packed[part.name] = _part(part, given, order)
        if isinstance(part, Records) and isinstance(part.count, str) and part.count:
            given[part.count] = len(given.get(part.name, ()))
        elif isinstance(part, Tagged | Bytes) and isinstance(part.octets, str):
            given[part.octets] = len(packed[part.name])
    known = {name for part in parts for name in _names(part)}
    for name in values:
        if name not in known:
            raise BadInput(f"{name}: no such field; expected one of {', '.join(sorted(known))}")
    return b"".join(packed[part.name] for part in parts if part.name in packed)


def _names(part: Part) -> set[str]:
    """The names under which a part's values are given."""
    return {bit.name for bit in part.bits} if isinstance(part, Flags) else {part.name}


def _is_given(part: Part, values: Mapping[str, Any]) -> bool:
    return any(name in values for name in _names(part))


def _set_hidden(flags: Flags, parts: Sequence[Part], given: dict[str, Any]) -> None:
    """Set the flags that say which fields follow."""
    for bit in flags.bits:
        if bit.hidden and bit.name not in given:
            given[bit.name] = any(part.when == bit.name and _is_given(part, given) for part in parts)


def _part(part: Part, values: Mapping[str, Any], order: Order) -> bytes:
    if isinstance(part, Number):
        value = values.get(part.name, 0) if part.hidden else _of(values, part.name)
        return _number(part, value, part.order or order)
    if isinstance(part, Flags):
        return _flags(part, values).to_bytes(part.octets, part.order or order)
    if isinstance(part, Bytes):
        return _bytes(part, _of(values, part.name))
    if isinstance(part, Records):
        records = values.get(part.name, ())
        if not isinstance(records, Sequence) or not all(isinstance(each, Mapping) for each in records):
            raise BadInput(f"{part.name}: expected a list of records")
        if isinstance(part.count, int) and len(records) != part.count:
            raise BadInput(f"{part.name}: got {len(records)} records, expected {part.count}")
        return b"".join(_fields(part.fields, each, order) for each in records)
    return _tagged(part, values.get(part.name, {}), order)


def _of(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        raise BadInput(f"{name}: missing")
    return values[name]


def _number(part: Number, value: Any, order: Order) -> bytes:
    if part.type[0] == "f":
        try:
            number = nan if value is None else (value - part.offset) / part.step
            return struct.pack(FLOATS[order, part.type], number)
        except (TypeError, OverflowError):
            raise BadInput(f"{part.name}: got {value!r}, expected a number") from None
    raw = _raw_of(part, value)
    try:
        return raw.to_bytes(part.octets, order, signed=part.type[0] == "s")
    except OverflowError:
        raise BadInput(f"{part.name}: got {value!r}, expected what {part.octets} bytes can hold") from None


def _raw_of(part: Number, value: Any) -> int:
    """The whole number that stands for a value."""
    if value is None and part.no_data:
        return part.no_data[0]
    if isinstance(value, str):
        return _raw_of_text(part, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not is_number or (part.closed and part.word_by_raw):
        words = f" or one of {', '.join(part.raw_by_word)}" if part.raw_by_word else ""
        raise BadInput(f"{part.name}: got {value!r}, expected a number{words}")
    if part.most is not None and value > part.most:
        raise BadInput(f"{part.name}: got {value!r}, expected at most {part.most:g}")
    if part.table:
        if value not in part.table:
            raise BadInput(f"{part.name}: got {value!r}, expected one of {', '.join(map(str, part.table))}")
        return part.table.index(value)
    if part.decades:
        return round(part.decades * log10(value / part.scale)) if value > 0 else 0
    raw = round((Fraction(str(value)) - part.to_offset) / part.step)
    if raw in part.word_by_raw or raw in part.no_data:
        raise BadInput(f"{part.name}: got {value!r}, which means something else here")
    return raw


def _raw_of_text(part: Number, text: str) -> int:
    """The whole number that stands for a word, a time of day or an instant."""
    if text in part.raw_by_word:
        return part.raw_by_word[text]
    if part.show == "hh:mm" and len(text) == 5 and text[2] == ":" and (text[:2] + text[3:]).isdecimal():
        return round(Fraction(int(text[:2]) * _MINUTES + int(text[3:])) / part.step)
    when = instant(text) if part.show == "instant" else None
    if when is None:
        words = f"one of {', '.join(part.raw_by_word)}" if part.raw_by_word else "a number"
        raise BadInput(f"{part.name}: got {text!r}, expected {words}")
    return int(when.timestamp())


def _flags(part: Flags, values: Mapping[str, Any]) -> int:
    whole = 0
    if part.no_data and all(values.get(bit.name) is None for bit in part.bits):
        return part.no_data[0]
    for bit in part.bits:
        value = values.get(bit.name, 0)
        raw = {word: raw for raw, word in bit.word_by_raw.items()}.get(value, value)
        if not isinstance(raw, int) or not 0 <= raw < 1 << bit.width:
            raise BadInput(f"{bit.name}: got {value!r}, expected what {bit.width} bits can hold")
        whole |= int(raw) << bit.bit
    return whole


def _bytes(part: Bytes, value: Any) -> bytes:
    try:
        if part.type == "hex":
            data = bytes.fromhex(value)
        elif part.type == "version":
            data = bytes(int(each) for each in value.split("."))
        else:
            data = value.encode()
    except (TypeError, ValueError, AttributeError):
        raise BadInput(f"{part.name}: got {value!r}, expected {part.type}") from None
    if isinstance(part.octets, int) and len(data) != part.octets:
        raise BadInput(f"{part.name}: got {len(data)} bytes, expected {part.octets}")
    return data if part.order == "big" else data[::-1]


def _tagged(part: Tagged, values: Mapping[str, Any], order: Order) -> bytes:
    packed = b""
    left = dict(values)
    for case in part.cases:
        names = {name for each in case.fields for name in _names(each)}
        own = {name: left.pop(name) for name in names & left.keys()}
        if own:
            packed += bytes([case.tag]) + _fields(case.fields, own, order)
    if left:
        raise BadInput(f"{part.name}.{min(left)}: no such field")
    return packed

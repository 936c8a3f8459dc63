"""Bytes to what they say, by a layout: pure, and never an exception for what a device may send."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite, log10
from typing import NamedTuple

from city.measurements import Fact, Metric
from drivers.mqtt.frames import LARGEST_FRAME, Frame
from drivers.mqtt.json_payload import clean
from drivers.mqtt.layout import Bit, Bytes, Flags, Number, Order, Part, Records, Tagged, codes
from drivers.mqtt.times import EARLIEST, instant
from drivers.units import scaled

Told = float | int | str | bool | None
"""A value as it is shown: a number in its unit, a word, yes or no; None where the device does not know."""


FLOATS = {("little", "f32"): "<f", ("little", "f64"): "<d", ("big", "f32"): ">f", ("big", "f64"): ">d"}
"""How ``struct`` calls them."""


class Item(NamedTuple):
    """One thing that a message says."""

    name: str
    """Its path: ``consumption.1.active_power_w``."""
    value: Told
    unit: str
    raw: str
    """As it came: bytes in hexadecimal, or the text of a JSON value."""
    metric: Metric | None = None
    stored: float | None = None
    """In the metric's own unit."""
    fact: Fact | None = None
    said: str = ""
    """What the fact is; nothing is said where it is empty."""
    derived: bool = False


@dataclass(slots=True)
class Unpacked:
    """What a frame says."""

    frame: str = ""
    items: list[Item] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Why nothing, or not everything, could be used."""
    whole: bool = True
    """Whether the bytes were as long as the layout has them; what is in any other is shown, and not believed."""
    clock: datetime | None = None
    """The device's own time, where it is one."""
    clock_said: bool = False
    event: str = ""


class _Short(ValueError):
    """The bytes end within a field."""


class _Cursor:
    """Bytes that are read from front to back, and the numbers that were read on the way."""

    def __init__(self, data: bytes, order: Order) -> None:
        self.data = data
        self.at = 0
        self.order = order

    def take(self, octets: int) -> bytes:
        if octets > self.left:
            raise _Short
        self.at += octets
        return self.data[self.at - octets : self.at]

    @property
    def left(self) -> int:
        return len(self.data) - self.at


def unpack(frame: Frame, payload: bytes) -> Unpacked:
    """What the bytes of a frame say."""
    said = Unpacked(frame.name, warnings=[frame.warn] if frame.warn else [])
    if len(payload) > LARGEST_FRAME:
        said.refused.append(f"{frame.name}: longer than {LARGEST_FRAME} bytes")
        said.whole = False
        return said
    cursor = _Cursor(payload, frame.order)
    cursor.at = len(frame.begins)
    raws: dict[str, int] = {}
    try:
        _fields(frame.fields, cursor, said, "", raws)
        if cursor.left:
            said.refused.append(f"{frame.name}: longer than its fields")
            said.whole = False
    except _Short:
        said.refused.append(f"{frame.name}: ends too soon")
        said.whole = False
    if frame.event is not None and said.whole:
        said.event = codes(frame.event.of).get(raws.get(frame.event.by, -1), frame.event.is_)
    return said


def _fields(parts: Sequence[Part], cursor: _Cursor, said: Unpacked, path: str, raws: dict[str, int]) -> None:
    for part in parts:
        if (part.when and not raws.get(part.when)) or (part.optional and not cursor.left):
            continue
        if isinstance(part, Number):
            _number(part, cursor, said, path, raws)
        elif isinstance(part, Flags):
            _flags(part, cursor, said, path, raws)
        elif isinstance(part, Bytes):
            _bytes(part, cursor, said, path, raws)
        elif isinstance(part, Records):
            _records(part, cursor, said, path, raws)
        else:
            _tagged(part, cursor, said, path, raws)


def _number(part: Number, cursor: _Cursor, said: Unpacked, path: str, raws: dict[str, int]) -> None:
    data = cursor.take(part.octets)
    order = part.order or cursor.order
    if part.type[0] == "f":
        raw, value = 0, _of_float(part, _float(FLOATS[order, part.type], data), said)
    else:
        raw = int.from_bytes(data, order, signed=part.type[0] == "s")
        raw = raw & part.mask if part.mask else raw
        raws[part.name] = raw
        value = raw if part.is_bare else _value_of(part, raw, said)
    if part.hidden:
        return
    if part.clock:
        _set_clock(said, None if value is None else instant(raw))
    if part.warn and raw:
        said.warnings.append(f"{part.name}: {value}")
    unit, stored = "", None
    if isinstance(value, int | float):
        unit = part.unit
        stored = scaled(value, part.to_metric) if part.metric is not None else None
    told = str(value) if part.fact is not None and value is not None else ""
    item = Item(
        path + part.name, value, unit, data.hex().upper(), part.metric, stored, part.fact, told, part.derived
    )
    said.items.append(item)


def _set_clock(said: Unpacked, clock: datetime | None) -> None:
    said.clock, said.clock_said = clock, True
    if clock is None:
        said.warnings.append("clock_invalid")


def _of_float(part: Number, number: float, said: Unpacked) -> Told:
    """A floating point number in its unit; NaN, as devices have it, means that it is not known."""
    value = scaled(number, part.step) + part.offset
    if isfinite(value) and isfinite(scaled(value, part.to_metric)):
        return value
    if isfinite(number):
        said.refused.append(f"{part.name}: too large")
    return None


def _float(form: str, data: bytes) -> float:
    """The shortest number that these bytes are: 230.2, where the nearest of 32 bits is 230.1999969."""
    number: float = struct.unpack(form, data)[0]
    if form[1] == "d" or not isfinite(number):
        return number
    shorter = (float(f"{number:.{digits}g}") for digits in (6, 7, 8, 9))
    return next((each for each in shorter if _is_packed(form, each, data)), number)


def _is_packed(form: str, number: float, data: bytes) -> bool:
    try:
        return struct.pack(form, number) == data
    except OverflowError:  # the largest of 32 bits, rounded up
        return False


def _value_of(part: Number, raw: int, said: Unpacked) -> Told:
    """What a whole number stands for."""
    if raw in part.no_data:
        return None
    word = part.word_by_raw.get(raw)
    if word is not None:
        return word
    if part.closed or (part.table and not 0 <= raw < len(part.table)):
        said.refused.append(f"{part.name}: a code that the profile does not know")
        return None
    if part.table:
        return part.table[raw]
    if part.show == "instant":
        when = instant(raw)
        return None if when is None or when < EARLIEST else when.isoformat().replace("+00:00", "Z")
    if part.decades:
        try:
            return _rounded(part.scale * 10 ** (raw / part.decades), part.digits)
        except OverflowError:
            said.refused.append(f"{part.name}: too large")
            return None
    exactly = raw * part.step + part.to_offset
    if part.most is not None and exactly > part.most:
        said.refused.append(f"{part.name}: more than {part.most:g}")
        return None
    if part.show == "hh:mm":
        hours, minutes = divmod(int(exactly), 60)
        return f"{hours:02}:{minutes:02}"
    return exactly.numerator if exactly.denominator == 1 else _rounded(float(exactly), part.digits)


def _rounded(value: float, digits: int) -> float:
    """A value to so many significant digits; as it is for 0."""
    if not digits or not value or not isfinite(value):
        return value
    return round(value, digits - 1 - int(log10(abs(value)) // 1))


def _flags(part: Flags, cursor: _Cursor, said: Unpacked, path: str, raws: dict[str, int]) -> None:
    data = cursor.take(part.octets)
    whole = int.from_bytes(data, part.order or cursor.order)
    raws[part.name] = whole
    known, digits = whole not in part.no_data, data.hex().upper()
    for bit in part.bits:
        raw = whole >> bit.bit & (1 << bit.width) - 1 if known else 0
        raws[bit.name] = raw
        if not bit.hidden:
            said.items.append(
                _bit(bit, raw, path, digits) if known else Item(path + bit.name, None, "", digits)
            )
        if bit.warn and raw:
            said.warnings.append(bit.name)


def _bit(bit: Bit, raw: int, path: str, digits: str) -> Item:
    value: Told = bool(raw) if bit.width == 1 else raw
    if bit.words:
        value = bit.word_by_raw.get(raw, value)
    stored = float(raw) if bit.metric is not None else None
    said = (bit.says or str(value)) if bit.fact is not None and raw else ""
    return Item(path + bit.name, value, "", digits, bit.metric, stored, bit.fact, said)


def _bytes(part: Bytes, cursor: _Cursor, said: Unpacked, path: str, raws: dict[str, int]) -> None:
    octets = part.octets if isinstance(part.octets, int) else raws.get(part.octets, cursor.left)
    data = cursor.take(octets)
    ordered = data if part.order == "big" else data[::-1]
    if part.type == "hex":
        value = ordered.hex().upper()
    elif part.type == "version":
        value = ".".join(str(each) for each in ordered)
    else:
        value = clean(ordered.decode("utf-8", "replace"))
    said.items.append(
        Item(path + part.name, value, "", data.hex().upper(), fact=part.fact, said=value if part.fact else "")
    )


def _records(part: Records, cursor: _Cursor, said: Unpacked, path: str, raws: dict[str, int]) -> None:
    most = part.count if isinstance(part.count, int) else raws.get(part.count, LARGEST_FRAME)
    done = 0
    while done < most and (cursor.left or part.count):
        before = cursor.at
        _fields(part.fields, cursor, said, f"{path}{part.name}.{done}.", dict(raws))
        if cursor.at == before:
            return  # a record of no bytes would never come to an end
        done += 1


def _tagged(part: Tagged, cursor: _Cursor, said: Unpacked, path: str, raws: dict[str, int]) -> None:
    octets = raws[part.octets] if part.octets else cursor.left
    within = _Cursor(cursor.take(octets), cursor.order)
    cases = {case.tag: case.fields for case in part.cases}
    while within.left:
        (tag,) = within.take(1)
        if tag not in cases:
            # How long it is, nobody knows: nothing after it can be read.
            said.refused.append(f"{part.name}: a kind that the profile does not know")
            return
        _fields(cases[tag], within, said, f"{path}{part.name}.", dict(raws))

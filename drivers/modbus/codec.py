"""Registers to values and back: pure, and never an exception for what a device may send."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import isfinite, isnan

from city.errors import BadInput
from drivers.modbus.register import STATES, Order, Register, RegisterType
from drivers.modbus.writing import Command, WriteField, Written
from drivers.units import exact, scaled

LARGEST_EXPONENT = 12
"""A power of ten beyond this is not a scale, it is noise."""
_HUGE = 2.0**128
"""More than any type holds: what a float of 32 bits ends at, and then a NaN or an endless number is no number."""
_FILLERS = "\0\xff "
"""What devices fill the rest of a text with."""
_FLOATS = {RegisterType.F32: ">f", RegisterType.F64: ">d"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the registers of one value say."""

    value: float | None = None
    """In the unit of the register's metric."""
    text: str | None = None
    """What is said in words: a text, the word of a code, the names of the bits that are set, hexadecimal digits."""
    bits: Mapping[str, bool] | None = None
    """Each named bit of a bitfield."""
    raw: tuple[int, ...] = ()
    """The registers as they came."""
    why: str | None = None
    """Why there is no value."""
    refused: bool = False
    """The device sent nonsense; False where it says itself that it does not know."""


def decode(register: Register, words: Sequence[int], exponent: int | None = None) -> Decoded:
    """The value of a register.

    Args:
        register: what the profile says of it.
        words: its registers as on the wire, lowest address first (for functions 1 and 2, its bit).
        exponent: the register that holds its power of ten, where the profile names one.
    """
    raw = tuple(words)
    if len(raw) != register.size or not all(0 <= word <= 0xFFFF for word in raw):
        return Decoded(raw=raw, why=f"{len(raw)} registers for a {register.type.value}", refused=True)
    if register.type is RegisterType.BIT:
        return Decoded(value=float(raw[0] >> (register.bit or 0) & 1), raw=raw)
    data = _in_order(raw, register.byte_order, register.word_order)
    pattern = int.from_bytes(data, "big")
    if pattern in register.sentinels:
        return Decoded(raw=raw, why="no data")
    if register.type is RegisterType.BITFIELD:
        return _bitfield(register, pattern, raw)
    if register.type is RegisterType.TEXT:
        return _text(data, raw)
    if register.codes:
        return _coded(register, pattern, raw)
    if register.fact is not None or register.type is RegisterType.BYTES:
        return Decoded(text=data.hex(), raw=raw)
    number = _number(register.type, data)
    if isnan(number):
        return Decoded(raw=raw, why="no data")
    return _sized(register, number, raw, exponent)


def _in_order(words: Sequence[int], byte_order: Order, word_order: Order) -> bytes:
    ordered = words if word_order == "big" else words[::-1]
    return b"".join(word.to_bytes(2, byte_order) for word in ordered)


def _number(kind: RegisterType, data: bytes) -> float:
    if kind in _FLOATS:
        number: float = struct.unpack(_FLOATS[kind], data)[0]
        return number
    return int.from_bytes(data, "big", signed=kind.is_signed)


def _bitfield(register: Register, pattern: int, raw: tuple[int, ...]) -> Decoded:
    bits = {name: bool(pattern >> bit & 1) for bit, name in enumerate(register.bits) if name}
    names = dict(enumerate(register.bits))
    are_set = (bit for bit in range(pattern.bit_length()) if pattern >> bit & 1)
    return Decoded(text=", ".join(names.get(bit) or f"bit {bit}" for bit in are_set), bits=bits, raw=raw)


def _text(data: bytes, raw: tuple[int, ...]) -> Decoded:
    """Up to its end or a NUL; what is not printable ASCII is shown as a question mark: device text is hostile."""
    said = data.decode("latin-1").strip(_FILLERS).partition("\0")[0]
    clean = "".join(each if each.isascii() and each.isprintable() else "?" for each in said).strip()
    return Decoded(text=clean, raw=raw) if clean else Decoded(raw=raw, why="no data")


def _coded(register: Register, pattern: int, raw: tuple[int, ...]) -> Decoded:
    word = next((word for word, code in register.codes.items() if code == pattern), None)
    if word is None:
        return Decoded(raw=raw, why=f"an unknown code, {pattern}", refused=True)
    return Decoded(text=word, raw=raw) if register.metric is None else Decoded(value=STATES[word], raw=raw)


def _sized(register: Register, number: float, raw: tuple[int, ...], exponent: int | None) -> Decoded:
    factor = register.factor
    if register.exponent is not None:
        if exponent is None:
            return Decoded(raw=raw, why="its power of ten was not read")
        power = exponent - 0x10000 if exponent > 0x7FFF else exponent
        if abs(power) > LARGEST_EXPONENT:
            return Decoded(raw=raw, why=f"a power of ten of {power}", refused=True)
        factor *= Fraction(10) ** power
    value = scaled(number, factor)
    if not isfinite(value):
        return Decoded(raw=raw, why="not a finite number", refused=True)
    return Decoded(value=value, raw=raw)


Run = tuple[int, list[int]]
"""An address and the registers to write from there on."""


def encode(fields: Sequence[WriteField], base: int, values: Mapping[str, object], most: int) -> list[Run]:
    """The registers of some fields, as few writes of neighbours as ``most`` registers a request allow.

    Args:
        fields: what the profile says of each.
        base: added to every address.
        values: the value of each field by its name.
        most: how many registers one write may hold.

    Raises:
        BadInput: a value is missing or does not fit its field.
    """
    runs: list[Run] = []
    for field in sorted(fields, key=lambda field: field.address):
        if field.name not in values:
            raise BadInput(f"{field.name}: nothing to write; expected one of {', '.join(values)}")
        address, words = base + field.address, encode_value(field, field.name, values[field.name])
        if runs and runs[-1][0] + len(runs[-1][1]) == address and len(runs[-1][1]) + len(words) <= most:
            runs[-1][1].extend(words)
        else:
            runs.append((address, words))
    return runs


def command_values(command: Command, value: object = None) -> list[int]:
    """The registers (functions 6 and 16) or bits (5 and 15) that a command writes.

    Args:
        command: what the profile says of it.
        value: what the caller wants, for a command that takes a value.

    Raises:
        BadInput: it does not take a value and got one, or takes one and got none, or one that does not fit.
    """
    if command.value is not None:
        return encode_value(command.value, command.name, value)
    if value is not None:
        raise BadInput(f"{command.name}: got {value!r}, expected no value")
    return list(command.values)


def encode_value(how: Written, name: str, value: object) -> list[int]:
    """The registers of one value, lowest address first.

    Raises:
        BadInput: it does not fit; names ``name``.
    """
    raw = _raw(how, name, value)
    size = how.type.registers * 2
    try:
        if how.type.is_float:
            data = struct.pack(_FLOATS[how.type], raw)
        else:
            data = round(raw).to_bytes(size, "big", signed=how.type.is_signed)
    except (OverflowError, struct.error) as error:
        raise BadInput(f"{name}: {value} does not fit {how.type.value}") from error
    words = [int.from_bytes(data[start : start + 2], how.byte_order) for start in range(0, size, 2)]
    return words if how.word_order == "big" else words[::-1]


def _raw(how: Written, name: str, value: object) -> Fraction | int:
    if value is None and how.none is not None:
        return how.none
    if how.codes:
        word = value.name.lower() if isinstance(value, Enum) else str(value)
        if word in how.codes:
            return how.codes[word]
        raise BadInput(f"{name}: got {word}, expected one of {', '.join(how.codes)}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_HUGE < value < _HUGE:
        raise BadInput(f"{name}: got {value!r}, expected a number")
    if (how.least is not None and value < how.least) or (how.most is not None and value > how.most):
        raise BadInput(f"{name}: got {value:g}, expected {_range(how)}")
    return exact(value) / exact(how.scale)


def _range(how: Written) -> str:
    least = "" if how.least is None else f"at least {how.least:g}"
    most = "" if how.most is None else f"at most {how.most:g}"
    unit = f" {how.unit}" if how.unit else ""
    return " and ".join(one for one in (least, most) if one) + unit

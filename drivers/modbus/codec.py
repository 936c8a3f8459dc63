"""Registers to values and back: pure, and never an exception for what a device may send."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import isfinite, isnan

from city.errors import BadInput
from drivers.modbus.profile import Register, RegisterType, WriteField
from drivers.units import exact, scaled

LARGEST_EXPONENT = 12
"""A power of ten beyond this is not a scale, it is noise."""

_FLOATS = {RegisterType.F32: ">f", RegisterType.F64: ">d"}
_SIGNED = frozenset({RegisterType.S16, RegisterType.S32, RegisterType.S64})


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the registers of one value say."""

    value: float | None = None
    """In the unit of the register's metric."""
    text: str | None = None
    """A fact's hexadecimal digits."""
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
    if len(raw) != register.type.registers or not all(0 <= word <= 0xFFFF for word in raw):
        return Decoded(raw=raw, why=f"{len(raw)} registers for a {register.type.value}", refused=True)
    if register.type is RegisterType.BIT:
        return Decoded(value=float(raw[0] >> (register.bit or 0) & 1), raw=raw)
    data = _in_order(register, raw)
    pattern = int.from_bytes(data, "big")
    if pattern in register.no_data:
        return Decoded(raw=raw, why="no data")
    if register.fact is not None:
        return Decoded(text=data.hex(), raw=raw)
    number = _number(register.type, data)
    if isnan(number):
        return Decoded(raw=raw, why="no data")
    return _sized(register, number, raw, exponent)


def _in_order(register: Register, raw: Sequence[int]) -> bytes:
    words = raw if register.word_order == "big" else raw[::-1]
    return b"".join(word.to_bytes(2, register.byte_order) for word in words)


def _number(kind: RegisterType, data: bytes) -> float:
    if kind in _FLOATS:
        number: float = struct.unpack(_FLOATS[kind], data)[0]
        return number
    return int.from_bytes(data, "big", signed=kind in _SIGNED)


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
        address, words = base + field.address, _words(field, values)
        if runs and runs[-1][0] + len(runs[-1][1]) == address and len(runs[-1][1]) + len(words) <= most:
            runs[-1][1].extend(words)
        else:
            runs.append((address, words))
    return runs


def _words(field: WriteField, values: Mapping[str, object]) -> list[int]:
    if field.name not in values:
        raise BadInput(f"{field.name}: nothing to write; expected one of {', '.join(values)}")
    raw = _raw(field, values[field.name])
    size = field.type.registers * 2
    try:
        data = raw.to_bytes(size, "big", signed=field.type in _SIGNED)
    except OverflowError as error:
        raise BadInput(f"{field.name}: {values[field.name]} does not fit {field.type.value}") from error
    return [int.from_bytes(data[start : start + 2], "big") for start in range(0, size, 2)]


def _raw(field: WriteField, value: object) -> int:
    if value is None and field.none is not None:
        return field.none
    if field.codes:
        word = value.name.lower() if isinstance(value, Enum) else str(value)
        if word in field.codes:
            return field.codes[word]
        raise BadInput(f"{field.name}: got {word}, expected one of {', '.join(field.codes)}")
    if isinstance(value, int | float) and isfinite(value):
        return round(exact(value) / exact(field.scale))
    raise BadInput(f"{field.name}: got {value!r}, expected a number")

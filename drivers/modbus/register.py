"""One value in a device's registers: where it stands, how it is stored, and what stands for "not known"."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from city.measurements import Fact, Kind, Metric
from city.sections import Section
from drivers.units import exact, factor

Order = Literal["big", "little"]
Address = Annotated[int, Field(ge=0, le=0xFFFF)]
"""Zero-based, as on the wire."""
Scale = Annotated[float, Field(gt=-1e12, lt=1e12, allow_inf_nan=False)]
Sentinel = int | Literal["all-ones", "largest", "smallest"]
"""A raw value, unsigned; or all bits set, or the largest or the most negative of a signed number of its size."""
Poll = Literal["poll", "slow", "on-demand"]
"""Read at each poll, now and then (``drivers.modbus.reading.SLOW_EVERY``), or by a probe only."""

REGISTER_BITS = 16
READ_CEILING = 125
"""Most registers in one read that the protocol allows (Modbus Application Protocol V1.1b3)."""
LONGEST_BITFIELD = 4
"""Registers of the longest bitfield."""
STATES: Mapping[str, float] = {"off": 0.0, "on": 1.0}
"""What the words of a code are worth, where the metric is a state."""


class RegisterType(StrEnum):
    """How the registers of one value are read together."""

    BIT = "bit"
    BITFIELD = "bitfield"
    """Named bits."""
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    S64 = "s64"
    F32 = "f32"
    F64 = "f64"
    BYTES = "bytes"
    """Shown as hexadecimal digits."""
    TEXT = "text"
    """ASCII, two characters in a register, ended by its end or a NUL."""

    @property
    def is_number(self) -> bool:
        """Whether it is an integer or a float."""
        return self.value[1:].isdigit()

    @property
    def is_signed(self) -> bool:
        """Whether it is an integer that may be negative."""
        return self.value[0] == "s"

    @property
    def is_float(self) -> bool:
        """Whether it is an IEEE 754 number."""
        return self.value[0] == "f"

    @property
    def registers(self) -> int:
        """How many registers it takes, unless its profile says how many."""
        return int(self.value[1:]) // REGISTER_BITS if self.is_number else 1


class Register(Section):
    """One value that can be read."""

    name: str = ""
    """What it is called in a probe; that of its metric or fact unless given."""
    metric: Metric | None = None
    """What it is stored as; a register without one is shown by a probe only."""
    fact: Fact | None = None
    """What it says of the device in words: a text, the word of a code, the names of bits, or hexadecimal digits."""
    function: Literal[1, 2, 3, 4]
    address: Address
    """Zero-based, as on the wire; within a repeated block, from the block's own first register."""
    type: RegisterType
    registers: int | None = Field(None, ge=1, le=READ_CEILING)
    """How many registers it takes, for the types ``bitfield`` (1 unless given), ``bytes`` and ``text``."""
    bit: int | None = Field(None, ge=0, lt=REGISTER_BITS)
    """Which bit of the register, for the type ``bit`` of functions 3 and 4."""
    bits: tuple[str, ...] = ()
    """The names of the bits from the lowest on, for the type ``bitfield``; empty where a bit has none."""
    byte_order: Order = "big"
    word_order: Order = "big"
    """``little``: the low word comes first."""
    scale: Scale = 1.0
    """What one step of the raw value is, in ``unit``."""
    exponent: Address | None = None
    """Address of a signed register that holds the power of ten of this value."""
    unit: str = ""
    """The device's own unit."""
    codes: Mapping[str, int] = {}
    """The raw value of each word, where it is a word; any other is refused. Of a state: ``on`` and ``off``."""
    no_data: tuple[Sentinel, ...] = ()
    """What means "not known"; a float's NaN always does."""
    wraps_at: float | None = Field(None, gt=0)
    """In ``unit``: there a counter goes on from 0; what its integer type can hold, unless given."""
    poll: Poll = "poll"
    """What is neither a metric nor a fact is ``on-demand`` unless it says otherwise."""

    @model_validator(mode="before")
    @classmethod
    def _is_polled_if_stored(cls, document: Any) -> Any:
        if not isinstance(document, dict) or document.keys() & {"metric", "fact"}:
            return document
        return {"poll": "on-demand", **document}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.metric is not None and self.fact is not None:
            raise ValueError("a metric or a fact, not both")
        if not self.label:
            raise ValueError("a name, a metric or a fact")
        if (self.type is RegisterType.BIT) != (self.bit is not None or self.function in {1, 2}):
            raise ValueError("type 'bit' with a bit (functions 3 and 4) or alone (functions 1 and 2)")
        if self.address + self.size > 0x10000:
            raise ValueError(f"{self.size} registers that end at 65535")
        self._check_size()
        self._check_meaning()
        return self

    def _check_size(self) -> None:
        sized = self.type in {RegisterType.BYTES, RegisterType.TEXT}
        if sized != (self.registers is not None) and self.type is not RegisterType.BITFIELD:
            raise ValueError("registers with the types 'bytes', 'text' and 'bitfield'")
        if (self.type is RegisterType.BITFIELD) != bool(self.bits):
            raise ValueError("bits with the type 'bitfield'")
        if self.type is RegisterType.BITFIELD and self.size > LONGEST_BITFIELD:
            raise ValueError(f"a bitfield of up to {LONGEST_BITFIELD} registers")
        width = self.size * REGISTER_BITS
        names = [name for name in self.bits if name]
        if len(self.bits) > width or len(set(names)) < len(names):
            raise ValueError(f"up to {width} bits, each name once")
        if any(isinstance(one, int) and not 0 <= one < 1 << width for one in self.no_data):
            raise ValueError(f"no_data of 0 to {(1 << width) - 1}")

    def _check_meaning(self) -> None:
        if self.codes and (not self.type.is_number or self.type.is_float):
            raise ValueError("codes of an integer")
        if self.metric is None:
            return
        if self.codes:
            if self.metric.kind is not Kind.STATE or set(self.codes) != set(STATES):
                raise ValueError("codes of a metric that is a state: on and off")
        elif not self.type.is_number and self.type is not RegisterType.BIT:
            raise ValueError("a metric that is a number or a bit")
        factor(self.unit, self.metric)

    @property
    def label(self) -> str:
        """What it is called in a probe."""
        return self.name or (self.metric and self.metric.value) or (self.fact and self.fact.value) or ""

    @cached_property
    def size(self) -> int:
        """How many registers it takes."""
        return self.registers or self.type.registers

    @cached_property
    def factor(self) -> Fraction:
        """By what a raw value is multiplied to be one of its metric (of its own unit, without a metric)."""
        scale = exact(self.scale)
        return scale if self.metric is None else scale * factor(self.unit, self.metric)

    @cached_property
    def sentinels(self) -> frozenset[int]:
        """The raw values, unsigned, that mean "not known"."""
        width = self.size * REGISTER_BITS
        named = {"all-ones": (1 << width) - 1, "largest": (1 << width - 1) - 1, "smallest": 1 << width - 1}
        return frozenset(one if isinstance(one, int) else named[one] for one in self.no_data)

    @property
    def span(self) -> float | None:
        """After how many of its metric's units a counter is back at 0; None where that is not known."""
        if self.metric is None or self.metric.kind is not Kind.COUNTER:
            return None
        if self.wraps_at is not None:
            return float(exact(self.wraps_at) * factor(self.unit, self.metric))
        if self.type.is_float:
            return None
        return float((1 << self.size * REGISTER_BITS - self.type.is_signed) * self.factor)

    def at(self, base: int) -> "Register":
        """The same register in a repeated block that starts at ``base``."""
        exponent = None if self.exponent is None else base + self.exponent
        return self.model_copy(update={"address": base + self.address, "exponent": exponent})

"""What a Modbus profile says: registers, their types and units, limits, and what may be written."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.measurements import Fact, Metric
from city.sections import Section
from drivers.profile import Profile
from drivers.units import exact, factor

Order = Literal["big", "little"]

LAST_ADDRESS = 0xFFFF
SHARED = ("function", "byte_order", "word_order")
"""What may be said once, at the top of a profile, for all its registers."""
READ_CEILING = 125
"""Most registers in one read that the protocol allows (Modbus Application Protocol V1.1b3)."""
WRITE_CEILING = 123
"""Most registers in one write that the protocol allows (the same)."""


class RegisterType(StrEnum):
    """How the registers of one value are read together."""

    BIT = "bit"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    S64 = "s64"
    F32 = "f32"
    F64 = "f64"

    @property
    def registers(self) -> int:
        """How many registers it takes."""
        return 1 if self is RegisterType.BIT else int(self.value[1:]) // 16


class Register(Section):
    """One value that can be read."""

    name: str = ""
    """What it is called in a probe; that of its metric or fact unless given."""
    metric: Metric | None = None
    """What it is stored as; a register without one is shown by a probe only."""
    fact: Fact | None = None
    """What it says of the device in words: its bits as hexadecimal digits."""
    function: Literal[1, 2, 3, 4]
    address: int = Field(ge=0, le=LAST_ADDRESS)
    """Zero-based, as on the wire; within a repeated block, from the block's own first register."""
    type: RegisterType
    bit: int | None = Field(None, ge=0, le=15)
    """Which bit of the register, for the type ``bit`` of functions 3 and 4."""
    byte_order: Order = "big"
    word_order: Order = "big"
    """``little``: the low word comes first."""
    scale: float = 1.0
    """What one step of the raw value is, in ``unit``."""
    exponent: int | None = Field(None, ge=0, le=LAST_ADDRESS)
    """Address of a signed register that holds the power of ten of this value."""
    unit: str = ""
    """The device's own unit."""
    no_data: tuple[int, ...] = ()
    """Raw values, unsigned, that mean "not known"; a float's NaN always does."""
    poll: Literal["poll", "on-demand"] = "poll"
    """Whether it is read at each poll, or by a probe only."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.metric is not None and self.fact is not None:
            raise ValueError("a metric or a fact, not both")
        if not self.label:
            raise ValueError("a name, a metric or a fact")
        if (self.type is RegisterType.BIT) != (self.bit is not None or self.function in {1, 2}):
            raise ValueError("type 'bit' with a bit (functions 3 and 4) or alone (functions 1 and 2)")
        if self.metric is not None:
            factor(self.unit, self.metric)
        return self

    @property
    def label(self) -> str:
        """What it is called in a probe."""
        return self.name or (self.metric and self.metric.value) or (self.fact and self.fact.value) or ""

    @property
    def factor(self) -> Fraction:
        """By what a raw value is multiplied to be one of its metric (of its own unit, without a metric)."""
        scale = exact(self.scale)
        return scale if self.metric is None else scale * factor(self.unit, self.metric)

    def at(self, base: int) -> "Register":
        """The same register in a repeated block that starts at ``base``."""
        exponent = None if self.exponent is None else base + self.exponent
        return self.model_copy(update={"address": base + self.address, "exponent": exponent})


class Place(Section):
    """Where one 16-bit register stands."""

    function: Literal[3, 4]
    address: int = Field(ge=0, le=LAST_ADDRESS)


class CircuitBlock(Section):
    """Registers that repeat for each circuit of a cabinet."""

    first: int = Field(ge=0, le=LAST_ADDRESS)
    """First register of circuit 1."""
    stride: int = Field(ge=1)
    """From one circuit's first register to the next one's."""
    most: int = Field(ge=1)
    """How many circuits a device may have."""
    count: Place
    """Where the device says how many it has."""
    register_: tuple[Register, ...] = Field(alias="register", min_length=1)


class Block(Section):
    """Registers that no request may touch, not even to bridge a gap."""

    function: Literal[1, 2, 3, 4]
    first: int = Field(ge=0, le=LAST_ADDRESS)
    last: int = Field(ge=0, le=LAST_ADDRESS)


class WriteField(Section):
    """One value that is written, function 16."""

    name: str
    """Which part of the order or of the programme."""
    address: int = Field(ge=0, le=LAST_ADDRESS)
    type: Literal[RegisterType.U16, RegisterType.S16, RegisterType.U32, RegisterType.S32] = RegisterType.U16
    scale: float = 1.0
    """What one step of the raw value is."""
    codes: Mapping[str, int] = {}
    """The raw value of each word, where it is a word."""
    none: int | None = None
    """The raw value of "none", where that is allowed."""


class CircuitTable(Section):
    """What is written for each circuit."""

    first: int = Field(ge=0, le=LAST_ADDRESS)
    stride: int = Field(ge=1)
    field: tuple[WriteField, ...] = Field(min_length=1)


class ProgrammeTable(Section):
    """The programme that a cabinet keeps and runs alone."""

    hash: int = Field(ge=0, le=LAST_ADDRESS)
    """Two registers, high word first: writing them commits what was written before; read back, the hash in force."""
    field: tuple[WriteField, ...]
    circuits: CircuitTable


class Vector(Section):
    """Raw registers and what they mean; run by the test suite."""

    note: str
    register_: str = Field(alias="register")
    """Label of the register."""
    hex: str = ""
    """The registers' bytes as on the wire."""
    request: str = ""
    """The whole RTU request that reads it, CRC included."""
    reply: str = ""
    """The whole RTU reply, CRC included, in place of ``hex``."""
    value: float | str | None = None
    """In the unit of the metric; none when there is no data."""

    @field_validator("hex", "request", "reply")
    @classmethod
    def _is_hexadecimal(cls, value: str) -> str:
        bytes.fromhex(value)
        return value


class ModbusProfile(Profile):
    """A device that speaks Modbus."""

    max_registers: int = Field(READ_CEILING, ge=4, le=READ_CEILING)
    """Most registers that the device takes in one request."""
    bridge: int = Field(0, ge=0)
    """How many registers that nobody wants may be read to save a request."""
    forbidden: tuple[Block, ...] = ()
    register_: tuple[Register, ...] = Field(alias="register", min_length=1)
    circuits: CircuitBlock | None = None
    programme: ProgrammeTable | None = None
    """Fields named as those of ``CabinetProgramme`` and of its circuits."""
    order: CircuitTable | None = None
    """Fields ``order`` (``auto``, ``on``, ``off``) and ``until`` (s since 1970 UTC), written together."""
    vector: tuple[Vector, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, document: dict[str, Any]) -> dict[str, Any]:
        """Function and orders given once at the top hold for every register that does not say otherwise."""
        shared: dict[str, Any] = {key: document[key] for key in SHARED if key in document}
        document = {key: value for key, value in document.items() if key not in shared}
        circuits = document.get("circuits")
        if isinstance(circuits, dict):
            document["circuits"] = _handed(shared, circuits)
        return _handed(shared, document)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        labels = [register.label for register in self.register_]
        if twice := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f"each register once: {', '.join(sorted(twice))}")
        known = (
            {*labels, *(register.label for register in self.circuits.register_)}
            if self.circuits
            else {*labels}
        )
        if unknown := [v.register_ for v in self.vector if v.register_ not in known]:
            raise ValueError(f"vectors of registers that exist, not {', '.join(unknown)}")
        for register in self.registers(self.circuits.most if self.circuits else 0):
            if any(
                block.function == register.function and _touches(block, register) for block in self.forbidden
            ):
                raise ValueError(f"{register.label} outside the forbidden blocks")
        return self

    def circuit_registers(self, number: int) -> Iterator[Register]:
        """The registers of one circuit (1, 2 …) at their addresses."""
        if self.circuits is not None:
            base = self.circuits.first + self.circuits.stride * (number - 1)
            yield from (register.at(base) for register in self.circuits.register_)

    def registers(self, circuits: int) -> Iterator[Register]:
        """Every register of a device with so many circuits."""
        yield from self.register_
        for number in range(1, circuits + 1):
            yield from self.circuit_registers(number)


def _handed(shared: Mapping[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    registers = table.get("register")
    if not isinstance(registers, list):
        return table
    filled = [{**shared, **register} if isinstance(register, dict) else register for register in registers]
    return {**table, "register": filled}


def _touches(block: Block, register: Register) -> bool:
    return register.address <= block.last and register.address + register.type.registers > block.first

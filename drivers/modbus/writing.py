"""What may be written to a device: single values, tables of them, and commands with their magic numbers."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from city.sections import Section
from drivers.modbus.register import Address, Order, RegisterType, Scale

WRITE_CEILING = 123
"""Most registers in one write that the protocol allows (Modbus Application Protocol V1.1b3)."""

WrittenType = Literal[
    RegisterType.U16, RegisterType.S16, RegisterType.U32, RegisterType.S32,
    RegisterType.U64, RegisterType.S64, RegisterType.F32, RegisterType.F64,
]  # fmt: skip


class Written(Section):
    """How one value is laid into registers."""

    type: WrittenType = RegisterType.U16
    byte_order: Order = "big"
    word_order: Order = "big"
    scale: Scale = 1.0
    """What one step of the raw value is."""
    unit: str = ""
    """For people."""
    least: float | None = None
    most: float | None = None
    """What the device takes, in ``unit``: more or less than that is never sent."""
    codes: Mapping[str, int] = {}
    """The raw value of each word, where it is a word."""
    none: int | None = None
    """The raw value of "none", where that is allowed."""


class WriteField(Written):
    """One value among others that are written together, function 16."""

    name: str
    """Which part of the order or of the programme."""
    address: Address


class CircuitTable(Section):
    """What is written for each circuit."""

    first: Address
    stride: int = Field(ge=1)
    field: tuple[WriteField, ...] = Field(min_length=1)


class ProgrammeTable(Section):
    """The programme that a cabinet keeps and runs alone."""

    hash: Address
    """Two registers, high word first: writing them commits what was written before; read back, the hash in force."""
    field: tuple[WriteField, ...]
    circuits: CircuitTable


class ReadBack(Section):
    """Where it shows that a command was carried out."""

    function: Literal[1, 2, 3, 4]
    address: Address
    values: tuple[int, ...] = ()
    """The registers or bits to be found there; those that were written unless given."""


class Command(Section):
    """One write that a device obeys: a fixed one, or with a value that the caller gives."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    function: Literal[5, 6, 15, 16]
    """5 one coil, 6 one register, 15 coils, 16 registers."""
    address: Address
    """Zero-based, as on the wire; within a repeated block, from the block's own first register."""
    values: tuple[int, ...] = Field((), max_length=WRITE_CEILING)
    """The raw registers of a fixed command, or its coils as 0 and 1; ON is not 1 everywhere."""
    value: Written | None = None
    """How the caller's value is written, functions 6 and 16."""
    write_only: bool = False
    """Whether there is nothing that could be read back."""
    read_back: ReadBack | None = None
    """What to read afterwards; the same address by function 1 or 3 unless given."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        coils = self.function in {5, 15}
        if bool(self.values) == (self.value is not None):
            raise ValueError("values, or how a value is written")
        if self.value is not None and coils:
            raise ValueError("a value with functions 6 and 16")
        count = self.value.type.registers if self.value else len(self.values)
        if self.function in {5, 6} and count != 1:
            raise ValueError(f"one value with function {self.function}, not {count}")
        most = 1 if coils else 0xFFFF
        if any(not 0 <= one <= most for one in self.values):
            raise ValueError(f"values of 0 to {most}")
        if self.write_only and self.read_back is not None:
            raise ValueError("write_only or read_back, not both")
        if self.address + count > 0x10000:
            raise ValueError(f"{count} registers that end at 65535")
        return self

    def at(self, base: int) -> "Command":
        """The same command in a repeated block that starts at ``base``."""
        back = self.read_back
        moved = back and back.model_copy(update={"address": base + back.address})
        return self.model_copy(update={"address": base + self.address, "read_back": moved})

"""What a Modbus profile says: registers, blocks of them that repeat, limits, and what may be written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from city.errors import BadInput
from city.sections import Section
from drivers.modbus.register import READ_CEILING, Address, Register
from drivers.modbus.writing import CircuitTable, Command, ProgrammeTable
from drivers.profile import Profile

SHARED = ("function", "type", "byte_order", "word_order", "no_data")
"""What may be said once, at the top of a profile, for all its registers."""
MOST_BLOCKS = 1000
"""How often a block may repeat along one of its indexes."""


class Place(Section):
    """Where one 16-bit register stands."""

    function: Literal[3, 4]
    address: Address


class CircuitBlock(Section):
    """Registers that repeat for each circuit of a cabinet."""

    first: Address
    """First register of circuit 1."""
    stride: int = Field(ge=1)
    """From one circuit's first register to the next one's."""
    most: int = Field(ge=1)
    """How many circuits a device may have."""
    count: Place
    """Where the device says how many it has."""
    register_: tuple[Register, ...] = Field(alias="register", min_length=1)


class Index(Section):
    """One of the numbers by which a repeated block is told from the others."""

    name: str
    """As the device's documentation calls it: ``channel``, ``short_address``."""
    least: int = Field(0, ge=0)
    most: int = Field(ge=0, le=MOST_BLOCKS)
    stride: int = Field(ge=1)
    """From one block's first register to that of the next."""

    @model_validator(mode="after")
    def _counts_up(self) -> Self:
        if self.most < self.least:
            raise ValueError(f"most of at least {self.least}")
        return self


class Block(Section):
    """Registers that repeat, of which a probe reads those that it is asked for."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    first: Address = 0
    """First register where every index is 0."""
    index: tuple[Index, ...] = Field(min_length=1)
    register_: tuple[Register, ...] = Field((), alias="register")
    command: tuple[Command, ...] = ()

    def base(self, numbers: Sequence[int]) -> int:
        """The first register of one block, by a number for each index.

        Raises:
            BadInput: there is no such block.
        """
        fits = len(numbers) == len(self.index) and all(
            index.least <= number <= index.most for index, number in zip(self.index, numbers, strict=True)
        )
        if not fits:
            got = "/".join(map(str, numbers))
            expected = "/".join(f"{index.name} {index.least}-{index.most}" for index in self.index)
            raise BadInput(f"{self.name}: got {got!r}, expected {expected}")
        return self.first + sum(index.stride * n for index, n in zip(self.index, numbers, strict=True))

    def registers_at(self, numbers: Sequence[int]) -> Iterator[Register]:
        """Its registers, where one block has them."""
        base = self.base(numbers)
        return (register.at(base) for register in self.register_)


class Forbidden(Section):
    """Registers that no request may touch, not even to bridge a gap."""

    function: Literal[1, 2, 3, 4]
    first: Address
    last: Address

    def touches(self, register: Register) -> bool:
        """Whether a register lies in it, wholly or in part."""
        return (
            self.function == register.function
            and register.address <= self.last
            and register.address + register.size > self.first
        )


class Vector(Section):
    """Raw registers and what they mean, or a command and its frame; run by the test suite."""

    note: str
    register_: str = Field("", alias="register")
    """Label of the register, with its block where it has one: ``gear/status``."""
    command: str = ""
    """Name of the command whose ``request`` this is, with its block where it has one."""
    at: tuple[int, ...] = ()
    """Which block: a number for each of its indexes."""
    hex: str = ""
    """The registers' bytes as on the wire."""
    exponent: int | None = None
    """The register that holds its power of ten."""
    request: str = ""
    """The whole RTU request that reads or writes it, CRC included."""
    reply: str = ""
    """The whole RTU reply, CRC included, in place of ``hex``."""
    value: float | str | None = None
    """In the unit of the metric; none when there is no data. Of a command: the caller's value."""
    refused: str = ""
    """Why the registers are refused."""

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
    align: Literal[1, 2, 4] = 1
    """Every request starts at a multiple of this and asks for a multiple of it: 2 where odd ones are refused."""
    one_instant: bool = True
    """Whether the values of one request were measured together; False where the device's source says otherwise."""
    forbidden: tuple[Forbidden, ...] = ()
    register_: tuple[Register, ...] = Field((), alias="register")
    circuits: CircuitBlock | None = None
    block: tuple[Block, ...] = ()
    programme: ProgrammeTable | None = None
    """Fields named as those of ``CabinetProgramme`` and of its circuits."""
    order: CircuitTable | None = None
    """Fields ``order`` (``auto``, ``on``, ``off``) and ``until`` (s since 1970 UTC), written together."""
    command: tuple[Command, ...] = ()
    vector: tuple[Vector, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, document: dict[str, Any]) -> dict[str, Any]:
        """What is given once at the top holds for every register that does not say otherwise.

        ``no_data`` is given there for each type: ``no_data = { u16 = ["all-ones"] }``.
        """
        shared: dict[str, Any] = {key: document[key] for key in SHARED if key in document}
        document = {key: value for key, value in document.items() if key not in shared}
        for key in ("circuits", "block"):
            inner = document.get(key)
            if isinstance(inner, dict):
                document[key] = _handed(shared, inner)
            elif isinstance(inner, list):
                document[key] = [_handed(shared, one) if isinstance(one, dict) else one for one in inner]
        return _handed(shared, document)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.register_ and not self.block:
            raise ValueError("a register or a block")
        _each_once("register", [register.label for register in self.register_])
        _each_once("block", [block.name for block in self.block])
        _each_once("command", [command.name for command in self.command])
        readable, commands = set(self.labelled()), set(self.commands())
        for vector in self.vector:
            if bool(vector.register_) == bool(vector.command):
                raise ValueError(f"vectors of a register or of a command: {vector.note}")
            if vector.register_ and vector.register_ not in readable:
                raise ValueError(f"vectors of registers that exist, not {vector.register_}")
            if vector.command and vector.command not in commands:
                raise ValueError(f"vectors of commands that exist, not {vector.command}")
        for register in self._everywhere():
            self._check_place(register)
        for block in self.block:
            base = block.base([one.most for one in block.index])
            if any(base + command.address > 0xFFFF for command in block.command):
                raise ValueError(f"the commands of {block.name} within 65536 registers")
        return self

    def _check_place(self, register: Register) -> None:
        if register.address + register.size > 0x10000:
            raise ValueError(f"{register.label} within 65536 registers")
        if any(block.touches(register) for block in self.forbidden):
            raise ValueError(f"{register.label} outside the forbidden blocks")
        alone = register.exponent is not None and self.align > 1
        if alone or register.address % self.align or register.size % self.align:
            raise ValueError(f"{register.label} at, and of, a multiple of {self.align} registers")
        if register.size > self.max_registers:
            raise ValueError(f"{register.label} within {self.max_registers} registers")

    def _everywhere(self) -> Iterator[Register]:
        """Every register at each address at which it may stand, of blocks the first and the last."""
        yield from self.registers(self.circuits.most if self.circuits else 0)
        for block in self.block:
            for numbers in ([one.least for one in block.index], [one.most for one in block.index]):
                yield from block.registers_at(numbers)

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

    def command_at(self, name: str, numbers: Sequence[int] = ()) -> Command:
        """One command by its name; that of a block (``gear/level``) with a number for each of its indexes.

        Raises:
            BadInput: there is no such command, or no such block.
        """
        found = self.commands()
        if name not in found:
            raise BadInput(
                f"{self.name}: command: got {name!r}, expected one of {', '.join(found) or 'none'}"
            )
        block = next((one for one in self.block if name.startswith(f"{one.name}/")), None)
        return found[name].at(block.base(numbers)) if block else found[name]

    def labelled(self) -> dict[str, Register]:
        """Each kind of register by its label, with its block's name before it; as the profile's file has it."""
        found = {register.label: register for register in self.circuits.register_} if self.circuits else {}
        found |= {register.label: register for register in self.register_}
        for block in self.block:
            found |= {f"{block.name}/{register.label}": register for register in block.register_}
        return found

    def commands(self) -> dict[str, Command]:
        """Each kind of command by its name, with its block's name before it; as the profile's file has it."""
        found = {command.name: command for command in self.command}
        for block in self.block:
            found |= {f"{block.name}/{command.name}": command for command in block.command}
        return found


def _each_once(what: str, names: Sequence[str]) -> None:
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"each {what} once: {', '.join(sorted(twice))}")


def _handed(shared: Mapping[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    registers = table.get("register")
    if not isinstance(registers, list):
        return table
    return {**table, "register": [_filled(shared, register) for register in registers]}


def _filled(shared: Mapping[str, Any], register: Any) -> Any:
    """A register with what it does not say itself; what is no table is left for pydantic to refuse."""
    if not isinstance(register, dict):
        return register
    filled = {**shared, **register}
    by_type = shared.get("no_data")
    if "no_data" in register or by_type is None:
        return filled
    if isinstance(by_type, dict):
        filled["no_data"] = by_type.get(filled.get("type"), ())
    return filled

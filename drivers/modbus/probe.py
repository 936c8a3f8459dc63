"""One look at a Modbus device: every register of its profile, with what could not be read and why."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from city.errors import BadInput, Refused
from drivers.modbus.codec import Decoded
from drivers.modbus.line import ModbusLine, ModbusUrl
from drivers.modbus.profile import Block, ModbusProfile
from drivers.modbus.reading import read_registers
from drivers.modbus.register import Register, RegisterType
from drivers.modbus.security import ModbusSecurity

Named = tuple[str, Register]
"""A register at its place, and what a probe calls it."""


@dataclass(frozen=True, slots=True)
class ProbedRegister:
    """What one register of the profile said."""

    what: str
    """Its label; a circuit's starts with its number: ``2/power_w``; a block's with its own: ``gear/0/5/level_pct``."""
    value: float | str | None
    unit: str
    function: int
    address: int
    raw: tuple[int, ...]
    """The registers as they came, lowest address first."""
    why: str | None
    """Why there is no value."""
    type: RegisterType
    bits: Mapping[str, bool] | None
    """Each named bit of a bitfield."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """All that a device said."""

    url: str
    profile: str
    values: tuple[ProbedRegister, ...]
    unread: tuple[ProbedRegister, ...]
    """Those without a value."""
    one_instant: bool
    """Whether the values of one request were measured together."""
    unverified: bool
    """Whether nobody has tried the profile against the real device."""
    dropped: Mapping[str, int]
    """What came in and was not asked for, by reason."""

    def document(self) -> dict[str, Any]:
        """As ``falotier probe modbus --json`` prints it."""
        return asdict(self)


async def probe(
    url: str,
    profile: ModbusProfile,
    timeout_s: float,
    blocks: Iterable[str] = (),
    security: ModbusSecurity | None = None,
) -> ProbeResult:
    """Read one device once.

    Args:
        url: where it is, over any transport of ``drivers.modbus.url``.
        profile: what its registers mean.
        timeout_s: real seconds that connecting, and each request, may take.
        blocks: which of the profile's repeated blocks to read too: a name and a number, or a range, for each index:
            ``gear/0/5``, ``gear/0/0-7``.
        security: as whom to speak to a gateway reached by ``modbus+tls``.

    Raises:
        BadInput: not such a URL, or no such block, or nothing to read without one, or TLS and no ``security``.
        Unreachable: no connection or no answer.
        Refused: it refused everything.
    """
    place = ModbusUrl.parse(url)
    named = [(register.label, register) for register in profile.registers(0)]
    for text in blocks:
        named += _in_blocks(profile, text)
    if not named:
        raise BadInput(
            f"block: got none, expected {_forms(profile)}: {profile.name} has nothing else to read"
        )
    with closing(ModbusLine(place.gateway, timeout_s=timeout_s, security=security)) as line:
        for number in range(1, await _count_circuits(line, place.unit, profile) + 1):
            named += [
                (f"{number}/{register.label}", register) for register in profile.circuit_registers(number)
            ]
        registers = [register for _, register in named]
        answers = await read_registers(line, place.unit, profile, registers, partly=True)
        dropped = {reason.value: times for reason, times in line.dropped.items()}
    probed = [_probed(what, register, answers.of(register)) for what, register in named]
    read = tuple(one for one in probed if one.value is not None)
    unread = tuple(one for one in probed if one.value is None)
    return ProbeResult(url, profile.name, read, unread, profile.one_instant, profile.unverified, dropped)


def _in_blocks(profile: ModbusProfile, text: str) -> Iterator[Named]:
    """The registers of the blocks that ``gear/0/0-7`` stands for."""
    name, *parts = text.split("/")
    block = next((one for one in profile.block if one.name == name and one.register_), None)
    if block is None or len(parts) != len(block.index):
        raise BadInput(f"block: got {text!r}, expected {_forms(profile)}")
    for numbers in product(*(_range(text, profile, part) for part in parts)):
        prefix = "/".join((name, *map(str, numbers)))
        yield from ((f"{prefix}/{register.label}", register) for register in block.registers_at(numbers))


def _range(text: str, profile: ModbusProfile, part: str) -> range:
    first, _, last = part.partition("-")
    last = last or first
    if not (first.isdecimal() and last.isdecimal() and len(last) < 6 and int(first) <= int(last)):
        raise BadInput(f"block: got {text!r}, expected {_forms(profile)}")
    return range(int(first), int(last) + 1)


def _forms(profile: ModbusProfile) -> str:
    """What may be asked for: ``gear/CHANNEL 0-1/SHORT_ADDRESS 0-63``."""

    def form(block: Block) -> str:
        return "/".join((block.name, *(f"{one.name.upper()} {one.least}-{one.most}" for one in block.index)))

    return " or ".join(form(block) for block in profile.block if block.register_) or "none"


async def _count_circuits(line: ModbusLine, unit: int, profile: ModbusProfile) -> int:
    if profile.circuits is None:
        return 0
    place = profile.circuits.count
    try:
        (count,) = await line.read(unit, place.function, place.address, 1)
    except Refused:
        return 0
    return min(count, profile.circuits.most)


def _probed(what: str, register: Register, decoded: Decoded) -> ProbedRegister:
    return ProbedRegister(
        what=what,
        value=decoded.value if decoded.text is None else decoded.text,
        unit=register.unit if register.metric is None else register.metric.unit,
        function=register.function,
        address=register.address,
        raw=decoded.raw,
        why=decoded.why,
        type=register.type,
        bits=decoded.bits,
    )

"""One look at a Modbus device: every register of its profile, with what could not be read and why."""

from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from city.errors import Refused
from drivers.modbus.codec import Decoded
from drivers.modbus.line import ModbusLine, ModbusUrl
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.reading import read_registers
from drivers.modbus.register import Register


@dataclass(frozen=True, slots=True)
class ProbedRegister:
    """What one register of the profile said."""

    what: str
    """Its label; a circuit's starts with its number: ``2/power_w``."""
    value: float | str | None
    unit: str
    function: int
    address: int
    raw: tuple[int, ...]
    """The registers as they came, lowest address first."""
    why: str | None
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """All that a device said."""

    url: str
    profile: str
    values: tuple[ProbedRegister, ...]
    unread: tuple[ProbedRegister, ...]
    """Those without a value."""

    def document(self) -> dict[str, Any]:
        """As ``falotier probe modbus --json`` prints it."""
        return asdict(self)


async def probe(url: str, profile: ModbusProfile, timeout_s: float) -> ProbeResult:
    """Read one device once.

    Args:
        url: ``modbus://host:port/unit`` or ``rtu+tcp://host:port/unit``.
        profile: what its registers mean.
        timeout_s: real seconds that connecting, and each request, may take.

    Raises:
        BadInput: not such a URL.
        Unreachable: no connection or no answer.
        Refused: it refused everything.
    """
    place = ModbusUrl.parse(url)
    with closing(ModbusLine(place.host, place.port, timeout_s=timeout_s, framing=place.framing)) as line:
        named = [(register.label, register) for register in profile.registers(0)]
        for number in range(1, await _count_circuits(line, place.unit, profile) + 1):
            named += [
                (f"{number}/{register.label}", register) for register in profile.circuit_registers(number)
            ]
        answers = await read_registers(line, place.unit, profile, [register for _, register in named])
    probed = [_probed(what, register, answers.of(register)) for what, register in named]
    read = tuple(one for one in probed if one.value is not None)
    return ProbeResult(url, profile.name, read, tuple(one for one in probed if one.value is None))


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
    )

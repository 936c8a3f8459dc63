"""A street cabinet over Modbus: its poll, the programme that it keeps, and orders to its circuits."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil

from city.errors import BadInput, Refused
from city.measurements import Batch, DeviceKind, Fact, Metric, Reading
from drivers.modbus.codec import Run, encode
from drivers.modbus.line import Gateway, ModbusLine, ModbusUrl
from drivers.modbus.plan import Span
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.reading import SLOW_EVERY, Answers, due, read_registers
from drivers.modbus.register import Register
from drivers.modbus.writing import WRITE_CEILING, CircuitTable, ProgrammeTable
from lighting.cabinet_programmes import CabinetProgramme
from lighting.inventory import Cabinet

HOLDING = 3
"""The function that reads what function 16 writes."""


class ModbusCabinet:
    """One cabinet of the inventory, through its profile."""

    def __init__(
        self, cabinet: Cabinet, profile: ModbusProfile, *, timeout_s: float, line: ModbusLine | None = None
    ) -> None:
        """Connects at the first request.

        Args:
            cabinet: where it is and which circuits it has.
            profile: what its registers mean.
            timeout_s: real seconds that connecting, and each request, may take.
            line: to its gateway, where several cabinets share one; it stays the giver's to close.

        Raises:
            BadInput: the profile has fewer circuits than the cabinet, or its URL is none.
        """
        most = profile.circuits.most if profile.circuits else 0
        if beyond := [circuit.id for circuit in cabinet.circuits if not 1 <= circuit.number <= most]:
            raise BadInput(
                f"{cabinet.id}: {profile.name} has no circuit {', '.join(beyond)}; expected 1 to {most}"
            )
        self.cabinet = cabinet
        self.refused: Counter[str] = Counter()
        """How often each register was refused or answered nonsense, by label and reason."""
        self._profile = profile
        place = place_of(cabinet)
        self._unit = place.unit
        self._line = line or ModbusLine(place.gateway, timeout_s=timeout_s)
        self._owns_line = line is None
        self._writing = asyncio.Lock()
        self._answered = 0
        self._lessons: dict[Span, str] = {}
        self._own = profile.register_
        self._circuits = {
            circuit.id: tuple(profile.circuit_registers(circuit.number)) for circuit in cabinet.circuits
        }

    @property
    def meters_wh(self) -> list[float | None]:
        """Where each counter of energy of the cabinet itself wraps, Wh; None: nowhere, or nobody knows."""
        return [register.span for register in self._own if register.metric is Metric.ENERGY]

    async def read(self, at: datetime) -> Batch:
        """Poll it once: each instrument exactly once, the slow ones at the first poll and then now and then.

        Args:
            at: the sampling time to give to what it answers, UTC.

        Raises:
            Unreachable: no connection or no answer.
            Refused: it refused everything.
        """
        async with self._line.turn(self._unit) as line:
            if self._answered % SLOW_EVERY == 0:
                self._lessons.clear()
            own = due(self._own, self._answered)
            circuits = {name: due(registers, self._answered) for name, registers in self._circuits.items()}
            registers = [*own, *(register for group in circuits.values() for register in group)]
            answers = await read_registers(line, self._unit, self._profile, registers, self._lessons)
        self._answered += 1
        readings = [self._reading(self.cabinet.id, DeviceKind.CABINET, at, own, answers)]
        for circuit, group in circuits.items():
            readings.append(self._reading(circuit, DeviceKind.CIRCUIT, at, group, answers))
        said = tuple(reading for reading in readings if reading.values or reading.facts)
        return Batch(self.cabinet.id, at, said)

    def _reading(
        self, device: str, kind: DeviceKind, at: datetime, registers: Sequence[Register], answers: Answers
    ) -> Reading:
        values: dict[Metric, float] = {}
        facts: dict[Fact, str] = {}
        for register in registers:
            decoded = answers.of(register)
            if decoded.refused:
                self.refused[f"{register.label}: {decoded.why}"] += 1
            if register.metric is Metric.CLOCK_ERROR and decoded.value is not None:
                values[register.metric] = decoded.value - at.timestamp()
            elif register.metric is not None and decoded.value is not None:
                values[register.metric] = decoded.value
            if register.fact is not None and decoded.text is not None:
                facts[register.fact] = decoded.text
        return Reading(device, kind, at, values, facts)

    async def deploy(self, programme: CabinetProgramme) -> None:
        """Write a programme, commit it by its hash, and read back both hash and table.

        Raises:
            BadInput: the cabinet keeps no programme, or this one does not fit its registers.
            Unreachable: no answer: until the hash is written nothing has changed in the cabinet.
            Refused: the cabinet says no, or what it holds afterwards is not what was written.
        """
        table = self._profile.programme
        if table is None:
            raise BadInput(f"{self.cabinet.id}: {self._profile.name} keeps no programme")
        runs = self._programme_runs(table, programme)
        commit: Run = (table.hash, [programme.hash >> 16 & 0xFFFF, programme.hash & 0xFFFF])
        about = f"{self.cabinet.id}: programme {programme.hash:08x}"
        async with self._writing, self._line.turn(self._unit) as line:
            await self._write(line, runs)
            await self._write(line, [commit])
            await self._check(line, [commit, *runs], about)

    async def order_circuit(self, number: int, *, on: bool | None, until: datetime | None = None) -> None:
        """Have a circuit closed or open until an instant, and read the order back.

        Args:
            number: of the circuit.
            on: closed or open; None ends the order in force: the circuit follows its programme again.
            until: when the order ends by itself, UTC, to the second; needed unless ``on`` is None.

        Raises:
            BadInput: the cabinet has no such circuit or takes no orders, or an order would have no end.
            Unreachable: no answer: it is not known whether the order holds.
            Refused: the cabinet says no (it obeys its front panel, or the end is past), or reads back another.
        """
        table = self._profile.order
        if table is None:
            raise BadInput(f"{self.cabinet.id}: {self._profile.name} takes no orders")
        if all(circuit.number != number for circuit in self.cabinet.circuits):
            raise BadInput(f"{self.cabinet.id}: there is no circuit {number}")
        if on is not None and until is None:
            raise BadInput(f"{self.cabinet.id}/{number}: an order needs an end")
        word = "auto" if on is None else "on" if on else "off"
        ends = ceil(until.timestamp()) if on is not None and until is not None else None
        runs = self._encoded(table, number, {"order": word, "until": ends})
        async with self._writing, self._line.turn(self._unit, urgent=True) as line:
            await self._write(line, runs)
            await self._check(line, runs, f"{self.cabinet.id}/{number}: order {word}")

    async def close(self) -> None:
        """Drop the connection, unless it is shared."""
        if self._owns_line:
            self._line.close()

    def _programme_runs(self, table: ProgrammeTable, programme: CabinetProgramme) -> list[Run]:
        runs = encode(table.field, 0, _named(programme), self._most)
        for circuit in programme.circuits:
            runs += self._encoded(table.circuits, circuit.number, _named(circuit))
        return runs

    def _encoded(self, table: CircuitTable, number: int, values: Mapping[str, object]) -> list[Run]:
        return encode(table.field, table.first + table.stride * (number - 1), values, self._most)

    @property
    def _most(self) -> int:
        return min(self._profile.max_registers, WRITE_CEILING)

    async def _write(self, line: ModbusLine, runs: Iterable[Run]) -> None:
        for address, registers in runs:
            await line.write(self._unit, address, registers)

    async def _check(self, line: ModbusLine, runs: Iterable[Run], about: str) -> None:
        for address, expected in runs:
            got = await line.read(self._unit, HOLDING, address, len(expected))
            if got != expected:
                raise Refused(f"{about}: register {address} reads back {got}, expected {expected}")


def place_of(cabinet: Cabinet) -> ModbusUrl:
    """Where the inventory says that a cabinet answers.

    Raises:
        BadInput: its URL is none.
    """
    if cabinet.url:
        return ModbusUrl.parse(cabinet.url)
    return ModbusUrl(Gateway(cabinet.host, cabinet.port), cabinet.unit)


def _named(programme: object) -> dict[str, object]:
    """The attributes of a programme by name, as the profile's fields name them."""
    names = getattr(programme, "__dataclass_fields__", ())
    return {name: getattr(programme, name) for name in names}

"""A line to a gateway and the units behind it: one request at a time, in turns that no unit spoils for the others."""

import copy
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

from pymodbus.pdu import ModbusPDU

from city.errors import BadInput, Refused, Unreachable
from drivers.modbus.connection import ILLEGAL_ADDRESS, Call, Client, Connection, NoAnswer, UnitRefused
from drivers.modbus.frames import READ_BITS, Dropped
from drivers.modbus.security import ModbusSecurity
from drivers.modbus.turns import Turn, Turns
from drivers.modbus.url import Gateway, ModbusUrl

__all__ = ["ILLEGAL_ADDRESS", "Gateway", "ModbusLine", "ModbusUrl", "NoAnswer", "UnitRefused"]

LARGEST_WORD = 0xFFFF


class ModbusLine:
    """The line to one gateway or serial port, shared by the units behind it."""

    def __init__(self, gateway: Gateway, *, timeout_s: float, security: ModbusSecurity | None = None) -> None:
        """Connects at the first request.

        Args:
            gateway: where it leads, and over what.
            timeout_s: real seconds that connecting, and each request, may take.
            security: as whom to speak TLS.

        Raises:
            BadInput: a gateway that speaks TLS, and no ``security``.
        """
        self.where = str(gateway)
        self._connection = Connection(gateway, timeout_s, security)
        self._turns = Turns(timeout_s)
        self._turn: Turn | None = None

    @property
    def dropped(self) -> Counter[Dropped]:
        """What came in and was not asked for, by reason, since the start."""
        return self._connection.dropped

    @asynccontextmanager
    async def turn(self, unit: int, *, urgent: bool = False) -> AsyncIterator["ModbusLine"]:
        """Hold the line for several requests to one unit; made outside of a turn, each request is one of its own.

        Args:
            unit: who is asked.
            urgent: an order, which goes before polls and is tried even while the unit rests.

        Yields:
            The line, for this turn.

        Raises:
            Unreachable: the unit was silent, and is not due to be asked again.
        """
        if not urgent and (rest_s := self._turns.rest_s(unit)) > 0:
            raise Unreachable(f"{self.where} unit {unit}: did not answer, is asked again in {rest_s:.1f} s")
        await self._connection.settle(unit)
        async with self._turns.take(unit, urgent=urgent) as turn:
            held = copy.copy(self)
            held._turn = turn  # noqa: SLF001 - of our own
            yield held

    async def read(self, unit: int, function: int, address: int, count: int) -> list[int]:
        """Registers (functions 3 and 4) or bits (1 and 2) of a unit.

        Raises:
            Unreachable: no connection, or no answer in time (``NoAnswer``).
            Refused: an exception code (``UnitRefused``), or an answer that makes no sense.
        """

        def call(client: Client) -> Awaitable[ModbusPDU]:
            ask = {
                1: client.read_coils,
                2: client.read_discrete_inputs,
                3: client.read_holding_registers,
                4: client.read_input_registers,
            }[function]
            return ask(address, count=count, device_id=unit)

        what = f"reading {count} at {address} (function {function})"
        answer = await self._ask(call, unit, what, urgent=False)
        return [int(bit) for bit in answer.bits[:count]] if function in READ_BITS else list(answer.registers)

    async def write(self, unit: int, address: int, registers: Sequence[int]) -> None:
        """Write holding registers in one request, function 16.

        Raises:
            BadInput: a value that no register holds.
            Unreachable: no connection, or no answer in time (``NoAnswer``): it is not known whether they were written.
            Refused: an exception code (``UnitRefused``), or an answer that makes no sense.
        """
        what = f"writing {len(registers)} at {address}"
        _check(registers, what)
        await self._ask(
            lambda client: client.write_registers(address, list(registers), device_id=unit),
            unit,
            what,
            urgent=True,
        )

    async def write_register(self, unit: int, address: int, value: int) -> None:
        """Write one holding register, function 6. Raises as ``write``."""
        what = f"writing {value} at {address} (function 6)"
        _check([value], what)
        await self._ask(
            lambda client: client.write_register(address, value, device_id=unit), unit, what, urgent=True
        )

    async def write_coil(self, unit: int, address: int, *, on: bool) -> None:
        """Write one coil, function 5. Raises as ``write``."""
        what = f"writing coil {address} {'on' if on else 'off'} (function 5)"
        await self._ask(
            lambda client: client.write_coil(address, on, device_id=unit), unit, what, urgent=True
        )

    async def write_coils(self, unit: int, address: int, bits: Sequence[bool]) -> None:
        """Write neighbouring coils in one request, function 15. Raises as ``write``."""
        what = f"writing {len(bits)} coils at {address} (function 15)"
        await self._ask(
            lambda client: client.write_coils(address, list(bits), device_id=unit), unit, what, urgent=True
        )

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        self._connection.close()

    async def _ask(self, call: Call, unit: int, what: str, *, urgent: bool) -> ModbusPDU:
        if self._turn is None:
            async with self.turn(unit, urgent=urgent) as held:
                return await held._ask(call, unit, what, urgent=urgent)  # noqa: SLF001 - of our own
        await self._turns.give_way(self._turn)
        await self._connection.settle(unit)  # it may have been given up while this waited for its turn
        began = time.monotonic()
        try:
            answer = await self._connection.ask(call, unit, what)
        except NoAnswer:
            self._turns.missed(unit)
            raise
        except Refused:
            self._turns.answered(unit)
            raise
        finally:
            self._turn.spend(time.monotonic() - began)
        self._turns.answered(unit)
        return answer


def _check(registers: Sequence[int], what: str) -> None:
    if wrong := [value for value in registers if not 0 <= value <= LARGEST_WORD]:
        raise BadInput(f"{what}: got {wrong[0]}, expected 0 to {LARGEST_WORD}")

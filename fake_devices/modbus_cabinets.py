"""Modbus TCP servers of the simulated cabinets, one port each.

Own frames instead of pymodbus's server: the cabinet's exceptions (60 registers, gaps, local mode) are exact, values
are worked out when they are asked for, and the driver's library is not on both ends of the wire, where a misreading
of the protocol would cancel out.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Self

from city.clock import Clock
from fake_devices.cabinet import Cabinet
from fake_devices.cabinet_registers import ILLEGAL_FUNCTION, ILLEGAL_VALUE, CabinetRegisters, RegisterError
from fake_devices.world import World

HOST = "127.0.0.1"
UNIT = 1
HEADER = struct.Struct(">HHHB")
"""Transaction, protocol (0), octets that follow, unit."""
LONGEST_PDU = 253
READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 3, 4, 6, 16
EXCEPTION = 0x80


class ModbusCabinets:
    """All cabinets; ports are open while the context is entered."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.ports: dict[str, int] = {}
        """TCP port on the loopback, by cabinet."""
        self.sent = 0
        """Measured values answered so far.

        Per answered function 04: the rows of the table of input registers at 4–5 and 10–21, bits b0 and b1 of
        register 3, and for each circuit bits b0, b1 and b3, voltage, current and power, as far as they lie wholly
        inside the registers asked for. A client that reads each of them once counts the same.
        """
        self._world = world
        self._clock = clock
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.BaseTransport] = set()

    async def __aenter__(self) -> Self:
        """Open every port.

        Raises:
            OSError: no port is left.
        """
        loop = asyncio.get_running_loop()
        try:
            for cabinet in self._world.cabinets.values():
                answer = _Cabinet(self, cabinet).answer
                server = await loop.create_server(self._connection(answer), HOST, 0)
                self._servers.append(server)
                self.ports[cabinet.plan.id] = server.sockets[0].getsockname()[1]
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every port and connection."""
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            if isinstance(connection, asyncio.Transport):
                connection.abort()
        await asyncio.sleep(0)  # aborted connections are closed in the loop's next turn
        for server in self._servers:
            await server.wait_closed()

    def now(self) -> float:
        """Bring the world up to the present, in seconds since 1970 UTC."""
        now = self._clock.now()
        self._world.advance(now)
        return now.timestamp()

    def _connection(self, answer: Callable[[bytes], bytes | None]) -> Callable[[], asyncio.Protocol]:
        return lambda: _Connection(self._connections, answer)


class _Cabinet:
    """Answers protocol data units for one cabinet."""

    def __init__(self, cabinets: ModbusCabinets, cabinet: Cabinet) -> None:
        self._cabinets = cabinets
        self._cabinet = cabinet
        self._registers = CabinetRegisters(cabinet)

    def answer(self, pdu: bytes) -> bytes | None:
        """The answer's own data unit; None from a cabinet that cannot be reached."""
        self._cabinets.now()
        if not self._cabinet.answers:
            return None
        function = pdu[0]
        try:
            return bytes([function]) + self._do(function, pdu[1:])
        except RegisterError as refusal:
            return bytes([function | EXCEPTION, refusal.code])
        except struct.error:
            return bytes([function | EXCEPTION, ILLEGAL_VALUE])

    def _do(self, function: int, body: bytes) -> bytes:
        now = self._cabinets.now()
        if function in (READ_HOLDING, READ_INPUT):
            address, count = struct.unpack(">HH", body)
            if function == READ_HOLDING:
                values = self._registers.read_holding(now, address, count)
            else:
                values = self._registers.read_input(now, address, count)
                self._cabinets.sent += self._registers.instruments(address, count)
            return struct.pack(f">B{count}H", 2 * count, *values)
        if function == WRITE_ONE:
            address, value = struct.unpack(">HH", body)
            self._registers.write(now, address, [value])
            return body
        if function == WRITE_MANY:
            address, count, size = struct.unpack_from(">HHB", body)
            if size != 2 * count:
                raise RegisterError(ILLEGAL_VALUE)
            self._registers.write(now, address, struct.unpack(f">{count}H", body[5:]))
            return struct.pack(">HH", address, count)
        raise RegisterError(ILLEGAL_FUNCTION)


class _Connection(asyncio.Protocol):
    """Cuts a stream into frames. What is not Modbus ends the connection; what is for another unit, no answer."""

    def __init__(
        self, connections: set[asyncio.BaseTransport], answer: Callable[[bytes], bytes | None]
    ) -> None:
        self._connections = connections
        self._answer = answer
        self._received = b""
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= HEADER.size and isinstance(self._transport, asyncio.Transport):
            transaction, protocol, length, unit = HEADER.unpack_from(self._received)
            if protocol != 0 or not 2 <= length <= LONGEST_PDU + 1:
                self._transport.abort()
                return
            end = HEADER.size - 1 + length
            if len(self._received) < end:
                return
            pdu, self._received = self._received[HEADER.size : end], self._received[end:]
            if unit == UNIT:
                answer = self._answer(pdu)
                if answer is None:
                    continue
                self._transport.write(HEADER.pack(transaction, 0, len(answer) + 1, unit) + answer)

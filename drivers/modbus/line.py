"""One Modbus connection to a gateway: one request at a time, and a fresh client after every trouble."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import urlsplit

from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import DecodePDU, ModbusPDU

from city.errors import BadInput, Refused, Unreachable

MODBUS_PORT = 502
NEVER = 10**9
"""How many unanswered requests pymodbus may count before it drops the connection: dropping it is ours."""

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, not done yet",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "no answer from the unit behind the gateway",
}
"""Exception codes (Modbus Application Protocol V1.1b3, section 7)."""
PASSING = frozenset({5, 6, 10, 11})
"""Those that may pass: the same request may succeed later."""
ILLEGAL_ADDRESS = 2

MBAP = 7
"""Bytes before the function code of a Modbus/TCP frame."""

# All that pymodbus logs is raised here with the device's name; its own lines would land on a technician's screen.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())


class UnitRefused(Refused):
    """The unit answered with an exception code; ``code`` says which."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class ModbusUrl:
    """Where a device is: ``modbus://host:port/unit``, or ``rtu+tcp://host:port/unit`` behind a serial server."""

    host: str
    port: int
    unit: int
    framing: Literal["tcp", "rtu"]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL; the port is 502 and the unit 1 unless it says otherwise.

        Raises:
            BadInput: it is not such a URL.
        """
        expected = "expected modbus://host:port/unit or rtu+tcp://host:port/unit"
        try:
            parts = urlsplit(url)
            unit = int(parts.path.strip("/") or 1)
            port = parts.port or MODBUS_PORT
        except ValueError as error:
            raise BadInput(f"got {url!r}, {expected}") from error
        framing: Literal["tcp", "rtu"] | None = {"modbus": "tcp", "rtu+tcp": "rtu"}.get(parts.scheme)  # type: ignore[assignment]
        if framing is None or not parts.hostname or not 0 <= unit <= 255:
            raise BadInput(f"got {url!r}, {expected}")
        return cls(parts.hostname, port, unit, framing)


class ModbusLine:
    """The connection to one gateway (host and port), shared by the units behind it."""

    def __init__(
        self, host: str, port: int, *, timeout_s: float, framing: Literal["tcp", "rtu"] = "tcp"
    ) -> None:
        """Connects at the first request; ``timeout_s`` (real seconds) holds for connecting and for each request."""
        self.where = f"{host}:{port}"
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._framing = framing
        self._client: AsyncModbusTcpClient | None = None
        self._nonsense = ""
        self._patience: asyncio.Timeout | None = None
        self._lock = asyncio.Lock()

    async def read(self, unit: int, function: int, address: int, count: int) -> list[int]:
        """Registers (functions 3 and 4) or bits (1 and 2) of a unit.

        Raises:
            Unreachable: no connection, or no answer in time.
            Refused: an exception code (``UnitRefused``), or an answer that makes no sense.
        """
        what = f"reading {count} at {address} (function {function})"
        async with self._lock:
            client = await self._connected()
            call = {
                1: client.read_coils,
                2: client.read_discrete_inputs,
                3: client.read_holding_registers,
                4: client.read_input_registers,
            }[function]
            answer = await self._ask(call(address, count=count, device_id=unit), unit, what)
        got = [int(bit) for bit in answer.bits[:count]] if function in {1, 2} else list(answer.registers)
        if len(got) != count:
            self.close()
            raise Refused(f"{self.where} unit {unit}: {what}: answered {len(got)} instead of {count}")
        return got

    async def write(self, unit: int, address: int, registers: Sequence[int]) -> None:
        """Write holding registers in one request, function 16.

        Raises:
            Unreachable: no connection, or no answer in time: it is not known whether they were written.
            Refused: an exception code (``UnitRefused``), or an answer that makes no sense.
        """
        what = f"writing {len(registers)} at {address}"
        async with self._lock:
            client = await self._connected()
            await self._ask(client.write_registers(address, list(registers), device_id=unit), unit, what)

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is not None and self._client.connected:
            return self._client
        self.close()
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            framer=FramerType.SOCKET if self._framing == "tcp" else FramerType.RTU,
            timeout=2 * self._timeout_s,  # ours comes first
            retries=0,
            reconnect_delay=0,  # reconnecting is ours: with a fresh client
            trace_packet=self._sieve if self._framing == "tcp" else None,
            trace_connect=self._on_connection,
        )
        client.set_max_no_responses(NEVER)
        self._client = client
        try:
            async with asyncio.timeout(self._timeout_s):
                connected = await client.connect()
        except TimeoutError:
            connected = False
        except BaseException:
            self.close()
            raise
        if not connected:
            self.close()
            raise Unreachable(f"{self.where}: cannot connect")
        return client

    async def _ask(self, request: Awaitable[ModbusPDU], unit: int, what: str) -> ModbusPDU:
        """Send one request and judge the answer; after any trouble but an exception code the connection is dropped.

        A late answer to an abandoned request can then never be taken for the answer to the next one.
        """
        about = f"{self.where} unit {unit}: {what}"
        self._nonsense = ""
        try:
            async with asyncio.timeout(self._timeout_s) as self._patience:
                answer = await request
        except (TimeoutError, ModbusException, OSError) as error:
            lost = self._client is None or not self._client.connected
            self.close()
            if self._nonsense:
                raise Refused(f"{about}: answered {self._nonsense}") from error
            why = "connection lost" if lost else f"no answer within {self._timeout_s:g} s"
            raise Unreachable(f"{about}: {why}") from error
        except BaseException:
            self.close()
            raise
        finally:
            self._patience = None
        if answer.isError():
            self._raise_exception_code(answer.exception_code, about)
        return answer

    @staticmethod
    def _raise_exception_code(code: int, about: str) -> None:
        message = f"{about}: {EXCEPTIONS.get(code, 'an unknown exception')} (exception {code})"
        if code in PASSING:
            raise Unreachable(message)
        raise UnitRefused(message, code)

    def _on_connection(self, connected: bool) -> None:  # noqa: FBT001 - pymodbus calls it so
        """A connection lost ends the request under way: pymodbus would wait for the answer to the very end."""
        if not connected and self._patience is not None:
            self._patience.reschedule(0)

    def _sieve(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - pymodbus calls it so
        """Hold back what is not a Modbus answer: pymodbus would throw it at the event loop."""
        if sending or len(data) <= MBAP:
            return data
        length = int.from_bytes(data[4:6], "big")
        if data[2:4] != b"\0\0":
            self._nonsense = "something that is not Modbus"
        elif length < 2 or (
            len(data) >= length + 6 and DecodePDU(is_server=False).decode(data[MBAP : length + 6]) is None
        ):
            self._nonsense = "a malformed frame"
        else:
            return data
        return b""

"""The connection to one gateway: opened when it is needed, and every trouble with it told in one line."""

import asyncio
import logging
import os
import ssl
import termios
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusTlsClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from city.errors import BadInput, Refused, Unreachable
from drivers.modbus.frames import ANY_SIZE, Dropped, Nonsense, RtuFrames, TcpFrames
from drivers.modbus.security import ModbusSecurity
from drivers.modbus.url import Gateway, Transport

NEVER = 10**9
"""How many unanswered requests pymodbus may count before it drops the connection: dropping it is ours."""
DEAD_AFTER = 2
"""Requests in a row after which nothing at all has come in: then the link is taken for dead, not the unit."""

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
PASSING = frozenset({5, 6})
"""Those that may pass: the same request may succeed later."""
SILENT = frozenset({10, 11})
"""Those by which a gateway says that the unit does not answer."""
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2

CHARACTERS_BETWEEN = 3.5
"""Silence between two frames of a serial line, in characters (Modbus over Serial Line V1.02, 2.5.1.1)."""
BITS_OF_DATA = 8
SHORTEST_SILENCE_S = 0.00175
"""The same page: what that silence is above 19200 baud."""

# All that pymodbus logs is raised here with the device's name; its own lines would land on a technician's screen.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())

Client = AsyncModbusTcpClient | AsyncModbusSerialClient
Call = Callable[[Client], Awaitable[ModbusPDU]]
"""Sends one request by a client and waits for its answer."""


class UnitRefused(Refused):
    """The unit answered with an exception code; ``code`` says which."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class NoAnswer(Unreachable):
    """The gateway is there; the unit behind it did not answer."""


class Connection:
    """To one gateway; whoever uses it sees to it that requests do not overlap."""

    def __init__(self, gateway: Gateway, timeout_s: float, security: ModbusSecurity | None) -> None:
        """Connects at the first request; ``timeout_s`` (real seconds) holds for connecting and for each request.

        Raises:
            BadInput: a gateway that speaks TLS, and no ``security``.
        """
        if gateway.transport is Transport.TLS and security is None:
            raise BadInput(
                f"{gateway}: Modbus/TCP Security needs a certificate, "
                "expected modbus.ca_file, modbus.certificate_file and modbus.key_file"
            )
        self.dropped: Counter[Dropped] = Counter()
        """What came in and was not asked for, by reason, since the start."""
        self._gateway = gateway
        self._timeout_s = timeout_s
        self._security = security
        self._frames = (RtuFrames if gateway.transport.is_rtu else TcpFrames)(self.dropped)
        self._silence_s = _silence_s(gateway) if gateway.transport is Transport.SERIAL else 0.0
        self._client: Client | None = None
        self._patience: asyncio.Timeout | None = None
        self._lost_by: Exception | None = None
        self._unheard = 0
        """Requests in a row after which nothing at all came in."""
        self._owed: dict[int, float] = {}
        """Until when the answer of a unit that was given up may still come, where nothing tells it from the next."""

    async def ask(self, call: Call, unit: int, what: str) -> ModbusPDU:
        """Send one request; its answer, and no other, is taken.

        Raises:
            Unreachable: no connection, or one that was lost, or a unit that is busy; ``NoAnswer``: the unit is silent.
            Refused: an exception code (``UnitRefused``), an answer that makes no sense, or a certificate.
        """
        about = f"{self._gateway} unit {unit}: {what}"
        client = await self._connected()
        try:
            async with asyncio.timeout(self._timeout_s) as self._patience:
                await self._wait_for_silence()
                answer = await call(client)
        except (TimeoutError, ModbusException, OSError) as error:
            raise self._given_up(client, unit, about) from error
        except BaseException:
            self._abandon(client, unit)
            raise
        finally:
            self._patience = None
        self._unheard = 0
        if isinstance(answer, Nonsense):
            self.close()
            raise Refused(f"{about}: got {answer.why}")
        if answer.isError():
            self._raise_exception(answer.exception_code, about)
        return answer

    async def settle(self, unit: int) -> None:
        """Wait until a unit's answer to a request that was given up could no longer be taken for another's.

        Serial frames number nothing: the unit is left alone for one time-out more, and its neighbours are not.
        """
        wait_s = self._owed.get(unit, 0.0) - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._unheard = 0

    async def _connected(self) -> Client:
        client = self._client
        # Half a frame that nobody waits for would run into the next answer; serial frames are found in any noise.
        if client and client.connected and (self._gateway.transport.is_rtu or not client.ctx.recv_buffer):
            return client
        self.close()
        client = self._client = self._fresh_client()
        try:
            async with asyncio.timeout(self._timeout_s):
                transport, _ = await client.ctx.call_create()
                if self._gateway.transport is Transport.SERIAL:
                    await asyncio.sleep(0)  # pymodbus sets the port up in the loop's next turn,
                    client.ctx.transport = transport  # and says only later that it is there
        except BaseException as error:
            self.close()
            if isinstance(error, OSError | ValueError | termios.error):
                raise self._unconnected(error) from error
            raise
        return client

    def _fresh_client(self) -> Client:
        gateway, timeout_s = self._gateway, 2 * self._timeout_s  # ours comes first
        client: Client
        match gateway.transport:
            case Transport.SERIAL:
                client = AsyncModbusSerialClient(
                    gateway.host,
                    baudrate=gateway.baud,
                    parity=gateway.parity[0].upper(),
                    stopbits=gateway.stop_bits,
                    timeout=timeout_s,
                    retries=0,
                    reconnect_delay=0,  # reconnecting is ours: with a fresh client
                )
            case Transport.TLS:
                assert self._security is not None  # noqa: S101 - seen to when this was made
                client = AsyncModbusTlsClient(
                    gateway.host,
                    port=gateway.port,
                    sslctx=self._security.context,
                    timeout=timeout_s,
                    retries=0,
                    reconnect_delay=0,
                )
            case Transport.TCP | Transport.RTU_TCP:
                framer = FramerType.RTU if gateway.transport.is_rtu else FramerType.SOCKET
                client = AsyncModbusTcpClient(
                    gateway.host,
                    port=gateway.port,
                    framer=framer,
                    timeout=timeout_s,
                    retries=0,
                    reconnect_delay=0,
                )
        client.set_max_no_responses(NEVER)
        client.ctx.framer, client.ctx.max_buffer_size = self._frames, ANY_SIZE
        client.ctx.callback_disconnected = self._on_lost  # type: ignore[method-assign]
        self._lost_by = None
        return client

    def _unconnected(self, error: Exception) -> Unreachable | Refused:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Refused(f"{self._gateway}: its certificate is not taken: {error.verify_message}")
        if isinstance(error, ssl.SSLError):
            return Refused(f"{self._gateway}: no TLS with it: {_tls_reason(error)}")
        if isinstance(error, TimeoutError):
            return Unreachable(f"{self._gateway}: cannot connect within {self._timeout_s:g} s")
        if isinstance(error, termios.error):
            return Unreachable(
                f"{self._gateway}: cannot be set to {self._gateway.settings}: {error.args[-1]}"
            )
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number and number > 0 else str(error) or "connection reset"
        return Unreachable(f"{self._gateway}: cannot connect: {reason}")

    async def _wait_for_silence(self) -> None:
        def wait_s() -> float:
            return self._frames.heard_at + self._silence_s - time.monotonic()

        while wait_s() > 0:  # noqa: ASYNC110 - each byte that comes in puts it off again
            await asyncio.sleep(wait_s())

    def _given_up(self, client: Client, unit: int, about: str) -> Unreachable | Refused:
        """What to say of a request without an answer."""
        lost, lost_by = not client.connected, self._lost_by
        self._abandon(client, unit)
        if isinstance(lost_by, ssl.SSLError):
            return Refused(f"{about}: it ends TLS: {_tls_reason(lost_by)}")
        if lost:
            return Unreachable(f"{about}: connection lost")
        dropped = self._frames.last_dropped
        why = f"no answer within {self._timeout_s:g} s" + (f", but {dropped}" if dropped else "")
        return NoAnswer(f"{about}: {why}")

    def _abandon(self, client: Client, unit: int) -> None:
        """Nobody waits for an answer any more: it must not be taken for the next one when it comes."""
        pending = client.ctx.recv_buffer
        self._frames.abandon(pending)
        is_rtu = self._gateway.transport.is_rtu
        if is_rtu:
            self._owed[unit] = time.monotonic() + self._timeout_s
        self._unheard = 0 if self._frames.heard_at > self._frames.asked_at else self._unheard + 1
        if not client.connected or self._unheard >= DEAD_AFTER or (pending and not is_rtu):
            self.close()

    def _raise_exception(self, code: int, about: str) -> None:
        message = f"{about}: {EXCEPTIONS.get(code, 'an unknown exception')} (exception {code})"
        if code in SILENT:
            raise NoAnswer(message)
        if code in PASSING:
            raise Unreachable(message)
        if (
            code == ILLEGAL_FUNCTION
            and self._security is not None
            and self._gateway.transport is Transport.TLS
        ):
            role = f"the role {self._security.role!r}" if self._security.role else "no role"
            message += f", maybe not allowed to us: our certificate gives us {role}"
        raise UnitRefused(message, code)

    def _on_lost(self, exc: Exception | None) -> None:
        """A connection lost ends the request under way: pymodbus would wait for the answer to the very end."""
        self._lost_by = exc
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(0)


def _silence_s(gateway: Gateway) -> float:
    bits = 1 + BITS_OF_DATA + (gateway.parity != "none") + gateway.stop_bits
    return max(CHARACTERS_BETWEEN * bits / gateway.baud, SHORTEST_SILENCE_S)


def _tls_reason(error: ssl.SSLError) -> str:
    return (error.reason or "unknown").replace("_", " ").lower()

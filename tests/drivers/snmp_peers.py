"""SNMP agents for tests: the simulated access points, a real snmpd, and sockets that answer anything."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

from city.clock import ManualClock
from city.places import Position
from fake_devices.access_points import AccessPoints
from fake_devices.city_plan import AccessPointPlan
from fake_devices.snmp_agents import SnmpAgents
from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.mqtt_peers import eventually
from wifi.inventory import AccessPoint

NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
HERE = Position(47.7352, 7.3168)
SNMPD = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")

needs_snmptrap = pytest.mark.skipif(
    shutil.which("snmptrap") is None, reason="net-snmp's tools are not installed"
)
needs_snmpd = pytest.mark.skipif(SNMPD is None, reason="snmpd is not installed")


@dataclass
class Air:
    """Simulated access points that answer."""

    clock: ManualClock
    physics: AccessPoints
    agents: SnmpAgents
    inventory: list[AccessPoint]


def inventoried(name: str, port: int, profile: str = "falotier-ap") -> AccessPoint:
    return AccessPoint(name, "patinoire", HERE, HOST, port, profile, 40)


@asynccontextmanager
async def air(count: int = 1, radios: int = 2) -> AsyncIterator[Air]:
    """Access points on loopback ports."""
    plan = [
        AccessPointPlan(f"AP-PAT-{number:02d}", "patinoire", HERE, 50, radios)
        for number in range(1, count + 1)
    ]
    clock = ManualClock(NOW)
    physics = AccessPoints(plan, 1, NOW)
    async with SnmpAgents(physics, clock) as agents:
        yield Air(clock, physics, agents, [inventoried(name, port) for name, port in agents.ports.items()])


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        answer = self._answer(data)
        if answer:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def datagrams(answer: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    """A UDP port that answers as told."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(answer), (HOST, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await asyncio.sleep(0)


Send = Callable[..., None]
"""``send(datagram, after_s=0.0)``: to whoever asked."""


class _Scripted(asyncio.DatagramProtocol):
    def __init__(self, told: Callable[[bytes, Send], None]) -> None:
        self._told = told
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        def send(datagram: bytes, after_s: float = 0.0) -> None:
            if self._transport is not None and not self._transport.is_closing():
                if after_s:
                    asyncio.get_running_loop().call_later(after_s, send, datagram)
                else:
                    self._transport.sendto(datagram, addr)

        self._told(data, send)


@asynccontextmanager
async def scripted(told: Callable[[bytes, Send], None]) -> AsyncIterator[int]:
    """A UDP port that answers what, when and as often as told."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Scripted(told), (HOST, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Asked:
    """A request of SNMPv1 or v2c, read and answered with pysnmp's codec: it shares nothing with the driver's."""

    kind: str
    request_id: int
    oids: tuple[str, ...]
    repetitions: int
    message: Any

    @classmethod
    def read(cls, datagram: bytes) -> "Asked":
        message, _ = decoder.decode(datagram, asn1Spec=v2c.Message())
        pdu = v2c.apiMessage.get_pdu(message)
        is_bulk = isinstance(pdu, v2c.GetBulkRequestPDU)
        bindings = (v2c.apiBulkPDU if is_bulk else v2c.apiPDU).get_varbinds(pdu)
        return cls(
            type(pdu).__name__,
            int(v2c.apiPDU.get_request_id(pdu)),
            tuple(str(name) for name, _ in bindings),
            int(v2c.apiBulkPDU.get_max_repetitions(pdu)) if is_bulk else 1,
            message,
        )

    def answer(
        self,
        *bindings: tuple[str, Any],
        status: int = 0,
        place: int = 0,
        request_id: int | None = None,
        community: str = "public",
    ) -> bytes:
        """The octets of a response."""
        pdu = v2c.GetResponsePDU()
        v2c.apiPDU.set_defaults(pdu)
        v2c.apiPDU.set_request_id(pdu, self.request_id if request_id is None else request_id)
        v2c.apiPDU.set_error_status(pdu, status)
        v2c.apiPDU.set_error_index(pdu, place)
        v2c.apiPDU.set_varbinds(pdu, [(v2c.ObjectIdentifier(oid), value) for oid, value in bindings])
        message = v2c.Message()
        v2c.apiMessage.set_defaults(message)
        message.setComponentByName("version", self.message["version"])
        v2c.apiMessage.set_community(message, community)
        v2c.apiMessage.set_pdu(message, pdu)
        return bytes(encoder.encode(message))


@asynccontextmanager
async def snmpd(folder: Path, *, port: int = 0, conf: str = "", engine: str = "") -> AsyncIterator[int]:
    """A real agent: community public, the user opsro with SHA-256 and AES-128, and what else is asked for.

    Its state, with how often it was started, is kept in the folder.
    """
    assert SNMPD is not None
    port = port or free_port()
    file, state, log = folder / "snmpd.conf", folder / "state", folder / "snmpd.log"
    state.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    file.write_text(
        "rocommunity public 127.0.0.1\n"
        'createUser opsro SHA-256 "authpass123" AES "privpass123"\n'
        f"rouser opsro priv\nsysName test-host\n{conf}\n" + (f"exactEngineID {engine}\n" if engine else ""),
        encoding="utf-8",
    )
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/bin", "SNMP_PERSISTENT_DIR": str(state), "SNMPCONFPATH": str(state), "MIBS": "",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        SNMPD, "-f", "-Lf", str(log), "-C", "-c", str(file), f"udp:{HOST}:{port}", env=environment
    )
    try:
        await eventually(lambda: log.exists() and "NET-SNMP version" in log.read_text(encoding="utf-8"))
        yield port
    finally:
        process.terminate()  # it writes its state down
        await process.wait()


async def net_snmp(tool: str, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run one of net-snmp's tools: its exit code, and all that it said."""
    environment = {"PATH": "/usr/bin:/bin", "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""}
    process = await asyncio.create_subprocess_exec(
        tool, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()

"""SNMP agents for tests: the simulated access points, a real snmpd, and sockets that answer anything."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

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


@asynccontextmanager
async def snmpd(folder: Path) -> AsyncIterator[int]:
    """A real agent: community public, and the user opsro with SHA-256 and AES-128."""
    assert SNMPD is not None
    port = free_port()
    conf, state, log = folder / "snmpd.conf", folder / "state", folder / "snmpd.log"
    state.mkdir()
    conf.write_text(
        "rocommunity public 127.0.0.1\n"
        'createUser opsro SHA-256 "authpass123" AES "privpass123"\n'
        "rouser opsro priv\nsysName test-host\n",
        encoding="utf-8",
    )
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "SNMP_PERSISTENT_DIR": str(state), "MIBS": ""}
    process = await asyncio.create_subprocess_exec(
        SNMPD, "-f", "-Lf", str(log), "-C", "-c", str(conf), f"udp:{HOST}:{port}", env=environment
    )
    try:
        await eventually(lambda: log.exists() and "NET-SNMP version" in log.read_text(encoding="utf-8"))
        yield port
    finally:
        process.kill()
        await process.wait()

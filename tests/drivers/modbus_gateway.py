"""A gateway for tests: many units behind one connection, each as quick, slow or dead as it is told to be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from drivers.modbus.line import Gateway
from tests.drivers.modbus_peers import HOST, PeerServer, ascending, peer


class GatewayPeer:
    """What a test sees of a gateway."""

    def __init__(self, server: PeerServer, group: asyncio.TaskGroup) -> None:
        self.asked: list[int] = []
        """The unit of each request, in the order in which they came."""
        self.dead: set[int] = set()
        self.delays_s: dict[int, float] = {}
        """How long a unit takes to answer; none at all unless given."""
        self.answer: Callable[[bytes], bytes] = ascending
        self._server = server
        self._group = group

    @property
    def gateway(self) -> Gateway:
        return Gateway(HOST, self._server.port)

    @property
    def connections(self) -> int:
        """How many there have been."""
        return len(self._server.connections)

    def hear(self, request: bytes) -> bytes:
        unit = request[6]
        self.asked.append(unit)
        if unit in self.dead:
            return b""
        if unit not in self.delays_s:
            return self.answer(request)
        self._group.create_task(self._later(request, self.delays_s[unit]))
        return b""

    async def _later(self, request: bytes, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        self._server.connections[-1].write(self.answer(request))


@asynccontextmanager
async def gateway_peer() -> AsyncIterator[GatewayPeer]:
    """A gateway all of whose units answer at once."""
    async with peer(lambda _: b"") as server, asyncio.TaskGroup() as group:
        told = GatewayPeer(server, group)
        server.answer = told.hear
        yield told

"""Modbus servers for tests, from the well-behaved to the hostile; each listens on a loopback port of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

HOST = "127.0.0.1"
Answer = Callable[[bytes], bytes]
"""From what was received to what is sent back."""


class Peer(asyncio.Protocol):
    """Answers whatever it receives with whatever it is told to."""

    def __init__(self, server: "PeerServer") -> None:
        self._server = server
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.connections.append(transport)

    def data_received(self, data: bytes) -> None:
        self._server.received.append(data)
        assert self.transport is not None
        answer = self._server.answer(data)
        if answer:
            self.transport.write(answer)


class PeerServer:
    """What a test sees of a server."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self.connections: list[asyncio.Transport] = []
        self.port = 0

    def hang_up(self) -> None:
        for connection in self.connections:
            connection.abort()


@asynccontextmanager
async def peer(answer: Answer, port: int = 0) -> AsyncIterator[PeerServer]:
    """A server that answers as told."""
    told = PeerServer(answer)
    server = await asyncio.get_running_loop().create_server(lambda: Peer(told), HOST, port)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        told.hang_up()
        await asyncio.sleep(0)
        await server.wait_closed()


async def until(true: Callable[[], bool]) -> None:
    """Return once something has come about."""
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)


def framed(request: bytes, pdu: bytes) -> bytes:
    """A Modbus/TCP answer to a request, by its transaction and unit."""
    return request[:4] + (len(pdu) + 1).to_bytes(2, "big") + request[6:7] + pdu


def registers_answer(request: bytes, registers: list[int]) -> bytes:
    """The answer to a read."""
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    return framed(request, bytes([request[7], len(data)]) + data)


def ascending(request: bytes) -> bytes:
    """Every register holds its own address."""
    first, count = int.from_bytes(request[8:10], "big"), int.from_bytes(request[10:12], "big")
    return registers_answer(request, list(range(first, first + count)))


def free_port() -> int:
    """A loopback port on which nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port

"""A Modbus/TCP Security device for tests: TLS with certificates on both sides, and rights by the client's role.

Written from MODBUS/TCP Security v21 alone; it shares nothing with the driver.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cryptography import x509

from tests.drivers.modbus_peers import HOST, ascending, framed

ROLE = "1.3.6.1.4.1.50316.802.1"
WRITES = {5, 6, 15, 16}
MAY_WRITE = {"Operator"}


def utf8_string(role: str) -> bytes:
    """The role's extension, in DER."""
    text = role.encode()
    return bytes([0x0C, len(text)]) + text


class SecuredDevice:
    """What a test sees of a device."""

    def __init__(self) -> None:
        self.port = 0
        self.roles: list[str | None] = []
        """Of each connection's client."""
        self.versions: list[str | None] = []
        self.written: list[bytes] = []

    def answer(self, request: bytes, role: str | None) -> bytes:
        if request[7] not in WRITES:
            return ascending(request)
        if role not in MAY_WRITE:
            return framed(request, bytes([request[7] | 0x80, 1]))
        self.written.append(request[7:])
        return framed(request, request[7:12])


class _Connection(asyncio.Protocol):
    def __init__(self, device: SecuredDevice) -> None:
        self._device = device
        self._role: str | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        tls = transport.get_extra_info("ssl_object")
        self._role = _role(tls.getpeercert(binary_form=True))
        self._device.roles.append(self._role)
        self._device.versions.append(tls.version())

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(self._device.answer(data, self._role))


def _role(certificate: bytes) -> str | None:
    for extension in x509.load_der_x509_certificate(certificate).extensions:
        if extension.oid.dotted_string == ROLE:
            assert isinstance(extension.value, x509.UnrecognizedExtension)
            return extension.value.value[2:].decode()
    return None


def _context(own: tuple[Path, Path], trusts: Path, at_most: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own)
    context.load_verify_locations(trusts)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = at_most
    return context


@asynccontextmanager
async def refusing(own: tuple[Path, Path], trusts: Path, at_most: ssl.TLSVersion) -> AsyncIterator[int]:
    """The port of a device that says why it takes no certificate; asyncio's own servers hang up without a word."""
    context = _context(own, trusts, at_most)

    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as tls:
            with suppress(ssl.SSLError):
                tls.do_handshake()
            tls.shutdown(socket.SHUT_WR)
            while os.read(tls.fileno(), 1024):  # what is not read would destroy what was said
                pass

    with socket.create_server((HOST, 0)) as listener:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(greet, listener))
            yield listener.getsockname()[1]


@asynccontextmanager
async def secured(
    own: tuple[Path, Path], trusts: Path, at_most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> AsyncIterator[SecuredDevice]:
    """A device with a certificate of its own that asks its clients for theirs."""
    context = _context(own, trusts, at_most)
    device = SecuredDevice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(device), HOST, 0, ssl=context)
    device.port = server.sockets[0].getsockname()[1]
    try:
        yield device
    finally:
        server.close()
        await server.wait_closed()

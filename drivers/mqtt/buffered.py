"""The short way of a message: a socket that is read in large pieces, and packets handed over as they are read.

The MQTT library reads each packet with four calls or more, waits for the loop between two packets, and makes several
objects of each. Through this it takes all packets of a piece at once, and messages do not pass through the rest of it:
two to three times as many a second on one core (``python -m benchmarks mqtt-lamps``).
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode

from drivers.mqtt.published import Published, read_publish

OnMessage = Callable[[Published], None]
"""Takes a message as it is read."""

OnSafe = Callable[[Callable[[], None]], None]
"""Has something called, on the event loop, once all that was handed over so far is safe on the disk: at once if it is
already. Calls come back in the order in which they were asked for."""

PIECE_BYTES = 16 * 1024
"""So much at a time, as a TLS record holds at most: some fifty messages, a few milliseconds' work for the loop."""

PUBACK = b"\x40\x02"
"""How an acknowledgement begins (MQTT 3.1.1 and 5, § 3.4): its kind, and two bytes that follow: a message's number."""

LARGEST_PACKET = 1024 * 1024
"""Bytes of a packet that is taken in: what is longer than a payload may be is still counted up to here. Beyond it the
connection is given up before memory is; a broker that knows MQTT 5 is told, and sends none."""


def at_once(call: Callable[[], None]) -> None:
    """Where nobody keeps what is handed over, it is as safe as it will ever be."""
    call()


class BufferedSocket:
    """A socket whose ``recv`` is served from what was read before; all else is the socket's own."""

    def __init__(self, under: socket.socket, on_drained: Callable[[], None]) -> None:
        """``on_drained`` is called before the socket itself is read again."""
        self._under = under
        self._on_drained = on_drained
        self._piece = b""
        self._at = 0
        # Without it each small message waits up to 40 ms for the acknowledgement of the one before (Nagle's algorithm).
        under.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self, size: int) -> bytes:
        """As a socket's: at most ``size`` bytes, none once the other side has closed.

        Raises:
            OSError: as a socket's; ``BlockingIOError`` (or ``ssl.SSLWantReadError``) where nothing has come yet.
            ConnectionError: what is asked for is the rest of a packet that is too large.
        """
        if size > LARGEST_PACKET:
            raise ConnectionError(f"a packet of {size} bytes, expected {LARGEST_PACKET} at most")
        if self._at >= len(self._piece):
            self._piece, self._at = b"", 0  # nothing is kept of it should reading fail
            self._on_drained()
            self._piece = self._under.recv(PIECE_BYTES)
        data = self._piece[self._at : self._at + size]
        self._at += len(data)
        return data

    def pending(self) -> int:
        """Bytes that ``recv`` gives without waiting: the library goes on reading as long as there are any."""
        beneath = self._under.pending() if isinstance(self._under, ssl.SSLSocket) else 0
        return len(self._piece) - self._at + beneath

    def __getattr__(self, name: str) -> Any:
        return getattr(self._under, name)


class Line:
    """The line of a client that is not connected yet: read in large pieces, and hung up whatever the library thinks.

    Neither library has a public way to say with what socket to read, nor to let go of one after an error of its own,
    hence the private names; tests with real brokers would notice their change.
    """

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._library = client._client  # noqa: SLF001 - see above
        self._make = self._library._create_socket  # noqa: SLF001
        self._library._create_socket = self._open  # type: ignore[method-assign]  # noqa: SLF001
        self._loop = asyncio.get_running_loop()
        self._library.on_socket_register_write = self._write_soon
        self._is_given_up = False
        self._is_leaving = False
        self._socket: BufferedSocket | None = None
        self._when_safe: OnSafe = at_once
        self._acknowledgements = bytearray()
        self._unsent = 0
        """Pieces whose acknowledgements wait; bounded, since a message is numbered and there are 65,535 numbers."""

    def _open(self) -> BufferedSocket:
        """Called in a thread of the library's, which nobody can stop."""
        made = cast("socket.socket", self._make())  # of TCP or TLS: web sockets are not asked for
        if self._is_given_up:
            made.close()
            raise ConnectionAbortedError("given up meanwhile")
        self._socket = BufferedSocket(made, self._acknowledge)
        return self._socket

    def _write_soon(self, _: object, __: object, to: Any) -> None:
        """Called from the library's thread too."""
        self._loop.call_soon_threadsafe(self._write_when_it_takes, to)

    def _write_when_it_takes(self, to: BufferedSocket) -> None:
        """The client's own way goes by the number of a socket that may be closed by then, or be another's already."""
        if self._library.socket() is to:
            self._loop.add_writer(to.fileno(), self._library.loop_write)

    def hand_over(self, on_message: OnMessage, when_safe: OnSafe, *, has_properties: bool) -> None:
        """Have each message handed over as it is read; none comes to the client's queue.

        It is acknowledged, in the order in which messages came (MQTT 3.1.1 and 5, § 4.6), once ``when_safe`` says that
        what was handed over is. What ``on_message`` raises ends the connection. So does a packet that is no message.
        """
        library = self._library
        self._when_safe = when_safe

        def take() -> MQTTErrorCode:
            packet = library._in_packet  # noqa: SLF001
            message = read_publish(packet["command"], packet["packet"], has_properties=has_properties)
            if message is None:
                return MQTTErrorCode.MQTT_ERR_PROTOCOL
            if self._is_leaving:
                return MQTTErrorCode.MQTT_ERR_SUCCESS  # neither taken nor acknowledged: it comes again
            on_message(message)
            if message.packet:
                if not self._acknowledgements:
                    # Once the loop is done with the piece, whatever ends it: a packet that needs no acknowledgement
                    # may be the last for long, and the broker sends no more before it has ours.
                    self._loop.call_soon_threadsafe(self._acknowledge)
                self._acknowledgements += PUBACK + message.packet.to_bytes(2, "big")
            return MQTTErrorCode.MQTT_ERR_SUCCESS

        library._handle_publish = take  # type: ignore[method-assign]  # noqa: SLF001

    def _acknowledge(self) -> None:
        """Acknowledge together, once it is safe, what came together: one write for a piece, not one for a message."""
        if self._acknowledgements:
            together, self._acknowledgements = bytes(self._acknowledgements), bytearray()
            self._unsent += 1
            self._when_safe(partial(self._send, together))

    def _send(self, acknowledgements: bytes) -> None:
        """Send them, unless this line is gone meanwhile: what they are for comes again over the next."""
        self._unsent -= 1
        if self._library.socket() is not None:
            self._library._packet_queue(PUBACK[0], acknowledgements, 0, 1)  # noqa: SLF001

    async def settle(self, within_s: float) -> None:
        """Take nothing more, and wait, for so many seconds at most, until what was taken is acknowledged.

        Whoever leaves without it is sent again, next time, what it has already.
        """
        self._is_leaving = True
        self._acknowledge()
        if self._unsent and self._library.socket() is not None:
            settled = self._loop.create_future()
            self._when_safe(partial(settled.set_result, None))
            await asyncio.wait([settled], timeout=within_s)

    def hush(self) -> None:
        """Have it log nothing more: it makes two lines of each message, for nobody."""
        self._library.disable_logger()

    def hang_up(self) -> None:
        """Close it, if it is not closed, without a word to the broker."""
        self._is_given_up = True
        self._library._sock_close()  # noqa: SLF001
        lost = self._client._disconnected  # noqa: SLF001
        if lost.done() and not lost.cancelled():
            lost.exception()  # whoever had to know was told: nobody is to be told again when it is thrown away

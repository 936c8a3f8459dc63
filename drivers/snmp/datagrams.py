"""The sockets that questions go out on: one for each kind of address, however many agents are asked."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

LARGEST = 65_535
READ_AT_ONCE = 64
"""Datagrams read in one turn of the loop: more at once cost less each, and others wait for their turn no longer."""
BUFFER_OCTETS = 1 << 20
"""Asked of the system for what has come and has not been read: its own 200 kB hold some 90 answers."""
LARGEST_ID = 0x7FFF_FFFF
"""Of request-id and msgID, RFC 3412 and RFC 3416."""

Address = tuple[str, int]
T = TypeVar("T")


@dataclass(slots=True)
class _Waiting(Generic[T]):
    """A question that has been asked."""

    address: Address
    take: Callable[["Arrival"], T | None]
    answer: asyncio.Future[T]

    def give_up(self) -> None:
        """Its time is over."""
        if not self.answer.done():
            self.answer.set_exception(TimeoutError())


class Arrival(NamedTuple):
    """A datagram whose beginning has been read."""

    data: bytes
    number: int
    """Of the question that it answers: request-id, or msgID of SNMPv3."""
    version: int
    at: int
    """Where what follows the version begins."""
    end: int


class Datagrams:
    """What is asked over UDP, and what comes back for it; nothing else is ever handed on.

    An answer counts where it carries the number of a question that still waits, and comes from where that was sent.
    Numbers are drawn at random, so that an answer that comes late is nobody's, and none can be guessed.
    """

    def __init__(self, refused: Counter[str], open_up: Callable[[bytes], Arrival | None]) -> None:
        """Prepare.

        Args:
            refused: counts what came and was not waited for, by reason.
            open_up: reads the beginning of a datagram; None where it is not SNMP.
        """
        self._refused = refused
        self._open_up = open_up
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}
        self._waiting: dict[int, _Waiting[Any]] = {}

    def close(self) -> None:
        """Close the sockets; who still waits is cancelled."""
        loop = asyncio.get_running_loop()
        for each in self._sockets.values():
            loop.remove_reader(each)
            each.close()
        self._sockets.clear()
        for waiting in self._waiting.values():
            waiting.answer.cancel()

    def number(self) -> int:
        """One that no question in flight has."""
        while (number := int.from_bytes(os.urandom(4), "big") & LARGEST_ID) in self._waiting:
            pass
        return number

    async def ask(
        self,
        number: int,
        datagram: bytes,
        address: Address,
        take: Callable[[Arrival], T | None],
        within_s: float,
    ) -> T:
        """Send a question, and wait for what comes back for it.

        Args:
            number: that of the question.
            datagram: the question.
            address: where it goes, and where its answer must come from.
            take: makes an answer of a datagram with that number; None where it is not to be believed, and the true
                one is still waited for. Raises nothing.
            within_s: real seconds.

        Raises:
            TimeoutError: nothing came in time.
            OSError: it cannot be sent.
        """
        loop = asyncio.get_running_loop()
        waiting: _Waiting[T] = _Waiting(address, take, loop.create_future())
        self._waiting[number] = waiting
        deadline = loop.call_later(within_s, waiting.give_up)
        try:
            with suppress(BlockingIOError):  # the network is busy: as good as lost on the way
                self._socket(address).sendto(datagram, address)
            return await waiting.answer
        finally:
            deadline.cancel()
            del self._waiting[number]

    def _socket(self, address: Address) -> socket.socket:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        if family not in self._sockets:
            made = self._sockets[family] = socket.socket(family, socket.SOCK_DGRAM)
            made.settimeout(0)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_OCTETS)
            asyncio.get_running_loop().add_reader(made, self._read, made)
        return self._sockets[family]

    def _read(self, from_socket: socket.socket) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                datagram, (host, port, *_) = from_socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # an earlier datagram could not be delivered: its question will go unanswered
                continue
            self._hand_on(datagram, (host, port))

    def _hand_on(self, datagram: bytes, address: Address) -> None:
        arrival = self._open_up(datagram)
        if arrival is None:
            self._refused["not SNMP"] += 1
            return
        waiting = self._waiting.get(arrival.number)
        if waiting is None or waiting.answer.done():
            self._refused["an answer that nobody waits for"] += 1
        elif waiting.address != address:
            self._refused["an answer from another address"] += 1
        elif (answer := waiting.take(arrival)) is not None:
            waiting.answer.set_result(answer)

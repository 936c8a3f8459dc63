"""Traps and informs of access points, as they come."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Self

from city.errors import BadInput
from drivers.snmp.agents import Credentials
from drivers.snmp.ber import Malformed
from drivers.snmp.datagrams import BUFFER_OCTETS, LARGEST, READ_AT_ONCE
from drivers.snmp.notices import Notice, TrapBook, Unknown
from drivers.snmp.profile import SnmpProfile
from drivers.snmp.receiver import Receiver, Unwelcome

MOST_PER_S = 500
"""Datagrams looked at in a second: a power cut of a whole city sends fewer, and they cost a tenth of a core."""
MOST_WAITING = 1_000
"""Notices that wait to be read."""
MAPPED = "::ffff:"
"""Before an IPv4 address, where one socket hears both kinds (RFC 4291, section 2.5.5.2)."""
TOO_MANY = "too many traps at once"


class TrapListener:
    """Hears traps on one port while the context is entered.

    What comes faster than ``MOST_PER_S`` is dropped and counted: polling finds out what was missed. A notice that
    already waits is not kept twice, and past ``MOST_WAITING`` new ones are dropped and counted.
    """

    def __init__(
        self, host: str, port: int, credentials: Sequence[Credentials], profiles: Iterable[SnmpProfile]
    ) -> None:
        """Prepare.

        Args:
            host: the address of this machine to listen on; ``0.0.0.0`` or ``::`` for all.
            port: 162 as a rule; 0 for any that is free.
            credentials: whom to believe: communities for v1 and v2c, users for v3.
            profiles: what traps mean.
        """
        self.port = port
        self.heard = 0
        """Notices so far."""
        self.refused: Counter[str] = Counter()
        """What came and was not taken, by reason."""
        self._host = host
        self._receiver = Receiver(credentials)
        self._book = TrapBook(profiles)
        self._socket: socket.socket | None = None
        self._waiting: dict[Notice, None] = {}
        self._some = asyncio.Event()
        self._second = 0
        self._this_second = 0

    async def __aenter__(self) -> Self:
        """Open the port.

        Raises:
            BadInput: it cannot be opened: ports below 1024 need a right of their own.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        try:
            opened.settimeout(0)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_OCTETS)
            opened.bind((self._host, self.port))
        except OSError as error:
            opened.close()
            raise BadInput(
                f"snmp traps: cannot listen on {self._host}:{self.port}: {error.strerror or error}"
            ) from error
        self._socket = opened
        self.port = opened.getsockname()[1]
        asyncio.get_running_loop().add_reader(opened, self._read, opened)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the port."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    async def next(self) -> Notice:
        """The notice that has waited for longest; waits for one where there is none."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        notice = next(iter(self._waiting))
        del self._waiting[notice]
        return notice

    def _read(self, opened: socket.socket) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                datagram, address = opened.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # an answer to an inform could not be delivered
                continue
            if self._too_many():
                self.refused[TOO_MANY] += 1
                continue
            if (answer := self._take(datagram, address[0].removeprefix(MAPPED))) is not None:
                with suppress(OSError):  # who waits for it asks again
                    opened.sendto(answer, address)

    def _take(self, datagram: bytes, source: str) -> bytes | None:
        """Keep what a datagram tells, and say what to send back, if anything."""
        try:
            pdu, answer = self._receiver.take(datagram)
        except Unwelcome as refusal:
            self.refused[str(refusal)] += 1
            return refusal.answer
        except Malformed as error:
            self.refused[str(error)] += 1
            return None
        try:
            notice = self._book.notice(source, pdu.bindings)
        except Unknown as error:
            self.refused[str(error)] += 1
            return answer
        if notice not in self._waiting and len(self._waiting) >= MOST_WAITING:
            self.refused[TOO_MANY] += 1
            return None  # an inform will be sent again
        self.heard += 1
        self._waiting[notice] = None
        self._some.set()
        return answer

    def _too_many(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._this_second = second, 0
        self._this_second += 1
        return self._this_second > MOST_PER_S

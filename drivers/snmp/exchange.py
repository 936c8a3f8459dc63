"""One question over SNMP and its one answer, whatever the version; who is asked again, and how, others decide."""

import asyncio
import ipaddress
import socket
import time
from collections import Counter
from functools import lru_cache

from city.errors import Refused, Unreachable
from drivers.snmp import ber, engines, pdus, secured, usm
from drivers.snmp.agents import Agent, Community, User
from drivers.snmp.ber import Malformed
from drivers.snmp.datagrams import Address, Arrival, Datagrams
from drivers.snmp.engines import Engine, Engines
from drivers.snmp.pdus import Pdu
from drivers.snmp.secured import AUTH, PRIV, Envelope, Sender
from drivers.snmp.usm import Keys, Unreadable

MOST_IN_FLIGHT = 128
"""Questions that wait for their answers: measured, their answers fit the socket's buffer even if all come at once."""
NAME_KEPT_S = 60.0
"""Looking up a name takes a thread: not for each request, and still a device that moves is found soon."""
MOST_REPORTS = 3
"""A device that was swapped says so, then that our clock is wrong; more is nonsense."""
NOBODY = Sender("", usm.Keys("sha256", "aes128"), b"", 0, 0)
"""Who discovers an engine, RFC 3414, section 4."""


class Silent(Exception):
    """No answer in time."""

    def __init__(self, *, though_there: bool = False) -> None:
        super().__init__()
        self.though_there = though_there
        """It told who it is, but never answered this user."""


class Exchange:
    """What all questions share; ``open`` and ``close`` it."""

    def __init__(self, timeout_s: float, refused: Counter[str]) -> None:
        """Prepare.

        Args:
            timeout_s: real seconds that one datagram's answer may take.
            refused: counts what came and could not be used, by reason.
        """
        self._timeout_s = timeout_s
        self._refused = refused
        self._in_flight = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._datagrams = Datagrams(refused, open_up)
        self._engines = Engines()
        self._named: dict[str, tuple[str, float]] = {}
        """Addresses of hosts that are given by name, and until when they are believed."""

    def close(self) -> None:
        """Close the sockets."""
        self._datagrams.close()

    async def ask(self, agent: Agent, kind: int, bindings: bytes, first: int = 0, second: int = 0) -> Pdu:
        """Ask once.

        Raises:
            Silent: no answer in time.
            Unreachable: the host has no address, or nothing can be sent there.
            Refused: the credentials are wrong.
        """
        try:
            address = await self._address(agent.host, agent.port)
            if isinstance(agent.credentials, Community):
                return await self._as_community(agent.credentials, address, kind, bindings, first, second)
            return await self._as_user(agent, agent.credentials, address, kind, bindings, first, second)
        except TimeoutError as error:
            though_there = isinstance(agent.credentials, User) and self._engines.doubt(agent)
            raise Silent(though_there=though_there) from error
        except OSError as error:
            raise Unreachable(f"{agent.where}: {error.strerror or error}") from error

    async def _address(self, host: str, port: int) -> Address:
        if (written := _written_out(host)) is not None:
            return written, port
        found, until = self._named.get(host, ("", 0.0))
        if time.monotonic() >= until:
            async with asyncio.timeout(self._timeout_s):
                loop = asyncio.get_running_loop()
                addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
            found = str(addresses[0][4][0])
            self._named = {name: kept for name, kept in self._named.items() if kept[1] > time.monotonic()}
            self._named[host] = found, time.monotonic() + NAME_KEPT_S
        return found, port

    async def _as_community(
        self,
        as_whom: Community,
        address: Address,
        kind: int,
        bindings: bytes,
        first: int,
        second: int,
    ) -> Pdu:
        number = self._datagrams.number()
        version = pdus.V1 if as_whom.version == "1" else pdus.V2C
        question = pdus.community_message(
            version, as_whom.name, pdus.pdu(kind, number, bindings, first, second)
        )

        def take(arrival: Arrival) -> Pdu | None:
            try:
                community, pdu = pdus.read_community_message(arrival.data, arrival.at, arrival.end)
            except Malformed as error:
                self._refused[str(error)] += 1
                return None
            if (arrival.version, community, pdu.kind) != (version, as_whom.name.encode(), pdus.RESPONSE):
                self._refused["an answer to another question"] += 1
                return None
            return pdu

        async with self._in_flight:
            return await self._datagrams.ask(number, question, address, take, self._timeout_s)

    async def _as_user(
        self,
        agent: Agent,
        user: User,
        address: Address,
        kind: int,
        bindings: bytes,
        first: int,
        second: int,
    ) -> Pdu:
        engine = self._engines.of(agent) or await self._discover(agent, user, address)
        for _ in range(MOST_REPORTS):
            whom, own = engines.sender(user, engine)
            number = self._datagrams.number()
            content = pdus.pdu(kind, number, bindings, first, second)
            envelope, answer = await self._send(address, number, content, whom, own)
            if answer.kind != pdus.REPORT:
                engine.proven = True
                if envelope.flags & AUTH:
                    engine.learn(envelope)
                return answer
            engine = self._reported(agent, user, envelope, answer)
        raise Refused(f"{agent.where}: it says again and again that its clock is another")

    async def _discover(self, agent: Agent, user: User, address: Address) -> Engine:
        number = self._datagrams.number()
        content = pdus.pdu(pdus.GET, number, b"")
        envelope, report = await self._send(address, number, content, NOBODY, NOBODY.keys)
        return self._reported(agent, user, envelope, report)

    def _reported(self, agent: Agent, user: User, envelope: Envelope, report: Pdu) -> Engine:
        """What an agent's report makes us know of its engine; raises Refused where it tells of something else."""
        counter = report.bindings[0][0] if report.bindings else ""
        if counter not in {engines.UNKNOWN_ENGINE, engines.NOT_IN_TIME} or not envelope.engine:
            raise engines.refusal(agent, user, report)
        return self._engines.met(agent, envelope)

    async def _send(
        self, address: Address, number: int, content: bytes, whom: Sender, own: Keys
    ) -> tuple[Envelope, Pdu]:
        def take(arrival: Arrival) -> tuple[Envelope, Pdu] | None:
            try:
                envelope = secured.read(arrival.data, arrival.at, arrival.end)
                pdu = envelope.content(own).pdu() if engines.proves(envelope, own) else None
            except (Malformed, Unreadable) as error:
                self._refused[str(error)] += 1
                return None
            reason = "an answer with a wrong digest" if pdu is None else _unfit(envelope, pdu, number, whom)
            if pdu is None or reason:
                self._refused[reason] += 1
                return None
            return envelope, pdu

        async with self._in_flight:
            message = secured.write(content, number, whom, reportable=True)
            return await self._datagrams.ask(number, message, address, take, self._timeout_s)


def _unfit(envelope: Envelope, pdu: Pdu, number: int, whom: Sender) -> str:
    """Why a message, read, is not the answer to a question; empty where it is.

    A report may be less secured than the question: who does not know the user or the engine has no key.
    """
    if pdu.kind == pdus.REPORT:
        return ""
    secured_as = envelope.flags & (AUTH | PRIV)
    asked_as = AUTH * bool(whom.keys.auth_key) | PRIV * bool(whom.keys.priv_key)
    if secured_as != asked_as:
        return "an answer less secured than its question"
    same = (pdu.kind, pdu.request_id, envelope.engine) == (pdus.RESPONSE, number, whom.engine)
    return "" if same and envelope.user == whom.name.encode() else "an answer to another question"


def open_up(datagram: bytes) -> Arrival | None:
    """Read a datagram as far as to the number of the question that it answers; None: it is not SNMP."""
    try:
        version, begin, last = pdus.opened(datagram)
        at, end = begin, last
        if version == pdus.V3:
            at, end = ber.within(datagram, at, end, ber.SEQUENCE)
        elif version in {pdus.V1, pdus.V2C}:
            _, at = ber.within(datagram, at, end, ber.OCTETS)
            _, at, end = ber.element(datagram, at, end)
        else:
            return None
        return Arrival(datagram, ber.whole(datagram, at, end)[0], version, begin, last)
    except Malformed:
        return None


@lru_cache(maxsize=ber.KEPT)
def _written_out(host: str) -> str | None:
    """A host that is an address, in the way in which the system writes it; None for a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None

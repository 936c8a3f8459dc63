"""Questions over SNMP: one engine, bounded requests in flight, and clear errors."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pyasn1.type.univ import Integer, ObjectIdentifier, OctetString
from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC192_SHA256,
    USM_PRIV_CFB128_AES,
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
)
from pysnmp.hlapi.varbinds import CommandGeneratorVarBinds
from pysnmp.proto import errind, rfc1905

from city.errors import Outside, Refused, Unreachable
from drivers.snmp.codec import Missing, Value
from drivers.snmp.profile import SYS_UPTIME

RETRIES = 1
"""A datagram may get lost once."""
MOST_IN_FLIGHT = 16
"""Measured: more bring no more answers a second, only later ones, and at 500 the socket loses replies."""
MOST_VARBINDS = 20
"""Objects in one request: more may not fit an answer of 1,500 bytes."""
REPETITIONS = 10
"""Rows asked for at once when a table is walked."""
TIMER_SLACK_S = 1.0
"""The library looks for time-outs every half second; past this we give up ourselves."""
GONE = {
    rfc1905.NoSuchObject.tagSet: "noSuchObject",
    rfc1905.NoSuchInstance.tagSet: "noSuchInstance",
    rfc1905.EndOfMibView.tagSet: "endOfMibView",
}
TOO_BIG = 1
"""Error status: the answer would not fit."""


@dataclass(frozen=True, slots=True)
class Community:
    """Credentials of SNMPv2c."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """Credentials of SNMPv3: SHA-256 and AES-128."""

    name: str
    auth_password: str = field(repr=False)
    priv_password: str = field(repr=False)


Credentials = Community | User


class _Sieve:
    """Holds back what the library cannot decode: it would throw it at the event loop."""

    _callback_function: Any
    refused: Counter[str]

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: N803 - as in the library
        try:
            self._callback_function(self, transportAddress, datagram)
        except Exception:  # noqa: BLE001 - the decoder answers hostile bytes with exceptions of any kind
            self.refused["not SNMP"] += 1


class _Udp(_Sieve, udp.UdpAsyncioTransport):  # type: ignore[misc]
    """IPv4."""


class _Udp6(_Sieve, udp6.Udp6AsyncioTransport):  # type: ignore[misc]
    """IPv6."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Whom to ask, and as whom."""

    host: str
    port: int
    credentials: Credentials

    @property
    def where(self) -> str:
        """How to call it in a message."""
        return f"{self.host}:{self.port}"


class SnmpSession:
    """One engine for the process; open while the context is entered."""

    def __init__(self, timeout_s: float) -> None:
        """``timeout_s``: real seconds that each try of a request may take."""
        self.refused: Counter[str] = Counter()
        """What came and could not be used, by reason."""
        self._timeout_s = timeout_s
        self._engine: Any = None
        self._context: Any = None
        self._in_flight = asyncio.Semaphore(MOST_IN_FLIGHT)
        # Kept: the library remembers each of them for ever, so a new one for each request would fill the memory.
        self._targets: dict[tuple[str, int], Any] = {}
        self._credentials: dict[Credentials, Any] = {}
        self._objects: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        """Start the engine, and let it load its MIB files now rather than at the first request."""
        self._engine = SnmpEngine()
        self._context = ContextData()
        self._object(SYS_UPTIME)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the engine's socket."""
        self._engine.close_dispatcher()
        await asyncio.sleep(0)  # the socket is closed in the loop's next turn

    async def get(self, agent: Agent, oids: Sequence[str]) -> dict[str, Value]:
        """The objects at exactly these OIDs, in as few requests as fit; an object that is not there is ``Missing``.

        Raises:
            Unreachable: no answer in time; a wrong community looks the same.
            Refused: wrong credentials, or an answer that makes no sense.
        """
        answers: dict[str, Value] = {}
        for start in range(0, len(oids), MOST_VARBINDS):
            asked = oids[start : start + MOST_VARBINDS]
            objects = [self._object(oid) for oid in asked]
            answered = await self._ask(agent, get_cmd, objects)
            answers |= {oid: value for oid, value in answered if oid in asked}
        return answers

    async def walk(self, agent: Agent, column: str, most: int) -> dict[str, Value]:
        """The rows of a column by index, at most so many.

        Raises:
            Unreachable: no answer in time.
            Refused: wrong credentials, or an answer that makes no sense.
        """
        rows: dict[str, Value] = {}
        last = column
        while len(rows) < most:
            answered = await self._ask(agent, bulk_cmd, [ObjectType(ObjectIdentity(last))], 0, REPETITIONS)
            for oid, value in answered:
                if not oid.startswith(f"{column}.") or isinstance(value, Missing):
                    return rows
                if _numbers(oid) <= _numbers(last):
                    raise Refused(f"{agent.where}: walking {column}: answers go backwards")
                if len(rows) < most:
                    rows[oid.removeprefix(f"{column}.")] = value
                last = oid
            if not answered:
                return rows
        return rows

    async def _ask(
        self, agent: Agent, command: Any, objects: Sequence[Any], *numbers: int
    ) -> list[tuple[str, Value]]:
        """One request and its answer, OID by OID."""
        patience_s = (1 + RETRIES) * self._timeout_s + TIMER_SLACK_S
        try:
            async with self._in_flight, asyncio.timeout(patience_s):
                target = await self._target(agent)
                indication, status, index, varbinds = await command(
                    self._engine,
                    self._credential(agent.credentials),
                    target,
                    self._context,
                    *numbers,
                    *objects,
                    lookupMib=False,
                )
        except TimeoutError as error:
            raise Unreachable(f"{agent.where}: no answer within {patience_s:g} s") from error
        except PySnmpError as error:
            raise Unreachable(f"{agent.where}: {error}") from error
        if indication is not None:
            raise _indicated(indication, agent.where)
        if status:
            raise Refused(f"{agent.where}: {status.prettyPrint()} at object {int(index)}")
        return [(str(name), _plain(value)) for name, value in varbinds]

    async def _target(self, agent: Agent) -> Any:
        key = (agent.host, agent.port)
        if key not in self._targets:
            kind, socket = (Udp6TransportTarget, _Udp6) if ":" in agent.host else (UdpTransportTarget, _Udp)
            target = await kind.create(key, timeout=self._timeout_s, retries=RETRIES)
            if config.get_transport(self._engine, kind.TRANSPORT_DOMAIN) is None:
                transport = socket()
                transport.refused = self.refused
                config.add_transport(self._engine, kind.TRANSPORT_DOMAIN, transport.open_client_mode())
            self._targets[key] = target
        return self._targets[key]

    def _credential(self, credentials: Credentials) -> Any:
        if credentials not in self._credentials:
            self._credentials[credentials] = _library_credentials(credentials)
        return self._credentials[credentials]

    def _object(self, oid: str) -> Any:
        """A question, resolved once: that costs more than asking it."""
        if oid not in self._objects:
            question = ObjectType(ObjectIdentity(oid))
            (self._objects[oid],) = CommandGeneratorVarBinds().make_varbinds(self._engine.cache, (question,))
        return self._objects[oid]


def _library_credentials(credentials: Credentials) -> Any:
    if isinstance(credentials, Community):
        return CommunityData(credentials.name)
    return UsmUserData(
        credentials.name,
        authKey=credentials.auth_password,
        privKey=credentials.priv_password,
        authProtocol=USM_AUTH_HMAC192_SHA256,
        privProtocol=USM_PRIV_CFB128_AES,
    )


def _indicated(indication: Any, where: str) -> Outside:
    if isinstance(indication, errind.RequestTimedOut):
        return Unreachable(f"{where}: no answer (or a wrong community)")
    return Refused(f"{where}: {indication}")


def _plain(value: Any) -> Value:
    """A value of the library as one of Python's."""
    if (gone := GONE.get(getattr(value, "tagSet", None))) is not None:
        return Missing(gone)
    if isinstance(value, Integer):
        return int(value)
    if isinstance(value, OctetString):
        return bytes(value)
    if isinstance(value, ObjectIdentifier):
        return str(value)
    return Missing(f"a value of type {type(value).__name__}")


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(int(arc) for arc in oid.split("."))

"""SNMP agents of the simulated access points: one UDP port each, one pysnmp engine for all of them.

An engine is heavy, so all agents share one. Each socket is registered under a transport domain of its own below
the UDP domain; the engine sends the answer back through it, and keeps it in the context of the request in hand,
where the MIB view finds out which access point was asked.
"""

import asyncio
import logging
import socket
from typing import Any, Self
from uuid import uuid4

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1905
from pysnmp.proto.api import v2c
from pysnmp.smi import error as smi_error
from pysnmp.smi.instrum import AbstractMibInstrumController

from city.clock import Clock
from fake_devices.access_point_mib import Mib, Oid, mib_of, missing
from fake_devices.access_points import AccessPoints, AccessPointState
from fake_devices.snmp_encoding import QuickAnswers, QuickV2c

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
COMMUNITY = "public"
V3_USER = "falotier"
V3_AUTH_KEY = "authpass123"
V3_PRIV_KEY = "privpass123"
ENGINE_ID_PREFIX = b"\x80\x00\x4f\xb8\x05"
"""pysnmp's enterprise number (20408) with the bit and the format octet that RFC 3411 asks for: octets follow."""
V1, V2C_MESSAGES = 0, 1
"""Message processing models, RFC 3411."""
V2C, USM = 2, 3
"""Security models, RFC 3411."""
EVERYTHING: Oid = (1, 3, 6, 1)
REQUEST = "rfc3412.receiveMessage:request"
"""Under this name the engine keeps the circumstances of the request in hand."""

VarBind = tuple[Any, Any]


class _Socket(udp.UdpAsyncioTransport):  # type: ignore[misc]
    """One access point's UDP port: a dead one hears nothing, and nonsense is dropped without a word."""

    def __init__(self, access_points: AccessPoints, ap_id: str) -> None:
        super().__init__()
        self._access_points = access_points
        self._ap_id = ap_id

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: N803 - as in the base
        if self._access_points.is_down(self._ap_id):
            return
        try:
            self._callback_function(self, transportAddress, datagram)
        except Exception:  # the decoder answers hostile bytes with exceptions of any kind
            log.debug("%s: a datagram was dropped", self._ap_id, exc_info=True)


class _View(AbstractMibInstrumController):  # type: ignore[misc]
    """The MIB of whichever access point the request in hand came to."""

    def __init__(self, agents: "SnmpAgents") -> None:
        self._agents = agents

    def read_variables(self, *var_binds: VarBind, **circumstances: Any) -> list[VarBind]:
        """Answer a GET."""
        ap_id, state, mib = self._asked(var_binds, circumstances)
        answers = []
        for name, _ in var_binds:
            oid = tuple(name)
            found = mib.get(oid)
            answers.append((name, found.read(ap_id, state) if found else missing(oid)))
            self._agents.sent += found is not None and found.measured
        return answers

    def read_next_variables(self, *var_binds: VarBind, **circumstances: Any) -> list[VarBind]:
        """Answer a GETNEXT, or one repetition of a GETBULK."""
        ap_id, state, mib = self._asked(var_binds, circumstances)
        answers = []
        for name, _ in var_binds:
            found = mib.after(tuple(name))
            answers.append((found.name, found.read(ap_id, state)) if found else (name, rfc1905.endOfMibView))
        return answers

    def write_variables(self, *var_binds: VarBind, **circumstances: Any) -> list[VarBind]:
        """Refuse a SET: everything is read only."""
        raise smi_error.NotWritableError(name=var_binds[0][0], idx=0)

    def _asked(
        self, var_binds: tuple[VarBind, ...], circumstances: dict[str, Any]
    ) -> tuple[str, AccessPointState, Mib]:
        if var_binds:
            # One view holds all objects, so what is allowed for one variable is allowed for all.
            circumstances["acFun"]("read", var_binds[0], idx=0, **circumstances)
        request = circumstances["snmpEngine"].observer.get_execution_context(REQUEST)
        return self._agents.asked(request["transportDomain"])


class _GetResponder(QuickAnswers, cmdrsp.GetCommandResponder):  # type: ignore[misc]
    """GET as the library has it."""


class _NextResponder(QuickAnswers, cmdrsp.NextCommandResponder):  # type: ignore[misc]
    """GETNEXT as the library has it."""


class _BulkResponder(QuickAnswers, cmdrsp.BulkCommandResponder):  # type: ignore[misc]
    """GETBULK as the library has it, but for a request of zero repetitions: RFC 3416 wants an empty answer."""

    def handle_management_operation(self, snmp: Any, reference: Any, context_name: Any, pdu: Any) -> None:
        names = v2c.apiBulkPDU.get_varbinds(pdu)
        alone = min(max(int(v2c.apiBulkPDU.get_non_repeaters(pdu)), 0), len(names))
        if alone or (names and v2c.apiBulkPDU.get_max_repetitions(pdu) > 0):
            super().handle_management_operation(snmp, reference, context_name, pdu)
        else:
            self.send_varbinds(snmp, reference, 0, 0, [])
            self.release_state_information(reference)


class SnmpAgents:
    """All agents; ports are open while the context is entered."""

    def __init__(self, access_points: AccessPoints, clock: Clock) -> None:
        self.ports: dict[str, int] = {}
        """UDP port on the loopback, by access point."""
        self.sent = 0
        """Measured values answered to GET requests so far."""
        self._access_points = access_points
        self._clock = clock
        self._by_domain: dict[Oid, str] = {}
        self._engine: Any = None

    async def __aenter__(self) -> Self:
        """Open every port.

        Raises:
            OSError: no port is left.
        """
        self._engine = _engine(_View(self))
        try:
            for number, ap_id in enumerate(self._access_points.plan, start=1):
                await self._open(ap_id, (*udp.DOMAIN_NAME, number))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every port."""
        self._engine.close_dispatcher()
        await asyncio.sleep(0)  # sockets are closed in the loop's next turn

    async def _open(self, ap_id: str, domain: Oid) -> None:
        transport = _Socket(self._access_points, ap_id)
        config.add_transport(self._engine, domain, transport)
        loop = asyncio.get_running_loop()
        endpoint, _ = await loop.create_datagram_endpoint(lambda: transport, (HOST, 0), family=socket.AF_INET)
        self._by_domain[domain] = ap_id
        self.ports[ap_id] = endpoint.get_extra_info("sockname")[1]

    def asked(self, domain: Oid) -> tuple[str, AccessPointState, Mib]:
        """Which access point a transport domain belongs to, what it is like now, and what can be read of it."""
        ap_id = self._by_domain[domain]
        state = self._access_points.state(ap_id, self._clock.now())
        return ap_id, state, mib_of(len(state.radios))


def _engine(view: _View) -> Any:
    """An engine that knows the community and the user, and that answers from the view."""
    snmp = engine.SnmpEngine()
    del snmp.message_processing_subsystems[V1]  # messages of that version are dropped
    snmp.message_processing_subsystems[V2C_MESSAGES] = QuickV2c()
    # Given to the constructor, an engine ID would be written to a world-readable folder of this machine; left to
    # the library, two engines of one process (the poller's and this one) may draw the same.
    (engine_id,) = snmp.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID")
    engine_id.syntax = engine_id.syntax.clone(ENGINE_ID_PREFIX + uuid4().bytes)
    snmp.snmpEngineID = engine_id.syntax
    config.add_v1_system(snmp, COMMUNITY, COMMUNITY)
    config.add_v3_user(
        snmp, V3_USER, config.USM_AUTH_HMAC192_SHA256, V3_AUTH_KEY, config.USM_PRIV_CFB128_AES, V3_PRIV_KEY
    )
    config.add_vacm_user(snmp, V2C, COMMUNITY, "noAuthNoPriv", EVERYTHING, EVERYTHING)
    config.add_vacm_user(snmp, USM, V3_USER, "authPriv", EVERYTHING, EVERYTHING)
    asked = context.SnmpContext(snmp)
    asked.unregister_context_name(b"")
    asked.register_context_name(b"", view)
    for responder in (
        _GetResponder,
        _NextResponder,
        _BulkResponder,
        cmdrsp.SetCommandResponder,
    ):
        responder(snmp, asked)
    return snmp

"""SNMP agents of the simulated access points and Wi-Fi controllers: one UDP port each, one pysnmp engine for all.

An engine is heavy, so all agents share one. Each socket is registered under a transport domain of its own below
the UDP domain; the engine sends the answer back through it, and keeps it in the context of the request in hand,
where the MIB view finds out which device was asked.
"""

import asyncio
import logging
import socket
from collections.abc import Iterator
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
from fake_devices.access_point_mib import FALOTIER
from fake_devices.access_points import AccessPoints
from fake_devices.snmp_devices import AloneDevice, ControllerDevice, Device, Look
from fake_devices.snmp_encoding import QuickAnswers, QuickV2c
from fake_devices.snmp_tables import Oid
from fake_devices.snmp_traps import TrapSender

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
COMMUNITY = "public"
V3_USER = "falotier"
V3_WRITER = "falotier-rw"
"""With the same passwords: it may write as well."""
V3_AUTH_KEY = "authpass123"
V3_PRIV_KEY = "privpass123"
WRITER = {"user": V3_WRITER, "auth_password": V3_AUTH_KEY, "priv_password": V3_PRIV_KEY}
"""The user who may write, as ``city.toml`` names it."""
ENGINE_ID_PREFIX = b"\x80\x00\x4f\xb8\x05"
"""pysnmp's enterprise number (20408) with the bit and the format octet that RFC 3411 asks for: octets follow."""
V1, V2C_MESSAGES = 0, 1
"""Message processing models, RFC 3411."""
V2C, USM = 2, 3
"""Security models, RFC 3411."""
EVERYTHING: Oid = (1, 3, 6, 1)
NOTHING: Oid = (*FALOTIER, 255)
"""Where there is no object. Without any view pysnmp lets a SET pass (it returns the refusal that it should raise)."""
REQUEST = "rfc3412.receiveMessage:request"
"""Under this name the engine keeps the circumstances of the request in hand."""

VarBind = tuple[Any, Any]


class _Socket(udp.UdpAsyncioTransport):  # type: ignore[misc]
    """One agent's UDP port: a dead one hears nothing, and nonsense is dropped without a word."""

    def __init__(self, access_points: AccessPoints, clock: Clock, name: str) -> None:
        super().__init__()
        self._access_points = access_points
        self._clock = clock
        self._name = name

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: N803 - as in the base
        if not self._access_points.hears(self._name, self._clock.now()):
            return
        try:
            self._callback_function(self, transportAddress, datagram)
        except Exception:  # the decoder answers hostile bytes with exceptions of any kind
            log.debug("%s: a datagram was dropped", self._name, exc_info=True)


class _View(AbstractMibInstrumController):  # type: ignore[misc]
    """The MIB of whichever device the request in hand came to."""

    def __init__(self, agents: "SnmpAgents") -> None:
        self._agents = agents

    def read_variables(self, *var_binds: VarBind, **circumstances: Any) -> list[VarBind]:
        """Answer a GET."""
        look = self._asked(var_binds, circumstances)
        answers = []
        for name, _ in var_binds:
            found = look.get(tuple(name))
            answers.append((name, found.value))
            self._agents.sent += found.measured
        return answers

    def read_next_variables(self, *var_binds: VarBind, **circumstances: Any) -> list[VarBind]:
        """Answer a GETNEXT, or one repetition of a GETBULK."""
        look = self._asked(var_binds, circumstances)
        answers = []
        for name, _ in var_binds:
            found = look.after(tuple(name))
            answers.append((found.name, found.value) if found else (name, rfc1905.endOfMibView))
        return answers

    def write_variables(self, *var_binds: VarBind, **circumstances: Any) -> list[VarBind]:
        """Do what a SET asks for, one object after the other."""
        for place, var_bind in enumerate(var_binds):
            if circumstances["acFun"]("write", var_bind, idx=place, **circumstances):
                raise smi_error.NoAccessError(name=var_bind[0], idx=place)  # not in the view of who asks
        device = self._device(circumstances)
        for name, value in var_binds:
            device.write(tuple(name), value)
            log.info("%s: %s was set to %s", device.name, name, value)
        return list(var_binds)

    def _asked(self, var_binds: tuple[VarBind, ...], circumstances: dict[str, Any]) -> Look:
        if var_binds:
            # One view holds all objects, so what is allowed for one variable is allowed for all.
            circumstances["acFun"]("read", var_binds[0], idx=0, **circumstances)
        return self._device(circumstances).look()

    def _device(self, circumstances: dict[str, Any]) -> Device:
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

    def __init__(self, access_points: AccessPoints, clock: Clock, traps_port: int | None = None) -> None:
        """``traps_port``: of the loopback, to which traps are sent; None: none are."""
        self.ports: dict[str, int] = {}
        """UDP port on the loopback, by access point that stands alone and by controller."""
        self.sent = 0
        """Measured values that access points which stand alone have answered to GET requests so far.

        What a controller tells is not among them: of its tables whoever reads them makes what he will, a value for an
        access point that is missing included, and that cannot be counted on this side.
        """
        self._access_points = access_points
        self._clock = clock
        self._by_domain: dict[Oid, Device] = {}
        self._engine: Any = None
        where = None if traps_port is None else (HOST, traps_port)
        self._traps = TrapSender(access_points, clock, where, COMMUNITY) if where else None

    async def __aenter__(self) -> Self:
        """Open every port.

        Raises:
            OSError: no port is left.
        """
        self._engine = _engine(_View(self))
        try:
            for number, device in enumerate(self._devices(), start=1):
                await self._open(device, (*udp.DOMAIN_NAME, number))
            if self._traps:
                await self._traps.__aenter__()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every port."""
        if self._traps:
            await self._traps.__aexit__()
        self._engine.close_dispatcher()
        await asyncio.sleep(0)  # sockets are closed in the loop's next turn

    def _devices(self) -> Iterator[Device]:
        for planned in self._access_points.plan.values():
            if not planned.controller:
                yield AloneDevice(planned.id, self._access_points, self._clock)
        for controller in self._access_points.controllers:
            yield ControllerDevice(controller, self._access_points, self._clock)

    async def _open(self, device: Device, domain: Oid) -> None:
        transport = _Socket(self._access_points, self._clock, device.name)
        config.add_transport(self._engine, domain, transport)
        loop = asyncio.get_running_loop()
        endpoint, _ = await loop.create_datagram_endpoint(lambda: transport, (HOST, 0), family=socket.AF_INET)
        self._by_domain[domain] = device
        self.ports[device.name] = endpoint.get_extra_info("sockname")[1]

    def asked(self, domain: Oid) -> Device:
        """Which device a transport domain belongs to."""
        return self._by_domain[domain]


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
    config.add_vacm_user(snmp, V2C, COMMUNITY, "noAuthNoPriv", EVERYTHING, NOTHING)
    for user, writes in ((V3_USER, NOTHING), (V3_WRITER, EVERYTHING)):
        config.add_v3_user(
            snmp, user, config.USM_AUTH_HMAC192_SHA256, V3_AUTH_KEY, config.USM_PRIV_CFB128_AES, V3_PRIV_KEY
        )
        config.add_vacm_user(snmp, USM, user, "authPriv", EVERYTHING, writes)
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

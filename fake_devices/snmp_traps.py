"""What access points and controllers tell unasked: SNMPv2c traps, to whoever listens on a port of the loopback."""

import asyncio
import socket
from contextlib import suppress
from typing import Any, Self

from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v2c

from city.clock import Clock
from fake_devices.access_point_mib import FALOTIER, SYSTEM, TICKS_PER_S, TICKS_WRAP, text_of
from fake_devices.access_points import AccessPoints, News
from fake_devices.snmp_tables import Oid
from fake_devices.wifi_controller_mib import AP_NAME

TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
COLD_START: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5, 1)
AP_DOWN: Oid = (*FALOTIER, 0, 1)
AP_UP: Oid = (*FALOTIER, 0, 2)
LOOK_EVERY_S = 0.05
"""Real seconds between two looks at what there is to tell."""


class TrapSender:
    """Tells while its context is entered what the access points have to tell."""

    def __init__(
        self, access_points: AccessPoints, clock: Clock, where: tuple[str, int], community: str
    ) -> None:
        self.sent = 0
        """Traps so far."""
        self._access_points = access_points
        self._clock = clock
        self._where = where
        self._community = community
        self._due: list[News] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        self._task = asyncio.create_task(self._tell(), name="traps of the simulated access points")
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._socket.close()

    async def _tell(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        """Send what has happened by now."""
        known, now = self._access_points, self._clock.now()
        while known.news:
            self._due.append(known.news.popleft())
        due, self._due = self._due, [each for each in self._due if each.at > now]
        for news in due:
            if news.at <= now and (bindings := self._bindings(news)) is not None:
                with suppress(OSError):  # nobody listens: a trap is not repeated
                    self._socket.sendto(_message(self._community, bindings), self._where)
                    self.sent += 1

    def _bindings(self, news: News) -> list[tuple[Oid, Any]] | None:
        """What the trap holds; None where nobody tells it: a dead access point cannot."""
        planned = self._access_points.planned(news.access_point)
        controller = planned.controller
        if not self._access_points.hears(controller or planned.id, news.at):
            return None
        if controller:
            trap = AP_DOWN if news.says == "down" else AP_UP
            return [*_begin(trap, 0.0), ((*AP_NAME, *planned.mac), text_of(planned.id))]
        return list(_begin(COLD_START, 0.0)) if news.says == "restarted" else None


def _begin(trap: Oid, uptime_s: float) -> tuple[tuple[Oid, Any], tuple[Oid, Any]]:
    """The first two bindings of every trap (RFC 3416, section 4.2.6)."""
    ticks = v2c.TimeTicks(int(uptime_s * TICKS_PER_S) % TICKS_WRAP)
    return ((*SYSTEM, 3, 0), ticks), (TRAP_OID, v2c.ObjectIdentifier(trap))


def _message(community: str, bindings: list[tuple[Oid, Any]]) -> bytes:
    pdu = v2c.SNMPv2TrapPDU()
    v2c.apiTrapPDU.set_defaults(pdu)
    v2c.apiTrapPDU.set_varbinds(pdu, [(v2c.ObjectIdentifier(oid), value) for oid, value in bindings])
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, community)
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))

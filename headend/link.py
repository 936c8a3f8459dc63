"""The link to the lamp controllers' broker: kept up, and taken up again when it is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from city.clock import Clock
from city.errors import Outside, Unreachable
from city.measurements import Batch, DeviceKind, Fact, Reading
from headend.connections import Connections
from headend.pacing import BackOff, end_if_cancelled
from lighting.inventory import LightPoint
from lighting.lamp_programmes import LampProgramme
from lighting.limits import LampLimits

RETRY_FIRST_S, RETRY_CAP_S = 1.0, 60.0
"""Clock seconds between tries."""
STEADY_AFTER_S = 60.0
"""A link that held for so long (clock seconds) was a good one: the next loss is tried again at once."""
SEND_TIMEOUT_S = 10.0
"""Real seconds that the broker may take to accept one message."""


class LampLink(Protocol):
    """One connection to the broker; a fresh one is made for every attempt."""

    refused: Counter[str]

    async def run(
        self,
        on_batch: Callable[[Batch], None],
        on_gateway: Callable[[str, bool, LampLimits | None], None],
    ) -> None:
        """Hand on what comes until the connection is lost."""

    async def send_order(
        self, point: LightPoint, order: str, level: float, until: datetime, reason: str
    ) -> None:
        """Send an order to a controller."""

    async def send_resume(self, point: LightPoint, order: str) -> None:
        """Have a controller end an order."""

    async def send_report(self, point: LightPoint, order: str) -> None:
        """Have a controller say at once what it measures."""

    async def send_programme(self, point: LightPoint, programme: LampProgramme) -> None:
        """Send a programme to a controller."""

    def keeps_programmes(self, point: LightPoint) -> bool:
        """Whether its controller can be given a programme at all."""

    def needs_resume(self, point: LightPoint) -> bool:
        """Whether its controller follows an order until it is told to resume."""


class LinkState(StrEnum):
    """Where the link stands."""

    CONNECTING = "connecting"
    UP = "up"
    WAITING = "waiting"


class MqttLink:
    """Keeps one link up; what is sent while there is none is refused at once, never queued."""

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Any]],
        clock: Clock,
        connections: Connections,
        on_batch: Callable[[Batch], None],
    ) -> None:
        """``connect`` makes a fresh link each time it is called."""
        self._connect = connect
        self._clock = clock
        self._connections = connections
        self._on_batch = on_batch
        self._link: LampLink | None = None
        self._refused: Counter[str] = Counter()
        self.state = LinkState.CONNECTING
        self.gateways: dict[str, bool] = {}
        """Which gateways say that they are there."""
        self.limits: dict[str, LampLimits] = {}
        """What the controllers behind each gateway can, as last announced, even by a link of before; a gateway that
        announces nothing is not in it, and its controllers are of the simplest kind (``lighting.limits.SIMPLEST``)."""
        connections.expect("mqtt", refused=lambda: self.refused)

    @property
    def refused(self) -> Counter[str]:
        """What was refused since the start, by reason."""
        return self._refused + (self._link.refused if self._link else Counter())

    async def run(self) -> None:
        """Keep the link up for ever."""
        back_off = BackOff(RETRY_FIRST_S, RETRY_CAP_S)
        while True:
            self.state = LinkState.CONNECTING
            since = self._clock.now()
            try:
                async with self._connect() as link:
                    await self._pump(link)
                why = "the connection was closed"
            except Outside as error:
                why = str(error)
            end_if_cancelled()
            self.state = LinkState.WAITING
            self._connections.report("mqtt", up=False, detail=why)
            if (self._clock.now() - since).total_seconds() >= STEADY_AFTER_S:
                back_off.reset()
            await self._clock.sleep(back_off.next_s())

    async def _pump(self, link: LampLink) -> None:
        self._link, self.state = link, LinkState.UP
        self._report()
        try:
            await link.run(self._on_batch, self._on_gateway)
        finally:
            self._refused += link.refused
            self._link = None
            self.gateways.clear()

    def _on_gateway(self, gateway: str, online: bool, limits: LampLimits | None) -> None:  # noqa: FBT001 - the driver's callback
        self.gateways[gateway] = online
        if limits is not None:
            self.limits[gateway] = limits
        elif online:
            self.limits.pop(gateway, None)
        said = {Fact.EVENT: "online" if online else "offline"}
        now = self._clock.now()
        self._on_batch(Batch(gateway, now, (Reading(gateway, DeviceKind.GATEWAY, now, {}, said),)))
        self._report()

    def _report(self) -> None:
        online = sum(self.gateways.values())
        self._connections.report("mqtt", up=True, detail=f"{online} / {len(self.gateways)}")

    async def send_order(
        self, point: LightPoint, order: str, level: float, until: datetime, reason: str
    ) -> None:
        """Send an order. Raises Unreachable when there is no link, Refused when the broker says no."""
        await self._send(lambda link: link.send_order(point, order, level, until, reason))

    async def send_resume(self, point: LightPoint, order: str) -> None:
        """Have an order ended. Raises as ``send_order``."""
        await self._send(lambda link: link.send_resume(point, order))

    async def send_report(self, point: LightPoint, order: str) -> None:
        """Have a controller say at once what it measures. Raises as ``send_order``."""
        await self._send(lambda link: link.send_report(point, order))

    async def send_programme(self, point: LightPoint, programme: LampProgramme) -> None:
        """Send a programme. Raises as ``send_order``."""
        await self._send(lambda link: link.send_programme(point, programme))

    def keeps_programmes(self, point: LightPoint) -> bool:
        """Whether a controller can be given a programme at all; without a link nobody knows better."""
        return self._link is None or self._link.keeps_programmes(point)

    def needs_resume(self, point: LightPoint) -> bool:
        """Whether a controller follows an order until it is told to resume; nothing can be told without a link."""
        return self._link is not None and self._link.needs_resume(point)

    async def _send(self, send: Callable[[LampLink], Awaitable[None]]) -> None:
        if self._link is None:
            raise Unreachable("mqtt: no connection to the broker")
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(self._link)
        except TimeoutError as error:
            raise Unreachable(f"mqtt: the broker did not take a message in {SEND_TIMEOUT_S:g} s") from error

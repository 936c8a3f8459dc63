"""Lamp controllers over MQTT: what they say becomes batches, what they should do becomes messages."""

from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Self

import aiomqtt

from city.errors import BadInput, Unreachable
from city.field_settings import MqttSection
from city.measurements import Batch
from drivers.mqtt.broker import Broker
from drivers.mqtt.buffered import OnSafe, at_once
from drivers.mqtt.connection import connected, publish, say_online, subscribe
from drivers.mqtt.heard import Message
from drivers.mqtt.orders import address, encode_document
from drivers.mqtt.published import Published
from drivers.mqtt.switchboard import DUPLICATE, Switchboard
from drivers.mqtt.told import expires_s
from lighting.inventory import LightPoint
from lighting.lamp_programmes import LampProgramme
from lighting.limits import LampLimits

MOST_EARLY = 10_000
"""Messages that may come between the broker's greeting and ``run``, a moment later; past it the connection is given up,
so that they are neither lost nor acknowledged."""

OnBatch = Callable[[Batch], None]
OnGateway = Callable[[str, bool, LampLimits | None], None]


class LampLink:
    """One connection to the broker, for as long as it lasts; after a loss, a new link is made."""

    def __init__(
        self,
        settings: MqttSection,
        switchboard: Switchboard,
        now: Callable[[], datetime],
        when_safe: OnSafe = at_once,
    ) -> None:
        """Connects on entering the context.

        Args:
            settings: which broker; paths of files are taken as they are.
            switchboard: who is who, and how they speak; the same for all links to a broker.
            now: the present instant, UTC: simulated where the field is.
            when_safe: a message is acknowledged when this says that what was handed on so far is safe.

        Raises:
            BadInput: a certificate or key file cannot be used.
        """
        self.refused: Counter[str] = Counter()
        """Messages, or values of messages, that could not be used, by reason."""
        self._broker = Broker.of_settings(settings)
        self._share = settings.share
        self._switchboard = switchboard
        self._now = now
        self._stack = AsyncExitStack()
        self._client: aiomqtt.Client | None = None
        self._on_batch: OnBatch = lambda _: None
        self._on_gateway: OnGateway = lambda _, __, ___: None
        self._bug: Exception | None = None
        self._early: list[Published] | None = []
        self._when_safe = when_safe
        self._when_handed_on: list[Callable[[], None]] = []
        """What is to be called once what came early is safe: it was not even handed on yet."""

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            Unreachable: no broker there, or it does not answer.
            Refused: it does not let us in.
        """
        self._client = await self._stack.enter_async_context(
            connected(self._broker, self._hear, when_safe=self._once_safe)
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Disconnect."""
        self._client = None
        await self._stack.aclose()

    async def run(self, on_batch: OnBatch, on_gateway: OnGateway) -> None:
        """Hand over what is said until the connection is lost.

        Both functions are called as each message arrives, before it is acknowledged to the broker: they must not
        block. What ``on_batch`` was given must count among what ``when_safe`` is asked about as soon as it returns.
        ``on_gateway`` is told a gateway's id, whether it is online, and what its controllers
        can where it announces that.

        Raises:
            Unreachable: the connection is lost.
            Refused: the broker does not let us listen.
        """
        client = self._connected
        self._on_batch, self._on_gateway = on_batch, on_gateway
        early = self._early or ()
        if len(early) > MOST_EARLY:
            raise Unreachable(f"{self._broker.where}: more than {MOST_EARLY} messages before anybody listens")
        self._early = None
        for message in early:
            self._handle(message)
        for call in self._when_handed_on:
            self._when_safe(call)
        await subscribe(client, self._broker, *self._switchboard.filters(self._share))
        await say_online(client, self._broker)
        try:
            async for _ in client.messages:  # none ever comes this way: it waits for the connection's end
                pass
        except aiomqtt.MqttError as error:
            if self._bug is not None:
                raise self._bug from None
            raise Unreachable(f"{self._broker.where}: connection lost: {error.__cause__ or error}") from error

    async def send_order(
        self, point: LightPoint, order: str, level: float, until: datetime, reason: str
    ) -> None:
        """Ask a lamp for a level (percent) until an instant.

        Raises:
            BadInput: the profile has no orders.
            Unreachable: the broker did not take it in time: it is not known whether the lamp will see it.
        """
        parts = {"order": order, "level": level, "until": until.timestamp(), "reason": reason}
        message = self._switchboard.compose("order", point, parts)
        await self._publish(message, expires_s(until, self._now()))
        self._switchboard.told(point, order, level)

    async def send_resume(self, point: LightPoint, order: str) -> None:
        """End the order that a lamp follows.

        Raises:
            BadInput, Unreachable: as ``send_order``.
        """
        await self._publish(self._switchboard.compose("resume", point, {"order": order}))

    async def send_report(self, point: LightPoint, order: str) -> None:
        """Have a lamp say at once what it measures; one whose profile knows no such message is left alone.

        Raises:
            Unreachable: as ``send_order``.
        """
        if self._switchboard.takes("report", point):
            await self._publish(self._switchboard.compose("report", point, {"order": order}))

    async def send_programme(self, point: LightPoint, programme: LampProgramme) -> None:
        """Give a lamp the programme to keep.

        Raises:
            BadInput, Unreachable: as ``send_order``.
        """
        profile = self._switchboard.profile_of(point)
        if profile.programme is None:
            raise BadInput(f"{point.id}: {profile.name} keeps no programme")
        topic = address(profile.programme.topic, point.gateway, point.id)
        await self._publish(Message(topic, encode_document(programme.document())))

    def keeps_programmes(self, point: LightPoint) -> bool:
        """Whether a lamp can be given a programme at all."""
        return self._switchboard.profile_of(point).programme is not None

    def needs_resume(self, point: LightPoint) -> bool:
        """Whether a lamp follows an order until it is told to resume: its profile has no end in its orders."""
        return self._switchboard.profile_of(point).override_ends == "resume"

    async def _publish(self, message: Message, lasts_s: int | None = None) -> None:
        """Publish, never retained: a retained order would come back to life at every reconnection."""
        await publish(self._connected, self._broker, message.topic, message.payload, expires_s=lasts_s)

    @property
    def _connected(self) -> aiomqtt.Client:
        if self._client is None:
            raise Unreachable(f"{self._broker.where}: not connected")
        return self._client

    def _hear(self, message: Published) -> None:
        if self._bug is not None:
            raise self._bug  # until run() has ended, nothing more is taken, nor acknowledged
        if self._early is not None:
            self._keep(message, self._early)
            return
        try:
            self._handle(message)
        except Exception as bug:
            self._bug = bug  # the library takes it for a lost connection; run() raises it again
            raise

    def _once_safe(self, call: Callable[[], None]) -> None:
        if self._early is None:
            self._when_safe(call)
        else:
            self._when_handed_on.append(call)

    def _handle(self, message: Published) -> None:
        if self._switchboard.sent_again.knows(message):
            self.refused[DUPLICATE] += 1
            return
        now = self._now()
        heard = self._switchboard.hear(message.topic, message.payload, retained=message.retained, now=now)
        if heard.refused:
            self.refused.update(heard.refused)
        if heard.readings:
            self._on_batch(Batch(heard.gateway, now, heard.readings))
        if heard.online is not None:
            self._on_gateway(heard.gateway, heard.online, heard.limits)
        self._switchboard.sent_again.take(message)  # and not before: what trips a fault of ours was not taken

    def _keep(self, message: Published, early: list[Published]) -> None:
        """What the broker kept of a session comes with its greeting, before anybody can listen."""
        if len(early) <= MOST_EARLY:  # one more, to tell that there were too many
            early.append(message)

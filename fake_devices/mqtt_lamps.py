"""The lamp controllers on MQTT: one connection for each gateway, one task that lets the world go on."""

import asyncio
import json
import socket
from collections import deque
from itertools import islice
from typing import Self

import aiomqtt

from city.clock import Clock
from city.errors import Unreachable
from fake_devices.lamp_controller import LampEvent, LampMessage, LampReport
from fake_devices.lamp_document import LIMITS
from fake_devices.world import World

HOST = "127.0.0.1"
ROOT = "falotier"
QOS = 1
AT_ONCE = 16
"""Messages of one gateway on their way to the broker at a time."""
MOST_WAITING = 100_000
"""What a gateway keeps while the broker is away; beyond, the oldest go."""
NAP_S = 1.0
"""The world is looked at no less often than this, seconds of its own time."""
BREATH_S = 0.005
"""And no more often than this, real seconds: at high speed several messages are sent in one go."""
KEEPALIVE_S = 20
CONNECT_S = 10.0
"""Real seconds that the gateways may take to connect."""
AGAIN_S = 1.0
"""Real seconds between two attempts to connect."""
VALUES = 9
"""Measured values in one telemetry message: level, v, i, w, pf, wh, hours, starts and temp."""
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it Nagle's algorithm holds each message back until the one before is acknowledged, 40 ms later."""

ONLINE = json.dumps({"state": "online", "limits": dict(LIMITS)})
OFFLINE = json.dumps({"state": "offline"})


class MqttLamps:
    """All lamp controllers; gateways are connected while the context is entered."""

    def __init__(self, world: World, clock: Clock, port: int) -> None:
        self.sent = 0
        """Measured values that the broker has acknowledged."""
        self.published = 0
        """Messages that the broker has acknowledged."""
        self.closing = asyncio.Event()
        """Looked at beside being cancelled: until Python 3.12 asyncio.wait_for may swallow a cancellation."""
        self._world = world
        self._clock = clock
        self._gateways = {name: _Gateway(self, name, port) for name in world.plan.gateways}
        self._tasks = asyncio.TaskGroup()
        self._running: list[asyncio.Task[None]] = []
        self._quiet = False

    async def __aenter__(self) -> Self:
        """Connect every gateway, then let the world go on.

        Raises:
            Unreachable: the broker does not answer.
        """
        await self._tasks.__aenter__()
        try:
            self._running = [self._tasks.create_task(gateway.run()) for gateway in self._gateways.values()]
            async with asyncio.timeout(CONNECT_S):
                for gateway in self._gateways.values():
                    await gateway.online.wait()
        except TimeoutError as error:
            await self.__aexit__(None, None, None)
            raise Unreachable("the simulated city's broker does not answer") from error
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        self._running.append(self._tasks.create_task(self._go_on()))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Disconnect; what is not yet sent is lost."""
        self.closing.set()
        for task in self._running:
            task.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def backlog(self) -> int:
        """Messages that the broker has not acknowledged yet."""
        return sum(gateway.backlog for gateway in self._gateways.values())

    def quiesce(self) -> None:
        """Send no new message from now on; those of before still go out."""
        self.step()
        self._quiet = True

    def step(self) -> None:
        """Let the world go on to the present, and hand out what lamps have said."""
        self._world.advance(self._clock.now())
        for message in self._world.take_messages():
            if not self._quiet:
                self._gateways[message.gateway].say(message)
        news, self._world.gateway_news = self._world.gateway_news, []
        for gateway, online in news:
            self._gateways[gateway].say(online)

    def hear(self, gateway: str, topic: str, payload: bytes) -> None:
        """A message from the broker: an order or a programme for a lamp behind a gateway."""
        _, _, lamp, what = topic.split("/", 3)
        known = self._world.plan.lamps.get(lamp)
        if known is None or known.gateway != gateway:
            return
        self.step()
        if what == "order":
            self._world.receive_order(lamp, payload)
        else:
            self._world.receive_programme(lamp, payload)
        self.step()

    async def _go_on(self) -> None:
        while True:
            self.step()
            wait_s = NAP_S
            if (next_at := self._world.next_at()) is not None:
                wait_s = min(wait_s, (next_at - self._clock.now()).total_seconds())
            await self._clock.sleep(wait_s)
            await asyncio.sleep(BREATH_S)


class _Gateway:
    """One gateway with its connection, which it makes again when it is lost."""

    def __init__(self, lamps: MqttLamps, name: str, port: int) -> None:
        self.online = asyncio.Event()
        self._lamps = lamps
        self._name = name
        self._port = port
        self._waiting: deque[LampMessage | bool] = deque(maxlen=MOST_WAITING)
        self._stirred = asyncio.Event()
        self._on_the_way: dict[int, LampMessage | bool] = {}

    @property
    def backlog(self) -> int:
        return len(self._waiting) + len(self._on_the_way)

    def say(self, message: LampMessage | bool) -> None:  # noqa: FBT001
        """Send a message, or say whether the gateway is there, as its last will does for it."""
        self._waiting.append(message)
        self._stirred.set()

    async def run(self) -> None:
        while not self._lamps.closing.is_set():
            try:
                async with self._client() as client, asyncio.TaskGroup() as tasks:
                    await client.publish(self._topic("status"), ONLINE, QOS, retain=True)
                    await client.subscribe([(self._topic("+/order"), QOS), (self._topic("+/programme"), QOS)])
                    if self._lamps.closing.is_set():
                        return
                    tasks.create_task(self._listen(client))
                    tasks.create_task(self._speak(client))
                    self.online.set()
            except* aiomqtt.MqttError:
                self.online.clear()
            await asyncio.sleep(AGAIN_S)

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            HOST,
            self._port,
            identifier=f"falotier-{self._name}",
            will=aiomqtt.Will(self._topic("status"), OFFLINE, QOS, retain=True),
            keepalive=KEEPALIVE_S,
            max_concurrent_outgoing_calls=AT_ONCE,
            socket_options=NO_DELAY,
        )

    def _topic(self, rest: str) -> str:
        return f"{ROOT}/{self._name}/{rest}"

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if isinstance(message.payload, bytes):
                self._lamps.hear(self._name, message.topic.value, message.payload)

    async def _speak(self, client: aiomqtt.Client) -> None:
        """Send what waits, in order and a few at a time; what was not acknowledged is sent again later."""
        client.pending_calls_threshold = 2 * AT_ONCE
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while self._waiting:
                batch = list(islice(self._waiting, AT_ONCE))
                for _ in batch:
                    self._waiting.popleft()
                self._on_the_way = dict(enumerate(batch))
                try:
                    async with asyncio.TaskGroup() as tasks:
                        for number, message in enumerate(batch):
                            tasks.create_task(self._publish(client, number, message))
                finally:
                    self._waiting.extendleft(reversed(self._on_the_way.values()))
                    self._on_the_way = {}
                    self._stirred.set()

    async def _publish(self, client: aiomqtt.Client, number: int, message: LampMessage | bool) -> None:  # noqa: FBT001
        if isinstance(message, bool):
            await client.publish(self._topic("status"), ONLINE if message else OFFLINE, QOS, retain=True)
            del self._on_the_way[number]
            return
        kind = "telemetry" if isinstance(message, LampReport) else "event"
        await client.publish(self._topic(f"{message.lamp}/{kind}"), encoded(message), QOS)
        del self._on_the_way[number]
        self._lamps.published += 1
        self._lamps.sent += VALUES if isinstance(message, LampReport) else 0


DIGITS = {"ts": 3, "v": 1, "i": 3, "w": 1, "pf": 3, "wh": 1, "hours": 2, "temp": 1}
"""Decimals that a controller sends."""


def encoded(message: LampMessage) -> bytes:
    """The message's JSON; of an event, only what is known."""
    document = message._asdict()
    for key, digits in DIGITS.items():
        if key in document:
            document[key] = round(document[key], digits)
    del document["lamp"], document["gateway"]
    if isinstance(message, LampEvent):
        document = {key: value for key, value in document.items() if value is not None}
    return json.dumps(document, separators=(",", ":")).encode()

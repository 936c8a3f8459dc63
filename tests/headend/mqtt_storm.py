"""A city's gateways at a broker whose lines are cut, and which is stopped and started again, while they speak."""

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.mqtt_peers import configured, relay
from tests.drivers.test_mqtt_hostile import published

CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05crowd"
ANSWER_BYTES = 4
"""Of a greeting (MQTT 3.1.1, § 3.2), and of an acknowledgement."""
UNDER_WAY = 40
"""Messages that the gateways have under way at once."""
RETRY_S = 0.02
PERSISTENT = (
    "persistence true",
    "allow_anonymous true",
    "max_queued_messages 0",
    "max_inflight_messages 100",
)


class Said(NamedTuple):
    """One measurement: no two are the same."""

    lamp: str
    at: datetime
    energy_wh: float


def measurements(lamps: int, each: int, first: datetime) -> list[Said]:
    """So many of each lamp, ten seconds apart by the lamp's own clock, all lamps in turn."""
    return [
        Said(f"{lamp:03d}", first + timedelta(seconds=10 * turn), float(turn * lamps + lamp))
        for turn in range(each)
        for lamp in range(lamps)
    ]


class Crowd:
    """Gateways that keep what they have to say until the broker has acknowledged it, and say it again until then."""

    def __init__(self, port: int, said: list[Said]) -> None:
        self.acknowledged = 0
        self.sent_again = 0
        self.troubles: dict[int, Callable[[], None]] = {}
        """What is to go wrong, by how many messages were acknowledged before it."""
        self.may_speak = asyncio.Event()
        self.may_speak.set()
        self._port = port
        self._waiting = deque(said)

    async def speak(self) -> None:
        """Return once the broker has acknowledged everything."""
        while self._waiting:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._speak_until_cut()
                return
            self.sent_again += min(UNDER_WAY, len(self._waiting))
            await asyncio.sleep(RETRY_S)

    async def _speak_until_cut(self) -> None:
        reader, writer = await asyncio.open_connection(HOST, self._port)
        try:
            writer.write(CONNECT)
            await reader.readexactly(ANSWER_BYTES)
            while self._waiting:
                await self.may_speak.wait()
                some = list(islice(self._waiting, UNDER_WAY))
                writer.write(b"".join(_frame(said, number) for number, said in enumerate(some, 1)))
                for number in range(1, len(some) + 1):
                    answer = await reader.readexactly(ANSWER_BYTES)
                    assert answer == b"\x40\x02" + number.to_bytes(2, "big")  # a broker acknowledges in order
                    self._waiting.popleft()
                    self.acknowledged += 1
                    self.troubles.pop(self.acknowledged, lambda: None)()
        finally:
            writer.transport.abort()


def _frame(said: Said, number: int) -> bytes:
    topic = f"falotier/GW-{int(said.lamp) % 5}/{said.lamp}/telemetry"
    payload = json.dumps({"ts": said.at.timestamp(), "wh": said.energy_wh})
    return published(topic.encode(), payload.encode(), number)


class Storm(NamedTuple):
    """What stands between the gateways and the head-end."""

    broker: int
    line: int
    """The head-end's way to the broker."""
    crowd: Crowd
    seen: dict[str, int]
    """How often what went wrong."""
    kill: asyncio.Event
    """The head-end is to be killed."""


@asynccontextmanager
async def storm(
    folder: Path, said: list[Said], weights: Mapping[str, int], seed: int
) -> AsyncIterator[Storm]:
    """A broker that keeps its sessions on the disk, and troubles by their names: so many of each, at random moments."""
    port, restart, kill = free_port(), asyncio.Event(), asyncio.Event()
    chance = random.Random(seed)  # noqa: S311 - guards nothing
    async with relay(port) as line, relay(port) as own:
        crowd, seen = Crowd(own.port, said), dict.fromkeys(weights, 0)
        do: dict[str, Callable[[], None]] = {
            "line cut": line.cut,
            "own line cut": own.cut,
            "broker restarted": restart.set,
            "head-end killed": kill.set,
        }

        def trouble(name: str) -> Callable[[], None]:
            def strike() -> None:
                seen[name] += 1
                do[name]()

            return strike

        names = [name for name, times in weights.items() for _ in range(times)]
        # Not in the last messages: all is well again before the crowd has said everything.
        moments = chance.sample(range(len(said) // 20, len(said) - 2 * UNDER_WAY), len(names))
        crowd.troubles = dict(zip(moments, map(trouble, names), strict=True))
        restarting = asyncio.create_task(_restart_when_told(folder, port, restart))
        try:
            yield Storm(port, line.port, crowd, seen, kill)
        finally:
            restarting.cancel()
            await asyncio.gather(restarting, return_exceptions=True)


async def _restart_when_told(folder: Path, port: int, told: asyncio.Event) -> None:
    lines = (f"listener {port} {HOST}", f"persistence_location {folder}/", *PERSISTENT)
    while True:
        async with configured(folder, port, *lines) as broker:
            await told.wait()
            told.clear()
            broker.process.terminate()  # it writes down what it holds
            await broker.process.wait()

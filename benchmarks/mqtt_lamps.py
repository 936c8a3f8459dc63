"""Lamp messages through a real broker: received, decoded and checked on one core, beside the bare library.

A broker, a crowd of lamps (``benchmarks.mqtt_flood``) and the listener share the machine, so that a message's cost in
the listener's processor time says more than how many came in a second: both are printed. The bare library reads the
same messages with callbacks that do nothing, in a thread of its own. "Spooled" acknowledges a message once it is in the
spool, on this machine's disk.
"""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any, Self, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from city.clock import SystemClock
from city.errors import Unreachable
from city.field_settings import MqttSection
from city.measurements import Batch
from city.settings import TelemetrySection
from city.telemetry import TelemetryStore
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from drivers.profiles import load_profiles
from headend.connections import Connections
from headend.spool import Spool

HOST = "127.0.0.1"
MESSAGES = 60_000
VALUES = 9
"""Values in each."""
WITHIN_S = 120.0
SETTLE_S = 0.3
"""Until the subscriptions stand."""
BROKER = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
user root
max_inflight_messages 500
max_queued_messages 0
"""


def main() -> Iterator[tuple[str, str]]:
    """Both versions of the protocol, and the bare library; about half a minute, more on a slow disk."""
    if shutil.which("mosquitto") is None:
        yield "skipped", "mosquitto is not installed"
        return
    bare = asyncio.run(_measure(_bare))
    yield "bare library, 3.1.1, messages a second", f"{bare.rate:,.0f}"
    yield "bare library, 3.1.1, CPU per message", f"{bare.cpu_us:.0f} µs"
    for version in ("3.1.1", "5"):
        for is_spooled, what in ((False, "link with decoding"), (True, "the same, spooled")):
            seen = asyncio.run(_measure(_linked(version, is_spooled=is_spooled)))
            yield f"{what}, {version}, messages a second", f"{seen.rate:,.0f}"
            yield f"{what}, {version}, CPU per message", f"{seen.cpu_us:.0f} µs"
            yield f"{what}, {version}, messages per CPU second", f"{1e6 / seen.cpu_us:,.0f}"
            yield f"{what}, {version}, beside the bare library", f"{seen.cpu_us / bare.cpu_us:.2f}"
            yield f"{what}, {version}, lost", str(MESSAGES - seen.messages)


class Tally:
    """Counts what comes, and the time that it takes."""

    def __init__(self) -> None:
        self.messages = 0
        self.done = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.rate = self.cpu_us = 0.0

    def count(self) -> None:
        """One more; may be called from any thread."""
        self.messages += 1
        if self.messages == MESSAGES:
            self._loop.call_soon_threadsafe(self.done.set)

    async def until_all(self) -> None:
        """Wait for all of them, or for so long that the rest is lost."""
        began, cpu = time.monotonic(), time.process_time()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.done.wait(), WITHIN_S)
        self.rate = self.messages / (time.monotonic() - began)
        self.cpu_us = (time.process_time() - cpu) / max(self.messages, 1) * 1e6


Listener = Callable[[int, Tally], Coroutine[Any, Any, None]]
"""Listens at a port and tallies, until it is cancelled."""


async def _measure(listen: Listener) -> Tally:
    tally = Tally()
    async with _broker() as port, asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(listen(port, tally))
        await asyncio.sleep(SETTLE_S)
        flood = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.mqtt_flood", str(port), str(MESSAGES), str(time.time())
        )
        await tally.until_all()
        await flood.wait()
        listening.cancel()
    return tally


class Away:
    """A store that never comes: all that is measured is the way to the disk."""

    async def __aenter__(self) -> Self:
        raise Unreachable("store: away")

    async def __aexit__(self, *exc_info: object) -> None:
        pass


async def _nothing() -> None:
    pass


def _linked(version: str, *, is_spooled: bool) -> Listener:
    async def listen(port: int, tally: Tally) -> None:
        settings = MqttSection.model_validate({"host": HOST, "port": port, "version": version, "name": ""})
        switchboard = Switchboard([load_profiles("mqtt")["falotier-json"]])

        clock = SystemClock()
        with TemporaryDirectory(dir=".") as folder:
            store = cast("TelemetryStore", Away())
            spool = Spool(store, Path(folder), TelemetrySection(), clock, Connections(clock))

            def take(batch: Batch) -> None:
                if is_spooled:
                    for reading in batch.readings:
                        spool.put(reading)
                if batch.measurements == VALUES:
                    tally.count()

            await spool.open(_nothing)
            async with asyncio.TaskGroup() as tasks:
                spooling = tasks.create_task(spool.run(_nothing))
                try:
                    async with LampLink(settings, switchboard, clock.now, spool.when_safe) as link:
                        await link.run(take, lambda _, __, ___: None)
                finally:
                    spooling.cancel()
                    await spool.close(0.0)

    return listen


async def _bare(port: int, tally: Tally) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _, __, ___: tally.count()
    client.connect(HOST, port)
    client.subscribe("falotier/#", 1)
    client.loop_start()
    try:
        await asyncio.Event().wait()
    finally:
        client.loop_stop()
        client.disconnect()


@asynccontextmanager
async def _broker() -> AsyncIterator[int]:
    with TemporaryDirectory() as folder, socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        found.close()
        conf = Path(folder) / "mosquitto.conf"
        conf.write_text(BROKER.format(port=port), encoding="utf-8")
        process = await asyncio.create_subprocess_exec("mosquitto", "-c", str(conf))
        try:
            await asyncio.sleep(SETTLE_S)
            yield port
        finally:
            process.terminate()
            await process.wait()

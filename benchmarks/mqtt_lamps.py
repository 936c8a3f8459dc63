"""Lamp messages through a real broker: received, decoded and checked on one core, beside the bare library.

A broker, a crowd of lamps (``benchmarks.mqtt_flood``) and the listener share the machine, so that a message's cost in
the listener's processor time says more than how many came in a second: both are printed. The bare library reads the
same messages with callbacks that do nothing, in a thread of its own. "Synced" acknowledges a message once it is in a
file that is synced, as the spool does.
"""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from city.field_settings import MqttSection
from city.measurements import Batch
from drivers.mqtt.buffered import at_once
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from drivers.profiles import load_profiles

HOST = "127.0.0.1"
MESSAGES = 60_000
VALUES = 9
"""Values in each."""
RECORD_BYTES = 120
"""What a spool may write of each."""
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
        for is_synced, what in ((False, "link with decoding"), (True, "the same, synced")):
            seen = asyncio.run(_measure(_linked(version, is_synced=is_synced)))
            yield f"{what}, {version}, messages a second", f"{seen.rate:,.0f}"
            yield f"{what}, {version}, CPU per message", f"{seen.cpu_us:.0f} µs"
            yield f"{what}, {version}, messages per CPU second", f"{1e6 / seen.cpu_us:,.0f}"
            yield f"{what}, {version}, beside the bare library", f"{seen.cpu_us / bare.cpu_us:.2f}"
            yield f"{what}, {version}, lost", str(MESSAGES - seen.messages)
            if is_synced:
                yield f"{what}, {version}, messages in a commit", f"{MESSAGES / max(seen.commits, 1):,.0f}"


class Tally:
    """Counts what comes, and the time that it takes."""

    def __init__(self) -> None:
        self.messages = 0
        self.done = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.rate = self.cpu_us = 0.0
        self.commits = 0

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


class Disk:
    """Commits in a thread of its own, one at a time: what comes meanwhile goes together with the next."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self._file = (folder / "records").open("wb", buffering=0)
        self._tally = tally
        self._thread = ThreadPoolExecutor(1)
        self._loop = asyncio.get_running_loop()
        self._records = bytearray()
        self._calls: list[Callable[[], None]] = []
        self._is_committing = False

    def take(self) -> None:
        """Put in one record."""
        self._records += b"\x55" * RECORD_BYTES

    def when_safe(self, call: Callable[[], None]) -> None:
        """Have something called once all that was taken is synced."""
        self._calls.append(call)
        if not self._is_committing:
            self._commit()

    def _commit(self) -> None:
        self._is_committing = True
        records, self._records, calls, self._calls = bytes(self._records), bytearray(), self._calls, []
        writing = self._loop.run_in_executor(self._thread, self._write, records)

        def done(written: asyncio.Future[None]) -> None:
            written.result()
            self._is_committing = False
            self._tally.commits += 1
            for call in calls:
                call()
            if self._calls:
                self._commit()

        writing.add_done_callback(done)

    def _write(self, records: bytes) -> None:
        self._file.write(records)
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Commit what is under way, and no more."""
        self._thread.shutdown()
        self._file.close()


def _linked(version: str, *, is_synced: bool) -> Listener:
    async def listen(port: int, tally: Tally) -> None:
        settings = MqttSection.model_validate({"host": HOST, "port": port, "version": version, "name": ""})
        switchboard = Switchboard([load_profiles("mqtt")["falotier-json"]])

        with TemporaryDirectory(dir=".") as folder, closing(Disk(Path(folder), tally)) as disk:

            def take(batch: Batch) -> None:
                if batch.measurements == VALUES:
                    disk.take()
                    tally.count()

            when_safe = disk.when_safe if is_synced else at_once
            async with LampLink(settings, switchboard, lambda: datetime.now(UTC), when_safe) as link:
                await link.run(take, lambda _, __, ___: None)

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

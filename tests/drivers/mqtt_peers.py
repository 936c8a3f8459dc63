"""Real brokers for tests, and a look from their other side."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import pytest

from city.field_settings import MqttSection
from city.measurements import Batch
from city.places import Position
from drivers.mqtt.buffered import OnSafe, at_once
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from drivers.profiles import load_profiles
from lighting.inventory import LampType, LightPoint
from lighting.limits import LampLimits
from tests.drivers.modbus_peers import HOST, free_port

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
DEADLINE_S = 10.0

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")


class Broker:
    """A mosquitto of our own."""

    def __init__(self, port: int, process: asyncio.subprocess.Process) -> None:
        self.port = port
        self.process = process

    async def kill(self) -> None:
        """End it without a word to its clients."""
        self.process.kill()
        await self.process.wait()

    def client(self, **options: object) -> aiomqtt.Client:
        """A client of the test's own."""
        return aiomqtt.Client(HOST, self.port, **options)  # type: ignore[arg-type]


@asynccontextmanager
async def mosquitto(folder: Path, *lines: str) -> AsyncIterator[Broker]:
    """A broker that is open to all, unless further lines of its configuration say otherwise."""
    options = (
        [*lines]
        if any(line.startswith("allow_anonymous") for line in lines)
        else ["allow_anonymous true", *lines]
    )
    port = free_port()
    async with configured(folder, port, f"listener {port} {HOST}", "persistence false", *options) as broker:
        yield broker


@asynccontextmanager
async def configured(folder: Path, port: int, *lines: str) -> AsyncIterator[Broker]:
    """A broker that listens on a port, as its configuration says."""
    assert MOSQUITTO is not None
    conf = folder / "mosquitto.conf"
    conf.write_text("\n".join([*lines, "log_dest none", "user root"]) + "\n", encoding="utf-8")
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(MOSQUITTO, "-c", str(conf), stdout=quiet, stderr=quiet)
    try:
        await eventually(lambda: _listens(port))
        yield Broker(port, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Relay:
    """A line between a client and its broker that can be cut."""

    def __init__(self) -> None:
        self.port = 0
        self.ends: list[asyncio.StreamWriter] = []

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()
        self.ends.clear()


@asynccontextmanager
async def relay(to: int) -> AsyncIterator[Relay]:
    """A line to a port of this machine."""
    line = Relay()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, to)
        except OSError:
            writer.close()
            return
        line.ends += [writer, far_writer]
        await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))

    server = await asyncio.start_server(take, HOST, 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.cut()
        await server.wait_closed()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def eventually(holds: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Wait until a condition holds, or fail."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            said = holds()
            if said if isinstance(said, bool) else await said:
                return
            await asyncio.sleep(0.01)


PROFILE = load_profiles("mqtt")["falotier-json"]
NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
POINT = LightPoint(
    id="08-1173",
    position=Position(47.74, 7.33),
    sector="West",
    quarter="Dornach",
    street="rue Mercière",
    cabinet="A-017",
    circuit="A-017/2",
    phase="L2",
    lamp_type=LampType("led-60", 60.0, 7.0, 10.0, 0.6, 30.0),
    gateway="GW-4",
)


def link(
    port: int, switchboard: Switchboard | None = None, when_safe: OnSafe = at_once, /, **settings: object
) -> LampLink:
    """A link to a broker that says nothing of the head-end there, unless it is given a name."""
    section = MqttSection.model_validate({"host": HOST, "port": port, "name": "", **settings})
    return LampLink(section, switchboard or Switchboard([PROFILE]), lambda: NOW, when_safe)


class Heard:
    """What a link handed over."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.gateways: list[tuple[str, bool]] = []
        self.limits: dict[str, LampLimits | None] = {}

    def on_gateway(self, gateway: str, online: bool, limits: LampLimits | None) -> None:
        self.gateways.append((gateway, online))
        self.limits[gateway] = limits


@asynccontextmanager
async def listening(through: LampLink) -> AsyncIterator[Heard]:
    """Enter a link and let it run in the background."""
    heard = Heard()
    async with through:
        task = asyncio.create_task(through.run(heard.batches.append, heard.on_gateway))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def hears(broker: Broker, heard: Heard) -> None:
    """Wait until the link has subscribed."""

    async def knocked() -> bool:
        async with broker.client() as knocker:
            await knocker.publish("falotier/KNOCK/status", '{"state": "online"}', 1)
        return ("KNOCK", True) in heard.gateways

    await eventually(knocked)

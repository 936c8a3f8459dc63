"""A head-end's way from the broker to the store, here or in a process of its own that is killed.

As a program (``python -m tests.headend.mqtt_head_end PORT FOLDER``) it says ``up`` once it is connected, and runs until
it is killed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiomqtt

from city.clock import Clock, SystemClock
from city.field_settings import MqttSection
from city.settings import TelemetrySection
from city.telemetry import TelemetryStore
from drivers.embedded import EmbeddedStore
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from headend.connections import Connections
from headend.ingest import Ingest
from headend.link import LinkState, MqttLink
from headend.snapshot import Snapshot
from headend.spool import Spool
from tests.drivers.modbus_peers import HOST
from tests.drivers.mqtt_peers import PROFILE, eventually
from tests.headend.mqtt_storm import Storm
from tests.headend.recording import running, until

KEPT = {"host": HOST, "version": "5", "name": "hall", "session_s": 3600}


def embedded(folder: Path) -> EmbeddedStore:
    """A store that outlives the head-end's process."""
    return EmbeddedStore(folder / "telemetry", lambda _: {})


async def nothing() -> None:
    """What a snapshot would read from the store."""


@asynccontextmanager
async def head_end(port: int, store: TelemetryStore, folder: Path, clock: Clock) -> AsyncIterator[MqttLink]:
    """The way of a message through the head-end; at its end all that was taken is in the store."""
    switchboard, connections = Switchboard([PROFILE]), Connections(clock)
    spool = Spool(store, folder / "spool", TelemetrySection(), clock, connections)
    section = MqttSection.model_validate({**KEPT, "port": port})
    link = MqttLink(
        lambda: LampLink(section, switchboard, clock.now, spool.when_safe),
        clock,
        connections,
        Ingest(Snapshot(), spool),
    )
    assert await spool.open(nothing)
    async with running(spool.run(nothing)), running(link.run()):
        yield link
    await spool.close(10)
    assert (spool.waiting, spool.lost) == (0, 0)


async def hears(link: MqttLink, broker: int, gateway: str) -> None:
    """Wait until the head-end has taken all that the broker holds for it."""

    async def knocked() -> bool:
        with suppress(aiomqtt.MqttError):  # it may be starting
            async with aiomqtt.Client(HOST, broker) as knocker:
                await knocker.publish(f"falotier/{gateway}/status", '{"state": "online"}', 1)
        return gateway in link.gateways

    await eventually(knocked)


@asynccontextmanager
async def killed_and_started_again(through: Storm, folder: Path) -> AsyncIterator[None]:
    """A head-end in a process of its own that is killed with -9 whenever the storm says so, and at the end.

    The gateways wait while there is none, so that each is killed in the midst of what they say.
    """
    through.crowd.may_speak.clear()
    killing = asyncio.create_task(_kill_when_told(through, folder))
    try:
        yield
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)


async def _kill_when_told(through: Storm, folder: Path) -> None:
    arguments = "-m", "tests.headend.mqtt_head_end", str(through.line), str(folder)
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"up\n"
            through.crowd.may_speak.set()
            await through.kill.wait()
            through.kill.clear()
            through.crowd.may_speak.clear()
        finally:
            process.kill()
            await process.communicate()


async def _serve(port: int, folder: Path) -> None:
    async with head_end(port, embedded(folder), folder, SystemClock()) as link:
        await until(lambda: link.state is LinkState.UP)
        sys.stdout.write("up\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))

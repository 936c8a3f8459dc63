"""What the broker has acknowledged to the gateways is in the store, once, whatever breaks on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import aiomqtt
import pytest

from city.clock import SimulatedClock
from city.field_settings import MqttSection
from city.measurements import Metric
from drivers.mqtt import connection
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from headend.connections import Connections
from headend.ingest import Ingest
from headend.link import MqttLink
from headend.snapshot import Snapshot
from headend.spool import Spool
from tests.drivers.modbus_peers import HOST
from tests.drivers.mqtt_peers import NOW, PROFILE, eventually, needs_mosquitto
from tests.headend.mqtt_storm import Said, Storm, measurements, storm
from tests.headend.recording import RecordingStore, running, until

SPEED = 60.0
"""The head-end's waits between tries are a matter of its clock."""
KEPT = {"host": HOST, "version": "5", "name": "hall", "session_s": 3600}
LAMPS, EACH = 200, 20
SETTLED_S = 20.0


async def nothing() -> None:
    pass


@asynccontextmanager
async def head_end(port: int, store: RecordingStore) -> AsyncIterator[MqttLink]:
    """The way of a message through the head-end; at its end everything is in the store."""
    clock, switchboard = SimulatedClock.starting(NOW, SPEED), Switchboard([PROFILE])
    connections = Connections(clock)
    spool = Spool(store, 200_000, clock, connections)
    section = MqttSection.model_validate({**KEPT, "port": port})
    link = MqttLink(
        lambda: LampLink(section, switchboard, clock.now, spool.when_safe),
        clock,
        connections,
        Ingest(Snapshot(), spool),
    )
    async with running(link.run(), spool.run(nothing)):
        yield link
    await spool.close(5)


async def hears(link: MqttLink, through: Storm, gateway: str) -> None:
    """Wait until the head-end has taken all that the broker holds for it."""

    async def knocked() -> bool:
        with suppress(aiomqtt.MqttError):  # it may be starting
            async with aiomqtt.Client(HOST, through.broker) as knocker:
                await knocker.publish(f"falotier/{gateway}/status", '{"state": "online"}', 1)
        return gateway in link.gateways

    await eventually(knocked)


def stored(store: RecordingStore) -> Counter[Said]:
    return Counter(Said(each.device, each.at, each.values[Metric.ENERGY]) for each in store.readings)


@needs_mosquitto
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_broker_restarted_and_lines_cut_at_random_lose_nothing_and_double_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.5)  # a line that is cut while it is asked for something
    said, store = measurements(LAMPS, EACH, NOW - timedelta(hours=1)), RecordingStore()
    troubles = {"line cut": 12, "own line cut": 6, "restart": 3}
    async with storm(tmp_path, said, troubles, seed) as through, head_end(through.line, store) as link:
        await hears(link, through, "FIRST")
        async with asyncio.timeout(SETTLED_S):
            await through.crowd.speak()
        await until(lambda: len(store.readings) >= len(said), SETTLED_S)
        await hears(link, through, "LAST")
    assert through.seen == troubles
    assert through.crowd.sent_again > 0
    assert stored(store) == Counter(said)

"""What the broker has acknowledged to the gateways is in the store, once, whatever breaks on the way."""

import asyncio
import json
import re
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.clock import SimulatedClock, SystemClock
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Window
from drivers.embedded import EmbeddedStore
from drivers.mqtt import connection
from headend.spool.log import Position, SpoolLog
from tests.drivers.mqtt_peers import NOW, mosquitto, needs_mosquitto
from tests.headend.mqtt_head_end import embedded, head_end, hears, killed_and_started_again
from tests.headend.mqtt_storm import Said, measurements, storm
from tests.headend.recording import RecordingStore, until
from tests.headend.standing import standing, write_city

SPEED = 60.0
"""The head-end's waits between tries are a matter of its clock."""
LAMPS, EACH = 200, 15
SETTLED_S = 20.0


@needs_mosquitto
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_broker_restarted_and_lines_cut_at_random_lose_nothing_and_double_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.5)  # a line that is cut while it is asked for something
    said, store = measurements(LAMPS, EACH, NOW - timedelta(hours=1)), RecordingStore()
    clock = SimulatedClock.starting(NOW, SPEED)
    troubles = {"line cut": 12, "own line cut": 6, "broker restarted": 3}
    async with (
        storm(tmp_path, said, troubles, seed) as through,
        head_end(through.line, store, tmp_path, clock) as link,
    ):
        await hears(link, through.broker, "FIRST")
        async with asyncio.timeout(SETTLED_S):
            await through.crowd.speak()
        await hears(link, through.broker, "LAST")
    assert through.seen == troubles
    assert through.crowd.sent_again > 0
    assert Counter(
        Said(each.device, each.at, each.values[Metric.ENERGY]) for each in store.readings
    ) == Counter(said)


async def held_by(store: EmbeddedStore, kept: Window) -> Counter[Said]:
    async with store:
        found: Counter[Said] = Counter()
        async for track in store.tracks(DeviceKind.LAMP, [Metric.ENERGY], kept):
            found.update(Said(track.device, at, energy) for at, (energy,) in track.rows if energy is not None)
        assert await store.count() == found.total()
    return found


@needs_mosquitto
async def test_a_head_end_killed_in_the_middle_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    said = measurements(LAMPS, EACH, now.replace(microsecond=0) - timedelta(hours=1))
    troubles = {"line cut": 3, "head-end killed": 3}
    async with storm(tmp_path, said, troubles, 3) as through:
        async with killed_and_started_again(through, tmp_path), asyncio.timeout(3 * SETTLED_S):
            await until(through.crowd.may_speak.is_set, SETTLED_S)
            await through.crowd.speak()
        async with head_end(through.line, embedded(tmp_path), tmp_path, SystemClock()) as link:
            await hears(link, through.broker, "LAST")
    assert through.seen == troubles
    assert await held_by(embedded(tmp_path), Window(now - timedelta(days=1), now)) == Counter(said)


@needs_mosquitto
async def test_the_service_acknowledges_what_is_on_its_disk_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, append = threading.Event(), SpoolLog.append

    def append_when_told(to: SpoolLog, readings: Sequence[Reading], at_us: int) -> Position:
        assert may_write.wait(SETTLED_S)
        return append(to, readings, at_us)

    monkeypatch.setattr(SpoolLog, "append", append_when_told)
    now = datetime.now(UTC).timestamp()
    async with mosquitto(tmp_path, "max_inflight_messages 5") as there, there.client() as gateway:
        file = write_city(tmp_path)
        file.write_text(re.sub(r"(\[mqtt\]\nport) = \d+", rf"\1 = {there.port}", file.read_text()))
        async with standing(file, SystemClock()) as (headend, _):
            link, ingest = headend.core.link, headend.core.ingest
            await hears(link, there.port, "GW-1")
            for number in range(12):
                telemetry = {"ts": now - 10 * number, "wh": number}
                await gateway.publish("falotier/GW-1/L1/telemetry", json.dumps(telemetry), 1)
            await gateway.publish(
                "falotier/GW-1/status", '{"state": "offline"}', 0
            )  # overtakes what is held back
            await until(lambda: not link.gateways["GW-1"])
            assert ingest.ingested == 5
            may_write.set()
            await until(lambda: ingest.ingested == 12)

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiomqtt
import pytest

from city.clock import ManualClock
from fake_devices.broker import HOST, broker
from fake_devices.city_plan import plan_city
from fake_devices.lamp_document import LIMITS
from fake_devices.mqtt_lamps import VALUES, MqttLamps
from fake_devices.world import World

START = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
PATIENCE_S = 10


class Fleet:
    def __init__(self, lamps: MqttLamps, world: World, clock: ManualClock, client: aiomqtt.Client) -> None:
        self.lamps = lamps
        self.world = world
        self.clock = clock
        self.client = client
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def listen(self) -> None:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            self.heard.append((message.topic.value, json.loads(message.payload)))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [document for topic, document in self.heard if topic.endswith(kind)]


@asynccontextmanager
async def fleet() -> AsyncIterator[Fleet]:
    clock = ManualClock(START)
    world = World(plan_city(40, 0, 1), clock.now())
    async with (
        broker() as port,
        aiomqtt.Client(HOST, port) as client,
        MqttLamps(world, clock, port) as lamps,
        asyncio.TaskGroup() as tasks,
    ):
        await client.subscribe("falotier/#", qos=1)
        a_fleet = Fleet(lamps, world, clock, client)
        listener = tasks.create_task(a_fleet.listen())
        yield a_fleet
        listener.cancel()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


async def test_what_lamps_say_arrives_once_and_is_counted_once_acknowledged() -> None:
    async with fleet() as city:
        await city.clock.advance(331)
        await eventually(lambda: city.lamps.published >= 40 * 3 and city.lamps.backlog == 0)
        await eventually(lambda: len(city.of("telemetry")) + len(city.of("event")) == city.lamps.published)
        assert city.lamps.sent == VALUES * len(city.of("telemetry"))
        assert {document["event"] for document in city.of("event")} == {"boot"}
        keys = ["ts", "seq", "level", "source", "order", "programme"]
        keys += ["v", "i", "w", "pf", "wh", "hours", "starts", "temp", "serial", "fault"]
        assert all(list(document) == keys for document in city.of("telemetry"))
        assert [status["state"] for status in city.of("status")] == ["online"] * 2


async def test_an_order_is_accepted_obeyed_and_reported() -> None:
    async with fleet() as city:
        await city.clock.advance(60)
        await eventually(lambda: len(city.of("event")) == 40)
        lamp = next(iter(city.world.plan.lamps.values()))
        until = city.clock.now().timestamp() + 600
        order = json.dumps({"id": "o-51c2", "level": 50.0, "until": until, "reason": "chantier"})
        await city.client.publish(f"falotier/{lamp.gateway}/{lamp.id}/order", order, qos=1)
        await city.client.publish("falotier/GW-6/01-0001/order", order, qos=1)
        await city.client.publish(f"falotier/{lamp.gateway}/99-9999/order", order, qos=1)
        await eventually(lambda: any(event["event"] == "order_accepted" for event in city.of("event")))
        accepted = city.of("event")[-1]
        assert (accepted["ref"], "why" in accepted) == ("o-51c2", False)
        await city.clock.advance(31)
        await eventually(lambda: any(report["order"] == "o-51c2" for report in city.of("telemetry")))
        dimmed = [report for report in city.of("telemetry") if report["order"] == "o-51c2"]
        assert {(report["level"], report["source"]) for report in dimmed} == {(50.0, "override")}


async def test_when_quiet_lamps_say_nothing_new() -> None:
    async with fleet() as city:
        await city.clock.advance(60)
        city.lamps.quiesce()
        await eventually(lambda: city.lamps.backlog == 0)
        published = city.lamps.published
        await city.clock.advance(600)
        await asyncio.sleep(0.05)
        assert city.lamps.published == published
        assert published >= 40


async def test_a_gateway_comes_back_after_its_connection_was_lost_and_loses_no_message() -> None:
    async with fleet() as city:
        lamp = next(iter(city.world.plan.lamps.values()))
        thief = aiomqtt.Client(HOST, city.client._port, identifier=f"falotier-{lamp.gateway}")
        async with thief:  # the broker ends the older connection of the same name
            pass
        await city.clock.advance(331)
        await eventually(lambda: city.lamps.published >= 80 and city.lamps.backlog == 0)
        await eventually(lambda: len(city.of("event")) + len(city.of("telemetry")) >= city.lamps.published)
        assert {"state": "offline"} in city.of("status")
        heard = {(topic, document["seq"]) for topic, document in city.heard if "seq" in document}
        assert len(heard) == city.lamps.published >= 80


@pytest.mark.skipif(shutil.which("mosquitto_sub") is None, reason="mosquitto_sub is not installed")
async def test_mosquitto_sub_reads_what_the_simulation_holds() -> None:
    async with fleet() as city:
        lamp = next(iter(city.world.lamps.values()))
        topic = f"falotier/{lamp.plan.gateway}/{lamp.plan.id}/telemetry"
        port = str(city.client._port)
        process = await asyncio.create_subprocess_exec(
            *("mosquitto_sub", "-h", HOST, "-p", port, "-q", "1", "-t", topic, "-t", "falotier/+/status"),
            *("-C", "3", "-W", str(PATIENCE_S)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            status = await process.stdout.readline()  # retained: it has subscribed
            await city.clock.advance(40)
            rest, _ = await process.communicate()
        assert json.loads(status) == {"state": "online", "limits": LIMITS}
        report = next(json.loads(line) for line in rest.splitlines() if b'"ts"' in line)
        assert report["level"] == lamp.lamp.level == 100.0
        assert report["w"] == pytest.approx(lamp.lamp.power_w(report["ts"]), rel=0.01)

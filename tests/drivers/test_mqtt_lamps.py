"""Lamp controllers over a real broker: what they say, what they are told, and what can go wrong."""

import asyncio
import json
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest

from city.clock import SimulatedClock
from city.errors import Unreachable
from city.field_settings import MqttSection
from city.measurements import Batch, DeviceKind, Fact, Metric
from city.settings import CitySection
from drivers.mqtt import connection
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from fake_devices.city_plan import plan_city
from fake_devices.mqtt_lamps import MqttLamps
from fake_devices.world import World
from lighting.lamp_programmes import lamp_programme
from lighting.light_plan import FIVE_STEPS_PLAN
from lighting.limits import SIMPLEST
from tests.drivers.modbus_peers import HOST
from tests.drivers.mqtt_peers import (
    NOW,
    POINT,
    PROFILE,
    Heard,
    eventually,
    hears,
    link,
    listening,
    mosquitto,
    needs_mosquitto,
)


@needs_mosquitto
async def test_telemetry_events_and_gateways_are_handed_over(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, broker.client() as gateway:
        await gateway.publish("falotier/GW-1/status", '{"state": "online"}', 1, retain=True)
        await gateway.publish("falotier/GW-1/01-0001/telemetry", '{"w": 99}', 1, retain=True)
        lamp_link = link(broker.port)
        async with listening(lamp_link) as heard:
            await hears(broker, heard)
            telemetry = {
                "ts": NOW.timestamp() - 2,
                "level": 70.0,
                "w": 41.5,
                "source": "override",
                "order": "o-1",
            }
            await gateway.publish("falotier/GW-4/08-1173/telemetry", json.dumps(telemetry), 1)
            event = {"ts": 0, "event": "order_refused", "ref": "o-2", "why": "expiry in the past"}
            await gateway.publish("falotier/GW-4/08-1173/event", json.dumps(event), 1)
            await gateway.publish("falotier/GW-1/status", '{"state": "offline"}', 1)
            await eventually(lambda: ("GW-1", False) in heard.gateways)
    assert ("GW-1", True) in heard.gateways
    assert lamp_link.refused == {"retained": 1}
    measured, happened = heard.batches
    assert (measured.source, measured.received_at) == ("GW-4", NOW)
    (reading,) = measured.readings
    assert (reading.device, reading.kind, reading.at) == (
        "08-1173",
        DeviceKind.LAMP,
        NOW - timedelta(seconds=2),
    )
    assert reading.values == {Metric.LEVEL: 70.0, Metric.POWER: 41.5}
    assert reading.facts == {Fact.SOURCE: "override", Fact.ORDER: "o-1"}
    reading, doubt = happened.readings
    assert (reading.at, reading.values) == (NOW, {})
    assert reading.facts == {
        Fact.EVENT: "order_refused",
        Fact.REFERENCE: "o-2",
        Fact.WHY: "expiry in the past",
    }
    assert doubt.facts[Fact.EVENT] == "clock_invalid"  # it said 1970


@needs_mosquitto
async def test_orders_and_programmes_reach_the_lamp_and_are_never_kept_by_the_broker(tmp_path: Path) -> None:
    programme = lamp_programme(
        FIVE_STEPS_PLAN, FIVE_STEPS_PLAN.default, CitySection().site, SIMPLEST, date(2026, 11, 30)
    )
    async with mosquitto(tmp_path) as broker:
        async with broker.client() as gateway, link(broker.port) as lamp_link:
            await gateway.subscribe("falotier/GW-4/+/+", qos=1)
            await lamp_link.send_order(POINT, "o-51c2", 50.0, NOW + timedelta(hours=2), "chantier « rue »")
            await lamp_link.send_resume(POINT, "o-51c2")
            await lamp_link.send_report(POINT, "q-1")
            await lamp_link.send_programme(POINT, programme)
            messages = aiter(gateway.messages)
            async with asyncio.timeout(5):
                order, resume, report, held = [await anext(messages) for _ in range(4)]
        async with broker.client() as late:
            await late.subscribe("#", qos=1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(aiter(late.messages))
    for message, topic in ((order, "order"), (resume, "order"), (report, "order"), (held, "programme")):
        assert message.topic.value == f"falotier/GW-4/08-1173/{topic}"
        assert (message.qos, message.retain) == (1, False)
    assert json.loads(order.payload) == {
        "id": "o-51c2",
        "level": 50.0,
        "until": (NOW + timedelta(hours=2)).timestamp(),
        "reason": "chantier « rue »",
    }
    assert json.loads(resume.payload) == {"id": "o-51c2", "resume": True}
    assert json.loads(report.payload) == {"id": "q-1", "report": True}
    assert json.loads(held.payload) == programme.document()


async def test_a_vendor_without_the_message_is_not_asked_for_a_report() -> None:
    profile = PROFILE.model_copy(update={"report": None})
    await link(1883, Switchboard([profile])).send_report(POINT, "q-1")


@needs_mosquitto
async def test_all_that_a_simulated_field_sends_is_handed_over_to_the_unit(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(NOW, speed=200.0)
    world = World(plan_city(40, 0, 1), NOW)
    settings = MqttSection(host=HOST)
    async with mosquitto(tmp_path) as broker:
        lamp_link = LampLink(
            settings.model_copy(update={"port": broker.port}), Switchboard([PROFILE]), clock.now
        )
        async with listening(lamp_link) as heard:
            await hears(broker, heard)
            async with MqttLamps(world, clock, broker.port) as field:
                await eventually(lambda: field.published > 200)
                field.quiesce()
                await eventually(lambda: field.backlog == 0)
                await eventually(lambda: sum(batch.measurements for batch in heard.batches) >= field.sent)
                await asyncio.sleep(0.05)
                assert sum(batch.measurements for batch in heard.batches) == field.sent
                assert len(heard.batches) == field.published
            assert {name for name, online in heard.gateways if online} >= set(world.plan.gateways)
    assert not lamp_link.refused
    assert {reading.device for batch in heard.batches for reading in batch.readings} == set(world.plan.lamps)


@needs_mosquitto
async def test_a_flood_is_handled_message_by_message_and_garbage_only_counted(tmp_path: Path) -> None:
    flood = 3000
    async with mosquitto(tmp_path, "max_queued_messages 0") as broker:
        lamp_link = link(broker.port)
        async with listening(lamp_link) as heard:
            await hears(broker, heard)
            async with broker.client(max_concurrent_outgoing_calls=20) as gateway:
                gateway.pending_calls_threshold = 100
                for garbage in (b"\xff", b"{" * 5000, b'{"w": NaN}', b"x" * 70_000, b""):
                    await gateway.publish("falotier/GW-4/08-1173/telemetry", garbage, 1)
                for number in range(flood):
                    await gateway.publish(f"falotier/GW-4/{number}/telemetry", '{"w": 40.5, "level": 70}', 0)
                await eventually(lambda: len(heard.batches) == flood)
    assert sum(lamp_link.refused.values()) == 5
    assert lamp_link.refused["longer than 64 kB"] == 1


@needs_mosquitto
async def test_a_broker_that_dies_ends_the_run_and_a_new_link_finds_the_next_one(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, link(broker.port) as lamp_link:
        heard = Heard()
        run = asyncio.create_task(lamp_link.run(heard.batches.append, heard.on_gateway))
        await hears(broker, heard)
        await broker.kill()
        with pytest.raises(Unreachable, match="connection lost"):
            await run
        with pytest.raises(Unreachable, match="publishing to falotier/GW-4/08-1173/order"):
            await lamp_link.send_resume(POINT, "o-1")
    async with mosquitto(tmp_path) as broker, listening(link(broker.port)) as heard:
        await hears(broker, heard)


@needs_mosquitto
async def test_a_broker_that_hangs_makes_an_order_unreachable_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    async with mosquitto(tmp_path) as broker, link(broker.port) as lamp_link:
        broker.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(Unreachable, match="timed out"):
                await lamp_link.send_resume(POINT, "o-1")
        finally:
            broker.process.send_signal(signal.SIGCONT)


@needs_mosquitto
async def test_a_bug_in_what_is_called_comes_out_of_the_run(tmp_path: Path) -> None:
    def buggy(_: Batch) -> None:
        raise ZeroDivisionError

    async with mosquitto(tmp_path) as broker, link(broker.port) as lamp_link:
        heard = Heard()
        run = asyncio.create_task(lamp_link.run(buggy, heard.on_gateway))
        await hears(broker, heard)
        async with broker.client() as gateway:
            await gateway.publish("falotier/GW-4/08-1173/telemetry", '{"w": 1}', 1)
        with pytest.raises(ZeroDivisionError):
            await run


async def test_an_order_without_a_connection_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="not connected"):
        await link(1883).send_resume(POINT, "o-1")

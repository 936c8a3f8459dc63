"""What a broker keeps, splits and tells on behalf of head-ends."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import aiomqtt
import pytest
from pydantic import ValidationError

from city.errors import Unreachable
from city.field_settings import MqttSection
from drivers.mqtt.switchboard import Switchboard
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
    relay,
)

KEPT = {"version": "5", "name": "hall", "session_s": 60}
TELEMETRY = "falotier/GW-4/08-1173/telemetry"


async def publish(gateway: aiomqtt.Client, *levels: float) -> None:
    for level in levels:
        await gateway.publish(TELEMETRY, json.dumps({"level": level}), 1)


def levels(heard: Heard) -> list[float]:
    return [level for batch in heard.batches for level in batch.readings[0].values.values()]


@needs_mosquitto
@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_both_versions_carry_what_lamps_say_and_what_they_are_told(
    tmp_path: Path, version: str
) -> None:
    async with mosquitto(tmp_path) as broker, broker.client() as gateway:
        await gateway.subscribe("falotier/+/+/order", qos=1)
        lamp_link = link(broker.port, version=version)
        async with listening(lamp_link) as heard:
            await hears(broker, heard)
            await publish(gateway, 40)
            await eventually(lambda: levels(heard) == [40])
            await lamp_link.send_order(POINT, "o-1", 50.0, NOW + timedelta(hours=1), "chantier")
            async with asyncio.timeout(5):
                order = await anext(aiter(gateway.messages))
    assert json.loads(order.payload)["id"] == "o-1"


@needs_mosquitto
async def test_an_order_ends_in_the_broker_too_where_the_broker_knows_ends(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, broker.client(protocol=aiomqtt.ProtocolVersion.V5) as gateway:
        await gateway.subscribe("falotier/+/+/order", qos=1)
        async with link(broker.port, version="5") as lamp_link:
            await lamp_link.send_order(POINT, "o-1", 50.0, NOW + timedelta(minutes=10), "chantier")
        async with asyncio.timeout(5):
            order = await anext(aiter(gateway.messages))
    assert 590 <= order.properties.MessageExpiryInterval <= 600  # type: ignore[union-attr]


@needs_mosquitto
async def test_what_lamps_say_while_the_head_end_is_away_is_kept_for_it(tmp_path: Path) -> None:
    switchboard = Switchboard([PROFILE])
    async with mosquitto(tmp_path) as broker, broker.client() as gateway:
        async with listening(link(broker.port, switchboard, **KEPT)) as heard:
            await hears(broker, heard)
        await publish(gateway, 10, 20, 30)
        async with listening(link(broker.port, switchboard, **KEPT)) as heard:
            await eventually(lambda: levels(heard) == [10, 20, 30])


@needs_mosquitto
async def test_without_a_session_nothing_is_kept(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, broker.client() as gateway:
        async with listening(link(broker.port, version="5", name="hall")) as heard:
            await hears(broker, heard)
        await publish(gateway, 10, 20, 30)
        async with listening(link(broker.port, version="5", name="hall")) as heard:
            await hears(broker, heard)
            await publish(gateway, 40)
            await eventually(lambda: levels(heard) == [40])


@needs_mosquitto
async def test_a_line_that_is_cut_loses_nothing_of_a_session(tmp_path: Path) -> None:
    switchboard = Switchboard([PROFILE])
    async with mosquitto(tmp_path) as broker, broker.client() as gateway, relay(broker.port) as line:
        async with link(line.port, switchboard, **KEPT) as first:
            heard = Heard()
            run = asyncio.create_task(first.run(heard.batches.append, heard.on_gateway))
            await hears(broker, heard)
            await publish(gateway, 10)
            await eventually(lambda: levels(heard) == [10])
            line.cut()
            with pytest.raises(Unreachable, match="connection lost"):
                await run
        await publish(gateway, 20, 30)
        async with listening(link(line.port, switchboard, **KEPT)) as heard:
            # What was not acknowledged when the line was cut comes again.
            await eventually(lambda: levels(heard)[-2:] == [20, 30])


@needs_mosquitto
async def test_whoever_loses_the_head_end_is_told_by_its_last_will(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, relay(broker.port) as line:
        async with broker.client() as gateway:
            await gateway.subscribe("falotier/headend/hall/status", qos=1)
            states = aiter(gateway.messages)
            async with asyncio.timeout(5):
                async with listening(link(line.port, name="hall")):
                    told = [json.loads((await anext(states)).payload)]
                    line.cut()
                    told.append(json.loads((await anext(states)).payload))
        async with broker.client() as late:
            await late.subscribe("falotier/headend/+/status", qos=1)
            async with asyncio.timeout(5):
                kept = await anext(aiter(late.messages))
    assert told == [{"state": "online"}, {"state": "offline"}]
    assert (kept.retain, json.loads(kept.payload)) == (True, {"state": "offline"})


@needs_mosquitto
async def test_two_head_ends_of_a_group_split_the_load_and_both_know_the_gateways(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, broker.client() as gateway:
        await gateway.publish("falotier/GW-1/status", '{"state": "online"}', 1, retain=True)
        one, other = (link(broker.port, share="city", name=name) for name in ("one", "other"))
        async with listening(one) as first, listening(other) as second:
            await hears(broker, first)
            await hears(broker, second)
            await publish(gateway, *range(100))
            await gateway.publish("falotier/GW-4/08-1173/event", '{"event": "boot"}', 1)
            await eventually(lambda: len(first.batches) + len(second.batches) == 102)
    assert sorted(levels(first) + levels(second)) == list(range(100))
    assert len(levels(first)) >= 10
    assert len(levels(second)) >= 10
    assert ("GW-1", True) in first.gateways
    assert ("GW-1", True) in second.gateways


@needs_mosquitto
async def test_a_second_head_end_of_the_same_name_and_session_puts_the_first_out(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, link(broker.port, **KEPT) as first:
        heard = Heard()
        run = asyncio.create_task(first.run(heard.batches.append, heard.on_gateway))
        await hears(broker, heard)
        async with link(broker.port, **KEPT):
            with pytest.raises(Unreachable, match="connection lost"):
                await run


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"session_s": 60}, 'version = "5" and a name'),
        ({"session_s": 60, "version": "5", "name": ""}, 'version = "5" and a name'),
        ({"certificate_file": "c.pem", "ca_file": "ca.pem"}, "certificate_file and key_file, or neither"),
        ({"certificate_file": "c.pem", "key_file": "c.key"}, "tls = true or a ca_file"),
        ({"share": "a/b"}, "share"),
        ({"name": "a+b"}, "name"),
        ({"version": "3"}, "version"),
    ],
)
def test_settings_that_do_not_fit_together_are_told(settings: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        MqttSection.model_validate(settings)

"""A look at what passes through a real broker."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from city.errors import BadInput, Unreachable
from drivers.mqtt.broker import Broker
from drivers.mqtt.probe import ProbedMessage, probe
from drivers.mqtt.profile import MqttProfile
from drivers.profiles import load_profiles
from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.mqtt_peers import link, listening, mosquitto, needs_mosquitto

PROFILE = load_profiles("mqtt")["falotier-json"]
RETAINED = "falotier/GW-1/status"


async def watched(port: int, profile: MqttProfile | None, *payloads: bytes) -> list[ProbedMessage]:
    """What a probe shows while a gateway speaks: first what the broker kept."""
    import aiomqtt

    shown: list[ProbedMessage] = []
    async with aiomqtt.Client(HOST, port) as gateway:
        await gateway.publish(RETAINED, '{"state": "online"}', 1, retain=True)
        async with aclosing(
            probe(Broker(HOST, port), "falotier/#", 30, [profile] if profile else ())
        ) as messages:
            async for message in messages:
                shown.append(message)
                if len(shown) > len(payloads):
                    return shown
                await gateway.publish("falotier/GW-4/08-1173/telemetry", payloads[len(shown) - 1], 1)
    return shown


@needs_mosquitto
async def test_messages_are_shown_as_decoded_or_refused_with_the_reason(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker:
        kept, good, half, bad = await watched(
            broker.port, PROFILE, b'{"w": 41.5, "source": "boot"}', b'{"w": 41.5, "v": "x"}', b"\xffnonsense"
        )
    assert (kept.topic, kept.retained) == (RETAINED, True)
    assert kept.decoded == {"profile": "falotier-json", "gateway": "GW-1", "online": True}
    assert good.decoded is not None
    assert (good.decoded["device"], good.decoded["values"]) == ("08-1173", {"power_w": 41.5})
    assert good.decoded["facts"] == {"source": "boot"}
    assert (good.refused, good.payload) == ((), "")
    assert half.refused == ("v: not a number",)
    assert (bad.decoded, bad.refused, bad.payload) == (None, ("not UTF-8",), "\\xffnonsense")


@needs_mosquitto
async def test_without_a_profile_any_json_is_shown(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker:
        kept, good, bad = await watched(broker.port, None, b'{"anything": [1, 2]}', b"[1]")
    assert kept.decoded == {"state": "online"}
    assert good.decoded == {"anything": [1, 2]}
    assert (bad.decoded, bad.refused, bad.payload) == (None, ("not a JSON object",), "[1]")


@needs_mosquitto
async def test_each_message_is_decoded_by_the_first_profile_that_knows_its_topic(tmp_path: Path) -> None:
    async with (
        mosquitto(tmp_path) as broker,
        listening(link(broker.port, name="hall")),
        broker.client() as gateway,
    ):
        both = [PROFILE, load_profiles("mqtt")["zigbee2mqtt-light"]]
        said = {
            RETAINED: '{"state": "online"}',
            "zigbee2mqtt/parc-3": '{"state": "ON", "brightness": 127}',
            "weather/mulhouse": "{}",
        }
        for topic, payload in said.items():
            await gateway.publish(topic, payload, 1, retain=topic == RETAINED)
        shown = {}
        async with aclosing(probe(Broker(HOST, broker.port), "#", 30, both)) as messages:
            async for message in messages:
                shown[message.topic] = message
                if len(shown) == 2:
                    for topic in list(said)[1:]:
                        await gateway.publish(topic, said[topic], 1)
                if len(shown) == 4:
                    break
    assert (shown[RETAINED].decoded or {})["profile"] == "falotier-json"
    light = shown["zigbee2mqtt/parc-3"].decoded or {}
    assert (light["profile"], light["device"], light["values"]) == (
        "zigbee2mqtt-light",
        "parc-3",
        {"level_pct": 50},
    )
    assert shown["weather/mulhouse"].refused == ("unknown topic",)
    assert shown["falotier/headend/hall/status"].decoded == {"headend": "hall", "online": True}
    assert shown["falotier/headend/hall/status"].refused == ()


@needs_mosquitto
async def test_a_probe_ends_after_its_time_and_when_the_broker_dies(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker:
        assert [shown async for shown in probe(Broker(HOST, broker.port), "falotier/#", 0.1)] == []

        async def watch() -> None:
            async for _ in probe(Broker(HOST, broker.port), "falotier/#", 30):
                await broker.kill()

        async with broker.client() as gateway:
            await gateway.publish(RETAINED, '{"state": "online"}', 1, retain=True)
        with pytest.raises(Unreachable, match="connection lost"):
            await asyncio.wait_for(watch(), 10)


async def test_a_probe_of_nothing_says_so() -> None:
    with pytest.raises(Unreachable):
        await anext(probe(Broker(HOST, free_port()), "#", 1))


@pytest.mark.parametrize("url", ["", "broker", "http://broker", "mqtt://", "mqtt://broker:x"])
def test_what_is_no_such_url_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="expected mqtt://host:port"):
        Broker.of_url(url)


def test_a_url_that_cannot_be_used_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected mqtt://host:port") as told:
        Broker.of_url("http://ops:secret@broker")
    assert "secret" not in str(told.value)
    with pytest.raises(BadInput, match="expected mqtts:// where certificates are given"):
        Broker.of_url("mqtt://broker", ca=tmp_path / "ca.pem")
    with pytest.raises(BadInput, match=r"--ca: got .*ca\.pem, expected a PEM file of authorities"):
        Broker.of_url("mqtts://broker", ca=tmp_path / "ca.pem")
    with pytest.raises(BadInput, match=r"--key: got .*our\.key without --cert"):
        Broker.of_url("mqtts://broker", key=tmp_path / "our.key")


def test_a_url_says_where_a_broker_is_and_as_whom_to_speak() -> None:
    assert Broker.of_url("mqtt://ops:p%40ss@gw") == Broker("gw", 1883, "ops", "p@ss")
    secure = Broker.of_url("mqtts://gw")
    assert (secure.port, secure.tls is None) == (8883, False)

"""The broker as docs/mqtt-broker.md sets it up, with certificates of our own: who gets in, and who may say what."""

import asyncio
import gc
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiomqtt
import pytest

from city.errors import Refused, Unreachable
from city.field_settings import MqttSection
from drivers.mqtt.broker import Broker
from drivers.mqtt.connection import knock
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.probe import probe
from tests.drivers.certificates import Authority
from tests.drivers.modbus_peers import HOST, free_port
from tests.drivers.mqtt_peers import (
    NOW,
    POINT,
    PROFILE,
    configured,
    eventually,
    link,
    listening,
    mosquitto,
    needs_mosquitto,
)

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "mosquitto"
INSTALLED = "/etc/mosquitto/falotier"
OTHERS = replace(POINT, id="08-2000", gateway="GW-5")

pytestmark = [
    needs_mosquitto,
    # paho leaves the socket of a failed handshake to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]


class City:
    """The documented broker, and those who may enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder, "ours")
        self.port = 0

    def settings(self, who: str, /, **further: object) -> dict[str, object]:
        certificate, key = self.authority.certificate(who)
        return {"ca_file": self.authority.file, "certificate_file": certificate, "key_file": key, **further}

    def head_end(self, **further: object) -> LampLink:
        return link(self.port, **self.settings("falotier", name="falotier", **further))

    def gateway(self, name: str) -> aiomqtt.Client:
        """A gateway, by a client that is not ours."""
        context = ssl.create_default_context(cafile=self.authority.file)
        context.load_cert_chain(*self.authority.certificate(name))
        return aiomqtt.Client(HOST, self.port, tls_context=context, identifier=name)


@asynccontextmanager
async def city(folder: Path) -> AsyncIterator[City]:
    """The broker with the very files of the documentation; only ports and paths are put in."""
    there = City(folder)
    there.port = free_port()
    broker = there.authority.certificate("broker")
    (folder / "broker.pem").replace(folder / "installed.pem")
    text = (EXAMPLES / "mosquitto.conf").read_text(encoding="utf-8")
    for documented, put_in in (
        ("listener 8883", f"listener {there.port} {HOST}"),
        (f"{INSTALLED}/ca.pem", str(there.authority.file)),
        (f"{INSTALLED}/broker.pem", str(folder / "installed.pem")),
        (f"{INSTALLED}/broker.key", str(broker[1])),
        (f"{INSTALLED}/acl", str(EXAMPLES / "acl")),
        ("/var/lib/mosquitto/", f"{folder}/"),
    ):
        assert documented in text
        text = text.replace(documented, put_in)
    async with configured(folder, there.port, text):
        yield there
    gc.collect()


def telemetry(level: float) -> str:
    return json.dumps({"ts": NOW.timestamp() + level, "level": level, "w": 40.0})


async def test_a_gateway_speaks_for_its_own_lamps_and_for_nobody_elses(tmp_path: Path) -> None:
    async with (
        city(tmp_path) as there,
        there.gateway("GW-4") as gateway,
        listening(there.head_end()) as heard,
    ):
        await eventually_hears(gateway, heard.gateways)
        await gateway.publish("falotier/GW-4/08-1173/telemetry", telemetry(10), 1)
        await gateway.publish("falotier/GW-5/08-2000/telemetry", telemetry(20), 1)
        await gateway.publish("falotier/GW-5/status", '{"state": "offline"}', 1)
        await gateway.publish("falotier/headend/falotier/status", '{"state": "offline"}', 1)
        await gateway.publish("falotier/GW-4/08-1173/telemetry", telemetry(30), 1)
        await eventually(lambda: len(heard.batches) == 2)
    assert [batch.readings[0].device for batch in heard.batches] == ["08-1173", "08-1173"]
    assert {name for name, _ in heard.gateways} == {"GW-4"}


async def eventually_hears(gateway: aiomqtt.Client, gateways: list[tuple[str, bool]]) -> None:
    async def knocked() -> bool:
        await gateway.publish("falotier/GW-4/status", '{"state": "online"}', 1)
        return ("GW-4", True) in gateways

    await eventually(knocked)


async def test_a_gateway_hears_its_own_orders_and_nobody_elses_and_gives_none(tmp_path: Path) -> None:
    async with city(tmp_path) as there, there.gateway("GW-4") as gateway, there.head_end() as head_end:
        await gateway.subscribe("falotier/+/+/order", qos=1)
        await gateway.publish("falotier/GW-4/08-1173/order", '{"id": "forged", "level": 0}', 1)
        await head_end.send_order(OTHERS, "o-theirs", 50.0, NOW + timedelta(hours=1), "chantier")
        await head_end.send_resume(OTHERS, "o-theirs")
        await head_end.send_order(POINT, "o-ours", 50.0, NOW + timedelta(hours=1), "chantier")
        async with asyncio.timeout(5):
            message = await anext(aiter(gateway.messages))
    assert message.topic.value == "falotier/GW-4/08-1173/order"
    assert json.loads(message.payload)["id"] == "o-ours"


async def test_whether_the_head_end_is_there_is_told_and_kept(tmp_path: Path) -> None:
    async with city(tmp_path) as there, there.gateway("GW-4") as gateway:
        await gateway.subscribe("falotier/headend/+/status", qos=1)
        async with asyncio.timeout(5), there.gateway("GW-5") as late:
            async with listening(there.head_end()):
                first = await anext(aiter(gateway.messages))
            second = await anext(aiter(gateway.messages))
            await late.subscribe("falotier/headend/+/status", qos=1)
            kept = await anext(aiter(late.messages))
    assert (kept.topic.value, kept.retain) == ("falotier/headend/falotier/status", True)
    assert kept.payload == second.payload
    assert [json.loads(each.payload)["state"] for each in (first, second)] == ["online", "offline"]


async def test_who_shows_no_certificate_does_not_get_in(tmp_path: Path) -> None:
    async with city(tmp_path) as there:
        with pytest.raises(
            (Refused, Unreachable), match=r"does not take our certificate: none was shown|may not take"
        ):
            async with link(there.port, ca_file=there.authority.file):
                pytest.fail("let in without a certificate")


async def test_who_shows_a_certificate_of_another_authority_does_not_get_in(tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "theirs")
    certificate, key = stranger.certificate("falotier")
    async with city(tmp_path) as there:
        files = {"ca_file": there.authority.file, "certificate_file": certificate, "key_file": key}
        with pytest.raises((Refused, Unreachable), match=r"not take our certificate(: unknown ca)?$"):
            async with link(there.port, **files):
                pytest.fail("let in with a certificate of another authority")


async def test_who_shows_an_expired_certificate_does_not_get_in(tmp_path: Path) -> None:
    async with city(tmp_path) as there:
        certificate, key = there.authority.certificate("falotier", expired=True)
        files = {"ca_file": there.authority.file, "certificate_file": certificate, "key_file": key}
        with pytest.raises(
            (Refused, Unreachable), match=r"not take our certificate(: certificate expired)?$"
        ):
            async with link(there.port, **files):
                pytest.fail("let in with an expired certificate")


async def test_a_broker_of_another_authority_or_with_an_expired_certificate_is_not_trusted(
    tmp_path: Path,
) -> None:
    stranger = Authority(tmp_path, "theirs")
    async with city(tmp_path) as there:
        files = there.settings("falotier", ca_file=stranger.file)
        with pytest.raises(Unreachable, match=r": its certificate is not trusted: .*certificate"):
            async with link(there.port, **files):
                pytest.fail("trusted a broker of another authority")
    certificate, key = there.authority.certificate("old", expired=True)
    lines = (f"cafile {there.authority.file}", f"certfile {certificate}", f"keyfile {key}")
    async with mosquitto(tmp_path, *lines) as broker:
        with pytest.raises(Unreachable, match=r"its certificate is not trusted: certificate has expired$"):
            async with link(broker.port, ca_file=there.authority.file):
                pytest.fail("trusted an expired certificate")
    gc.collect()


async def test_a_broker_without_tls_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    ours = Authority(tmp_path, "ours")
    async with mosquitto(tmp_path) as broker:
        with pytest.raises(Unreachable, match=r"TLS fails: |it may not speak TLS there$"):
            await knock(MqttSection(host=HOST, port=broker.port, ca_file=ours.file))
    gc.collect()


async def test_a_visitor_leaves_whoever_is_there_under_the_same_name_undisturbed(tmp_path: Path) -> None:
    async with city(tmp_path) as there, there.gateway("GW-4") as gateway:
        settings = there.settings("falotier", name="falotier", version="5", session_s=60)
        async with listening(link(there.port, **settings)) as heard:
            await eventually_hears(gateway, heard.gateways)
            await knock(MqttSection.model_validate({"host": HOST, "port": there.port, **settings}))
            await gateway.publish("falotier/GW-4/08-1173/telemetry", telemetry(10), 1)
            await eventually(lambda: len(heard.batches) == 1)


async def test_what_is_too_long_ends_the_connection_of_whoever_sends_it(tmp_path: Path) -> None:
    async with (
        city(tmp_path) as there,
        there.gateway("GW-4") as other,
        listening(there.head_end()) as heard,
    ):
        await eventually_hears(other, heard.gateways)
        async with there.gateway("GW-6") as gateway:
            await gateway.publish("falotier/GW-6/08-1/telemetry", b"x" * 20_000)
            with pytest.raises(aiomqtt.MqttError, match="Disconnected"):
                await asyncio.wait_for(anext(aiter(gateway.messages)), 5)
        await other.publish("falotier/GW-4/08-1173/telemetry", telemetry(10), 1)
        await eventually(lambda: len(heard.batches) == 1)


async def test_a_split_load_comes_through_the_access_list(tmp_path: Path) -> None:
    async with (
        city(tmp_path) as there,
        there.gateway("GW-4") as gateway,
        listening(there.head_end(share="city")) as heard,
    ):
        await eventually_hears(gateway, heard.gateways)
        await gateway.publish("falotier/GW-4/08-1173/telemetry", telemetry(10), 1)
        await eventually(lambda: len(heard.batches) == 1)


async def test_a_probe_shows_its_certificate_and_sees_what_its_name_may_read(tmp_path: Path) -> None:
    async with city(tmp_path) as there, there.gateway("GW-4") as gateway:
        url, ours = f"mqtts://{HOST}:{there.port}", there.authority
        broker = Broker.of_url(url, ours.file, *ours.certificate("falotier"))
        async with aclosing(probe(broker, "falotier/#", 30, [PROFILE])) as messages:
            watching = asyncio.ensure_future(anext(messages))
            while not watching.done():
                await gateway.publish("falotier/GW-4/08-1173/telemetry", telemetry(10), 1)
                await asyncio.sleep(0.02)
            message = await watching
        assert message.decoded is not None
        assert message.decoded["device"] == "08-1173"
        with pytest.raises((Refused, Unreachable), match="not take our certificate"):
            await anext(probe(Broker.of_url(url, ours.file), "#", 1))

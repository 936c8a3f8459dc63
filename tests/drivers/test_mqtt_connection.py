"""Getting to a broker, and being let in."""

import asyncio
import gc
from contextlib import suppress
from pathlib import Path
from typing import cast

import aiomqtt
import pytest

from city.errors import BadInput, Refused, Unreachable
from drivers.mqtt import connection
from drivers.mqtt.broker import Broker
from tests.drivers.certificates import Authority
from tests.drivers.modbus_peers import HOST, free_port, peer
from tests.drivers.mqtt_peers import POINT, link, listening, mosquitto, needs_mosquitto


async def test_a_broker_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=rf"broker {HOST}:\d+: "):
        async with link(free_port()):
            pytest.fail("connected to nobody")


async def test_a_broker_that_never_greets_is_unreachable_and_nothing_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    async with peer(lambda _: b"") as server:
        with pytest.raises(Unreachable, match="timed out"):
            async with link(server.port):
                pytest.fail("greeted by nobody")


async def test_what_is_no_broker_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.5)
    async with peer(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        with pytest.raises((Unreachable, Refused)):
            async with link(server.port):
                pytest.fail("greeted by a web server")


@needs_mosquitto
async def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    made = await asyncio.create_subprocess_exec(
        "mosquitto_passwd", "-b", "-c", str(passwords), "ops", "secret"
    )
    await made.wait()
    async with mosquitto(tmp_path, "allow_anonymous false", f"password_file {passwords}") as broker:
        with pytest.raises(Refused, match=r"(?i)not authori[sz]ed"):
            async with link(broker.port, user="ops", password="wrong"):
                pytest.fail("let in with a wrong password")
        async with link(broker.port, user="ops", password="secret"):
            pass


def deaf(packet: bytes) -> bytes:
    """A broker that greets everyone and lets nobody listen (MQTT 3.1.1: CONNACK, and SUBACK with failure)."""
    connect, subscribe = 0x10, 0x82
    if packet[0] == connect:
        return b"\x20\x02\x00\x00"
    return b"\x90\x03" + packet[2:4] + b"\x80" if packet[0] == subscribe else b""


async def test_a_broker_that_does_not_let_us_listen_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.5)
    async with peer(deaf) as server, link(server.port) as lamp_link:
        with pytest.raises(Refused, match=r"not allowed to subscribe to falotier/\+/\+/telemetry"):
            await lamp_link.run(lambda _: None, lambda _, __, ___: None)


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@needs_mosquitto
async def test_tls_with_certificates_on_both_sides(tmp_path: Path) -> None:
    ours = Authority(tmp_path, "ours")
    server, client = ours.certificate("server"), ours.certificate("head-end")
    stranger = Authority(tmp_path, "theirs")
    lines = (
        f"cafile {ours.file}",
        f"certfile {server[0]}",
        f"keyfile {server[1]}",
        "require_certificate true",
    )
    async with mosquitto(tmp_path, *lines) as broker:
        files = {"ca_file": ours.file, "certificate_file": client[0], "key_file": client[1]}
        async with listening(link(broker.port, **files)) as heard, link(broker.port, **files) as gateway:
            await gateway.send_resume(POINT, "o-1")
            assert heard.batches == []
        with pytest.raises(Unreachable, match="certificate"):
            async with link(broker.port, **{**files, "ca_file": stranger.file}):
                pytest.fail("trusted a broker of another authority")
    gc.collect()


async def test_a_certificate_that_cannot_be_used_is_bad_input(tmp_path: Path) -> None:
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("not a certificate", encoding="utf-8")
    for missing in (nonsense, tmp_path / "nowhere.pem"):
        with pytest.raises(BadInput, match=r"mqtt\.ca_file: got .*pem"):
            link(1883, ca_file=missing)


async def test_a_cancellation_that_comes_together_with_the_answer_is_not_forgotten() -> None:
    class Forgetful:
        """As ``asyncio.wait_for`` is, before Python 3.12."""

        async def publish(self, *_: object, **__: object) -> None:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(10)

    sending = asyncio.create_task(
        connection.publish(cast("aiomqtt.Client", Forgetful()), Broker(HOST, 1883), "topic", b"")
    )
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

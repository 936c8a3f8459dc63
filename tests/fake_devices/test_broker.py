import logging
import shutil

import aiomqtt
import pytest

from city.errors import Unreachable
from fake_devices.broker import HOST, Kind, broker

KINDS: list[Kind] = ["mosquitto", "amqtt"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_goes_through_and_retained_ones_wait(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    if kind == "mosquitto" and shutil.which("mosquitto") is None:
        pytest.skip("mosquitto is not installed")
    with caplog.at_level(logging.INFO):
        async with broker(kind) as port:
            async with aiomqtt.Client(HOST, port) as sender:
                await sender.publish("falotier/GW-1/status", b"online", qos=1, retain=True)
            async with aiomqtt.Client(HOST, port) as receiver:
                await receiver.subscribe("falotier/#", qos=1)
                message = await anext(aiter(receiver.messages))
                assert (message.payload, message.retain) == (b"online", True)
    assert not [record for record in caplog.records if record.name.startswith(("amqtt", "transitions"))]


async def test_asking_for_mosquitto_where_it_is_missing_is_answered_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: None)
    with pytest.raises(Unreachable, match="not installed"):
        async with broker("mosquitto"):
            pass


async def test_without_mosquitto_the_embedded_one_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: None)
    async with broker() as port, aiomqtt.Client(HOST, port) as client:
        await client.publish("a", b"b", qos=1)


async def test_a_mosquitto_that_ends_at_once_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: "/bin/false")
    with pytest.raises(Unreachable, match="does not start"):
        async with broker("mosquitto"):
            pass

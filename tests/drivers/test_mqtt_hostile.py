"""Brokers that break off, lie, flood or mean harm: one line of error, nothing left open, memory flat."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from city.errors import Outside, Refused, Unreachable
from drivers.mqtt import connection
from drivers.mqtt.buffered import LARGEST_PACKET
from tests.drivers.modbus_peers import HOST, peer
from tests.drivers.mqtt_peers import Heard, eventually, link, listening, mosquitto, needs_mosquitto, relay

CONNECT, SUBSCRIBE, PUBLISH = 0x10, 0x82, 0x30
WELCOME = b"\x20\x02\x00\x00"
TOPIC = b"falotier/GW-4/08-1173/telemetry"


def broker(then: bytes) -> Callable[[bytes], bytes]:
    """A broker (MQTT 3.1.1) that lets everyone in and listen, and at the first subscription says something more."""
    said = False

    def answer(packet: bytes) -> bytes:
        nonlocal said
        if packet[0] == CONNECT:
            return WELCOME
        if packet[0] != SUBSCRIBE:
            return b""
        granted = b"\x90\x05" + packet[2:4] + b"\x01\x01\x01"
        said, first = True, not said
        return granted + then if first else granted

    return answer


def published(topic: bytes, payload: bytes, number: int = 0) -> bytes:
    """A message; with a number it has to be acknowledged (QoS 1)."""
    body = len(topic).to_bytes(2, "big") + topic + (number.to_bytes(2, "big") if number else b"") + payload
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([PUBLISH | (2 if number else 0)]) + length + body


LIES = {
    "a packet of 256 MB": bytes([PUBLISH]) + b"\xff\xff\xff\x7f" + b"x" * 1000,
    "a length without end": bytes([PUBLISH]) + b"\xff\xff\xff\xff\xff",
    "a packet of no kind": b"\xf0\x00",
    "a topic that is not UTF-8": published(b"\xff\xfe", b"{}"),
    "a topic with a wildcard": published(b"falotier/+/08-1173/telemetry", b"{}"),
    "a topic longer than its packet": bytes([PUBLISH]) + b"\x04\x00\xffab",
    "an answer that nobody asked for": b"\x90\x03\xff\xff\x01",
    "a greeting again": WELCOME,
    "an acknowledgement of nothing": b"\x40\x02\x00\x09",
    "a packet without a body": b"\x30\x00",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_broker_that_lies_ends_the_link_at_most_and_breaks_nothing(
    lie: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(connection, "GOODBYE_S", 0.1)
    async with peer(broker(lie)) as server:
        try:
            async with asyncio.timeout(0.3), link(server.port) as lamp_link:
                await lamp_link.run(lambda _: None, lambda _, __, ___: None)
        except (Outside, TimeoutError):
            pass
        await eventually(lambda: all(each.is_closing() for each in server.connections))


async def test_a_broker_that_hangs_up_in_the_middle_of_a_message_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    half = published(TOPIC, b'{"w": 40}')[:-4]
    async with peer(broker(half)) as server, link(server.port) as lamp_link:
        heard = Heard()
        run = asyncio.create_task(lamp_link.run(heard.batches.append, heard.on_gateway))
        await eventually(lambda: len(server.received) > 1)
        server.hang_up()
        with pytest.raises(Unreachable, match=rf"broker {HOST}:\d+: "):
            await run
    assert heard.batches == []


async def test_a_broker_that_speaks_one_byte_at_a_time_is_heard() -> None:
    async with peer(broker(b"")) as server, listening(link(server.port)) as heard:
        await eventually(lambda: len(server.received) > 1)
        for octet in published(TOPIC, b'{"w": 40}'):
            server.connections[0].write(bytes([octet]))
            await asyncio.sleep(0)
        await eventually(lambda: len(heard.batches) == 1)


async def test_what_comes_together_is_acknowledged_together_and_half_a_message_holds_nothing_back() -> None:
    messages = [published(TOPIC, b'{"w": 40}', number) for number in (1, 2, 3, 4)]
    acknowledged = [b"\x40\x02" + bytes([0, number]) for number in (1, 2, 3, 4)]
    async with peer(broker(b"")) as server, listening(link(server.port)) as heard:
        await eventually(lambda: len(server.received) > 1)
        server.connections[0].write(b"".join(messages)[:-5])
        await eventually(lambda: server.received[-1] == b"".join(acknowledged[:3]))
        assert len(heard.batches) == 3
        server.connections[0].write(messages[-1][-5:])
        await eventually(lambda: server.received[-1] == acknowledged[3])
        assert len(heard.batches) == 4


@pytest.mark.parametrize(
    ("version", "greeting", "why"),
    [
        ("3.1.1", b"\x20\x02\x00\x05", "[Nn]ot authori[sz]ed"),
        ("5", b"\x20\x03\x00\x84\x00", "Unsupported protocol version"),
        ("5", b"\x20\x03\x00\x86\x00", r"Bad user name or password \(user 'ops'\)"),
        ("5", b"\x20\x03\x00\x87\x00", r"Not authorized \(user 'ops'\)"),
        ("5", b"\x20\x03\x00\x97\x00", "Quota exceeded"),
    ],
)
async def test_why_a_broker_does_not_let_us_in_is_told_in_its_words(
    version: str, greeting: bytes, why: str
) -> None:
    async with peer(lambda _: greeting) as server:
        with pytest.raises(Refused, match=why) as told:
            async with link(server.port, version=version, user="ops", password="secret"):
                pytest.fail("let in")
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("version", "why"), [("3.1.1", "0.2 s$"), ("5", "0.2 s: it may speak MQTT 3.1.1 only$")]
)
async def test_a_broker_that_does_not_greet_is_told_with_what_may_be_the_reason(
    version: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    async with peer(lambda _: b"") as server:
        with pytest.raises(Unreachable, match=f"timed out: no greeting in {why}"):
            async with link(server.port, version=version):
                pytest.fail("greeted by nobody")


async def test_giving_up_while_it_connects_leaves_nothing_behind() -> None:
    async with peer(lambda _: b"") as server:
        entering = asyncio.create_task(link(server.port).__aenter__())
        await eventually(lambda: bool(server.received))
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
        await eventually(lambda: all(each.is_closing() for each in server.connections))


@needs_mosquitto
async def test_a_line_that_breaks_in_a_flood_ends_the_link_and_loses_no_message_before_it(
    tmp_path: Path,
) -> None:
    async with (
        mosquitto(tmp_path) as there,
        relay(there.port) as line,
        there.client() as gateway,
        link(line.port) as lamp_link,
    ):
        heard = Heard()
        run = asyncio.create_task(lamp_link.run(heard.batches.append, heard.on_gateway))
        await asyncio.sleep(0.1)
        for number in range(300):
            await gateway.publish(f"falotier/GW-4/{number}/telemetry", '{"w": 40.5}', 0)
        await eventually(lambda: len(heard.batches) > 100)
        line.cut()
        with pytest.raises(Unreachable):
            await run
    names = [batch.readings[0].device for batch in heard.batches]
    assert names == [str(number) for number in range(len(names))]


async def test_memory_stays_flat_in_a_flood_of_messages_and_of_large_ones() -> None:
    flood = published(TOPIC, b'{"w": 40.5, "level": 70}') * 1000
    large = published(TOPIC, b"x" * (LARGEST_PACKET - 1000))
    async with peer(broker(b"")) as server:
        lamp_link = link(server.port)
        async with lamp_link:
            seen = 0

            def count(_: object) -> None:
                nonlocal seen
                seen += 1

            run = asyncio.create_task(lamp_link.run(count, lambda _, __, ___: None))
            await eventually(lambda: len(server.received) > 1)
            server.connections[0].write(flood)
            await eventually(lambda: seen == 1000)
            gc.collect()
            tracemalloc.start()
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(5):
                server.connections[0].write(large)
            server.connections[0].write(flood)
            await eventually(lambda: seen == 2000)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
    assert lamp_link.refused == {"longer than 64 kB": 5}
    assert after - before < LARGEST_PACKET / 2

"""What lamps say is acknowledged once it is safe, and not before."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiomqtt
import pytest

from city.errors import Unreachable
from drivers.mqtt import connection, lamps
from drivers.mqtt.buffered import Line
from drivers.mqtt.doubles import SentAgain
from drivers.mqtt.published import Published
from drivers.mqtt.switchboard import Switchboard
from tests.drivers.modbus_peers import peer
from tests.drivers.mqtt_peers import (
    PROFILE,
    Broker,
    Heard,
    eventually,
    hears,
    link,
    listening,
    mosquitto,
    needs_mosquitto,
    relay,
)
from tests.drivers.test_mqtt_hostile import CONNECT, SUBSCRIBE, TOPIC, WELCOME, broker, published

KEPT = {"version": "5", "name": "hall", "session_s": 60}
PUBACK = 0x40


class HeldBack:
    """A disk that commits when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.is_quick = False

    def when_safe(self, call: Callable[[], None]) -> None:
        if self.is_quick:
            call()
        else:
            self.waiting.append(call)

    def commit(self) -> None:
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()


async def say(gateway: aiomqtt.Client, *levels: int) -> None:
    for level in levels:
        await gateway.publish(TOPIC.decode(), json.dumps({"level": level}), 1)


def levels(heard: Heard) -> list[float]:
    return [level for batch in heard.batches for level in batch.readings[0].values.values()]


async def knock(broker: Broker, heard: Heard, name: str) -> None:
    """Wait until a message without acknowledgement has overtaken whatever the broker holds back."""
    async with broker.client() as knocker:
        await knocker.publish(f"falotier/{name}/status", '{"state": "online"}', 0)
    await eventually(lambda: (name, True) in heard.gateways)


def acknowledged(received: list[bytes]) -> list[int]:
    """The numbers of the messages that were acknowledged, in that order."""
    together = b"".join(part for part in received if part[0] == PUBACK)
    return [int.from_bytes(together[at + 2 : at + 4], "big") for at in range(0, len(together), 4)]


@needs_mosquitto
@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_nothing_is_acknowledged_while_the_disk_holds_its_commit_back(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "RECEIVE_MAXIMUM", 5)  # 3.1.1 goes by the broker's own bound
    disk, sent, send = HeldBack(), list[int](), Line._send

    def count(line: Line, acknowledgements: bytes) -> None:
        sent.append(len(acknowledgements) // 4)
        send(line, acknowledgements)

    monkeypatch.setattr(Line, "_send", count)
    disk.is_quick = True
    async with (
        mosquitto(tmp_path, "max_inflight_messages 5") as there,
        there.client() as gateway,
        listening(link(there.port, None, disk.when_safe, version=version)) as heard,
    ):
        await hears(there, heard)
        await gateway.publish(
            "falotier/SETTLED/status", '{"state": "online"}', 1
        )  # behind all knocks of before
        await eventually(lambda: ("SETTLED", True) in heard.gateways and sum(sent) == len(heard.gateways))
        disk.is_quick = False
        before = sum(sent)
        await say(gateway, *range(12))
        await eventually(lambda: len(levels(heard)) >= 5)
        await knock(there, heard, "GW-1")
        assert levels(heard) == [0, 1, 2, 3, 4]
        assert sum(sent) == before
        disk.commit()
        assert sum(sent) == before + 5
        # The broker itself may go past its bound now (2.0.11 does), we do not.
        await eventually(lambda: len(levels(heard)) >= 10)
        await knock(there, heard, "GW-2")
        assert sum(sent) == before + 5
        disk.is_quick = True
        disk.commit()
        await eventually(lambda: levels(heard) == list(range(12)))
        await eventually(lambda: sum(sent) >= before + 12)


async def test_what_needs_no_acknowledgement_holds_back_none() -> None:
    both = published(TOPIC, b'{"w": 40}', 7) + published(TOPIC, b'{"w": 41}')
    async with (
        peer(broker(both)) as server,
        listening(link(server.port)) as heard,
    ):
        await eventually(lambda: len(heard.batches) == 2)
        await eventually(lambda: acknowledged(server.received) == [7])


@needs_mosquitto
async def test_a_broker_of_version_5_goes_by_our_bound_and_not_by_its_own(tmp_path: Path) -> None:
    disk = HeldBack()
    async with (
        mosquitto(tmp_path, "max_inflight_messages 5") as there,
        there.client() as gateway,
        listening(link(there.port, None, disk.when_safe, version="5")) as heard,
    ):
        await hears(there, heard)
        await say(gateway, *range(30))
        await eventually(lambda: len(levels(heard)) == 30)
        disk.commit()


@needs_mosquitto
async def test_what_was_not_safe_when_the_head_end_was_killed_comes_again_to_the_next(tmp_path: Path) -> None:
    disk = HeldBack()
    async with mosquitto(tmp_path) as there, there.client() as gateway, relay(there.port) as line:
        async with link(line.port, None, disk.when_safe, **KEPT) as first:
            heard = Heard()
            run = asyncio.create_task(first.run(heard.batches.append, heard.on_gateway))
            await hears(there, heard)
            disk.commit()
            await say(gateway, 1, 2, 3)
            await eventually(lambda: levels(heard) == [1, 2, 3])
            line.cut()
            with pytest.raises(Unreachable, match="connection lost"):
                await run
        disk.is_quick = True
        # Another process knows nothing of what the first had heard.
        async with listening(link(there.port, None, disk.when_safe, **KEPT)) as heard:
            await eventually(lambda: levels(heard) == [1, 2, 3])
        async with listening(link(there.port, **KEPT)) as heard:
            await knock(there, heard, "GW-1")
            assert levels(heard) == []


@needs_mosquitto
async def test_what_comes_again_to_the_same_head_end_is_acknowledged_and_not_counted_twice(
    tmp_path: Path,
) -> None:
    disk, switchboard = HeldBack(), Switchboard([PROFILE])
    async with mosquitto(tmp_path) as there, there.client() as gateway, relay(there.port) as line:
        async with link(line.port, switchboard, disk.when_safe, **KEPT) as first:
            heard = Heard()
            run = asyncio.create_task(first.run(heard.batches.append, heard.on_gateway))
            await hears(there, heard)
            await say(gateway, 1, 2, 2)
            await eventually(lambda: levels(heard) == [1, 2, 2])
            line.cut()
            with pytest.raises(Unreachable, match="connection lost"):
                await run
        disk.commit()
        await say(gateway, 2)
        second = link(there.port, switchboard, disk.when_safe, **KEPT)
        async with listening(second) as heard:
            await eventually(lambda: levels(heard) == [2])
            assert second.refused["duplicate"] >= 3  # the knocking that ``hears`` did comes again, too
            disk.is_quick = True
            disk.commit()
        async with listening(link(there.port, **KEPT)) as heard:
            await knock(there, heard, "GW-1")
            assert levels(heard) == []


@pytest.mark.parametrize("pieces", [1, 7, 40])
async def test_acknowledgements_go_out_in_the_order_of_the_messages(pieces: int) -> None:
    disk, numbers = HeldBack(), list(range(1, 41))
    messages = [published(TOPIC, b'{"w": 40}', number) for number in numbers]
    async with (
        peer(broker(b"")) as server,
        listening(link(server.port, None, disk.when_safe)) as heard,
    ):
        await eventually(lambda: len(server.received) > 1)
        for piece in range(pieces):
            before = len(numbers) * piece // pieces
            after = len(numbers) * (piece + 1) // pieces
            server.connections[0].write(b"".join(messages[before:after]))
            await eventually(lambda after=after: len(heard.batches) == after)
        assert acknowledged(server.received) == []
        disk.commit()
        await eventually(lambda: len(acknowledged(server.received)) == len(numbers))
        assert acknowledged(server.received) == numbers


async def test_what_waits_when_the_line_dies_is_never_sent_and_least_of_all_on_the_next() -> None:
    disk = HeldBack()
    async with peer(broker(published(TOPIC, b'{"w": 40}', 7))) as server:
        async with link(server.port, None, disk.when_safe) as first:
            heard = Heard()
            run = asyncio.create_task(first.run(heard.batches.append, heard.on_gateway))
            await eventually(lambda: len(heard.batches) == 1)
            server.hang_up()
            with pytest.raises(Unreachable, match="connection lost"):
                await run
        async with listening(link(server.port, None, disk.when_safe)) as heard:
            await eventually(lambda: len(server.connections) == 2 and len(server.received) >= 4)
            assert len(disk.waiting) == 1
            disk.commit()
            disk.is_quick = True
            server.connections[1].write(published(TOPIC, b'{"w": 40}', 8))
            await eventually(lambda: acknowledged(server.received) != [])
    assert acknowledged(server.received) == [8]


async def test_a_line_that_dies_just_as_it_is_to_be_written_to_is_only_a_lost_line() -> None:
    async with peer(broker(b"")) as server, link(server.port) as lamp_link:
        heard = Heard()
        run = asyncio.create_task(lamp_link.run(heard.batches.append, heard.on_gateway))
        await eventually(lambda: len(server.received) > 1)
        # Reading the end comes right after the acknowledgement was to be written, before anything could be.
        server.connections[0].write(
            published(TOPIC, b'{"w": 40}', 1) + published(TOPIC, b'{"w": 41}', 2)[:-4]
        )
        server.connections[0].close()
        with pytest.raises(Unreachable, match="connection lost"):
            await run
    assert len(heard.batches) == 1


def greeting_and(*levels: int) -> Callable[[bytes], bytes]:
    """A broker that sends what it kept together with its greeting."""
    listens = broker(b"")
    kept = [published(TOPIC, b'{"w": %d}' % level, number) for number, level in enumerate(levels, 1)]
    return lambda packet: WELCOME + b"".join(kept) if packet[0] == CONNECT else listens(packet)


async def test_what_comes_with_the_greeting_is_not_acknowledged_before_it_is_handed_on_and_safe() -> None:
    disk = HeldBack()
    disk.is_quick = True
    async with peer(greeting_and(40, 41)) as server, link(server.port, None, disk.when_safe) as lamp_link:
        disk.is_quick = False
        heard = Heard()
        run = asyncio.create_task(lamp_link.run(heard.batches.append, heard.on_gateway))
        await eventually(lambda: any(packet[0] == SUBSCRIBE for packet in server.received))
        assert len(heard.batches) == 2
        assert acknowledged(server.received) == []  # it would have come before the subscription
        disk.commit()
        await eventually(lambda: acknowledged(server.received) == [1, 2])
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def test_more_than_can_be_kept_before_anybody_listens_is_neither_lost_nor_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lamps, "MOST_EARLY", 2)
    monkeypatch.setattr(connection, "GOODBYE_S", 0.05)
    async with peer(greeting_and(40, 41, 42)) as server, link(server.port) as lamp_link:
        heard = Heard()
        with pytest.raises(Unreachable, match="more than 2 messages before anybody listens"):
            await lamp_link.run(heard.batches.append, heard.on_gateway)
    assert (heard.batches, acknowledged(server.received)) == ([], [])


@needs_mosquitto
async def test_whoever_leaves_waits_until_what_came_is_safe_so_that_nothing_comes_twice(
    tmp_path: Path,
) -> None:
    disk = HeldBack()
    async with mosquitto(tmp_path) as there, there.client() as gateway:
        async with link(there.port, None, disk.when_safe, **KEPT) as first:
            heard = Heard()
            run = asyncio.create_task(first.run(heard.batches.append, heard.on_gateway))
            await hears(there, heard)
            await say(gateway, 1, 2, 3)
            await eventually(lambda: levels(heard) == [1, 2, 3])
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
            asyncio.get_running_loop().call_later(0.05, disk.commit)
        assert disk.waiting == []
        async with listening(link(there.port, **KEPT)) as heard:
            await knock(there, heard, "GW-1")
            assert levels(heard) == []


async def test_a_commit_that_never_comes_holds_nobody_back_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "GOODBYE_S", 0.05)
    disk = HeldBack()
    async with peer(broker(published(TOPIC, b'{"w": 40}', 7))) as server:
        async with asyncio.timeout(2), listening(link(server.port, None, disk.when_safe)) as heard:
            await eventually(lambda: len(heard.batches) == 1)
        disk.commit()
        await asyncio.sleep(0)
    assert acknowledged(server.received) == []


def message(number: int, payload: bytes, *, again: bool) -> Published:
    return Published("t", payload, False, number, again)


def test_only_what_the_broker_calls_sent_before_with_the_same_number_and_words_is_a_copy() -> None:
    taken = SentAgain()
    taken.take(message(7, b"40", again=False))
    assert taken.knows(message(7, b"40", again=True))
    assert not taken.knows(message(7, b"40", again=False))
    assert not taken.knows(message(8, b"40", again=True))
    assert not taken.knows(message(7, b"41", again=True))
    taken.take(message(7, b"41", again=False))
    assert not taken.knows(message(7, b"40", again=True))

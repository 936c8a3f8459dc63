"""One connection to a gateway, and all that can go wrong with it."""

import asyncio
import random
import time
from collections import Counter
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput, Outside, Refused, Unreachable
from drivers.modbus.frames import HEADER, LONGEST_PDU, Dropped, TcpFrames
from drivers.modbus.line import Gateway, ModbusLine, NoAnswer, UnitRefused
from tests.drivers.modbus_peers import (
    HOST,
    Answer,
    ascending,
    framed,
    free_port,
    peer,
    registers_answer,
    until,
)

SHORT_S = 0.15
LONG_S = 5.0


def line(port: int, timeout_s: float = LONG_S) -> "closing[ModbusLine]":
    return closing(ModbusLine(Gateway(HOST, port), timeout_s=timeout_s))


def obedient(request: bytes) -> bytes:
    """Says yes to every write, and has bits 0 and 2 set."""
    if request[7] in {1, 2}:
        return framed(request, bytes([request[7], 1, 5]))
    return framed(request, request[7:12]) if request[7] in {5, 6, 15, 16} else ascending(request)


async def test_registers_and_bits_are_read() -> None:
    async with peer(obedient) as server:
        with line(server.port) as modbus:
            assert await modbus.read(1, 3, 10, 3) == [10, 11, 12]
            assert await modbus.read(1, 4, 10, 3) == [10, 11, 12]
            assert await modbus.read(1, 1, 0, 3) == [1, 0, 1]
            assert await modbus.read(1, 2, 0, 8) == [1, 0, 1, 0, 0, 0, 0, 0]
    assert len(server.connections) == 1


async def test_registers_and_coils_are_written_one_by_one_and_together() -> None:
    async with peer(obedient) as server:
        with line(server.port) as modbus:
            await modbus.write(7, 200, [1, 2, 3])
            await modbus.write_register(2, 50, 14262)
            await modbus.write_coil(1, 3, on=True)
            await modbus.write_coil(1, 3, on=False)
            await modbus.write_coils(1, 0x13, [bit == "1" for bit in "1011001110"])
    # The last is the example of the Modbus Application Protocol V1.1b3, section 6.11: CD 01 from coil 0x13.
    assert [request[6:].hex(" ") for request in server.received] == [
        "07 10 00 c8 00 03 06 00 01 00 02 00 03",
        "02 06 00 32 37 b6",
        "01 05 00 03 ff 00",
        "01 05 00 03 00 00",
        "01 0f 00 13 00 0a 02 cd 01",
    ]


async def test_an_answer_to_another_write_is_refused() -> None:
    async with peer(lambda request: framed(request, b"\x06\x00\x32\x00\x01")) as server:
        with line(server.port) as modbus, pytest.raises(Refused, match=Dropped.OTHER_WRITE):
            await modbus.write_register(2, 50, 14262)


async def test_a_value_that_no_register_holds_is_bad_input_and_not_sent() -> None:
    async with peer(obedient) as server:
        with line(server.port) as modbus:
            with pytest.raises(
                BadInput, match=r"writing 70000 at 1 \(function 6\): got 70000, expected 0 to 65535"
            ):
                await modbus.write_register(1, 1, 70000)
            with pytest.raises(BadInput, match="got -1"):
                await modbus.write(1, 1, [0, -1])
    assert not server.received


async def test_a_dead_host_is_unreachable() -> None:
    with line(free_port()) as modbus, pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+: cannot connect"):
        await modbus.read(1, 4, 0, 1)


async def test_a_silent_device_costs_one_time_out_and_its_late_answer_is_dropped_and_counted() -> None:
    async with peer(lambda _: b"") as server:
        with line(server.port, SHORT_S) as modbus:
            with pytest.raises(
                NoAnswer, match=r"unit 3: reading 1 at 0 \(function 4\): no answer within 0\.15 s$"
            ):
                await modbus.read(3, 4, 0, 1)
            late = registers_answer(server.received[0], [99])
            server.answer = lambda request: late + ascending(request)
            assert await modbus.read(3, 4, 5, 1) == [5]
            assert modbus.dropped == {Dropped.LATE: 1}
    assert len(server.connections) == 1


async def test_a_late_answer_that_comes_while_nobody_asks_is_dropped_and_counted() -> None:
    async with peer(ascending) as server:
        with line(server.port) as modbus:
            await modbus.read(3, 4, 5, 1)
            server.connections[0].write(registers_answer(server.received[0], [99]))
            await until(lambda: modbus.dropped[Dropped.LATE] == 1)
            assert await modbus.read(3, 4, 6, 1) == [6]
    assert len(server.connections) == 1


async def test_a_link_that_brings_nothing_at_all_any_more_is_made_anew() -> None:
    async with peer(lambda _: b"") as server:
        with line(server.port, 0.05) as modbus:
            for unit in (3, 4):
                with pytest.raises(NoAnswer):
                    await modbus.read(unit, 4, 0, 1)
            server.answer = ascending
            assert await modbus.read(5, 4, 7, 1) == [7]
    assert len(server.connections) == 2


async def test_half_an_answer_that_was_given_up_does_not_run_into_the_next() -> None:
    async with peer(lambda request: ascending(request)[:-1]) as server:
        with line(server.port, SHORT_S) as modbus:
            with pytest.raises(NoAnswer):
                await modbus.read(3, 4, 0, 1)
            server.answer = ascending
            assert await modbus.read(3, 4, 5, 1) == [5]
            assert modbus.dropped == {Dropped.EXTRA: 1}
    assert len(server.connections) == 2


@pytest.mark.parametrize("code", [1, 2, 3, 4])
async def test_a_device_that_says_no_is_refused_with_its_code(code: int) -> None:
    async with peer(lambda request: framed(request, bytes([request[7] | 0x80, code]))) as server:
        with line(server.port) as modbus:
            with pytest.raises(UnitRefused, match=rf"\(exception {code}\)") as caught:
                await modbus.read(1, 4, 0, 1)
            assert caught.value.code == code
            with pytest.raises(Refused):
                await modbus.write(1, 0, [1])
    assert len(server.connections) == 1


@pytest.mark.parametrize("code", [6, 10, 11])
async def test_a_busy_device_or_a_gateway_without_its_unit_is_unreachable(code: int) -> None:
    async with peer(lambda request: framed(request, bytes([request[7] | 0x80, code]))) as server:
        with line(server.port) as modbus, pytest.raises(Unreachable, match=rf"\(exception {code}\)"):
            await modbus.read(1, 4, 0, 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda request: registers_answer(request, [1]), Dropped.WRONG_LENGTH),
        (lambda request: registers_answer(request, [1, 2, 3]), Dropped.WRONG_LENGTH),
        (lambda request: framed(request, b"\x04\x08\x00\x01\x00\x02"), Dropped.MALFORMED),
        (lambda request: framed(request, b"\x04"), Dropped.WRONG_LENGTH),
        (lambda request: framed(request, b"\x84\x02\x00"), Dropped.WRONG_LENGTH),
        (lambda request: framed(request, b"\x03\x04\x00\x01\x00\x02"), Dropped.OTHER_FUNCTION),
        (lambda request: framed(request, b"\x63\x01\x02"), Dropped.OTHER_FUNCTION),
        (lambda request: request[:4] + b"\x00\x01\x01", Dropped.MALFORMED),
        (lambda request: request[:4] + b"\xff\xff" + request[6:], Dropped.MALFORMED),
        (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", Dropped.NOT_MODBUS),
        (lambda _: bytes(range(1, 256)) * 1100, Dropped.NOT_MODBUS),
    ],
)
async def test_an_answer_that_makes_no_sense_is_refused_at_once_and_counted(
    answer: Answer, why: Dropped
) -> None:
    async with peer(answer) as server:
        with line(server.port) as modbus:
            with pytest.raises(Refused, match=f"got {why}"):
                await modbus.read(1, 4, 0, 2)
            assert modbus.dropped[why] >= 1  # a flood comes in parts
            server.answer = ascending
            assert await modbus.read(1, 4, 0, 2) == [0, 1]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda right: b"\x99\x99" + right[2:], Dropped.LATE),
        (lambda right: right[:6] + b"\x09" + right[7:], Dropped.OTHER_UNIT),
    ],
)
async def test_an_answer_to_another_transaction_or_of_another_unit_is_dropped_and_the_right_one_taken(
    wrong: Answer, why: Dropped
) -> None:
    async with peer(lambda request: wrong(registers_answer(request, [7]))) as server:
        with line(server.port, SHORT_S) as modbus:
            with pytest.raises(NoAnswer, match=f"no answer within 0.15 s, but {why}"):
                await modbus.read(1, 4, 0, 1)
            assert modbus.dropped == {why: 1}
            server.answer = lambda request: wrong(registers_answer(request, [7])) + ascending(request)
            assert await modbus.read(1, 4, 3, 1) == [3]
            assert modbus.dropped == {why: 2}
    assert len(server.connections) == 1


async def test_whatever_a_device_sends_it_is_an_error_with_a_name_and_nothing_is_left_behind() -> None:
    chance = random.Random(1)  # noqa: S311 - not for secrets

    def answer(request: bytes) -> bytes:
        garbage = chance.randbytes(chance.randint(1, 300))
        return framed(request, garbage[:200]) if chance.random() < 0.7 else garbage

    async with peer(answer) as server:
        with line(server.port, 0.05) as modbus:
            for _ in range(40):
                with pytest.raises(Outside):
                    await modbus.read(1, 4, 0, 2)


async def test_a_device_that_sends_one_byte_at_a_time_is_understood() -> None:
    async with peer(lambda _: b"") as server:

        async def dribble(answer: bytes) -> None:
            for byte in answer:
                server.connections[0].write(bytes([byte]))
                await asyncio.sleep(0.001)

        async with asyncio.TaskGroup() as group:

            def slowly(request: bytes) -> bytes:
                group.create_task(dribble(ascending(request)))
                return b""

            server.answer = slowly
            with line(server.port) as modbus:
                assert await modbus.read(1, 4, 40, 2) == [40, 41]


async def test_a_device_whose_answer_never_ends_is_given_up_in_time_and_its_neighbour_is_read() -> None:
    async with peer(lambda _: b"") as server, asyncio.TaskGroup() as group:

        async def drip(answer: bytes, connection: asyncio.Transport) -> None:
            for byte in answer:
                if connection.is_closing():
                    return
                connection.write(bytes([byte]))
                await asyncio.sleep(0.02)

        def answer(request: bytes) -> bytes:
            if request[6] == 2:
                return ascending(request)
            group.create_task(drip(registers_answer(request, list(range(100))), server.connections[-1]))
            return b""

        server.answer = answer
        with line(server.port, SHORT_S) as modbus:
            started = time.monotonic()
            with pytest.raises(NoAnswer):
                await modbus.read(1, 4, 0, 100)
            assert await modbus.read(2, 4, 8, 1) == [8]
            assert time.monotonic() - started < 4 * SHORT_S
            assert modbus.dropped == {Dropped.EXTRA: 1}
        server.hang_up()


async def test_a_connection_lost_during_a_request_says_so_and_comes_back() -> None:
    async with peer(lambda _: b"") as server:

        def hang_up(_: bytes) -> bytes:
            server.hang_up()
            return b""

        with line(server.port, SHORT_S) as modbus:
            server.answer = hang_up
            with pytest.raises(Unreachable, match="connection lost"):
                await modbus.read(1, 4, 0, 1)
            server.answer = ascending
            assert await modbus.read(1, 4, 8, 1) == [8]


async def test_a_device_that_went_away_between_two_polls_is_found_again_when_it_is_back() -> None:
    async with peer(ascending) as server:
        port = server.port
        modbus = ModbusLine(Gateway(HOST, port), timeout_s=LONG_S)
        assert await modbus.read(1, 4, 1, 1) == [1]
    with pytest.raises(Unreachable):
        await modbus.read(1, 4, 1, 1)
    async with peer(ascending, port):
        assert await modbus.read(1, 4, 2, 1) == [2]
        modbus.close()


async def test_callers_take_turns_and_each_gets_its_own_answer() -> None:
    under_way = 0
    most = 0

    async with peer(lambda _: b"") as server, asyncio.TaskGroup() as group:

        async def later(request: bytes) -> None:
            nonlocal under_way
            await asyncio.sleep(0.005)
            under_way -= 1
            server.connections[0].write(ascending(request))

        def answer(request: bytes) -> bytes:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            group.create_task(later(request))
            return b""

        server.answer = answer
        with line(server.port) as modbus:
            answers = await asyncio.gather(*(modbus.read(unit, 4, unit, 1) for unit in range(1, 9)))
    assert answers == [[unit] for unit in range(1, 9)]
    assert most == 1


async def test_a_caller_that_gives_up_leaves_the_line_usable() -> None:
    async with peer(lambda _: b"") as server:
        with line(server.port) as modbus:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await modbus.read(1, 4, 0, 1)
            server.answer = ascending
            assert await modbus.read(1, 4, 4, 1) == [4]


@given(st.lists(st.binary(max_size=300), max_size=8), st.booleans())
def test_whatever_comes_in_nothing_is_raised_and_no_more_than_a_frame_kept(
    chunks: list[bytes], awaited: bool
) -> None:
    dropped: Counter[Dropped] = Counter()
    frames = TcpFrames(dropped)
    if awaited:
        frames.encode(b"\x04\x00\x00\x00\x02", 1, 1)
    kept = b""
    for chunk in chunks:
        kept += chunk
        used, _ = frames.handleFrame(kept, 1, 1)
        kept = kept[used:]
        assert len(kept) < LONGEST_PDU + HEADER.size
    frames.abandon(kept)
    assert set(dropped) <= set(Dropped)

"""One connection to a gateway, and all that can go wrong with it."""

import asyncio
import random
from contextlib import closing

import pytest

from city.errors import BadInput, Outside, Refused, Unreachable
from drivers.modbus.line import ModbusLine, ModbusUrl, UnitRefused
from tests.drivers.modbus_peers import HOST, ascending, framed, free_port, peer, registers_answer

SHORT_S = 0.15
LONG_S = 5.0


def line(port: int, timeout_s: float = LONG_S) -> "closing[ModbusLine]":
    return closing(ModbusLine(HOST, port, timeout_s=timeout_s))


async def test_registers_and_bits_are_read_and_registers_written() -> None:
    def answer(request: bytes) -> bytes:
        if request[7] == 1:
            return framed(request, b"\x01\x01\x05")
        return framed(request, request[7:12]) if request[7] == 16 else ascending(request)

    async with peer(answer) as server:
        with line(server.port) as modbus:
            assert await modbus.read(1, 4, 10, 3) == [10, 11, 12]
            assert await modbus.read(1, 1, 0, 3) == [1, 0, 1]
            await modbus.write(7, 200, [1, 2, 3])
    assert server.received[-1][6:] == bytes.fromhex("07 10 00C8 0003 06 0001 0002 0003")
    assert len(server.connections) == 1


async def test_a_dead_host_is_unreachable() -> None:
    with line(free_port()) as modbus, pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+: cannot connect"):
        await modbus.read(1, 4, 0, 1)


async def test_a_silent_device_costs_one_time_out_and_the_next_request_a_new_connection() -> None:
    async with peer(lambda _: b"") as server:
        with line(server.port, SHORT_S) as modbus:
            with pytest.raises(
                Unreachable, match=r"unit 3: reading 1 at 0 \(function 4\): no answer within 0\.15 s"
            ):
                await modbus.read(3, 4, 0, 1)
            server.answer = ascending
            assert await modbus.read(3, 4, 5, 1) == [5]
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
    ("answer", "says"),
    [
        (lambda request: registers_answer(request, [1]), "answered 1 instead of 2"),
        (lambda request: registers_answer(request, [1, 2, 3]), "answered 3 instead of 2"),
        (lambda request: framed(request, b"\x04\x08\x00\x01"), "a malformed frame"),
        (lambda request: framed(request, b"\x63\x01\x02"), "a malformed frame"),
        (lambda request: framed(request, b"\x04"), "a malformed frame"),
        (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "something that is not Modbus"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_refused(answer: object, says: str) -> None:
    async with peer(answer) as server:  # type: ignore[arg-type]
        with line(server.port, SHORT_S) as modbus:
            with pytest.raises(Refused, match=says):
                await modbus.read(1, 4, 0, 2)
            server.answer = ascending
            assert await modbus.read(1, 4, 0, 2) == [0, 1]


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: b"\x99\x99" + registers_answer(request, [7])[2:],
        lambda request: registers_answer(request, [7])[:6] + b"\x09" + registers_answer(request, [7])[7:],
    ],
)
async def test_an_answer_to_another_transaction_or_of_another_unit_is_not_taken(answer: object) -> None:
    async with peer(answer) as server:  # type: ignore[arg-type]
        with line(server.port, SHORT_S) as modbus, pytest.raises(Unreachable):
            await modbus.read(1, 4, 0, 1)


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
        modbus = ModbusLine(HOST, port, timeout_s=LONG_S)
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


RTU = {
    "01 04 00 00 00 02 71 CB": "01 04 04 43 66 33 34 1B 38",
    "01 04 01 56 00 02 90 27": "01 84 02 C2 C1",
}
"""An SDM630's own frames, request and reply."""


def rtu_answer(request: bytes) -> bytes:
    return bytes.fromhex(RTU[request.hex(" ").upper()])


async def test_rtu_frames_pass_through_a_serial_server() -> None:
    async with peer(rtu_answer) as server:
        with closing(ModbusLine(HOST, server.port, timeout_s=LONG_S, framing="rtu")) as modbus:
            assert await modbus.read(1, 4, 0, 2) == [0x4366, 0x3334]
            with pytest.raises(UnitRefused, match="illegal data address"):
                await modbus.read(1, 4, 0x156, 2)


async def test_an_rtu_frame_with_a_wrong_checksum_is_not_taken() -> None:
    async with peer(lambda request: rtu_answer(request)[:-1] + b"\0") as server:
        rtu = closing(ModbusLine(HOST, server.port, timeout_s=SHORT_S, framing="rtu"))
        with rtu as modbus, pytest.raises(Unreachable):
            await modbus.read(1, 4, 0, 2)


def test_a_url_says_where_a_device_is() -> None:
    assert ModbusUrl.parse("modbus://10.0.0.7:1502/17") == ModbusUrl("10.0.0.7", 1502, 17, "tcp")
    assert ModbusUrl.parse("modbus://gw") == ModbusUrl("gw", 502, 1, "tcp")
    assert ModbusUrl.parse("rtu+tcp://gw:4001/2") == ModbusUrl("gw", 4001, 2, "rtu")


@pytest.mark.parametrize(
    "url", ["", "gw", "http://gw/1", "modbus:///1", "modbus://gw/x", "modbus://gw/300", "modbus://gw:99999/1"]
)
def test_what_is_no_such_url_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="expected modbus://host:port/unit"):
        ModbusUrl.parse(url)

"""Serial frames, over a serial port and through a serial server: what is no answer is dropped and counted."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import Unreachable
from drivers.modbus.frames import LONGEST_RTU, Dropped, RtuFrames
from drivers.modbus.line import Gateway, ModbusLine, ModbusUrl, NoAnswer, UnitRefused
from drivers.modbus.url import Transport
from tests.drivers.libmodbus import BAUD, EACH, FIRST, UNIT, libmodbus_on_a_serial_port, needs_libmodbus
from tests.drivers.modbus_peers import HOST, peer
from tests.drivers.serial_ports import counting, far_end, sealed

SHORT_S = 0.1
LONG_S = 5.0

# An SDM630's own frames.
REQUEST, REPLY = bytes.fromhex("01040000000271CB"), bytes.fromhex("010404436633341B38")
ILLEGAL_REQUEST, ILLEGAL = bytes.fromhex("0104015600029027"), bytes.fromhex("018402C2C1")


def sdm630(request: bytes) -> bytes:
    return {REQUEST: REPLY, ILLEGAL_REQUEST: ILLEGAL}[request]


def line(gateway: Gateway, timeout_s: float = LONG_S) -> "closing[ModbusLine]":
    return closing(ModbusLine(gateway, timeout_s=timeout_s))


@asynccontextmanager
async def told(over: str, answer: Callable[[bytes], bytes]) -> AsyncIterator[Gateway]:
    """A device that answers as told, on a serial port or behind a serial server."""
    if over == "serial":
        async with far_end(answer) as end:
            yield end.gateway
    else:
        async with peer(answer) as server:
            yield Gateway(HOST, server.port, Transport.RTU_TCP)


both = pytest.mark.parametrize("over", ["serial", "tcp"])


@both
async def test_the_frames_of_a_real_meter_are_understood_to_the_byte(over: str) -> None:
    async with told(over, sdm630) as gateway:
        with line(gateway) as modbus:
            assert await modbus.read(1, 4, 0, 2) == [0x4366, 0x3334]
            with pytest.raises(UnitRefused, match=r"illegal data address \(exception 2\)"):
                await modbus.read(1, 4, 0x156, 2)
            assert not modbus.dropped


NO_ANSWERS = [
    (lambda right: right[:-1] + bytes([right[-1] ^ 1]), Dropped.BAD_CHECKSUM),
    (lambda right: sealed(b"\x09" + right[1:-2]), Dropped.OTHER_UNIT),
    (lambda right: sealed(b"\x01\x03" + right[2:-2]), Dropped.OTHER_FUNCTION),
    (lambda right: sealed(b"\x01\x04\x02" + right[3:5]), Dropped.WRONG_LENGTH),
    (lambda right: b"\x00" * 40, Dropped.BAD_CHECKSUM),
    (lambda right: b"\xff", Dropped.EXTRA),
]  # fmt: skip


@both
@pytest.mark.parametrize(("wrong", "why"), NO_ANSWERS)
async def test_what_is_no_answer_is_dropped_with_its_reason(
    over: str, wrong: Callable[[bytes], bytes], why: Dropped
) -> None:
    async with told(over, lambda _: wrong(REPLY)) as gateway:
        with line(gateway, SHORT_S) as modbus:
            with pytest.raises(NoAnswer, match=f"no answer within 0.1 s, but {why}"):
                await modbus.read(1, 4, 0, 2)
            assert modbus.dropped == {why: 1}


@both
@pytest.mark.parametrize(("wrong", "why"), NO_ANSWERS)
async def test_the_answer_is_found_after_what_is_none(
    over: str, wrong: Callable[[bytes], bytes], why: Dropped
) -> None:
    async with told(over, lambda _: wrong(REPLY) + REPLY) as gateway:
        with line(gateway) as modbus:
            assert await modbus.read(1, 4, 0, 2) == [0x4366, 0x3334]
            assert modbus.dropped == {why: 1}


@both
async def test_bytes_after_the_answer_are_dropped_and_counted(over: str) -> None:
    async with told(over, lambda _: REPLY + b"\x00\x00") as gateway:
        with line(gateway) as modbus:
            assert await modbus.read(1, 4, 0, 2) == [0x4366, 0x3334]
            assert modbus.dropped == {Dropped.EXTRA: 1}


@both
async def test_a_line_that_repeats_the_request_is_read_through_its_echo(over: str) -> None:
    async with told(over, lambda request: request + sdm630(request)) as gateway:
        with line(gateway) as modbus:
            assert await modbus.read(1, 4, 0, 2) == [0x4366, 0x3334]
            with pytest.raises(UnitRefused):
                await modbus.read(1, 4, 0x156, 2)
            assert modbus.dropped == {Dropped.ECHO: 2}


async def test_an_echo_alone_is_no_answer_even_to_a_write_that_is_answered_by_its_repetition() -> None:
    def answer(request: bytes) -> bytes:
        return request + counting(request) if request[1] == 3 else request

    async with far_end(answer) as end:
        with line(end.gateway, SHORT_S) as modbus:
            await modbus.read(1, 3, 0, 1)  # from now on the line is known to echo
            with pytest.raises(NoAnswer, match=Dropped.ECHO):
                await modbus.write_register(1, 50, 14262)
            end.answer = lambda request: request + (counting(request) if request[1] == 3 else request)
            await modbus.read(1, 3, 0, 1)
            await modbus.write_register(1, 50, 14262)


async def test_a_line_that_echoes_no_more_is_known_by_its_next_read() -> None:
    async with far_end(lambda request: request + counting(request)) as end:
        with line(end.gateway, SHORT_S) as modbus:
            await modbus.read(1, 3, 0, 1)
            end.answer = lambda request: counting(request) if request[1] == 3 else request
            await modbus.read(1, 3, 0, 1)
            await modbus.write_register(1, 50, 14262)
            assert modbus.dropped == {Dropped.ECHO: 1}


async def test_several_registers_are_written_on_a_line_that_echoes() -> None:
    async with far_end(lambda request: request + sealed(request[:6])) as end:
        with line(end.gateway) as modbus:
            await modbus.write(1, 398, [0x9F2C, 0x41D0])
            assert modbus.dropped == {Dropped.ECHO: 1}


async def test_a_late_answer_of_a_unit_is_never_taken_for_its_next() -> None:
    """Serial frames carry no number: the unit is left alone until its answer can no longer come."""
    async with far_end(lambda _: b"") as end:
        with line(end.gateway, SHORT_S) as modbus:
            with pytest.raises(NoAnswer):
                await modbus.read(1, 3, 500, 2)
            end.answer = counting
            late = asyncio.get_running_loop().call_later(SHORT_S / 2, end.say, counting(end.received[0]))
            assert await modbus.read(1, 3, 40, 2) == [40, 41]
            assert modbus.dropped == {Dropped.LATE: 1}
            late.cancel()


async def test_a_late_answer_does_not_delay_the_neighbours_nor_is_taken_for_theirs() -> None:
    async with far_end(lambda _: b"") as end:
        with line(end.gateway, 4 * SHORT_S) as modbus:
            with pytest.raises(NoAnswer):
                await modbus.read(1, 3, 500, 2)
            late = counting(end.received[0])
            end.answer = lambda request: late + counting(request)
            started = time.monotonic()
            assert await modbus.read(2, 3, 40, 2) == [40, 41]
            assert time.monotonic() - started < 4 * SHORT_S
            assert modbus.dropped == {Dropped.OTHER_UNIT: 1}


async def test_between_two_frames_the_line_is_silent_for_three_and_a_half_characters() -> None:
    heard: list[float] = []

    def answer(request: bytes) -> bytes:
        heard.append(time.monotonic())
        return counting(request)

    async with far_end(answer) as end:
        slow = ModbusUrl.parse(f"rtu://{end.port}?baud=1200&parity=none&stop=1").gateway
        with line(slow) as modbus:
            for _ in range(3):
                await modbus.read(1, 3, 0, 1)
    silences = [after - before for before, after in itertools.pairwise(heard)]
    assert min(silences) >= 3.5 * 10 / 1200


async def test_a_device_that_sends_one_byte_at_a_time_is_understood_and_one_that_never_ends_given_up() -> (
    None
):
    async with far_end(lambda _: b"") as end:

        async def dribble(answer: bytes, pause_s: float) -> None:
            for byte in answer:
                end.say(bytes([byte]))
                await asyncio.sleep(pause_s)

        async with asyncio.TaskGroup() as group:
            with line(end.gateway, SHORT_S) as modbus:
                end.answer = lambda request: (group.create_task(dribble(counting(request), 0.001)), b"")[1]
                assert await modbus.read(1, 3, 40, 2) == [40, 41]
                end.answer = lambda request: (group.create_task(dribble(counting(request), 0.04)), b"")[1]
                started = time.monotonic()
                with pytest.raises(NoAnswer):
                    await modbus.read(1, 3, 40, 2)
                assert time.monotonic() - started < 4 * SHORT_S


@needs_libmodbus
async def test_libmodbus_at_the_other_end_of_a_serial_port_is_read_written_and_refuses() -> None:
    async with libmodbus_on_a_serial_port() as port:
        gateway = ModbusUrl.parse(f"rtu://{port}?baud={BAUD}&parity=none").gateway
        with line(gateway) as modbus:
            assert await modbus.read(UNIT, 4, 10, 60) == list(range(FIRST + 10, FIRST + 70))
            await modbus.write(UNIT, 50, [14262, 7])
            await modbus.write_register(UNIT, 52, 14263)
            assert await modbus.read(UNIT, 3, 50, 3) == [14262, 7, 14263]
            await modbus.write_coil(UNIT, 3, on=True)
            await modbus.write_coils(UNIT, 5, [True, False, True])
            assert await modbus.read(UNIT, 1, 0, 9) == [0, 0, 0, 1, 0, 1, 0, 1, 0]
            assert await modbus.read(UNIT, 2, 0, 3) == [0, 0, 0]
            with pytest.raises(UnitRefused, match="illegal data address"):
                await modbus.read(UNIT, 3, EACH, 1)
            assert not modbus.dropped


async def test_a_port_that_is_not_there_or_in_use_is_unreachable() -> None:
    gone = ModbusUrl.parse("rtu:///dev/not-there").gateway
    with (
        line(gone) as modbus,
        pytest.raises(Unreachable, match="/dev/not-there: cannot connect: No such file"),
    ):
        await modbus.read(1, 3, 0, 1)
    async with far_end(counting) as end:
        with line(end.gateway) as first, line(end.gateway) as second:
            await first.read(1, 3, 0, 1)
            with pytest.raises(Unreachable, match="cannot connect: Resource temporarily unavailable"):
                await second.read(1, 3, 0, 1)


async def test_an_adapter_that_is_pulled_out_is_a_lost_connection() -> None:
    async with far_end(counting) as end:
        modbus = ModbusLine(end.gateway, timeout_s=LONG_S)
        await modbus.read(1, 3, 0, 1)
    with pytest.raises(Unreachable):
        await modbus.read(1, 3, 0, 1)
    modbus.close()


async def test_a_port_that_cannot_be_set_as_asked_is_told_with_the_settings() -> None:
    async with far_end(counting) as end:  # a pseudo-terminal takes no parity
        odd = ModbusUrl.parse(f"rtu://{end.port}?baud=9600&parity=odd&stop=2").gateway
        with (
            line(odd) as modbus,
            pytest.raises(Unreachable, match=r"cannot be set to 9600 8O2: Invalid argument"),
        ):
            await modbus.read(1, 3, 0, 1)


@given(st.lists(st.binary(max_size=400), max_size=8), st.booleans())
def test_whatever_comes_in_on_a_serial_line_nothing_is_raised_and_little_kept(
    chunks: list[bytes], awaited: bool
) -> None:
    dropped: Counter[Dropped] = Counter()
    frames = RtuFrames(dropped)
    if awaited:
        frames.encode(REQUEST[1:-2], 1, 0)
    kept = b""
    for chunk in chunks:
        kept += chunk
        used, _ = frames.handleFrame(kept, 1, 0)
        kept = kept[used:]
        assert len(kept) <= 2 * LONGEST_RTU
    frames.abandon(kept)
    assert set(dropped) <= set(Dropped)

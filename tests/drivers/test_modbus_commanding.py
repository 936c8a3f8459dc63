"""Commands with their magic numbers, to a server of another implementation and to one that only pretends."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from city.errors import BadInput, Refused
from drivers.modbus.commanding import carry_out
from drivers.modbus.line import Gateway, ModbusLine
from drivers.modbus.writing import Command
from drivers.profiles import load_profiles
from tests.drivers.modbus_peers import HOST, framed, peer, registers_answer
from tests.drivers.modbus_sheets import HOLDING, Sheet, served

PROFILES = load_profiles("modbus")
RELAY = 50


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Sheet, int]]:
    with served() as sheet_and_port:
        yield sheet_and_port


async def test_a_relay_is_closed_and_opened_with_its_own_magic_numbers(server: tuple[Sheet, int]) -> None:
    sheet, port = server
    relay = PROFILES["ob-215"]
    with closing(ModbusLine(Gateway(HOST, port), timeout_s=5.0)) as line:
        for name, number in (("on", 14262), ("off", 14263)):
            await carry_out(line, 2, relay.command_at(name))
            assert sheet.registers[HOLDING, RELAY] == number
            assert sheet.asked[-1] == (HOLDING, RELAY, 1)


async def test_a_value_is_written_as_its_device_takes_it_and_nothing_else_is(
    server: tuple[Sheet, int],
) -> None:
    sheet, port = server
    timer, gateway = PROFILES["em-481"], PROFILES["intesis-inmbsdal"]
    with closing(ModbusLine(Gateway(HOST, port), timeout_s=5.0)) as line:
        await carry_out(line, 1, timer.command_at("shift_after_sunset"), -600)
        assert sheet.registers[HOLDING, 5251] == 0x10000 - 600
        await carry_out(line, 1, gateway.command_at("gear/level", (1, 5)), 40)
        assert sheet.registers[HOLDING, 7000 + 500 + 15] == 40
        with pytest.raises(BadInput, match="level: got 101"):
            await carry_out(line, 1, gateway.command_at("gear/level", (1, 5)), 101)
    assert sheet.registers[HOLDING, 7000 + 500 + 15] == 40


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        ({"function": 5, "values": [1]}, "01 05 00 09 ff 00"),
        ({"function": 15, "values": [1, 0, 1]}, "01 0f 00 09 00 03 01 05"),
        ({"function": 6, "values": [7]}, "01 06 00 09 00 07"),
        ({"function": 16, "values": [7, 8]}, "01 10 00 09 00 02 04 00 07 00 08"),
    ],
)
async def test_each_function_that_writes_is_sent_and_read_back(command: dict[str, object], sent: str) -> None:
    def answer(request: bytes) -> bytes:
        if request[7] == 1:
            return framed(request, b"\x01\x01" + (b"\x05" if request[11] == 3 else b"\x01"))
        return (
            registers_answer(request, [7, 8][: request[11]])
            if request[7] == 3
            else framed(request, request[7:12])
        )

    async with peer(answer) as told:
        with closing(ModbusLine(Gateway(HOST, told.port), timeout_s=5.0)) as line:
            await carry_out(line, 1, Command.model_validate({"name": "act", "address": 9, **command}))
    written, read = told.received
    assert written[6:].hex(" ") == sent
    assert read[7] == (1 if command["function"] in {5, 15} else 3)


async def test_a_device_that_only_says_yes_is_refused_with_both_values() -> None:
    def answer(request: bytes) -> bytes:
        return registers_answer(request, [14263]) if request[7] == 3 else framed(request, request[7:12])

    async with peer(answer) as told:
        with (
            closing(ModbusLine(Gateway(HOST, told.port), timeout_s=5.0)) as line,
            pytest.raises(
                Refused, match=r"unit 2: on: 50 \(function 3\) reads back \[14263\], expected \[14262\]"
            ),
        ):
            await carry_out(line, 2, PROFILES["ob-215"].command_at("on"))


async def test_what_cannot_be_read_back_is_only_written() -> None:
    async with peer(lambda request: framed(request, request[7:12])) as told:
        with closing(ModbusLine(Gateway(HOST, told.port), timeout_s=5.0)) as line:
            await carry_out(line, 1, PROFILES["intesis-inmbsdal"].command_at("gear/refresh", (0, 2)))
    assert [request[7] for request in told.received] == [6]

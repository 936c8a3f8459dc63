"""Every vector of every profile through a Modbus/TCP server of another implementation, and our line and reading."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from city.errors import Refused
from city.measurements import Metric
from city.places import Position
from drivers.modbus.cabinet import ModbusCabinet
from drivers.modbus.commanding import carry_out
from drivers.modbus.line import UnitRefused
from drivers.modbus.plan import Span
from drivers.modbus.probe import ProbeResult, probe
from drivers.modbus.profile import ModbusProfile, Vector
from drivers.modbus.reading import SLOW_EVERY, read_registers
from lighting.inventory import Cabinet
from tests.drivers.modbus_sheets import (
    COILS,
    DISCRETE,
    HOLDING,
    HOST,
    INPUT,
    TIMEOUT_S,
    Sheet,
    line_to,
    served,
)
from tests.drivers.modbus_vectors import PROFILES, assert_says, cases, register_of, words_of

UNIT = 7


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Sheet, int]]:
    with served() as sheet_and_port:
        yield sheet_and_port


@pytest.mark.parametrize(("profile", "vector"), cases(commands=False))
async def test_a_vector_comes_back_over_the_wire(
    server: tuple[Sheet, int], profile: ModbusProfile, vector: Vector
) -> None:
    sheet, port = server
    register = register_of(profile, vector)
    sheet.blank(align=profile.align, most=profile.max_registers)
    sheet.lay(register.function, register.address, words_of(profile, vector))
    with closing(line_to(port)) as line:
        answers = await read_registers(line, UNIT, profile, [register])
    decoded = answers.of(register)
    assert_says(vector, decoded.value if decoded.text is None else decoded.text, decoded.why)
    assert list(decoded.raw) == words_of(profile, vector)
    assert sheet.asked == [(register.function, register.address, register.size)]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
async def test_a_device_with_every_register_is_read_whole_within_its_limits(
    server: tuple[Sheet, int], profile: ModbusProfile
) -> None:
    sheet, port = server
    sheet.blank(align=profile.align, most=profile.max_registers)
    _lay_everything(sheet, profile)
    result = await _probed(port, profile)
    assert not [one.what for one in result.unread if one.why != "no data"]
    assert all(count <= profile.max_registers for _, _, count in sheet.asked)
    assert all(address % profile.align == count % profile.align == 0 for _, address, count in sheet.asked)
    ends = [(function, address, address + count) for function, address, count in sheet.asked]
    for block in profile.forbidden:
        assert not any(f == block.function and a <= block.last and block.first < e for f, a, e in ends)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
async def test_a_register_that_a_variant_lacks_hides_none_of_its_neighbours(
    server: tuple[Sheet, int], profile: ModbusProfile
) -> None:
    sheet, port = server
    sheet.blank(align=profile.align, most=profile.max_registers)
    _lay_everything(sheet, profile)
    whole = await _probed(port, profile)
    lacking = whole.values[len(whole.values) // 2]
    del sheet.registers[lacking.function, lacking.address]
    result = await _probed(port, profile)
    gone = {one.what for one in whole.values} - {one.what for one in result.values}
    same = {
        one.what for one in whole.values if (one.function, one.address) == (lacking.function, lacking.address)
    }
    assert gone == same
    (why,) = {one.why for one in result.unread if one.what in gone}
    assert "illegal data address (exception 2)" in str(why)


async def test_what_a_device_has_refused_before_is_not_asked_for_again(server: tuple[Sheet, int]) -> None:
    sheet, port = server
    meter = PROFILES["eastron-sdm630"]
    sheet.blank(align=2, most=80)
    _lay_everything(sheet, meter)
    del sheet.registers[INPUT, 0x1E]
    lessons: dict[Span, str] = {}
    with closing(line_to(port)) as line:
        first = await read_registers(line, UNIT, meter, meter.register_, lessons)
        asked = len(sheet.asked)
        again = await read_registers(line, UNIT, meter, meter.register_, lessons)
    assert first == again
    # Found by halves, not by asking for all 42 one by one.
    assert (asked, len(sheet.asked) - asked) == (11, 6)
    assert Span(INPUT, 0x1E, 2) in lessons
    assert not any(a <= 0x1E < a + count for _, a, count in sheet.asked[asked:])


async def test_a_device_that_refuses_everything_is_asked_anew(server: tuple[Sheet, int]) -> None:
    sheet, port = server
    relay = PROFILES["ob-215"]
    sheet.blank()
    lessons: dict[Span, str] = {}
    with closing(line_to(port)) as line:
        with pytest.raises(Refused):
            await read_registers(line, UNIT, relay, relay.register_, lessons)
        sheet.lay(HOLDING, 50, [14262])
        answers = await read_registers(line, UNIT, relay, relay.register_, lessons)
    assert answers.of(relay.labelled()["relay_closed"]).value == 1.0


async def test_a_cabinet_whose_meter_lacks_a_register_asks_for_it_once_and_again_when_slow_ones_are_due(
    server: tuple[Sheet, int],
) -> None:
    sheet, port = server
    meter = PROFILES["orno-we-514"]
    sheet.blank()
    _lay_everything(sheet, meter)
    del sheet.registers[HOLDING, 0x158]
    place = Cabinet("A-1", Position(47.75, 7.34), "West", "rue Neppert", HOST, port, UNIT, meter.name, ())
    cabinet = ModbusCabinet(place, meter, timeout_s=TIMEOUT_S)
    asked = []
    try:
        for poll in range(SLOW_EVERY + 1):
            sheet.asked.clear()
            (reading,) = (await cabinet.read(datetime(2026, 11, 30, 19, poll, tzinfo=UTC))).readings
            assert Metric.POWER_FACTOR not in reading.values
            assert reading.values[Metric.VOLTAGE] == 0.01
            asked.append(any(a <= 0x158 < a + count for _, a, count in sheet.asked))
    finally:
        await cabinet.close()
    assert asked == [True, *[False] * (SLOW_EVERY - 1), True]


async def test_a_device_that_takes_less_than_its_profile_says_is_read_all_the_same(
    server: tuple[Sheet, int],
) -> None:
    sheet, port = server
    meter = PROFILES["janitza-umg"]
    sheet.blank(most=20)
    _lay_everything(sheet, meter)
    assert len((await _probed(port, meter)).values) == len(meter.register_)


EVERYTHING = {
    "name": "everything",
    "title": "What no device of ours has",
    "source": "a test",
    "function": 3,
    "register": [
        {"name": "coil", "function": 1, "address": 9, "type": "bit"},
        {"name": "contact", "function": 2, "address": 65535, "type": "bit"},
        {"name": "power", "address": 0, "type": "u16", "exponent": 1, "unit": "W"},
        {"name": "swapped", "address": 2, "type": "s64", "word_order": "little", "byte_order": "little"},
        {"name": "half", "address": 6, "type": "f64", "word_order": "little"},
        {"name": "id", "address": 10, "type": "bytes", "registers": 3},
        {
            "name": "bits",
            "address": 13,
            "type": "bitfield",
            "registers": 2,
            "bits": ["low", *[""] * 30, "high"],
        },
        {"name": "door", "address": 13, "type": "bit", "bit": 15},
    ],
}


async def test_coils_powers_of_ten_and_every_order_come_over_the_wire_as_well(
    server: tuple[Sheet, int],
) -> None:
    sheet, port = server
    sheet.blank()
    sheet.lay(COILS, 9, [1])
    sheet.lay(DISCRETE, 65535, [0])
    sheet.lay(HOLDING, 0, [1234, 0x10000 - 2])
    sheet.lay(HOLDING, 2, [0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF])
    sheet.lay(HOLDING, 6, [0, 0, 0, 0x3FE0])
    sheet.lay(HOLDING, 10, [0x70B3, 0xD5B0, 0x2007, 0x8000, 0x0001])
    result = await _probed(port, ModbusProfile.model_validate(EVERYTHING))
    assert {one.what: one.value for one in result.values} == {
        "coil": 1.0,
        "contact": 0.0,
        "power": 12.34,
        "swapped": -2.0,
        "half": 0.5,
        "id": "70b3d5b02007",
        "bits": "low, high",
        "door": 1.0,
    }
    assert sorted(sheet.asked) == [(COILS, 9, 1), (DISCRETE, 65535, 1), (HOLDING, 0, 15)]


async def test_an_odd_start_and_an_odd_count_are_refused_and_never_asked_for(
    server: tuple[Sheet, int],
) -> None:
    sheet, port = server
    sheet.blank(align=2, most=80)
    sheet.lay(INPUT, 0, range(100))
    with closing(line_to(port)) as line:
        assert await line.read(UNIT, INPUT, 0, 80) == list(range(80))
        for address, count in ((1, 2), (0, 3), (0, 82)):
            with pytest.raises(UnitRefused, match="illegal data address"):
                await line.read(UNIT, INPUT, address, count)


async def test_a_device_that_has_nothing_of_a_profile_is_refused_as_a_whole(
    server: tuple[Sheet, int],
) -> None:
    sheet, port = server
    sheet.blank()
    with pytest.raises(Refused, match="illegal data address"):
        await _probed(port, PROFILES["em-481"])


@pytest.mark.parametrize(("profile", "vector"), cases(commands=True))
async def test_a_command_stands_in_the_other_server_s_registers(
    server: tuple[Sheet, int], profile: ModbusProfile, vector: Vector
) -> None:
    sheet, port = server
    sheet.blank()
    command = profile.command_at(vector.command, vector.at)
    with closing(line_to(port)) as line:
        await carry_out(line, UNIT, command, vector.value)
    assert sheet.registers == {
        (HOLDING, command.address): int.from_bytes(bytes.fromhex(vector.request)[4:6], "big")
    }
    assert sheet.asked == ([] if command.write_only else [(HOLDING, command.address, 1)])


async def test_a_relay_that_was_closed_is_read_as_closed(server: tuple[Sheet, int]) -> None:
    sheet, port = server
    sheet.blank()
    relay = PROFILES["ob-215"]
    for name, state in (("on", 1.0), ("off", 0.0)):
        with closing(line_to(port)) as line:
            await carry_out(line, UNIT, relay.command_at(name))
        result = await _probed(port, relay)
        assert [(one.what, one.value) for one in result.values] == [("relay_closed", state)]


def _lay_everything(sheet: Sheet, profile: ModbusProfile) -> None:
    """All that lies between the first and the last register of each function, but for what is forbidden."""
    first_block = [(block, [one.least for one in block.index]) for block in profile.block]
    registers = [
        *profile.registers(1),
        *(register for block, numbers in first_block for register in block.registers_at(numbers)),
    ]
    for function in {register.function for register in registers}:
        own = [register for register in registers if register.function == function]
        first = min(register.address for register in own)
        last = max(register.address + register.size for register in own)
        sheet.lay(function, first, [1] * (last - first))
    for register in registers:
        if register.codes:
            sheet.lay(register.function, register.address, _laid(register.size, min(register.codes.values())))
        elif register.type.is_float:
            sheet.lay(register.function, register.address, [0x4066, *[0] * (register.size - 1)])
    for block in profile.forbidden:
        for address in range(block.first, block.last + 1):
            sheet.registers.pop((block.function, address), None)


def _laid(size: int, number: int) -> list[int]:
    return [number >> 16 * at & 0xFFFF for at in reversed(range(size))]


async def _probed(port: int, profile: ModbusProfile) -> ProbeResult:
    blocks = [
        "/".join((block.name, *(str(one.least) for one in block.index)))
        for block in profile.block
        if block.register_
    ]
    return await probe(f"modbus://{HOST}:{port}/{UNIT}", profile, TIMEOUT_S, blocks)

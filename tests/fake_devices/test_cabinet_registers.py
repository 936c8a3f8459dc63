from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_devices.cabinet import Cabinet
from fake_devices.cabinet_registers import CabinetRegisters, RegisterError
from fake_devices.city_plan import plan_city
from fake_devices.world import World

START = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
NOW = START.timestamp()
SOON = divmod(int(NOW) + 3600, 0x10000)
CITY = plan_city(60, 0, 1)


def cabinet() -> tuple[Cabinet, CabinetRegisters]:
    world = World(CITY, START)
    world.advance(START + timedelta(seconds=60))
    a_cabinet = world.cabinets["A-001"]
    return a_cabinet, CabinetRegisters(a_cabinet)


def code_of(registers: CabinetRegisters, address: int, values: Sequence[int]) -> int:
    with pytest.raises(RegisterError) as refusal:
        registers.write(NOW, address, values)
    return refusal.value.code


def test_the_input_registers_hold_what_the_instruments_show() -> None:
    a_cabinet, registers = cabinet()
    shown = a_cabinet.snapshot(NOW)
    head, meter = registers.read_input(NOW, 0, 8), registers.read_input(NOW, 10, 12)
    assert head[:4] == [0x464C, 1, len(shown.circuits), 0b100]
    assert head[4] << 16 | head[5] == int(NOW)
    assert head[6:] == [0, 0]
    assert meter[0] == round(10 * shown.voltages_v[0])
    assert meter[3] == round(100 * shown.currents_a[0])
    assert meter[6] << 16 | meter[7] == round(shown.power_w)
    assert meter[8:10] == [round(1000 * shown.power_factor), round(100 * shown.frequency_hz)]
    assert meter[10] << 16 | meter[11] == shown.energy_wh
    circuit = registers.read_input(NOW, 110, 10)
    assert circuit[0] == 0b1001
    assert circuit[1] == round(10 * shown.circuits[1].voltage_v)
    assert circuit[4] == round(shown.circuits[1].power_w)
    assert circuit[5:] == [0] * 5


@pytest.mark.parametrize(
    ("address", "count", "code"),
    [
        (8, 1, 2),
        (9, 1, 2),
        (0, 9, 2),
        (22, 1, 2),
        (99, 1, 2),
        (20, 60, 2),
        (180, 1, 2),
        (0, 61, 3),
        (0, 0, 3),
    ],
)
def test_reads_of_what_does_not_exist_or_of_too_much_are_refused(address: int, count: int, code: int) -> None:
    _, registers = cabinet()
    with pytest.raises(RegisterError) as refusal:
        registers.read_input(NOW, address, count)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("address", "count", "instruments"),
    [(0, 8, 3), (10, 12, 10), (10, 3, 3), (16, 1, 0), (100, 10, 6), (100, 4, 5), (4, 4, 1), (5, 4, 0)],
)
def test_instruments_wholly_inside_a_request_are_counted(address: int, count: int, instruments: int) -> None:
    assert cabinet()[1].instruments(address, count) == instruments


def test_one_poll_of_everything_counts_the_whole_cabinet() -> None:
    a_cabinet, registers = cabinet()
    circuits = len(a_cabinet.circuits)
    counted = sum(registers.instruments(*request) for request in ((0, 8), (10, 12), (100, 10 * circuits)))
    assert counted == 13 + 6 * circuits


def test_an_order_is_written_together_with_its_expiry() -> None:
    a_cabinet, registers = cabinet()
    registers.write(NOW, 200, [2, *SOON])
    assert not a_cabinet.circuits[0].relay_closed
    assert registers.read_holding(NOW, 200, 4) == [2, *SOON, 0]
    assert registers.read_input(NOW, 100, 2) == [0b100, 0]
    registers.write(NOW, 200, [0])
    assert registers.read_input(NOW, 100, 1) == [0b1001]
    assert registers.read_holding(NOW, 200, 4) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("address", "values"),
    [
        (200, [1]),
        (200, [3, *SOON]),
        (200, [1, 0, 1]),
        (201, [*SOON]),
        (200, [1, *SOON, 7]),
        (310, [2]),
        (311, [721]),
        (300, [9_001]),
        (313, [1440]),
        (398, [1]),
        (398, [0, 0]),
        (400, [1]),
    ],
)
def test_values_out_of_range_are_refused_and_nothing_is_written(address: int, values: list[int]) -> None:
    _, registers = cabinet()
    before = [registers.read_holding(NOW, first, 4) for first in (200, 300, 310)]
    assert code_of(registers, address, values) == 3
    assert [registers.read_holding(NOW, first, 4) for first in (200, 300, 310)] == before


@pytest.mark.parametrize("address", [199, 304, 309, 397, 402])
def test_writes_to_what_does_not_exist_are_refused(address: int) -> None:
    assert code_of(cabinet()[1], address, [0]) == 2


def test_in_local_mode_orders_are_refused() -> None:
    a_cabinet, registers = cabinet()
    a_cabinet.open_for_work(NOW, 0)
    assert code_of(registers, 204, [1, *SOON]) == 4
    assert registers.read_input(NOW, 3, 1) == [0b111]


def test_a_programme_is_a_draft_until_its_hash_is_written() -> None:
    a_cabinet, registers = cabinet()
    registers.write(NOW, 300, [4775, 734, 60, 1])
    registers.write(NOW, 310, [1, 0xFFFB, 5, 0xFFFF, 0xFFFF, 9, 9])
    assert registers.read_holding(NOW, 310, 7) == [1, 0xFFFB, 5, 0xFFFF, 0xFFFF, 0, 0]
    assert registers.read_holding(NOW, 398, 2) == [0, 0]
    assert not a_cabinet.programme.modes[0].astronomical
    registers.write(NOW, 398, [0x1234, 0x5678])
    assert registers.read_holding(NOW, 398, 2) == registers.read_input(NOW, 6, 2) == [0x1234, 0x5678]
    mode = a_cabinet.programme.modes[0]
    assert (mode.astronomical, mode.sunset_offset, mode.sunrise_offset) == (True, -5, 5)
    assert a_cabinet.circuits[0].relay_closed


def test_the_clock_can_be_set() -> None:
    _, registers = cabinet()
    registers.write(NOW, 400, [*SOON])
    assert registers.read_holding(NOW, 400, 2) == [*SOON]


@given(st.integers(0, 0xFFFF), st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=70))
def test_no_write_whatever_brings_more_than_a_modbus_exception(address: int, values: list[int]) -> None:
    _, registers = cabinet()
    for first in (address, 200 + address % 202):
        with suppress(RegisterError):
            registers.write(NOW, first, values)
    assert len(registers.read_holding(NOW, 300, 4)) == 4

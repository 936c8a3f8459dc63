"""What ``falotier probe modbus`` prints for a person, and as JSON."""

import json
import struct
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from console.cli import front_door
from console.cli.modbus_table import table
from drivers.modbus.probe import ProbedRegister, ProbeResult
from drivers.modbus.register import RegisterType
from tests.drivers.modbus_sheets import HOLDING, HOST, INPUT, Sheet, served


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Sheet, int]]:
    with served() as sheet_and_port:
        yield sheet_and_port


def probed(*arguments: str) -> str:
    answer = CliRunner().invoke(front_door(), ["probe", "modbus", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_a_meter_is_a_table_with_units_and_raw_registers_and_what_it_lacks(server: tuple[Sheet, int]) -> None:
    sheet, port = server
    sheet.blank(align=2, most=80)
    for address, value in ((0, 230.2), (0x34, 1180.5), (0x48, 12345.67), (0x3E, float("nan"))):
        sheet.lay(INPUT, address, struct.unpack(">HH", struct.pack(">f", value)))
    lines = probed(f"modbus://{HOST}:{port}/7", "--profile", "eastron-sdm630").splitlines()
    assert lines[:4] == [
        "                 value unit  register  raw",
        "voltage_l1_v     230.2 V         04:0  4366 3333",
        "power_w         1180.5 W        04:52  4493 9000",
        "energy_wh     12345670 Wh       04:72  4640 E6AE",
    ]
    unread = lines[lines.index("unread (39)") + 1 :]
    assert "power_factor          04:62  no data [7FC0 0000]" in unread
    assert "power_l1              04:12  illegal data address (exception 2)" in unread
    assert lines[-1] == "eastron-sdm630 was never tried against the real device: compare with its display"


def test_a_lamp_behind_a_gateway_shows_its_bits_by_name(server: tuple[Sheet, int]) -> None:
    sheet, port = server
    sheet.blank()
    sheet.lay(HOLDING, 505, [0b10000100, 40, 6, 3, 10, 90, 0xFF, 100, 7, 7, 40])
    sheet.lay(HOLDING, 580, [0])
    arguments = (f"modbus://{HOST}:{port}/1", "--profile", "intesis-inmbsdal", "--block", "gear/0/5")
    text = probed(*arguments)
    assert "\n    lamp_on\n    power_cycle_seen\n" in text
    assert "none" in next(line for line in text.splitlines() if "led_failure" in line)
    values = {one["what"]: one for one in json.loads(probed(*arguments, "--json"))["values"]}
    assert values["gear/0/5/status"]["bits"]["power_cycle_seen"] is True
    assert values["gear/0/5/status"]["type"] == "bitfield"
    assert values["gear/0/5/level_pct"]["value"] == 40.0


def test_a_device_that_does_not_measure_at_one_instant_is_marked_and_a_long_text_cut() -> None:
    words = tuple(range(0x4141, 0x4141 + 20))
    model = ProbedRegister("model", "A" * 40, "", 3, 49, words, None, RegisterType.TEXT, None)
    result = ProbeResult(
        "modbus://x", "x", (model,), (), one_instant=False, unverified=False, dropped={"bad CRC": 2}
    )
    lines = list(table(result))
    assert lines[1] == f"model  {'A' * 23}…          03:49  4141 4142 4143 4144 …"
    assert lines[-2:] == ["this device does not measure all its values at one instant", "dropped 2: bad CRC"]

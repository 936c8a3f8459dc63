"""Modbus profiles: what is shipped is right by its own vectors, and what is wrong is said in one line."""

import re
from pathlib import Path

import pytest

from city.errors import BadInput
from city.measurements import Fact, Metric
from drivers.modbus.codec import command_values, decode
from drivers.modbus.plan import span_of
from drivers.modbus.profile import ModbusProfile, Vector
from drivers.modbus.writing import Command
from drivers.profiles import describe, load_profiles
from tests.drivers.modbus_vectors import PROFILES, assert_says, cases, register_of, rtu, words_of
from tests.drivers.profile_files import METER, written

REPOSITORY = Path(__file__).parents[2]
SHIPPED = {
    "abb-a-b", "carlo-gavazzi-em24", "carlo-gavazzi-em340", "chint-dtsu666-101e", "eastron-sdm630", "em-481",
    "falotier-cabinet", "intesis-inmbsdal", "janitza-umg", "ob-215", "orno-we-514", "orno-we-515", "orno-we-516",
    "schneider-iem3000", "siemens-pac2200",
}  # fmt: skip


@pytest.mark.parametrize(("profile", "vector"), cases(commands=False))
def test_registers_mean_what_the_vector_says(profile: ModbusProfile, vector: Vector) -> None:
    decoded = decode(register_of(profile, vector), words_of(profile, vector), vector.exponent)
    assert_says(vector, decoded.value if decoded.text is None else decoded.text, decoded.why)
    assert decoded.refused == bool(vector.refused)


@pytest.mark.parametrize(
    ("profile", "vector"),
    [case for case in cases(commands=False) if case.values[1].request],  # type: ignore[attr-defined]
)
def test_a_register_is_asked_for_as_the_vector_says(profile: ModbusProfile, vector: Vector) -> None:
    span = span_of(register_of(profile, vector))
    frame = rtu(1, span.function, span.first.to_bytes(2, "big"), span.count.to_bytes(2, "big"))
    assert frame == bytes.fromhex(vector.request)


@pytest.mark.parametrize(("profile", "vector"), cases(commands=True))
def test_a_command_is_written_as_the_vector_says(profile: ModbusProfile, vector: Vector) -> None:
    command = profile.command_at(vector.command, vector.at)
    (word,) = command_values(command, vector.value)
    frame = rtu(1, command.function, command.address.to_bytes(2, "big"), word.to_bytes(2, "big"))
    assert frame == bytes.fromhex(vector.request)


def test_every_device_of_the_list_is_there_and_says_what_was_never_tried() -> None:
    assert set(PROFILES) == SHIPPED
    assert [name for name, profile in PROFILES.items() if not profile.unverified] == ["falotier-cabinet"]
    for profile in PROFILES.values():
        assert profile.source
        assert profile.vector
        assert "vector" not in describe("modbus", profile)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_kind_of_encoding_in_a_profile_has_a_vector(name: str) -> None:
    profile = PROFILES[name]
    tried = {vector.register_ for vector in profile.vector}
    kinds = {(one.type, bool(one.codes)) for one in profile.labelled().values()}
    seen = {(one.type, bool(one.codes)) for label, one in profile.labelled().items() if label in tried}
    assert kinds == seen


def test_two_variants_of_a_meter_are_two_profiles() -> None:
    old, new = PROFILES["carlo-gavazzi-em24"].labelled(), PROFILES["carlo-gavazzi-em340"].labelled()
    moved = ("power_factor_l1", "frequency_hz", "energy_wh")
    assert [old[label].address for label in moved] == [0x32, 0x37, 0x42]
    assert [new[label].address for label in moved] == [0x2E, 0x33, 0x34]
    chint = PROFILES["chint-dtsu666-101e"].labelled()
    assert chint["voltage_l1_v"].address == 0x2006
    assert chint["energy_wh"].address == 0x101E


def test_a_counter_says_where_it_starts_again() -> None:
    spans = {
        name: next(one.span for one in profile.labelled().values() if one.metric is Metric.ENERGY)
        for name, profile in PROFILES.items()
        if name not in {"em-481", "ob-215", "intesis-inmbsdal"}
    }
    assert spans["falotier-cabinet"] == 2.0**32
    assert spans["carlo-gavazzi-em24"] == 2.0**31 * 100
    assert spans["siemens-pac2200"] == 1e12
    assert spans["eastron-sdm630"] is None
    assert spans["orno-we-514"] == 2.0**32 * 10


def test_the_cabinet_is_read_once_each_and_nothing_forbidden() -> None:
    cabinet = PROFILES["falotier-cabinet"]
    polled = [register for register in cabinet.registers(8) if register.poll == "poll"]
    assert len({(register.address, register.bit) for register in polled}) == len(polled)
    assert [register.label for register in polled if register.fact is Fact.PROGRAMME] == ["programme"]
    addresses = {
        at for register in polled for at in range(register.address, register.address + register.size)
    }
    assert addresses == {
        3,
        4,
        5,
        6,
        7,
        *range(10, 22),
        *(100 + 10 * k + at for k in range(8) for at in range(5)),
    }


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('"u16"', '"u24"', "register.0.type: got 'u24', expected 'bit', 'bitfield', 'u16'"),
        ("address = 1", "adress = 1", "register.0.adress: unknown key; did you mean address?"),
        ("address = 1", "address = -1", "register.0.address: got -1, expected greater than or equal to 0"),
        ('unit = "W"', 'unit = "kVA"', "register.0: expected a unit of"),
        ('unit = "W"', 'unit = "V"', "register.0: expected a unit of power_w: W"),
        ("address = 1", "", "register.0.address: missing"),
        ('"power_w"', '"power"', "register.0.metric: got 'power', expected"),
        ("function = 3", "functoin = 3", "functoin: unknown key"),
        ("[[register]]", "[[register]", "not TOML"),
        ('name = "mine"', 'name = "Mine!"', "name: got 'Mine!'"),
        (
            "function = 3",
            "function = 3\nforbidden = [{function = 3, first = 1, last = 2}]",
            "outside the forbidden",
        ),
        ("[[register]]", '[[vector]]\nnote = "x"\nregister = "y"\nhex = "00"\n[[register]]', "not y"),
        (
            "[[register]]",
            '[[vector]]\nnote = "x"\nregister = "power_w"\nhex = "0g"\n[[register]]',
            "vector.0.hex: got",
        ),
        ('unit = "W"', "no_data = [65536]", "register.0: expected no_data of 0 to 65535"),
        ('unit = "W"', 'no_data = ["ones"]', "register.0.no_data.0"),
        (
            'unit = "W"',
            'registers = 2\nunit = "W"',
            "registers with the types 'bytes', 'text' and 'bitfield'",
        ),
        ('unit = "W"', 'bits = ["a"]', "bits with the type 'bitfield'"),
        ('"u16"', '"bitfield"\nbits = ["a", "", "a"]', "up to 16 bits, each name once"),
        ('"u16"', '"bitfield"\nbits = ["a"]\nregisters = 5', "a bitfield of up to 4 registers"),
        ('"u16"', '"text"', "registers with the types"),
        ('"u16"', '"text"\nregisters = 3', "a metric that is a number or a bit"),
        ('unit = "W"', "codes = { on = 1, off = 0 }", "codes of a metric that is a state: on and off"),
        ('"u16"', '"f32"\ncodes = { on = 1 }', "codes of an integer"),
        ('unit = "W"', "wraps_at = 0", "register.0.wraps_at: got 0, expected greater than 0"),
        ('unit = "W"', 'unit = "W"\nscale = inf', "register.0.scale: got inf"),
        ("address = 1", "address = 65536", "register.0.address: got 65536"),
        ('address = 1\ntype = "u16"', 'address = 65535\ntype = "u32"', "2 registers that end at 65535"),
        ("function = 3", "function = 3\nalign = 2", "power_w at, and of, a multiple of 2 registers"),
        ("function = 3", "function = 3\nno_data = 7", "register.0.no_data"),
        ('"u16"', '"bytes"\nregisters = 9\nname = "x"', "a metric that is a number or a bit"),
    ],
)
def test_a_profile_that_is_wrong_is_named_with_key_got_and_expected(
    tmp_path: Path, was: str, becomes: str, says: str
) -> None:
    assert was in METER
    file = written(tmp_path, METER.replace(was, becomes))
    with pytest.raises(BadInput) as caught:
        load_profiles("modbus", [tmp_path])
    assert str(caught.value).startswith(f"{file}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("function = 6\naddress = 1", "command.0: expected values, or how a value is written"),
        ("function = 6\naddress = 1\nvalues = [1]\nvalue = {}", "command.0: expected values, or how"),
        (
            "function = 6\naddress = 1\nvalues = [1, 2]",
            "command.0: expected one value with function 6, not 2",
        ),
        ('function = 6\naddress = 1\nvalue = { type = "u32" }', "one value with function 6, not 2"),
        ("function = 6\naddress = 1\nvalues = [65536]", "command.0: expected values of 0 to 65535"),
        ("function = 5\naddress = 1\nvalues = [2]", "command.0: expected values of 0 to 1"),
        ("function = 15\naddress = 1\nvalue = {}", "command.0: expected a value with functions 6 and 16"),
        ("function = 16\naddress = 65535\nvalues = [1, 2]", "2 registers that end at 65535"),
        ("function = 7\naddress = 1\nvalues = [1]", "command.0.function: got 7"),
        (
            "function = 6\naddress = 1\nvalues = [1]\nwrite_only = true\nread_back = { function = 3, address = 1 }",
            "write_only or read_back, not both",
        ),
        (
            'function = 6\naddress = 1\nvalues = [1]\n[[command]]\nname = "act"\nfunction = 5\naddress = 1\nvalues=[0]',
            "each command once: act",
        ),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_at_load(tmp_path: Path, table: str, says: str) -> None:
    written(tmp_path, f'{METER}[[command]]\nname = "act"\n{table}\n')
    with pytest.raises(BadInput) as caught:
        load_profiles("modbus", [tmp_path])
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("holds", "says"),
    [
        ('register = [{ name = "level", address = 3000, type = "u16" }]', "level within 65536 registers"),
        (
            'command = [{ name = "act", function = 6, address = 3000, values = [1] }]',
            "the commands of gear within 65536 registers",
        ),
    ],
)
def test_a_block_must_fit_the_registers_that_there_are(tmp_path: Path, holds: str, says: str) -> None:
    index = 'index = [{ name = "channel", most = 9, stride = 7000 }]'
    written(tmp_path, f'{METER}[[block]]\nname = "gear"\n{index}\n{holds}\n')
    with pytest.raises(BadInput, match=says):
        load_profiles("modbus", [tmp_path])


def test_a_block_is_counted_upwards(tmp_path: Path) -> None:
    index = 'index = [{ name = "channel", least = 2, most = 1, stride = 7000 }]'
    written(tmp_path, f'{METER}[[block]]\nname = "gear"\n{index}\n')
    with pytest.raises(BadInput, match=r"block.0.index.0: expected most of at least 2"):
        load_profiles("modbus", [tmp_path])


def test_commands_are_found_by_name_and_block_and_refused_by_what_there_is() -> None:
    gateway, relay = PROFILES["intesis-inmbsdal"], PROFILES["ob-215"]
    assert command_values(relay.command_at("on")) == [14262]
    assert command_values(relay.command_at("off")) == [14263]
    assert gateway.command_at("gear/level", (1, 5)).address == 7000 + 500 + 15
    with pytest.raises(BadInput, match="got 'blink', expected one of on, off"):
        relay.command_at("blink")
    with pytest.raises(BadInput, match="got '2/5', expected channel 0-1/short_address 0-63"):
        gateway.command_at("gear/level", (2, 5))
    with pytest.raises(BadInput, match="got '1', expected channel 0-1/short_address 0-63"):
        gateway.command_at("gear/level", (1,))
    with pytest.raises(BadInput, match=r"level: got 101, expected at least 0 and at most 100 %"):
        command_values(gateway.command_at("gear/level", (0, 0)), 101)
    with pytest.raises(BadInput, match="level: got None, expected a number"):
        command_values(gateway.command_at("gear/level", (0, 0)))
    with pytest.raises(BadInput, match="on: got 1, expected no value"):
        command_values(relay.command_at("on"), 1)


def test_what_shows_that_a_command_was_carried_out_moves_with_its_block() -> None:
    command = Command.model_validate(
        {
            "name": "act",
            "function": 6,
            "address": 3,
            "values": [14262],
            "read_back": {"function": 4, "address": 1, "values": [1]},
        }
    )
    moved = command.at(100)
    assert moved.address == 103
    assert moved.read_back is not None
    assert (moved.read_back.function, moved.read_back.address, moved.read_back.values) == (4, 101, (1,))


def test_the_example_of_the_page_about_profiles_is_one(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "modbus-profiles.md").read_text(encoding="utf-8")
    example, block = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    written(tmp_path, example.replace("[[vector]]", f"{block}\n[[vector]]", 1))
    profile = load_profiles("modbus", [tmp_path])["our-meter"]
    assert set(profile.commands()) == {"gear/level"}
    (vector,) = profile.vector
    assert_says(vector, decode(register_of(profile, vector), words_of(profile, vector)).value, None)

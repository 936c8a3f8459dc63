"""Profiles: what is shipped is right by its own vectors, and what is wrong is said in one line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from city.errors import BadInput
from city.measurements import Fact
from drivers.modbus.codec import decode as decode_register
from drivers.modbus.plan import span_of
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.profile import Vector as ModbusVector
from drivers.mqtt.codec import decode as decode_message
from drivers.mqtt.profile import MqttProfile
from drivers.mqtt.profile import Vector as MqttVector
from drivers.profiles import KINDS, ProfileKind, describe, load_profiles
from drivers.snmp.probe import look
from drivers.snmp.profile import SnmpProfile, recognised
from drivers.snmp.profile import Vector as SnmpVector
from tests.drivers.snmp_objects import AGENT, SnmpObjects, objects_of

MODBUS = load_profiles("modbus")
MQTT = load_profiles("mqtt")
SNMP = load_profiles("snmp")
NOW = datetime.fromtimestamp(1796055010, UTC)


def crc(frame: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first."""
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def _cases(
    profiles: dict[str, ModbusProfile] | dict[str, MqttProfile] | dict[str, SnmpProfile],
) -> list[object]:
    return [
        pytest.param(profile, vector, id=f"{profile.name}: {vector.note}")
        for profile in profiles.values()
        for vector in profile.vector
    ]


@pytest.mark.parametrize(("profile", "vector"), _cases(MODBUS))
def test_registers_mean_what_the_vector_says(profile: ModbusProfile, vector: ModbusVector) -> None:
    register = next(one for one in profile.registers(1) if one.label == vector.register_)
    data = bytes.fromhex(vector.hex)
    if vector.reply:
        frame = bytes.fromhex(vector.reply)
        assert crc(frame[:-2]) == frame[-2:]
        assert frame[1:3] == bytes([register.function, len(frame) - 5])
        data = frame[3:-2]
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]

    decoded = decode_register(register, words)

    assert not decoded.refused
    if isinstance(vector.value, float):
        assert decoded.value == pytest.approx(vector.value, rel=1e-6)
    else:
        assert decoded.value is None
        assert decoded.text == vector.value


@pytest.mark.parametrize(
    ("profile", "vector"),
    [case for case in _cases(MODBUS) if case.values[1].request],  # type: ignore[attr-defined]
)
def test_a_register_is_asked_for_as_the_vector_says(profile: ModbusProfile, vector: ModbusVector) -> None:
    span = span_of(next(one for one in profile.registers(1) if one.label == vector.register_))
    unit = 1
    frame = bytes([unit, span.function, *span.first.to_bytes(2, "big"), *span.count.to_bytes(2, "big")])
    assert (frame + crc(frame)).hex() == bytes.fromhex(vector.request).hex()


@pytest.mark.parametrize(("profile", "vector"), _cases(MQTT))
def test_messages_mean_what_the_vector_says(profile: MqttProfile, vector: MqttVector) -> None:
    heard = decode_message(profile, vector.topic, vector.payload.encode(), retained=vector.retained, now=NOW)
    assert heard.refused == ((vector.refused,) if vector.refused else ())
    assert heard.online == vector.online
    assert (heard.limits.programmes if heard.limits else None) == vector.programmes
    assert (heard.reading.device if heard.reading else None) == vector.lamp
    if heard.reading is not None:
        assert heard.reading.values == vector.values
        assert heard.reading.facts == vector.facts


@pytest.mark.parametrize(("profile", "vector"), _cases(SNMP))
async def test_objects_mean_what_the_vector_says(profile: SnmpProfile, vector: SnmpVector) -> None:
    seen = await look(SnmpObjects(objects_of(vector)), AGENT, SNMP.values())
    assert seen["device"]["profile"] == profile.name
    assert vector.expect
    for path, expected in vector.expect.items():
        got = _at(seen, path)
        if isinstance(expected, float):
            assert got == pytest.approx(expected), path
        else:
            assert got == (None if expected == "null" else expected), path


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document[int(step) if isinstance(document, list) else step]
    return document


@pytest.mark.parametrize("kind", KINDS)
def test_every_shipped_profile_has_a_source_and_vectors(kind: ProfileKind) -> None:
    profiles = load_profiles(kind)
    assert profiles
    for name, profile in profiles.items():
        shown = describe(kind, profile)
        assert shown["name"] == name
        assert shown["source"]
        assert "vector" not in shown
        assert getattr(profile, "vector", ())


def test_the_cabinet_is_read_once_each_and_nothing_forbidden() -> None:
    cabinet = MODBUS["falotier-cabinet"]
    polled = [register for register in cabinet.registers(8) if register.poll == "poll"]
    assert len({(register.address, register.bit) for register in polled}) == len(polled)
    assert [register.label for register in polled if register.fact is Fact.PROGRAMME] == ["programme"]
    addresses = {
        at
        for register in polled
        for at in range(register.address, register.address + register.type.registers)
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


def _written(folder: Path, text: str, kind: str = "modbus", name: str = "mine.toml") -> Path:
    (folder / kind).mkdir(exist_ok=True)
    file = folder / kind / name
    file.write_text(text, encoding="utf-8")
    return file


SNMP_TABLE = """
vendor = "x"
stands = "alone"
[[table]]
of = "totals"
entry = "1.3.6"
column = [{ says = "clients", column = "1" }]
"""
METER = """
name = "mine"
title = "A meter of ours"
source = "its manual"
function = 3
[[register]]
metric = "power_w"
address = 1
type = "u16"
unit = "W"
"""


def test_profiles_of_ones_own_are_found_and_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    _written(tmp_path, METER)
    _written(tmp_path, METER.replace('"mine"', '"eastron-sdm630"'), name="other.toml")
    profiles = load_profiles("modbus", [tmp_path])
    assert profiles["mine"].title == "A meter of ours"
    assert profiles["eastron-sdm630"].title == "A meter of ours"
    assert "falotier-cabinet" in profiles


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('"u16"', '"u24"', "register.0.type: got 'u24', expected 'bit', 'u16'"),
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
    ],
)
def test_a_profile_that_is_wrong_is_named_with_key_got_and_expected(
    tmp_path: Path, was: str, becomes: str, says: str
) -> None:
    assert was in METER
    file = _written(tmp_path, METER.replace(was, becomes))
    with pytest.raises(BadInput) as caught:
        load_profiles("modbus", [tmp_path])
    assert str(caught.value).startswith(f"{file}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_twice_and_a_folder_that_is_not_there_are_bad_input(tmp_path: Path) -> None:
    _written(tmp_path, METER)
    _written(tmp_path, METER, name="twin.toml")
    with pytest.raises(BadInput, match=r"twin\.toml: name: got 'mine'"):
        load_profiles("modbus", [tmp_path])
    with pytest.raises(BadInput, match="no such folder"):
        load_profiles("modbus", [tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (
            "mqtt",
            '[telemetry]\ntopic = "a/{lamp}"\nvalues = [{metric = "power_w", path = "w", unit = "W"}]',
            "{gateway}",
        ),
        (
            "mqtt",
            '[telemetry]\ntopic = "a/{gateway}/+/{lamp}"\nfacts = [{fact = "why", path = "w"}]',
            "without + or #",
        ),
        ("mqtt", '[telemetry]\ntopic = "a/{gateway}/{lamp}"', "values or facts"),
        ("snmp", SNMP_TABLE.replace("1.3.6", ".1.3.6"), "table.0.entry: got '.1.3.6'"),
        ("snmp", SNMP_TABLE.replace(', column = "1"', ""), "exactly one of column, part and count"),
        ("snmp", SNMP_TABLE.replace('"clients"', '"client"'), "of totals it cannot say client"),
        (
            "snmp",
            SNMP_TABLE.replace('column = "1"', 'column = "1", unit = "s"'),
            "for clients a unit of none",
        ),
        ("snmp", SNMP_TABLE.replace("totals", "radios"), "radio in the index or a column"),
        ("snmp", SNMP_TABLE.replace("totals", "ssids") + 'index = "ssid:words"', "an index of"),
        (
            "snmp",
            'vendor = "x"\nstands = "alone"\nrecognise = {sys_descr = "("}',
            "recognise.sys_descr: got '(', expected a regular",
        ),
    ],
)
def test_the_other_kinds_are_checked_as_well(tmp_path: Path, kind: ProfileKind, text: str, says: str) -> None:
    _written(tmp_path, f'name = "mine"\ntitle = "Mine"\nsource = "me"\n{text}\n', kind)
    with pytest.raises(BadInput) as caught:
        load_profiles(kind, [tmp_path])
    assert says in str(caught.value)


def _snmp(name: str, *prefixes: str, **rules: object) -> SnmpProfile:
    return SnmpProfile.model_validate(
        {
            "name": name,
            "title": name,
            "source": "a test",
            "vendor": "x",
            "stands": "alone",
            "recognise": {"sys_object_id": prefixes, **rules},
        }
    )


def test_a_device_is_recognised_by_its_longest_prefix_then_by_its_description() -> None:
    profiles = [
        _snmp("any"),
        _snmp("linux", "1.3.6.1.4.1.8072.3.2.10"),
        _snmp("unifi", "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.41112", sys_descr="^U(AP|6)"),
        _snmp("short", "1.3.6.1.4.1.1482"),
        _snmp("aruba", "1.3.6.1.4.1.14823", not_object_id=["1.3.6.1.4.1.14823.1.6"], not_descr="ClearPass"),
        _snmp("instant", "1.3.6.1.4.1.14823.1.2"),
        _snmp("meraki", sys_descr="^Meraki MR"),
        _snmp("openwrt", "1.3.6.1.4.1.8072.3.2.10", ask="1.3.6.1.4.1.8072.1", answers="^OpenWrt"),
    ]

    def known(oid: str, descr: str = "") -> list[str]:
        return [profile.name for profile in recognised(profiles, oid, descr)]

    assert known("1.3.6.1.4.1.8072.3.2.10", "Linux x") == ["openwrt", "linux", "any"]
    assert known("1.3.6.1.4.1.8072.3.2.10", "UAP-nanoHD") == ["unifi", "openwrt", "linux", "any"]
    assert known("1.3.6.1.4.1.41112", "UAP") == ["unifi", "any"]
    assert known("1.3.6.1.4.1.14823.1.2.71") == ["instant", "aruba", "any"]
    assert known("1.3.6.1.4.1.14823.1.1.9999") == ["aruba", "any"]
    assert known("1.3.6.1.4.1.14823.1.6.1") == ["any"]
    assert known("1.3.6.1.4.1.14823.1.1.1", "ClearPass") == ["any"]
    assert known("1.3.6.1.4.1.29671.2.45", "Meraki MR28") == ["meraki", "any"]
    assert known("1.3.6.1.4.1.99") == ["any"]
    assert recognised(profiles[1:], "1.3.6.1.4.1.99", "") == []

"""Profiles: what is shipped is right by its own vectors, and what is wrong is said in one line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from city.errors import BadInput
from drivers.mqtt.codec import decode as decode_message
from drivers.mqtt.profile import MqttProfile
from drivers.mqtt.profile import Vector as MqttVector
from drivers.profiles import KINDS, ProfileKind, describe, load_profiles
from drivers.snmp.codec import decode_all
from drivers.snmp.profile import SnmpProfile, recognise
from drivers.snmp.profile import Vector as SnmpVector

MQTT = load_profiles("mqtt")
SNMP = load_profiles("snmp")
NOW = datetime.fromtimestamp(1796055010, UTC)


def _cases(
    profiles: dict[str, MqttProfile] | dict[str, SnmpProfile],
) -> list[object]:
    return [
        pytest.param(profile, vector, id=f"{profile.name}: {vector.note}")
        for profile in profiles.values()
        for vector in profile.vector
    ]


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
def test_objects_mean_what_the_vector_says(profile: SnmpProfile, vector: SnmpVector) -> None:
    raws = {oid: raw.encode() if isinstance(raw, str) else raw for oid, raw in vector.varbinds.items()}
    values, refused = decode_all(profile.scalar, raws, "")
    got = {metric.value: value for metric, value in values.items()}
    for row in ("1", "2", "3"):
        values, more = decode_all(profile.radios.column if profile.radios else (), raws, row)
        got |= {f"{row}/{metric.value}": value for metric, value in values.items()}
        refused += more
    assert got == vector.values
    assert not refused


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


def _written(folder: Path, text: str, kind: str = "modbus", name: str = "mine.toml") -> Path:
    (folder / kind).mkdir(exist_ok=True)
    file = folder / kind / name
    file.write_text(text, encoding="utf-8")
    return file


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
        ("snmp", 'vendor = "x"\nscalar = [{oid = ".1.3", metric = "clients"}]', "scalar.0.oid: got '.1.3'"),
        ("snmp", 'vendor = "x"\nscalar = [{oid = "1.3"}]', "a metric or a field"),
        (
            "snmp",
            'vendor = "x"\nrecognise = {sys_descr = "("}',
            "recognise.sys_descr: got '(', expected a regular",
        ),
    ],
)
def test_the_other_kinds_are_checked_as_well(tmp_path: Path, kind: ProfileKind, text: str, says: str) -> None:
    _written(tmp_path, f'name = "mine"\ntitle = "Mine"\nsource = "me"\n{text}\n', kind)
    with pytest.raises(BadInput) as caught:
        load_profiles(kind, [tmp_path])
    assert says in str(caught.value)


def _snmp(name: str, *prefixes: str, descr: str = "") -> SnmpProfile:
    rules = {"sys_object_id": prefixes, "sys_descr": descr}
    return SnmpProfile.model_validate(
        {"name": name, "title": name, "source": "a test", "vendor": "x", "recognise": rules}
    )


def test_a_device_is_recognised_by_its_longest_prefix_then_by_its_description() -> None:
    profiles = [
        _snmp("any"),
        _snmp("linux", "1.3.6.1.4.1.8072.3.2.10"),
        _snmp("unifi", "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.41112", descr="^U(AP|6)"),
        _snmp("short", "1.3.6.1.4.1.1482"),
        _snmp("aruba", "1.3.6.1.4.1.14823"),
        _snmp("instant", "1.3.6.1.4.1.14823.1.2"),
        _snmp("meraki", descr="^Meraki MR"),
    ]

    def known(oid: str, descr: str = "") -> str:
        found = recognise(profiles, oid, descr)
        assert found is not None
        return found.name

    assert known("1.3.6.1.4.1.8072.3.2.10", "Linux x") == "linux"
    assert known("1.3.6.1.4.1.8072.3.2.10", "UAP-nanoHD") == "unifi"
    assert known("1.3.6.1.4.1.41112", "UAP") == "unifi"
    assert known("1.3.6.1.4.1.14823.1.2.71") == "instant"
    assert known("1.3.6.1.4.1.14823.1.1.9999") == "aruba"
    assert known("1.3.6.1.4.1.29671.2.45", "Meraki MR28") == "meraki"
    assert known("1.3.6.1.4.1.99") == "any"
    assert recognise(profiles[1:], "1.3.6.1.4.1.99", "") is None

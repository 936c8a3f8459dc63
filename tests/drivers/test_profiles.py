"""Profiles: what is shipped is right by its own vectors, and what is wrong is said in one line."""

from pathlib import Path

import pytest

from city.errors import BadInput
from drivers.profiles import KINDS, ProfileKind, describe, load_profiles
from drivers.snmp.profile import SnmpProfile, recognised
from drivers.vectors import try_out
from tests.drivers.profile_files import METER, written

SNMP = load_profiles("snmp")


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in load_profiles(kind)])
async def test_a_shipped_profile_means_what_its_vectors_say(kind: ProfileKind, name: str) -> None:
    profiles = load_profiles(kind)
    tried = await try_out(kind, profiles[name], profiles)
    assert tried
    assert [(each.note, each.faults) for each in tried if each.faults] == []


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


SNMP_TABLE = """
vendor = "x"
stands = "alone"
[[table]]
of = "totals"
entry = "1.3.6"
column = [{ says = "clients", column = "1" }]
"""


def test_profiles_of_ones_own_are_found_and_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    written(tmp_path, METER)
    written(tmp_path, METER.replace('"mine"', '"eastron-sdm630"'), name="other.toml")
    profiles = load_profiles("modbus", [tmp_path])
    assert profiles["mine"].title == "A meter of ours"
    assert profiles["eastron-sdm630"].title == "A meter of ours"
    assert "falotier-cabinet" in profiles


def test_a_name_twice_and_a_folder_that_is_not_there_are_bad_input(tmp_path: Path) -> None:
    written(tmp_path, METER)
    written(tmp_path, METER, name="twin.toml")
    with pytest.raises(BadInput, match=r"twin\.toml: name: got 'mine'"):
        load_profiles("modbus", [tmp_path])
    with pytest.raises(BadInput, match="no such folder"):
        load_profiles("modbus", [tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
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
    written(tmp_path, f'name = "mine"\ntitle = "Mine"\nsource = "me"\n{text}\n', kind)
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

"""The inventory file."""

import copy
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from city.telemetry import Tag
from headend.inventory import CityInventory, load_inventory, read_inventory

CITY: dict[str, Any] = {
    "type": "FeatureCollection",
    "lamp_types": [
        {"id": "led-60", "nominal_w": 60.0, "power_at_min_w": 7.0, "min_level_pct": 10.0, "standby_w": 0.6,
         "warm_up_s": 30.0}
    ],
    "hotspots": [
        {"id": "patinoire", "name": "Patinoire", "sector": "West", "watched": True, "longitude": 7.3, "latitude": 47.7}
    ],
    "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3388, 47.7466]},
         "properties": {"kind": "light-point", "id": "08-1173", "sector": "D8", "quarter": "Centre",
                        "street": "rue Mercière", "cabinet": "A-017", "circuit": "A-017/2", "phase": "L2",
                        "lamp_type": "led-60", "gateway": "GW-4"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3386, 47.7467, 240.0]},
         "properties": {"kind": "cabinet", "id": "A-017", "sector": "D8", "street": "rue Mercière",
                        "modbus": {"host": "127.0.0.1", "port": 15017, "unit": 1}, "profile": "falotier-cabinet",
                        "circuits": [{"number": 1, "feed": "permanent"}, {"number": 2, "feed": "night"}]}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.3168, 47.7352]},
         "properties": {"kind": "access-point", "id": "AP-PAT-03", "hotspot": "patinoire",
                        "snmp": {"host": "127.0.0.1", "port": 16103}, "profile": "falotier-ap",
                        "clients_per_radio": 40, "installed_by": "somebody"}},
    ],
}  # fmt: skip


def load(tmp_path: Path, document: object) -> CityInventory:
    file = tmp_path / "inventory.geojson"
    file.write_text(json.dumps(document), encoding="utf-8")
    return load_inventory(file)


def changed(number: int, **properties: object) -> dict[str, Any]:
    """The city with some properties of a feature set, or removed by None."""
    city = copy.deepcopy(CITY)
    for key, value in properties.items():
        if value is None:
            del city["features"][number]["properties"][key]
        else:
            city["features"][number]["properties"][key] = value
    return city


def test_the_documented_example_loads_in_any_order(tmp_path: Path) -> None:
    city = load(tmp_path, CITY)
    assert city.left_out == ()
    point = city.lighting.light_points["08-1173"]
    assert (point.position.latitude, point.position.longitude) == (47.7466, 7.3388)
    assert point.lamp_type.nominal_w == 60.0
    assert [circuit.id for circuit in city.lighting.cabinets["A-017"].circuits] == ["A-017/1", "A-017/2"]
    assert city.wifi.access_points["AP-PAT-03"].port == 16103


def test_every_device_belongs_to_its_groups(tmp_path: Path) -> None:
    city = load(tmp_path, CITY)
    assert city.tags_of("08-1173") == {Tag.SECTOR: "D8", Tag.CABINET: "A-017"}
    assert city.tags_of("A-017/2") == city.tags_of("A-017") == {Tag.SECTOR: "D8", Tag.CABINET: "A-017"}
    assert city.tags_of("AP-PAT-03/1") == {Tag.SECTOR: "West", Tag.HOTSPOT: "patinoire"}
    assert city.tags_of("nobody") == {}


@pytest.mark.parametrize(
    ("number", "properties", "what", "why"),
    [
        (0, {"phase": "L4"}, "light-point 08-1173", "phase: got 'L4'"),
        (0, {"gateway": None}, "light-point 08-1173", "gateway: missing"),
        (0, {"cabinet": "A-099"}, "light-point 08-1173", "cabinet: A-099 is not in the file"),
        (0, {"circuit": "A-017/7"}, "light-point 08-1173", "circuit: A-017/7 is no circuit of A-017"),
        (0, {"lamp_type": "oil"}, "light-point 08-1173", "lamp_type: oil is not among lamp_types"),
        (1, {"circuits": []}, "cabinet A-017", "circuits: got []"),
        (1, {"circuits": [{"number": 1, "feed": "night"}] * 2}, "cabinet A-017", "the same number stands there twice"),
        (1, {"modbus": {"host": "x", "port": 99999}}, "cabinet A-017", "modbus.port: got 99999"),
        (2, {"hotspot": "moon"}, "access-point AP-PAT-03", "hotspot: moon is not among hotspots"),
        (2, {"kind": "fountain"}, "fountain AP-PAT-03", "kind: got 'fountain', expected cabinet"),
    ],
)  # fmt: skip
def test_an_unusable_feature_is_left_out_and_named(
    tmp_path: Path, number: int, properties: dict[str, object], what: str, why: str
) -> None:
    city = load(tmp_path, changed(number, **properties))
    assert any(out.what == what and why in out.why for out in city.left_out), city.left_out


def test_one_bad_feature_does_not_take_the_others_along(tmp_path: Path) -> None:
    city = load(tmp_path, changed(2, clients_per_radio="many"))
    assert "08-1173" in city.lighting.light_points
    assert not city.wifi.access_points


def test_the_first_of_two_with_one_name_is_kept(tmp_path: Path) -> None:
    document = copy.deepcopy(CITY)
    twin = copy.deepcopy(document["features"][0])
    twin["properties"]["street"] = "elsewhere"
    document["features"].append(twin)
    city = load(tmp_path, document)
    assert city.lighting.light_points["08-1173"].street == "rue Mercière"
    assert "twice" in city.left_out[0].why


@pytest.mark.parametrize("coordinates", [[], [7.3], ["a", "b"], [200.0, 47.0], [7.0, float("nan")], None])
def test_a_position_that_is_none_leaves_the_feature_out(tmp_path: Path, coordinates: object) -> None:
    document = copy.deepcopy(CITY)
    document["features"][0]["geometry"]["coordinates"] = coordinates
    city = load(tmp_path, document)
    assert not city.lighting.light_points
    assert len(city.left_out) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not JSON"),
        ("[]", "type: expected a GeoJSON FeatureCollection"),
        ('{"type": "Feature"}', "type: expected a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "features: expected a list"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_inventory_is_told_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "inventory.geojson"
    file.write_text(text)
    with pytest.raises(BadInput, match=expected) as caught:
        load_inventory(file)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_where_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no such file.*\[inventory\]"):
        load_inventory(tmp_path / "nowhere.geojson")


def with_groups(*groups: Mapping[str, object]) -> dict[str, Any]:
    return {**copy.deepcopy(CITY), "groups": list(groups)}


def test_all_that_is_optional_is_kept(tmp_path: Path) -> None:
    said = {
        "serial": "FC1", "support": "M-1", "height_m": 8.5, "owner": "Région", "zone": "Illzach", "category": "b",
        "installed": "2020-02-29", "hours_before": 12.5,
    }  # fmt: skip
    document = changed(0, **said)
    document["features"][1]["properties"] |= {"owner": "SIVOM", "metering_point": "500", "subscribed_kw": 9}
    document["lamp_types"][0] |= {"lumens": 8000, "cct_k": 2200, "power_factors": [[10, 0.6], [100, 0.98]]}
    city = load(tmp_path, document)
    assert city.left_out == ()
    point, cabinet = city.lighting.light_points["08-1173"], city.lighting.cabinets["A-017"]
    assert (point.support, point.height_m, point.owner, point.zone) == ("M-1", 8.5, "Région", "Illzach")
    assert (point.category, point.installed, point.hours_before) == ("b", date(2020, 2, 29), 12.5)
    assert (cabinet.owner, cabinet.metering_point, cabinet.subscribed_kw) == ("SIVOM", "500", 9.0)
    assert (point.lamp_type.lumens, point.lamp_type.cct_k) == (8000, 2200)
    assert point.lamp_type.power_factors == ((10, 0.6), (100, 0.98))


def test_groups_hold_light_points_and_groups(tmp_path: Path) -> None:
    berges, eau = (
        {"id": "berges", "name": "Berges", "members": ["08-1173"]},
        {"id": "eau", "members": ["berges"]},
    )
    city = load(tmp_path, with_groups(eau, berges))
    assert city.left_out == ()
    assert city.lighting.by_group == {"berges": {"08-1173"}, "eau": {"08-1173"}}
    assert city.lighting.groups["berges"].name == "Berges"
    assert city.lighting.groups["eau"].name == "eau"


def test_a_group_inside_itself_loses_its_last_link_and_it_is_told(tmp_path: Path) -> None:
    city = load(
        tmp_path,
        with_groups(
            {"id": "a", "members": ["b", "08-1173"]},
            {"id": "b", "members": ["c"]},
            {"id": "c", "members": ["a", "c"]},
        ),
    )
    assert [(out.what, out.why.partition(":")[2][:7]) for out in city.left_out] == [
        ("group c", " a is i"),
        ("group c", " c is i"),
    ]
    assert city.lighting.by_group == {"a": {"08-1173"}, "b": set(), "c": set()}


def test_members_that_are_not_there_are_counted_and_the_group_stays(tmp_path: Path) -> None:
    members = ["08-1173", *(f"X{number}" for number in range(9))]
    city = load(tmp_path, with_groups({"id": "a", "members": members}))
    assert [out.why for out in city.left_out] == [
        "members: 9 are no light points or groups, or were left out: X0, X1, X2"
    ]
    assert city.lighting.by_group == {"a": {"08-1173"}}


GROUPS = st.lists(
    st.lists(st.sampled_from(["g0", "g1", "g2", "g3", "g4", "08-1173", "nobody"]), max_size=5), max_size=5
)


@given(groups=GROUPS)
def test_no_groups_are_ever_inside_themselves(groups: list[list[str]]) -> None:
    listed = [{"id": f"g{number}", "members": members} for number, members in enumerate(groups)]
    lighting = read_inventory(with_groups(*listed)).lighting
    order: dict[str, int] = {}

    def depth(group: str, above: frozenset[str]) -> int:
        assert group not in above
        inside = [member for member in lighting.groups[group].members if member in lighting.groups]
        order[group] = 1 + max((depth(member, above | {group}) for member in inside), default=0)
        return order[group]

    for group in lighting.groups:
        depth(group, frozenset())
        assert lighting.by_group[group] <= {"08-1173"}


def test_a_thousand_groups_in_a_row_are_no_trouble() -> None:
    chain = [{"id": f"g{number}", "members": [f"g{number + 1}"]} for number in range(1000)]
    lighting = read_inventory(with_groups(*chain, {"id": "g1000", "members": ["08-1173"]})).lighting
    assert lighting.by_group["g0"] == {"08-1173"}


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"height_m": -1}, "height_m: got -1"),
        ({"category": "h"}, "category: got 'h'"),
        ({"installed": "yesterday"}, "installed: got 'yesterday'"),
        ({"hours_before": float("inf")}, "hours_before: got inf"),
        ({"street": "s\x1b[31m"}, "street: got"),
        ({"owner": "x" * 1000}, "owner: got 'xxx"),
        ({"gateway": None, "phase": None}, "phase, gateway: missing"),
    ],
)
def test_what_is_optional_has_to_make_sense(tmp_path: Path, properties: dict[str, object], why: str) -> None:
    city = load(tmp_path, changed(0, **properties))
    assert len(city.left_out) == 1
    assert why in city.left_out[0].why
    assert len(city.left_out[0].why) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "id", "properties"]), inner),
    max_leaves=8,
)  # fmt: skip


@given(parts=st.lists(JSON, max_size=4), types=JSON)
def test_no_content_breaks_the_reader(parts: list[object], types: object, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("city", numbered=True)
    document = {
        "type": "FeatureCollection",
        "features": parts,
        "lamp_types": types,
        "hotspots": types,
        "groups": types,
    }
    city = load(folder, document)
    assert len(city.left_out) >= len(parts)


@pytest.mark.parametrize(
    "url", ["modbus+tls://10.0.0.7/3", "rtu+tcp://10.0.0.7:4001/3", "rtu:///dev/ttyUSB0?unit=3&baud=9600"]
)
def test_a_cabinet_may_answer_at_a_url_instead_of_a_host(tmp_path: Path, url: str) -> None:
    city = load(tmp_path, changed(1, modbus={"url": url}))
    assert not city.left_out
    assert city.lighting.cabinets["A-017"].url == url


@pytest.mark.parametrize(
    "modbus", [{}, {"host": "gw", "url": "modbus://gw/1"}, {"url": "modbus://gw/1", "unit": 2}]
)
def test_a_cabinet_at_no_place_or_at_two_is_left_out(tmp_path: Path, modbus: dict[str, object]) -> None:
    city = load(tmp_path, changed(1, modbus=modbus))
    cabinet = next(each for each in city.left_out if each.what == "cabinet A-017")
    assert cabinet.why == f"modbus: got {modbus!r}, expected a host (with its port and unit) or a url"


WLC = {"id": "WLC-1", "host": "10.0.0.9", "profile": "cisco-wlc"}
BEHIND: dict[str, object] = {"snmp": None, "profile": None, "controller": "WLC-1"}


def with_controller(controllers: object = (WLC,), **properties: object) -> dict[str, Any]:
    return {**changed(2, **properties), "controllers": controllers}


def test_an_access_point_behind_a_controller_is_asked_there(tmp_path: Path) -> None:
    city = load(tmp_path, with_controller([WLC], **BEHIND, listed_as="00:00:5e:00:53:01"))
    assert city.left_out == ()
    access_point = city.wifi.access_points["AP-PAT-03"]
    assert (access_point.host, access_point.port, access_point.profile) == ("10.0.0.9", 161, "cisco-wlc")
    assert (access_point.controller, access_point.own_name) == ("WLC-1", "00:00:5e:00:53:01")
    assert [each.id for each in city.wifi.by_controller["WLC-1"]] == ["AP-PAT-03"]


def test_a_controller_wins_over_a_profile_that_is_left_over(tmp_path: Path) -> None:
    city = load(tmp_path, with_controller([WLC], snmp=None, controller="WLC-1"))
    assert city.wifi.access_points["AP-PAT-03"].profile == "cisco-wlc"


@pytest.mark.parametrize(
    ("document", "what", "why"),
    [
        (with_controller([WLC], controller="WLC-1"), "access-point AP-PAT-03", "got 'WLC-1', expected either"),
        (with_controller([], **BEHIND), "access-point AP-PAT-03", "controller: WLC-1 is not among controllers"),
        (changed(2, snmp=None), "access-point AP-PAT-03", "snmp: missing"),
        (changed(2, snmp=None, profile=None), "access-point AP-PAT-03", "snmp, profile: missing"),
        (with_controller([WLC, {**WLC, "host": "x"}]), "controllers WLC-1", "WLC-1 stands there twice"),
        (with_controller([{**WLC, "port": 0}]), "controllers WLC-1", "port: got 0"),
        (with_controller([{"id": "WLC-1"}]), "controllers WLC-1", "host, profile: missing"),
        (with_controller(["x"]), "controllers 0", "got 'x'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_controller_is_told(
    tmp_path: Path, document: dict[str, Any], what: str, why: str
) -> None:
    city = load(tmp_path, document)
    assert any(out.what == what and why in out.why for out in city.left_out), city.left_out


def test_a_hotspot_may_say_when_it_is_open(tmp_path: Path) -> None:
    document = copy.deepcopy(CITY)
    document["hotspots"][0]["opens"] = "Mo-Fr 07:30-20:00; PH off"
    opens = load(tmp_path, document).wifi.hotspots["patinoire"].opens
    assert opens is not None
    assert opens.text == "Mo-Fr 07:30-20:00; PH off"
    assert load(tmp_path, CITY).wifi.hotspots["patinoire"].opens is None


def test_opening_hours_that_are_none_are_told_and_the_hotspot_stays(tmp_path: Path) -> None:
    document = copy.deepcopy(CITY)
    document["hotspots"][0]["opens"] = "weekdays"
    city = load(tmp_path, document)
    assert [(out.what, out.why[:40]) for out in city.left_out] == [
        ("hotspots patinoire", "opens: opening hours: got 'weekdays', ex")
    ]
    assert city.wifi.hotspots["patinoire"].opens is None
    assert "AP-PAT-03" in city.wifi.access_points


def test_a_network_belongs_to_the_hotspot_of_who_counts_it(tmp_path: Path) -> None:
    city = load(tmp_path, with_controller([WLC]))
    assert city.tags_of("AP-PAT-03/Mulhouse-WiFi") == {Tag.SECTOR: "West", Tag.HOTSPOT: "patinoire"}
    assert city.tags_of("WLC-1/Mulhouse-WiFi") == {}

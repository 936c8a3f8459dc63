"""Hotspots, controllers and access points through imports and exports: nothing of them is lost on the way."""

from pathlib import Path
from typing import Any

from headend.exchange.merging import parts
from headend.exchange.tables import write_table
from headend.inventory import load_inventory
from tests.headend.exchange.small_city import Town, city

WLC = {"id": "WLC-1", "host": "10.0.0.9", "port": 161, "profile": "cisco-wlc"}
HERE = {"type": "Point", "coordinates": [7.31, 47.73]}


def behind(name: str, **more: Any) -> dict[str, Any]:
    properties = {"kind": "access-point", "id": name, "hotspot": "patinoire", "clients_per_radio": 30, **more}
    return {"type": "Feature", "geometry": HERE, "properties": properties}


def wifi_city() -> dict[str, Any]:
    document = city()
    document["hotspots"][0]["opens"] = "Mo-Fr 07:30-20:00; PH off"
    document["controllers"] = [WLC]
    document["features"].append(behind("AP-7", controller="WLC-1", listed_as="00:00:5e:00:53:01"))
    return document


def test_our_own_file_comes_in_again_without_a_change(tmp_path: Path) -> None:
    town = Town(tmp_path, wifi_city())
    before = town.file.read_bytes()
    outcome = town.import_(wifi_city())
    assert (outcome.bad, outcome.added, outcome.changed, outcome.written) == ([], [], [], False)
    assert town.file.read_bytes() == before


def test_a_whole_file_goes_into_an_empty_folder_with_its_controllers_and_hours(tmp_path: Path) -> None:
    first = Town(tmp_path, wifi_city())
    (tmp_path / "other").mkdir()
    other = Town(tmp_path / "other")
    outcome = other.import_(wifi_city())
    assert ("wifi-controller", "WLC-1") in outcome.added
    assert load_inventory(other.file).wifi == load_inventory(first.file).wifi
    assert load_inventory(other.file).wifi.access_points["AP-7"].host == "10.0.0.9"


def test_a_table_of_access_points_names_their_controllers(tmp_path: Path) -> None:
    town = Town(tmp_path, wifi_city())
    table = write_table(parts(town.document, "access-point"), "access-point")
    again = town.import_(table, kind="access-point")
    assert (again.bad, again.changed, again.written) == ([], [], False)
    outcome = town.import_(
        "id;lat;lon;hotspot;controleur;clients_per_radio\nAP-8;47,73;7,31;patinoire;WLC-1;40\n",
        kind="access-point",
    )
    assert outcome.added == [("access-point", "AP-8")]
    assert not outcome.incomplete
    assert load_inventory(town.file).wifi.access_points["AP-8"].controller == "WLC-1"


def test_an_access_point_moves_behind_a_controller_and_back(tmp_path: Path) -> None:
    town = Town(tmp_path, wifi_city())
    place = town.coordinates("AP-PAT-03")
    head = "id,longitude,latitude"
    outcome = town.import_(f"{head},controller\nAP-PAT-03,{place[0]},{place[1]},WLC-1\n", kind="access-point")
    (change,) = outcome.changed
    assert {(each.key, each.new) for each in change.fields} == {("controller", "WLC-1"), ("snmp", None)}
    assert load_inventory(town.file).wifi.access_points["AP-PAT-03"].host == "10.0.0.9"
    table = f"{head},snmp_host,profile\nAP-PAT-03,{place[0]},{place[1]},10.0.0.3,falotier-ap\n"
    town.import_(table, kind="access-point")
    back = load_inventory(town.file).wifi.access_points["AP-PAT-03"]
    assert (back.host, back.profile, back.controller) == ("10.0.0.3", "falotier-ap", "")


def test_opening_hours_that_are_none_come_in_and_are_told(tmp_path: Path) -> None:
    document = wifi_city()
    document["hotspots"][0]["opens"] = "am Abend"
    outcome = Town(tmp_path).import_(document)
    assert outcome.written
    assert [each.what for each in outcome.incomplete if each.why.startswith("opens: ")] == [
        "hotspots patinoire"
    ]


def test_a_row_that_names_both_ways_is_a_bad_one(tmp_path: Path) -> None:
    town = Town(tmp_path, wifi_city())
    both = behind("AP-9", controller="WLC-1", snmp={"host": "10.0.0.3"}, profile="falotier-ap")
    outcome = town.import_({"type": "FeatureCollection", "features": [both]}, kind="access-point")
    (bad,) = outcome.bad
    assert (bad.id, bad.key, bad.got) == ("AP-9", "controller", "'WLC-1'")
    assert bad.expected.startswith("either a controller or snmp")

"""Importing into the inventory file: all or nothing, twice is once, and whatever is wrong is named."""

import contextlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from headend import inventory_edit
from headend.exchange.fiware_writing import entities
from headend.exchange.merging import parts
from headend.exchange.rows import BadRow
from headend.exchange.tables import write_table
from headend.inventory import load_inventory
from headend.inventory_edit import InventoryEdit, document_text
from tests.headend.exchange.small_city import CITY, Town, city

FULL_CITY = 14_600
HEADER = "id,longitude,latitude,street,cabinet,circuit,phase,lamp_type,gateway,height_m"


def full_city(*wrong: tuple[int, str]) -> str:
    """A table of a whole city, with some lines replaced."""
    lines = [HEADER]
    lines += [
        f"P{number:05d},7.3{number:05d},47.7{number:05d},rue {number % 40},A-017,2,L{number % 3 + 1},led-60,GW-4,8"
        for number in range(FULL_CITY)
    ]
    for line, text in wrong:
        lines[line - 1] = text
    return "\n".join(lines) + "\n"


def test_three_bad_rows_of_a_whole_city_are_named_and_nothing_changes_until_told(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    before = town.file.read_bytes()
    text = full_city(
        (17, "P00015,7.3,477.46,rue 1,A-017,2,L1,led-60,GW-4,8"),
        (1400, "P01398,7.3,47.7,rue 1,A-017,2,L9,led-60,GW-4,8"),
        (9001, "P00003,7.3,47.7,rue 1,A-017,2,L1,led-60,GW-4,8"),
    )
    refused = town.import_(text)
    assert [(row.number, row.id, row.key) for row in refused.bad] == [
        (17, "P00015", "position"),
        (1400, "P01398", "phase"),
        (9001, "P00003", "id"),
    ]
    assert "477.46" in refused.bad[0].got
    assert refused.bad[1] == BadRow(1400, "P01398", "phase", "'L9'", "'L1', 'L2' or 'L3'")
    assert refused.refused
    assert not refused.written
    assert town.file.read_bytes() == before
    told = town.import_(text, without_bad_rows=True)
    assert told.written
    assert len(told.added) == FULL_CITY - 3
    after = town.file.read_bytes()
    again = town.import_(text, without_bad_rows=True)
    assert (again.written, again.added, again.changed, again.unchanged) == (False, [], [], FULL_CITY - 3)
    assert town.file.read_bytes() == after
    assert len(load_inventory(town.file).lighting.light_points) == FULL_CITY - 3 + 2


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    before = town.file.read_bytes()
    text = "id,lon,lat,height_m,street\n08-1173,7.3388,47.7466,9,\n08-1180,7.34,47.75,,rue X\n"
    seen = town.import_(text, dry_run=True)
    assert seen.added == [("light-point", "08-1180")]
    assert [
        (each.id, [(field.key, field.old, field.new) for field in each.fields]) for each in seen.changed
    ] == [("08-1173", [("height_m", 8, 9)])]
    assert seen.missing == [("light-point", "08-1174")]
    assert not seen.written
    assert town.file.read_bytes() == before
    assert not list(tmp_path.glob("*.bak"))


def test_what_a_row_does_not_say_stays_as_it_was(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    assert town.import_("id,x,y,zone\n08-1173,7.3388,47.7466,Illzach\n").written
    assert town.properties("08-1173") == {**CITY["features"][1]["properties"], "zone": "Illzach"}
    assert json.loads((tmp_path / "inventory.geojson.bak").read_text()) == CITY


def test_what_is_not_in_the_file_goes_only_when_told_and_other_kinds_never(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    text = "id,lon,lat\n08-1173,7.3388,47.7466\n"
    kept = town.import_(text)
    assert (kept.missing, kept.written) == ([("light-point", "08-1174")], False)
    gone = town.import_(text, remove_missing=True)
    assert gone.written
    left = [each["properties"]["id"] for each in town.document["features"]]
    assert left == ["A-017", "08-1173", "AP-PAT-03"]
    assert any("eau" in each.what for each in gone.incomplete)


def test_a_bad_row_does_not_count_as_missing(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    outcome = town.import_(
        "id,lon,lat\n08-1173,7.3388,47.7466\n08-1174,nowhere,47\n", remove_missing=True, without_bad_rows=True
    )
    assert outcome.missing == []
    assert town.properties("08-1174")


def test_the_file_is_made_where_there_is_none_and_says_what_the_head_end_still_lacks(tmp_path: Path) -> None:
    town = Town(tmp_path)
    outcome = town.import_("id;lat;lon;puissance\nP1;47,75;7,34;70\n")
    assert outcome.written
    assert [(each.what, each.why) for each in outcome.incomplete] == [
        ("lamp_types 70 W", "power_at_min_w, min_level_pct, standby_w, warm_up_s: missing"),
        ("light-point P1", "cabinet, circuit, phase, gateway: missing"),
    ]
    assert town.properties("P1") == {"kind": "light-point", "id": "P1", "lamp_type": "70 W"}
    assert not town.import_("id;lat;lon;puissance\nP1;47,75;7,34;70\n").written
    assert load_inventory(town.file).lighting.light_points == {}


def test_a_known_type_of_the_power_that_is_told_stays(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    text = "id,lon,lat,puissance\n08-1174,7.3389,47.7465,60\n"
    assert not town.import_(text).written
    assert town.import_(text.replace(",60", ",42")).written
    assert town.properties("08-1174")["lamp_type"] == "42 W"


def test_new_light_points_take_the_default_type_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    town.import_("id,lon,lat\nP1,7.3,47.7\n", default_type="led-60")
    assert town.properties("P1")["lamp_type"] == "led-60"
    with pytest.raises(BadInput, match=r"--default-type: got 'oil', expected one of led-60"):
        town.import_("id,lon,lat\nP1,7.3,47.7\n", default_type="oil")


def test_two_imports_never_interleave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path, city())
    monkeypatch.setattr(inventory_edit, "WAIT_REAL_S", 0.1)
    with InventoryEdit(town.file), pytest.raises(BadInput, match="is being changed by somebody else"):
        town.import_("id,lon,lat\nP1,7.3,47.7\n")
    assert town.import_("id,lon,lat\nP1,7.3,47.7\n").written


def test_many_at_once_all_get_in(tmp_path: Path) -> None:
    file = Town(tmp_path, city()).file

    def add(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        town = Town(folder)
        town.file = file
        town.import_(f"id,lon,lat\nP{number},7.3,47.7\n")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {part["properties"]["id"] for part in parts(json.loads(file.read_text()), "light-point")}
    assert names == {"08-1173", "08-1174", *(f"P{number}" for number in range(8))}


def test_an_edit_that_is_not_committed_leaves_everything_as_it_was(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    before = town.file.read_bytes()
    with InventoryEdit(town.file) as edit:
        edit.stage({**edit.document, "features": []})
    assert town.file.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        ".inventory.geojson.lock",
        "inventory.geojson",
    ]


def test_the_inventory_keeps_its_permissions(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    town.file.chmod(0o640)
    assert town.import_("id,lon,lat\nP1,7.3,47.7\n").written
    assert town.file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("P1,NaN,47.7,8,s", "position"),
        ("P1,1e999,47.7,8,s", "position"),
        ("P1,7.3,47.7,1e999,s", "height_m"),
        ("P1,7.3,47.7,inf,s", "height_m"),
        ("P1,7.3,47.7,-4,s", "height_m"),
        (f"P1,7.3,47.7,{'9' * 5000},s", "height_m"),
        ("P\x1b[31m1,7.3,47.7,8,s", "id"),
        ("P\x001,7.3,47.7,8,s", "id"),
        (f"{'P' * 10_000_000},7.3,47.7,8,s", "id"),
        (f"P1,7.3,47.7,8,{'s' * 10_000_000}", "street"),
        ("P1,7.3,47.7,8,s\x9bm", "street"),
        (",7.3,47.7,8,s", "id"),
        ("P1,,47.7,8,s", "position"),
        ("P1,7.3,47.7,8,s,and,more", "columns"),
    ],
)
def test_a_hostile_row_is_named_in_few_words_and_keeps_the_rest_whole(
    tmp_path: Path, row: str, key: str
) -> None:
    town = Town(tmp_path, city())
    outcome = town.import_(f"id,lon,lat,height_m,street\n{row}\nP2,7.3,47.7,8,rue X\n")
    assert [(bad.number, bad.key) for bad in outcome.bad] == [(2, key)]
    assert len(outcome.bad[0].id) + len(outcome.bad[0].got) < 200
    assert town.import_(
        f"id,lon,lat,height_m,street\n{row}\nP2,7.3,47.7,8,rue X\n", without_bad_rows=True
    ).written
    assert town.properties("P2")


def test_only_the_kind_that_is_asked_for_comes_in(tmp_path: Path) -> None:
    town = Town(tmp_path)
    outcome = town.import_(CITY, kind="cabinet")
    assert outcome.added == [("cabinet", "A-017")]
    assert outcome.ignored["kind light-point"] == 2


NAMES = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs")),
    min_size=1,
    max_size=20,
).filter(lambda name: name == name.strip())
POINTS = st.fixed_dictionaries(
    {"kind": st.just("light-point")},
    optional={
        **dict.fromkeys(
            ("sector", "quarter", "street", "gateway", "serial", "support", "owner", "zone"), NAMES
        ),
        "cabinet": st.just("A-017"),
        "circuit": st.sampled_from(["A-017/1", "A-017/2"]),
        "phase": st.sampled_from(["L1", "L2", "L3"]),
        "lamp_type": st.just("led-60"),
        "height_m": st.integers(1, 20) | st.floats(0.5, 99, width=16),
        "category": st.sampled_from("abcdefg"),
        "installed": st.dates().map(lambda day: day.isoformat()),
        "hours_before": st.integers(1, 200_000) | st.floats(1, 1e5, width=32),
    },
)
PLACES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(
    points=st.dictionaries(NAMES, st.tuples(POINTS, PLACES), max_size=4),
    format_=st.sampled_from(["geojson", "csv", "fiware"]),
)
def test_what_is_handed_out_comes_in_again_without_a_change(
    points: dict[str, tuple[dict[str, Any], tuple[float, float]]], format_: str, tmp_path_factory: Any
) -> None:
    document = city()
    document["features"] += [
        {"geometry": {"type": "Point", "coordinates": list(place)}, "properties": {**said, "id": name}}
        for name, (said, place) in points.items()
        if name not in {"08-1173", "08-1174"}
    ]  # fmt: skip
    town = Town(tmp_path_factory.mktemp("town", numbered=True), document)
    text = {
        "geojson": lambda: document_text(document),
        "csv": lambda: write_table(parts(document, "light-point"), "light-point"),
        "fiware": lambda: json.dumps(list(entities(document, set()))),
    }[format_]()
    outcome = town.import_(text)
    assert not outcome.bad, outcome.bad
    assert not outcome.changed, outcome.changed
    assert not outcome.added
    assert not outcome.written


def test_a_round_trip_through_geojson_into_an_empty_folder_gives_the_same_inventory(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.import_(document_text(CITY))
    there = tmp_path / "there"
    there.mkdir()
    original = Town(there, city())
    assert load_inventory(town.file) == load_inventory(original.file)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_content_raises_anything_but_one_readable_line(content: bytes, tmp_path_factory: Any) -> None:
    town = Town(tmp_path_factory.mktemp("town", numbered=True), city())
    with contextlib.suppress(BadInput):
        town.import_(content, dry_run=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "id", "properties", "geometry", "type", "coordinates", "members", "location"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
FEATURES = st.lists(
    JSON
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from(["Feature", "Streetlight", "StreetlightGroup", "StreetlightFeeder"]),
            "id": st.text(max_size=5),
            "geometry": st.just({"type": "Point", "coordinates": [7.3, 47.7]}) | JSON,
            "location": st.just({"type": "Point", "coordinates": [7.3, 47.7]}) | JSON,
            "properties": st.dictionaries(
                st.sampled_from(["kind", "id", "phase", "hauteur", "circuits", "modbus", "installed"]), JSON
            ),
        }
    ),
    max_size=4,
)


@given(features=FEATURES, members=JSON, is_fiware=st.booleans())
def test_no_document_raises_anything_but_one_readable_line(
    features: list[object], members: object, is_fiware: bool, tmp_path_factory: Any
) -> None:
    town = Town(tmp_path_factory.mktemp("town", numbered=True), city())
    document = {"type": "FeatureCollection", "features": features, "groups": members, "lamp_types": members}
    with contextlib.suppress(BadInput):
        town.import_(features if is_fiware else document, without_bad_rows=True)

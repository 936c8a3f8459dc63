"""GeoJSON of others, and positions in Lambert-93."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from city.errors import BadInput
from headend.exchange.positions import crs_of, position
from headend.exchange.rows import Unreadable
from tests.headend.exchange.small_city import Town, city


def collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def feature(*place: float, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": list(place)},
        "properties": properties,
    }


def test_published_french_names_are_understood(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    said = {
        "id_pl": 4012,
        "armoire": "A-017",
        "depart": 2,
        "puissance": "60",
        "hauteur": "8,00",
        "marque": "X",
    }
    outcome = town.import_(collection(feature(7.34, 47.75, **said)))
    assert not outcome.bad
    assert town.properties("4012") == {
        "kind": "light-point", "id": "4012", "cabinet": "A-017", "circuit": "A-017/2", "lamp_type": "60 W",
        "height_m": 8,
    }  # fmt: skip
    assert outcome.ignored == {"marque": 1}


def test_street_lamps_of_openstreetmap_are_understood(tmp_path: Path) -> None:
    town = Town(tmp_path)
    lamp = {
        "@id": "node/123",
        "highway": "street_lamp",
        "height": "6 m",
        "lamp_type": "led",
        "light:count": "2",
    }
    outcome = town.import_(collection(feature(7.34, 47.75, **lamp)))
    assert town.properties("node/123") == {
        "kind": "light-point",
        "id": "node/123",
        "height_m": 6,
        "lamp_type": "led",
    }
    assert outcome.ignored == {"highway": 1, "light:count": 1}
    assert any("lamp_type: led is not" in out.why or "missing" in out.why for out in outcome.incomplete)


def test_a_declared_reference_system_holds_and_another_is_refused(tmp_path: Path) -> None:
    town = Town(tmp_path)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    town.import_(collection(feature(700_000, 6_600_000, id="P"), crs=crs))
    assert town.coordinates("P") == [3.0, 46.5]
    crs["properties"] = {"name": "urn:ogc:def:crs:EPSG::3857"}
    with pytest.raises(BadInput, match=r"crs: got 'urn:ogc:def:crs:EPSG::3857', expected EPSG:4326"):
        town.import_(collection(feature(7, 47, id="P"), crs=crs))


def test_a_feature_that_cannot_be_used_is_named_by_its_place(tmp_path: Path) -> None:
    line = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": []},
        "properties": {"id": "P2"},
    }
    outcome = Town(tmp_path).import_(collection(feature(7, 47, id="P1"), line, {"type": "Feature"}))
    assert [(bad.number, bad.id, bad.key) for bad in outcome.bad] == [
        (2, "P2", "geometry"),
        (3, "", "properties"),
    ]


def test_our_own_file_keeps_the_kinds_it_names_and_tells_of_others(tmp_path: Path) -> None:
    document = city()
    document["features"].append(feature(7, 47, kind="fountain", id="F-1"))
    outcome = Town(tmp_path).import_(document)
    assert outcome.ignored == {"kind fountain": 1, "painted": 1}
    assert ("light-point", "08-1173") in outcome.added
    assert ("group", "eau") in outcome.added


def test_a_height_above_the_sea_stays_where_nothing_moved(tmp_path: Path) -> None:
    town = Town(tmp_path, city())
    moved = feature(7.3386, 47.7467, kind="cabinet", id="A-017", sector="D9")
    assert town.import_(collection(moved)).written
    assert town.coordinates("A-017") == [7.3386, 47.7467, 240.0]


@pytest.mark.parametrize(
    ("code", "crs"),
    [
        ("4326", 4326), ("2154", 2154), ("EPSG:2154", 2154), ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("urn:ogc:def:crs:EPSG::4326", 4326), ("urn:ogc:def:crs:EPSG:9.9:2154", 2154), ("epsg:9794", 2154),
    ],
)  # fmt: skip
def test_reference_systems_have_several_names(code: str, crs: int) -> None:
    assert crs_of(code, "--crs") == crs


@pytest.mark.parametrize("code", ["3857", "", "lambert", "EPSG:27572", "12154"])
def test_other_reference_systems_are_refused(code: str) -> None:
    with pytest.raises(BadInput, match="expected EPSG:4326"):
        crs_of(code, "--crs")


def test_the_origin_of_lambert_93_is_where_its_definition_puts_it() -> None:
    assert position(700_000, 6_600_000, None) == (3.0, 46.5)


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [(700_000, 6_600_000, 4326), (7.3, 47.7, 2154), (1e7, 6.6e6, None), (7.3, 477, None), (None, 47.7, None)],
)
def test_a_place_that_is_none_is_refused(x: float | None, y: float | None, crs: Any) -> None:
    with pytest.raises(Unreadable):
        position(x, y, crs)


@given(longitude=st.floats(-4.7, 8.2), latitude=st.floats(42.4, 51.0))
def test_any_place_of_france_is_found_again_within_centimetres(longitude: float, latitude: float) -> None:
    east, north = Transformer.from_crs(4326, 2154, always_xy=True).transform(longitude, latitude)
    found = position(east, north, None)
    assert found == pytest.approx((longitude, latitude), abs=1.5e-7)

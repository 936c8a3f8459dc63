"""FIWARE: what goes out validates against the published schemas, what is published comes in, and back and forth."""

import importlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from headend.exchange.fiware_writing import entities, untold
from headend.exchange.ngsi import Form, formed, name_of, plain, urn
from tests.conformance import FIWARE, needs_fiware
from tests.headend.exchange.small_city import CITY, Town, city

jsonschema: Any = importlib.import_module("jsonschema")  # comes without types
TYPES = (
    "Streetlight", "StreetlightControlCabinet", "StreetlightFeeder", "StreetlightGroup", "StreetlightModel",
)  # fmt: skip
FORMS: tuple[Form, ...] = ("keyvalues", "normalized", "ld")

IDENTIFIER = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": 256, "pattern": r"^[\w\-\.\{\}\$\+\*\[\]`|~^@!,:\\]+$"},
        {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]*$"},
    ]
}  # fmt: skip
COMMONS = "https://smart-data-models.github.io/data-models/common-schema.json"
STAND_IN = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": COMMONS,
    "definitions": {
        "dateYearLess": {"type": "string", "pattern": r"^--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"},
        "GSMA-Commons": {
            "type": "object",
            "properties": {
                "id": IDENTIFIER,
                "name": {"type": "string"},
                "owner": {"type": "array", "items": IDENTIFIER},
            },
        },
        "Location-Commons": {
            "type": "object",
            "properties": {
                "location": {
                    "type": "object",
                    "required": ["type", "coordinates"],
                    "oneOf": [
                        {
                            "properties": {
                                "type": {"const": "Point"},
                                "coordinates": {"type": "array", "minItems": 2, "items": {"type": "number"}},
                            }
                        },
                        {
                            "properties": {
                                "type": {"enum": ["MultiPoint", "LineString"]},
                                "coordinates": {
                                    "type": "array",
                                    "items": {"type": "array", "minItems": 2, "items": {"type": "number"}},
                                },
                            }
                        },
                        {"properties": {"type": {"const": "MultiLineString"}}},
                    ],
                },
                "address": {"type": "object", "additionalProperties": {"type": "string"}},
                "areaServed": {"type": "string"},
            },
        },
        "PhysicalObject-Commons": {"type": "object"},
    },
}
"""Stands for the common schema to which the published ones refer, which is not with them: the same demands on what we
export (identifier, name, owner, location, address, area). What we never export is not in it."""


def validator(kind: str) -> Any:
    schema = json.loads((FIWARE / kind / "schema.json").read_text(encoding="utf-8"))
    stand_in = Resource.from_contents(STAND_IN, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(COMMONS, stand_in)
    formats = jsonschema.FormatChecker(())
    formats.checks("date-time", ValueError)(lambda text: bool(datetime.fromisoformat(text)))
    return jsonschema.Draft202012Validator(schema, registry=registry, format_checker=formats)


def exported() -> list[dict[str, Any]]:
    return list(entities(CITY, {"08-1174"}))


@needs_fiware
def test_all_five_types_go_out_and_validate_against_the_published_schemas() -> None:
    made = exported()
    assert {each["type"] for each in made} == set(TYPES)
    for entity in made:
        validator(entity["type"]).validate(entity)


@needs_fiware
@pytest.mark.parametrize("kind", TYPES)
def test_the_validation_can_fail(kind: str) -> None:
    entity = next(each for each in exported() if each["type"] == kind)
    check = validator(kind)
    for broken in ({"type": "Lantern"}, {"id": 7}, {"id": "no identifier"}, {"location": {"type": "Point"}}):
        assert not check.is_valid(entity | broken), broken


@needs_fiware
@pytest.mark.parametrize("kind", TYPES)
def test_the_stand_in_takes_the_published_examples_too(kind: str) -> None:
    entity = json.loads((FIWARE / kind / "example.json").read_text(encoding="utf-8"))
    validator(kind).validate(entity)


TAKEN = {
    "Streetlight": {
        "id", "type", "location", "areaServed", "circuit", "refStreetlightModel", "lanternHeight", "streetPoleNum",
        "dateLastLampChange", "municipalityInfo",
    },
    "StreetlightControlCabinet": {"id", "type", "location", "maximumPowerAvailable"},
    "StreetlightFeeder": {"id", "type"},
    "StreetlightGroup": {"id", "type"},
    "StreetlightModel": {"id", "type", "powerConsumption", "luminousFlux", "colorTemperature"},
}  # fmt: skip
"""What of the published examples has a place in our inventory; everything else has to be told."""


def examples() -> Iterator[Path]:
    if FIWARE.is_dir():
        yield from sorted(FIWARE.glob("*/example*.json*"))


@needs_fiware
def test_every_published_example_comes_in_and_what_has_no_place_is_told(tmp_path: Path) -> None:
    files = list(examples())
    assert len(files) == 15
    for number, file in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        town = Town(folder)
        outcome = town.import_(file.read_bytes())
        assert outcome.bad == [], file
        entity = plain(json.loads(file.read_text(encoding="utf-8")))
        told = {name.split(".")[1] for name in outcome.ignored if "." in name}
        assert entity.keys() - told <= TAKEN[file.parent.name], file
        if file.parent.name != "StreetlightFeeder":
            assert len(outcome.added) == 1
            assert not town.import_(file.read_bytes()).written
        else:
            assert outcome.added == []
            assert "StreetlightFeeder that names no circuit of a cabinet" in outcome.ignored


@needs_fiware
@pytest.mark.parametrize("form", ["example.json", "example-normalized.json", "example.jsonld"])
def test_the_published_street_light_comes_in_the_same_from_every_form(tmp_path: Path, form: str) -> None:
    town = Town(tmp_path)
    outcome = town.import_((FIWARE / "Streetlight" / form).read_bytes())
    said = town.properties("streetlight:guadalajara:4567")
    assert said == {
        "kind": "light-point", "id": "streetlight:guadalajara:4567", "sector": "Roundabouts city entrance",
        "lamp_type": "streetlightmodel:STEEL_Tubular_10m", "circuit": "C-456-A467", "height_m": 10,
        "installed": "2016-07-08", "support": "2", "zone": "2",
    }  # fmt: skip
    assert town.coordinates("streetlight:guadalajara:4567") == [-3.164485591715449, 40.62785133667262]
    assert {"Streetlight.status", "Streetlight.powerState", "Streetlight.voltage"} <= outcome.ignored.keys()


@needs_fiware
def test_powers_keep_their_units(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.import_((FIWARE / "StreetlightModel" / "example.json").read_bytes())
    town.import_((FIWARE / "StreetlightControlCabinet" / "example.json").read_bytes())
    model, cabinet = town.document["lamp_types"][0], town.document["features"][0]["properties"]
    assert (model["nominal_w"], model["lumens"], model["cct_k"]) == (100, 2300, 3000)
    assert cabinet["subscribed_kw"] == 10


@pytest.mark.parametrize("form", FORMS)
def test_our_own_entities_change_nothing_when_they_come_back(tmp_path: Path, form: Form) -> None:
    town = Town(tmp_path, city())
    outcome = town.import_([formed(each, form) for each in exported()])
    assert (outcome.bad, outcome.changed, outcome.added, outcome.missing) == ([], [], [], [])
    assert not outcome.written


@pytest.mark.parametrize("form", FORMS)
def test_a_new_city_is_made_of_entities_with_all_that_they_can_carry(tmp_path: Path, form: Form) -> None:
    town = Town(tmp_path)
    town.import_([formed(each, form) for each in exported()])
    lost = {"phase", "gateway", "category", "hours_before", "painted"}
    original = CITY["features"][1]["properties"]
    assert town.properties("08-1173") == {key: original[key] for key in original if key not in lost}
    assert town.properties("A-017")["circuits"] == [{"number": 1}, {"number": 2}]
    groups = {each["id"]: set(each["members"]) for each in town.document["groups"]}
    assert groups == {"berges": {"08-1173"}, "eau": {"08-1173", "08-1174"}}


def test_status_is_what_the_standing_incidents_say() -> None:
    status = {name_of(each["id"]): each["status"] for each in exported() if each["type"] == "Streetlight"}
    assert status == {"08-1173": "ok", "08-1174": "defectiveLamp"}


def test_what_becomes_no_entity_is_named() -> None:
    document = city()
    document["features"][0]["properties"]["circuits"] = []
    document["features"][1]["geometry"] = None
    document["groups"].append({"id": "empty", "members": []})
    made = list(entities(document, set()))
    assert set(untold(document, made)) == {
        ("cabinet", "A-017"), ("light-point", "08-1173"), ("group", "berges"), ("group", "empty"),
        ("hotspot", "patinoire"), ("access-point", "AP-PAT-03"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["08-1173", "A-017/2", "place de la Réunion", "a:b", "100%", "urn:ngsi-ld:x"]
)
def test_any_identifier_survives_its_urn(name: str) -> None:
    assert name_of(urn("Streetlight", name)) == name
    assert " " not in urn("Streetlight", name)

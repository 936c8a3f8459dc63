"""docs/vocabulary.md: every TALQ and FIWARE name in it exists there, and all that is ours is in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from city.incidents import Cause
from console.vocabulary import CAUSES
from tests.conformance import FIWARE, TALQ, needs_fiware, needs_talq

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8")
COLUMNS = ("ours", "talq", "fiware", "notes")


def rows() -> Iterator[dict[str, str]]:
    """The rows of all tables of the page, by column."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "Falotier":
            assert len(cells) == len(COLUMNS), line
            yield dict(zip(COLUMNS, cells, strict=True))


def names(column: str) -> list[str]:
    found = [name for row in rows() for name in re.findall(r"`([^`]+)`", row[column])]
    assert len(found) > 30
    return found


def properties(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    """The properties of a class with those that it has from others."""
    schema = schemas[name]
    found: dict[str, Any] = {}
    for part in schema.get("allOf", [schema]):
        if "$ref" in part:
            found |= properties(schemas, part["$ref"].rpartition("/")[2])
        found |= part.get("properties", {})
    return found


def is_there(schemas: dict[str, Any], name: str) -> bool:
    """Whether a name such as ``Command.reason=override`` or ``fLampMonitorEvents.lampFailure`` exists."""
    path, _, value = name.partition("=")
    class_, _, attribute = path.partition(".")
    if class_ not in schemas:
        return False
    if attribute in schemas[class_].get("enum", []):
        return True
    if attribute and attribute not in (known := properties(schemas, class_)):
        return False
    return not value or value in known[attribute]["enum"]


@needs_talq
def test_every_talq_name_exists_in_the_data_model() -> None:
    schemas = json.loads(TALQ.read_text(encoding="utf-8"))["components"]["schemas"]
    assert [name for name in names("talq") if not is_there(schemas, name)] == []


@needs_talq
@pytest.mark.parametrize(
    "name", ["Lamp", "LampType.watts", "Command.reason=whim", "fLampMonitorEvents.lampGone"]
)
def test_a_name_that_does_not_exist_is_noticed(name: str) -> None:
    schemas = json.loads(TALQ.read_text(encoding="utf-8"))["components"]["schemas"]
    assert not is_there(schemas, name)


@needs_fiware
def test_every_fiware_name_exists_in_the_schemas() -> None:
    commons: dict[str, Any] = {
        key: {} for key in ("id", "name", "owner", "location", "address", "areaServed")
    }
    schemas = {}
    for file in FIWARE.glob("*/schema.json"):
        parts = json.loads(file.read_text(encoding="utf-8"))["allOf"]
        own = next(part["properties"] for part in parts if "properties" in part)
        schemas[file.parent.name] = {"properties": commons | own}
    assert [name for name in names("fiware") if not is_there(schemas, name)] == []


def test_every_cause_of_ours_has_its_row() -> None:
    ours = {row["ours"].strip("`") for row in rows()}
    assert set(Cause) <= ours
    assert set(CAUSES) == set(Cause)


def test_it_claims_no_more_than_it_may() -> None:
    assert "TALQ-aligned" in PAGE
    assert not re.search(r"certified|compliant|conform", PAGE, re.IGNORECASE)

"""``falotier import`` and ``export``, as people and scripts run them."""

import asyncio
import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from city.clock import ManualClock
from headend.inventory_edit import document_text
from tests.end_to_end.commands import falotier
from tests.headend.exchange.small_city import CITY
from tests.headend.recording import EVENING, until
from tests.headend.standing import standing, write_city


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A city that was just set up, with its inventory."""
    (tmp_path / "inventory.geojson").write_text(document_text(CITY), encoding="utf-8")
    file = tmp_path / "city.toml"
    file.write_text("", encoding="utf-8")
    return file


def run(*arguments: str, config: Path, code: int = 0) -> str:
    done = falotier(*arguments, "--config", str(config), home=config.parent)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout


def write(config: Path, name: str, text: str) -> str:
    file = config.with_name(name)
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_bad_rows_are_named_and_the_answer_is_no_until_told(config: Path) -> None:
    table = write(config, "new.csv", "id;lat;lon;phase\nP1;47,7;7,3;L1\nP2;47,7;7,3;L8\nP3;no;7,3;L1\n")
    before = config.with_name("inventory.geojson").read_bytes()
    said = json.loads(run("import", table, "--json", config=config, code=1))
    assert [(row["number"], row["id"], row["key"]) for row in said["bad"]] == [
        (3, "P2", "phase"),
        (4, "P3", "position"),
    ]
    assert said["counts"]["added"] == 1
    assert not said["written"]
    text = run("import", table, "--lang", "fr", config=config, code=1)
    assert "2 lignes fautives" in text
    assert "ligne 3 (P2): phase : reçu 'L8', attendu 'L1', 'L2' or 'L3'" in text
    assert "Rien n’a été modifié" in text
    assert config.with_name("inventory.geojson").read_bytes() == before
    assert json.loads(run("import", table, "--without-bad-rows", "--json", config=config))["written"]
    again = run("import", table, "--without-bad-rows", "--lang", "en", config=config)
    assert "Nothing was changed: the inventory says the same already." in again


def test_a_dry_run_shows_old_and_new(config: Path) -> None:
    table = write(config, "new.csv", "id,lat,lon,hauteur\n08-1173,47.7466,7.3388,9\nP9,47.7,7.3,\n")
    text = run("import", table, "--dry-run", "--lang", "en", config=config)
    assert "light-point 08-1173: height_m 8 → 9" in text
    assert "Dry run: nothing was changed." in text
    said: dict[str, Any] = json.loads(run("import", table, "--dry-run", "--json", config=config))
    assert said["changed"] == [
        {"kind": "light-point", "id": "08-1173", "fields": [{"key": "height_m", "old": 8, "new": 9}]}
    ]
    assert said["counts"] == {
        "rows": 2, "bad": 0, "added": 1, "changed": 1, "unchanged": 0, "missing": 1, "removed": 0, "incomplete": 1,
    }  # fmt: skip


def test_lambert_93_and_a_kind_may_be_told(config: Path) -> None:
    table = write(config, "new.csv", "armoire,x,y\nA-9,700000,6600000\n")
    run("import", table, "--kind", "cabinets", "--crs", "2154", config=config)
    document = json.loads(config.with_name("inventory.geojson").read_text())
    assert document["features"][-1]["geometry"]["coordinates"] == [3.0, 46.5]
    assert document["features"][-1]["properties"] == {"kind": "cabinet", "id": "A-9"}


@pytest.mark.parametrize("format_", ["geojson", "csv", "fiware"])
def test_what_is_exported_changes_nothing_when_it_is_imported(config: Path, format_: str) -> None:
    out = str(config.with_name("out"))
    run("export", "--format", format_, "--output", out, config=config)
    said = json.loads(run("import", out, "--json", config=config))
    assert (said["written"], said["bad"], said["changed"], said["added"]) == (False, [], [], [])


def test_exports_go_to_standard_output_too(config: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("export", "--format", "csv", config=config))))
    assert [row["id"] for row in rows] == ["08-1173", "08-1174"]
    cabinets = json.loads(run("export", "--kind", "cabinets", config=config))
    assert [each["properties"]["id"] for each in cabinets["features"]] == ["A-017"]
    entities = json.loads(run("export", "--format", "fiware", "--ngsi", "ld", config=config))
    assert {each["type"] for each in entities} >= {"Streetlight", "StreetlightFeeder"}
    assert all("@context" in each for each in entities)
    assert not config.with_name("records.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("import", "none.csv"), "none.csv: no such file"),
        (("import", "city.toml"), "expected columns with a position"),
        (("import", "inventory.geojson", "--crs", "3857"), "--crs: got '3857'"),
        (("import", "inventory.geojson", "--default-type", "oil"), "--default-type: got 'oil'"),
        (("import", "inventory.geojson", "--kind", "fountains"), "fountains"),
        (("export", "--format", "pdf"), "pdf"),
        (("export", "--output", "nowhere/out"), "nowhere/out: cannot be written"),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments: tuple[str, ...], told: str, config: Path) -> None:
    given = [str(config.parent / each) if each.count(".") == 1 or "/" in each else each for each in arguments]
    done = falotier(*given, "--config", str(config), home=config.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_terminal_is_never_driven_by_what_a_file_says(config: Path) -> None:
    table = write(config, "new.csv", "id,lat,lon,\x1b[31mnote\nP\x1b]0;x\x07,47.7,7.3,n\n")
    text = run("import", table, config=config, code=1)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_halves_of_characters_are_told_and_written_nowhere(config: Path) -> None:
    point = {"type": "Point", "coordinates": [7.3, 47.7]}
    said = [
        {"id": "P\ud800"},
        {"id": "P1", "street": "\ud800"},
        {"id": "P2", "n\ud800te": "x", "rue": "rue X"},
    ]
    features = [{"type": "Feature", "geometry": point, "properties": each} for each in said]
    file = write(config, "new.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    text = run("import", file, config=config, code=1)
    assert "P\\ud800" in text
    answer = json.loads(run("import", file, "--without-bad-rows", "--json", config=config))
    assert [(row["id"], row["key"]) for row in answer["bad"]] == [("P\\ud800", "id"), ("P1", "street")]
    assert answer["ignored"] == {"n\\ud800te": 1}
    assert answer["written"]


async def test_a_lamp_is_replaced_through_a_running_head_end(tmp_path: Path) -> None:
    settings = write_city(tmp_path)
    async with standing(settings, ManualClock(EVENING)) as (headend, console):
        before = headend.core

        async def replace(*arguments: str) -> subprocess.CompletedProcess[str]:
            reach = ("--url", console.url, "--token-file", str(tmp_path / "supervisor.token"))
            return await asyncio.to_thread(falotier, "replace", *arguments, *reach, home=tmp_path)

        refused = await replace("L1")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--hours 0" in refused.stderr
        assert (await replace("L1", "--hours", "0", "--serial", "x" * 100)).returncode == 2
        done = await replace("L1", "--hours", "0", "--reason", "fin de vie", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["installed"] == "2026-11-30"
        await until(lambda: headend.core is not before)
        told = await replace("L1", "--new-controller", "--lang", "fr")
        assert (
            told.stdout == "L1 : led-60 → led-60, neuve depuis le 2026-11-30 ; son compteur indiquait 0 h.\n"
        )

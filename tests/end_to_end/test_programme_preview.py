"""``falotier programme preview`` and ``schema``, as scripts use them."""

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.commands import falotier

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = str(DOCS / "examples" / "mulhouse.toml")

SINGLE = """\
name = "creux"
on = "sunset"
off = "sunrise"
level = 100
steps = [{ at = "02:30", level = 50 }]
"""

KEYS_OF_OLD = {
    "programme", "title", "position", "time_zone", "nights", "lit_h", "relative_energy", "warnings",
}  # fmt: skip


def previewed(*arguments: str, home: Path) -> Any:
    done = falotier("programme", "preview", *arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_single_programme_is_one_document_with_the_nights_the_clock_and_the_money(tmp_path: Path) -> None:
    file = tmp_path / "creux.toml"
    file.write_text(SINGLE, encoding="utf-8")
    arguments = (
        "--night",
        "2026-10-24",
        "--installed-kw",
        "2",
        "--eur-per-kwh",
        "0.5",
        "--co2-g-per-kwh",
        "50",
    )
    seen = previewed(str(file), *arguments, home=tmp_path)
    assert set(seen) >= KEYS_OF_OLD
    assert seen["warnings"] == ["2026-10-24: 02:30 comes twice, the first is meant"]
    (night,) = seen["nights"]
    assert (night["programme"], night["rule"], night["sun"]) == ("creux", None, "sets")
    assert night["switch_points"][1]["at"] == "2026-10-25T00:30:00.000Z"
    (change,) = seen["clock_change_nights"]
    assert (change["forward_s"], change["steps"][0]["comes"]) == (-3600, "twice")
    assert abs(change["length_s"] - (13 * 3600 + 38 * 60 + 30)) < 60
    totals = seen["totals"]
    assert abs(totals["kwh"] - 2 * totals["full_load_h"]) < 0.01
    assert abs(totals["eur"] - totals["kwh"] / 2) < 0.01
    assert abs(totals["saved_pct"] - 100 * (1 - totals["full_load_h"] / totals["dark_h"])) < 0.02
    assert seen["leap_nights"][0]["night"] == "2028-02-29"
    assert seen["findings"][0]["code"] == "clock-twice"


def test_a_plan_is_one_document_for_each_calendar_or_the_one_asked_for(tmp_path: Path) -> None:
    whole = previewed(EXAMPLE, "--night", "2026-12-31", home=tmp_path)
    assert [each["calendar"] for each in whole["calendars"]] == [
        "ville",
        "parcs",
        "sobriete",
        "sans-eclairage",
        "patrimoine",
    ]
    one = previewed(EXAMPLE, "--night", "2026-12-31", "--calendar", "ville", home=tmp_path)
    assert one == whole["calendars"][0]
    assert one["nights"][0]["rule"] == "Nuit du Nouvel An"


def test_faults_of_a_plan_are_told_one_a_line_and_nothing_else_is(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('[[calendar]]\nname = "ville"\ndefault = "nuit"\nlevle = 3\n', encoding="utf-8")
    done = falotier("programme", "preview", str(file), "--night", "2026-12-31", home=tmp_path)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 3)
    assert all(line.startswith(f"falotier: {file}: line ") for line in lines)


def test_the_schema_is_one_json_document(tmp_path: Path) -> None:
    done = falotier("programme", "schema", home=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"

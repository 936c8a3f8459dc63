"""Profiles on the command line: each can be tried by its own vectors, by people who write no Python."""

import json
import subprocess
import sys
from pathlib import Path

METER = """
name = "our-meter"
title = "The meter that we have"
source = "its manual"
function = 3
[[register]]
metric = "voltage_v"
address = 1
type = "u16"
scale = 0.1
unit = "V"
[[vector]]
note = "mains"
register = "voltage_v"
request = "01 03 00 01 00 01 D5 CA"
hex = "08 FE"
value = 230.2
"""


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "console.cli",
        "profiles",
        "check",
        *arguments,
        "--profiles",
        str(folder),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def written(folder: Path, text: str) -> Path:
    (folder / "modbus").mkdir()
    (folder / "modbus" / "our-meter.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_profile_whose_vectors_hold_is_said_to_hold(tmp_path: Path) -> None:
    done = check(written(tmp_path, METER), "our-meter")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["modbus", "our-meter", "1", "vectors", "hold"]


def test_a_vector_that_does_not_hold_is_named_with_what_was_got_and_expected(tmp_path: Path) -> None:
    wrong = METER.replace("230.2", "23.02").replace("D5 CA", "D5 CB")
    done = check(written(tmp_path, wrong), "our-meter")
    assert done.returncode == 1
    assert "1 of 1 vectors do not hold" in done.stdout
    assert "mains: got 230.2, expected 23.02" in done.stdout
    assert "mains: request: got 01 03 00 01 00 01 D5 CA, expected 01 03 00 01 00 01 D5 CB" in done.stdout


def test_a_script_gets_the_same_as_json(tmp_path: Path) -> None:
    done = check(written(tmp_path, METER.replace("230.2", "1.0")), "our-meter", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == [
        {
            "kind": "modbus",
            "name": "our-meter",
            "vectors": 1,
            "faults": {"mains": ["got 230.2, expected 1.0"]},
        }
    ]


def test_a_profile_without_vectors_is_not_said_to_be_right(tmp_path: Path) -> None:
    done = check(written(tmp_path, METER.partition("[[vector]]")[0]), "our-meter")
    assert "no vectors" in done.stdout


def test_a_name_that_no_profile_has_is_bad_usage(tmp_path: Path) -> None:
    done = check(tmp_path, "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing" in done.stderr

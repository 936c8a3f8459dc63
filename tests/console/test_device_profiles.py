"""Profiles on the command line: each can be tried by its own vectors, by people who write no Python."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from console.cli import main

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


class Ended(NamedTuple):
    code: object
    out: str
    err: str


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(folder: Path, *arguments: str) -> Ended:
        command = ["falotier", "profiles", "check", *arguments, "--profiles", str(folder)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        return Ended(ended.value.code, *capsys.readouterr())

    return run


def written(folder: Path, text: str) -> Path:
    (folder / "modbus").mkdir()
    (folder / "modbus" / "our-meter.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_profile_whose_vectors_hold_is_said_to_hold(check: Any, tmp_path: Path) -> None:
    done = check(written(tmp_path, METER), "our-meter")
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == ["modbus", "our-meter", "1", "vector", "holds"]


def test_a_vector_that_does_not_hold_is_named_with_what_was_got_and_expected(
    check: Any, tmp_path: Path
) -> None:
    wrong = METER.replace("230.2", "23.02").replace("D5 CA", "D5 CB")
    done = check(written(tmp_path, wrong), "our-meter")
    assert done.code == 1
    assert "1 of 1 vectors does not hold" in done.out
    assert "mains: got 230.2, expected 23.02" in done.out
    assert "mains: request: got 01 03 00 01 00 01 D5 CA, expected 01 03 00 01 00 01 D5 CB" in done.out


def test_a_script_gets_the_same_as_json(check: Any, tmp_path: Path) -> None:
    done = check(written(tmp_path, METER.replace("230.2", "1.0")), "our-meter", "--json")
    assert done.code == 1
    assert json.loads(done.out) == [
        {
            "kind": "modbus",
            "name": "our-meter",
            "vectors": 1,
            "faults": {"mains": ["got 230.2, expected 1.0"]},
        }
    ]


def test_a_profile_without_vectors_is_not_said_to_be_right(check: Any, tmp_path: Path) -> None:
    done = check(written(tmp_path, METER.partition("[[vector]]")[0]), "our-meter")
    assert "no vectors" in done.out


def test_a_name_that_no_profile_has_is_bad_usage(check: Any, tmp_path: Path) -> None:
    done = check(tmp_path, "nothing")
    assert (done.code, done.out) == (2, "")
    assert "nothing" in done.err

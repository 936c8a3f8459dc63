import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest

from city.errors import BadInput
from lighting.moments import Edge
from lighting.programme_files import load_programme
from lighting.programmes import FIVE_STEPS, Step

GOOD = {"name": "essai", "on": "sunset", "off": "sunrise", "level": 100}


def test_the_programme_in_the_documentation_is_the_one_that_runs_by_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "programme-file.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert load_programme(tomllib.loads(example), "cinq-paliers.toml") == FIVE_STEPS


def test_edges_take_minutes_before_and_after_and_spaces_do_not_matter() -> None:
    programme = load_programme({**GOOD, "on": "sunset+15", "off": "sunrise - 10"}, "f.toml")
    assert programme.on == Edge("sunset", timedelta(minutes=15))
    assert programme.off == Edge("sunrise", timedelta(minutes=-10))


def test_a_programme_without_title_or_steps_is_called_by_its_name_and_holds_one_level() -> None:
    programme = load_programme(GOOD, "f.toml")
    assert (programme.title, programme.steps, programme.level) == ("essai", (), 100.0)


def test_steps_stand_in_the_order_of_the_night() -> None:
    steps = [{"at": "22:00", "level": 50.5}, {"at": "06:00", "level": 0}]
    programme = load_programme({**GOOD, "steps": steps}, "f.toml")
    assert programme.steps == (Step(time(22), 50.5), Step(time(6), 0.0))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"level": 130}, ["level", "got 130", "100"]),
        ({"level": -1}, ["level", "got -1"]),
        ({"level": True}, ["level", "got True"]),
        ({"level": float("nan")}, ["level", "nan"]),
        ({"level": "100"}, ["level", "got '100'"]),
        ({"name": "Cinq Paliers"}, ["name", "Cinq Paliers"]),
        ({"on": "noon"}, ["on", "got 'noon'", "sunset+15"]),
        ({"on": "sunset+500"}, ["on", "sunset+500", "180"]),
        ({"off": 7}, ["off", "got 7", "sunrise"]),
        ({"levle": 5}, ["levle", "unknown key", "did you mean level?"]),
        ({"steps": [{"at": "25:00", "level": 5}]}, ["steps.0.at", "25:00", "23:59"]),
        ({"steps": [{"at": time(20), "level": 5}]}, ["steps.0.at", "in quotes"]),
        ({"steps": [{"at": "20:00", "levle": 5}]}, ["steps.0.levle", "did you mean level?"]),
        ({"steps": [{"at": "20:00", "level": 101}]}, ["steps.0.level", "101"]),
        (
            {"steps": [{"at": "00:00", "level": 5}, {"at": "20:00", "level": 6}]},
            ["steps", "in the order of the night"],
        ),
        (
            {"steps": [{"at": "20:00", "level": 5}, {"at": "20:00", "level": 6}]},
            ["steps", "each time once"],
        ),
        ({"steps": [{"at": f"{hour:02}:00", "level": 5} for hour in range(13, 24)]}, ["steps", "10"]),
    ],
)
def test_a_wrong_file_is_told_in_one_line_with_file_key_got_and_expected(
    changes: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(BadInput) as told:
        load_programme({**GOOD, **changes}, "nuit.toml")
    message = str(told.value)
    assert message.startswith("nuit.toml: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BadInput, match=r"^nuit.toml: off: missing$"):
        load_programme({"name": "essai", "on": "sunset", "level": 100}, "nuit.toml")

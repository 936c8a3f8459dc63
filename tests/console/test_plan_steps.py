"""Steps of a programme changed in its text: what is meant changes, and not a letter of the rest does."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.plan_steps import (
    level,
    moment,
    programme_at,
    programmes_in,
    value_of,
    with_step,
    with_step_value,
    with_value,
    without_step,
)

MULHOUSE = (Path(__file__).parents[2] / "docs/examples/mulhouse.toml").read_text(encoding="utf-8")
LINES = """\
# ours
name = "nuit"   # the name
on = "sunset"
off = { at = "07:00", not_after = "sunrise" }
level = 100
steps = [
  { at = "20:00", level = 70 },  # evening
  { at = { at = "00:00", not_after = "dawn" }, level = 30 } # deep night
]
fade_s = 30
"""
ONE_LINE = 'name = "n"\non = "sunset"\noff = "sunrise"\nlevel = 70\nsteps = [{ at = "22:00", level = 50 }]\n'
BARE = 'name = "n"\non = "sunset"\noff = "sunrise"\nlevel = 70 # low\n'


def steps(text: str) -> list[Any]:
    document = tomllib.loads(text)
    return list((document["programme"][0] if "programme" in document else document).get("steps", []))


def test_every_programme_of_a_plan_is_found_with_its_values() -> None:
    found = programmes_in(MULHOUSE)
    document = tomllib.loads(MULHOUSE)["programme"]
    assert len(found) == len(document) == 8
    for place, table in zip(found, document, strict=True):
        assert place.is_plain
        assert value_of(MULHOUSE, place.values["title"]) == table["title"]
        assert value_of(MULHOUSE, place.values["level"]) == str(table["level"])
        assert len(place.steps) == len(table.get("steps", []))
        assert [value_of(MULHOUSE, step.values["at"]) for step in place.steps] == [
            step["at"] for step in table.get("steps", [])
        ]


def test_one_value_changes_and_comments_stay() -> None:
    (programme,) = programmes_in(LINES)
    changed = with_step_value(LINES, programme.steps[1], "level", "25")
    assert changed == LINES.replace("level = 30", "level = 25")
    assert with_value(LINES, programme, "on", moment("dusk+10")) == LINES.replace("sunset", "dusk+10")
    assert value_of(LINES, programme.values["off"]) == '{ at = "07:00", not_after = "sunrise" }'
    assert with_value(LINES, programme, "title", moment("Été")) == LINES.replace(
        "fade_s = 30\n", 'fade_s = 30\ntitle = "Été"\n'
    )


@pytest.mark.parametrize("text", [LINES, ONE_LINE, BARE])
def test_a_step_comes_after_any_other_and_goes_again(text: str) -> None:
    before = steps(text)
    for after in range(-1, len(before)):
        (programme,) = programmes_in(text)
        longer = with_step(text, programme, after, moment("23:00"), level("10"))
        wanted = [*before[: after + 1], {"at": "23:00", "level": 10}, *before[after + 1 :]]
        assert steps(longer) == wanted
        assert all(line in longer for line in text.splitlines() if "#" in line and "deep" not in line)
        (programme,) = programmes_in(longer)
        assert steps(without_step(longer, programme, after + 1)) == before


def test_all_steps_can_go_and_the_text_is_still_read() -> None:
    for text in (LINES, ONE_LINE):
        while steps(text):
            (programme,) = programmes_in(text)
            text = without_step(text, programme, 0)  # noqa: PLW2901 - until none is left
        (programme,) = programmes_in(text)
        again = with_step(text, programme, -1, moment("21:00"), level("40"))
        assert steps(again) == [{"at": "21:00", "level": 40}]


def test_what_is_written_otherwise_is_left_to_the_text() -> None:
    tables = (
        '[[programme]]\nname = "a"\n[[programme.steps]]\nat = "20:00"\nlevel = 5\n[[calendar]]\nname = "c"\n'
    )
    assert [each.is_plain for each in programmes_in(tables)] == [False]
    assert programmes_in("not toml") == []
    assert programmes_in("") != []


def test_levels_and_moments_are_written_as_people_mean_them() -> None:
    assert [level(each) for each in ("70", " 70 % ", "12,5", "0", "")] == ["70", "70", "12.5", "0", '""']
    assert [level(each) for each in ("abc", "007", "1e9", '"')] == ['"abc"', '"007"', '"1e9"', '"\\""']
    assert moment(' 22:30 "') == '"22:30 \\""'
    assert moment('{ at = "07:00", not_after = "sunrise" }').startswith("{")
    assert moment('{ at = "07:00" }, { at = "08:00" }').startswith('"')


def test_the_programme_at_a_line_is_the_last_that_has_begun() -> None:
    found = programmes_in(MULHOUSE)
    lines = MULHOUSE.splitlines()
    assert programme_at(MULHOUSE, found, 1) == 0
    assert programme_at(MULHOUSE, found, lines.index('name = "toute-la-nuit"') + 1) == 2
    assert programme_at(MULHOUSE, found, len(lines)) == 7


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(0, 3), st.sampled_from(["at", "level"]))
def test_whatever_is_typed_leaves_the_other_steps_alone(typed: str, number: int, key: str) -> None:
    programme = programmes_in(MULHOUSE)[0]
    toml = moment(typed) if key == "at" else level(typed)
    changed = with_step_value(MULHOUSE, programme.steps[number], key, toml)
    if not typed.isprintable():
        return  # TOML does not allow every control character in quotes; the head-end says so
    after = steps(changed)
    others = [step for place, step in enumerate(after) if place != number]
    assert others == [step for place, step in enumerate(steps(MULHOUSE)) if place != number]
    assert changed.endswith(MULHOUSE[-3000:])

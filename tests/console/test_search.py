"""What is typed after ``/`` and into an order."""

from datetime import timedelta

import pytest

from city.errors import BadInput
from console.city_now import plain
from console.order_form import read_duration, read_level
from console.search import Search

ROW = {"street": "rue Mercière", "state": "en-panne"}
HAYSTACK = plain("0205 rue Mercière Centre historique")


def _found(text: str) -> bool:
    return Search(text, {"rue": "street", "état": "state"}).matches(HAYSTACK, lambda name: ROW[name])


@pytest.mark.parametrize(
    "text", ["", "merciere", "MERCIÈRE 02", "rue:merc", "etat:panne", "!franklin", "é:x"[:0]]
)
def test_a_search_finds_parts_of_words_without_case_or_accents(text: str) -> None:
    assert _found(text)


@pytest.mark.parametrize(
    "text", ["franklin", "merciere franklin", "!merciere", "rue:franklin", "état:allumé"]
)
def test_a_search_leaves_out_what_does_not_match(text: str) -> None:
    assert not _found(text)


def test_a_colon_after_an_unknown_word_is_searched_as_it_stands() -> None:
    assert not _found("00:1a")
    assert Search("00:1a", {}).matches("ap 00:1a:2b", lambda _: "")


@pytest.mark.parametrize(
    ("text", "level"), [("50", 50.0), (" 12,5 % ", 12.5), ("0", 0.0), ("p", None), ("Auto", None)]
)
def test_a_level_is_a_percentage_or_the_programme(text: str, level: float | None) -> None:
    assert read_level(text) == level


@pytest.mark.parametrize("text", ["130", "-1", "", "half", "nan"])
def test_a_level_out_of_range_says_what_to_type(text: str) -> None:
    with pytest.raises(BadInput, match="0 to 100"):
        read_level(text)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("2h", 120), ("90m", 90), ("1h30", 90), ("1 h 30", 90), ("1j", 1440), ("0,5h", 30), ("45 min", 45)],
)
def test_durations_are_read_as_people_write_them(text: str, minutes: int) -> None:
    assert read_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "2", "for ever", "0h", "-1h", "h"])
def test_a_duration_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="for instance"):
        read_duration(text)

"""What is typed after ``/`` and into an order."""

from datetime import timedelta

import pytest

from city.errors import BadInput
from console.city_now import plain
from console.order_form import read_duration, read_level
from console.search import Search
from console.widgets.table import Table
from tests.console.consoles import console

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


def test_a_search_is_made_of_terms_of_which_each_can_be_taken_away() -> None:
    search = Search("rue:Merc !panne  foo:bar", {"rue": "street"})
    assert [(term.typed, term.field, term.wanted) for term in search.terms] == [
        ("rue:Merc", "street", True),
        ("!panne", None, False),
        ("foo:bar", None, True),
    ]
    assert search.without(search.terms[1]) == "rue:Merc foo:bar"


async def test_a_search_becomes_chips_when_it_is_left_and_a_click_takes_one_away() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("slash", *"secteur:d8 !0501")
        await seen.shows("27 / 196", "secteur:d8 !0501")
        assert "✕" not in seen.text
        await seen.press("enter")
        await seen.shows("‹secteur:d8 ✕›", "‹≠ 0501 ✕›", "Esc effacer la recherche")
        y = next(y for y, line in enumerate(seen.lines) if "‹≠ 0501" in line)
        await seen.pilot.click(offset=(seen.lines[y].index("≠"), y))
        await seen.shows("28 / 196", "‹secteur:d8 ✕›")
        await seen.hides("≠")
        await seen.press("slash", "end", "backspace")
        await seen.shows("secteur:d", "/ 196")
        await seen.press("escape")
        await seen.hides("secteur:d")
        assert isinstance(seen.app.focused, Table)


@pytest.mark.parametrize("number", ["2", "4", "5", "6"])
async def test_every_list_shows_its_filter_as_a_chip_in_a_small_terminal(number: str) -> None:
    async with console((80, 24)) as seen:
        await seen.press(number, "slash", *"!zz a", "enter")
        await seen.shows("‹≠ zz ✕›", "‹a ✕›")
        assert all(len(line) <= 80 for line in seen.lines)
        await seen.press("escape")
        await seen.hides("✕")


async def test_what_is_typed_cannot_drive_the_terminal_from_a_chip() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        frame = seen.app.frame
        assert frame is not None
        frame.seek("[/x]\u202e{0}", None)
        await seen.shows("‹[/x]{0} ✕›")


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

"""What is typed after a colon is understood in both languages, completed, and done at once."""

import pytest

from console.command_line import matching
from console.i18n import Code, Words
from console.widgets.table import Table
from tests.console.consoles import console
from tests.console.fake_headend import until


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lampes", "lamps"),
        ("lamps", "lamps"),
        ("armoires", "cabinets"),
        ("aps", "access points"),
        ("bornes", "access points"),
        ("clients", "access points"),
        ("pannes", "incidents"),
        ("alarms", "incidents"),
        ("programmes", "programmes"),
        ("schedules", "programmes"),
        ("groupes", "sectors"),
        ("departs", "circuits"),
        ("arm", "cabinets"),
        ("pnn", "incidents"),
    ],
)
def test_a_name_in_either_language_its_beginning_or_its_letters_mean_the_same(
    typed: str, meant: str, language: Code
) -> None:
    assert matching(typed, Words(language))[0].name == meant


def test_what_means_nothing_is_nothing() -> None:
    assert matching("zzzz", Words("fr")) == []


async def test_a_cabinet_that_is_typed_shows_its_lamps_without_waiting_for_the_list() -> None:
    async with console() as seen:
        await seen.press("colon", *"armoires a-003", "enter")
        await seen.shows("armoire:A-003", "14 / 196")


async def test_a_kind_alone_is_opened_to_choose_one_of_it() -> None:
    async with console() as seen:
        await seen.press("colon", *"armoires", "enter")
        await seen.shows("armoires A-001", "14 lampes", "armoires A-014")
        await seen.press("down", "enter")
        await seen.shows("armoire:A-002", "14 / 196")


async def test_screens_are_commands_too_and_minus_goes_back() -> None:
    async with console() as seen:
        await seen.press("colon", *"pannes", "enter")
        await seen.shows("Pannes en cours")
        await seen.press("colon", *"bornes ap-uha-03", "enter")
        await seen.shows("AP-UHA-03")
        await until(lambda: seen.app.screen.query_one(Table).order)
        await seen.press("minus")
        await seen.shows("Pannes en cours")


async def test_the_palette_knows_what_the_keys_of_this_screen_do_and_does_it() -> None:
    async with console() as seen:
        await seen.press("4", "ctrl+p", *"prendre en compte")
        await seen.shows("prendre en compte (a)")
        await seen.press("enter")
        await until(lambda: any(each.acknowledged_by for each in seen.head.city.incidents.values()))


@pytest.mark.parametrize(
    ("typed", "kind", "search"),
    [("grand centre", "secteur", "secteur:Mulhouse"), ("a-003/1", "départ", "départ:A-003/1")],
)
async def test_the_palette_finds_sectors_and_circuits(typed: str, kind: str, search: str) -> None:
    async with console() as seen:
        await seen.press("ctrl+p", *typed)
        await seen.shows(f"  {kind}")
        await seen.press("enter")
        await seen.shows(search)

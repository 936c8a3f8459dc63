"""Where one is and how one came: crumbs, Escape that goes up, and ``-`` that goes to the last view and back."""

import pytest
from textual.widgets import Static

from console.way import Place, Way, crumbs
from console.widgets.city_panels import Figures, NewestIncidents
from console.widgets.table import Table
from console.widgets.wifi_panel import Hotspots
from tests.console.consoles import console
from tests.console.fake_headend import until

CITY, LAMPS, BROKEN = Place("city"), Place("lighting", "", "0101"), Place("incidents", "", "i-1", "A-112")


def test_a_way_down_is_gone_up_step_by_step() -> None:
    way = Way()
    way.go_down(CITY)
    way.go_down(BROKEN)
    assert way.go_up(LAMPS) == BROKEN
    assert way.go_up(BROKEN) == CITY
    assert way.go_up(CITY) is None


def test_a_jump_round_in_a_circle_cuts_the_way_short() -> None:
    way = Way()
    way.jump(CITY, "lighting")
    way.jump(LAMPS, "incidents")
    way.jump(BROKEN, "lighting")
    assert way.above == (CITY,)


def test_the_last_view_and_this_one_change_places_with_their_ways() -> None:
    way = Way()
    assert way.go_back(CITY) is None
    way.go_down(CITY)
    way.go_down(BROKEN)
    assert (way.go_back(LAMPS), way.above) == (BROKEN, (CITY,))
    assert (way.go_back(BROKEN), way.above) == (LAMPS, (CITY, BROKEN))


@pytest.mark.parametrize(
    ("width", "told"),
    [(30, "Ville › Pannes › A-112 › "), (24, "… › Pannes › A-112 › "), (13, "… › A-112 › "), (5, "")],
)
def test_the_beginning_of_a_way_gives_way(width: int, told: str) -> None:
    assert crumbs(["Ville", "Pannes", "A-112"], width) == told


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_frame_of_the_list_says_how_one_came(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await seen.press("4", "slash", *"0205", "enter", "enter")
        await seen.shows("Pannes › 0205 › Points lumineux")
        await seen.press("escape")
        await seen.shows("Ville › Pannes en cours", "0205")


async def test_minus_goes_to_the_last_view_with_its_search_and_its_row_and_back() -> None:
    async with console() as seen:
        await seen.press("2", "slash", *"franklin", "enter", "down", "down")
        await seen.shows("14 / 196")
        row = seen.app.screen.query_one(Table).cursor
        await seen.press("4", "minus")
        await seen.shows("Points lumineux", "14 / 196")
        await seen.press("ctrl+p", *"0603")
        await seen.shows("0603")
        await seen.press("enter")
        await seen.shows("196")
        await until(lambda: seen.app.screen.query_one(Table).cursor == "0603")
        await seen.press("minus")
        await seen.shows("14 / 196")
        await until(lambda: seen.app.screen.query_one(Table).cursor == row)
        await seen.press("minus")
        await until(lambda: seen.app.screen.query_one(Table).cursor == "0603")


async def test_a_letter_on_every_panel_leads_there() -> None:
    async with console() as seen:
        await seen.press("semicolon")
        labels = [str(label.content).strip() for label in seen.app.screen.query(".jump").results(Static)]
        assert labels == list("asdf")
        await seen.press("f")
        await until(lambda: len(seen.app.screen_stack) == 1)
        assert seen.app.focused is seen.app.screen.query_one(NewestIncidents)
        await seen.press("semicolon", "escape")
        assert seen.app.focused is seen.app.screen.query_one(NewestIncidents)


async def test_left_and_right_go_from_panel_to_panel_on_ville() -> None:
    async with console() as seen:
        await seen.press("l")
        assert isinstance(seen.app.focused, Hotspots)
        await seen.press("left")
        assert isinstance(seen.app.focused, Figures)


async def test_escape_comes_back_to_the_row_that_one_went_down_from() -> None:
    async with console() as seen:
        await seen.press("4", "down", "down")
        row = seen.app.screen.query_one(Table).cursor
        await seen.press("enter")
        await seen.hides("Pannes en cours")
        for _ in range(3):
            await seen.press("escape")
            if "Pannes en cours" in seen.text:
                break
        await until(lambda: seen.app.screen.query_one(Table).cursor == row)

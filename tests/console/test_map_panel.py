"""The map on the Ville screen, driven by keys and mouse: what is under the cursor, where Enter leads, rectangles."""

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from console.screens import city, lighting
from console.screens.lighting import LightingScreen
from console.widgets.map_panel import CityMapPanel
from console.widgets.map_view import View
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.small_city import SmallCity

FRAME = (2, 1)
"""Border and padding, left and above."""


def _panel(seen: Console) -> CityMapPanel:
    return seen.app.screen.query_one(CityMapPanel)


def _view(seen: Console) -> View:
    view = _panel(seen)._map.view
    assert view is not None
    return view


def _offset(seen: Console, lamp: str) -> tuple[int, int]:
    """Where a lamp stands in the panel."""
    view, point = _view(seen), seen.app.session.city.light_points[lamp]
    column, row = view.cell((point.latitude, point.longitude))
    return column - view.left + FRAME[0], row - view.top + FRAME[1]


async def _click(seen: Console, lamp: str) -> None:
    await seen.pilot.click("#map", offset=_offset(seen, lamp))
    await seen.pilot.pause()


async def _near(seen: Console, lamp: str) -> None:
    """The map zoomed in on a lamp, the cursor on it."""
    await _click(seen, lamp)
    for _ in range(_view(seen).deepest):
        # What a cell shows is its worst lamp: the cursor must be put on the one that is meant again and again.
        await seen.press("plus")
        if seen.app.session.city.light_points[lamp].id not in seen.text:
            await _click(seen, lamp)
    await seen.shows(f"{lamp} ")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_cursor_goes_to_the_next_failure_and_enter_opens_what_explains_it(
    size: tuple[int, int],
) -> None:
    async with console(size) as seen:
        await seen.press("tab", "tab")
        for _ in range(9):
            if "✖ 0603 en panne" not in seen.text:
                await seen.press("n")
        await seen.shows("✖ 0603 en panne", "rue Neppert", "⏎ panne")
        await seen.press("enter")
        await seen.shows("Pannes en cours", "0603", "Pourquoi on le croit")
        await seen.press("escape")
        await seen.shows("✖ 0603 en panne")
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_a_lamp_without_a_light_of_its_own_leads_to_the_incident_that_it_is_a_part_of() -> None:
    async with console() as seen:
        await _near(seen, "0303")
        await seen.shows("⊘ 0303 muet", "rue de la Fonderie", "⏎ panne")
        await seen.press("enter")
        await seen.shows("Départ disjoncté")
        assert seen.app.screen.query_one(Table).cursor == "i-b1"


async def test_enter_on_a_lamp_that_is_well_opens_it_among_the_lamps() -> None:
    async with console() as seen:
        await _near(seen, "0501")
        await seen.shows("● 0501 allumé", "rue Franklin", "⏎ lampe")
        await seen.press("enter")
        await seen.shows("Points lumineux")
        assert seen.app.screen.query_one(Table).cursor == "0501"


async def test_a_click_on_a_hotspot_names_it_and_a_second_opens_it() -> None:
    async with console() as seen:
        view, (spot, *_) = _view(seen), seen.app.session.city.hotspots
        column, row = view.cell((spot.latitude, spot.longitude))
        offset = (column - view.left + FRAME[0], row - view.top + FRAME[1])
        await seen.pilot.click("#map", offset=offset)
        await seen.shows(f"◆ {spot.name}", "⏎ point d’accès")
        await seen.pilot.click("#map", offset=offset)
        await seen.shows("AP-CEN-03")


async def test_plus_goes_to_the_map_and_nearer_and_nought_shows_the_whole_city_again() -> None:
    async with console() as seen:
        whole = _view(seen)
        await seen.shows("┣", "km")
        await seen.press("plus")
        assert _panel(seen).has_focus
        await seen.press("plus")
        assert _view(seen).zoom == 2
        await seen.press("minus")
        assert _view(seen).zoom == 1
        await seen.press("0")
        assert _view(seen) == whole


@pytest.mark.parametrize(
    ("keys", "across", "down"),
    [
        ([*"hhhh", *["shift+left"] * 4], -1, 0),
        ([*"llllLLLL"], 1, 0),
        ([*"kkkkKKKK"], 0, -1),
        ([*"jjjjJJJJ"], 0, 1),
    ],
)
async def test_the_map_moves_along_with_the_cursor(keys: list[str], across: int, down: int) -> None:
    async with console() as seen:
        await seen.press("plus", "plus", "plus")
        before = _view(seen)
        await seen.press(*keys)
        after = _view(seen)
        assert ((after.left > before.left) - (after.left < before.left)) == across
        assert ((after.top > before.top) - (after.top < before.top)) == down


async def test_the_wheel_zooms_round_the_mouse_and_a_drag_moves_the_map() -> None:
    async with console() as seen:
        lamp = _offset(seen, "0603")
        for _ in range(3):
            await seen.pilot._post_mouse_events([MouseScrollUp], "#map", offset=lamp)
        await seen.pilot.pause()
        zoomed = _view(seen)
        assert zoomed.zoom == 3
        near = _offset(seen, "0603")
        assert max(abs(near[0] - lamp[0]), abs(near[1] - lamp[1])) <= 8
        await seen.pilot.mouse_down("#map", offset=(20, 8))
        await seen.pilot.hover("#map", offset=(15, 6))
        await seen.pilot.mouse_up("#map", offset=(15, 6))
        assert (_view(seen).left, _view(seen).top) == (zoomed.left + 5, zoomed.top + 2)
        await seen.pilot.hover("#map", offset=(30, 6))
        assert _view(seen).left == zoomed.left + 5
        for _ in range(3):
            await seen.pilot._post_mouse_events([MouseScrollDown], "#map", offset=lamp)
        await seen.pilot.pause()
        assert _view(seen).zoom == 0


async def test_the_lamps_of_a_rectangle_are_marked_and_the_order_is_for_them() -> None:
    async with console() as seen:
        await _near(seen, "0501")
        await seen.press("minus", "minus", "m")
        await seen.shows("▭ 1 lampe", "⏎ les marquer")
        await _click(seen, "0505")
        await seen.shows("▭ 5 lampes")
        await seen.press("enter")
        await seen.shows("Points lumineux", "◼ 5 marqu", "◼● allumé")
        screen = seen.app.screen
        assert isinstance(screen, LightingScreen)
        assert screen.table.marked == {"0501", "0502", "0503", "0504", "0505"}
        await seen.press("o")
        await seen.shows("les 5 lampes marquées")


async def test_escape_drops_the_rectangle_first_and_only_then_leads_up() -> None:
    async with console() as seen:
        await seen.press("plus", "z", "m", "L")
        await seen.shows("▭")
        await seen.press("escape")
        await seen.hides("▭")
        assert _panel(seen).has_focus
        assert seen.app.screen.has_class("enlarged")
        await seen.press("escape")
        assert not seen.app.screen.has_class("enlarged")


async def test_more_lamps_than_can_be_ordered_are_not_marked_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for screen in (city, lighting):
        monkeypatch.setattr(screen, "MOST_MARKED", 50)
    async with console() as seen:
        await seen.press("tab", "tab", *"HHHHHH", *"KKKKKK", "m", *"LLLLLL", *"JJJJJJ")
        await seen.shows("▲ 196 lampes", "au plus 50")
        await seen.press("enter")
        await seen.shows("Au plus 50 lampes marquées", "▲ 196 lampes")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_map_takes_the_whole_screen_and_escape_gives_it_back(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        small = _view(seen)
        await seen.press("z")
        await seen.hides("Cette nuit")
        assert _view(seen).columns >= size[0] - 6
        assert _view(seen).rows > 2 * small.rows or size[1] > 24
        await seen.press("escape")
        await seen.shows("Cette nuit")
        assert _view(seen) == small


async def test_the_help_lists_the_keys_of_the_map() -> None:
    async with console((120, 48)) as seen:
        await seen.press("plus", "question_mark")
        await seen.shows(
            "+ = ", "zoomer", "↑ k", "se déplacer sur la carte", "défaut suivant", "toute la ville"
        )
        await seen.hides("abandonner le rectangle")


async def test_an_empty_city_leaves_the_keys_of_the_map_without_effect() -> None:
    async with console(city=SmallCity(light_points={}, access_points={}, incidents={})) as seen:
        await seen.press("plus", "minus", "0", "m", "n", "N", *"hjklHJKL", "enter", "z", "escape", "escape")
        await seen.shows("Mulhouse")

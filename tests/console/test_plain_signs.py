"""On a terminal that is poor in signs, every screen is painted in ASCII, and still nothing is told by colour alone."""

import pytest
from rich.cells import cell_len

from console.plain_signs import DENSITY, plain_text, usual_symbols
from console.preferences import Preferences
from console.vocabulary import LAMP_SIGNS, LOCKED, WIFI_SIGNS
from tests.console.consoles import Console, console

POOR = Preferences(symbols="ascii")


def _left_over(seen: Console) -> set[str]:
    compositor = seen.app.screen._compositor
    text = "".join(strip.text for strip in compositor.render_strips())
    return {sign for sign in text if not sign.isascii() and not sign.isalpha()}


@pytest.mark.parametrize("size", [(120, 36), (60, 16)])
async def test_no_sign_but_letters_is_left_on_any_screen(size: tuple[int, int]) -> None:
    async with console(size, preferences=POOR) as seen:
        for number in "123456":
            await seen.press(number)
            await seen.pilot.pause()
            assert not _left_over(seen), number
            assert all(cell_len(line) == size[0] for line in seen.lines)
        for keys in (["question_mark"], ["4", "d"], ["2", "o"], ["colon"], ["ctrl+p"], ["C"], ["semicolon"]):
            await seen.press(*keys)
            await seen.pilot.pause()
            assert not _left_over(seen), keys
            await seen.press("escape")


async def test_letters_with_accents_stay() -> None:
    async with console(preferences=POOR) as seen:
        await seen.shows("Éclairage", "X en panne", "Départ disjoncté")


def test_states_are_told_apart_without_colour() -> None:
    for signs in ([*LAMP_SIGNS.values(), LOCKED], WIFI_SIGNS):
        shown = [plain_text(sign.symbol) for sign in signs]
        assert all(each.isascii() for each in shown)
        assert len(set(shown)) == len({sign.symbol for sign in signs}), shown


def test_a_cell_of_braille_is_the_denser_the_more_dots_it_has() -> None:
    assert plain_text("\u2800\u2801\u28ff") == f"{DENSITY[0]}{DENSITY[1]}{DENSITY[-1]}"


@pytest.mark.parametrize("text", ["╭─ Éclairage ─╮", "😀 x", "⣿⠁▁█", "日本"])
def test_no_line_changes_its_width(text: str) -> None:
    assert cell_len(plain_text(text)) == cell_len(text)


@pytest.mark.parametrize(
    ("environment", "encoding", "symbols"),
    [
        ({"TERM": "xterm-256color"}, "utf-8", "unicode"),
        ({"TERM": "xterm-256color"}, "UTF-8", "unicode"),
        ({"TERM": "xterm"}, "iso8859-1", "ascii"),
        ({"TERM": "linux"}, "utf-8", "ascii"),
        ({"TERM": "vt100"}, "utf-8", "ascii"),
        ({"TERM": "linux", "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}, "utf-8", "unicode"),
        ({}, "utf-8", "unicode"),
    ],
)
def test_a_poor_terminal_is_known_by_its_name_or_its_encoding(
    environment: dict[str, str], encoding: str, symbols: str
) -> None:
    assert usual_symbols(environment, encoding) == symbols

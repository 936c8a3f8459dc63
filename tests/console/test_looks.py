"""The console's looks: readable each, told apart by every eye, and nothing of the night left in another."""

from itertools import combinations
from pathlib import Path

import pytest
from rich.color import ColorType
from textual.color import Color

from console.preferences import Preferences
from console.theme import LOOKS, NIGHT, Look
from console.vocabulary import (
    AMBER,
    BLUE,
    BRIGHT,
    GREEN,
    GREY,
    NIGHT_BLUE,
    POINTED,
    POINTED_FAINT,
    PURPLE,
    VERMILION,
)
from tests.console.consoles import Console, console
from tests.console.fake_headend import until

STATES = (AMBER, BLUE, VERMILION, PURPLE, GREEN)
READ = (*STATES, GREY, BRIGHT)
OURS = [name for name, look in LOOKS.items() if look.colours and not look.theme.ansi]
LEAST, MOST = 4.5, 7.0
"""Contrasts that WCAG asks for: of any text, and of text for those who see little."""
TOLD_APART = 20.0
"""Distance in CIELAB from which two colours are told apart without thinking."""
SEEN_BY = {
    "most": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopes": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopes": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
}
"""What is left of linear red, green and blue, after Machado, Oliveira and Fernandes (2009)."""


def linear(colour: str) -> list[float]:
    parts = (part / 255 for part in Color.parse(colour).rgb)
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    weights = (0.2126, 0.7152, 0.0722)
    lights = sorted(sum(k * c for k, c in zip(weights, linear(each), strict=True)) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(colour: str, eyes: str) -> tuple[float, float, float]:
    seen = [max(0.0, sum(k * c for k, c in zip(row, linear(colour), strict=True))) for row in SEEN_BY[eyes]]
    to_xyz = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))
    x, y, z = (sum(k * c for k, c in zip(row, seen, strict=True)) ** (1 / 3) for row in to_xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, eyes: str) -> float:
    pairs = zip(lab(one, eyes), lab(other, eyes), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@pytest.mark.parametrize("name", OURS)
def test_every_text_stands_out_from_what_is_behind_it(name: str) -> None:
    look = LOOKS[name]
    own, theme = look.colours, look.theme
    least = MOST if name == "contrast" else LEAST
    behind = (theme.background, theme.surface, theme.panel, own[POINTED], own[POINTED_FAINT])
    texts = [own[colour] for colour in READ] + [theme.foreground]
    for text in texts:
        for ground in behind:
            assert contrast(text or "", ground or "") >= least, (text, ground)
    assert contrast(own[NIGHT_BLUE], own[AMBER]) >= least


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_the_blue_and_orange_look_is_told_apart_by_all_eyes(eyes: str) -> None:
    own = LOOKS["colour-blind"].colours
    for one, other in combinations(STATES, 2):
        assert distance(own[one], own[other], eyes) >= TOLD_APART, (one, other)


def painted(seen: Console) -> set[str]:
    """Every colour on screen, in front and behind."""
    found = set()
    for strip in seen.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style and segment.text:
                for colour in (segment.style.color, segment.style.bgcolor):
                    if colour:
                        found.add(colour.triplet.hex if colour.triplet else colour.name)
    return found


SCREENS = "123456"


@pytest.mark.parametrize("name", OURS)
async def test_nothing_of_the_night_is_left_in_another_look_fresh_or_stale(name: str) -> None:
    look = LOOKS[name]
    nights = {night for night, own in look.colours.items() if night != own}
    async with console(preferences=Preferences(theme=name)) as seen:
        for number in SCREENS:
            await seen.press(number)
            assert not painted(seen) & nights, number
        await seen.press("question_mark")
        assert not painted(seen) & nights
        await seen.press("escape", "2")
        fresh = painted(seen)
        await seen.head.stop()
        await until(lambda: "absente depuis" in seen.text, within_s=30)
        stale = painted(seen)
        assert look.colours[AMBER] in fresh
        assert _blended(look, look.colours[VERMILION]) in stale
        assert not stale & {_blended(look, night) for night in (AMBER, VERMILION, GREEN, BLUE)}


def _blended(look: Look, colour: str) -> str:
    background = Color.parse(look.theme.background or "")
    return background.blend(Color.parse(colour), 0.55).hex6.lower()


async def test_the_terminals_look_uses_no_colour_but_the_terminals() -> None:
    async with console(preferences=Preferences(theme="terminal")) as seen:
        for number in SCREENS:
            await seen.press(number)
            ours = {
                (colour.name, segment.text)
                for strip in seen.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style
                for colour in (segment.style.color, segment.style.bgcolor)
                if colour and colour.type is ColorType.TRUECOLOR
            }
            assert not ours, number


async def test_without_colour_every_state_is_told_by_a_sign_and_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console() as seen:
        await seen.press("2")
        await seen.shows("✖ en panne", "⊘ muet", "◐ dérogation", "● allumé")
        for colour in painted(seen):
            red, green, blue = Color.parse(colour).rgb
            assert max(red, green, blue) - min(red, green, blue) <= 1, colour
        await seen.press("4")
        await seen.shows("▲")
        await seen.press("5")
        await seen.shows("✖", "●", "▲")


async def test_t_lets_a_look_be_chosen_by_name_and_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "falotier" / "console.toml"
    async with console(preferences=Preferences(file=file)) as seen:
        assert seen.app.theme == NIGHT.name
        await seen.press("t")
        await seen.shows("claire (light)", "contraste élevé", "celles du terminal")
        await seen.press(*"contraste", "enter")
        await until(lambda: file.exists() and seen.app.theme == "falotier-contrast")
    assert file.read_text() == 'theme = "contrast"\n'


async def test_a_choice_that_cannot_be_kept_is_shown_all_the_same_and_told(tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    file.write_text("theme = [broken")
    async with console(preferences=Preferences(file=file)) as seen:
        await seen.press("ctrl+p", *"claire")
        await seen.shows("claire (light)")
        await seen.press("enter")
        await seen.shows("pas pu être gardé")
        assert seen.app.theme == "falotier-light"
    assert file.read_text() == "theme = [broken"

"""Read-only until armed: nothing is done in the city by a stray key, and nobody is kept from acting for long."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.arming import USUAL_MIN, Arming
from console.preferences import read_preferences
from console.screens.arm import ArmDialog
from console.screens.help import HelpDialog
from console.screens.order import OrderDialog
from console.vocabulary import AMBER
from console.widgets.frame_lines import Header, Keys
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.test_casework import at_the_lamp


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def _by_hand(seen: Console) -> Hands:
    hands = Hands()
    seen.app.session.arming.monotonic = hands
    return hands


def test_it_is_armed_for_the_minutes_after_the_last_act_and_then_tells_once() -> None:
    hands, told = Hands(), []
    arming = Arming(2, monotonic=hands, on_change=lambda: told.append(hands.s))
    assert (arming.armed, arming.left_s) == (False, 0.0)
    arming.arm()
    hands.s += 100
    assert arming.left_s == 20
    arming.extend()
    hands.s += 119
    assert arming.armed
    assert not arming.look()
    hands.s += 1
    assert arming.left_s == 0
    arming.extend()
    assert arming.left_s == 0
    assert arming.look()
    assert not arming.look()
    assert told == [1000.0, 1220.0]


async def test_it_starts_read_only_and_says_so_and_one_key_arms_and_disarms_it() -> None:
    async with console(armed=False) as seen:
        hands = _by_hand(seen)
        await seen.shows("◌ lecture seule (A)")
        await seen.press("A")
        await seen.shows("◉ armé 10:00", "Armé : pour 10 min après le dernier acte.")
        await seen.hides("lecture seule")
        hands.s += 19
        seen.app._count_down()
        await seen.shows("◉ armé 9:41")
        await seen.press("A")
        await seen.shows("◌ lecture seule (A)")


async def test_it_is_read_only_again_by_itself_and_says_so() -> None:
    async with console(armed=False) as seen:
        hands = _by_hand(seen)
        await seen.press("A")
        await seen.shows("◉ armé")
        assert seen.app._arming_clock is not None
        hands.s += USUAL_MIN * 60
        seen.app._count_down()
        await seen.shows("◌ lecture seule", "De nouveau en lecture seule")
        assert seen.app._arming_clock is None


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)], ids=str)
async def test_the_header_says_it_at_every_width_whatever_else_it_has_to_say(size: tuple[int, int]) -> None:
    async with console(size, armed=False) as seen:
        _by_hand(seen)
        await seen.shows("◌ lecture")
        summary = seen.head.city.summary().model_copy(update={"approvals": 3, "measurements_lost": 12})
        seen.app.session.city.summary = summary
        seen.app.screen.query_one(Header).repaint()
        await seen.shows("◌ lecture", "21:42:10")
        await seen.press("A")
        await seen.shows("◉ armé 10:00")


async def test_an_acts_key_offers_to_arm_and_enter_goes_on_to_the_act() -> None:
    async with console(armed=False) as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("o")
        await seen.shows("Console en lecture seule", "L’armer 10 min et continuer ?")
        await seen.press("escape")
        await seen.hides("L’armer 10 min")
        assert seen.app.session.arming.left_s == 0
        await seen.press("o", "enter")
        await until(lambda: isinstance(seen.app.screen, OrderDialog))
        assert seen.app.session.arming.armed
        await seen.shows("1 point lumineux → 50 %")


ACTS = {"2": ("o", "c"), "4": ("a", "s", "d", "t", "n"), "5": ("o",), "1": ("u",)}


@pytest.mark.parametrize(("screen", "key"), [(s, key) for s, keys in ACTS.items() for key in keys])
async def test_no_act_reaches_the_head_end_before_the_console_is_armed(screen: str, key: str) -> None:
    async with console(armed=False) as seen:
        before = seen.head.city.incidents.copy()
        await seen.press(screen)
        await seen.shows({"1": "Carte", "2": "0205", "4": "A-003/1", "5": "Patinoire"}[screen])
        await seen.press(*(["right", "down"] if screen == "5" else []), key)
        await until(lambda: isinstance(seen.app.screen, ArmDialog))
        await seen.press("escape")
        assert seen.head.city.incidents == before
        assert (seen.head.orders, seen.head.locks, seen.head.acts) == ({}, [], [])


async def test_agreeing_to_anothers_order_needs_an_armed_console_looking_at_it_does_not() -> None:
    from tests.console.test_approvals import _waiting

    async with console(armed=False) as seen:
        seen.head.wait(_waiting())
        await seen.press("w")
        await seen.shows("sector:D8")
        await seen.press("enter")
        await seen.shows("L’armer 10 min et continuer ?")
        await seen.press("escape", "r")
        await seen.shows("L’armer 10 min et continuer ?")
        await seen.press("escape", "enter", "enter")
        await seen.shows("exécuter maintenant")
        await seen.press("right", "enter")
        await until(lambda: seen.head.approvals["o-7"].state == "approved")


async def test_a_dialog_that_was_opened_in_time_may_be_finished() -> None:
    async with console(armed=False) as seen:
        hands = _by_hand(seen)
        await seen.press("A", "2")
        await seen.shows("0205")
        await seen.press("o")
        await until(lambda: isinstance(seen.app.screen, OrderDialog))
        hands.s += USUAL_MIN * 60
        await seen.press("enter", "enter", *"concert", "enter")
        await seen.shows("1 point lumineux")
        await seen.press("tab", "enter")
        await seen.shows("1 contrôleur sur 1 confirme")


async def test_the_past_cannot_be_armed() -> None:
    async with console(armed=False) as seen:
        seen.app.session.replayed_at = datetime(2026, 11, 30, 1, tzinfo=UTC)
        await seen.press("A")
        await seen.shows("C’est le passé")
        assert not seen.app.session.arming.armed
        await seen.press("u")
        assert not isinstance(seen.app.screen, ArmDialog)


async def test_keys_of_acts_are_dim_until_they_work_and_the_help_says_why() -> None:
    async with console(armed=False) as seen:
        await seen.press("2")
        await seen.shows("0205", "o ordre")
        assert not _is_bright(seen, " o")
        assert _is_bright(seen, " ?")
        await seen.press("question_mark")
        await until(lambda: isinstance(seen.app.screen, HelpDialog))
        await seen.shows("◌ A pour armer")
        await seen.press("escape", "A")
        await until(lambda: _is_bright(seen, " o"))


def _is_bright(seen: Console, key: str) -> bool:
    line = seen.app.screen.query_one(Keys).paint(120, 1)[0]
    return any(AMBER in str(span.style) and line.plain[span.start : span.end] == key for span in line.spans)


@pytest.mark.parametrize(
    ("text", "minutes", "problems"),
    [
        ("", 10, 0),
        ("armed_min = 45", 45, 0),
        ("armed_min = 0", 10, 1),
        ("armed_min = 121", 10, 1),
        ("armed_min = true", 10, 1),
        ('armed_min = "5"', 10, 1),
    ],
)
def test_the_minutes_are_a_matter_of_taste_within_reason(
    tmp_path: Path, text: str, minutes: int, problems: int
) -> None:
    file = tmp_path / "console.toml"
    file.write_text(text, encoding="utf-8")
    preferences = read_preferences(file)
    assert (preferences.armed_min, len(preferences.problems)) == (minutes, problems)


async def test_joining_a_citizens_report_waits_for_an_armed_console() -> None:
    async with console(armed=False) as seen:
        await at_the_lamp(seen)
        await seen.press("i")
        await seen.shows("○ 638361")
        before = [each.joined for each in seen.head.reports]
        await seen.press("down", "enter")
        await seen.shows("L’armer 10 min et continuer ?")
        assert [each.joined for each in seen.head.reports] == before
        await seen.press("enter")
        await seen.shows("✓ 638361", "Rattaché.")

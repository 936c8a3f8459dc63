"""Names that somebody meant harm with, in every text that the API sends: shown as text, inside their lines."""

import unicodedata
from dataclasses import dataclass
from types import NoneType
from typing import Any, TypeVar, get_args

import pytest
from pydantic import BaseModel
from rich.cells import cell_len

from city.messages import OrderView, Summary
from console.hostile import MOST_MARKS, clean
from tests.console import answers as wire
from tests.console.consoles import Console, console
from tests.console.small_city import NOW, SmallCity

MARKUP = "[/x][bold]"
NASTY = (
    MARKUP + "\x1b]0;t\x07\x9b31m\u202e\u2066\r\n\te\u0301\u0301\u0301\u0301\u0301🚒👩\u200d🚒❤\ufe0f{0}%s"
)
LONG = NASTY + "名" * 300
FORMATS = frozenset({"time_zone", "hash", "act", "code", "rule", "days", "day", "version", "source"})
"""Texts that the console looks up or counts with, rather than names."""
NAMES = frozenset({"id", "name", "asset", "hotspot", "cabinet", "circuit", "incident", "order", "calendar"})
"""Texts by which the console asks for more."""

M = TypeVar("M", bound=BaseModel)


def poisoned(model: M, poison: str, *, names: bool) -> M:
    """The same message with the poison before every text in it."""

    def of(value: Any, annotation: Any, key: str) -> Any:
        if isinstance(value, BaseModel):
            return poisoned(value, poison, names=names)
        if isinstance(value, tuple):
            return tuple(of(each, str, key) for each in value)
        is_text = type(value) is str and (annotation is str or set(get_args(annotation)) == {str, NoneType})
        if is_text and key not in FORMATS and (names or key not in NAMES):
            return poison + value
        return value

    fields = type(model).model_fields
    return model.model_copy(
        update={key: of(getattr(model, key), info.annotation, key) for key, info in fields.items()}
    )


@dataclass
class HostileCity(SmallCity):
    """The small city, every word of it poisoned."""

    poison: str = NASTY
    names: bool = False

    def __post_init__(self) -> None:
        for known in (self.light_points, self.access_points, self.incidents):
            for key, view in known.items():
                known[key] = poisoned(view, self.poison, names=self.names)  # type: ignore[assignment]

    def summary(self) -> Summary:
        told = poisoned(super().summary(), self.poison, names=self.names)
        # The city's own name is after the poison of which a narrow screen shows only the beginning.
        return told.model_copy(update={"city": "Mulhouse" + self.poison})


def hostile_city(monkeypatch: pytest.MonkeyPatch, poison: str, *, names: bool) -> HostileCity:
    """A city of poisoned words, and a head-end that poisons all that it answers."""
    one, many = wire.json_of, wire.list_of
    monkeypatch.setattr(wire, "json_of", lambda model: one(poisoned(model, poison, names=names)))
    monkeypatch.setattr(
        wire, "list_of", lambda models: many([poisoned(model, poison, names=names) for model in models])
    )
    return HostileCity(poison=poison, names=names)


def assert_sound(seen: Console, width: int) -> None:
    """Nothing on screen but what may be painted, and no line longer or shorter than the screen."""
    for line in seen.lines:
        assert cell_len(line) == width, line
        odd = [hex(ord(letter)) for letter in line if unicodedata.category(letter) in {"Cc", "Cf", "Cs"}]
        assert not odd, line


@pytest.mark.parametrize(
    ("poison", "names", "size"),
    [
        (NASTY, False, (80, 24)),
        (NASTY, False, (120, 36)),
        (NASTY, True, (80, 24)),
        (LONG, False, (60, 20)),
        (LONG, False, (120, 36)),
    ],
)
async def test_every_screen_and_dialog_shows_hostile_texts_as_text(
    monkeypatch: pytest.MonkeyPatch, poison: str, names: bool, size: tuple[int, int]
) -> None:
    async with console(size, city=hostile_city(monkeypatch, poison, names=names)) as seen:

        async def after(*keys: str, shows: str = MARKUP) -> None:
            await seen.press(*keys)
            await seen.shows(shows)
            assert_sound(seen, size[0])

        await after()
        await after("2", "down")
        await after("o", shows="Dérogation")
        await after(*"30", "enter", "enter", *"essai", shows="→ 30")
        await after("escape", "M", shows="Marquer")
        await after("escape", "slash", *"bold", shows="bold")
        await after("escape", "escape", "3", shows="Calendriers")
        for view in "yxd":
            await after(view)
        await after("E", shows="✖ ligne 1")
        await after(
            "escape", shows="Jeter"
        )  # its ends of lines are of several kinds: the editor has made them one
        await after("right", "right", "enter", shows="Calendriers")
        await after("4")
        await after("down", "down", "d", shows="?")
        await after("escape", "5")
        await after("down", "right", "down", "z")
        await after("z", "6")
        await after("down")
        await after("ctrl+p", *"bold", shows="bold")
        await after("escape", "w", shows="Esc")
        await after("escape", "colon", *"bold", shows="bold")
        await after("escape", "1", "R", shows="RELECTURE")
        for number in "23456":
            await after(number, shows="RELECTURE")
        assert seen.app.is_running


async def test_a_request_for_a_second_person_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console((80, 24), city=hostile_city(monkeypatch, NASTY, names=False)) as seen:
        seen.head.wait(_order())
        await seen.press("w")
        await seen.shows("◔ 50 % · " + MARKUP)
        assert_sound(seen, 80)
        await seen.press("enter")
        await seen.shows("Donner son accord")
        assert_sound(seen, 80)


def _order() -> OrderView:
    return OrderView(
        id="o-1", selector="circuit:A-003/1", level_pct=50, reason="essai", by="Paul", asked_at=NOW,
        until=NOW, points=7, would_change=7, confirmed=0, refused={}, cancelled_at=None, active=False,
        dry_run=False,
    )  # fmt: skip


def test_accents_do_not_pile_up_and_nothing_invisible_is_left() -> None:
    assert clean("e" + "\u0301" * 50 + "!") == "e" + "\u0301" * MOST_MARKS + "!"
    assert clean("a\u00adb\ufeffc\u3164d\u061ce\U000e0041f\ufe0f") == "abcdef"
    assert clean(LONG) == clean(clean(LONG))


@pytest.mark.parametrize(
    "text", ["rue Mercière", "A-017/2", "Straße 東京", "Cité-Briand · 🏒 Patinoire", "ŵ"]
)
def test_what_is_no_harm_stays_as_it_was_written(text: str) -> None:
    assert clean(text) == text

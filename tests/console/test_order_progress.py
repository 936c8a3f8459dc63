"""Many lamps are one order; what it means stands there before, and what came of it afterwards, by name."""

import asyncio

import pytest
from textual.widgets import Button, Input

from city.messages import LampState
from console import decisions, orders
from console.screens.lighting import LightingScreen
from console.screens.order import OrderDialog
from tests.console.consoles import Console, console
from tests.console.fake_headend import until


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(decisions, "LOOK_EVERY_S", 0.05)


def _marked(seen: Console) -> set[str]:
    assert isinstance(seen.app.screen, LightingScreen)
    return seen.app.screen.table.marked or set()


async def _in_lighting(seen: Console) -> None:
    await seen.press("2")
    await seen.shows("0205")


async def _open_order(seen: Console) -> None:
    await seen.press("o")
    await until(lambda: isinstance(seen.app.screen, OrderDialog))
    await seen.shows("selon le programme")


async def _fill_in(seen: Console, level: str = "50") -> None:
    await seen.press(*level, "enter", "enter", *"essai", "enter")
    await until(lambda: not seen.app.screen.query_one("#confirm", Button).disabled)


async def test_the_menu_marks_circuit_cabinet_sector_and_search_adds_inverts_and_clears() -> None:
    async with console() as seen:
        await _in_lighting(seen)
        points = seen.app.session.city.light_points.values()
        await seen.press("M")
        await seen.shows("le départ A-002/1", "7 marqués", "au plus 2 000")
        await seen.press("enter")
        circuit = {each.id for each in points if each.circuit == "A-002/1"}
        await until(lambda: _marked(seen) == circuit)
        await seen.press("slash", *"Neppert", "enter")
        await seen.shows("0601")
        shown = {each.id for each in points if each.street == "rue Neppert"}
        await seen.press("M", "r")
        await until(lambda: _marked(seen) == circuit | shown)
        await seen.press("M", "i")
        await until(lambda: _marked(seen) == set())
        await seen.press("M", "i")
        await until(lambda: _marked(seen) == shown)
        await seen.press("M", "n")
        await until(lambda: _marked(seen) == set())


async def test_more_than_one_order_names_cannot_be_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.screens.lighting.MOST_MARKED", 50)
    async with console() as seen:
        await _in_lighting(seen)
        await seen.press("M")
        await seen.shows("▲ 196 marqués", "au plus 50")
        await seen.press("r")
        await seen.shows("tout ce que montre")
        await seen.press("d")
        await until(lambda: len(_marked(seen)) == 7)


async def test_before_an_order_stand_levels_kw_kwh_the_end_the_places_and_who_must_agree() -> None:
    async with console() as seen:
        await _in_lighting(seen)
        await seen.press("M", "d")
        await _open_order(seen)
        await seen.shows(
            "les 7 lampes marquées", "7 points lumineux → 50 %", "(70 % à présent)", "puis 100 % selon le programme",
            "364 W → 182 W  −182 W  −140 Wh d’ici la fin", "rue Mercière 7", "0201 0202", "Vous suffisez",
        )  # fmt: skip
        await seen.press("0")
        await seen.shows("▲ Éteint : nuit noire")
        await seen.press("backspace", "p")
        await seen.shows("→ leur programme")
        await seen.hides("Éteint :")


async def test_of_many_lamps_the_number_has_to_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "TYPED_ABOVE", 6)
    async with console() as seen:
        await _in_lighting(seen)
        await seen.press("M", "d")
        await _open_order(seen)
        await seen.shows("tapez 7, le nombre de points lumineux")
        await seen.press("enter", "enter", *"essai", "enter", "8")
        confirm = seen.app.screen.query_one("#confirm", Button)
        assert seen.app.screen.query_one("#number", Input).has_focus
        assert confirm.disabled
        await seen.press("backspace", "7")
        await until(lambda: not confirm.disabled)
        await seen.press("enter")
        assert seen.app.focused is seen.app.screen.query_one("#cancel", Button)
        assert seen.head.orders == {}
        await seen.press("tab", "enter")
        await until(lambda: len(seen.head.orders) == 1)


async def test_after_an_order_the_bar_fills_and_who_refuses_or_is_silent_stands_there_by_name() -> None:
    async with console() as seen:
        await _in_lighting(seen)
        await seen.press("M", "d")
        await _open_order(seen)
        await _fill_in(seen)
        seen.head.slow = {"0201": LampState.SILENT, "0202": LampState.LIT}
        seen.head.refusing = {"0203": "manual mode [x]"}
        await seen.press("tab", "enter")
        await seen.shows("4 contrôleurs sur 7 confirment", "1 refus · 2 sans réponse · suivi en cours")
        await seen.shows("✖ 0203  refuse : manual mode [x]", "0201  n’a pas répondu (muet)")
        del seen.head.slow["0202"]
        await seen.shows("5 contrôleurs sur 7 confirment")
        seen.head.slow = {}
        await seen.shows("6 contrôleurs sur 7 confirment", "▲ ")
        await seen.hides("sans réponse", "suivi")


async def test_who_closes_early_is_told_at_the_end() -> None:
    async with console() as seen:
        await _in_lighting(seen)
        await _open_order(seen)
        await _fill_in(seen)
        seen.head.slow = {"0205": LampState.FAILED}
        await seen.press("tab", "enter")
        await seen.shows("0 contrôleur sur 1 confirme")
        await seen.press("escape")
        await seen.hides("suivi en cours")
        seen.head.slow = {}
        await seen.shows("1 contrôleur sur 1 confirme")


async def test_looking_ends_even_where_a_controller_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "FOLLOW_S", 0.2)
    async with console() as seen:
        await _in_lighting(seen)
        await _open_order(seen)
        await _fill_in(seen)
        seen.head.slow = {"0205": LampState.SILENT}
        await seen.press("tab", "enter")
        await seen.shows("suivi terminé", "▌… 0205  n’a pas répondu (muet)")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("approved", "7 points lumineux · Paul a donné son accord"),
        ("rejected", "7 points lumineux · Paul a refusé : marché"),
        ("lapsed", "7 points lumineux · Personne"),
    ],
)
async def test_whoever_asked_is_told_what_the_second_person_said(state: str, said: str) -> None:
    async with console() as seen:
        seen.head.alone = 6
        await _in_lighting(seen)
        await seen.press("M", "d")
        await _open_order(seen)
        await seen.shows("Combien")
        await seen.press("enter", "enter", *"essai", "enter", "7", "enter", "tab", "enter")
        await seen.shows("Rien n’est encore envoyé", "La réponse vous sera dite ici.")
        await seen.press("escape")
        (name, waiting), *_ = seen.head.approvals.items()
        decided = {"state": state, "decided_by": "Paul", "why": "marché"}
        seen.head.approvals[name] = waiting.model_copy(update=decided)
        await seen.shows(said)
        await asyncio.sleep(0)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)], ids=str)
async def test_what_matters_most_is_on_the_smallest_screens_too(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        seen.head.alone = 6
        await _in_lighting(seen)
        await seen.press("M", "d")
        await _open_order(seen)
        await seen.press("0")
        await seen.shows("7 points lumineux → 0 %  ▲ Éteint : nuit noire", "Une autre personne", "Combien")
        await seen.shows("364 W → ", "Annuler", "Donner l’ordre")

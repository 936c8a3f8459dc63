"""Orders, undoing, incidents' acts, and a head-end that goes away: what changes something, and what must not."""

import asyncio

import pytest
from textual.events import Key
from textual.widgets import Button, Input

from console import client as client_module
from console.screens.order import OrderDialog
from console.widgets.order_panel import OrderPanel
from tests.console.consoles import Console, console
from tests.console.fake_headend import until


async def _open_order(seen: Console) -> None:
    await seen.press("2")
    await seen.shows("0205")
    await seen.press("o")
    await until(lambda: isinstance(seen.app.screen, OrderDialog))


async def test_an_order_shows_what_would_change_before_it_can_be_given() -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.shows("la lampe 0205", "1 point lumineux → 50 %", "jusqu’à 23:42", "1 changerait aussitôt")
        assert not seen.app.screen.query_one("#confirm", Button).disabled
        assert seen.head.orders == {}


async def test_enter_leads_through_the_form_to_cancel_and_never_to_the_order() -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.press("enter", "enter", *"concert", "enter")
        await seen.shows("1 point lumineux")
        assert seen.app.focused is not None
        assert seen.app.focused.id == "cancel"
        await seen.press("enter")
        await seen.shows("Points lumineux")
        assert seen.head.orders == {}


async def test_an_order_is_given_confirmed_and_undone_with_one_key() -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.press("enter", "enter", *"concert", "enter")
        await seen.shows("1 point lumineux")
        await seen.press("tab", "enter")
        await seen.shows("1 contrôleur sur 1 confirme")
        assert [order.reason for order in seen.head.orders.values()] == ["concert"]
        await seen.press("escape", "u")
        await seen.shows("Annuler votre ordre ?", "1 point lumineux · 50 % → leur programme", "jusqu’à 23:42")
        await seen.press("enter")
        await seen.hides("Annuler votre ordre ?")
        assert all(order.active for order in seen.head.orders.values())
        await seen.press("u", "u")
        await seen.shows("Annulé")
        assert not any(order.active for order in seen.head.orders.values())
        await seen.press("u")
        await seen.shows("Aucun ordre en vigueur.")


async def test_an_order_without_a_reason_is_not_given() -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.shows("1 point lumineux")
        seen.app.screen.query_one("#confirm", Button).focus()
        await seen.press("enter")
        await seen.shows("Motif : dites pourquoi")
        assert seen.head.orders == {}


@pytest.mark.parametrize(("level", "said"), [("130", "un nombre de 0 à 100"), ("x", "un nombre de 0 à 100")])
async def test_a_level_that_cannot_be_says_what_to_type(level: str, said: str) -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.press(*level)
        await seen.shows(said)
        assert seen.app.screen.query_one("#confirm", Button).disabled


async def test_the_scope_widens_to_the_circuit() -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.press("shift+tab", "enter", "down", "enter")
        await seen.shows("le départ A-002/1", "7 points lumineux → 50 %")


async def test_marked_lamps_are_ordered_together() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("space", "space")
        await seen.shows("2 marqués")
        await seen.press("o")
        await seen.shows("les 2 lampes marquées", "2 points lumineux → 50 %")
        await seen.press("enter", "enter", *"essai", "enter")
        await seen.shows("2 points lumineux")
        await seen.press("tab", "enter")
        await seen.shows("2 contrôleurs sur 2 confirment")
        assert [order.selector for order in seen.head.orders.values()] == ["lamps:0205,0603"]


async def test_someone_elses_order_is_undone_only_after_a_question() -> None:
    async with console() as seen:
        await _open_order(seen)
        await seen.press("enter", "enter", *"essai", "enter")
        await seen.shows("1 point lumineux")
        await seen.press("tab", "enter")
        await seen.shows("confirme")
        await seen.press("escape")
        seen.app.session.last_order = None
        await seen.press("u")
        await seen.shows("Annuler cet ordre ?", "Marie")
        await seen.press("enter")
        await seen.hides("Annuler cet ordre ?")
        assert all(order.active for order in seen.head.orders.values())
        await seen.press("u")
        await seen.shows("Annuler cet ordre ?")
        await seen.press("right", "enter")
        await until(lambda: not any(order.active for order in seen.head.orders.values()))


async def test_an_incident_is_acknowledged_and_sent() -> None:
    async with console() as seen:
        await seen.press("4")
        await seen.shows("Pas pris en compte", "Pas envoyé")
        await seen.press("a")
        await until(lambda: seen.head.city.incidents["i-b1"].acknowledged_by == "Marie")
        await seen.shows("pris par")
        await seen.press("home", "slash", *"A-003", "enter", "s")
        await until(lambda: seen.head.city.incidents["i-b1"].ticket is not None)
        await seen.shows("à envoyer")


async def test_an_incident_is_dismissed_with_a_reason_and_not_without() -> None:
    async with console() as seen:
        await seen.press("4")
        await seen.shows("Pannes en cours", "A-003/1")
        await seen.press("d")
        await seen.shows("Écarter cet incident ?")
        await seen.press("enter", "escape")
        assert seen.head.city.incidents["i-b1"].dismissed_because is None
        await seen.press("d", *"essai de relève", "enter", "tab", "enter")
        await until(lambda: seen.head.city.incidents["i-b1"].dismissed_because == "essai de relève")
        await seen.hides("Départ disjoncté")
        await seen.press("c")
        await seen.shows("Toutes les pannes", "Départ disjoncté")


async def test_a_head_end_that_goes_away_is_said_and_what_is_known_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "FIRST_RETRY_S", 0.05)
    monkeypatch.setattr(client_module, "LONGEST_RETRY_S", 0.1)
    async with console() as seen:
        await seen.head.stop()
        await seen.shows("Tête de réseau absente depuis 21:42:10", "✖ tête de réseau")
        await seen.shows("179", "Départ disjoncté")
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("a")
        await seen.head.start(seen.head.port)
        await seen.hides("absente")


async def test_a_failing_call_becomes_one_line_on_screen() -> None:
    async with console() as seen:
        await seen.press("4")
        await seen.shows("A-003/1")
        seen.head.city.incidents.clear()
        await seen.press("a")
        await seen.shows("no such incident")
        await asyncio.sleep(0)
        assert seen.app.is_running


async def test_what_is_typed_ahead_lands_where_it_was_meant() -> None:
    """Over a slow line many keys come at once: none may reach the list behind as a command."""
    async with console() as seen:
        await seen.press("4")
        await seen.shows("Pannes en cours", "A-003/1")
        _type_at_once(seen, "/assad")
        await seen.shows("Rien ne correspond")
        assert all(
            i.acknowledged_by in {None, "Marie"} and i.dismissed_because is None
            for i in seen.head.city.incidents.values()
        )
        assert seen.head.city.incidents["i-b1"].acknowledged_by is None
        await seen.press("escape", "2")
        await seen.shows("0205")
        await seen.press("o")
        await until(lambda: isinstance(seen.app.screen, OrderDialog))
        await seen.shows("1 point lumineux")
        _type_at_once(seen, "\r\ressai\r")
        await until(lambda: seen.app.focused is not None and seen.app.focused.id == "cancel")
        assert seen.app.screen.query_one("#reason", Input).value == "essai"
        assert seen.app.screen.query_one("#level", Input).value == "50"


def _type_at_once(seen: Console, text: str) -> None:
    names = {"/": "slash", "\r": "enter"}
    for character in text:
        seen.app.post_message(Key(names.get(character, character), character))


async def test_an_answer_that_comes_while_the_dialog_goes_disturbs_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(dialog: OrderDialog, request: object) -> None:
        asked.set()
        await go_on.wait()
        # As far as it comes by itself when a machine is busy: closed, its parts gone, not yet detached.
        dialog.dismiss(None)
        await dialog.query(OrderPanel).remove()

    monkeypatch.setattr(OrderDialog, "ask", slow)
    async with console() as seen:
        await _open_order(seen)
        await asked.wait()
        go_on.set()
        await until(lambda: not isinstance(seen.app.screen, OrderDialog))
        await seen.shows("Points lumineux")
        assert seen.app.is_running

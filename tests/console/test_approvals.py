"""The second person and locks on screen: said beforehand, seen from everywhere, decided by another."""

import pytest

from city.messages import LampState, Live, OrderView
from console.screens.approvals import ApprovalsDialog
from console.screens.order import OrderDialog
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import NOW, SmallCity


async def _ask_for_a_sector(seen: Console) -> None:
    await seen.press("2")
    await seen.shows("0205")
    await seen.press("o")
    await until(lambda: isinstance(seen.app.screen, OrderDialog))
    seen.app.screen.query_one("#scope").value = 3  # type: ignore[attr-defined]
    await seen.shows("Combien")
    await seen.press("enter", "enter", *"concert", "enter")


async def _type_the_number(seen: Console) -> None:
    """How many light points, then past Cancel to the order."""
    points = sum(point.sector == _sector(seen) for point in seen.head.city.light_points.values())
    await seen.press(*str(points), "enter", "tab", "enter")


def _sector(seen: Console) -> str:
    return seen.head.city.light_points["0205"].sector


def _waiting() -> OrderView:
    return OrderView(
        id="o-7", selector="sector:D8", level_pct=30.0, reason="feu d'artifice", by="Marie", asked_at=NOW,
        until=NOW, points=812, would_change=812, confirmed=0, refused={}, cancelled_at=None, active=False,
        state="awaiting", second="points",
    )  # fmt: skip


async def _with_one_waiting(seen: Console) -> None:
    seen.head.wait(_waiting())
    summary = seen.head.city.summary().model_copy(update={"approvals": 1})
    await seen.push(Live(summary=summary))
    await seen.shows("◔ 1 en attente (w)")


def _state(seen: Console) -> str:
    return seen.head.approvals["o-7"].state


async def test_an_order_says_beforehand_that_another_person_will_have_to_agree() -> None:
    async with console() as seen:
        await _ask_for_a_sector(seen)
        await seen.shows("Une autre personne devra être d’accord : tant de points lumineux")
        await _type_the_number(seen)
        await seen.shows("Rien n’est encore envoyé")
        assert seen.head.orders == {}
        assert [each.state for each in seen.head.approvals.values()] == ["waiting"]


async def test_what_waits_is_seen_from_every_screen_and_opens_with_one_key() -> None:
    async with console() as seen:
        await _with_one_waiting(seen)
        for key in "24":
            await seen.press(key)
            await seen.shows("◔ 1 en attente (w)")
        await seen.press("w")
        await seen.shows("En attente d’une deuxième personne", "30 % · sector:D8", "812 points", "Marie")


async def test_agreeing_asks_once_more_with_the_focus_on_no() -> None:
    async with console() as seen:
        await _with_one_waiting(seen)
        await seen.press("w")
        await seen.shows("sector:D8")
        await seen.press("enter")
        await seen.shows("Donner votre accord et exécuter maintenant ?")
        await seen.press("enter")
        await until(lambda: isinstance(seen.app.screen, ApprovalsDialog))
        assert _state(seen) == "waiting"
        await seen.press("enter")
        await seen.shows("exécuter maintenant")
        await seen.press("right", "enter")
        await seen.shows("Accord donné", "Rien n’attend une deuxième personne.")
        assert _state(seen) == "approved"


async def test_not_agreeing_takes_a_reason() -> None:
    async with console() as seen:
        await _with_one_waiting(seen)
        await seen.press("w")
        await seen.shows("sector:D8")
        await seen.press("r")
        await seen.shows("Pourquoi refuser ?")
        await seen.press(*"marché", "enter", "tab", "enter")
        await seen.shows("Refusé ; rien n’a été fait.")
        assert seen.head.approvals["o-7"].why == "marché"


async def test_the_mass_change_stop_stands_in_the_header() -> None:
    async with console() as seen:
        summary = seen.head.city.summary().model_copy(update={"stopped_until": NOW})
        await seen.push(Live(summary=summary))
        await seen.shows("◼ à deux jusqu’à 21:42")


async def test_a_locked_lamp_is_told_from_others_by_shape_and_word_and_is_found_by_it() -> None:
    city = SmallCity()
    city.light_points["0101"] = city.light_points["0101"].model_copy(
        update={"locked": True, "state": LampState.OVERRIDDEN, "asked_pct": 0.0, "effect_pct": 0.0}
    )
    async with console(city=city) as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("slash", *"consigné")
        await seen.shows("⊠ consigné", "0101")
        await seen.hides("0205")
        await seen.press("enter", "o")
        await until(lambda: isinstance(seen.app.screen, OrderDialog))
        await seen.shows("1 non atteint", "locked by Paul")


async def test_a_lamp_is_locked_with_a_reason_and_a_careless_enter_locks_nothing() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("c")
        await seen.shows("Consigner pour travaux", "0205 reste éteint 4 h")
        await seen.press(*"mat", "enter", "enter")
        await seen.hides("Consigner pour travaux")
        assert seen.head.locks == []
        await seen.press("c")
        await seen.shows("Consigner pour travaux")
        await seen.press(*"mat", "enter", "tab", "enter")
        await seen.shows("Consigné jusqu’à 01:42")
        assert [(each.selector, each.reason) for each in seen.head.locks] == [("lamp:0205", "mat")]


@pytest.mark.parametrize("size", [(80, 24), (60, 16)], ids=str)
async def test_whoever_agrees_sees_what_it_would_change_and_both_buttons_on_the_smallest_screen(
    size: tuple[int, int],
) -> None:
    async with console(size) as seen:
        seen.head.alone = 5
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("M", "d", "o")
        await seen.shows("Combien")
        await seen.press("0", "enter", "enter", *"concert", "enter", "7")
        await until(lambda: not seen.app.screen.query_one("#confirm").disabled)
        await seen.press("enter", "tab", "enter")
        await seen.shows("Rien n’est encore envoyé")
        await seen.press("escape", "w")
        await seen.shows("0 % · lamps:0201", "concert")
        await seen.press("enter")
        await seen.shows("7 points lumineux → 0 %  ▲ Éteint : nuit noire", "364 W → 0,0 W", "Marie demande")
        await seen.shows("Il faut être deux : tant de points", "Annuler", "Donner son accord")

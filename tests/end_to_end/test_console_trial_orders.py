"""Orders, locks and the second person from the console, down to what the lamps really do."""

from textual.widgets import Select

from console.screens.approvals import ApprovalsDialog
from console.screens.order import OrderDialog
from tests.console.consoles import Console
from tests.end_to_end.trial_city import (
    USUAL_PCT,
    TrialCity,
    arm,
    becomes,
    fill_in,
    go_to,
    line_of,
    trial_console,
)

LAMP, LOCKED = "01-0016", "01-0012"
CIRCUIT, FIRST_OF_CIRCUIT = "A-002/1", "08-0001"
MARKED = ("08-0007", "08-0008")
CABINET, FIRST_OF_CABINET = "A-001", "01-0017"


async def _ask(seen: Console, lamp: str, scope: int = 0) -> None:
    """Open the dialog of orders on a lamp, or on what it belongs to."""
    await go_to(seen, "2", lamp)
    await arm(seen)
    await seen.press("o")
    await becomes(lambda: isinstance(seen.app.screen, OrderDialog))
    seen.app.screen.query_one("#scope", Select).value = scope


async def _order(seen: Console, level: str, reason: str, *number: str) -> None:
    """Fill in level, reason and, where so many need it, their number; the usual two hours stay."""
    await fill_in(seen, level, "", reason, *number)


async def _undo(seen: Console) -> None:
    """Take one's own order back: the same key asks, and says yes."""
    await seen.press("u")
    await seen.shows("Annuler votre ordre ?")
    await seen.press("u")
    await seen.shows("Annulé :")


async def _row(seen: Console, lamp: str, *texts: str) -> None:
    """Wait until a lamp's line in the list says something."""
    await becomes(lambda: line_of(seen, lamp, *texts))


async def test_a_lamp_gives_the_level_that_was_ordered_and_undo_gives_the_programme_back(
    trial: TrialCity,
) -> None:
    async with trial_console(trial) as seen:
        await becomes(lambda: trial.level(LAMP) == USUAL_PCT)
        await _ask(seen, LAMP)
        await seen.shows("1 point lumineux → 50 %")
        await _order(seen, "45", "tournage")
        await becomes(lambda: trial.level(LAMP) == 45)
        await seen.shows("1 contrôleur sur 1 confirme")
        await seen.press("escape")
        await _row(seen, LAMP, "dérogation", "45 %")
        await seen.shows("tournage")
        await _undo(seen)
        await becomes(lambda: trial.level(LAMP) == USUAL_PCT)
        await seen.press("6")
        await seen.shows("tournage")


async def test_a_circuit_is_ordered_whole_and_its_neighbour_stays_as_it_was(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        await becomes(lambda: trial.levels(CIRCUIT) == {USUAL_PCT})
        await _ask(seen, FIRST_OF_CIRCUIT, scope=1)
        await seen.shows("le départ A-002/1", "6 points lumineux → 50 %")
        await _order(seen, "90", "fête")
        await becomes(lambda: trial.levels(CIRCUIT) == {90})
        await seen.shows("6 contrôleurs sur 6 confirment")
        assert 90 not in trial.levels("A-002/2")
        await seen.press("escape")
        await _undo(seen)
        await becomes(lambda: trial.levels(CIRCUIT) == {USUAL_PCT})


async def test_marked_lamps_are_ordered_together_and_no_others(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        first, second = MARKED
        await becomes(lambda: trial.level(first) == trial.level(second) == USUAL_PCT)
        for lamp in MARKED:
            await go_to(seen, "2", lamp)
            await seen.press("space")
        await seen.shows("2 marqués")
        await arm(seen)
        await seen.press("o")
        await seen.shows("les 2 lampes marquées", "2 points lumineux → 50 %")
        await _order(seen, "35", "essai")
        await becomes(lambda: trial.level(first) == trial.level(second) == 35)
        assert list(trial.levels("A-002/2")).count(35) == 1
        assert USUAL_PCT in trial.levels("A-002/2")
        await seen.press("escape")
        await _undo(seen)
        await becomes(lambda: trial.levels("A-002/2") == {USUAL_PCT})


async def test_a_lamp_is_locked_dark_for_people_at_work_and_lifted_again(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        await becomes(lambda: trial.level(LOCKED) == USUAL_PCT)
        await go_to(seen, "2", LOCKED)
        await arm(seen)
        await seen.press("c")
        await seen.shows("Consigner pour travaux", f"{LOCKED} reste éteint")
        await fill_in(seen, "mât")
        await becomes(lambda: trial.level(LOCKED) == 0)
        await _row(seen, LOCKED, "consign")
        await seen.press("c")
        await seen.shows("Lever cette consignation ?", "mât")
        await fill_in(seen, "fini")
        await becomes(lambda: trial.level(LOCKED) == USUAL_PCT)
        await becomes(lambda: not seen.app.session.city.light_points[LOCKED].locked)


async def test_what_one_may_not_order_alone_waits_until_another_agrees_on_another_console(
    trial: TrialCity,
) -> None:
    async with trial_console(trial, "anne") as asks, trial_console(trial) as agrees:
        await becomes(lambda: trial.level(FIRST_OF_CABINET) == USUAL_PCT)
        await _ask(asks, FIRST_OF_CABINET, scope=2)
        await asks.shows("Une autre personne devra être d’accord")
        await _order(asks, "60", "bal", "20")
        await asks.shows("Rien n’est encore envoyé")
        assert trial.levels("A-001/4") == {USUAL_PCT}
        await agrees.shows("1 en attente (w)")
        await arm(agrees)
        await agrees.press("w")
        await becomes(lambda: isinstance(agrees.app.screen, ApprovalsDialog))
        await agrees.shows("60 %", CABINET, "anne")
        await agrees.press("enter")
        await agrees.shows("Donner votre accord", "20 points lumineux → 60 %", "bal")
        await agrees.press("tab", "enter")
        await becomes(lambda: trial.levels("A-001/4") == {60})
        await asks.press("escape")
        await _row(asks, FIRST_OF_CABINET, "dérogation", "60 %")
        await agrees.press("escape", "escape", "u")
        await agrees.shows("Annuler cet ordre ?", "anne")
        await agrees.press("tab", "enter")
        await becomes(lambda: trial.levels("A-001/4") == {USUAL_PCT})


async def test_what_another_person_does_not_agree_to_never_reaches_a_lamp(trial: TrialCity) -> None:
    async with trial_console(trial, "anne") as asks, trial_console(trial) as refuses:
        await becomes(lambda: trial.level(FIRST_OF_CABINET) == USUAL_PCT)
        await _ask(asks, FIRST_OF_CABINET, scope=2)
        await asks.shows("Une autre personne devra être d’accord")
        await _order(asks, "20", "pari", "20")
        await asks.shows("Rien n’est encore envoyé")
        await refuses.shows("1 en attente (w)")
        await arm(refuses)
        await refuses.press("w")
        await refuses.shows("20 %", CABINET, "anne")
        await refuses.press("r")
        await refuses.shows("Pourquoi refuser ?", "pari")
        await fill_in(refuses, "noir")
        await refuses.shows("Refusé ; rien n’a été fait.")
        await refuses.press("escape", "6")
        await refuses.shows("noir")
        assert trial.levels("A-001/4") == {USUAL_PCT}

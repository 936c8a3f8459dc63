"""Acts on access points from the console, down to what the access point really does."""

from textual.widgets import Select

from city.access_points import ActKind
from console.screens.access_point_act import ActDialog
from tests.console.consoles import Console
from tests.end_to_end.trial_city import TrialCity, arm, becomes, fill_in, go_to, trial_console

RESTARTED, SWITCHED = "AP-CTR-02", "AP-CTR-01"


def _sends(trial: TrialCity, radio: str) -> bool:
    """Whether a radio really sends."""
    access_point, _, number = radio.rpartition("/")
    state = trial.field.world.access_points.state(access_point, trial.clock.now())
    return state.up and state.radios[int(number) - 1].up


async def _open(seen: Console, name: str) -> None:
    await go_to(seen, "5", name)
    await arm(seen)
    await seen.press("o")
    await becomes(lambda: isinstance(seen.app.screen, ActDialog))


async def test_an_access_point_is_restarted_and_comes_back(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        await _open(seen, RESTARTED)
        await seen.shows(f"{RESTARTED} → redémarrer")
        before = trial.field.world.access_points._all[RESTARTED].booted_at
        await fill_in(seen, "figée")
        await becomes(lambda: trial.field.world.access_points._all[RESTARTED].booted_at > before)
        await seen.shows("redémarrage demandé")
        await seen.press("escape")
        await becomes(lambda: _sends(trial, f"{RESTARTED}/1"))
        await seen.press("6")
        await seen.shows(RESTARTED, "figée")


async def test_a_radio_is_switched_off_for_a_while_and_on_again(trial: TrialCity) -> None:
    radio = f"{SWITCHED}/2"
    async with trial_console(trial) as seen:
        assert _sends(trial, radio)
        await _open(seen, radio)
        await seen.shows(f"{radio} → éteindre")
        await fill_in(seen, "essai")
        await becomes(lambda: not _sends(trial, radio))
        assert _sends(trial, f"{SWITCHED}/1")
        await seen.shows("mis hors service jusqu’à")
        await seen.press("escape")
        await _open(seen, radio)
        seen.app.screen.query_one("#does", Select).value = ActKind.ENABLE
        await seen.shows(f"{radio} → allumer")
        await fill_in(seen, "fini")
        await becomes(lambda: _sends(trial, radio))
        await seen.shows("mis en service")

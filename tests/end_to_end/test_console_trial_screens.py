"""Each of the six screens opens, shows what the devices really say, leads further with Enter and back with Escape."""

from pathlib import Path

import pytest

from console.widgets.table import Table
from tests.end_to_end.trial_city import (
    DEAD,
    DOWN,
    LAMPS,
    USUAL_PCT,
    TrialCity,
    becomes,
    go_to,
    incident_on,
    line_of,
    point_at,
    trial_console,
)

WELL = "08-0020"
ACCESS_POINT, PLACE = "AP-CTR-01", "centre-ville"
CABINETS = 2


def _files(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def _rows(sheet: Path) -> list[str]:
    return sheet.read_text(encoding="utf-8-sig").splitlines()


async def test_ville_shows_the_lamps_that_are_lit_and_failed_and_leads_to_them_and_back(
    trial: TrialCity,
) -> None:
    async with trial_console(trial) as seen:
        for lamp in DEAD:
            await incident_on(seen, lamp)
        lit = LAMPS - len(DEAD)
        await becomes(lambda: line_of(seen, "allumé", f"{lit} / {LAMPS}"))
        await seen.shows("Lampe éteinte", "Centre-ville", "maintenant")
        await seen.press("down", "down", "enter")
        await seen.shows("Points lumineux", *DEAD)
        await seen.hides(WELL)
        await seen.press("escape", "escape")
        await seen.shows("Cette nuit")


async def test_eclairage_shows_what_a_lamp_measures_why_and_its_day(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        await becomes(lambda: trial.level(WELL) == USUAL_PCT)
        await go_to(seen, "2", WELL)
        await becomes(lambda: line_of(seen, WELL, "allumé", "70 %"))
        power = trial.field.world.lamps[WELL].lamp
        await seen.shows("demandé", "en effet", "mesuré", "pourquoi", "niveau, 24 h")
        shown = seen.app.session.city.light_points[WELL].power_w
        assert shown is not None
        assert shown == pytest.approx(power.lamp_type.nominal_w * USUAL_PCT / 100, rel=0.2)
        await go_to(seen, "2", DEAD[0])
        await becomes(lambda: line_of(seen, DEAD[0], "en panne"))
        await seen.press("escape")
        await seen.shows("Cette nuit")


async def test_programmes_shows_tonights_curve_the_year_and_that_every_controller_holds_it(
    trial: TrialCity,
) -> None:
    async with trial_console(trial) as seen:
        await seen.press("3")
        await seen.shows("Calendriers", "70 %", "00:00")
        await seen.press("y")
        await seen.shows("kWh")
        await seen.press("d")
        await seen.shows(f"{LAMPS + CABINETS} / {LAMPS + CABINETS}", "Tous les contrôleurs le détiennent.")
        await seen.press("escape")
        await seen.shows("Cette nuit")


async def test_pannes_shows_the_evidence_and_enter_leads_to_the_lamp_and_escape_back(
    trial: TrialCity,
) -> None:
    async with trial_console(trial) as seen:
        incident = await incident_on(seen, DEAD[0])
        await seen.press("4")
        await seen.shows(DEAD[0])
        await point_at(seen, incident.id)
        await seen.shows("Pourquoi on le croit", "consomme trop peu", "puissance attendue", "puissance, 24 h")
        measured = incident.evidence[0].figures["power_w"]
        assert measured < 1.0
        await seen.shows(seen.app.words.power(measured).replace("\u00a0", " "))
        await seen.press("enter")
        await becomes(lambda: seen.app.current_mode == "lighting")
        await becomes(lambda: seen.app.screen.query_one(Table).cursor == DEAD[0])
        await seen.press("escape")
        await seen.shows("Pannes en cours")


async def test_wifi_shows_the_clients_of_an_access_point_and_the_one_that_is_down(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        await incident_on(seen, DOWN)
        await go_to(seen, "5", ACCESS_POINT)
        view = seen.app.session.city.access_points[ACCESS_POINT]
        assert view.clients is not None
        assert abs(view.clients - trial.clients(ACCESS_POINT)) <= 0.5 * max(trial.clients(ACCESS_POINT), 6)
        await seen.shows("Radios", "clients, 24 h", ACCESS_POINT)
        await go_to(seen, "5", DOWN)
        await becomes(lambda: line_of(seen, DOWN, "✖"))
        await go_to(seen, "5", PLACE)
        await seen.press("enter")
        await seen.hides(ACCESS_POINT)
        await seen.press("enter")
        await seen.shows(ACCESS_POINT)
        await seen.press("escape")
        await seen.shows("Cette nuit")


async def test_the_journal_tells_what_the_head_end_did_and_can_be_searched(trial: TrialCity) -> None:
    async with trial_console(trial) as seen:
        await seen.press("6")
        await seen.shows("anne")
        await seen.press("slash", *"anne", "enter")
        await becomes(lambda: "anne" in seen.text and "tête de réseau démarrée" not in seen.text)
        await seen.press("escape", "escape")
        await seen.shows("Cette nuit")


async def test_a_list_is_saved_as_a_file_and_a_screen_as_a_picture(
    trial: TrialCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with trial_console(trial) as seen:
        await go_to(seen, "2", WELL)
        await seen.press("e")
        await seen.shows("Enregistré", f"{LAMPS} lignes")
        assert [len(_rows(sheet)) for sheet in _files(tmp_path, "*.csv")] == [LAMPS + 1]
        await seen.press("ctrl+p")
        await seen.press(*"image")
        await becomes(lambda: "image" in seen.text)
        await seen.press("enter")
        await becomes(lambda: _files(tmp_path, "falotier-lighting.svg"))

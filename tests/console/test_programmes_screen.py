"""The Programmes screen: calendars tonight, their year, and how far the plan has come."""

import re
from pathlib import Path

import pytest

import lighting
from city.deployments import DeploymentView
from console.i18n import Code, Words
from console.widgets.calendar_year import FINDINGS, YearPanel
from console.widgets.table import Table
from tests.console.consoles import console
from tests.console.small_city import SmallCity
from tests.console.small_city_night import deployment, year

SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "title", "held"),
    [("fr", "Calendriers", "189 contrôleurs sur 196"), ("en", "Calendars", "189 of 196 controllers")],
)
async def test_the_calendars_say_what_rules_tonight_and_who_holds_it(
    size: tuple[int, int], language: Code, title: str, held: str
) -> None:
    async with console(size, language) as seen:
        await seen.press("3")
        await seen.shows(title, "182 pts", "189 / 196", "✖ 2", "Cinq paliers", "20:00", held)
        assert "◆ Marché de" in seen.text
        await seen.press("down")
        await seen.shows("Mise en valeur du temple Saint-Étienne", "01:00", "◆ Marché de Noël → Plein feu")
        await seen.hides("▸ 20:00")
        assert all(len(line) <= size[0] for line in seen.lines)


@pytest.mark.parametrize("size", SIZES)
async def test_a_year_shows_its_figures_its_nights_apart_and_its_warnings_at_every_size(
    size: tuple[int, int],
) -> None:
    async with console(size) as seen:
        await seen.press("3")
        await seen.shows("182 pts")
        await seen.press("y")
        await seen.shows("365 nuits", "23 145", "17 459", "3 492", "379", "Rien à signaler")
        await seen.shows("29 févr. 2028", "27 mars 2027", "30 oct. 2027", "21 juin 2027", "21 déc. 2026")
        await seen.press("down")
        await seen.shows("AAAA", "BBBB", "A Marché de Noël", "B Nuits d'été → Éteint, 62 nuits")
        await seen.shows("⚠ pas de lumière · 25 juin 2027", "⚠ une règle qui ne vaut jamais", "29 févr. 2028")
        assert "\x1b" not in seen.text
        assert all(len(line) <= size[0] for line in seen.lines)


@pytest.mark.parametrize(
    ("size", "told"), [((80, 24), "✖ 2   ? 1"), ((120, 36), "✖ 2 refusé   ? 1 jamais entendu")]
)
async def test_the_deployment_names_who_does_not_hold_it_worst_first_with_the_reason(
    size: tuple[int, int], told: str
) -> None:
    async with console(size) as seen:
        await seen.press("3", "d")
        await seen.shows("Plan lumière 5e8b1c02", "Marie", told, "A-003", "7 entries, it holds 4", "0207")
        table = seen.app.screen.query_one(Table)
        assert list(table.order) == ["cabinet A-003", "lamp 0207", "lamp 0301"]
        await seen.shows("… et 4 autres")
        assert all(len(line) <= size[0] for line in seen.lines)
        if size[0] >= 100:
            await seen.shows("00c1d2e3 → 8f3a21c0", "0000aa11 → –")
        await seen.press("r")
        assert list(table.order)[-1] == "cabinet A-003"


async def test_one_key_goes_round_the_views_and_the_arrows_stay_where_they_are_needed() -> None:
    async with console() as seen:
        await seen.press("3")
        await seen.shows("20:00")
        await seen.press("v")
        await seen.shows("365 nuits")
        await seen.press("v")
        await seen.shows("Suivi par")
        await seen.press("v")
        await seen.shows("Plan lumière")
        await seen.press("v")
        await seen.shows("20:00")
        await seen.press("down")
        await seen.shows("01:00")


async def test_hostile_reasons_and_names_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = deployment().rows[1].model_copy(update={"why": "\x1b[31m[/x][bold]no {0}\x07\u202e", "id": "[b]"})
    view = deployment().model_copy(update={"rows": (evil,), "by": "\x1b]0;x\x07[/red]"})

    def hostile() -> DeploymentView:
        return view

    monkeypatch.setattr("tests.console.small_city_night.deployment", hostile)
    async with console(city=SmallCity()) as seen:
        await seen.press("3", "d")
        await seen.shows("[31m[/x][bold]no {0}", "[b]", "[/red]")
        assert not {"\x1b", "\x07", "\u202e"} & set(seen.text)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", [(20, 3), (50, 18), (84, 33), (120, 60)])
def test_a_year_of_any_size_is_painted_within_it(language: Code, size: tuple[int, int]) -> None:
    panel = YearPanel.__new__(YearPanel)
    panel._words = Words(language)
    for name in ("ville", "patrimoine"):
        panel._year = year(name)
        lines = list(panel.paint(*size))
        assert all(line.cell_len <= max(size[0], 60) for line in lines)
        assert lines


def test_every_check_of_the_preview_has_its_words() -> None:
    room = Path(lighting.__file__).parent
    code = "".join((room / name).read_text(encoding="utf-8") for name in ("preview_checks.py", "preview.py"))
    codes = set(re.findall(r'Remark\(\s*"([a-z-]+)"', code))
    assert len(codes) > 10
    assert codes <= FINDINGS.keys()

"""The editor of the light plan: what is typed is drawn, what is wrong is said, and nothing is lost or done unasked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from city.deployments import LONGEST_PLAN, PlanRefusal
from console.drafts import Draft, Drafts
from console.kept import Kept
from console.screens import plan_editor, programmes
from console.screens.plan_editor import PlanEditor
from console.widgets.deployment_panel import DeploymentPanel
from console.widgets.draft_panel import DraftPanel
from console.widgets.plan_text import PlanText
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import NOW
from tests.console.small_city_plans import PLAN

SIZES = [(60, 20), (80, 24), (120, 36)]
DEEP_NIGHT = 12
"""The line of the step at midnight, and where its level ends."""
LEVEL_END = 28


@asynccontextmanager
async def editor(
    size: tuple[int, int] = (120, 36), kept: Kept | None = None, text: str | None = None
) -> AsyncIterator[Console]:
    """A console in whose editor the plan in force is open, with the cursor at the step at midnight."""
    async with console(size, kept=kept) as seen:
        if text is not None:
            seen.head.plans.given = seen.head.plans.given.model_copy(update={"text": text})
        await seen.press("3")
        await seen.shows("182 pts")
        await seen.press("E")
        await seen.shows("plan.toml", "Rues de la ville")
        area(seen).move_cursor((DEEP_NIGHT - 1, LEVEL_END))
        if text is None:
            await seen.shows("00:00 30 %")
        yield seen


def area(seen: Console) -> PlanText:
    return seen.app.screen.query_one(PlanText)


def panel(seen: Console) -> DraftPanel:
    return seen.app.screen.query_one(DraftPanel)


async def type_level(seen: Console, level: str) -> None:
    await seen.press("backspace", "backspace", *level)


@pytest.mark.parametrize("size", SIZES)
async def test_the_curve_follows_what_is_typed_and_marks_what_is_new(size: tuple[int, int]) -> None:
    async with editor(size) as seen:
        await seen.shows("comme en vigueur")
        await type_level(seen, "45")
        await seen.shows(
            "• 00:00 45 %", "modifié, non déployé", "100 %┤", "21 h" if size[0] != 80 else "20 h"
        )
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_a_fault_is_told_with_its_line_and_the_last_good_curve_stays_dimmed() -> None:
    async with editor() as seen:
        await type_level(seen, "450")
        await seen.shows("✖ ligne 12 :", "got 450", "tel que lu la dernière fois", "00:00 45 %")
        colours = {str(line.style) for line in panel(seen)._painted}
        assert len(colours) == 1
        await seen.press("ctrl+home", "ctrl+g")
        assert area(seen).line == DEEP_NIGHT
        area(seen).move_cursor((DEEP_NIGHT - 1, LEVEL_END + 1))
        await seen.press("backspace")
        await seen.shows("• 00:00 45 %", "lisible")
        await seen.hides("tel que lu la dernière fois")


async def test_what_cannot_be_read_is_neither_deployed_nor_looked_ahead() -> None:
    async with editor() as seen:
        await type_level(seen, "450")
        await seen.shows("✖ ligne 12")
        await seen.press("ctrl+s", "f3")
        await seen.shows("Corrigez d’abord")
        assert isinstance(seen.app.screen, PlanEditor)
        assert not seen.head.plans.deployed


async def test_the_panel_shows_what_the_cursor_is_at_and_goes_to_other_nights() -> None:
    async with editor() as seen:
        area(seen).go_to(PLAN.splitlines().index('name = "fete"') + 1)
        await seen.shows("Soirs de fête", "16:41 100 %")
        await until(lambda: panel(seen).border_title == "Soirs de fête")
        area(seen).go_to(PLAN.splitlines().index('name = "patrimoine"') + 1)
        await seen.shows("◆ Marché de Noël → Soirs de fête")
        await seen.press("tab", "right")
        await seen.shows("mar. 1 déc. 2026")
        await seen.press("d")
        await seen.shows("lun. 21 déc. 2026")
        await seen.press("j")
        await seen.shows("lun. 21 juin 2027")
        await seen.press("left")
        await seen.shows("dim. 20 juin 2027")
        await seen.press("n")
        await seen.shows("lun. 30 nov. 2026")


async def test_a_night_without_light_is_warned_of_while_one_types() -> None:
    async with editor(text=PLAN.replace("level = 100\nsteps", "level = 0\nsteps")) as seen:
        area(seen).take('name = "x"\n[[programme]]\nname = "n"\ntitle = "Nuit"\nlevel = 0\n[[calendar]]\n'
            'name = "ville"\ntitle = "V"\ndefault = "n"\n')  # fmt: skip
        area(seen).go_to(3)
        await seen.shows("⚠ pas de lumière")


async def test_keys_that_come_while_a_question_is_out_cost_one_more_question() -> None:
    async with editor() as seen:
        plans = seen.head.plans
        before = len(plans.looks)
        plans.looks_known.clear()
        await seen.press("backspace")
        await until(lambda: len(plans.looks) == before + 1)
        await seen.press("backspace", "4", "5", "5", "backspace")
        plans.looks_known.set()
        await seen.shows("• 00:00 45 %")
        assert plans.looks[-1].text == area(seen).text
        assert len(plans.looks) <= before + 2


@pytest.mark.parametrize("size", SIZES)
async def test_the_form_edits_the_same_text_and_leaves_its_comments(size: tuple[int, int]) -> None:
    async with editor(size) as seen:
        await seen.press("f2")
        await seen.shows("1/2 Cinq paliers", "puis dès", "20:00")
        await seen.press("down", "down", "backspace", "backspace", "4", "0")
        await seen.shows("• 00:00 40 %")
        assert area(seen).text == PLAN.replace("level = 30 }", "level = 40 }")
        await seen.press("ctrl+n")
        await until(lambda: '{ at = "00:30", level = 40 }' in area(seen).text)
        if size[0] > 60:
            await seen.shows("00:30 40 %")
        assert "# nuit profonde" in area(seen).text
        await seen.press("ctrl+r")
        await until(lambda: area(seen).text == PLAN.replace("level = 30 }", "level = 40 }"))
        await seen.press("f2")
        await seen.shows("[[programme]]")


async def test_the_form_goes_from_programme_to_programme_and_renames() -> None:
    async with editor() as seen:
        await seen.press("f2")
        await seen.shows("1/2 Cinq paliers")
        await seen.press("pagedown")
        await seen.shows("2/2 Soirs de fête")
        await until(lambda: panel(seen).border_title == "Soirs de fête")
        await seen.press("ctrl+n")
        await until(lambda: 'steps = [\n  { at = "22:30", level = 50 },\n]' in area(seen).text)
        await seen.press("up", "up", "up", "end", "s")
        await until(lambda: 'title = "Soirs de fêtes"' in area(seen).text)


async def test_a_form_needs_a_text_that_can_be_read() -> None:
    async with editor() as seen:
        await seen.press("ctrl+home", "x", "f2")
        await seen.shows("Le formulaire s’ouvre dès que")
        assert area(seen).display


async def test_leaving_asks_and_a_draft_that_is_kept_is_there_again(tmp_path: Path) -> None:
    async with editor(kept=Kept(tmp_path / "console.json")) as seen:
        await type_level(seen, "45")
        await seen.press("escape")
        await seen.shows("Le brouillon n’est pas déployé", "Continuer", "Garder", "Jeter")
        await seen.press("enter")
        assert isinstance(seen.app.screen, PlanEditor)
        await seen.press("escape", "tab", "enter")
        await seen.shows("Calendriers")
        await until(lambda: list(tmp_path.glob("draft-*.json")))
        await seen.press("E")
        await seen.shows("Le brouillon de 21:42 est repris", "level = 45")
        await seen.press("escape", "tab", "tab", "enter")
        await seen.shows("Calendriers")
        await until(lambda: not list(tmp_path.glob("draft-*.json")))
        await seen.press("E")
        await seen.shows("level = 30")
        await seen.press("escape")
        await seen.shows("Calendriers")


async def test_a_console_that_is_ended_in_the_middle_has_the_draft_on_the_disk(tmp_path: Path) -> None:
    async with editor(kept=Kept(tmp_path / "console.json")) as seen:
        await type_level(seen, "45")
        url = seen.head.url
        seen.app.exit()
    again = Drafts(tmp_path).of(url)
    assert again is not None
    assert "level = 45" in again.text
    assert again.made_from == PLAN


def test_a_draft_file_that_is_broken_or_anothers_is_as_none(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    draft = Draft(head_end="http://a", text="x", made_from="y", plan="", at=NOW)
    drafts.keep(draft)
    assert drafts.write("http://a")
    assert Drafts(tmp_path).of("http://a") == draft
    assert Drafts(tmp_path).of("http://b") is None
    (file,) = tmp_path.glob("draft-*.json")
    file.write_text("{")
    assert Drafts(tmp_path).of("http://a") is None
    drafts.drop("http://a")
    assert drafts.write("http://a")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    blocked = Drafts(tmp_path / "file")
    blocked.keep(draft)
    assert not blocked.write("http://a")


@pytest.mark.parametrize("size", SIZES)
async def test_the_year_stands_beside_that_in_force_with_the_difference(size: tuple[int, int]) -> None:
    async with editor(size) as seen:
        area(seen).take(PLAN.replace("level = 100\nsteps", "level = 50\nsteps"))
        await seen.shows("modifié")
        await seen.press("f3")
        await seen.shows("L’année à venir", "46 290", "23 145", "↓ 23 145", "ville", "patrimoine", "↓ 11 573")
        await seen.press("down")
        await seen.shows("⚠ pas de lumière" if size[1] > 30 else "patrimoine")
        await seen.press("escape")
        await seen.shows("plan.toml")


async def test_a_year_that_takes_long_says_so_and_can_be_left() -> None:
    async with editor() as seen:
        seen.head.plans.years_known.clear()
        await seen.press("f3")
        await seen.shows("calcul en cours, 0 sur 2", "Échap : arrêter")
        await seen.press("escape")
        assert isinstance(seen.app.screen, PlanEditor)
        seen.head.plans.years_known.set()


@pytest.mark.parametrize("size", SIZES)
async def test_deploying_says_first_what_it_means_and_enter_alone_does_nothing(size: tuple[int, int]) -> None:
    async with editor(size) as seen:
        await type_level(seen, "45")
        await seen.shows("modifié")
        await seen.press("ctrl+s")
        await seen.shows("182 points lumineux se comporteraient autrement", "196 contrôleurs à programmer")
        await seen.shows(
            "patrimoine: 62 nuits sans lumière", "[bold]20:00[31m", "Il entre en vigueur aussitôt"
        )
        assert "\x1b" not in seen.text
        assert all(len(line) <= size[0] for line in seen.lines)
        await seen.press("enter")
        await seen.shows("plan.toml")
        assert not seen.head.plans.deployed


async def test_a_deployment_is_followed_until_every_controller_holds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programmes, "FOLLOW_EVERY_S", 0.05)
    async with editor(kept=Kept(tmp_path / "console.json")) as seen:
        await type_level(seen, "45")
        await seen.shows("modifié")
        await seen.press("ctrl+s")
        await seen.shows("aussitôt")
        await seen.press("tab", "enter")
        await seen.shows("Le plan d0d0cafe est en vigueur", "Contrôleurs qui ne le détiennent pas", " 0 %")
        (asked,) = seen.head.plans.deployed
        assert (asked.text, asked.made_from) == (PLAN.replace("level = 30", "level = 45"), "5e8b1c02")
        seen.head.plans.holding = 100
        await seen.shows("47 %")
        seen.head.plans.holding = 209
        await seen.shows("99 %", "✖ refusé", "7 entries, it holds 4")
        await until(lambda: not seen.app.screen.query_one(DeploymentPanel).is_under_way)
        assert seen.app.session.drafts.of(seen.head.url) is None
        await until(lambda: not list(tmp_path.glob("draft-*.json")))


async def test_a_plan_that_waits_for_a_second_person_says_so_and_its_draft_is_kept() -> None:
    async with editor() as seen:
        seen.head.plans.second_person = True
        await type_level(seen, "45")
        await seen.shows("modifié")
        await seen.press("ctrl+s")
        await seen.shows("Une deuxième personne doit donner son accord")
        await seen.press("tab", "enter")
        await seen.shows(
            "attend une deuxième personne jusqu’à 21:57", "Le plan de Marie attend", "Plan lumière 5e8b1c02"
        )
        assert seen.app.session.drafts.of(seen.head.url) is not None


async def test_a_draft_that_a_second_person_has_agreed_to_is_no_draft_any_more() -> None:
    async with editor() as seen:
        await type_level(seen, "45")
        await seen.press("escape", "tab", "enter")
        await seen.shows("Calendriers")
        given = seen.head.plans.given
        text = PLAN.replace("level = 30", "level = 45")
        seen.head.plans.given = given.model_copy(update={"text": text, "plan": "d0d0cafe"})
        await seen.press("E")
        await seen.shows("level = 45", "comme en vigueur")
        assert "est repris" not in seen.text
        await seen.press("escape")
        await seen.shows("Calendriers")


async def test_what_some_controllers_could_not_follow_cannot_be_deployed() -> None:
    async with editor() as seen:
        seen.head.plans.refusals = (
            PlanRefusal(why="7 entries, it holds 4", controllers=3, sample=("A-003",)),
        )
        await seen.press("ctrl+s")
        await seen.shows("✖ 3 contrôleurs (A-003): 7 entries", "Il ne peut pas entrer en vigueur")
        await seen.press("tab", "enter")
        assert not seen.head.plans.deployed


async def test_another_plan_that_came_into_force_meanwhile_is_told_before_it_is_replaced() -> None:
    async with editor() as seen:
        seen.head.plans.overtake()
        await type_level(seen, "45")
        await seen.shows("⚠ Un autre plan est entré en vigueur entre-temps")
        await seen.press("ctrl+s")
        await seen.shows("déployer le remplace", "aussitôt")
        seen.head.plans.given = seen.head.plans.given.model_copy(update={"plan": "bbbb0002"})
        await seen.press("tab", "enter")
        await seen.shows("✖ another plan has come into force meanwhile")
        assert not seen.head.plans.deployed


async def test_in_the_past_a_plan_is_not_deployed() -> None:
    async with editor() as seen:
        seen.app.session.replayed_at = NOW - timedelta(hours=3)
        await seen.press("ctrl+s")
        await seen.shows("C’est le passé")
        assert isinstance(seen.app.screen, PlanEditor)
    assert PlanEditor.action_deploy.is_act  # type: ignore[attr-defined]


async def test_a_head_end_that_says_no_or_nothing_leaves_text_and_curve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_editor, "ASK_AGAIN_S", 0.05)
    async with editor() as seen:
        seen.head.plans.refused = "this needs the role technician"
        await type_level(seen, "45")
        await seen.shows("✖ this needs the role technician", "00:00 30 %", "tel que lu la dernière fois")
        seen.head.plans.refused = ""
        await seen.shows("• 00:00 45 %", "lisible")


async def test_a_text_that_is_too_long_is_said_to_be() -> None:
    async with editor() as seen:
        area(seen).load_text("#" * (LONGEST_PLAN + 1))
        await seen.shows("Le plan est trop long")


async def test_hostile_names_in_the_plan_are_text() -> None:
    evil = PLAN.replace("Cinq paliers", "[bold]C[/x]\\u001b[31m\\u202e").replace("Soirs", "[/red]")
    async with editor(text=evil) as seen:
        await seen.shows("[bold]C[/x][31m")
        assert not {"\x1b", "\u202e"} & set(seen.text)


async def test_the_editor_lists_its_keys() -> None:
    async with editor() as seen:
        await seen.press("f1")
        await seen.shows("Touches", "déployer", "formulaire")


async def test_exceptions_and_followers_are_listed_with_their_dates() -> None:
    for size in SIZES:
        async with console(size) as seen:
            await seen.press("3")
            await seen.shows("182 pts")
            await seen.press("x")
            await seen.shows("tous les autres", "0 exception en 12 mois", "chaque nuit : Cinq paliers")
            await seen.press("down")
            await seen.shows(
                "group:temple", "3 exceptions en 12 mois", "30 nov. 2026 … 27 déc.", "◆ Nuits d'été"
            )
            assert "\x1b" not in seen.text
            assert all(len(line) <= size[0] for line in seen.lines)

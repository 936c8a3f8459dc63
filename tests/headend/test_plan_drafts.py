"""A light plan while it is written: faults with their lines, one night of it, its year; nothing is changed by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from city.calendar_views import CalendarYear
from city.clock import ManualClock
from city.deployments import LONGEST_PLAN
from city.messages import Role
from city.plan_drafts import DraftView, PlanText
from headend import plan_drafts
from headend.deployment import FIVE_STEPS_TEXT
from headend.service import HeadEnd
from lighting.inventory import Inventory
from lighting.light_plan import FIVE_STEPS_PLAN
from lighting.programme_files import read_light_plan
from tests.headend.recording import EVENING
from tests.headend.small_city import small_inventory
from tests.headend.standing import Console, standing, write_city
from tests.headend.test_calendars import PLAN, SETTINGS

NIGHT, YEAR = "/programmes/preview", "/programmes/preview/year"


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[tuple[HeadEnd, Console]]:
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    async with standing(write_city(folder, SETTINGS), ManualClock(EVENING)) as running:
        yield running


def line_of(text: str, plan: str = PLAN) -> int:
    return next(number for number, line in enumerate(plan.splitlines(), start=1) if text in line)


async def look(console: Console, text: str, **more: Any) -> DraftView:
    status, answer = await console.ask("POST", NIGHT, {"text": text, **more})
    assert status == 200, answer
    return DraftView.model_validate(answer)


async def test_the_file_of_the_plan_in_force_is_given_as_it_is(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        given = PlanText.model_validate(await console.get("/programmes/text"))
        assert (given.text, given.file, len(given.plan)) == (PLAN, "plan.toml", 8)
        assert (await look(console, PLAN)).in_force == given.plan
        await console.ask("POST", "/programmes", {"text": PLAN + "# autre\n"})
        after = PlanText.model_validate(await console.get("/programmes/text"))
        assert (after.text, after.by) == (PLAN + "# autre\n", "supervisor")
        assert after.plan != given.plan


async def test_a_city_without_a_file_begins_with_the_five_steps(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        given = PlanText.model_validate(await console.get("/programmes/text"))
    assert (given.plan, given.by) == ("", None)
    assert read_light_plan(FIVE_STEPS_TEXT, "x") == FIVE_STEPS_PLAN
    assert given.text == FIVE_STEPS_TEXT


async def test_the_programme_or_calendar_at_the_writers_line_is_seen(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        seen: dict[str, tuple[object, ...]] = {}
        for text in ("plein", "cinq-paliers", "Temple Saint", "Marché de Noël", 'to = "circuit', "default"):
            night = (await look(console, PLAN, line=line_of(text))).night
            assert night is not None
            seen[text] = (night.kind, night.name, night.rule, tuple(p.level_pct for p in night.switch_points))
    assert seen["plein"][:2] == ("programme", "plein")
    assert seen["cinq-paliers"] == ("programme", "cinq-paliers", None, (100, 70, 30, 70, 0))
    market = ("calendar", "temple", "Marché de Noël", (100, 0))
    assert {seen[each] for each in ("Temple Saint", "Marché de Noël", 'to = "circuit')} == {market}
    assert seen["default"][:2] == ("calendar", "ville")


async def test_any_night_can_be_looked_at_and_it_says_what_to_know_of_it(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        line = line_of("Temple Saint")
        june = (await look(console, PLAN, line=line, night="2027-06-21")).night
        leap = (await look(console, PLAN, line=line, night="2028-02-29")).night
        change = (await look(console, PLAN, line=line_of("cinq-paliers"), night="2026-10-24")).night
    assert june is not None
    assert leap is not None
    assert change is not None
    assert (june.night, june.lit_h, [each.code for each in june.findings]) == (
        date(2027, 6, 21),
        0,
        ["no-light"],
    )
    assert (leap.rule, leap.lit_h > 12) == ("Bissextile", True)
    assert change.sunset is not None
    assert change.sunrise is not None
    assert change.full_h < change.lit_h


async def test_the_hours_of_the_law_are_told_of_a_night_for_the_light_points_that_would_follow(
    tmp_path: Path,
) -> None:
    inventory = small_inventory()
    parks = {name: replace(point, category="b") for name, point in inventory.light_points.items()}
    async with town(tmp_path) as (headend, console):
        headend.core.plan_drafts._inventory = Inventory(parks, inventory.cabinets)
        temple = (await look(console, PLAN, line=line_of("Temple Saint"))).night
        full = (await look(console, PLAN, line=line_of('name = "plein"'))).night
        dark = (await look(console, PLAN, line=line_of('name = "eteint"'))).night
    assert temple is not None
    assert full is not None
    assert dark is not None
    assert "law-b" in {each.code for each in temple.findings}
    assert "law-b" in {each.code for each in full.findings}
    assert "law-b" not in {each.code for each in dark.findings}


async def test_what_is_typed_changes_the_curve_and_nothing_in_the_city(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        before = headend.core.plan.light_plan
        draft = PLAN.replace("level = 30", "level = 45")
        night = (await look(console, draft, line=line_of("cinq-paliers"))).night
        assert night is not None
        assert [point.level_pct for point in night.switch_points] == [100, 70, 45, 70, 0]
        assert headend.core.plan.light_plan is before
    assert (tmp_path / "plan.toml").read_text(encoding="utf-8") == PLAN


async def test_the_same_night_of_the_plan_in_force_can_be_seen_beside_it(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        asked = {"kind": "programme", "name": "cinq-paliers", "night": "2026-11-30"}
        status, answer = await console.ask("POST", "/programmes/compared", asked)
        assert (status, [point["level_pct"] for point in answer["switch_points"]]) == (
            200,
            [100, 70, 30, 70, 0],
        )
        drafted = (await look(console, PLAN, line=line_of("cinq-paliers"))).night
        assert drafted is not None
        assert answer == drafted.model_dump(mode="json")
        status, answer = await console.ask("POST", "/programmes/compared", {**asked, "kind": "calendar"})
        assert (status, "none of that name" in answer["error"]) == (404, True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"00:00", level = 30', '"00:00", level = 300', "expected"),
        ('on = "sunset"', 'on = "sunrize"', "sunrize"),
        ('default = "eteint"', 'default = "eteind"', "did you mean eteint?"),
        ('"circuit:A-001/2"', '"circuit:A-001/9"', "no circuit is called"),
        ("level = 100\nsteps", "level = \nsteps", "not TOML"),
    ],
)
async def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    draft = PLAN.replace(old, new, 1)
    wrong = next(
        number
        for number, (one, other) in enumerate(
            zip(PLAN.splitlines(), draft.splitlines(), strict=True), start=1
        )
        if one != other
    )
    async with town(tmp_path) as (_, console):
        seen = await look(console, draft)
    assert seen.night is None
    assert seen.faults[0].line == wrong
    assert told in seen.faults[0].text
    assert "draft" not in seen.faults[0].text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "[[programme]]\nname = '\x1b[31m'",
        "a" * 100_000,
        "x = " + "[" * 20_000,
        "[[calendar]]\n" * 3000,
    ],
)
async def test_whatever_is_typed_is_answered(tmp_path: Path, text: str) -> None:
    async with town(tmp_path) as (_, console):
        seen = await look(console, text)
    assert seen.faults
    assert all("\x1b" not in fault.text and len(fault.text) < 1000 for fault in seen.faults)


async def test_what_is_too_large_or_too_far_away_is_refused(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        for more in ({"text": "#" * (LONGEST_PLAN + 1)}, {"night": "1492-10-12"}, {"line": 0}, {"other": 1}):
            assert (await console.ask("POST", NIGHT, {"text": PLAN, **more}))[0] == 422
        assert (await console.ask("POST", YEAR, {"text": PLAN, "calendar": "x" * 41}))[0] == 422


async def test_a_year_of_a_draft_counts_the_light_points_that_would_follow_it(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        asked = {"text": PLAN.replace("circuit:A-001/2", "lamp:L1"), "calendar": "ville"}
        status, answer = await console.ask("POST", YEAR, asked)
        assert status == 200, answer
        drafted = CalendarYear.model_validate(answer)
        in_force = CalendarYear.model_validate(await console.get("/calendars/ville/year"))
        assert (drafted.points, in_force.points) == (5, 3)
        assert drafted.planned.kwh == pytest.approx(in_force.planned.kwh * 5 / 3, abs=0.1)
        assert (await console.ask("POST", YEAR, {**asked, "calendar": "nulle-part"}))[0] == 404
        status, answer = await console.ask("POST", YEAR, {"text": "level = ", "calendar": "ville"})
        assert (status, "not TOML" in answer["error"]) == (400, True)


async def test_technicians_draft_observers_read_and_strangers_do_neither(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        observer = await headend.core.access.create(Role.OBSERVER, "claire")
        technician = await headend.core.access.create(Role.TECHNICIAN, "anne")
        draft, year = {"text": PLAN}, {"text": PLAN, "calendar": "ville"}
        assert (await console.ask("GET", "/programmes/text", token=observer))[0] == 200
        assert (await console.ask("GET", "/programmes/text", token="wrong"))[0] == 401
        for path, body in ((NIGHT, draft), (YEAR, year)):
            assert (await console.ask("POST", path, body, token=observer))[0] == 403
            assert (await console.ask("POST", path, body, token=technician))[0] == 200
        assert (await console.ask("POST", "/programmes", draft, token=technician))[0] == 403


async def test_who_asks_too_fast_is_told_to_wait_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_drafts, "NIGHTS_AT_ONCE", 2)
    async with town(tmp_path) as (headend, console):
        technician = await headend.core.access.create(Role.TECHNICIAN, "anne")
        answers = [(await console.ask("POST", NIGHT, {"text": PLAN}))[0] for _ in range(3)]
        assert answers == [200, 200, 429]
        assert (await console.ask("POST", NIGHT, {"text": PLAN}, token=technician))[0] == 200


async def test_a_plan_made_from_another_than_that_in_force_is_not_deployed(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        first = (await console.get("/programmes/text"))["plan"]
        asked = {"text": PLAN + "# un\n", "made_from": first}
        assert (await console.ask("POST", "/programmes", asked))[0] == 200
        now = headend.core.plan.light_plan
        status, answer = await console.ask("POST", "/programmes", {**asked, "text": PLAN + "# deux\n"})
        assert (status, "another plan has come into force" in answer["error"]) == (400, True)
        assert headend.core.plan.light_plan is now
        seen = await console.ask("POST", "/programmes", {**asked, "dry_run": True})
        assert seen[0] == 200


async def test_calendars_say_who_follows_them(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        ville, temple = await console.get("/calendars")
    assert (ville["is_default"], ville["follows"]) == (True, [])
    assert (temple["is_default"], temple["follows"]) == (False, ["circuit:A-001/2"])

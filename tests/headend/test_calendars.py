"""Calendars over the API: what rules tonight, who holds it, and a year ahead."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from city.calendar_views import CalendarView, CalendarYear
from city.clock import ManualClock
from headend import calendars as calendars_module
from headend.service import HeadEnd
from lighting.inventory import Inventory
from lighting.light_plan import FIVE_STEPS_PLAN
from lighting.preview import Preview, preview_calendar
from tests.headend.recording import EVENING, batch, lamp_reading
from tests.headend.small_city import small_inventory
from tests.headend.standing import Console, standing, write_city

PLAN = """
default = "ville"

[[programme]]
name = "cinq-paliers"
title = "Cinq paliers"
on = "sunset"
off = "sunrise"
level = 100
steps = [{ at = "20:00", level = 70 }, { at = "00:00", level = 30 }, { at = "05:00", level = 70 }]

[[programme]]
name = "plein"
title = "Plein feu"
on = "sunset"
off = "sunrise"
level = 100

[[programme]]
name = "eteint"
title = "Éteint"
on = "sunset"
off = "sunrise"
level = 0

[[calendar]]
name = "ville"
title = "Rues de la ville"
default = "cinq-paliers"

[[calendar]]
name = "temple"
title = "Temple Saint-Étienne"
default = "eteint"
[[calendar.rule]]
name = "Marché de Noël"
programme = "plein"
from = "--11-20"
to = "--12-27"

[[calendar.rule]]
name = "Bissextile"
programme = "cinq-paliers"
dates = ["--02-29"]

[[assignment]]
to = "circuit:A-001/2"
calendar = "temple"
"""
SETTINGS = '[programmes]\nfile = "plan.toml"\n[energy]\neur_per_kwh = 0.5\nco2_g_per_kwh = 100\n'


@asynccontextmanager
async def town(folder: Path, inventory: Inventory | None = None) -> AsyncIterator[tuple[HeadEnd, Console]]:
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    async with standing(write_city(folder, SETTINGS, inventory), ManualClock(EVENING)) as running:
        yield running


async def tonight(console: Console) -> list[CalendarView]:
    return [CalendarView.model_validate(each) for each in await console.get("/calendars")]


async def test_each_calendar_says_its_programme_rule_and_points_of_tonight(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        ville, temple = await tonight(console)
    assert (ville.name, ville.title, ville.points, ville.programme, ville.rule) == (
        "ville", "Rues de la ville", 3, "Cinq paliers", None,
    )  # fmt: skip
    assert (temple.points, temple.programme, temple.rule) == (3, "Plein feu", "Marché de Noël")
    assert [point.level_pct for point in ville.switch_points] == [100, 70, 30, 70, 0]
    assert [point.level_pct for point in temple.switch_points] == [100, 0]
    assert temple.night == date(2026, 11, 30)


async def test_who_holds_it_is_counted_from_what_the_controllers_say(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        before = (await tonight(console))[0]
        wanted = headend.core.conductor.holdings.lamp_wants(
            headend.core.inventory.lighting.light_points["L1"]
        )
        headend.core.ingest(batch(lamp_reading("L1", EVENING, programme=wanted)))
        headend.core.ingest(batch(lamp_reading("L2", EVENING, programme="00000000")))
        after = (await tonight(console))[0]
    # Three lamps and the cabinet that feeds them.
    assert (before.controllers, before.holding, before.unheard) == (4, 0, 4)
    assert (after.controllers, after.holding, after.unheard) == (4, 1, 2)


async def test_a_year_tells_hours_energy_money_and_carbon_of_the_lamps_that_follow_it(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        year = CalendarYear.model_validate(await console.get("/calendars/ville/year"))
        seen = preview_calendar(
            headend.core.plan.light_plan, "ville", date(2026, 11, 30), 365, headend.core.plan.site
        )
    assert (year.points, year.installed_kw, year.nights, year.first) == (3, 0.18, 365, date(2026, 11, 30))
    assert year.dark_h == pytest.approx(4_290, abs=10)
    assert year.lit_h == pytest.approx(year.dark_h, abs=1)
    assert year.planned.kwh == pytest.approx(0.18 * seen.full_hours, abs=0.1)
    assert year.planned.eur == pytest.approx(0.5 * year.planned.kwh, abs=0.02)
    assert year.planned.co2_kg == pytest.approx(0.1 * year.planned.kwh, abs=0.02)
    assert year.full.kwh == pytest.approx(0.18 * year.dark_h, abs=0.1)
    assert year.saved_share == pytest.approx(1 - year.planned.kwh / year.full.kwh, abs=0.001)
    assert [night.night for night in year.clock_changes] == [date(2027, 3, 27), date(2027, 10, 30)]
    assert year.leap is not None
    assert (year.leap.night, year.leap.lit_h > 12) == (date(2028, 2, 29), True)


async def test_a_years_strip_says_which_rule_has_which_night_and_the_29_of_february_which(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as (_, console):
        year = CalendarYear.model_validate(await console.get("/calendars/temple/year"))
    told = [(share.rule, share.programme, share.nights) for share in year.shares]
    assert told == [("Marché de Noël", "Plein feu", 38), (None, "Éteint", 327)]
    assert (len(year.strip), year.strip.count(0)) == (365, 38)
    assert year.strip[:28] == (0,) * 28  # to the 27th of December
    assert year.leap_rule is not None
    assert (year.leap_rule.rule, year.leap_rule.programme) == ("Bissextile", "Cinq paliers")
    codes = {finding.code: finding for finding in year.findings}
    assert codes["no-light"].nights == 327
    assert [finding.severity for finding in year.findings] == sorted(
        (finding.severity for finding in year.findings), reverse=True
    )


async def test_the_hours_of_the_law_are_checked_for_the_categories_of_its_lamps(tmp_path: Path) -> None:
    inventory = small_inventory()
    async with town(tmp_path, inventory) as (headend, console):
        plan, points = headend.core.plan, headend.core.inventory.lighting.light_points
        parks = {name: replace(point, category="b") for name, point in points.items() if name == "L1"}
        headend.core.calendars._inventory = Inventory({**points, **parks}, inventory.cabinets)
        year = CalendarYear.model_validate(await console.get("/calendars/ville/year"))
    assert plan.points["ville"] == 3
    assert [finding.nights for finding in year.findings if finding.code == "law-b"] == [365]


async def test_a_year_is_looked_ahead_once_until_the_plan_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def counting(plan: object, name: str, *args: object, **more: object) -> Preview:
        looked.append(name)
        return preview_calendar(plan, name, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(calendars_module, "preview_calendar", counting)
    async with town(tmp_path) as (headend, console):
        await console.get("/calendars/ville/year")
        await console.get("/calendars/ville/year")
        assert looked == ["ville"]
        headend.core.plan.change(headend.core.plan.light_plan)
        await console.get("/calendars/ville/year")
        assert looked == ["ville", "ville"]
        headend.core.plan.change(FIVE_STEPS_PLAN)
        status, answer = await console.ask("GET", "/calendars/ville/year")
        assert (status, answer["error"]) == (404, "calendar ville: there is none of that name")


async def test_both_need_a_token(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        for path in ("/calendars", "/calendars/ville/year"):
            assert (await console.ask("GET", path, token="wrong"))[0] == 401

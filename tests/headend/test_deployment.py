"""Another light plan through the API: looked at as a whole, agreed to, written down, followed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from city.clock import ManualClock
from city.messages import Role
from headend.service import HeadEnd
from lighting.light_plan import FIVE_STEPS_PLAN
from tests.headend.recording import EVENING, batch, lamp_reading, until
from tests.headend.standing import Console, standing, write_city

LATER = """
name = "tard"
title = "Tard"
on = "sunset+10"
off = "sunrise"
level = 80
"""
TWO = """
default = "rues"
[[programme]]
name = "nuit"
on = "sunset"
off = "sunrise"
level = 100
[[programme]]
name = "eteint"
on = "sunset"
off = "sunrise"
level = 0
[[calendar]]
name = "rues"
default = "nuit"
[[calendar]]
name = "parc"
default = "PARK"
[[assignment]]
to = "lamp:L2"
calendar = "parc"
"""


@asynccontextmanager
async def city(folder: Path, extra: str = "") -> AsyncIterator[tuple[HeadEnd, Console]]:
    file = write_city(folder, extra)
    async with standing(file, ManualClock(EVENING)) as found:
        yield found


async def deploy(console: Console, text: str, **more: Any) -> tuple[int, Any]:
    return await console.ask("POST", "/programmes", {"text": text, "file": "p.toml", **more})


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as (headend, console):
        status, answer = await deploy(console, LATER, dry_run=True)
        assert status == 200
        assert (answer["state"], answer["points_changed"], answer["refusals"]) == ("dry_run", 6, [])
        assert [(each["name"], each["points"]) for each in answer["calendars"]] == [("tard", 6)]
        assert answer["controllers"] == 7
        assert headend.core.plan.light_plan is FIVE_STEPS_PLAN
    assert not (tmp_path / "programmes.toml").exists()


async def test_a_plan_is_written_down_followed_and_there_after_a_restart(tmp_path: Path) -> None:
    async with city(tmp_path) as (headend, console):
        status, answer = await deploy(console, LATER)
        assert (status, answer["state"]) == (200, "in_force")
        assert headend.core.plan.light_plan.default == "tard"
        assert (await console.get("/programmes"))[0]["name"] == "tard"
        entry = (await console.get("/journal"))[0]
        assert (entry["act"], entry["by"], entry["subject"]) == ("programme", "supervisor", answer["plan"])
        await deploy(console, LATER.replace("80", "60"))
    assert (tmp_path / "programmes.toml").read_text() == LATER.replace("80", "60")
    assert (tmp_path / "programmes.toml.before").read_text() == LATER
    async with city(tmp_path) as (headend, console):
        view = await console.get("/deployment")
        assert (view["by"], view["plan"]) == ("supervisor", headend.core.deployment._hash)
        assert headend.core.plan.level_of("L1", EVENING) == 60


async def test_who_does_not_hold_it_is_listed_with_the_reason(tmp_path: Path) -> None:
    async with city(tmp_path) as (headend, console):
        await deploy(console, LATER)
        point = headend.inventory.lighting.light_points["L1"]
        wanted = headend.core.conductor.holdings.lamp_wants(point)
        at = headend.core.clock.now()
        headend.core.ingest(batch(lamp_reading("L1", at, programme=wanted), lamp_reading("L2", at)))
        view = await console.get("/deployment")
        assert (view["controllers"], view["holding"], view["unheard"]) == (7, 1, 5)
        states = {row["id"]: row["state"] for row in view["rows"]}
        assert "L1" not in states
        assert (states["L2"], states["A-001"]) == ("waiting", "unheard")


async def test_what_is_wrong_with_the_file_is_said_in_one_line_and_nothing_changes(tmp_path: Path) -> None:
    async with city(tmp_path) as (headend, console):
        for text in (LATER.replace("80", "800"), "not toml", LATER.replace("sunset", "noon")):
            status, answer = await deploy(console, text)
            assert status == 400
            assert re.match(r"p\.toml", answer["error"])
            assert "\n" not in answer["error"]
        status, answer = await deploy(console, TWO.replace("PARK", "nuit").replace("lamp:L2", "lamp:L99"))
        assert status == 400
        assert headend.core.plan.light_plan is FIVE_STEPS_PLAN


async def test_a_calendar_that_a_gateway_cannot_follow_is_refused_as_a_whole(tmp_path: Path) -> None:
    fade = LATER + "fade_s = 30\n"
    async with city(tmp_path) as (headend, console):
        status, answer = await deploy(console, fade, dry_run=True)
        assert (answer["refusals"], answer["unheard"]) == ([], 6)
        headend.core.link.gateways["GW-1"] = True
        status, answer = await deploy(console, fade, dry_run=True)
        assert [each["controllers"] for each in answer["refusals"]] == [6]
        status, answer = await deploy(console, fade)
        assert status == 400
        assert "6 controllers could not follow, nothing was changed: L1" in answer["error"]
        assert headend.core.plan.light_plan is FIVE_STEPS_PLAN


async def test_nights_without_light_and_many_points_need_a_second_person(tmp_path: Path) -> None:
    dark = TWO.replace("PARK", "eteint")
    async with city(tmp_path) as (headend, console):
        status, answer = await deploy(console, dark)
        assert (status, answer["state"]) == (200, "awaiting")
        assert [(each["calendar"], each["nights"]) for each in answer["dark_nights"]] == [("parc", 366)]
        assert headend.core.plan.light_plan is FIVE_STEPS_PLAN
        second = await headend.core.access.create(Role.SUPERVISOR, "chef")
        path = f"/approvals/{answer['approval']}/approve"
        status, _ = await console.ask("POST", path)
        assert status == 403
        status, _ = await console.ask("POST", path, token=second)
        assert status == 200
        assert headend.core.plan.calendar_of["L2"] == "parc"
        assert (await console.get("/journal"))[0]["by"] == "supervisor, chef"
    assert (tmp_path / "programmes.toml").read_text() == dark


async def test_where_one_person_works_alone_no_second_one_is_asked_for(tmp_path: Path) -> None:
    async with city(tmp_path, "[orders]\nsecond_person = false\nalone_points = 2\n") as (_, console):
        status, answer = await deploy(console, LATER)
        assert (status, answer["state"]) == (200, "in_force")


async def test_only_a_supervisor_may_and_a_clock_in_doubt_may_not(tmp_path: Path) -> None:
    async with city(tmp_path) as (headend, console):
        technician = await headend.core.access.create(Role.TECHNICIAN, "anne")
        status, _ = await console.ask("POST", "/programmes", {"text": LATER}, token=technician)
        assert status == 403
        headend.core.clock_trust.remember(EVENING.replace(year=2027))
        await until(lambda: headend.core.clock_trust.why is not None)
        status, answer = await deploy(console, LATER)
        assert status == 503
        assert "in doubt" in answer["error"]
        order = {"selector": "lamp:L1", "level_pct": 40, "for_s": 3600, "reason": "essai"}
        status, answer = await console.ask("POST", "/orders", order)
        assert status == 503
        summary = await console.get("/summary")
        assert [each["name"] for each in summary["connections"] if each["name"] == "clock"] == ["clock"]


async def test_a_file_that_cannot_be_written_leaves_the_former_plan_in_force(tmp_path: Path) -> None:
    (tmp_path / "programmes.toml.next").mkdir()
    async with city(tmp_path) as (headend, console):
        status, answer = await deploy(console, LATER)
        assert status == 400
        assert "cannot be written" in answer["error"]
        assert headend.core.plan.light_plan is FIVE_STEPS_PLAN
        assert all(entry["act"] != "programme" for entry in await console.get("/journal"))

"""The small city's light plan: its file, what a head-end says of drafts of it, and how far a deployment has come."""

import asyncio
import tomllib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from city.approvals import ApprovalView
from city.calendar_views import FindingView
from city.deployments import CalendarShare, DarkNights, DeploymentView, PlanAnswer, PlanRefusal, PlanRequest
from city.messages import Role, SwitchPointView
from city.plan_drafts import (
    ComparedRequest,
    DraftFault,
    DraftNight,
    DraftRequest,
    DraftView,
    DraftYearRequest,
    PlanText,
)
from tests.console import answers, small_city_night
from tests.console.small_city import NOW, SUNRISE, SUNSET

if TYPE_CHECKING:
    from tests.console.fake_headend import FakeHeadEnd

PLAN = """\
# The small city's light plan.
default = "ville"

[[programme]]
name = "cinq-paliers"
title = "Cinq paliers"
on = "sunset"
off = "sunrise"
level = 100
steps = [
  { at = "20:00", level = 70 },
  { at = "00:00", level = 30 },   # nuit profonde
  { at = "05:00", level = 70 },
]

[[programme]]
name = "fete"
title = "Soirs de fête"
on = "sunset"
off = "sunrise"
level = 100

[[calendar]]
name = "ville"
title = "Rues de la ville"
default = "cinq-paliers"

[[calendar]]
name = "patrimoine"
title = "Mise en valeur"
default = "cinq-paliers"

[[calendar.rule]]
name = "Marché de Noël"
programme = "fete"
from = "--11-24"
to = "--12-27"

[[assignment]]
to = "group:temple"
calendar = "patrimoine"
"""
TONIGHT = date(2026, 11, 30)
EVENING_HOUR = 12


class SmallCityPlans:
    """Answers as a head-end does, with the clock's times taken as they are and the sun always the same."""

    def __init__(self, head: "FakeHeadEnd") -> None:
        self._head = head
        self.given = PlanText(
            text=PLAN, file="plan.toml", plan="5e8b1c02", since=NOW - timedelta(hours=3), by="Marie"
        )
        self.looks: list[DraftRequest] = []
        self.deployed: list[PlanRequest] = []
        self.refusals: tuple[PlanRefusal, ...] = ()
        self.second_person = False
        self.holding = 204
        self.years_known = asyncio.Event()
        """Cleared, the years of drafts take as long as one likes."""
        self.years_known.set()
        self.looks_known = asyncio.Event()
        """Cleared, a draft is looked at for as long as one likes."""
        self.looks_known.set()
        self.refused = ""
        """Why drafts are not looked at; "": they are."""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/programmes/text", self._text)
        app.router.add_post("/api/programmes/preview", self._look)
        app.router.add_post("/api/programmes/compared", self._compared)
        app.router.add_post("/api/programmes/preview/year", self._year)
        app.router.add_post("/api/programmes", self._deploy)

    def overtake(self) -> None:
        """Another console has deployed another plan."""
        self.given = self.given.model_copy(
            update={"plan": "aaaa0001", "text": PLAN + "# Paul\n", "by": "Paul"}
        )

    def deployment(self) -> DeploymentView:
        return small_city_night.deployment().model_copy(
            update={"plan": self.given.plan, "holding": self.holding}
        )

    async def _text(self, _: web.Request) -> web.Response:
        return answers.json_of(self.given)

    async def _look(self, request: web.Request) -> web.Response:
        asked = DraftRequest.model_validate_json(await request.read())
        self.looks.append(asked)
        await self.looks_known.wait()
        if self.refused:
            return web.json_response({"error": self.refused}, status=403)
        try:
            plan = tomllib.loads(asked.text)
        except tomllib.TOMLDecodeError as error:
            line = next((n for n, one in enumerate(asked.text.splitlines(), 1) if one.endswith("= ")), 1)
            return answers.json_of(
                DraftView(
                    in_force=self.given.plan, faults=(DraftFault(line=line, text=f"not TOML: {error}"),)
                )
            )
        if faults := tuple(_faults(plan)):
            return answers.json_of(DraftView(in_force=self.given.plan, faults=faults))
        night = self._night(plan, *_at(asked), asked.night or TONIGHT)
        names = tuple(each["name"] for each in plan["calendar"])
        return answers.json_of(DraftView(in_force=self.given.plan, calendars=names, night=night))

    async def _compared(self, request: web.Request) -> web.Response:
        asked = ComparedRequest.model_validate_json(await request.read())
        plan = tomllib.loads(self.given.text)
        if asked.name not in {each["name"] for each in plan[asked.kind]}:
            return web.json_response({"error": "none of that name"}, status=404)
        return answers.json_of(self._night(plan, asked.kind, asked.name, asked.night))

    def _night(self, plan: dict[str, Any], kind: str, name: str, night: date) -> DraftNight:
        chosen = next(each for each in plan[kind] if each["name"] == name)
        rule = next(iter(chosen.get("rule", [])), None) if kind == "calendar" else None
        used = name if kind == "programme" else (rule or {"programme": chosen["default"]})["programme"]
        programme = next(each for each in plan["programme"] if each["name"] == used)
        shift = timedelta(days=(night - TONIGHT).days)
        steps = [(SUNSET, programme["level"]), *map(_step, programme.get("steps", [])), (SUNRISE, 0)]
        points = tuple(SwitchPointView(at=at + shift, level_pct=level) for at, level in steps)
        dark = (
            ()
            if any(level for _, level in steps)
            else (
                FindingView(
                    code="no-light", severity="warning", text="no light", nights=1, first=night, last=night
                ),
            )
        )
        return DraftNight(
            kind="calendar" if kind == "calendar" else "programme", name=name, title=chosen["title"], night=night,
            programme=programme["title"], rule=rule["name"] if rule else None, sunset=SUNSET + shift,
            sunrise=SUNRISE + shift, switch_points=points, lit_h=15.2, full_h=8.5, findings=dark,
        )  # fmt: skip

    async def _year(self, request: web.Request) -> web.Response:
        asked = DraftYearRequest.model_validate_json(await request.read())
        await self.years_known.wait()
        year = small_city_night.year(asked.calendar)
        level = next(each["level"] for each in tomllib.loads(asked.text)["programme"]) / 100
        planned = year.planned.model_copy(
            update={"kwh": year.planned.kwh * level, "eur": year.planned.eur * level}
        )
        return answers.json_of(year.model_copy(update={"planned": planned}))

    async def _deploy(self, request: web.Request) -> web.Response:
        asked = PlanRequest.model_validate_json(await request.read())
        if not asked.dry_run and asked.made_from != self.given.plan:
            return web.json_response({"error": "another plan has come into force meanwhile"}, status=400)
        answer = PlanAnswer(
            plan="d0d0cafe", state="dry_run",
            calendars=(CalendarShare(name="ville", title="Rues de la ville", points=182, programme="cinq-paliers"),),
            points_changed=182, controllers=196, refusals=self.refusals, unheard=1,
            dark_nights=(DarkNights(calendar="patrimoine", nights=62, sample=("2027-06-25",)),),
            warnings=("ville: [bold]20:00\x1b[31m: a step that changes nothing",), second_person=self.second_person,
        )  # fmt: skip
        if asked.dry_run:
            return answers.json_of(answer)
        self.deployed.append(asked)
        until = NOW + timedelta(minutes=15)
        if self.second_person:
            self._head.approvals["p-1"] = ApprovalView(
                id="p-1", kind="programme", summary="d0d0cafe · 182 · ville", points=182, asked_by="Marie",
                role=Role.SUPERVISOR, asked_at=NOW, until=until, state="waiting",
            )  # fmt: skip
            return answers.json_of(
                answer.model_copy(update={"state": "awaiting", "approval": "p-1", "until": until})
            )
        self.given = self.given.model_copy(update={"text": asked.text, "plan": answer.plan})
        self.holding = 0
        return answers.json_of(answer.model_copy(update={"state": "in_force"}))


def _faults(plan: dict[str, Any]) -> list[DraftFault]:
    """As much of a head-end's judgement as tests need: levels."""
    levels = [step["level"] for each in plan["programme"] for step in (each, *each.get("steps", []))]
    wrong = [level for level in levels if not (isinstance(level, (int, float)) and 0 <= level <= 100)]
    return [DraftFault(line=12, text=f"programme.level: got {level!r}, expected 0 to 100") for level in wrong]


def _at(asked: DraftRequest) -> tuple[str, str]:
    """The last programme or calendar that has begun at the writer's line."""
    kind, name = "calendar", "ville"
    header = ""
    for line in asked.text.splitlines()[: asked.line + 1]:
        header = line if line.startswith("[") else header
        if line.startswith("name = ") and header in {"[[programme]]", "[[calendar]]"}:
            kind, name = header.strip("[]"), line.split('"')[1]
    return kind, name


def _step(step: dict[str, Any]) -> tuple[Any, float]:
    """A step by the clock; the city's time is an hour ahead of UTC."""
    hour, minute = map(int, step["at"].split(":"))
    day = TONIGHT if hour >= EVENING_HOUR else TONIGHT + timedelta(days=1)
    return SUNSET.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0) + timedelta(
        hours=hour - 1, minutes=minute
    ), float(step["level"])

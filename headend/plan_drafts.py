"""Light plans while they are written: what is wrong with them, a night of them, and their year; nothing is changed."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from city.calendar_views import CalendarYear
from city.clock import Clock
from city.errors import BadInput, FaultyFile
from city.messages import SwitchPointView
from city.nights import night_of
from city.plan_drafts import (
    ComparedRequest,
    DraftFault,
    DraftNight,
    DraftRequest,
    DraftView,
    DraftYearRequest,
    PlanText,
)
from headend.asking_pace import AskingPace
from headend.calendars import categories_of, finding_view, year_ahead
from headend.deployment import Deployment
from headend.plan import Plan
from headend.records import Token
from headend.unknown import Unknown
from lighting.inventory import Inventory, LightPoint
from lighting.light_law import law_findings
from lighting.light_plan import Assignment, LightPlan, plan_of
from lighting.line_numbers import line_numbers, line_of
from lighting.preview import preview_calendar
from lighting.prices import EnergyPrice
from lighting.programme_files import read_light_plan
from lighting.selection import select
from lighting.sun import sun_on

DRAFT = "draft"
"""What a draft is called where it is read; it is taken off again."""
NIGHTS_AT_ONCE, NIGHT_EVERY = 40, timedelta(seconds=0.05)
YEARS_AT_ONCE, YEAR_EVERY = 100, timedelta(seconds=0.5)
"""A person types; the years of all calendars of a plan are asked for one after the other."""
SELECTORS_KEPT = 500
"""Selectors that are remembered with whom they mean: finding out takes tens of milliseconds in a large city."""

_FAULT = re.compile(rf"{DRAFT}: (?:line (\d+): )?(.*)", re.DOTALL)
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")

Followers = Mapping[str, str]
"""The calendar that each light point would follow."""


@dataclass(frozen=True, slots=True)
class _Following:
    """Who would follow which calendar."""

    by: tuple[str, tuple[Assignment, ...]]
    """The default calendar and the assignments that it comes from: while somebody types, they mostly stay."""
    calendar_of: Followers
    categories: Mapping[str, set[str]]
    """The categories of the arrêté that the light points of each calendar are of."""


class PlanDrafts:
    """Answers whoever writes a light plan; works beside the loop, and for one question at a time."""

    def __init__(
        self, plan: Plan, inventory: Inventory, deployment: Deployment, clock: Clock, price: EnergyPrice
    ) -> None:
        self._plan, self._inventory, self._deployment = plan, inventory, deployment
        self._clock, self._price = clock, price
        self._nights_pace = AskingPace(clock, NIGHTS_AT_ONCE, NIGHT_EVERY)
        self._years_pace = AskingPace(clock, YEARS_AT_ONCE, YEAR_EVERY)
        self._one_night, self._one_year = asyncio.Lock(), asyncio.Lock()
        self._meant: dict[str, tuple[str, ...]] = {}
        self._following: _Following | None = None

    def text(self) -> PlanText:
        """The plan in force, to begin with."""
        return self._deployment.text()

    async def look(self, request: DraftRequest, token: Token) -> DraftView:
        """What is wrong with a draft, else one night of what its writer is at.

        Raises:
            TooSoon: this person asks too fast.
        """
        self._nights_pace.spend(token)
        night = request.night or self._tonight
        async with self._one_night:
            try:
                seen = await asyncio.to_thread(self._look, request.text, request.line, night)
            except BadInput as error:
                seen = DraftView(in_force="", faults=_faults(error))
        return seen.model_copy(update={"in_force": self._deployment.text().plan})

    async def compared(self, request: ComparedRequest, token: Token) -> DraftNight:
        """A night of the plan in force, as ``look`` tells it.

        Raises:
            Unknown: it has no such programme or calendar.
            TooSoon: this person asks too fast.
        """
        self._nights_pace.spend(token)
        plan = self._plan.light_plan
        if request.name not in (plan.programmes if request.kind == "programme" else plan.calendars):
            raise Unknown(f"{request.kind} {request.name}: there is none of that name in force")
        async with self._one_night:
            return await asyncio.to_thread(
                lambda: self._night(plan, self._followed(plan, ""), request.kind, request.name, request.night)
            )

    async def year(self, request: DraftYearRequest, token: Token) -> CalendarYear:
        """A year of one calendar of a draft, from tonight on, with the light points that would follow it.

        Raises:
            BadInput: something is wrong with the draft.
            Unknown: it has no calendar of that name.
            TooSoon: this person asks too fast.
        """
        self._years_pace.spend(token)
        async with self._one_year:
            return await asyncio.to_thread(self._year, request.text, request.calendar, self._tonight)

    @property
    def _tonight(self) -> date:
        return night_of(self._clock.now(), self._plan.site.zone)

    def _look(self, text: str, line: int, night: date) -> DraftView:
        plan = read_light_plan(text, DRAFT)
        following = self._followed(plan, text)
        kind, name = _at_line(plan, text, line)
        seen = self._night(plan, following, kind, name, night)
        return DraftView(in_force="", calendars=tuple(plan.calendars), night=seen)

    def _night(self, plan: LightPlan, following: _Following, kind: str, name: str, night: date) -> DraftNight:
        site, is_calendar = self._plan.site, kind == "calendar"
        alone = plan if is_calendar else plan_of(plan.programmes[name])
        ahead = preview_calendar(alone, name, night, 1, site)
        (seen,) = ahead.nights
        concerned = {name} if is_calendar else _calendars_with(plan, name)
        laws = [
            finding
            for category in sorted(set().union(*(following.categories.get(each, ()) for each in concerned)))
            for finding in law_findings(category, ahead.nights, site)
        ]
        nights = [each for each in (*ahead.findings, *laws) if night in each.nights]
        return DraftNight(
            kind="calendar" if is_calendar else "programme",
            name=name,
            title=ahead.calendar.title,
            night=night,
            programme=ahead.programmes[seen.programme].title,
            rule=seen.rule,
            sunset=sun_on(night, site).sunset,
            sunrise=sun_on(night + timedelta(days=1), site).sunrise,
            switch_points=tuple(
                SwitchPointView(at=point.at, level_pct=point.level) for point in seen.switch_points
            ),
            lit_h=round(seen.lit_hours, 4),
            full_h=round(seen.full_hours, 4),
            findings=tuple(map(finding_view, nights)),
        )

    def _followed(self, plan: LightPlan, text: str) -> _Following:
        """Who would follow which calendar; known from before where neither default nor assignments have changed."""
        by = (plan.default, plan.assignments)
        if self._following is None or self._following.by != by:
            followers = self._followers(plan, text)
            members = defaultdict[str, list[LightPoint]](list)
            for point in self._inventory.light_points.values():
                members[followers[point.id]].append(point)
            categories = {name: categories_of(points) for name, points in members.items()}
            self._following = _Following(by, followers, categories)
        return self._following

    def _year(self, text: str, name: str, tonight: date) -> CalendarYear:
        plan = read_light_plan(text, DRAFT)
        if name not in plan.calendars:
            raise Unknown(f"calendar {name}: there is none of that name")
        followers = self._followers(plan, text)
        points = [point for point in self._inventory.light_points.values() if followers[point.id] == name]
        return year_ahead(plan, name, tonight, points, self._plan.site, self._price)

    def _followers(self, plan: LightPlan, text: str) -> Followers:
        """As ``LightPlan.calendars_of``, of selectors that are remembered.

        Raises:
            FaultyFile: an assignment means no light point; the line says which.
        """
        followed = dict.fromkeys(self._inventory.light_points, plan.default)
        faults = []
        for number, assignment in reversed(list(enumerate(plan.assignments))):
            try:
                followed.update(dict.fromkeys(self._whom(assignment.selector), assignment.calendar))
            except BadInput as error:
                line = line_of(("assignment", number, "to"), line_numbers(text))
                faults.append(f"{DRAFT}: line {line}: {error}")
        if faults:
            raise FaultyFile(faults[::-1])
        return followed

    def _whom(self, selector: str) -> Sequence[str]:
        if selector not in self._meant:
            if len(self._meant) >= SELECTORS_KEPT:
                self._meant.clear()
            self._meant[selector] = tuple(point.id for point in select(self._inventory, selector))
        return self._meant[selector]


def _at_line(plan: LightPlan, text: str, line: int) -> tuple[str, str]:
    """The programme or calendar that stands at a line, or the calendar of an assignment; else the default calendar."""
    listed = {"programme": list(plan.programmes), "calendar": list(plan.calendars)}
    listed["assignment"] = [each.calendar for each in plan.assignments]
    starts = [
        (start, path[0], path[1])
        for path, start in line_numbers(text).items()
        if len(path) == 2 and path[0] in listed and start <= line
    ]
    if not starts:
        return "calendar", plan.default
    _, kind, place = max(starts)
    name = listed[str(kind)][int(place)]
    return ("programme" if kind == "programme" else "calendar"), name


def _calendars_with(plan: LightPlan, programme: str) -> set[str]:
    """The calendars that have a programme in some night."""
    return {
        each.name
        for each in plan.calendars.values()
        if programme in {each.default, *(rule.programme for rule in each.rules)}
    }


def _faults(error: BadInput) -> tuple[DraftFault, ...]:
    lines: Iterable[str] = error.lines if isinstance(error, FaultyFile) else [str(error)]
    return tuple(map(_fault, lines))


def _fault(line: str) -> DraftFault:
    """One line of an error, apart: TOML's own errors say at their end where they were found."""
    found = _FAULT.fullmatch(line)
    number, text = (found[1], found[2]) if found else (None, line)
    if number is None and (place := _TOML_LINE.search(text)):
        number, text = place[1], text[: place.start()]
    return DraftFault(line=int(number) if number else None, text=text)

"""The calendars of the light plan: what rules tonight, who holds it, and a year ahead."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from city.calendar_views import CalendarView, CalendarYear, Expense, FindingView, NightLength, ProgrammeShare
from city.clock import Clock
from city.messages import SwitchPointView
from city.nights import night_of
from city.places import Site
from headend.holdings import Holding
from headend.plan import Plan
from headend.unknown import Unknown
from lighting.inventory import Inventory, LightPoint
from lighting.light_law import CATEGORIES, law_findings
from lighting.light_plan import LightPlan
from lighting.preview import Preview, Use, preview_calendar
from lighting.preview_checks import Finding
from lighting.preview_nights import NightPreview
from lighting.prices import EnergyPrice

NIGHTS = 365
W_PER_KW = 1000.0


class Calendars:
    """Answers for consoles; a year is looked ahead once, until the plan or the night is another."""

    def __init__(
        self, plan: Plan, inventory: Inventory, holdings: Iterable[Holding], clock: Clock, price: EnergyPrice
    ) -> None:
        self._plan, self._inventory, self._holdings = plan, inventory, holdings
        self._clock, self._price = clock, price
        self._years: dict[str, CalendarYear] = {}
        self._one_at_a_time = asyncio.Lock()
        plan.on_change(self._years.clear)

    def tonight(self) -> tuple[CalendarView, ...]:
        """Every calendar, the default one first, then by how many light points follow it."""
        plan = self._plan.light_plan
        states: Counter[tuple[str, str]] = Counter(
            (calendar, each.state) for each in self._holdings for calendar in each.calendars
        )
        points = self._plan.points
        names = sorted(plan.calendars, key=lambda name: (name != plan.default, -points.get(name, 0), name))
        return tuple(self._tonight(name, states) for name in names)

    def _tonight(self, name: str, states: Mapping[tuple[str, str], int]) -> CalendarView:
        calendar = self._plan.light_plan.calendars[name]
        night, points = self._plan.night(name, self._clock.now())
        rule = calendar.rule_for(night)
        return CalendarView(
            name=name,
            title=calendar.title,
            points=self._plan.points.get(name, 0),
            night=night,
            programme=self._plan.light_plan.programme(name, night).title,
            rule=rule.name if rule else None,
            switch_points=tuple(SwitchPointView(at=point.at, level_pct=point.level) for point in points),
            controllers=sum(count for (calendar_, _), count in states.items() if calendar_ == name),
            holding=states.get((name, "holds"), 0),
            refused=states.get((name, "refused"), 0),
            unheard=states.get((name, "unheard"), 0),
            is_default=name == self._plan.light_plan.default,
            follows=tuple(
                each.selector for each in self._plan.light_plan.assignments if each.calendar == name
            ),
        )

    async def year(self, name: str) -> CalendarYear:
        """A calendar's year from tonight on; the first time it takes a fraction of a second.

        Raises:
            Unknown: there is no calendar of that name.
        """
        plan, tonight = self._plan.light_plan, night_of(self._clock.now(), self._plan.site.zone)
        if name not in plan.calendars:
            raise Unknown(f"calendar {name}: there is none of that name")
        async with self._one_at_a_time:
            known = self._years.get(name)
            if known is None or known.first != tonight:
                known = await asyncio.to_thread(self._look_ahead, plan, name, tonight)
                if plan is self._plan.light_plan:
                    self._years[name] = known
            return known

    def _look_ahead(self, plan: LightPlan, name: str, tonight: date) -> CalendarYear:
        followed = self._plan.calendar_of
        points = [point for point in self._inventory.light_points.values() if followed.get(point.id) == name]
        return year_ahead(plan, name, tonight, points, self._plan.site, self._price)


def year_ahead(
    plan: LightPlan, name: str, tonight: date, points: Sequence[LightPoint], site: Site, price: EnergyPrice
) -> CalendarYear:
    """A year of a calendar of any plan from a night on, with the light points that follow it."""
    installed_kw = sum(point.lamp_type.nominal_w for point in points) / W_PER_KW
    seen = preview_calendar(plan, name, tonight, NIGHTS, site, installed_kw=installed_kw, price=price)
    laws = [
        finding
        for category in sorted(categories_of(points))
        for finding in law_findings(category, seen.nights, site)
    ]
    return _year(seen, len(points), [*seen.findings, *laws])


def categories_of(points: Iterable[LightPoint]) -> set[str]:
    """The categories of the arrêté that some light points are of, as far as they are known."""
    return {point.category for point in points} & CATEGORIES.keys()


def _year(seen: Preview, points: int, findings: Iterable[Finding]) -> CalendarYear:
    shares = tuple(
        ProgrammeShare(programme=_title(seen, rule), rule=rule, nights=nights)
        for rule, nights in seen.nights_of_rules.items()
        if nights
    )
    places = {share.rule: place for place, share in enumerate(shares)}
    leap = seen.leap_nights[0] if seen.leap_nights else None
    return CalendarYear(
        name=seen.calendar.name,
        first=seen.nights[0].night,
        nights=len(seen.nights),
        points=points,
        installed_kw=round(seen.installed_kw, 3),
        lit_h=round(seen.lit_hours, 2),
        dark_h=round(seen.dark_hours, 2),
        planned=_expense(seen.use(seen.full_hours)),
        full=_expense(seen.use(seen.dark_hours)),
        saved_share=None if seen.saved is None else round(seen.saved, 4),
        shortest=_length(seen.shortest),
        longest=_length(seen.longest),
        clock_changes=tuple(filter(None, map(_length, seen.clock_change_nights))),
        leap=_length(leap),
        leap_rule=leap and ProgrammeShare(programme=_title(seen, leap.rule), rule=leap.rule, nights=1),
        shares=shares,
        strip=tuple(places[night.rule] for night in seen.nights),
        findings=tuple(map(finding_view, sorted(findings, key=lambda each: each.severity != "warning"))),
    )


def _title(seen: Preview, rule: str | None) -> str:
    """The title of the programme that a rule chooses, or the default."""
    chosen = next(
        (each.programme for each in seen.calendar.rules if each.name == rule), seen.calendar.default
    )
    return seen.programmes[chosen].title


def _expense(use: Use) -> Expense:
    return Expense(kwh=round(use.kwh, 2), eur=round(use.eur, 2), co2_kg=round(use.co2_kg, 2))


def _length(night: NightPreview | None) -> NightLength | None:
    if night is None:
        return None
    return NightLength(night=night.night, dark_h=round(night.dark_hours, 4), lit_h=round(night.lit_hours, 4))


def finding_view(finding: Finding) -> FindingView:
    """As consoles see it."""
    return FindingView(
        code=finding.code,
        severity=finding.severity,
        text=finding.text,
        nights=len(finding.nights),
        first=finding.nights[0] if finding.nights else None,
        last=finding.nights[-1] if finding.nights else None,
    )

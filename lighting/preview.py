"""What a calendar will do, night by night, before any lamp does it."""

from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from itertools import count

from city.nights import night_bounds
from city.places import Site
from lighting.calendars import Calendar
from lighting.light_law import law_findings
from lighting.light_plan import LightPlan, plan_of
from lighting.preview_checks import ClockMoment, Finding, Remark, clock_moments, findings, gathered
from lighting.preview_nights import HOUR, NightPreview, night_preview
from lighting.prices import TYPICAL, EnergyPrice
from lighting.programmes import Programme

USUAL_NIGHT_H = 24.0
"""From noon to noon, where no clock changes, hours."""

LEAP_DAY = (2, 29)


@dataclass(frozen=True, slots=True)
class Use:
    """What some light uses."""

    kwh: float
    eur: float
    co2_kg: float
    """Kilograms of CO₂ equivalent."""


@dataclass(frozen=True)
class Preview:
    """What a run of nights will be."""

    calendar: Calendar
    programme: Programme
    """The calendar's default one."""
    programmes: Mapping[str, Programme]
    """Those of the plan, by name."""
    nights: tuple[NightPreview, ...]
    findings: tuple[Finding, ...]
    """What a person should know before deploying it."""
    leap_nights: tuple[NightPreview, ...]
    """Every 29 February among the nights; without one, the next to come, which then counts in nothing else."""
    installed_kw: float
    """What all its lamps draw at 100 %, kW."""
    price: EnergyPrice
    site: Site

    @property
    def warnings(self) -> tuple[str, ...]:
        """The findings that somebody should look at, one line each."""
        return tuple(finding.line for finding in self.findings if finding.severity == "warning")

    @cached_property
    def lit_hours(self) -> float:
        """Hours with light in all nights."""
        return sum(night.lit_hours for night in self.nights)

    @cached_property
    def full_hours(self) -> float:
        """Hours at 100 % that would use as much energy as all nights."""
        return sum(night.full_hours for night in self.nights)

    @cached_property
    def dark_hours(self) -> float:
        """Hours from sunset to sunrise in all nights."""
        return sum(night.dark_hours for night in self.nights)

    @property
    def relative_energy(self) -> float:
        """Energy of all nights against the same hours at 100 %: 0–1."""
        return self.full_hours / self.lit_hours if self.lit_hours else 0.0

    @property
    def saved(self) -> float | None:
        """Share of energy saved against full light from sunset to sunrise, at most 1; None: the sun never sets.

        An extinction counts as a saving here; below 0, light by day costs more than it saves.
        """
        return 1 - self.full_hours / self.dark_hours if self.dark_hours else None

    def use(self, full_hours: float) -> Use:
        """What all lamps use in some hours at 100 %."""
        kwh = self.installed_kw * full_hours
        return Use(kwh, self.price.eur(kwh), self.price.co2_kg(kwh))

    @property
    def shortest(self) -> NightPreview | None:
        """The night with the least time from sunset to sunrise; None: there is none in which it sets."""
        return min(self._setting, key=lambda night: night.sun.down_for, default=None)

    @property
    def longest(self) -> NightPreview | None:
        """The night with the most time from sunset to sunrise; None: there is none in which it sets."""
        return max(self._setting, key=lambda night: night.sun.down_for, default=None)

    @property
    def clock_change_nights(self) -> tuple[NightPreview, ...]:
        """The nights in which the clock changes."""
        return tuple(night for night in self.nights if self.clock_change_h(night))

    def clock_change_h(self, night: NightPreview) -> float:
        """By how many hours the clock goes forward in a night; below 0 it goes back."""
        start, end = night_bounds(night.night, self.site.zone)
        return USUAL_NIGHT_H - (end - start) / HOUR

    def clock_moments(self, night: NightPreview) -> tuple[ClockMoment, ...]:
        """What becomes of the times of the clock in a night in which the clock changes."""
        return tuple(clock_moments(self.programmes[night.programme], night.night, self.site))

    @property
    def nights_of_rules(self) -> Mapping[str | None, int]:
        """How many nights each rule decides; under None, how many the calendar's default programme has."""
        names = [*(rule.name for rule in self.calendar.rules), None]
        return {name: sum(night.rule == name for night in self.nights) for name in names}

    @property
    def _setting(self) -> tuple[NightPreview, ...]:
        return tuple(night for night in self.nights if night.sun.state == "sets")


def preview(
    programme: Programme,
    first_night: date,
    nights: int,
    site: Site,
    *,
    installed_kw: float = 1.0,
    price: EnergyPrice = TYPICAL,
    category: str = "",
    closing: time | None = None,
) -> Preview:
    """What a programme does in ``nights`` nights from the evening of ``first_night`` on; see ``preview_calendar``."""
    return preview_calendar(
        plan_of(programme),
        programme.name,
        first_night,
        nights,
        site,
        installed_kw=installed_kw,
        price=price,
        category=category,
        closing=closing,
    )


def preview_calendar(
    plan: LightPlan,
    calendar: str,
    first_night: date,
    nights: int,
    site: Site,
    *,
    installed_kw: float = 1.0,
    price: EnergyPrice = TYPICAL,
    category: str = "",
    closing: time | None = None,
) -> Preview:
    """What a calendar does in ``nights`` nights from the evening of ``first_night`` on.

    Args:
        plan: Where the calendar and its programmes are.
        calendar: Its name.
        first_night: The evening's date.
        nights: How many, at least one.
        site: Where the sun is computed, and whose local time it is.
        installed_kw: What all lamps that follow it draw at 100 %, kW.
        price: What their energy costs.
        category: Which rules of the arrêté of 27 December 2018 to check; see ``lighting.light_law``; empty: none.
        closing: Local time at which what it lights closes, where the arrêté counts from it.
    """
    followed = plan.calendars[calendar]
    seen = tuple(
        _night(plan, followed, first_night + timedelta(days=number), site) for number in range(nights)
    )
    leap = tuple(night for night in seen if (night.night.month, night.night.day) == LEAP_DAY)
    if not leap:
        leap = (_night(plan, followed, _next_leap_day(seen[-1].night), site),)
    return Preview(
        calendar=followed,
        programme=plan.programmes[followed.default],
        programmes=plan.programmes,
        nights=seen,
        findings=(
            *findings(followed, plan.programmes, seen, site),
            *_leap_findings(leap, seen),
            *law_findings(category, seen, site, closing),
        ),
        leap_nights=leap,
        installed_kw=installed_kw,
        price=price,
        site=site,
    )


def _night(plan: LightPlan, calendar: Calendar, night: date, site: Site) -> NightPreview:
    rule = calendar.rule_for(night)
    programme = plan.programmes[calendar.default if rule is None else rule.programme]
    return night_preview(programme, rule.name if rule else None, night, site)


def _next_leap_day(after: date) -> date:
    """The next 29 February: in eight years at most."""
    leap_days = (date(year, *LEAP_DAY) for year in count(after.year) if isleap(year))
    return next(day for day in leap_days if day > after)


def _leap_findings(leap: Sequence[NightPreview], seen: Sequence[NightPreview]) -> tuple[Finding, ...]:
    """The 29 February that no calendar may forget: dark though other nights are lit."""
    return gathered(
        Remark("leap-day-dark", "no light, though other nights are lit", night.night)
        for night in leap
        if not night.lit and night.sun.state != "always_up" and any(each.lit for each in seen)
    )

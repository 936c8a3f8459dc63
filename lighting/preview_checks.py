"""What a person should know about a calendar before any lamp follows it: every check over a run of nights ahead."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from city.nights import NOON, local_instant
from city.places import Site
from lighting.calendars import Calendar
from lighting.moment_texts import moment_text
from lighting.moments import Bounded
from lighting.preview_nights import NightPreview
from lighting.programmes import Programme, Step

LONGEST_LIT_H = 20.0
"""Lit for longer than this in a night is worth a warning, hours."""

BY_DAY_H = 0.5
"""Light while the sun is up for longer than this in a night burns by day: more than a dark sky asks for, hours."""

FLASH_MIN = 10
FLASH = timedelta(minutes=FLASH_MIN)
"""Light that is over sooner than this is more wear than light; ``shortest_min`` leaves it out."""

FULL_YEAR = 365
"""Nights after which a step that never came into effect never will."""

WEEK = 7
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Severity = Literal["warning", "info"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One check's word on one night, or on all."""

    code: str
    """Short and stable."""
    text: str
    """One sentence, the same for every night that it concerns."""
    night: date | None = None
    """None: it concerns no night in particular."""
    severity: Severity = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of all nights: one finding for each thing to know, however many nights it concerns."""

    code: str
    """Short and stable: ``no-light``, ``lit-by-day``, ``rule-shadowed`` …"""
    severity: Severity
    """Whether somebody should look at it, or it is only good to know."""
    text: str
    nights: tuple[date, ...] = ()
    """In order; empty: no night in particular."""

    @property
    def line(self) -> str:
        """The finding in one line, with its nights."""
        if not self.nights:
            return self.text
        if len(self.nights) == 1:
            return f"{self.nights[0]}: {self.text}"
        return f"{self.nights[0]} … {self.nights[-1]}, {len(self.nights)} nights: {self.text}"


@dataclass(frozen=True, slots=True)
class ClockMoment:
    """What becomes of a time of the clock in a night in which the clock changes."""

    at: time
    comes: Literal["once", "twice", "not"]
    meant: datetime
    """Which instant is meant, with the local offset."""


def findings(
    calendar: Calendar, programmes: Mapping[str, Programme], nights: Sequence[NightPreview], site: Site
) -> tuple[Finding, ...]:
    """Everything worth knowing about a run of nights, in the order of the checks."""
    remarks = [*_darkness(nights), *_too_much_light(nights)]
    for night in nights:
        remarks += _clock_changes(programmes[night.programme], night.night, site)
        remarks += _order_of_points(programmes[night.programme], night)
    for name in dict.fromkeys(night.programme for night in nights):
        own = [night for night in nights if night.programme == name]
        remarks += _steps(programmes[name], own, whole_year=len(nights) >= FULL_YEAR)
    if len(nights) >= FULL_YEAR:
        remarks += _rules(calendar, nights)
    return gathered(remarks)


def gathered(remarks: Iterable[Remark]) -> tuple[Finding, ...]:
    """One finding for each thing that is said, with all of its nights."""
    nights: dict[tuple[str, Severity, str], list[date]] = {}
    for remark in remarks:
        concerned = nights.setdefault((remark.code, remark.severity, remark.text), [])
        if remark.night is not None:
            concerned.append(remark.night)
    return tuple(Finding(*key, tuple(sorted(concerned))) for key, concerned in nights.items())


def _darkness(nights: Sequence[NightPreview]) -> Iterator[Remark]:
    """Nights without light, and the days of the week that have none but such nights."""
    for night in nights:
        if not night.lit and night.sun.state == "always_up":
            yield Remark("white-night", "no light, the sun does not set", night.night)
        elif not night.lit:
            yield Remark("no-light", "no light", night.night)
    lit = {night.night.weekday() for night in nights if night.lit}
    seen = {night.night.weekday() for night in nights if night.sun.state != "always_up"}
    if lit and len(seen) == WEEK:
        for weekday in sorted(seen - lit):
            yield Remark("weekday-dark", f"no {WEEKDAYS[weekday]} has light")


def _too_much_light(nights: Sequence[NightPreview]) -> Iterator[Remark]:
    """Light for too long, by day, or too short for the wear."""
    long = [night for night in nights if night.lit_hours > LONGEST_LIT_H]
    by_day = [night for night in nights if night.by_day_hours > BY_DAY_H]
    up_to = "up to " if len(long) > 1 else ""
    for night in long:
        hours = max(each.lit_hours for each in long)
        yield Remark("lit-long", f"lit for {up_to}{hours:.1f} h", night.night)
    for night in by_day:
        hours = max(each.by_day_hours for each in by_day)
        yield Remark("lit-by-day", f"lit while the sun is up, up to {hours:.1f} h of the day", night.night)
    for night in nights:
        if any(until - since < FLASH for since, until in night.lit):
            yield Remark("flash", f"light that is over in less than {FLASH_MIN} min", night.night)


def clock_moments(programme: Programme, night: date, site: Site) -> Iterator[ClockMoment]:
    """What becomes of a programme's times of the clock in a night in which the clock changes; nothing in others."""
    start, end = (datetime.combine(night + timedelta(days=day), NOON, site.zone) for day in (0, 1))
    if start.utcoffset() == end.utcoffset():
        return
    for when in (programme.on, programme.off, *(step.at for step in programme.steps)):
        at = when.moment if isinstance(when, Bounded) else when
        if not isinstance(at, time):
            continue
        day = night if at >= NOON else night + timedelta(days=1)
        naive = datetime.combine(day, at)
        first, second = (naive.replace(tzinfo=site.zone, fold=fold) for fold in (0, 1))
        meant = local_instant(night, at, site.zone).astimezone(site.zone)
        if first.utcoffset() == second.utcoffset():
            yield ClockMoment(at, "once", meant)
        else:
            yield ClockMoment(at, "twice" if meant.replace(tzinfo=None) == naive else "not", meant)


def _clock_changes(programme: Programme, night: date, site: Site) -> Iterator[Remark]:
    """The times that the change of the clock skips or doubles."""
    for moment in clock_moments(programme, night, site):
        if moment.comes == "twice":
            yield Remark("clock-twice", f"{moment.at:%H:%M} comes twice, the first is meant", night)
        elif moment.comes == "not":
            text = f"{moment.at:%H:%M} does not come, {moment.meant:%H:%M} is meant"
            yield Remark("clock-skipped", text, night)


def _order_of_points(programme: Programme, night: NightPreview) -> Iterator[Remark]:
    """Steps that fall together, and changes from dark to dark."""
    for (earlier, first), (later, second) in pairwise(night.steps):
        if earlier == later:
            names = f"{_name(programme.steps[first])} and {_name(programme.steps[second])}"
            yield Remark("same-instant", f"{names} fall together, the latter holds", night.night)
    for before, after in pairwise(night.switch_points):
        if night.lit and before.level == 0 == after.level:
            text = "ON and OFF do not alternate: it is dark already when darkness is asked for"
            yield Remark("not-alternating", text, night.night, "info")


def _steps(programme: Programme, nights: Sequence[NightPreview], *, whole_year: bool) -> Iterator[Remark]:
    """The steps that change nothing, that never come while the lamps are lit, or that change places."""
    before: dict[int, set[float]] = {}
    for night in nights:
        for number, level in _in_effect(programme, night):
            before.setdefault(number, set()).add(level)
    for number, step in enumerate(programme.steps):
        if before.get(number) == {step.level}:
            yield Remark(
                "no-change", f"{_name(step)}: changes nothing, the level is {step.level:g} % already"
            )
        elif number not in before and whole_year:
            yield Remark("never-lit", f"{_name(step)}: never while the lamps are lit")
    orders = [(night.night, tuple(number for _, number in night.steps)) for night in nights if night.steps]
    usual = Counter(order for _, order in orders).most_common(1)
    for evening, order in orders:
        if order != usual[0][0]:
            yield Remark("order-changes", f"programme {programme.name}: steps change places", evening, "info")


def _in_effect(programme: Programme, night: NightPreview) -> Iterator[tuple[int, float]]:
    """The steps that hold at any time of a night while the lamps are lit, each with the level before it, percent."""
    on, last = night.switch_points[0].at, night.switch_points[-1]
    off = last.at if last.level == 0 else night.end
    held = programme.level
    ends = [*(at for at, _ in night.steps[1:]), night.end]
    for (at, number), until in zip(night.steps, ends, strict=False):
        if max(at, on) < min(until, off):
            yield number, held
        held = programme.steps[number].level


def _rules(calendar: Calendar, nights: Sequence[NightPreview]) -> Iterator[Remark]:
    """Rules that decide no night: because they never hold, or because an earlier one always does."""
    deciding = {night.rule for night in nights}
    for rule in calendar.rules:
        if rule.name in deciding:
            continue
        held = [night for night in nights if rule.holds(night.night)]
        if not held:
            yield Remark("rule-never", f"rule {rule.name}: never holds in these nights")
            continue
        earlier = ", ".join(dict.fromkeys(night.rule or "" for night in held))
        yield Remark("rule-shadowed", f"rule {rule.name}: decides no night, {earlier} comes before it")


def _name(step: Step) -> str:
    return f"step at {moment_text(step.at)}"

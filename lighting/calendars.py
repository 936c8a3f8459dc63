"""Calendars: which programme on which nights. A night is named by its evening's date; no night is without one."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from city.public_holidays import Region, public_holidays

ONE_DAY = timedelta(days=1)
LAST = -1
"""The n-th weekday of a month counted from its end."""


class Holidays(StrEnum):
    """How the evenings of a rule lie to the public holidays."""

    ON = "on"
    """Evenings of public holidays."""
    BEFORE = "before"
    """Evenings before public holidays."""
    EXCEPT = "except"
    """All other evenings but those of public holidays."""


@dataclass(frozen=True, slots=True, order=True)
class YearlessDay:
    """A day of every year. The 29th of February comes in leap years only; nothing stands for it in the others."""

    month: int
    day: int


Day = date | YearlessDay


@dataclass(frozen=True, slots=True)
class Span:
    """Evenings from one day to another, both included; a yearless one may cross the year's end."""

    first: Day
    last: Day
    """Of the same kind as ``first``."""

    def holds(self, evening: date) -> bool:
        """Whether an evening lies in it."""
        if isinstance(self.first, date) and isinstance(self.last, date):
            return self.first <= evening <= self.last
        day = YearlessDay(evening.month, evening.day)
        first, last = _yearless(self.first), _yearless(self.last)
        return first <= day <= last if first <= last else day >= first or day <= last


@dataclass(frozen=True, slots=True)
class Rule:
    """A programme for some evenings: those that fulfil all conditions; a condition that is empty asks nothing."""

    name: str
    """As people say it: "Marché de Noël"."""
    programme: str
    spans: tuple[Span, ...] = ()
    """Any of them."""
    weekdays: frozenset[int] = frozenset()
    """Monday is 0."""
    nth: frozenset[int] = frozenset()
    """Which of its weekday in its month the evening is: 1 to 5, or ``LAST``."""
    holidays: Holidays | None = None
    region: Region = Region.ALSACE

    def holds(self, evening: date) -> bool:
        """Whether the rule is for an evening."""
        return (
            (not self.spans or any(span.holds(evening) for span in self.spans))
            and (not self.weekdays or evening.weekday() in self.weekdays)
            and (not self.nth or not self.nth.isdisjoint(_nth(evening)))
            and (self.holidays is None or _fits(self.holidays, evening, self.region))
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which programme on which night: that of the first rule that holds, else the default one."""

    name: str
    """Short and unique."""
    title: str
    """As people say it."""
    default: str
    """The programme of every night for which no rule holds."""
    rules: tuple[Rule, ...] = ()
    """The first that holds wins."""

    def rule_for(self, night: date) -> Rule | None:
        """The rule that decides a night; None where the default programme does."""
        return next((rule for rule in self.rules if rule.holds(night)), None)

    def programme_for(self, night: date) -> str:
        """The name of a night's programme; there always is one."""
        rule = self.rule_for(night)
        return self.default if rule is None else rule.programme


def _fits(wanted: Holidays, evening: date, region: Region) -> bool:
    day = evening + ONE_DAY if wanted is Holidays.BEFORE else evening
    return (day in public_holidays(day.year, region)) != (wanted is Holidays.EXCEPT)


def _nth(evening: date) -> frozenset[int]:
    place = (evening.day - 1) // 7 + 1
    is_last = (evening + 7 * ONE_DAY).month != evening.month
    return frozenset({place, LAST} if is_last else {place})


def _yearless(day: Day) -> YearlessDay:
    return YearlessDay(day.month, day.day)

"""A calendar as lamp controllers can follow it: entries, of which the first that fits a night decides it.

Controllers know dates, yearless dates and weekdays. What they cannot know, the n-th weekdays and the public
holidays, is told them night by night for a horizon. Beyond it they follow their undated entries and the default.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lighting.calendars import Calendar, Day, Holidays, Rule

ONE_DAY = timedelta(days=1)

HORIZON_MONTH = 3
"""The horizon begins and moves on the 1st of March: far from the holidays, and people are at work."""

HORIZON_YEARS = 2
"""How long it is: a controller always knows the next twelve months at least."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A programme for some nights."""

    programme: str
    first: Day | None = None
    """None: all nights."""
    last: Day | None = None
    """Included, and of the same kind as ``first``."""
    weekdays: frozenset[int] = frozenset()
    """Monday is 0; empty: every one."""


def horizon(tonight: date) -> tuple[date, date]:
    """First night, and first night no more, of what controllers are told night by night.

    It moves once a year, so that what they hold stays the same for as long as the calendar does.
    """
    first = date(tonight.year, HORIZON_MONTH, 1)
    if tonight < first:
        first = first.replace(year=first.year - 1)
    return first, first.replace(year=first.year + HORIZON_YEARS)


def nights_of_horizon(tonight: date) -> Iterator[date]:
    """The nights of the horizon in their order."""
    night, end = horizon(tonight)
    while night < end:
        yield night
        night += ONE_DAY


def entries_of(calendar: Calendar, tonight: date) -> tuple[Entry, ...]:
    """The entries of a calendar, in the order of its rules."""
    return tuple(
        entry
        for place, rule in enumerate(calendar.rules)
        for entry in _of_rule(rule, replace(calendar, rules=calendar.rules[place + 1 :]), tonight)
    )


def _of_rule(rule: Rule, rest: Calendar, tonight: date) -> Iterator[Entry]:
    """The entries of one rule; ``rest`` decides the nights that it does not hold."""
    if rule.nth or rule.holidays in {Holidays.ON, Holidays.BEFORE}:
        yield from _dated(tonight, lambda night: rule.programme if rule.holds(night) else None)
        return
    always = replace(rule, holidays=None)
    if rule.holidays is Holidays.EXCEPT:
        # Holidays are few: they are told first, with what the rest says of them.
        def excepted(night: date) -> str | None:
            return rest.programme_for(night) if always.holds(night) and not rule.holds(night) else None

        yield from _dated(tonight, excepted)
    yield from _undated(always, horizon(tonight)[0])


def _undated(rule: Rule, since: date) -> Iterator[Entry]:
    if not rule.spans:
        yield Entry(rule.programme, weekdays=rule.weekdays)
    for span in rule.spans:
        if not isinstance(span.last, date) or span.last >= since:
            yield Entry(rule.programme, span.first, span.last, rule.weekdays)


def _dated(tonight: date, programme_for: Callable[[date], str | None]) -> Iterator[Entry]:
    """Entries for single nights of the horizon, those that follow one another as one."""
    run: list[date] = []
    running: str | None = None
    for night in nights_of_horizon(tonight):
        programme = programme_for(night)
        if programme != running:
            yield from _entry(running, run)
            run, running = [], programme
        run.append(night)
    yield from _entry(running, run)


def _entry(programme: str | None, run: Sequence[date]) -> Iterator[Entry]:
    if programme is not None:
        yield Entry(programme, run[0], run[-1])

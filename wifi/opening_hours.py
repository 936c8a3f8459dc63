"""When a public place is open, in a part of OpenStreetMap's ``opening_hours``: its expected rhythm.

``Mo-Fr 07:30-20:00; Sa 08:00-12:00,14:00-18:00; PH off``: rules apart by semicolons, each with its days (all where none
are named) and its times. Of two rules that name the same day the later one holds. A span that ends before it begins
ends on the next day: ``Fr 20:00-02:00``. ``PH`` are public holidays, which are days like others unless a rule names
them. Times are local; what else OpenStreetMap knows (months, weeks, sunset, comments) is refused.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from city.errors import BadInput

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAYS = "PH"
HOUR_MIN = 60
DAY_MIN = 24 * HOUR_MIN
LONGEST = 500
"""Characters of opening hours that are read."""
TOLD_MOST = 60
"""Characters of them that are repeated in an error."""

_ALWAYS = "24/7"
_CLOSED = frozenset({"off", "closed"})
_RULE = re.compile(r"(?P<days>[A-Za-z][A-Za-z, -]*?)??\s*(?P<times>\d.*|off|closed)", re.ASCII)
_SPAN = re.compile(r"(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})", re.ASCII)

Span = tuple[int, int]
"""Begin and end, minutes since local midnight; an end past ``DAY_MIN`` is on the next day."""
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a place is open, in a week and on public holidays."""

    text: str
    """As it was written."""
    week: tuple[Spans, ...]
    """By weekday, Monday first: the spans that begin on it."""
    holidays: Spans | None
    """Those of a public holiday; None: those of its weekday."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read opening hours.

        Raises:
            BadInput: they are none, or more than is read here; the message tells what, got and expected.
        """
        if len(text) > LONGEST:
            raise BadInput(f"opening hours: got {len(text)} characters, expected {LONGEST} at most")
        week: list[Spans] = [()] * len(WEEKDAYS)
        holidays: Spans | None = None
        for rule in text.strip().removesuffix(";").split(";"):
            days, spans = _rule(rule.strip(), text)
            for day in days:
                if day == HOLIDAYS:
                    holidays = spans
                else:
                    week[WEEKDAYS.index(day)] = spans
        return cls(text.strip(), tuple(week), holidays)

    def is_open(self, local: datetime, is_holiday: bool, was_holiday: bool = False) -> bool:  # noqa: FBT001, FBT002
        """Whether the place is meant to be open.

        Args:
            local: the instant on the clocks of the place.
            is_holiday: whether its day is a public holiday.
            was_holiday: whether the day before was one: what begins in its evening may last past midnight.
        """
        minute = local.hour * HOUR_MIN + local.minute
        today = self._of(local.weekday(), is_holiday)
        before = self._of((local.weekday() - 1) % len(WEEKDAYS), was_holiday)
        return any(begin <= minute < end for begin, end in today) or any(
            minute + DAY_MIN < end for _, end in before
        )

    def _of(self, weekday: int, is_holiday: bool) -> Spans:  # noqa: FBT001
        return self.holidays if is_holiday and self.holidays is not None else self.week[weekday]


def _rule(rule: str, text: str) -> tuple[tuple[str, ...], Spans]:
    """The days that a rule names, and their spans."""
    if rule == _ALWAYS:
        return (*WEEKDAYS, HOLIDAYS), ((0, DAY_MIN),)
    found = _RULE.fullmatch(rule)
    if found is None:
        raise _bad(rule, text, "days and times such as Mo-Fr 07:30-20:00, days off such as PH off, or 24/7")
    days = _days(found["days"], text) if found["days"] else WEEKDAYS
    if found["times"] in _CLOSED:
        return days, ()
    return days, tuple(_span(part.strip(), text) for part in found["times"].split(","))


def _days(listed: str, text: str) -> tuple[str, ...]:
    days: list[str] = []
    for part in listed.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if first == HOLIDAYS and not dash:
            days.append(HOLIDAYS)
        elif first in WEEKDAYS and not dash:
            days.append(first)
        elif first in WEEKDAYS and last in WEEKDAYS:
            begin = WEEKDAYS.index(first)
            many = (WEEKDAYS.index(last) - begin) % len(WEEKDAYS) + 1
            days += [WEEKDAYS[(begin + number) % len(WEEKDAYS)] for number in range(many)]
        else:
            raise _bad(part.strip(), text, f"a day or a span of days of {', '.join(WEEKDAYS)}, or {HOLIDAYS}")
    return tuple(days)


def _span(part: str, text: str) -> Span:
    found = _SPAN.fullmatch(part)
    hours = [int(each) for each in found.groups()] if found else []
    if not hours or hours[1] >= HOUR_MIN or hours[3] >= HOUR_MIN:
        raise _bad(part, text, "a span of times such as 07:30-20:00")
    begin, end = hours[0] * HOUR_MIN + hours[1], hours[2] * HOUR_MIN + hours[3]
    if begin >= DAY_MIN or end > DAY_MIN or begin == end:
        raise _bad(part, text, "times of 00:00 to 24:00 that differ")
    return begin, end if end > begin else end + DAY_MIN


def _bad(got: str, text: str, expected: str) -> BadInput:
    where = f" in {text[:TOLD_MOST]!r}" if got != text else ""
    return BadInput(f"opening hours: got {got[:TOLD_MOST]!r}{where}, expected {expected}")

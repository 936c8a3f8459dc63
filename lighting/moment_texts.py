"""Moments as people write them: "20:00", "sunset+15", or a table with limits; and days: "--11-30", "2026-11-30"."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import cast

from lighting.calendars import Day, YearlessDay
from lighting.moments import Bounded, Edge, Moment, SunEvent, When

WIDEST_OFFSET_MIN = 180
"""No edge lies further from sunset or sunrise than this, minutes: past it, somebody means a clock time."""

A_LEAP_YEAR = 2000
"""A yearless day is one of these years: the 29th of February is a day of theirs."""

MIDNIGHT = "24:00"
"""Some people write midnight so; it is "00:00"."""

EXPECTED_MOMENT = (
    'a local time from "00:00" to "23:59" in quotes, or the sun: "sunset", "sunrise", "dusk" or "dawn", with minutes '
    f'if need be: "sunset+15", "sunrise-10" ({WIDEST_OFFSET_MIN} at most)'
)
EXPECTED_LIMITS = (
    '{ at = …, not_before = …, not_after = … } with one limit at least, such as not_after = "sunrise"'
)
EXPECTED_DAY = 'a date such as 2026-11-30, or a day of every year such as "--11-30"'

_EDGE = re.compile(r"(?P<event>sunset|sunrise|dusk|dawn)(?P<offset>[+-]\d{1,4})?", re.ASCII)
_TIME = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)", re.ASCII)
_YEARLESS = re.compile(r"--(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])", re.ASCII)
_LIMITS = ("not_before", "not_after")


def read_when(value: object) -> When:
    """A moment, or a table of a moment with its limits, as TOML has it.

    Raises:
        ValueError: what was expected, for a person to read.
    """
    return _bounded(value) if isinstance(value, Mapping) else read_moment(value)


def read_moment(value: object) -> Moment:
    """A moment without limits.

    Raises:
        ValueError: what was expected, for a person to read.
    """
    text = value.replace(" ", "") if isinstance(value, str) else ""
    if text == MIDNIGHT:
        return time(0, 0)
    if match := _TIME.fullmatch(text):
        return time(int(match["hour"]), int(match["minute"]))
    match = _EDGE.fullmatch(text)
    if match is None or abs(int(match["offset"] or 0)) > WIDEST_OFFSET_MIN:
        raise ValueError(EXPECTED_MOMENT)
    return Edge(cast("SunEvent", match["event"]), timedelta(minutes=int(match["offset"] or 0)))


def moment_text(when: When) -> str:
    """A moment in words: "20:00", "sunset+15", "07:00, not after sunrise"."""
    if isinstance(when, Bounded):
        limits = (("not before", when.not_before), ("not after", when.not_after))
        told = [f"{words} {moment_text(limit)}" for words, limit in limits if limit is not None]
        return ", ".join((moment_text(when.moment), *told))
    if isinstance(when, Edge):
        minutes = when.offset // timedelta(minutes=1)
        return f"{when.event}{minutes:+d}" if minutes else when.event
    return f"{when:%H:%M}"


def read_day(value: object) -> Day:
    """A day of one year or of every year, as TOML has it.

    Raises:
        ValueError: what was expected, for a person to read.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(EXPECTED_DAY)  # noqa: TRY004 - told as any other fault of a file
    if match := _YEARLESS.fullmatch(value):
        month, day = int(match["month"]), int(match["day"])
        if day <= monthrange(A_LEAP_YEAR, month)[1]:
            return YearlessDay(month, day)
        raise ValueError(
            f"a day that some year has: month {month} has {monthrange(A_LEAP_YEAR, month)[1]} at most"
        )
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(EXPECTED_DAY) from error


def _bounded(table: Mapping[str, object]) -> Bounded:
    unknown = [key for key in table if key not in ("at", *_LIMITS)]
    if unknown or "at" not in table or len(table) == 1:
        raise ValueError(f"{EXPECTED_LIMITS}{f'; {unknown[0]!r} is unknown' if unknown else ''}")
    limits = {key: read_moment(table[key]) for key in _LIMITS if key in table}
    return Bounded(read_moment(table["at"]), **limits)

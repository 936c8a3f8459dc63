"""The days of a report on Wi-Fi: those asked for, those that they are compared with, and what kind of day each is."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from city.errors import BadInput
from city.public_holidays import Region
from city.wifi_report_views import KindOfDay
from city.wifi_settings import EventSection
from wifi.capacity.days import DayKind, kind_of

ONE_DAY = timedelta(days=1)
MOST_DAYS = 366
"""One report tells of a year at most."""
MONTHS_A_YEAR = 12
_KINDS: Mapping[DayKind, KindOfDay] = {
    DayKind.WORKDAY: "workday",
    DayKind.SATURDAY: "saturday",
    DayKind.SUNDAY: "sunday",
}

Span = tuple[date, date]
"""Two days, both included."""


def span_asked(first: date | None, last: date | None, today: date) -> Span:
    """The days asked for; by default from the first of the month that yesterday lies in to yesterday.

    Raises:
        BadInput: they are the wrong way round, too many, or not over yet.
    """
    yesterday = today - ONE_DAY
    last = last or yesterday
    first = first or last.replace(day=1)
    if first > last:
        raise BadInput(f"from {first} to {last}: the first day comes after the last")
    if last > yesterday:
        raise BadInput(f"to {last}: that day is not over yet; the last that is over is {yesterday}")
    if (last - first).days >= MOST_DAYS:
        raise BadInput(f"from {first} to {last}: at most {MOST_DAYS} days at once")
    return first, last


def month_before(span: Span) -> Span:
    """The same days of the month before; of a span that is no part of one month, as many days just before it."""
    first, last = span
    if (first.year, first.month) == (last.year, last.month):
        return _earlier(span, 1)
    return first - ONE_DAY - (last - first), first - ONE_DAY


def year_before(span: Span) -> Span:
    """The same days of the year before."""
    return _earlier(span, MONTHS_A_YEAR)


def _earlier(span: Span, months: int) -> Span:
    """Whole months stay whole; else a day that the earlier month lacks becomes its last one."""
    first, last = span
    whole = first.day == 1 and last.day == _length(last)
    then = _back(last, months)
    return _back(first, months), then.replace(day=_length(then)) if whole else then


def _back(day: date, months: int) -> date:
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 - months, MONTHS_A_YEAR)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _length(first)))


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def event_days(events: Iterable[EventSection], hotspot: str, zone: ZoneInfo) -> frozenset[date]:
    """The local days on which something takes place at a hotspot."""
    days = set()
    for event in events:
        if event.hotspot == hotspot:
            # An end at midnight belongs to the day that is over.
            day, until = _local_day(event.begins, zone), _local_day(event.ends - timedelta.resolution, zone)
            while day <= until:
                days.add(day)
                day += ONE_DAY
    return frozenset(days)


def _local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.date() if at.tzinfo is None else at.astimezone(zone).date()


def kind_of_day(day: date, region: Region, events: frozenset[date]) -> KindOfDay:
    """As what a day is compared with others; public holidays are Sundays."""
    return "event" if day in events else _KINDS[kind_of(day, region)]

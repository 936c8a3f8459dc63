"""Places for tests of what is to be expected: weeks of hours that are known exactly."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from city.public_holidays import Region
from wifi.capacity.days import Days, Event
from wifi.capacity.past import Past

PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONDAY = datetime(2026, 9, 7, tzinfo=PARIS).astimezone(UTC)
"""The first hour of a Monday, local time; no public holiday in Alsace lies in the eight weeks from here."""

ByLocal = Callable[[datetime], float | None]
"""Clients of an hour by its local begin; None: nothing was measured."""


def at(local: str) -> datetime:
    """``2026-11-28T20:00`` in Mulhouse, as UTC."""
    return datetime.fromisoformat(local).replace(tzinfo=PARIS).astimezone(UTC)


def by_day(local: datetime) -> float:
    """10 clients by night, 100 from 8 to 20 h, half of that at weekends."""
    busy = 100.0 if 8 <= local.hour < 20 else 10.0
    return busy / 2 if local.weekday() >= 5 else busy


def measured(clients: ByLocal, days: int, start: datetime = MONDAY) -> dict[datetime, float]:
    """Hour by hour from ``start`` for so many times 24 hours."""
    hours = (start + number * HOUR for number in range(24 * days))
    return {hour: value for hour in hours if (value := clients(hour.astimezone(PARIS))) is not None}


def past(clients: ByLocal, days: int, events: tuple[Event, ...] = (), start: datetime = MONDAY) -> Past:
    """The same as the past of a place."""
    return Past(measured(clients, days, start), Days(PARIS, Region.ALSACE, events))

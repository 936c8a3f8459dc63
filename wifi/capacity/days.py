"""Local days: their kinds, and the events that make some hours unlike others."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from city.public_holidays import Region, public_holidays

HOUR = timedelta(hours=1)
LEAD = timedelta(hours=3)
"""People come to an event so long before it …"""
TAIL = timedelta(hours=2)
"""… and are gone so long after it: the hours between are the event's own."""
_SATURDAY, _SUNDAY = 5, 6


class DayKind(StrEnum):
    """Days that are alike."""

    WORKDAY = "workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    """Public holidays are Sundays."""


def kind_of(day: date, region: Region) -> DayKind:
    """What kind of day a local day is where some public holidays are kept."""
    if day.weekday() == _SUNDAY or day in public_holidays(day.year, region):
        return DayKind.SUNDAY
    return DayKind.SATURDAY if day.weekday() == _SATURDAY else DayKind.WORKDAY


@dataclass(frozen=True, slots=True)
class Event:
    """What takes place in one public place; times are UTC."""

    name: str
    begins: datetime
    ends: datetime
    clients: int | None = None
    """How many are expected at its height; None: as many as at events before."""

    @property
    def middle(self) -> datetime:
        """Before it an hour is compared by the event's begin, after it by its end."""
        return self.begins + (self.ends - self.begins) / 2


class Days:
    """The calendar of one place: which local day and hour an instant lies in, and what is special about it."""

    def __init__(self, zone: ZoneInfo, region: Region, events: Iterable[Event] = ()) -> None:
        self.zone = zone
        self.region = region
        self.events = tuple(sorted(events, key=lambda event: event.begins))
        self._begins = [event.begins - LEAD for event in self.events]
        longest = max((event.ends - event.begins for event in self.events), default=timedelta())
        self._reach = longest + LEAD + TAIL

    def slot(self, at: datetime) -> tuple[date, int]:
        """The local day and hour of an instant; the hour that comes twice in October has one number."""
        local = at.astimezone(self.zone)
        return local.date(), local.hour

    def kind(self, day: date) -> DayKind:
        """What kind of day it is."""
        return kind_of(day, self.region)

    def are_alike(self, one: date, other: date) -> bool:
        """Whether people work on both days, or on neither."""
        return (self.kind(one) is DayKind.WORKDAY) == (self.kind(other) is DayKind.WORKDAY)

    def event_around(self, at: datetime) -> Event | None:
        """The event to which the hour from ``at`` on belongs, with its coming and going; the later of two."""
        for number in range(bisect_right(self._begins, at + HOUR), 0, -1):
            event = self.events[number - 1]
            if event.begins - LEAD < at + HOUR and at < event.ends + TAIL:
                return event
            if at - self._begins[number - 1] > self._reach:
                return None
        return None

    def under_way(self, at: datetime) -> Event | None:
        """The event that takes place at an instant."""
        event = self.event_around(at)
        return event if event is not None and event.begins <= at < event.ends else None

    def event_on(self, day: date) -> Event | None:
        """The first event of a local day."""
        return next((each for each in self.events if self.slot(each.begins)[0] == day), None)


def floor(at: datetime) -> datetime:
    """The begin of the hour of UTC that an instant lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

"""The report on city Wi-Fi for people outside the console: places only, and no small count (docs/wifi-privacy.md).

Times are UTC, days and hours of the day are the city's own. A value that is not known is ``None``, never 0.
"""

from datetime import date, datetime
from typing import Literal

from city.incidents import Cause
from city.message import Message
from city.small_counts import Count

KindOfDay = Literal["workday", "saturday", "sunday", "event"]
"""Public holidays are Sundays; an event is one of the settings, at that place."""


class WifiDay(Message):
    """The clients of one day."""

    day: date
    clients: Count
    """Mean of the hours that are known."""
    busiest: Count
    """Of its hours, that with the most."""


class WifiHour(Message):
    """One hour of the week, over the whole span."""

    weekday: int
    """0 is Monday."""
    hour: int
    """Local, 0 to 23: from then to one hour later."""
    clients: Count
    """Mean."""


class WifiBusyHour(Message):
    """One of the busiest hours of a kind of day. Hours with a small count are in no such list."""

    days: KindOfDay
    hour: int
    clients: float
    """Mean."""


class WifiCause(Message):
    """All incidents of one cause that stood at a place in the span."""

    cause: Cause
    incidents: int
    dismissed: int
    """Of those, how many a person said to be none."""
    hours: float
    """For how long they stood within the span, added up; of those that were not dismissed."""


class WifiBefore(Message):
    """The clients of an earlier span."""

    first: date
    last: date
    clients: Count
    """Mean."""
    known_share: float
    """Share of its hours in which they are known, 0–1."""
    growth_share: float | None
    """What there was now, of what there was then, less one; None unless both are known nearly whole and not small."""


class WifiPlace(Message):
    """One public place. Nothing is told of single access points."""

    hotspot: str
    name: str
    sector: str
    access_points: int
    never_heard: int
    """Of those, how many did not answer once in the span, nor in the time before that it is compared with."""
    availability_share: float | None
    """Share of the access points' time in which they were up, 0–1; None where nobody could tell."""
    opens: str
    """When it is meant to be open, as the inventory has it; empty where that is not known."""
    availability_open_share: float | None
    """The same of the time in which the place is meant to be open; None where that is not known."""
    clients: Count
    """Mean of the hours that are known."""
    known_share: float
    """Share of the span's hours in which the clients are known, 0–1."""
    p95: Count
    """In 95 of 100 hours there were no more, by the means of hours."""
    peak: Count
    """The most at once, by the means of the report's steps."""
    peak_at: datetime | None
    """The beginning of that step; None where the peak is small or not known."""
    saturated_h: float | None
    """Hours whose mean load was at or above the threshold; None where no load is known."""
    in_octets: float | None
    """From clients. Both are counted from the first to the last look in the span, over all radios."""
    out_octets: float | None
    """To clients."""
    began_anew: int
    """How often a counter of octets was reset or swapped: what it counted then is in no total."""
    incidents: tuple[WifiCause, ...]
    month_before: WifiBefore
    year_before: WifiBefore
    busy_hours: tuple[WifiBusyHour, ...]
    """By kind of day, the busiest first."""
    days: tuple[WifiDay, ...]
    """Every day of the span."""
    week: tuple[WifiHour, ...]
    """Every hour of the week that lies in the span."""


class WifiReport(Message):
    """The use of the city's Wi-Fi from one day to another."""

    first: date
    last: date
    """Both included; days of the city's own time."""
    made_at: datetime
    city: str
    time_zone: str
    small_count: int
    """Counts of clients under this, but for 0, are masked; 0: none is."""
    saturated_pct: float
    step_s: float
    """Into steps of this length time is cut for availability and peaks."""
    watched_share: float
    """Share of the span in which the head-end watched, 0–1: availability is of that time."""
    places: tuple[WifiPlace, ...]
    """By name."""

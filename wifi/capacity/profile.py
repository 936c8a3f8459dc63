"""What is usual: the median of such hours of such days, and the busiest hour of each kind of day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from wifi.capacity.days import DayKind
from wifi.capacity.past import HOURS, Past

WEEKS = 8
"""How far back days are compared: long enough that one odd day changes nothing, short enough to follow a season."""
FEWEST_SAME = 3
"""With fewer days of the same weekday, all days of the same kind are compared."""
KNOWN_BEFORE = 2
"""Only days so long before are compared: at 24 hours' distance, yesterday was not over yet."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """A usual day, hour by hour."""

    clients: tuple[float | None, ...]
    """Median; None where no such hour was measured."""
    days: tuple[int, ...]
    """How many days each hour rests on."""


@dataclass(frozen=True, slots=True)
class BusyHour:
    """The hour of a kind of day in which most people are there."""

    days: str
    """A ``DayKind``, or event."""
    hour: int
    clients: float


def profile_of(day: date, past: Past) -> Profile:
    """What is usual on a day, by what was measured on days before; hours of events left aside."""
    same = list(_same_weekday(day, past))
    alike: list[date] | None = None
    clients: list[float | None] = []
    counts: list[int] = []
    for hour in range(HOURS):
        values = _at(same, hour, past)
        if len(values) < FEWEST_SAME:
            alike = list(_same_kind(day, past)) if alike is None else alike
            values = _at(alike, hour, past)
        clients.append(median(values) if values else None)
        counts.append(len(values))
    return Profile(tuple(clients), tuple(counts))


def profile_since(day: date, since: date, past: Past) -> Profile:
    """What is usual on a day of a place that has changed: by days of its kind since then, or else by days like it."""
    since_then = (before for before in _days_before(day, KNOWN_BEFORE) if before >= since)
    days = [before for before in since_then if past.days.are_alike(before, day)]
    same = [before for before in days if past.days.kind(before) is past.days.kind(day)]
    found = [_at(same, hour, past) or _at(days, hour, past) for hour in range(HOURS)]
    return Profile(
        tuple(median(values) if values else None for values in found), tuple(len(values) for values in found)
    )


def busy_hours(today: date, past: Past) -> tuple[BusyHour, ...]:
    """The busiest hour of each kind of day that was measured in the last weeks, and of days with an event."""
    kinds: dict[str, list[date]] = {kind.value: [] for kind in DayKind}
    of_events: list[date] = []
    event_days = {past.days.slot(event.begins)[0] for event in past.days.events}
    for day in _days_before(today, 1):
        if day in past.whole:
            (of_events if day in event_days else kinds[past.days.kind(day)]).append(day)
    found = []
    for name, days in (*kinds.items(), ("event", of_events)):
        means = [
            (median(values), hour)
            for hour in range(HOURS)
            if (values := [value for day in days if (value := past.whole[day][hour]) is not None])
        ]
        if means:
            clients, hour = max(means, key=lambda each: each[0])
            found.append(BusyHour(name, hour, clients))
    return tuple(found)


def _days_before(day: date, since: int) -> Iterator[date]:
    return (day - number * _ONE_DAY for number in range(since, 7 * WEEKS + 1))


def _same_weekday(day: date, past: Past) -> Iterator[date]:
    kind = past.days.kind(day)
    for number in range(1, WEEKS + 1):
        before = day - 7 * number * _ONE_DAY
        if past.days.kind(before) is kind:
            yield before


def _same_kind(day: date, past: Past) -> Iterator[date]:
    kind = past.days.kind(day)
    return (before for before in _days_before(day, KNOWN_BEFORE) if past.days.kind(before) is kind)


def _at(days: list[date], hour: int, past: Past) -> list[float]:
    return [
        value
        for day in days
        if (hours := past.ordinary.get(day)) is not None and (value := hours[hour]) is not None
    ]

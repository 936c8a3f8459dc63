"""How many people will be in a place in the next hours, by what is usual, how the days run, and how today does.

    expected = usual × level of such days × (how the last hours ran against that) ^ damping

The same arithmetic is gone through for every hour of the past, as it would have been then: its errors make the band.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, log

from wifi.capacity.band import Band, Errors
from wifi.capacity.days import HOUR, DayKind, floor
from wifi.capacity.event_shapes import EventShapes
from wifi.capacity.past import HOURS, MOST_OF_A_DAY, Past
from wifi.capacity.profile import Profile, profile_of

AHEAD = 24
"""Hours ahead, at most."""
FEWEST_DAYS = 7
"""Days of history before anything is expected at all …"""
FEWEST_DAYS_OF_BAND = 14
"""… and before a band is told."""
LOOKED_BACK = 5
"""Hours whose course against the usual tells how today runs."""
FADING = 0.6
"""Weight of an hour beside the one after it."""
DAMPING = 0.85
FADED = 0.92
"""By how much of its course today's is believed to go on: ``DAMPING`` in the next hour, less by ``FADED`` each hour."""
ANOTHER_DAY = 0.35
"""What of that is left past the small hours: people come anew each day."""
DAY_BEGINS = timedelta(hours=4)
"""Local hour at which one day's people have gone."""
MOST_COURSE = 4.0
"""Today is believed to run by so many times the usual, at most, and no less than one by it."""
SOFTENING = 0.03
"""Share of a busy hour that is added on both sides of a ratio: two people instead of one are not twice the crowd."""
LEVEL_DAYS = 7
LEVEL_FADING = 0.7
LEVEL_DOUBT = 1.5
"""The level of days: by the last so many of the like, the later the more, and drawn to the usual by this weight."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """One hour ahead."""

    at: datetime
    usual: float | None
    expected: float | None
    low: float | None
    high: float | None
    event: str
    """Name of the event that the hour belongs to."""


@dataclass(slots=True)
class _Hour:
    """One hour of the past or ahead, with all that is known of it beforehand."""

    at: datetime
    day: date
    hour: int
    crowd_day: int
    """Number of the day to which its people belong."""
    usual: float | None
    is_event: bool
    actual: float | None


class Forecast:
    """The forecast of one place from the end of its past on; everything ahead rests on what was before only."""

    def __init__(self, past: Past, now: datetime) -> None:
        """``now``: the hour that it lies in is the first to be forecast; what ``past`` has of it is left aside."""
        self._past, self._days = past, past.days
        self._shapes = EventShapes(past)
        self._profiles: dict[date, Profile] = {}
        self._levels: dict[tuple[date, bool], float] = {}
        self._soft = SOFTENING * past.level
        self.origin = floor(now)
        first = min(past.values, default=self.origin)
        count = max(0, (self.origin - first) // HOUR)
        self._hours = [self._hour(self.origin + number * HOUR) for number in range(-count, AHEAD)]
        self._now = count
        """Number of the first hour ahead."""

    def usual(self, at: datetime) -> float | None:
        """What is usual in the hour from ``at`` on, with its event if there is one."""
        day, hour = self._days.slot(at)
        ordinary = self._profile(day).clients[hour]
        event = self._days.event_around(at)
        return ordinary if event is None else self._shapes.usual(event, at, ordinary)

    def ahead(self, band: Band | None = None) -> tuple[Expected, ...]:
        """The hours from now on."""
        course = self._course(self._now)
        days = self._past.full_days
        found = []
        for distance in range(1, AHEAD + 1):
            hour = self._hours[self._now + distance - 1]
            event = self._days.event_around(hour.at)
            expected = self._expected(self._now, distance, course) if days >= FEWEST_DAYS else None
            bounds = None
            if expected is not None and band is not None and days >= FEWEST_DAYS_OF_BAND:
                bounds = band.around(expected, self.unit(expected), distance, hour.hour)
            low, high = bounds or (None, None)
            found.append(Expected(hour.at, hour.usual, expected, low, high, event.name if event else ""))
        return tuple(found)

    def errors(self) -> Errors:
        """What forecasts of every hour of the past would have been wrong by, each with what was known then."""
        errors = Errors()
        for origin, distance, expected in self.replayed():
            hour = self._hours[origin + distance - 1]
            if hour.actual is not None and expected is not None:
                error = (hour.actual - expected) / (self.unit(expected) or 1.0)
                errors.add(origin + distance - 1, distance, hour.hour, error)
        return errors

    def replayed(self, since: int = 0) -> Iterator[tuple[int, int, float | None]]:
        """For each hour of the past as origin and each distance, what was to be expected; hours are numbers."""
        for origin in range(since, self._now):
            course = self._course(origin)
            for distance in range(1, min(AHEAD, self._now - origin) + 1):
                yield origin, distance, self._expected(origin, distance, course)

    def actual(self, number: int) -> float | None:
        """What was measured in an hour by its number, 0 for the first of the past."""
        return self._hours[number].actual

    def unit(self, expected: float) -> float:
        """In what errors are measured: what was expected, and a little more so that empty hours have one too."""
        return expected + self._soft

    def _hour(self, at: datetime) -> _Hour:
        day, hour = self._days.slot(at)
        crowd_day = ((at.astimezone(self._days.zone)).replace(tzinfo=None) - DAY_BEGINS).toordinal()
        actual = self._past.values.get(at) if at < self.origin else None
        is_event = self._days.event_around(at) is not None
        return _Hour(at, day, hour, crowd_day, self.usual(at), is_event, actual)

    def _profile(self, day: date) -> Profile:
        profile = self._profiles.get(day)
        if profile is None:
            profile = self._profiles[day] = profile_of(day, self._past)
        return profile

    def _expected(self, origin: int, distance: int, course: float) -> float | None:
        hour = self._hours[origin + distance - 1]
        levelled = self._levelled(hour, self._hours[origin].day)
        if levelled is None:
            return None
        damping = DAMPING * FADED ** (distance - 1)
        if hour.crowd_day != self._hours[origin].crowd_day:
            damping *= ANOTHER_DAY
        return float(levelled * course**damping)

    def _levelled(self, hour: _Hour, today: date) -> float | None:
        """What is usual in an hour, at the level that such days have had until the day on which one asks."""
        if hour.usual is None or hour.is_event:
            return hour.usual
        return hour.usual * self._level(hour.day, is_today=hour.day == today)

    def _course(self, origin: int) -> float:
        """How the hours before ran against what was to be expected of them: 1 where they did as usual."""
        actual = usual = self._soft
        weight = 1.0
        today = self._hours[origin].day
        for number in range(origin - 1, max(-1, origin - 1 - LOOKED_BACK), -1):
            hour = self._hours[number]
            expected = self._levelled(hour, today)
            if hour.actual is not None and expected is not None:
                actual += weight * hour.actual
                usual += weight * expected
            weight *= FADING
        return min(max(actual / usual, 1.0 / MOST_COURSE), MOST_COURSE) if usual > 0.0 else 1.0

    def _level(self, day: date, *, is_today: bool) -> float:
        """How the last days of the like ran against what was usual on them; yesterday is known by today only."""
        key = day, is_today
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = self._reckon_level(day, 1 if is_today else 2)
        return level

    def _reckon_level(self, day: date, since: int) -> float:
        is_workday = self._days.kind(day) is DayKind.WORKDAY
        total, weights, weight = 0.0, LEVEL_DOUBT, 1.0
        for number in range(since, since + 2 * LEVEL_DAYS):
            before = day - number * _ONE_DAY
            if (self._days.kind(before) is DayKind.WORKDAY) is not is_workday:
                continue
            ran = self._day_course(before)
            if ran is not None:
                total += weight * ran
                weights += weight
            weight *= LEVEL_FADING
        return exp(total / weights)

    def _day_course(self, day: date) -> float | None:
        """How a day ran against what was usual on it, as a logarithm; None where too little is known."""
        hours = self._past.ordinary.get(day)
        if hours is None:
            return None
        both = [
            (actual, usual)
            for actual, usual in zip(hours, self._profile(day).clients, strict=True)
            if actual is not None and usual is not None
        ]
        if len(both) < MOST_OF_A_DAY:
            return None
        soft = HOURS * self._soft
        actual, usual = soft + sum(each[0] for each in both), soft + sum(each[1] for each in both)
        if usual <= 0.0 or actual <= 0.0:
            return None
        return min(max(log(actual / usual), -log(MOST_COURSE)), log(MOST_COURSE))

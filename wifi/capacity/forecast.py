"""How many people will be in a place in the next hours, by what is usual, how the days run, and how today does.

    expected = usual × level of such days × (how the last hours ran against that) ^ damping

The same arithmetic is gone through for every hour of the past, as it would have been then: its errors make the band.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wifi.capacity.band import Band, Errors
from wifi.capacity.days import HOUR, floor
from wifi.capacity.event_shapes import EventShapes
from wifi.capacity.past import Past
from wifi.capacity.usual import MOST_COURSE, SOFTENING, Usual

AHEAD = 24
"""Hours ahead, at most."""
FEWEST_DAYS = 7
"""Days of history before anything is expected at all …"""
FEWEST_DAYS_OF_BAND = 14
"""… and before a band is told."""
MOST_OF_ALL = 1.5
"""No band reaches higher than so many times the most that was ever measured, but for what is expected itself."""
LOOKED_BACK = 5
"""Hours whose course against the usual tells how today runs."""
FADING = 0.6
"""Weight of an hour beside the one after it."""
BACK_FADING = 0.9
"""The same where a place that had changed is looked at: over a day."""
DAMPING = 0.85
FADED = 0.92
"""By how much of its course today's is believed to go on: ``DAMPING`` in the next hour, less by ``FADED`` each hour."""
ANOTHER_DAY = 0.35
"""What of that is left past the small hours: people come anew each day."""
DAY_BEGINS = timedelta(hours=4)
"""Local hour at which one day's people have gone."""


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
    former: float | None
    """What was usual before the place changed; None where it has not."""
    is_event: bool
    actual: float | None


@dataclass(frozen=True, slots=True)
class _Now:
    """How things stand at an origin."""

    number: int
    """Of its hour: the first that is forecast."""
    day: date
    crowd_day: int
    is_back: bool
    """Whether a place that had changed is as it was before."""
    course: float
    """How the last hours ran against what was to be expected of them: 1 where they did as usual."""


class Forecast:
    """The forecast of one place from the end of its past on; everything ahead rests on what was before only."""

    def __init__(self, past: Past, now: datetime) -> None:
        """``now``: the hour that it lies in is the first to be forecast; what ``past`` has of it is left aside."""
        self._past, self._days = past, past.days
        self._shapes = EventShapes(past)
        self._usual = Usual(past)
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
        ordinary = self._usual.profile(day).clients[hour]
        event = self._days.event_around(at)
        return ordinary if event is None else self._shapes.usual(event, at, ordinary)

    def ahead(self, band: Band | None = None) -> tuple[Expected, ...]:
        """The hours from now on."""
        now = self._stand(self._now)
        days = self._past.full_days
        found = []
        for distance in range(1, AHEAD + 1):
            hour = self._hours[self._now + distance - 1]
            event = self._days.event_around(hour.at)
            expected = self._expected(now, distance) if days >= FEWEST_DAYS else None
            low = high = None
            if expected is not None and band is not None and days >= FEWEST_DAYS_OF_BAND:
                bounds = band.around(expected, self.unit(expected), distance, hour.hour)
                if bounds is not None:
                    low, high = bounds[0], max(expected, min(bounds[1], MOST_OF_ALL * self._past.most))
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
            now = self._stand(origin)
            for distance in range(1, min(AHEAD, self._now - origin) + 1):
                yield origin, distance, self._expected(now, distance)

    def unit(self, expected: float) -> float:
        """In what errors are measured: what was expected, and a little more so that empty hours have one too."""
        return expected + self._soft

    def _hour(self, at: datetime) -> _Hour:
        day, hour = self._days.slot(at)
        crowd_day = ((at.astimezone(self._days.zone)).replace(tzinfo=None) - DAY_BEGINS).toordinal()
        actual = self._past.values.get(at) if at < self.origin else None
        is_event = self._days.event_around(at) is not None
        former = None if is_event else self._usual.former(day)
        before = None if former is None else former.clients[hour]
        return _Hour(at, day, hour, crowd_day, self.usual(at), before, is_event, actual)

    def _expected(self, now: _Now, distance: int) -> float | None:
        hour = self._hours[now.number + distance - 1]
        levelled = self._levelled(hour, now.day, is_back=now.is_back)
        if levelled is None:
            return None
        damping = DAMPING * FADED ** (distance - 1)
        if hour.crowd_day != now.crowd_day:
            damping *= ANOTHER_DAY
        return float(levelled * now.course**damping)

    def _levelled(self, hour: _Hour, today: date, *, is_back: bool) -> float | None:
        """What is usual in an hour, at the level that such days have had until the day on which one asks."""
        if is_back and hour.former is not None:
            return hour.former
        if hour.usual is None or hour.is_event:
            return hour.usual
        return hour.usual * self._usual.level(hour.day, is_today=hour.day == today)

    def _stand(self, origin: int) -> _Now:
        hour = self._hours[origin]
        is_back = self._is_back(origin)
        return _Now(origin, hour.day, hour.crowd_day, is_back, self._course(origin, is_back=is_back))

    def _is_back(self, origin: int) -> bool:
        """Whether the last day of a place that had changed was more as it was before the change than as since."""
        back = changed = 0.0
        weight = 1.0
        for number in range(origin - 1, max(-1, origin - 1 - AHEAD), -1):
            hour = self._hours[number]
            if hour.actual is not None and hour.usual is not None and hour.former is not None:
                changed += weight * abs(hour.actual - hour.usual)
                back += weight * (abs(hour.actual - hour.former) + self._soft)
            weight *= BACK_FADING
        return back < changed

    def _course(self, origin: int, *, is_back: bool) -> float:
        actual = usual = self._soft
        weight = 1.0
        today = self._hours[origin].day
        for number in range(origin - 1, max(-1, origin - 1 - LOOKED_BACK), -1):
            hour = self._hours[number]
            expected = self._levelled(hour, today, is_back=is_back)
            if hour.actual is not None and expected is not None:
                actual += weight * hour.actual
                usual += weight * expected
            weight *= FADING
        return min(max(actual / usual, 1.0 / MOST_COURSE), MOST_COURSE) if usual > 0.0 else 1.0

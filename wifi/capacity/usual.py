"""What is usual on a day of a place, and how the last days have run against it; of a changed place, since it did."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import exp, log

from wifi.capacity.past import HOURS, MOST_OF_A_DAY, Past
from wifi.capacity.profile import KNOWN_BEFORE, WEEKS, Profile, profile_of, profile_since

SOFTENING = 0.03
"""Share of a busy hour that is added on both sides of a ratio: two people instead of one are not twice the crowd."""
MOST_COURSE = 4.0
"""A day is believed to run by so many times the usual, at most, and no less than one by it."""
LEVEL_DAYS = 7
LEVEL_FADING = 0.7
LEVEL_DOUBT = 1.5
"""The level of days: by the last so many of the like, the later the more, and drawn to the usual by this weight."""
UNLIKE = 2.0
"""A day is unlike the usual from so many times as many people on, or as few …"""
CHANGED_DAYS = 3
"""… and so many of them one after the other mean that the place has changed: it has opened, or lectures are over."""
_ONE_DAY = timedelta(days=1)


class Usual:
    """The usual days of one place; each looks at days before it only."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._soft = HOURS * SOFTENING * past.level
        self._plain: dict[date, Profile] = {}
        self._profiles: dict[date, Profile] = {}
        self._courses: dict[date, float | None] = {}
        self._changes: dict[date, date | None] = {}
        self._levels: dict[tuple[date, bool], float] = {}

    def profile(self, day: date) -> Profile:
        """What is usual on a day."""
        profile = self._profiles.get(day)
        if profile is None:
            since = self.changed(day)
            profile = self._plain_profile(day) if since is None else profile_since(day, since, self._past)
            self._profiles[day] = profile
        return profile

    def former(self, day: date) -> Profile | None:
        """What was usual before the place changed; None where it has not."""
        return None if self.changed(day) is None else self._plain_profile(day)

    def level(self, day: date, *, is_today: bool) -> float:
        """How the last days of the like ran against the usual; yesterday is known by today only."""
        key = day, is_today
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = self._reckon_level(day, 1 if is_today else KNOWN_BEFORE)
        return level

    def changed(self, day: date) -> date | None:
        """Since when days have been unlike what was usual before, as far as it is known on the eve of a day."""
        if day not in self._changes:
            unlike = self._unlike(self._before(day))
            if len(unlike) < CHANGED_DAYS or not any(self._past.days.are_alike(each, day) for each in unlike):
                unlike = self._unlike(
                    each for each in self._before(day) if self._past.days.are_alike(each, day)
                )
            self._changes[day] = unlike[-1] if len(unlike) >= CHANGED_DAYS else None
        return self._changes[day]

    def _before(self, day: date) -> Iterator[date]:
        return (day - number * _ONE_DAY for number in range(KNOWN_BEFORE, 7 * WEEKS + 1))

    def _unlike(self, days: Iterator[date]) -> list[date]:
        """The first of some days that were all unlike the usual, and in the same way; unknown ones are passed over."""
        found: list[date] = []
        first = 0.0
        for day in days:
            course = self._course(day)
            if course is None:
                continue
            if abs(course) < log(UNLIKE) or course * first < 0.0:
                break
            first = first or course
            found.append(day)
        return found

    def _reckon_level(self, day: date, since: int) -> float:
        if self.changed(day) is not None:
            return 1.0
        total, weights, weight = 0.0, LEVEL_DOUBT, 1.0
        for number in range(since, since + 2 * LEVEL_DAYS):
            before = day - number * _ONE_DAY
            if not self._past.days.are_alike(before, day):
                continue
            course = self._course(before)
            if course is not None:
                total += weight * min(max(course, -log(MOST_COURSE)), log(MOST_COURSE))
                weights += weight
            weight *= LEVEL_FADING
        return exp(total / weights)

    def _course(self, day: date) -> float | None:
        """How a day ran against the last weeks, as a logarithm; None where too little is known."""
        if day not in self._courses:
            self._courses[day] = self._reckon_course(day)
        return self._courses[day]

    def _reckon_course(self, day: date) -> float | None:
        hours = self._past.ordinary.get(day)
        if hours is None:
            return None
        both = [
            (actual, usual)
            for actual, usual in zip(hours, self._plain_profile(day).clients, strict=True)
            if actual is not None and usual is not None
        ]
        if len(both) < MOST_OF_A_DAY:
            return None
        actual = self._soft + sum(each[0] for each in both)
        usual = self._soft + sum(each[1] for each in both)
        return log(actual / usual) if usual > 0.0 and actual > 0.0 else None

    def _plain_profile(self, day: date) -> Profile:
        """By the last weeks, whatever has changed."""
        profile = self._plain.get(day)
        if profile is None:
            profile = self._plain[day] = profile_of(day, self._past)
        return profile

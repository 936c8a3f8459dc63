"""What street controllers compute by themselves: their local time, sunset and sunrise.

Written from the Solar Calculator of NOAA's Global Monitoring Laboratory (its spreadsheet's equations, after
Meeus, *Astronomical Algorithms*), on purpose without any library, so that no error elsewhere can hide here.
Instants are seconds since 1970 UTC; days are whole days since then.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import acos, asin, cos, degrees, radians, sin, tan
from typing import Literal

DAY_S = 86_400
HOUR_S = 3_600
NOON_S = 43_200
MINUTES_A_DAY = 1_440
ZENITH_DEG = 90.833
"""Centre of the disc at sunset: half a diameter (16′) and refraction (34′) below the horizon."""
CIVIL_ZENITH_DEG = 96.0
"""The same at civil dusk and dawn."""
J2000_DAY = 10_957.5
"""Days since 1970 of 2000-01-01 12:00 UTC, from which the equations count."""
DAYS_A_CENTURY = 36_525.0
EVENT_ROUNDS = 3
"""The sun moves while the day goes on: solved again for the instant found, it is good to a second."""
EPOCH = date(1970, 1, 1).toordinal()

SunEvent = Literal["sunset", "sunrise", "dusk", "dawn"]
MORNINGS = frozenset({"sunrise", "dawn"})
CIVIL = frozenset({"dusk", "dawn"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where and in which time zone a controller believes it is."""

    latitude: float
    longitude: float
    offset_min: int
    """Standard time's offset from UTC, minutes."""
    summer_time: bool
    """Whether the European Union's summer time applies."""

    def night(self, instant: float) -> int:
        """The local day on whose noon the night of an instant began."""
        return int((instant + self.offset_s(instant) - NOON_S) // DAY_S)

    def offset_s(self, instant: float) -> int:
        """Offset of local time from UTC at an instant, seconds."""
        summer = self.summer_time and _is_summer(instant)
        return self.offset_min * 60 + (HOUR_S if summer else 0)

    def instant(self, day: int, second: int) -> float:
        """When a wall clock shows a time: the first time of two in autumn, in spring the end of the gap."""
        local = day * DAY_S + second
        for offset_s in (self.offset_min * 60 + HOUR_S, self.offset_min * 60):
            if self.offset_s(local - offset_s) == offset_s:
                return local - offset_s
        return _changes(_year(day))[0]

    def sun(self, event: SunEvent, day: int) -> float | None:
        """An event of a local day; None where the sun does not cross the horizon, or not so far below it, that day."""
        return _sun(event, day, self.latitude, self.longitude)

    def is_dark_all_day(self, day: int) -> bool:
        """Whether the sun stays below the horizon on a day without sunset (polar night)."""
        moment = day + 0.5 - self.longitude / 360
        _, cosine = _noon_and_hour_angle(moment, self.latitude, self.longitude, ZENITH_DEG)
        return cosine > 1


def _year(day: int) -> int:
    return date.fromordinal(day + EPOCH).year


@lru_cache(maxsize=64)
def _changes(year: int) -> tuple[int, int]:
    """Begin and end of the European Union's summer time: the last Sundays of March and October, 01:00 UTC."""
    begin, end = (_last_sunday(date(year, month, 31)) for month in (3, 10))
    return begin * DAY_S + HOUR_S, end * DAY_S + HOUR_S


def _last_sunday(last: date) -> int:
    return last.toordinal() - last.isoweekday() % 7 - EPOCH


def _is_summer(instant: float) -> bool:
    begin, end = _changes(_year(int(instant // DAY_S)))
    return begin <= instant < end


@lru_cache(maxsize=8192)
def _sun(event: SunEvent, day: int, latitude: float, longitude: float) -> float | None:
    sign = -1 if event in MORNINGS else 1
    zenith = CIVIL_ZENITH_DEG if event in CIVIL else ZENITH_DEG
    moment = day + 0.5 - longitude / 360
    for _ in range(EVENT_ROUNDS):
        noon_min, cosine = _noon_and_hour_angle(moment, latitude, longitude, zenith)
        if abs(cosine) > 1:
            return None
        moment = day + (noon_min + sign * 4 * degrees(acos(cosine))) / MINUTES_A_DAY
    return moment * DAY_S


def _noon_and_hour_angle(
    moment: float, latitude: float, longitude: float, zenith_deg: float
) -> tuple[float, float]:
    """Solar noon (minutes after 00:00 UTC) and the cosine of the hour angle at which the sun is at a zenith."""
    century = (moment - J2000_DAY) / DAYS_A_CENTURY
    mean_longitude = radians((280.46646 + century * (36_000.76983 + century * 0.0003032)) % 360)
    anomaly = radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = (
        sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * century)
    apparent = mean_longitude + radians(centre - 0.00569 - 0.00478 * sin(node))
    seconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
    obliquity = radians(23 + (26 + seconds / 60) / 60 + 0.00256 * cos(node))
    declination = asin(sin(obliquity) * sin(apparent))
    y = tan(obliquity / 2) ** 2
    equation_min = 4 * degrees(
        y * sin(2 * mean_longitude)
        - 2 * eccentricity * sin(anomaly)
        + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean_longitude)
        - 0.5 * y * y * sin(4 * mean_longitude)
        - 1.25 * eccentricity * eccentricity * sin(2 * anomaly)
    )
    phi = radians(latitude)
    cosine = cos(radians(zenith_deg)) / (cos(phi) * cos(declination)) - tan(phi) * tan(declination)
    return MINUTES_A_DAY / 2 - 4 * longitude - equation_min, cosine

"""How full a public place is, hour by hour in its local time: the rhythm that Wi-Fi clients follow.

Invented figures with the shape of real places; 1.0 is a full house, as the place was equipped for. A rhythm is the
curve of the kind of day, times how good a day it is, how the hour goes and how much the place has grown, plus what
gathers there. Every part of it is drawn from the seed for its own day or hour: any instant can be asked for, in any
order.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import exp, log1p

from fake_devices.almanac import is_lecture_day, is_like_sunday
from fake_devices.draws import chance, deviate
from fake_devices.gatherings import (
    AFTER,
    ICE_HOCKEY_MONTHS,
    PARIS,
    Gathering,
    gatherings,
    is_match_night,
)

__all__ = ["MOST", "PARIS", "fullness", "is_match_night", "usual_fullness"]

Curve = tuple[tuple[float, float], ...]
"""(hour of the local day, share of a full house), from 0 to 24, joined by straight lines."""

SATURDAY, SUNDAY = 5, 6
TUESDAY = 1
"""Museums are closed."""
CAMPING_MONTHS = frozenset({4, 5, 6, 7, 8, 9, 10})

MOST = 1.35
"""No place gets fuller than this, in full houses: people turn back at the door."""
LEVEL_STRAY = 0.13
"""By how much days differ from each other, as a share (standard deviation)."""
LEVEL_LASTS = (0.8, 0.6)
"""How much of it is the day's own, and how much that of the day before: the squares add up to 1."""
WEATHER_STRAY = 0.1
"""What the weather adds to that in the open, in all places alike."""
HOUR_STRAY = 0.06
"""The same for hours."""
HOUR_S = 3_600
DAWN_H = 3.0
"""Until this hour one day becomes the next."""
GROWTH_A_MONTH = (0.01, 0.02)
"""Between these a place grows, as a share a month."""
GROWN_BY = date(2027, 1, 1)
"""Then a full house is one."""
MONTH_D = 30.44
SMALLEST_GROWN, LARGEST_GROWN = 0.6, 1.25
IN_THE_OPEN = frozenset({"centre-ville", "camping", "plaine-des-sports"})

_SKATING: Curve = ((0, 0.02), (9, 0.03), (14, 0.25), (17, 0.35), (20, 0.25), (22, 0.06), (24, 0.02))
_RINK_CLOSED: Curve = ((0, 0.01), (9, 0.01), (12, 0.05), (18, 0.05), (20, 0.01), (24, 0.01))
_LECTURES: Curve = (
    (0, 0.02),
    (7, 0.03),
    (8.5, 0.8),
    (11.5, 1),
    (12.5, 0.55),
    (14, 0.9),
    (18.5, 0.2),
    (24, 0.02),
)
_CAMPUS_QUIET: Curve = ((0, 0.02), (8, 0.03), (10, 0.14), (17, 0.12), (19, 0.03), (24, 0.02))
_TOWN_WEEKDAY: Curve = (
    (0, 0.1),
    (2, 0.03),
    (7, 0.1),
    (12, 0.5),
    (14, 0.4),
    (18, 0.65),
    (21, 0.5),
    (23, 0.25),
    (24, 0.1),
)
_TOWN_SATURDAY: Curve = (
    (0, 0.1),
    (2, 0.05),
    (8, 0.12),
    (11, 0.7),
    (15, 1.0),
    (18, 0.9),
    (21, 0.75),
    (23, 0.5),
    (24, 0.3),
)
_TOWN_SUNDAY: Curve = ((0, 0.3), (3, 0.05), (8, 0.05), (12, 0.3), (16, 0.4), (20, 0.3), (24, 0.1))
_CAMPING_SUMMER: Curve = (
    (0, 0.6),
    (2, 0.25),
    (7, 0.25),
    (9, 0.5),
    (12, 0.25),
    (17, 0.4),
    (20, 0.85),
    (22.5, 1.0),
    (24, 0.6),
)
_CAMPING_WINTER: Curve = ((0, 0.02), (12, 0.03), (24, 0.02))
_TRAINING: Curve = ((0, 0.01), (9, 0.04), (15, 0.1), (17.5, 0.35), (19.5, 0.45), (22, 0.05), (24, 0.01))
_TOURNAMENT: Curve = (
    (0, 0.01),
    (8, 0.05),
    (10, 0.65),
    (12.5, 0.7),
    (15.5, 1.0),
    (18, 0.4),
    (21, 0.05),
    (24, 0.01),
)
_COMMUTING: Curve = (
    (0, 0.12),
    (1.5, 0.03),
    (4.5, 0.05),
    (7.5, 0.95),
    (9.5, 0.45),
    (12.5, 0.55),
    (15, 0.45),
    (17.5, 1.0),
    (19.5, 0.5),
    (22, 0.22),
    (24, 0.12),
)
_TRAVELLING: Curve = (
    (0, 0.12),
    (2, 0.03),
    (6, 0.08),
    (10, 0.4),
    (14, 0.4),
    (18.5, 0.7),
    (21, 0.4),
    (24, 0.12),
)
_EXHIBITION: Curve = (
    (0, 0.01),
    (9.5, 0.02),
    (11, 0.45),
    (13, 0.4),
    (15.5, 0.8),
    (18, 0.25),
    (19, 0.01),
    (24, 0.01),
)
_CLOSED: Curve = ((0, 0.01), (9, 0.02), (14, 0.04), (18, 0.02), (24, 0.01))
_OPENING_HOURS: Curve = ((0, 0.01), (9, 0.03), (11, 0.4), (15, 0.6), (18, 0.2), (20, 0.01), (24, 0.01))


def _ice_rink(day: date) -> Curve:
    return _SKATING if day.month in ICE_HOCKEY_MONTHS else _RINK_CLOSED


def _campus(day: date) -> Curve:
    return _LECTURES if is_lecture_day(day) else _CAMPUS_QUIET


def _town_centre(day: date) -> Curve:
    if is_like_sunday(day):
        return _TOWN_SUNDAY
    return _TOWN_SATURDAY if day.weekday() == SATURDAY else _TOWN_WEEKDAY


def _camping(day: date) -> Curve:
    return _CAMPING_SUMMER if day.month in CAMPING_MONTHS else _CAMPING_WINTER


def _sports_ground(day: date) -> Curve:
    return _TOURNAMENT if day.weekday() == SATURDAY or is_like_sunday(day) else _TRAINING


def _station(day: date) -> Curve:
    return _TRAVELLING if day.weekday() == SATURDAY or is_like_sunday(day) else _COMMUTING


def _museum(day: date) -> Curve:
    return _CLOSED if day.weekday() == TUESDAY else _EXHIBITION


def _public_building(day: date) -> Curve:
    return _CLOSED if is_like_sunday(day) else _OPENING_HOURS


_PLACES: Mapping[str, Callable[[date], Curve]] = {
    "patinoire": _ice_rink,
    "uha": _campus,
    "centre-ville": _town_centre,
    "camping": _camping,
    "plaine-des-sports": _sports_ground,
    "gare": _station,
    "musees": _museum,
}
"""By hotspot id; any other place keeps the opening hours of a public building."""


@dataclass(frozen=True, slots=True)
class _Day:
    """One day of one place."""

    curve: Curve
    level: float
    """By what the curve is multiplied: how good a day it is, and how much the place has grown."""
    gathers: tuple[Gathering, ...]


@lru_cache(maxsize=20_000)
def _day(hotspot: str, day: date, seed: int) -> _Day:
    stray = LEVEL_STRAY * sum(
        weight * deviate(seed, "level", hotspot, day - timedelta(days=ago))
        for ago, weight in enumerate(LEVEL_LASTS)
    )
    if hotspot in IN_THE_OPEN:
        stray += WEATHER_STRAY * deviate(seed, "weather", day)
    level = exp(stray) * _grown(hotspot, day, seed)
    return _Day(_PLACES.get(hotspot, _public_building)(day), level, gatherings(hotspot, day, seed))


def _grown(hotspot: str, day: date, seed: int) -> float:
    slow, fast = GROWTH_A_MONTH
    a_month = slow + (fast - slow) * chance(seed, "growth", hotspot)
    grown = exp(log1p(a_month) * (day - GROWN_BY).days / MONTH_D)
    return min(max(grown, SMALLEST_GROWN), LARGEST_GROWN)


@lru_cache(maxsize=200_000)
def _hour_stray(hotspot: str, hour: int, seed: int) -> float:
    return HOUR_STRAY * deviate(seed, "hour", hotspot, hour)


def fullness(hotspot: str, at: datetime, seed: int) -> float:
    """How full a place is at an instant: 0 empty, 1 a full house, at most ``MOST``."""
    local = at.astimezone(PARIS)
    hour = _hour_of(local)
    today = _day(hotspot, local.date(), seed)
    usual, gathers = _at(today.curve, hour) * today.level, today.gathers
    if hour < DAWN_H:
        yesterday = _day(hotspot, local.date() - timedelta(days=1), seed)
        left = 1 - hour / DAWN_H
        usual += left * (yesterday.curve[-1][1] * yesterday.level - usual)
        gathers = (*yesterday.gathers, *gathers)
    number, into_s = divmod(at.timestamp(), HOUR_S)
    before, after = (_hour_stray(hotspot, int(number) + later, seed) for later in (0, 1))
    usual *= 1 + before + (after - before) * into_s / HOUR_S
    for each in gathers:
        if at < each.ends + AFTER:
            usual = max(usual, each.share(at)) if each.announced else usual + each.share(at)
    return min(max(usual, 0.0), MOST)


def usual_fullness(hotspot: str, at: datetime) -> float:
    """The bare curve of that kind of day, without chance, growth or anything that gathers."""
    local = at.astimezone(PARIS)
    return _at(_PLACES.get(hotspot, _public_building)(local.date()), _hour_of(local))


def _hour_of(local: datetime) -> float:
    return local.hour + local.minute / 60 + local.second / 3600


def _at(curve: Curve, hour: float) -> float:
    after = bisect_right(curve, hour, key=lambda point: point[0])
    (hour_0, level_0), (hour_1, level_1) = curve[after - 1], curve[after]
    return level_0 + (level_1 - level_0) * (hour - hour_0) / (hour_1 - hour_0)

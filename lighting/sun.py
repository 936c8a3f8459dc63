"""When the sun rises and sets over a site, and when it is down.

The sun's declination and the equation of time are NOAA's, as astral computes them. Its search for sunrise and sunset
is not used: it counts by UTC days, gives some days the neighbour's event, finds none beyond ±89.8°, and close to the
poles it misses some crossings of the horizon. Here every half turn of the sky, from the sun's lowest to its highest and
back, either crosses an elevation once or not at all: rising and setting alternate by construction.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import cos, pi, radians, sin
from typing import Literal

from astral.julian import julianday, julianday_to_juliancentury
from astral.sun import eq_of_time, sun_declination

from city.places import Position, Site

ZENITH_DEG = 90.833
"""Where the sun's upper limb touches a sea-level horizon: 34' of refraction, 16' of radius (NREL SPA)."""

HORIZON_DEG = 90 - ZENITH_DEG
"""The same as the elevation of the sun's centre, without refraction."""

CIVIL_DEG = -6.0
"""Elevation of the sun's centre at civil dusk and dawn, without refraction (zenith 96°)."""

ONE_DAY = timedelta(days=1)
DAY_S = 86_400
NOON_S = DAY_S // 2
SECONDS_PER_DEGREE = DAY_S / 360
"""How long the sky takes to turn by one degree of longitude."""

DAYS_KEPT = 16_384
"""How many days' sun is remembered: more than forty years of them."""

EPOCH = datetime(1, 1, 1, tzinfo=UTC)
"""Where seconds are counted from in this file."""

Always = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Sun:
    """Sunrise and sunset of one local day, UTC; near the poles either or both may be missing."""

    sunrise: datetime | None
    sunset: datetime | None
    always: Always | None
    """Set when it neither rises nor sets: whether it stays up or down."""


@dataclass(frozen=True, slots=True)
class DarkSpan:
    """A time during which the sun is down, UTC."""

    sunset: datetime | None
    """None: it has been down for more than a day."""
    sunrise: datetime | None
    """None: it stays down for more than a day."""


def sun_on(day: date, site: Site) -> Sun:
    """Sunrise and sunset of a local calendar day; never raises, wherever the site is."""
    start = datetime.combine(day, time(), site.zone).astimezone(UTC)
    end = datetime.combine(day + ONE_DAY, time(), site.zone).astimezone(UTC)
    crossings = _crossings(site.position, start, end, HORIZON_DEG)
    sunrise = next((at for at, rises in crossings if rises), None)
    sunset = next((at for at, rises in crossings if not rises), None)
    always: Always | None = None
    if not crossings:
        always = "up" if is_up(site.position, start + (end - start) / 2) else "down"
    return Sun(sunrise, sunset, always)


def dark_spans(
    start: datetime, end: datetime, site: Site, horizon_deg: float = HORIZON_DEG
) -> tuple[DarkSpan, ...]:
    """Every time with the sun below an elevation from a day before ``start`` to a day after ``end``, in order."""
    start, end = start - ONE_DAY, end + ONE_DAY
    events = _crossings(site.position, start, end, horizon_deg)
    if not events:
        up = is_up(site.position, start + (end - start) / 2, horizon_deg)
        return () if up else (DarkSpan(None, None),)
    spans = []
    dark, since = events[0][1], None
    for at, rises in events:
        if not rises and not dark:
            dark, since = True, at
        elif dark and rises:
            spans.append(DarkSpan(since, at))
            dark = False
    return (*spans, DarkSpan(since, None)) if dark else tuple(spans)


def is_up(position: Position, instant: datetime, horizon_deg: float = HORIZON_DEG) -> bool:
    """Whether the sun is above the horizon, or above another elevation."""
    at = (instant - EPOCH).total_seconds()
    declination, equation_s = _sky(at)
    hour_angle = radians((at - NOON_S + equation_s) / SECONDS_PER_DEGREE + position.longitude)
    return _height(position, declination, hour_angle) > sin(radians(horizon_deg))


def _crossings(
    position: Position, start: datetime, end: datetime, horizon_deg: float
) -> list[tuple[datetime, bool]]:
    """Every instant from ``start`` until before ``end`` at which the sun crosses an elevation, and whether it rises."""
    # A turn belongs to the UTC day of its noon at Greenwich's clock, which is nobody's local day: its neighbours, too.
    first, last = (start - ONE_DAY).toordinal(), (end + ONE_DAY).toordinal()
    found = (each for day in range(first, last + 1) for each in _turn(position, day, horizon_deg))
    return [(at, rises) for at, rises in found if start <= at < end]


@lru_cache(maxsize=DAYS_KEPT)
def _turn(position: Position, day: int, horizon_deg: float) -> tuple[tuple[datetime, bool], ...]:
    """The crossings of one turn of the sky, from one lowest sun to the next, in order: when, and whether it rises."""
    noon_s = (day - 1) * DAY_S + NOON_S
    lowest, highest, next_lowest = (
        _transit_s(position, at) for at in (noon_s - NOON_S, noon_s, noon_s + NOON_S)
    )
    found = (
        _crossing(position, lowest, highest, -pi, horizon_deg),
        _crossing(position, highest, next_lowest, 0.0, horizon_deg),
    )
    return tuple(crossing for crossing in found if crossing is not None)


def _crossing(
    position: Position, begin: int, end: int, turned: float, horizon_deg: float
) -> tuple[datetime, bool] | None:
    """The second at which the sun crosses an elevation in a half turn of the sky, and whether it rises; None: never.

    ``turned`` is the hour angle at ``begin``, a transit; ``end`` is the next one.
    """
    declination, length = _sky(begin)[0], end - begin
    drift = _sky(end)[0] - declination
    horizon = sin(radians(horizon_deg))

    def above(second: int) -> bool:
        share = second / length
        return _height(position, declination + share * drift, turned + share * pi) > horizon

    rises = above(length)
    if above(0) == rises:
        return None
    second = bisect_left(range(length), x=True, key=lambda second: above(second) == rises)
    return EPOCH + timedelta(seconds=begin + second), rises


def _transit_s(position: Position, at: int) -> int:
    """When the sun passes the meridian, on either side of the earth, next to a Greenwich noon or midnight."""
    local = at - position.longitude * SECONDS_PER_DEGREE
    return round(local - _sky(local)[1])


def _height(position: Position, declination: float, hour_angle: float) -> float:
    """Sine of the elevation of the sun's centre, without refraction; angles in radians."""
    latitude = radians(position.latitude)
    return sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour_angle)


def _sky(at: float) -> tuple[float, float]:
    """Declination (radians) and equation of time (s), linear between midnights: right to half a second of time."""
    day, second = divmod(at, DAY_S)
    before, after = _midnight(int(day)), _midnight(int(day) + 1)
    share = second / DAY_S
    return before[0] + share * (after[0] - before[0]), before[1] + share * (after[1] - before[1])


@lru_cache(maxsize=DAYS_KEPT)
def _midnight(day: int) -> tuple[float, float]:
    """Declination (radians) and equation of time (s) at a midnight of Greenwich; the first of January 1 is day 0."""
    century = julianday_to_juliancentury(julianday(date.fromordinal(day + 1)))
    return radians(sun_declination(century)), eq_of_time(century) * 60.0

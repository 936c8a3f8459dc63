"""When the sun rises and sets over a site, and when it is down."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from astral import Observer, SunDirection
from astral.sun import elevation, time_at_elevation

from city.places import Position, Site

ZENITH_DEG = 90.833
"""Where the sun's upper limb touches a sea-level horizon: 34' of refraction, 16' of radius (NREL SPA)."""

HORIZON_DEG = 90 - ZENITH_DEG
"""The same as the elevation of the sun's centre, without refraction."""

CIVIL_DEG = -6.0
"""Elevation of the sun's centre at civil dusk and dawn, without refraction (zenith 96°)."""

ONE_DAY = timedelta(days=1)

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
    sunrises = _crossings(site.position, start, end, SunDirection.RISING)
    sunsets = _crossings(site.position, start, end, SunDirection.SETTING)
    always: Always | None = None
    if not sunrises and not sunsets:
        always = "up" if is_up(site.position, start + (end - start) / 2) else "down"
    return Sun(sunrises[0] if sunrises else None, sunsets[0] if sunsets else None, always)


def dark_spans(
    start: datetime, end: datetime, site: Site, horizon_deg: float = HORIZON_DEG
) -> tuple[DarkSpan, ...]:
    """Every time with the sun below an elevation from a day before ``start`` to a day after ``end``, in order."""
    start, end = start - ONE_DAY, end + ONE_DAY
    sunsets = _crossings(site.position, start, end, SunDirection.SETTING, horizon_deg)
    sunrises = _crossings(site.position, start, end, SunDirection.RISING, horizon_deg)
    events = sorted([(at, True) for at in sunsets] + [(at, False) for at in sunrises])
    if not events:
        up = is_up(site.position, start + (end - start) / 2, horizon_deg)
        return () if up else (DarkSpan(None, None),)
    spans = []
    dark, since = not events[0][1], None
    for at, sets in events:
        if sets and not dark:
            dark, since = True, at
        elif dark and not sets:
            spans.append(DarkSpan(since, at))
            dark = False
    return (*spans, DarkSpan(since, None)) if dark else tuple(spans)


def is_up(position: Position, instant: datetime, horizon_deg: float = HORIZON_DEG) -> bool:
    """Whether the sun is above the horizon, or above another elevation."""
    return elevation(_observer(position), instant, with_refraction=False) > horizon_deg


def _crossings(
    position: Position,
    start: datetime,
    end: datetime,
    direction: SunDirection,
    horizon_deg: float = HORIZON_DEG,
) -> list[datetime]:
    """Every instant from ``start`` until before ``end`` at which the sun crosses the horizon that way."""
    # The library counts by UTC days, which are nobody's local days: the neighbours have their say too.
    first, last = start.date() - ONE_DAY, end.date() + ONE_DAY
    days = (first + ONE_DAY * number for number in range((last - first).days + 1))
    candidates = {_crossing(position, day, direction, horizon_deg) for day in days}
    return sorted(at for at in candidates if at is not None and start <= at < end)


@lru_cache(maxsize=4096)
def _crossing(position: Position, day: date, direction: SunDirection, horizon_deg: float) -> datetime | None:
    try:
        return time_at_elevation(_observer(position), horizon_deg, day, direction, with_refraction=False)
    except ValueError:
        return None


def _observer(position: Position) -> Observer:
    return Observer(position.latitude, position.longitude)

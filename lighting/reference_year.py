"""The nights of one year that stand for every year's: where a programme leaves the dark, or leaves the night."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from city.nights import night_bounds
from city.places import Site
from lighting.moments import Darkness, darknesses
from lighting.programmes import Programme, switch_points
from lighting.sun import dark_spans

REFERENCE_YEAR = 2028
"""A leap year, so that the 29th of February is looked at; the sun differs by less than a minute in others."""

ONE_DAY = timedelta(days=1)

DARK_ENOUGH = timedelta(hours=1)
"""A night with less darkness than this needs no light."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a programme's light reaches beside the sun's events in any night of the year."""

    after_sunset: timedelta
    """From sunset to the first light, at the soonest; negative is before it."""
    after_sunrise: timedelta
    """From sunrise to the last light, at the latest; negative is before it."""
    soonest: date
    """A night of the first."""
    latest: date
    """A night of the second."""


def every_night() -> Iterator[date]:
    """The nights of the reference year."""
    day = date(REFERENCE_YEAR, 1, 1)
    while day.year == REFERENCE_YEAR:
        yield day
        day += ONE_DAY


def stand_in(night: date) -> date:
    """The night of the reference year that stands for another year's."""
    return night.replace(year=REFERENCE_YEAR)


def is_off_on_purpose(programme: Programme) -> bool:
    """Whether it says outright that there shall be no light: level 0 and no step."""
    return programme.level <= 0 and not programme.steps


@lru_cache(maxsize=256)
def dark_nights(programme: Programme, site: Site) -> frozenset[date]:
    """Nights in which a programme lights nothing although the sun is down for an hour or longer."""
    return frozenset(night for night in nights_with_darkness(site) if _lit(programme, night, site) is None)


@lru_cache(maxsize=16)
def nights_with_darkness(site: Site) -> tuple[date, ...]:
    """The nights in which the sun is down for an hour or longer."""
    return tuple(night for night in every_night() if _darkness(night, site) >= DARK_ENOUGH)


@lru_cache(maxsize=256)
def nights_left(programme: Programme, site: Site) -> frozenset[date]:
    """Nights whose noon one of a programme's edges would cross, the event of the sun itself lying within."""
    return frozenset(
        night
        for night in every_night()
        if any(_leaves(programme, dark) for dark in darknesses(night, site, civil=True) if _is_within(dark))
    )


@lru_cache(maxsize=256)
def reach(programme: Programme, site: Site) -> Reach | None:
    """How far a programme's light reaches; None: it lights nothing in any night with a sunset and a sunrise."""
    first: tuple[timedelta, date] | None = None
    last: tuple[timedelta, date] | None = None
    for night in every_night():
        lit = _lit(programme, night, site)
        dark = next((each for each in darknesses(night, site, civil=True) if _is_within(each)), None)
        if lit is None or dark is None or dark.sun.sunset is None or dark.sun.sunrise is None:
            continue
        before, after = (lit[0] - dark.sun.sunset, night), (lit[1] - dark.sun.sunrise, night)
        first, last = min(first or before, before), max(last or after, after)
    return Reach(first[0], last[0], first[1], last[1]) if first and last else None


def _lit(programme: Programme, night: date, site: Site) -> tuple[datetime, datetime] | None:
    """First and last instant of light in a night, the fade into darkness included."""
    points = switch_points(programme, night, site)
    lit = [place for place, point in enumerate(points) if point.level > 0]
    if not lit:
        return None
    if lit[-1] + 1 == len(points):
        return points[lit[0]].at, night_bounds(night, site.zone)[1]
    end = points[lit[-1] + 1]
    return points[lit[0]].at, end.at + end.fade


def _darkness(night: date, site: Site) -> timedelta:
    start, end = night_bounds(night, site.zone)
    return sum(
        (
            max(min(span.sunrise or end, end) - max(span.sunset or start, start), timedelta())
            for span in dark_spans(start, end, site)
        ),
        timedelta(),
    )


def _is_within(dark: Darkness) -> bool:
    sunset, sunrise = dark.sun.sunset, dark.sun.sunrise
    return sunset is not None and sunrise is not None and dark.start <= sunset < sunrise < dark.end


def _leaves(programme: Programme, dark: Darkness) -> bool:
    return dark.instant(programme.on) < dark.start or dark.instant(programme.off) > dark.end

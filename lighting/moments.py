"""Moments of a night: an event of the sun with an offset, a time of the clock, either within limits."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from city.nights import local_instant, night_bounds
from city.places import Site
from lighting.sun import CIVIL_DEG, HORIZON_DEG, DarkSpan, dark_spans

SunEvent = Literal["sunset", "sunrise", "dusk", "dawn"]
"""Sunset and sunrise at a zenith of 90.833°; dusk and dawn are civil, at 96°."""

NIGHTS_KEPT = 1024
"""How many nights' darknesses are remembered: a year of them serves three hundred calendars, with room to spare."""

EVENINGS = frozenset({"sunset", "dusk"})
CIVIL = frozenset({"dusk", "dawn"})


@dataclass(frozen=True, slots=True)
class Edge:
    """An event of the sun, sooner or later."""

    event: SunEvent
    offset: timedelta = timedelta()
    """Added to the event; negative is before it."""


Moment = time | Edge
"""A local time of the clock (from noon on it falls on the evening's date, before noon on the morning after), or a
moment of the sun."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A moment that comes no sooner than one limit and no later than another: "07:00, but not after sunrise"."""

    moment: Moment
    not_before: Moment | None = None
    not_after: Moment | None = None


When = time | Edge | Bounded


@dataclass(frozen=True, slots=True)
class Darkness:
    """One darkness that touches a night, from the sun's going down to its coming up, and what else is told by it."""

    night: date
    start: datetime
    """First instant of the night, UTC."""
    end: datetime
    """First instant of the next, UTC."""
    site: Site
    sun: DarkSpan
    """Sunset and sunrise."""
    civil: DarkSpan | None
    """Civil dusk and dawn; None: it does not get that dark."""

    @property
    def touches_night(self) -> bool:
        """Whether the sun is down at any time of the night."""
        begins, ends = self.sun.sunset, self.sun.sunrise
        return (begins is None or begins < self.end) and (ends is None or ends > self.start)

    def instant(self, when: When) -> datetime:
        """When a moment comes, UTC. An event that does not come is replaced by the night's beginning or end.

        Where it does not get dark enough for civil dusk, sunset and sunrise stand for dusk and dawn: who lights
        by darkness must ask ``civil`` first.
        """
        if isinstance(when, time):
            return local_instant(self.night, when, self.site.zone)
        if isinstance(when, Edge):
            return self._event(when)
        at = self.instant(when.moment)
        if when.not_before is not None:
            at = max(at, self.instant(when.not_before))
        if when.not_after is not None:
            at = min(at, self.instant(when.not_after))
        return at

    def _event(self, edge: Edge) -> datetime:
        dark = self.civil if edge.event in CIVIL and self.civil is not None else self.sun
        if edge.event in EVENINGS:
            return self.start if dark.sunset is None else dark.sunset + edge.offset
        return self.end if dark.sunrise is None else dark.sunrise + edge.offset


SunState = Literal["sets", "always_up", "always_down"]


@dataclass(frozen=True, slots=True)
class NightSun:
    """What the sun does in a night, noon to noon."""

    state: SunState
    """Whether there is a darkness that begins or ends, none, or nothing else."""
    down: tuple[tuple[datetime, datetime], ...]
    """When it is down within the night, UTC, in order; one span but near the poles."""
    sunset: datetime | None
    """When it goes down, UTC; None: not in this night."""
    sunrise: datetime | None
    """When it comes up, UTC; None: not in this night. Near the poles, that may be before ``sunset``."""

    @property
    def down_for(self) -> timedelta:
        """For how long it is down within the night."""
        return sum((until - since for since, until in self.down), timedelta())


@lru_cache(maxsize=NIGHTS_KEPT)
def night_sun(night: date, site: Site) -> NightSun:
    """What the sun does in a night; an answer for every night, wherever the site is."""
    start, end = night_bounds(night, site.zone)
    dark = [each.sun for each in darknesses(night, site, civil=False) if each.touches_night]
    sunsets = [each.sunset for each in dark if each.sunset is not None and start <= each.sunset < end]
    sunrises = [each.sunrise for each in dark if each.sunrise is not None and start < each.sunrise <= end]
    down = tuple((max(each.sunset or start, start), min(each.sunrise or end, end)) for each in dark)
    state: SunState = "sets"
    if not down:
        state = "always_up"
    elif down == ((start, end),):
        state = "always_down"
    return NightSun(state, down, sunsets[0] if sunsets else None, sunrises[-1] if sunrises else None)


def events_of(when: When) -> frozenset[SunEvent]:
    """The events of the sun that a moment depends on."""
    if isinstance(when, time):
        return frozenset()
    if isinstance(when, Edge):
        return frozenset({when.event})
    parts = (when.moment, when.not_before, when.not_after)
    return frozenset(event for part in parts if part is not None for event in events_of(part))


@lru_cache(maxsize=NIGHTS_KEPT)
def darknesses(night: date, site: Site, *, civil: bool) -> tuple[Darkness, ...]:
    """Every time without sun from a day before a night to a day after it, in order; at Mulhouse, one touches the night.

    Without ``civil``, dusk and dawn are left out: they take as long to find as sunset and sunrise.
    """
    start, end = night_bounds(night, site.zone)
    darkest = dark_spans(start, end, site, CIVIL_DEG) if civil else ()
    found = []
    for sun in dark_spans(start, end, site, HORIZON_DEG):
        within = [each for each in darkest if _overlap(each, sun)]
        joined = DarkSpan(within[0].sunset, within[-1].sunrise) if within else None
        found.append(Darkness(night, start, end, site, sun, joined))
    return tuple(found)


@lru_cache(maxsize=NIGHTS_KEPT)
def civil_darknesses(night: date, site: Site) -> tuple[Darkness, ...]:
    """The same by civil dusk and dawn: in a polar night, the twilight of noon parts one from the next."""
    start, end = night_bounds(night, site.zone)
    down = dark_spans(start, end, site, HORIZON_DEG)
    return tuple(
        Darkness(night, start, end, site, next(sun for sun in down if _overlap(civil, sun)), civil)
        for civil in dark_spans(start, end, site, CIVIL_DEG)
    )


def whole_night(night: date, site: Site, *, civil: bool) -> Darkness:
    """The night as one, whatever the sun does in it: for whoever lights up and darkens by the clock."""
    start, end = night_bounds(night, site.zone)
    within = [dark for dark in darknesses(night, site, civil=civil) if dark.touches_night]
    if not within:
        return Darkness(night, start, end, site, DarkSpan(None, None), None)
    first, last = within[0], within[-1]
    darkest = [dark.civil for dark in within if dark.civil is not None]
    joined = DarkSpan(darkest[0].sunset, darkest[-1].sunrise) if darkest else None
    return Darkness(night, start, end, site, DarkSpan(first.sun.sunset, last.sun.sunrise), joined)


def _overlap(civil: DarkSpan, sun: DarkSpan) -> bool:
    begins_in_time = civil.sunset is None or sun.sunrise is None or civil.sunset < sun.sunrise
    ends_in_time = civil.sunrise is None or sun.sunset is None or civil.sunrise > sun.sunset
    return begins_in_time and ends_in_time

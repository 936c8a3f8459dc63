"""The calendar that a lamp controller keeps and runs alone, as docs/devices/lamp-controller.md has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from fake_devices.gazetteer import SITE
from fake_devices.lamp_night import NightProgramme, Point
from fake_devices.street_clock import EPOCH, NOON_S, Place

NIGHTS_AHEAD = 3
"""How many nights are searched for the next switching: more than one, for nights without any."""
EVERY_DAY = 0b111_1111

YearlessDay = tuple[int, int]
"""Month and day."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Which programme in some nights."""

    programme: int
    dates: tuple[int, int] | None = None
    """First and last night, local days since 1970."""
    yearless: tuple[YearlessDay, YearlessDay] | None = None
    """First and last night of every year; it may cross the year's end."""
    days: int = EVERY_DAY
    """Bit 0 is Monday."""

    def holds(self, night: int) -> bool:
        """Whether it is for a night."""
        day = date.fromordinal(night + EPOCH)
        if not self.days >> day.weekday() & 1:
            return False
        if self.dates is not None:
            return self.dates[0] <= night <= self.dates[1]
        if self.yearless is None:
            return True
        (first, last), here = self.yearless, (day.month, day.day)
        return first <= here <= last if first <= last else not last < here < first


@dataclass(frozen=True, eq=False)
class LampProgramme:
    """What level, when, in all nights to come.

    Two are the same only if they are one: a city's controllers mostly hold the same object.
    """

    place: Place
    programmes: Sequence[NightProgramme] = (NightProgramme(),)
    """The last one is for every night that no entry holds."""
    entries: Sequence[Entry] = ()
    """The first that holds a night decides it."""
    hash: str | None = None
    """None for the factory programme."""

    def programme(self, night: int) -> NightProgramme:
        """The programme of a night."""
        chosen = next((entry.programme for entry in self.entries if entry.holds(night)), -1)
        return self.programmes[chosen]

    def level_at(self, instant: float) -> float:
        """The level that the lamp should have, percent."""
        point = self._point(instant)
        return 0.0 if point is None else point.level_at(instant)

    def is_fading(self, instant: float) -> bool:
        """Whether the level is on its way to another."""
        point = self._point(instant)
        return point is not None and point.next_stair(instant) is not None

    def next_change(self, instant: float) -> float:
        """The first instant after this one at which the level moves, or at which to look again for one."""
        point = self._point(instant)
        stair = None if point is None else point.next_stair(instant)
        tonight = self.place.night(instant)
        for night in range(tonight, tonight + NIGHTS_AHEAD):
            for coming in night_points(self, night):
                if coming.at > instant:
                    return coming.at if stair is None else min(coming.at, stair)
        return self.place.instant(tonight + NIGHTS_AHEAD, NOON_S) if stair is None else stair

    def _point(self, instant: float) -> Point | None:
        """The change that came last before an instant, in its night."""
        last = None
        for point in night_points(self, self.place.night(instant)):
            if point.at > instant:
                break
            last = point
        return last


@lru_cache(maxsize=1024)
def night_points(programme: LampProgramme, night: int) -> tuple[Point, ...]:
    """The changes of one night, the last one being dark. Empty: nothing lights up."""
    return programme.programme(night).points(programme.place, night)


@cache
def factory_programme() -> LampProgramme:
    """Full light from sunset to sunrise."""
    return LampProgramme(Place(SITE.latitude, SITE.longitude, 60, summer_time=True))

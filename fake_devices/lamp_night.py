"""One programme of a lamp controller, and what it makes of one night."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fake_devices.lamp_moments import SUNRISE, SUNSET, Moment
from fake_devices.street_clock import CIVIL, NOON_S, Place

FULL = 100.0
STAIRS = 10
"""A fade is made in so many equal stairs."""
LEVEL_DIGITS = 2


class Point(NamedTuple):
    """A change of level: it begins at an instant, and takes some time."""

    at: float
    """Seconds since 1970 UTC."""
    level: float
    """Where it ends, percent."""
    fade_s: float = 0.0
    before: float = 0.0
    """Where it begins, percent."""

    def level_at(self, instant: float) -> float:
        """The level at an instant from ``at`` on, no other change having begun."""
        if instant >= self.at + self.fade_s:
            return self.level
        share = (instant - self.at) / self.fade_s
        return round(self.before + (self.level - self.before) * share, LEVEL_DIGITS)

    def next_stair(self, instant: float) -> float | None:
        """The next instant at which the level moves on; None once it has arrived."""
        if instant >= self.at + self.fade_s:
            return None
        stair = int((instant - self.at) / self.fade_s * STAIRS) + 1
        return self.at + self.fade_s * stair / STAIRS


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level while the lamp is lit."""

    at: Moment
    level: float
    fade_s: float | None = None
    """None: as the programme has it."""


@dataclass(frozen=True, slots=True)
class NightProgramme:
    """What level, when, in every night for which it is chosen."""

    on: Moment = SUNSET
    off: Moment = SUNRISE
    level: float = FULL
    steps: tuple[Step, ...] = ()
    fade_s: float = 0.0
    shortest_s: float = 0.0
    """Light that would be over sooner is left out."""

    def points(self, place: Place, night: int) -> tuple[Point, ...]:
        """The changes of one night, the last one being dark. Empty: nothing lights up."""
        if not self._may_light(place, night):
            return ()
        noon, next_noon = place.instant(night, NOON_S), place.instant(night + 1, NOON_S)
        begin = max(self.on.instant(place, night), noon)
        end = min(self.off.instant(place, night), next_noon)
        if begin >= end:
            return ()
        first = Point(begin, self.level, self.fade_s)
        later: list[Point] = []
        for at, step in sorted(((step.at.instant(place, night), step) for step in self.steps), key=_instant):
            point = Point(max(at, begin), step.level, self.fade_s if step.fade_s is None else step.fade_s)
            if at <= begin:
                first = point
            elif at < end:
                if later and later[-1].at == at:
                    later.pop()  # of two at once, the one named last
                later.append(point)
        points = _long_enough([first, *later, Point(end, 0.0, self.fade_s)], self.shortest_s)
        return _chained(points, lit_before=begin == noon)

    def _may_light(self, place: Place, night: int) -> bool:
        if not self.on.events | self.off.events:
            return True  # the clock alone decides
        sets_and_rises = (
            place.sun("sunset", night) is not None and place.sun("sunrise", night + 1) is not None
        )
        if not sets_and_rises:
            return place.is_dark_all_day(night)
        return not self.on.events & CIVIL or place.sun("dusk", night) is not None


def _instant(resolved: tuple[float, Step]) -> float:
    return resolved[0]


def _long_enough(points: Sequence[Point], shortest_s: float) -> Sequence[Point]:
    """The points without light that lasts for less than it should: from lit to dark, whatever its levels."""
    if not shortest_s:
        return points
    kept: list[Point] = []
    lit_from: int | None = None
    for number, point in enumerate(points):
        if point.level > 0 and lit_from is None:
            lit_from = number
        elif point.level <= 0 and lit_from is not None:
            if point.at - points[lit_from].at >= shortest_s:
                kept += [*points[lit_from:number], point]
            lit_from = None
    return kept


def _chained(points: Sequence[Point], *, lit_before: bool) -> tuple[Point, ...]:
    """Each point with the level at which it begins: where the one before has got to."""
    chained = [points[0]._replace(before=points[0].level if lit_before else 0.0)] if points else []
    for point in points[1:]:
        chained.append(point._replace(before=chained[-1].level_at(point.at)))
    return tuple(chained)

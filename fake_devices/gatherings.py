"""What brings many people to a place at once: matches and concerts, which are announced, and crowds, which are not."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2s
from zoneinfo import ZoneInfo

from fake_devices.draws import chance

PARIS = ZoneInfo("Europe/Paris")

MATCH_CHANCE = 0.4
"""On how many evenings of the season the ice rink has a match."""
ICE_HOCKEY_MONTHS = frozenset({9, 10, 11, 12, 1, 2, 3, 4})
CONCERT_CHANCE = 0.03
"""On how many evenings there is a concert in town."""
CONCERT_MONTHS = frozenset({4, 5, 6, 7, 8, 9, 12})
CROWD_CHANCE = 0.06
"""On how many days a place has a crowd that nobody has announced."""
BEGINS_AT = time(20, 0)
MATCH_MIN, CONCERT_MIN, CROWD_MIN = (120, 155), (110, 150), (60, 180)
"""Between these they last, minutes, by steps of five."""
MATCH_FILLS, CONCERT_FILLS, CROWD_FILLS = (0.93, 1.12), (0.85, 1.15), (0.2, 0.5)
"""How full the place is at the height; a crowd comes on top of whoever is there."""
CROWDS_BEGIN_H = (9, 20)

Points = tuple[tuple[float, float], ...]

_ARRIVING: Points = ((-120.0, 0.0), (-60.0, 0.35), (-15.0, 0.9), (0.0, 1.0))
"""(minutes before the begin, share of those who come), joined by straight lines."""
_LEAVING: Points = ((-10.0, 0.97), (0.0, 0.9), (20.0, 0.42), (45.0, 0.03), (60.0, 0.0))
"""(minutes after the end, share of those who came who are still there)."""
BEFORE, AFTER = timedelta(minutes=120), timedelta(minutes=60)
"""From when until when a gathering is felt."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """Many people in one place at once."""

    name: str
    """As a poster has it; empty where nobody has announced it."""
    begins: datetime
    """UTC."""
    ends: datetime
    fills: float
    """At its height: 1 is a full house."""

    @property
    def announced(self) -> bool:
        """Whether the town knows of it beforehand."""
        return bool(self.name)

    def share(self, at: datetime) -> float:
        """How full the place is because of it."""
        before = (at - self.begins).total_seconds() / 60
        if before <= 0:
            return self.fills * _along(_ARRIVING, before)
        after = (at - self.ends).total_seconds() / 60
        return self.fills * (_along(_LEAVING, after) if after > _LEAVING[0][0] else 1.0)


def _along(points: Points, at: float) -> float:
    """The height of a broken line; level before its first point and after its last."""
    after = bisect_right(points, at, key=lambda point: point[0])
    if after == 0 or after == len(points):
        return points[min(after, len(points) - 1)][1]
    (at_0, level_0), (at_1, level_1) = points[after - 1], points[after]
    return level_0 + (level_1 - level_0) * (at - at_0) / (at_1 - at_0)


def is_match_night(day: date, seed: int) -> bool:
    """Whether the ice rink has a match on the evening of this day."""
    if day.month not in ICE_HOCKEY_MONTHS:
        return False
    draw = blake2s(f"{seed}/match-night/{day.isoformat()}".encode(), digest_size=2).digest()
    return int.from_bytes(draw) / 0x10000 < MATCH_CHANCE


def is_concert_night(day: date, seed: int) -> bool:
    """Whether there is a concert in town on the evening of this day."""
    return day.month in CONCERT_MONTHS and chance(seed, "concert", day) < CONCERT_CHANCE


@lru_cache(maxsize=20_000)
def gatherings(hotspot: str, day: date, seed: int) -> tuple[Gathering, ...]:
    """What begins in a place on a day, local time."""
    found = []
    evening = datetime.combine(day, BEGINS_AT, PARIS)
    if hotspot == "patinoire" and is_match_night(day, seed):
        found.append(_gathering("Match de hockey", hotspot, evening, MATCH_MIN, MATCH_FILLS, seed))
    if hotspot == "centre-ville" and is_concert_night(day, seed):
        found.append(_gathering("Concert en ville", hotspot, evening, CONCERT_MIN, CONCERT_FILLS, seed))
    if chance(seed, "crowd", hotspot, day) < CROWD_CHANCE:
        first, last = CROWDS_BEGIN_H
        hour = first + int(chance(seed, "crowd's hour", hotspot, day) * (last - first))
        begins = datetime.combine(day, time(hour), PARIS)
        found.append(_gathering("", hotspot, begins, CROWD_MIN, CROWD_FILLS, seed))
    return tuple(found)


def _gathering(
    name: str, hotspot: str, begins: datetime, lasts: tuple[int, int], fills: tuple[float, float], seed: int
) -> Gathering:
    drawn = (chance(seed, part, name, hotspot, begins.date()) for part in ("lasts", "fills"))
    minutes = 5 * round((lasts[0] + next(drawn) * (lasts[1] - lasts[0])) / 5)
    begins_utc = begins.astimezone(UTC)
    return Gathering(
        name,
        begins_utc,
        begins_utc + timedelta(minutes=minutes),
        fills[0] + next(drawn) * (fills[1] - fills[0]),
    )

"""How full a public place is, hour by hour in its local time: the rhythm that Wi-Fi clients follow.

Invented figures with the shape of real places; 1.0 is a full house, as the place was equipped for.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import blake2s
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

Curve = tuple[tuple[float, float], ...]
"""(hour of the local day, share of a full house), from 0 to 24, joined by straight lines."""

SATURDAY, SUNDAY = 5, 6
MATCH_CHANCE = 0.4
"""On how many evenings of the season the ice rink has a match."""
ICE_HOCKEY_MONTHS = frozenset({9, 10, 11, 12, 1, 2, 3, 4})
LECTURE_MONTHS = frozenset({9, 10, 11, 12, 1, 2, 3, 4, 5})
CAMPING_MONTHS = frozenset({4, 5, 6, 7, 8, 9, 10})

_MATCH: Curve = (
    (0, 0.02),
    (9, 0.03),
    (14, 0.2),
    (17, 0.25),
    (19, 0.5),
    (20, 1.0),
    (22, 0.95),
    (23, 0.2),
    (24, 0.02),
)
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
_OPENING_HOURS: Curve = ((0, 0.01), (9, 0.03), (11, 0.4), (15, 0.6), (18, 0.2), (20, 0.01), (24, 0.01))


def is_match_night(day: date, seed: int) -> bool:
    """Whether the ice rink has a match on the evening of this day."""
    if day.month not in ICE_HOCKEY_MONTHS:
        return False
    draw = blake2s(f"{seed}/match-night/{day.isoformat()}".encode(), digest_size=2).digest()
    return int.from_bytes(draw) / 0x10000 < MATCH_CHANCE


def _ice_rink(day: date, seed: int) -> Curve:
    if is_match_night(day, seed):
        return _MATCH
    return _SKATING if day.month in ICE_HOCKEY_MONTHS else _RINK_CLOSED


def _campus(day: date, seed: int) -> Curve:
    return _LECTURES if day.weekday() < SATURDAY and day.month in LECTURE_MONTHS else _CAMPUS_QUIET


def _town_centre(day: date, seed: int) -> Curve:
    return {SATURDAY: _TOWN_SATURDAY, SUNDAY: _TOWN_SUNDAY}.get(day.weekday(), _TOWN_WEEKDAY)


def _camping(day: date, seed: int) -> Curve:
    return _CAMPING_SUMMER if day.month in CAMPING_MONTHS else _CAMPING_WINTER


def _sports_ground(day: date, seed: int) -> Curve:
    return _TOURNAMENT if day.weekday() >= SATURDAY else _TRAINING


def _public_building(day: date, seed: int) -> Curve:
    return _OPENING_HOURS


_PLACES: Mapping[str, Callable[[date, int], Curve]] = {
    "patinoire": _ice_rink,
    "uha": _campus,
    "centre-ville": _town_centre,
    "camping": _camping,
    "plaine-des-sports": _sports_ground,
}
"""By hotspot id; any other place keeps the opening hours of a public building."""


def fullness(hotspot: str, at: datetime, seed: int) -> float:
    """How full a place is at an instant: 0 empty, 1 a full house."""
    local = at.astimezone(PARIS)
    curve = _PLACES.get(hotspot, _public_building)(local.date(), seed)
    hour = local.hour + local.minute / 60 + local.second / 3600
    after = bisect_right(curve, hour, key=lambda point: point[0])
    (hour_0, level_0), (hour_1, level_1) = curve[after - 1], curve[after]
    return level_0 + (level_1 - level_0) * (hour - hour_0) / (hour_1 - hour_0)

"""How much a lamp is expected to draw."""

from functools import lru_cache
from itertools import pairwise

from lighting.inventory import Feed, LampType
from lighting.rules import LEAST_LEVEL_WITHOUT_CURVE_PCT, POWER_FACTOR_SHARE

FULL_LEVEL_PCT = 100.0

DARK_AT_MOST_W = 3.0
"""A lit street luminaire draws more than this, a dark one less (driver and controller in standby), W."""


def expected_power(lamp_type: LampType, level_pct: float) -> float:
    """Power at a level, W, once warmed up and with fades over.

    Standby at 0; linear between the lowest level that the driver holds and 100 %; asked for less than that,
    the driver holds its lowest.
    """
    if level_pct <= 0:
        return lamp_type.standby_w
    lowest = lamp_type.min_level_pct
    if lowest >= FULL_LEVEL_PCT:
        return lamp_type.nominal_w
    level = min(max(level_pct, lowest), FULL_LEVEL_PCT)
    share = (level - lowest) / (FULL_LEVEL_PCT - lowest)
    return lamp_type.power_at_min_w + share * (lamp_type.nominal_w - lamp_type.power_at_min_w)


def planned_w(lamp_type: LampType, feed: Feed, level: float) -> float:
    """What one lamp should draw at a level, W."""
    if level <= 0 and feed is Feed.NIGHT:
        return 0.0
    return expected_power(lamp_type, level)


def dark_below_w(lamp_type: LampType) -> float:
    """Below this power a lamp gives no light, at or above it some, W.

    Half-way between standby and the least that a lit lamp draws, but never more than ``DARK_AT_MOST_W``.
    """
    return min(DARK_AT_MOST_W, (lamp_type.standby_w + lamp_type.power_at_min_w) / 2)


TALQ_POWER_FACTORS = (
    (0.0, 0.65),
    (10.0, 0.60),
    (20.0, 0.70),
    (30.0, 0.75),
    (40.0, 0.80),
    (50.0, 0.85),
    (60.0, 0.87),
    (70.0, 0.89),
    (80.0, 0.90),
    (90.0, 0.95),
    (100.0, 0.98),
)
"""Level (percent) and power factor: the example of TALQ's data model 2.7.1, for types whose own curve is not known."""


@lru_cache(maxsize=4096)
def power_factor(lamp_type: LampType, level_pct: float) -> float:
    """What a lamp's power factor should be at a level."""
    curve = lamp_type.power_factors or TALQ_POWER_FACTORS
    for (low, at_low), (high, at_high) in pairwise(curve):
        if level_pct <= high:
            return at_low + (at_high - at_low) * max(level_pct - low, 0.0) / (high - low)
    return curve[-1][1]


def power_factor_limit(lamp_type: LampType, level_pct: float) -> float:
    """Under this power factor a lit lamp's capacitor or driver is ill; 0 where nothing can be said."""
    if level_pct <= 0 or (not lamp_type.power_factors and level_pct < LEAST_LEVEL_WITHOUT_CURVE_PCT):
        return 0.0
    return POWER_FACTOR_SHARE * power_factor(lamp_type, level_pct)

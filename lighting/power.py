"""How much a lamp is expected to draw."""

from lighting.inventory import LampType

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


def dark_below_w(lamp_type: LampType) -> float:
    """Below this power a lamp gives no light, at or above it some, W.

    Half-way between standby and the least that a lit lamp draws, but never more than ``DARK_AT_MOST_W``.
    """
    return min(DARK_AT_MOST_W, (lamp_type.standby_w + lamp_type.power_at_min_w) / 2)

"""Meters and counters of energy: where they wrap, and what they cannot have counted."""

from lighting.inventory import Cabinet

METER_SPAN_WH = float(2**32)
"""A counter of watt-hours on 32 bits begins anew there, as ours does (docs/devices/cabinet.md): what is taken for
every counter of which the profile of its controller does not say more."""
MOST_CABINET_W = 36_000.0
"""What a cabinet can draw whatever hangs on it: the limit of a small low-voltage supply in France, 36 kVA …"""
MOST_OF_NOMINAL = 2.0
"""… or so many times the nominal power of its lamps or what is subscribed, where that is more. A lamp's limit too."""
W_PER_KW = 1000.0


def most_cabinet_w(nominal_w: float, cabinet: Cabinet) -> float:
    """What a cabinet cannot exceed, W. ``nominal_w`` is the nominal power of all its lamps together."""
    subscribed_w = W_PER_KW * (cabinet.subscribed_kw or 0.0)
    return max(MOST_CABINET_W, MOST_OF_NOMINAL * nominal_w, MOST_OF_NOMINAL * subscribed_w)

"""The physics of one luminaire: power, power factor, energy and burning hours."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from fake_devices.city_plan import LampTypePlan

TOLERANCE = 0.03
"""How far one lamp's power may lie from its type's, either way."""
WARM_UP_S = (3.0, 8.0)
"""Between these a lamp needs to reach its power."""
COLD_SHARE = 0.6
"""Share of its power that a lamp starts with."""
HOUR_S = 3_600.0
FULL = 100.0
PF_AT_LEVEL = (
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
"""Power factor by level: the example of TALQ's data model 2.7.1 (LampType)."""
NIGHT_HOURS = 11.7
"""Mean length of a night over the year, hours: what a lamp has burnt on each night of its past."""
OLDEST_NIGHTS = 3_000


def power_factor(level: float) -> float:
    """Power factor of an LED driver at a level in percent."""
    for (low, at_low), (high, at_high) in pairwise(PF_AT_LEVEL):
        if level <= high:
            return at_low + (at_high - at_low) * (level - low) / (high - low)
    return PF_AT_LEVEL[-1][1]


class Lamp:
    """One luminaire. Times are seconds since 1970 UTC; between two changes all is a closed formula of time.

    LED drivers draw constant power whatever the voltage, so power needs no voltage; current does.
    """

    __slots__ = (
        "_burnt_s",
        "_cold_s",
        "_energy_wh",
        "_lit_at",
        "_on_change",
        "_settled_at",
        "_tolerance",
        "_type",
        "_watts",
        "burns_always",
        "dead",
        "level",
        "live",
        "pf",
        "starts",
    )

    def __init__(
        self, lamp_type: LampTypePlan, draw: Random, at: float, on_change: Callable[[], None]
    ) -> None:
        self._type = lamp_type
        self._tolerance = 1 + draw.uniform(-TOLERANCE, TOLERANCE)
        self._cold_s = draw.uniform(*WARM_UP_S)
        self._on_change = on_change
        self.dead = False
        self.burns_always = False
        self.live = True
        self.level = 0.0
        nights = draw.randint(1, OLDEST_NIGHTS)
        self.starts = nights
        self._burnt_s = nights * NIGHT_HOURS * HOUR_S
        self._energy_wh = nights * NIGHT_HOURS * lamp_type.nominal_w * draw.uniform(0.5, 0.9)
        self._settled_at = at
        self._lit_at: float | None = None
        self._watts = 0.0
        self.pf = power_factor(0.0)
        self._look(at)

    def change(
        self,
        at: float,
        *,
        level: float | None = None,
        live: bool | None = None,
        dead: bool | None = None,
        burns_always: bool | None = None,
    ) -> None:
        """Command another level (percent), give or take its power, break it or mend it."""
        self._energy_wh = self.energy_wh(at)
        self._burnt_s = self.burnt_s(at)
        self._settled_at = at
        self.level = self.level if level is None else level
        self.live = self.live if live is None else live
        self.dead = self.dead if dead is None else dead
        self.burns_always = self.burns_always if burns_always is None else burns_always
        self._look(at)
        self._on_change()

    def _look(self, at: float) -> None:
        """Work out what it draws from now on."""
        level = FULL if self.burns_always else self.level
        lit = self.live and not self.dead and level > 0
        self.pf = power_factor(level if lit else 0.0)
        if not lit:
            self._lit_at = None
            self._watts = self._type.standby_w * self._tolerance if self.live else 0.0
            return
        if self._lit_at is None:
            self._lit_at = at
            self.starts += 1
        lamp = self._type
        above_min = max(level - lamp.min_level_pct, 0.0) / (FULL - lamp.min_level_pct)
        watts = lamp.power_at_min_w + (lamp.nominal_w - lamp.power_at_min_w) * above_min
        self._watts = watts * self._tolerance

    @property
    def warm_at(self) -> float:
        """When it has reached its power, or the beginning of time if it is not lit."""
        return 0.0 if self._lit_at is None else self._lit_at + self._cold_s

    def power_w(self, at: float) -> float:
        """What it draws, W: a lamp that was lit up a moment ago less than a warm one."""
        if self._lit_at is None or at >= self._lit_at + self._cold_s:
            return self._watts
        return self._watts * (COLD_SHARE + (1 - COLD_SHARE) * (at - self._lit_at) / self._cold_s)

    def energy_wh(self, at: float) -> float:
        """All that it has ever drawn, Wh: the exact integral of its power."""
        seconds = at - self._settled_at
        if self._lit_at is not None and self._settled_at < self.warm_at:
            begin, end = (min(t - self._lit_at, self._cold_s) for t in (self._settled_at, at))
            mean = (1 - COLD_SHARE) * (1 - (begin + end) / (2 * self._cold_s))
            seconds -= mean * (end - begin)
        return self._energy_wh + self._watts * seconds / HOUR_S

    def burnt_s(self, at: float) -> float:
        """How long it has been lit in its life, s."""
        return self._burnt_s + (at - self._settled_at if self._lit_at is not None else 0.0)

"""The physics of one luminaire: power, power factor, energy and burning hours."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import NamedTuple

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


GEAR_DEAD_SHARE = 0.2
"""Of its standby power, what is left when the driver is dead: the controller's own."""


class Broken(NamedTuple):
    """What is wrong with a luminaire."""

    dead: bool = False
    """No current through its LEDs; the driver is well."""
    gear: bool = False
    """The driver itself is dead."""
    burns: bool = False
    """Its switch is welded: told to go out, it burns on at full power."""
    stuck: bool = False
    """It lights up and goes out, but does not dim."""
    share: float = 1.0
    """Of the power that it should draw when lit."""
    pf_share: float = 1.0
    """Of the power factor that it should have."""
    heat_c: float = 0.0
    """By how much it is hotter than it should be."""


WHOLE = Broken()


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
        "broken",
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
        self.broken = WHOLE
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

    def change(self, at: float, *, level: float | None = None, live: bool | None = None) -> None:
        """Command another level (percent), give or take its power."""
        self._settle(at)
        self.level = self.level if level is None else level
        self.live = self.live if live is None else live
        self._look(at)

    def suffer(self, at: float, **what: float) -> None:
        """Break it, or mend it: the parts of ``Broken`` that change, by name."""
        self._settle(at)
        self.broken = Broken(**{**self.broken._asdict(), **what})
        self._look(at)

    def replace(self, at: float, lamp_type: LampTypePlan) -> None:
        """Put another type of luminaire in its place."""
        self._settle(at)
        self._type = lamp_type
        self._look(at)

    def reset_counters(self, at: float, starts: int = 0, burnt_h: float = 0.0) -> None:
        """Have its counters begin anew."""
        self._settle(at)
        self.starts, self._burnt_s = starts, burnt_h * HOUR_S
        self._energy_wh = burnt_h * self._type.nominal_w

    @property
    def lamp_type(self) -> LampTypePlan:
        """What it is."""
        return self._type

    def _settle(self, at: float) -> None:
        self._energy_wh, self._burnt_s, self._settled_at = self.energy_wh(at), self.burnt_s(at), at

    def _look(self, at: float) -> None:
        """Work out what it draws from now on."""
        broken, lamp = self.broken, self._type
        level = self.level
        if (broken.burns and level <= 0) or (broken.stuck and level > 0):
            level = FULL
        lit = self.live and not broken.dead and not broken.gear and level > 0
        self.pf = power_factor(level if lit else 0.0) * (broken.pf_share if lit else 1.0)
        if not lit:
            self._lit_at = None
            standby = lamp.standby_w * (GEAR_DEAD_SHARE if broken.gear else 1.0)
            self._watts = standby * self._tolerance if self.live else 0.0
        else:
            if self._lit_at is None:
                self._lit_at = at
                self.starts += 1
            above_min = max(level - lamp.min_level_pct, 0.0) / (FULL - lamp.min_level_pct)
            watts = lamp.power_at_min_w + (lamp.nominal_w - lamp.power_at_min_w) * above_min
            self._watts = watts * self._tolerance * broken.share
        self._on_change()

    @property
    def warm_at(self) -> float:
        """When it has reached its power, or the beginning of time if it is not lit."""
        return 0.0 if self._lit_at is None else self._lit_at + self._cold_s

    @property
    def slow_to_warm(self) -> float:
        """Seconds that it needs to reach its power."""
        return self._cold_s

    @slow_to_warm.setter
    def slow_to_warm(self, seconds: float) -> None:
        self._cold_s = seconds

    def power_w(self, at: float) -> float:
        """What it draws, W: a lamp that was lit up a moment ago less than a warm one."""
        if self._lit_at is None or at >= self._lit_at + self._cold_s:
            return self._watts
        return self._watts * (COLD_SHARE + (1 - COLD_SHARE) * (at - self._lit_at) / self._cold_s)

    def figures(self, at: float) -> tuple[float, float, float]:
        """Power (W), energy (Wh) and burning time (h) at once: a city asks for them a thousand times a second."""
        seconds, lit_at, watts = at - self._settled_at, self._lit_at, self._watts
        if lit_at is None:
            return watts, self._energy_wh + watts * seconds / HOUR_S, self._burnt_s / HOUR_S
        if self._settled_at >= lit_at + self._cold_s:
            return watts, self._energy_wh + watts * seconds / HOUR_S, (self._burnt_s + seconds) / HOUR_S
        return self.power_w(at), self.energy_wh(at), self.burnt_s(at) / HOUR_S

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

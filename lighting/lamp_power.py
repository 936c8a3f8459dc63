"""What a lit lamp's power says of it: dark, partly out, too strong, not dimming, or not the type on file."""

from collections.abc import Collection
from enum import Enum, auto
from typing import NamedTuple

from city.incidents import Cause
from lighting.inventory import LampType
from lighting.power import FULL_LEVEL_PCT, dark_below_w, expected_power, power_factor
from lighting.rules import (
    BAND,
    DEAD_SHARE,
    DIMMED_PCT,
    FULL_SHARE,
    GEAR_SHARE,
    LEVELS_APART_PCT,
    PROVEN_SHARE,
    TYPE_SHARE,
)


class Verdict(NamedTuple):
    """What a sample shows, and the rule that says so."""

    cause: Cause | None
    """None: nothing, or nothing yet."""
    rule: str


WELL = Verdict(None, "burned_correctly")
UNDECIDED = Verdict(None, "undecided")
"""Something is wrong with its power; it needs another level to tell what."""


class Onset(Enum):
    """What lies between a lamp's last good sample and its first strange one."""

    BURNING = auto()
    """Nothing: it changed while it burned, or between two dusks of a circuit that never loses power."""
    POWERED = auto()
    """Its circuit lost its power as it does every day: it may have been another lamp since, or have failed at dusk."""
    INTERRUPTED = auto()
    """It alone lost its power, though its circuit never does: somebody has worked on it."""


class LampPower:
    """The expectations of one light point, and what its samples make of them."""

    __slots__ = ("_full_ratio", "_full_w", "_others", "_ratios", "_type", "_verdict", "dark_w", "expected_w", "high_w",
                 "level", "low_w")  # fmt: skip

    def __init__(self, lamp_type: LampType, others: Collection[LampType]) -> None:
        """``others`` are the types that might stand in its place."""
        self._type = lamp_type
        self._others = others
        self._full_w = expected_power(lamp_type, FULL_LEVEL_PCT)
        self._full_ratio: float | None = None
        self._ratios: dict[float, float] = {}
        self._verdict: Verdict | None = None
        self.level: float | None = None
        self.expected_w = 0.0
        self.low_w = self.high_w = 0.0
        """Between these it does what it should at its level, W."""
        self.dark_w = 0.0
        """Below this it is dark, W."""

    def set_level(self, level: float) -> None:
        """Expect another level from now on, percent."""
        self.level = level
        self.expected_w = expected_power(self._type, level)
        dark_w = dark_below_w(self._type)
        if level > 0:
            self.dark_w = max(dark_w, DEAD_SHARE * self.expected_w)
            self.low_w, self.high_w = (1 - BAND) * self.expected_w, (1 + BAND) * self.expected_w
        else:
            self.dark_w = self.high_w = dark_w
            self.low_w = float("-inf")

    @property
    def full_w(self) -> float:
        """What it should draw at full light, W."""
        return self._full_w

    def judge(self, watts: float, factor: float | None, fault: str | None, onset: Onset) -> Verdict:
        """Judge a lit, warm sample: power (W), power factor, and what the controller says itself."""
        if watts < self.dark_w or (fault is not None and watts < PROVEN_SHARE * self.expected_w):
            return self._dark(watts, fault)
        if self.level is not None and self.level > DIMMED_PCT:
            self._full_ratio = watts / self.expected_w
        if self.low_w <= watts <= self.high_w:
            self._ratios.clear()
            self._verdict = None
            return WELL
        return self._verdict or self._strange(watts, factor, onset)

    def _dark(self, watts: float, fault: str | None) -> Verdict:
        if fault == "gear":
            return Verdict(Cause.DRIVER_FAULT, "gear_flag")
        if fault == "lamp":
            return Verdict(Cause.LAMP_DEAD, "lamp_flag")
        if watts < GEAR_SHARE * self._type.standby_w:
            return Verdict(Cause.DRIVER_FAULT, "driver_silent")
        return Verdict(Cause.LAMP_DEAD, "lamp_dead_power")

    def _strange(self, watts: float, factor: float | None, onset: Onset) -> Verdict:
        if self._burns_full(watts, factor):
            return Verdict(Cause.DIMMING_STUCK, "full_power_when_dimmed")
        low = watts < self.expected_w
        own = (
            Verdict(Cause.LED_STRING_OUT, "power_below_curve")
            if low
            else Verdict(Cause.HIGH_POWER, "power_above_curve")
        )
        other = Verdict(Cause.WRONG_LAMP_TYPE, "power_as_other_type")
        if onset is Onset.BURNING or not self._alike(watts):
            return own
        if onset is Onset.INTERRUPTED:
            return self._decide(other)
        return self._by_two_levels(watts, own, other)

    def _burns_full(self, watts: float, factor: float | None) -> bool:
        """Whether a dimmed lamp draws as much as at full light, at the power factor of full light."""
        if self.level is None or self.level > DIMMED_PCT or abs(watts / self._full_w - 1) > FULL_SHARE:
            return False
        if self._full_ratio is not None and abs(self._full_ratio - 1) > BAND:
            return False  # it is too strong at full light as well
        full, dimmed = (power_factor(self._type, level) for level in (FULL_LEVEL_PCT, self.level))
        return factor is None or abs(factor - full) <= abs(factor - dimmed)

    def _alike(self, watts: float) -> list[LampType]:
        """The types that would draw as much at this level."""
        level = self.level or 0.0
        return [each for each in self._others if abs(watts / expected_power(each, level) - 1) <= TYPE_SHARE]

    def _by_two_levels(self, watts: float, own: Verdict, other: Verdict) -> Verdict:
        """A lost string takes the same share at every level, another type does not."""
        level = self.level or 0.0
        self._ratios[level] = watts
        low, high = min(self._ratios), max(self._ratios)
        if high - low < LEVELS_APART_PCT:
            return UNDECIDED
        spreads = [
            (self._spread(each, low, high), each is not self._type)
            for each in (self._type, *self._alike(watts))
        ]
        return self._decide(other if min(spreads)[1] else own)

    def _spread(self, lamp_type: LampType, low: float, high: float) -> float:
        shares = [self._ratios[level] / expected_power(lamp_type, level) for level in (low, high)]
        return abs(shares[0] / shares[1] - 1)

    def _decide(self, verdict: Verdict) -> Verdict:
        self._verdict = verdict
        return verdict

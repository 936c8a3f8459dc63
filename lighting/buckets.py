"""Token buckets: how many commands may come at once, and how soon the next one may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast commands may come."""

    burst: int
    """How many at once, at least 1."""
    every: timedelta
    """After a burst, one each time this has passed."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one operator, or all together, may still ask for."""

    rate: Rate
    left: float
    """Commands that may come at once; whole ones count."""
    at: datetime
    """When that was so."""

    @classmethod
    def full(cls, rate: Rate, at: datetime) -> Self:
        """Whoever has asked for nothing yet may ask for a burst."""
        return cls(rate, float(rate.burst), at)

    def filled(self, now: datetime) -> Self:
        """The bucket at a later instant; a clock that was set back takes nothing away and gives nothing."""
        gained = max(timedelta(), now - self.at) / self.rate.every
        return type(self)(self.rate, min(float(self.rate.burst), self.left + gained), now)

    def wait(self, now: datetime) -> timedelta:
        """How long until a command may come; zero when one may at once."""
        lacking = 1.0 - self.filled(now).left
        return max(timedelta(), lacking * self.rate.every)

    def take(self, now: datetime) -> Self:
        """The bucket once a command has come; ask ``wait`` before."""
        filled = self.filled(now)
        return type(self)(self.rate, max(0.0, filled.left - 1.0), now)

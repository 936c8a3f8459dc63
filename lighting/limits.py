"""What lamp controllers can hold and do, as their gateway announces it."""

from dataclasses import dataclass
from enum import StrEnum


class LampFeature(StrEnum):
    """What not every lamp controller can do, named as it is announced."""

    CLOCK = "clock"
    """Lights up or darkens at a time of the clock."""
    CIVIL = "civil"
    """Knows civil dusk and dawn."""
    LIMITS = "limits"
    """Keeps a moment within two others: not before, not after."""
    SUN_STEPS = "sun-steps"
    """Changes its level at a moment of the sun while lit."""
    FADES = "fades"
    """Changes its level gradually."""
    SHORTEST = "shortest"
    """Leaves out light that would be over too soon."""
    PHOTOCELL = "photocell"
    """Sees for itself whether it is dark."""


@dataclass(frozen=True, slots=True)
class LampLimits:
    """How much a lamp controller holds, and what it can do (docs/devices/lamp-controller.md)."""

    programmes: int
    """Programmes that it holds at once."""
    entries: int
    """Entries that choose between them."""
    steps: int
    """Steps of one programme."""
    resolution_min: int
    """Minutes of which its times and offsets are multiples."""
    octets: int
    """Length of the longest message that it takes."""
    features: frozenset[LampFeature] = frozenset()


SIMPLEST = LampLimits(programmes=1, entries=0, steps=10, resolution_min=1, octets=1024)
"""What every lamp controller can, announced or not: one programme by sunset and sunrise, steps by the clock."""

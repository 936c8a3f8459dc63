"""Chance that is the same each time: everything random in the simulation is drawn from its seed."""

from hashlib import blake2b
from random import Random

WORD = 0xFFFF_FFFF_FFFF_FFFF
MULTIPLIER = 6_364_136_223_846_793_005
INCREMENT = 1_442_695_040_888_963_407
"""Knuth's 64-bit linear congruential generator (MMIX)."""
HALF_16 = 32_768.0


def draws(seed: int, of: str) -> Random:
    """A generator of its own for one thing, so that one more thing in the city changes no other."""
    return Random(f"{seed}|{of}")  # noqa: S311 - a simulation, not a secret


class Noise:
    """A cheap endless stream of measurement noise: a few per message must not cost more than the message."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, of: str) -> None:
        digest = blake2b(f"{seed}|{of}".encode(), digest_size=8).digest()
        self._state = int.from_bytes(digest)

    def three(self) -> tuple[float, float, float]:
        """Three numbers in [-1, 1)."""
        self._state = state = (self._state * MULTIPLIER + INCREMENT) & WORD
        return (
            (state >> 48) / HALF_16 - 1.0,
            (state >> 32 & 0xFFFF) / HALF_16 - 1.0,
            (state >> 16 & 0xFFFF) / HALF_16 - 1.0,
        )

    def share(self) -> float:
        """One number in [0, 1)."""
        self._state = state = (self._state * MULTIPLIER + INCREMENT) & WORD
        return (state >> 11) / 2.0**53

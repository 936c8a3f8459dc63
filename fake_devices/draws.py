"""Chance that is the same each time: everything random in the simulation is drawn from its seed."""

from hashlib import blake2s
from math import sqrt
from random import Random


def draws(seed: int, of: str) -> Random:
    """A generator of its own for one thing, so that one more thing in the city changes no other."""
    return Random(f"{seed}|{of}")  # noqa: S311 - a simulation, not a secret


def chance(*of: object) -> float:
    """A number in [0, 1) that depends on nothing but what it is drawn for, in whatever order one asks."""
    return int.from_bytes(blake2s("/".join(map(str, of)).encode(), digest_size=6).digest()) / 2**48


def deviate(*of: object) -> float:
    """A number of mean 0 and variance 1, nearly normal and never past 3.5, by the same rule."""
    digest = blake2s("/".join(map(str, of)).encode(), digest_size=8).digest()
    total = sum(int.from_bytes(digest[place : place + 2]) for place in (0, 2, 4, 6)) / 2**16
    return (total - 2.0) * sqrt(3.0)


class Noise:
    """An endless stream of measurement noise: a few numbers per message must not cost more than the message."""

    __slots__ = ("share",)

    def __init__(self, draw: Random) -> None:
        self.share = draw.random
        """One number in [0, 1)."""

    def three(self) -> tuple[float, float, float]:
        """Three numbers in [-1, 1)."""
        share = self.share
        return 2.0 * share() - 1.0, 2.0 * share() - 1.0, 2.0 * share() - 1.0

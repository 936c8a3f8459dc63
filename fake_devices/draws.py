"""Chance that is the same each time: everything random in the simulation is drawn from its seed."""

from random import Random


def draws(seed: int, of: str) -> Random:
    """A generator of its own for one thing, so that one more thing in the city changes no other."""
    return Random(f"{seed}|{of}")  # noqa: S311 - a simulation, not a secret


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

"""Between which bounds outcomes are to lie: the quantiles of a forecast's own past errors, by hour and distance.

Split conformal prediction (Vovk et al., Algorithmic Learning in a Random World, 2005): nothing is assumed of how errors
are spread, only that tomorrow's are like those of the last weeks.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from math import ceil, floor

NOMINAL = 0.9
"""Share of outcomes that are to lie within."""
DISTANCES = (1, 3, 6, 12, 24)
"""Hours ahead, in classes: up to 1, up to 3 …"""
CLASS_HOURS = 3
"""Hours of the day that are judged together."""
FEWEST_ERRORS = 60
"""With fewer errors a class has no quantiles of its own."""
KEPT_HOURS = 8 * 7 * 24
"""How far back errors are remembered: by the hour that was forecast."""

Class = tuple[int, int]
"""Of distances, of hours of the day; -1 for all hours."""


class Errors:
    """The errors of the last weeks, as shares of what was expected."""

    def __init__(self) -> None:
        self._errors: defaultdict[Class, deque[tuple[int, float]]] = defaultdict(deque)

    def add(self, target: int, distance: int, hour: int, error: float) -> None:
        """Remember one error; ``target`` counts hours, and never goes back by more than a day."""
        far = bisect_left(DISTANCES, distance)
        for which in ((far, hour // CLASS_HOURS), (far, -1)):
            errors = self._errors[which]
            errors.append((target, error))
            while errors[0][0] < target - KEPT_HOURS:
                errors.popleft()

    def band(self) -> "Band":
        """The quantiles by now."""
        return Band(
            {
                which: _quantiles(sorted(error for _, error in errors))
                for which, errors in self._errors.items()
                if len(errors) >= FEWEST_ERRORS
            }
        )


class Band:
    """How far outcomes lie from what was expected."""

    def __init__(self, quantiles: Mapping[Class, tuple[float, float]]) -> None:
        self._quantiles = quantiles

    def around(self, expected: float, unit: float, distance: int, hour: int) -> tuple[float, float] | None:
        """The bounds, never below 0; ``unit`` is what errors are measured in. None where too few are known."""
        far = bisect_left(DISTANCES, distance)
        found = self._quantiles.get((far, hour // CLASS_HOURS)) or self._quantiles.get((far, -1))
        if found is None:
            return None
        low, high = expected + found[0] * unit, expected + found[1] * unit
        return max(0.0, min(low, expected)), max(high, expected)


def _quantiles(rising: Sequence[float]) -> tuple[float, float]:
    """The lower and the upper one, a little outwards since there are only so many errors."""
    count, outside = len(rising), (1.0 - NOMINAL) / 2.0
    low = max(0, floor((count + 1) * outside) - 1)
    high = min(count - 1, ceil((count + 1) * (1.0 - outside)) - 1)
    return rising[low], rising[high]

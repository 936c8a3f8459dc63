"""Starts that nobody commanded: what tells a lamp that goes on and off by itself from one that is dead."""

from datetime import datetime, timedelta

from lighting.rules import CYCLES, CYCLES_WITHIN

MOST_STARTS = 20
"""A counter that moves further between two reports was reset, or is another controller's."""
LONGEST_GAP = timedelta(hours=2)
"""After a longer silence nobody knows how often the lamp was commanded."""


class Starts:
    """Follows a lamp's counter of starts."""

    __slots__ = ("_at", "_count", "_excused", "_stray")

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._count: float | None = None
        self._excused = 0
        self._stray: list[datetime] = []

    @property
    def count(self) -> float | None:
        """The counter as it was last heard."""
        return self._count

    def excuse(self) -> None:
        """Something has happened that makes a lamp start: a command, or its power back."""
        self._excused = 1

    def observe(self, at: datetime, count: float) -> bool:
        """Take the counter; whether the lamp has started uncommanded since the last time."""
        before, self._count = self._count, count
        gap = None if self._at is None else at - self._at
        self._at = at
        excused, self._excused = self._excused, 0
        if before is None or gap is None or gap > LONGEST_GAP or not 0 < count - before <= MOST_STARTS:
            return False
        stray = int(count - before) - excused
        self._stray += [at] * stray
        return stray > 0

    def cycles(self, at: datetime) -> bool:
        """Whether there were too many of late."""
        self._stray = [each for each in self._stray if at - each < CYCLES_WITHIN]
        return len(self._stray) >= CYCLES

    def forget(self) -> None:
        """What was is over."""
        self._stray.clear()

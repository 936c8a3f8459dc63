"""What was just written to the spool and is in memory still: the live values, which the store gets first."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from city.measurements import Reading, count_values
from headend.spool.log import Position

FRESH_MOST = 200_000
"""Values kept in memory beside the disk; past it the store is too slow, and is given what waits from the disk."""


class Group(NamedTuple):
    """Readings that were committed together."""

    readings: Sequence[Reading]
    values: int
    position: Position | None
    """Where they end in the log; None where the disk did not take them: then they are here only."""
    at_us: int
    """When they were taken in, microseconds since the epoch."""


class Fresh:
    """Groups in the order of the log."""

    def __init__(self) -> None:
        self._groups: deque[Group] = deque()
        self.values = 0
        """In all groups."""

    def __bool__(self) -> bool:
        return bool(self._groups)

    @property
    def unlogged(self) -> int:
        """Values that are nowhere but here."""
        return sum(group.values for group in self._groups if group.position is None)

    @property
    def oldest_us(self) -> int | None:
        """When the oldest was taken in."""
        return self._groups[0].at_us if self._groups else None

    def add(self, readings: Sequence[Reading], position: Position | None, at_us: int) -> None:
        """Add what was committed last."""
        group = Group(readings, count_values(readings), position, at_us)
        self._groups.append(group)
        self.values += group.values

    def take(self, most: int) -> list[Group]:
        """The oldest groups, until they hold ``most`` values or more."""
        taken: list[Group] = []
        values = 0
        while self._groups and values < most:
            taken.append(self._groups.popleft())
            values += taken[-1].values
        self.values -= values
        return taken

    def put_back(self, groups: Sequence[Group]) -> None:
        """Take groups back that were not stored."""
        self._groups.extendleft(reversed(groups))
        self.values += sum(group.values for group in groups)

    def clear(self) -> int:
        """Forget all; returns how many values were nowhere but here."""
        lost = self.unlogged
        self._groups.clear()
        self.values = 0
        return lost

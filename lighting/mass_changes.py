"""The mass-change stop: how much of the city single persons have changed of late, outside the programme."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
"""How long a change counts."""
LEAST_POINTS = 200
"""However small the city, so many light points may be changed before it is a mass."""


def most_alone(fleet: int, share_pct: float) -> int:
    """How many light points single persons may change within the window: a share of the fleet, percent."""
    return max(LEAST_POINTS, int(fleet * share_pct / 100))


class MassChanges:
    """Which light points single persons have changed within the window; each counts once."""

    def __init__(self, most: int) -> None:
        """``most`` may be changed; with one more, the stop holds."""
        self._most = most
        self._changes: deque[tuple[datetime, frozenset[str]]] = deque()

    def add(self, points: Iterable[str], now: datetime) -> None:
        """Note a change. Instants must not go back; one that does counts as the latest."""
        if self._changes:
            now = max(now, self._changes[-1][0])
        self._changes.append((now, frozenset(points)))

    def changed(self, now: datetime) -> int:
        """How many light points were changed within the window."""
        while self._changes and self._changes[0][0] + WINDOW <= now:
            self._changes.popleft()
        return len(frozenset[str]().union(*(points for _, points in self._changes)))

    def stopped_until(self, now: datetime) -> datetime | None:
        """Until when nobody changes more alone, if nothing else is changed; None while the stop does not hold."""
        if self.changed(now) <= self._most:
            return None
        latest: set[str] = set()
        for at, points in reversed(self._changes):
            latest |= points
            if len(latest) > self._most:
                return at + WINDOW
        return None

"""What was measured in one place, hour by hour: the only thing that a forecast may rest on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from wifi.capacity.days import Days

HOURS = 24
MOST_OF_A_DAY = 12
"""A day with fewer hours than this tells nothing as a whole."""
BUSY_SHARE = 0.9
"""The level of a place is what it reaches in the busiest tenth of its hours."""

NOBODY = 1e-12
"""Less than this on the mean of an hour is nobody: such figures come of arithmetic, and their ratios mean nothing."""

Hours = Sequence[float | None]
"""A local day, hour by hour from 0 to 23; None where nothing was measured."""


class Past:
    """Mean clients of each hour, by local days; hours that are lacking are lacking."""

    def __init__(self, values: Mapping[datetime, float], days: Days) -> None:
        """``values`` by the begin of each whole hour, UTC; only hours that are over."""
        self.values = {at: clients if clients >= NOBODY else 0.0 for at, clients in values.items()}
        self.days = days
        whole: defaultdict[date, list[list[float]]] = defaultdict(lambda: [[] for _ in range(HOURS)])
        ordinary: defaultdict[date, list[list[float]]] = defaultdict(lambda: [[] for _ in range(HOURS)])
        for at, clients in sorted(self.values.items()):
            day, hour = days.slot(at)
            whole[day][hour].append(clients)
            if days.event_around(at) is None:
                ordinary[day][hour].append(clients)
        self.whole: Mapping[date, Hours] = {day: _means(hours) for day, hours in whole.items()}
        self.ordinary: Mapping[date, Hours] = {day: _means(hours) for day, hours in ordinary.items()}
        """Without the hours of events."""
        self.level = _level(self.values)
        """Clients in a busy hour: what is little and what is much in this place."""
        self.most = max(self.values.values(), default=0.0)

    @property
    def full_days(self) -> int:
        """How many days were measured for the better part."""
        return sum(_known(hours) >= MOST_OF_A_DAY for hours in self.whole.values())


def _means(hours: Sequence[Sequence[float]]) -> Hours:
    return [sum(values) / len(values) if values else None for values in hours]


def _known(hours: Hours) -> int:
    return sum(value is not None for value in hours)


def _level(values: Mapping[datetime, float]) -> float:
    rising = sorted(values.values())
    return rising[int(BUSY_SHARE * (len(rising) - 1))] if rising else 0.0

"""Half days, from local midnight to noon and from noon to midnight: each belongs to one day and to one night."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from city.nights import NOON

ONE_DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Slot(NamedTuple):
    """Half a day."""

    day: date
    night: date
    start: datetime
    """UTC."""
    end: datetime

    @property
    def hours(self) -> float:
        """11, 12 or 13 h."""
        return (self.end - self.start) / HOUR


def slots_between(first: date, last: date, zone: ZoneInfo) -> tuple[Slot, ...]:
    """The halves of the days from one to another, both included, in order."""
    slots: list[Slot] = []
    for number in range((last - first).days + 1):
        day = first + number * ONE_DAY
        midnight, noon, next_midnight = (
            datetime.combine(*at, zone).astimezone(UTC)
            for at in ((day, time()), (day, NOON), (day + ONE_DAY, time()))
        )
        slots.append(Slot(day, day - ONE_DAY, midnight, noon))
        slots.append(Slot(day, day, noon, next_midnight))
    return tuple(slots)


def borders(slots: Sequence[Slot]) -> tuple[datetime, ...]:
    """The instants at which counters are read."""
    return (*(slot.start for slot in slots), slots[-1].end)

"""How many people an event brings, hour by hour, by the events that the same place had before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from wifi.capacity.days import HOUR, LEAD, TAIL, Event, floor
from wifi.capacity.past import Past

COMPARED_MOST = 8
"""The latest events before are compared, so many at most."""
KNOWN_BEFORE = timedelta(days=1)
"""Only events that were over so long before: at 24 hours' distance others were not known yet."""
UNSEEN_COMING = 0.4
UNSEEN_GOING = 0.3
"""Share of its crowd in the hour before and after an event whose like was never measured: an assumption."""


class EventShapes:
    """What is usual during events; one event is looked at once."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._shapes: dict[Event, dict[datetime, float]] = {}

    def usual(self, event: Event, at: datetime, ordinary: float | None) -> float | None:
        """Clients of the hour from ``at`` on, which is the event's own; ``ordinary`` are those without it."""
        shape = self._shapes.get(event)
        if shape is None:
            shape = self._shapes[event] = self._shape(event)
        known = shape.get(at)
        if known is not None or event.clients is None or shape:
            return ordinary if known is None else known
        return _assumed(event, at, ordinary)

    def _shape(self, event: Event) -> dict[datetime, float]:
        before = self._before(event)
        shape = {}
        for at in _hours(event):
            values = [
                value
                for other in before
                if (value := self._past.values.get(_like(at, event, other))) is not None
            ]
            if values:
                shape[at] = median(values)
        height = max(shape.values(), default=0.0)
        if event.clients is None or not height:
            return shape
        return {at: clients * event.clients / height for at, clients in shape.items()}

    def _before(self, event: Event) -> list[Event]:
        known = [
            other
            for other in self._past.days.events
            if other.ends + TAIL <= event.begins - LEAD - KNOWN_BEFORE
            and floor(other.begins) in self._past.values
        ]
        return known[-COMPARED_MOST:]


def _hours(event: Event) -> Iterator[datetime]:
    at = floor(event.begins - LEAD)
    while at < event.ends + TAIL:
        yield at
        at += HOUR


def _like(at: datetime, event: Event, other: Event) -> datetime:
    """The hour of another event that lies to it as ``at`` does to this one: by the begin first, then by the end."""
    if at < event.middle:
        return floor(other.begins) + (at - floor(event.begins))
    return floor(other.ends) + (at - floor(event.ends))


def _assumed(event: Event, at: datetime, ordinary: float | None) -> float | None:
    crowd = float(event.clients or 0)
    if event.begins - HOUR < at + HOUR <= event.begins:
        crowd *= UNSEEN_COMING
    elif event.ends <= at < event.ends + HOUR:
        crowd *= UNSEEN_GOING
    elif not (event.begins - HOUR < at < event.ends):
        return ordinary
    return max(crowd, ordinary or 0.0)

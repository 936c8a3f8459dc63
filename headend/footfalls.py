"""How many people were in each public place, hour by hour, read from the store bit by bit and kept for some weeks.

Counts only. An access point that counts its clients itself is believed; of the others the radios are summed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.history import DAY, HOUR, WEEK
from city.measurements import DeviceKind, Metric
from city.telemetry import Aggregate, Sample, TelemetryStore, Window
from wifi.inventory import Inventory

KEPT = 12 * WEEK
"""A place is 2,016 hours then, some 200 kB."""
READ_AGAIN = DAY
"""What the spool brought late is seen if it is no later than this."""
READ_AT_ONCE = WEEK
"""600 radios make 100,000 samples in it: the store answers other questions in between."""
COMPLETE = 0.5
"""An hour counts where so many of the access points told of it as ever did in the time that was read together."""

ByHour = Mapping[datetime, float]


@dataclass(frozen=True, slots=True)
class RadioMean:
    """What a radio carried, on average of some hours; None is "not known"."""

    clients: float | None
    airtime_pct: float | None


class Footfalls:
    """Mean clients of each place by hour of UTC."""

    def __init__(self, store: TelemetryStore, inventory: Inventory) -> None:
        self._store = store
        self._inventory = inventory
        self._hours: dict[str, dict[datetime, float]] = {hotspot: {} for hotspot in inventory.hotspots}
        self._read_until: datetime | None = None

    def of(self, hotspot: str) -> ByHour:
        """What is known of a place; a copy, that may be looked through in a thread."""
        return dict(self._hours[hotspot])

    async def read(self, until: datetime) -> None:
        """Read what has come since the last time, all of it the first time.

        Raises:
            Unreachable: the store is away; what was read until then is kept.
        """
        begin = until - KEPT
        if self._read_until is not None and begin < self._read_until - READ_AGAIN < until:
            begin = self._read_until - READ_AGAIN
        else:
            self._forget(until, until)
        for window in _cut(_whole_hour(begin), until):
            for hotspot, hours in (await self.within(window)).items():
                self._hours[hotspot].update(hours)
            self._read_until = window.end
        self._forget(until - KEPT, until)

    async def within(self, window: Window) -> Mapping[str, ByHour]:
        """By place, what was measured in a time, which is not kept; a place of which nothing is known is absent.

        Raises:
            Unreachable: the store is away.
        """
        own = await self._means(DeviceKind.ACCESS_POINT, Metric.CLIENTS, window)
        radios = await self._means(DeviceKind.RADIO, Metric.CLIENTS, window)
        return await asyncio.to_thread(self._by_place, own, radios)

    async def radios_in(
        self, hours: Mapping[str, Collection[datetime]], window: Window
    ) -> Mapping[str, RadioMean]:
        """By radio, what it carried on average of some hours of its place.

        Raises:
            Unreachable: the store is away.
        """
        clients: defaultdict[str, list[float]] = defaultdict(list)
        airtime: defaultdict[str, list[float]] = defaultdict(list)
        for some in _cut(window.start, window.end):
            for metric, into in ((Metric.CLIENTS, clients), (Metric.AIRTIME, airtime)):
                for radio, samples in (await self._means(DeviceKind.RADIO, metric, some)).items():
                    access_point = self._inventory.access_points.get(radio.rpartition("/")[0])
                    if access_point is not None:
                        wanted = hours.get(access_point.hotspot, ())
                        into[radio] += [sample.value for sample in samples if sample.at in wanted]
        return {
            radio: RadioMean(_mean(clients.get(radio, ())), _mean(airtime.get(radio, ())))
            for radio in clients.keys() | airtime.keys()
        }

    async def _means(
        self, kind: DeviceKind, metric: Metric, window: Window
    ) -> Mapping[str, Sequence[Sample]]:
        return await self._store.each(kind, metric, window, HOUR, Aggregate.MEAN)

    def _by_place(
        self, own: Mapping[str, Sequence[Sample]], radios: Mapping[str, Sequence[Sample]]
    ) -> Mapping[str, ByHour]:
        sums: defaultdict[str, defaultdict[datetime, list[float]]] = defaultdict(lambda: defaultdict(list))
        for access_point, hours in clients_by_access_point(own, radios).items():
            if known := self._inventory.access_points.get(access_point):
                for at, clients in hours.items():
                    sums[known.hotspot][at].append(clients)
        return {hotspot: _complete(hours) for hotspot, hours in sums.items()}

    def _forget(self, before: datetime, after: datetime) -> None:
        for hotspot, hours in self._hours.items():
            self._hours[hotspot] = {at: clients for at, clients in hours.items() if before <= at < after}


def clients_by_access_point(
    own: Mapping[str, Sequence[Sample]], radios: Mapping[str, Sequence[Sample]]
) -> Mapping[str, ByHour]:
    """Clients of each access point by hour: its own count where it has one, else the sum of its radios', never both."""
    found: defaultdict[str, defaultdict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for radio, samples in radios.items():
        of_its = found[radio.rpartition("/")[0]]
        for sample in samples:
            of_its[sample.at] += sample.value
    for access_point, samples in own.items():
        found[access_point].update((sample.at, sample.value) for sample in samples)
    return found


def _complete(hours: Mapping[datetime, Sequence[float]]) -> ByHour:
    most = max(len(values) for values in hours.values())
    return {at: sum(values) for at, values in hours.items() if len(values) >= COMPLETE * most}


def _cut(start: datetime, end: datetime) -> Iterator[Window]:
    while start < end:
        until = min(start + READ_AT_ONCE, end)
        yield Window(start, until)
        start = until


def _whole_hour(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

"""What the store still knows of the last days of each place: a head-end that begins anew need not wait for new ones."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from city.clock import Clock
from city.errors import Refused, Unreachable
from city.history import EPOCH
from city.measurements import DeviceKind, Metric
from city.telemetry import Aggregate, Sample, TelemetryStore, Window
from headend.pacing import BackOff
from wifi.inventory import AccessPoint, Inventory
from wifi.load import AccessPointLoad, HotspotLoad, RadioLoad, access_point_load, hotspot_load, radio_load

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
DAYS_BACK = 7
"""A week holds the five days on which most places are used."""
STEP = timedelta(minutes=15)
"""What of the load is looked at: means of so long, since single polls would be too many."""
FIRST_S, CAP_S = 5.0, 300.0
"""Clock seconds between tries while the store is away."""

Recall = Callable[[str, HotspotLoad, datetime, timedelta], None]
"""Takes the load of a place, by id, as it was at an instant, and for how long it was so."""
Series = Mapping[str, Sequence[Sample]]


class PastDays:
    """Tells the diagnosis once, after a start, what the last days were like."""

    def __init__(self, store: TelemetryStore, inventory: Inventory, clock: Clock, recall: Recall) -> None:
        self._store = store
        self._inventory = inventory
        self._clock = clock
        self._recall = recall

    async def run(self) -> None:
        """Go through the last days, the oldest first, as soon as the store answers; then return."""
        end = EPOCH + (self._clock.now() - EPOCH) // STEP * STEP
        back_off = BackOff(FIRST_S, CAP_S)
        for days in range(DAYS_BACK, 0, -1):
            window = Window(end - days * DAY, end - (days - 1) * DAY)
            while True:
                try:
                    await self._go_through(window)
                    break
                except Unreachable as error:
                    log.info("the last days of Wi-Fi places are not known yet: %s", error)
                    await self._clock.sleep(back_off.next_s())
                except Refused as error:
                    log.warning("the last days of Wi-Fi places cannot be read: %s", error)
                    return

    async def _go_through(self, window: Window) -> None:
        store, radios, mean = self._store, DeviceKind.RADIO, Aggregate.MEAN
        clients = await store.each(radios, Metric.CLIENTS, window, STEP, mean)
        airtime = await store.each(radios, Metric.AIRTIME, window, STEP, mean)
        for hotspot, load, at in await asyncio.to_thread(lambda: list(self._loads(clients, airtime))):
            self._recall(hotspot, load, at, STEP)

    def _loads(self, clients: Series, airtime: Series) -> Iterator[tuple[str, HotspotLoad, datetime]]:
        """The load of each place in each step in which anything of it is known, oldest first."""
        radios = self._radios(clients, airtime)
        for at in sorted(radios):
            for hotspot, members in self._inventory.by_hotspot.items():
                loads = [_load(member, radios[at].get(member.id, [])) for member in members]
                if any(load.up for load in loads):
                    yield hotspot, hotspot_load(hotspot, loads), at

    def _radios(self, clients: Series, airtime: Series) -> dict[datetime, dict[str, list[RadioLoad]]]:
        """By step and access point."""
        found: defaultdict[datetime, dict[str, list[RadioLoad]]] = defaultdict(dict)
        for radio in sorted(clients.keys() | airtime.keys()):
            access_point = self._inventory.access_points.get(radio.rpartition("/")[0])
            if access_point is None:
                continue
            counts = {sample.at: sample.value for sample in clients.get(radio, ())}
            busy = {sample.at: sample.value for sample in airtime.get(radio, ())}
            for at in counts.keys() | busy.keys():
                count = round(counts[at]) if at in counts else None
                load = radio_load(radio, count, busy.get(at), access_point.clients_per_radio)
                found[at].setdefault(access_point.id, []).append(load)
        return found


def _load(access_point: AccessPoint, radios: Sequence[RadioLoad]) -> AccessPointLoad:
    return access_point_load(access_point.id, bool(radios), radios, access_point.clients_per_radio)

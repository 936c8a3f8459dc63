"""Since when radios, access points and places are full."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from wifi.inventory import Inventory
from wifi.load import AccessPointLoad, hotspot_load
from wifi.rules import Rules
from wifi.saturation import Saturation


class Fullness:
    """Follows every load, poll by poll.

    The radios of a poll come one by one after their access point. So a poll is judged when the next one comes: only
    then is it known that all of it was there.
    """

    def __init__(self, inventory: Inventory, rules: Rules, period: timedelta) -> None:
        """``rules`` say what is full; ``period`` is how often an access point is polled."""
        self._inventory = inventory
        self._rules = rules
        self._period = period
        self._loads: dict[str, AccessPointLoad] = {}
        """As each access point was when it was last heard of."""
        self._polled_at: dict[str, datetime] = {}
        self._radios: dict[str, Saturation] = {}
        self._access_points = self._followed(inventory.access_points)
        self._hotspots = self._followed(inventory.hotspots)

    def _followed(self, names: Mapping[str, object]) -> dict[str, Saturation]:
        return {name: Saturation(self._rules, self._period) for name in names}

    def polled(self, access_point: str, at: datetime) -> None:
        """An access point was polled anew: what its last poll has told is judged."""
        load, polled_at = self._loads.get(access_point), self._polled_at.get(access_point)
        self._polled_at[access_point] = at
        if load is None or polled_at is None:
            return
        for radio in load.radios:
            if radio.id not in self._radios:
                self._radios[radio.id] = Saturation(self._rules, self._period)
            self._radios[radio.id].observe(radio.load_pct, polled_at)
        self._access_points[access_point].observe(load.load_pct, polled_at)
        hotspot = self._inventory.access_points[access_point].hotspot
        members = self._inventory.by_hotspot[hotspot]
        loads = [self._loads[member.id] for member in members if member.id in self._loads]
        self._hotspots[hotspot].observe(hotspot_load(hotspot, loads).load_pct, polled_at)

    def told(self, load: AccessPointLoad) -> None:
        """An access point, or one of its radios, has told its load: with each more of the poll is known."""
        self._loads[load.id] = load

    def of_radio(self, radio: str) -> datetime | None:
        """Since when a radio is full; None while it is not."""
        followed = self._radios.get(radio)
        return followed.since if followed else None

    def of_access_point(self, access_point: str) -> datetime | None:
        """Since when an access point is full."""
        return self._access_points[access_point].since

    def of_hotspot(self, hotspot: str) -> datetime | None:
        """Since when a place is full."""
        return self._hotspots[hotspot].since

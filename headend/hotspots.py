"""City Wi-Fi as it is now: radios, access points and hotspots, with their load."""

from collections.abc import Iterable
from datetime import datetime

from city.measurements import DeviceKind, Metric, Reading
from city.wifi_views import AccessPointView, HotspotView, RadioView
from headend.changes import Changes
from headend.snapshot import Latest, Snapshot
from wifi.inventory import AccessPoint, Inventory
from wifi.load import AccessPointLoad, access_point_load, hotspot_load, radio_load

DOWN_AFTER_MISSES = 3
"""Unanswered polls in a row after which an access point is shown as down, as its diagnosis has it."""


class Hotspots:
    """All access points, by what they answered last."""

    def __init__(self, inventory: Inventory, snapshot: Snapshot) -> None:
        self._inventory = inventory
        self._snapshot = snapshot
        self._radios: dict[str, list[str]] = {name: [] for name in inventory.access_points}
        self._misses: dict[str, int] = {}
        self.changes = Changes()

    def observe(self, reading: Reading) -> None:
        """Take note of a reading that is the newest of its device."""
        if reading.kind is DeviceKind.ACCESS_POINT and reading.device in self._radios:
            self._misses[reading.device] = 0
            self.changes.touch(reading.device)
        elif reading.kind is DeviceKind.RADIO:
            access_point = reading.device.rpartition("/")[0]
            radios = self._radios.get(access_point)
            if radios is not None and reading.device not in radios:
                radios.append(reading.device)
                radios.sort()

    def missed(self, access_point: str, _at: datetime) -> None:
        """Take note of a poll that stayed unanswered."""
        self._misses[access_point] = self._misses.get(access_point, 0) + 1
        if self._misses[access_point] == DOWN_AFTER_MISSES:
            self.changes.touch(access_point)

    def access_points(self, names: Iterable[str] | None = None) -> tuple[AccessPointView, ...]:
        """Some access points, or all."""
        chosen = self._inventory.access_points if names is None else names
        return tuple(self._view(self._inventory.access_points[name]) for name in chosen)

    def hotspots(self) -> tuple[HotspotView, ...]:
        """Every public place with its load."""
        views = []
        for hotspot in self._inventory.hotspots.values():
            members = self._inventory.by_hotspot[hotspot.id]
            loads = [self._load(member) for member in members]
            load = hotspot_load(hotspot.id, loads)
            rates = [self._rate_bps(radio.id) for each in loads if each.up for radio in each.radios]
            heard = [latest.at for member in members if (latest := self._latest(member.id))]
            views.append(
                HotspotView(
                    id=hotspot.id,
                    name=hotspot.name,
                    sector=hotspot.sector,
                    watched=hotspot.watched,
                    latitude=hotspot.position.latitude,
                    longitude=hotspot.position.longitude,
                    load_pct=load.load_pct,
                    clients=load.clients,
                    airtime_pct=load.airtime_pct,
                    throughput_bps=_sum(rates),
                    access_points=load.access_points,
                    access_points_up=load.access_points_up,
                    at=max(heard, default=None),
                )
            )
        return tuple(views)

    def _view(self, access_point: AccessPoint) -> AccessPointView:
        load = self._load(access_point)
        latest = self._latest(access_point.id)
        radios = []
        for radio in load.radios:
            values = latest_radio.values if load.up and (latest_radio := self._radio(radio.id)) else {}
            channel = values.get(Metric.CHANNEL)
            radios.append(
                RadioView(
                    id=radio.id,
                    clients=radio.clients,
                    airtime_pct=radio.airtime_pct,
                    load_pct=radio.load_pct,
                    channel=None if channel is None else int(channel),
                    noise_dbm=values.get(Metric.NOISE),
                    throughput_bps=self._rate_bps(radio.id) if load.up else None,
                )
            )
        return AccessPointView(
            id=access_point.id,
            hotspot=access_point.hotspot,
            latitude=access_point.position.latitude,
            longitude=access_point.position.longitude,
            up=load.up,
            clients=load.clients,
            load_pct=load.load_pct,
            at=latest.at if latest else None,
            radios=tuple(radios),
        )

    def _load(self, access_point: AccessPoint) -> AccessPointLoad:
        latest = self._latest(access_point.id)
        radios = []
        for name in self._radios[access_point.id]:
            radio = self._radio(name)
            # A radio that the last answer no longer had is not there any more.
            if latest is not None and radio is not None and radio.at >= latest.at:
                airtime = radio.values.get(Metric.AIRTIME)
                radios.append(
                    radio_load(
                        name,
                        _count(radio.values.get(Metric.CLIENTS)),
                        airtime,
                        access_point.clients_per_radio,
                    )
                )
        own = _count(latest.values.get(Metric.CLIENTS)) if latest else None
        up = self._is_up(access_point.id, latest)
        return access_point_load(access_point.id, up, radios, access_point.clients_per_radio, own)

    def _is_up(self, access_point: str, latest: Latest | None) -> bool | None:
        """None before the first poll has told."""
        if self._misses.get(access_point, 0) >= DOWN_AFTER_MISSES:
            return False
        if latest is None or not latest.live:
            return None
        return latest.values.get(Metric.UP, 1.0) > 0

    def _latest(self, access_point: str) -> Latest | None:
        return self._snapshot.latest(DeviceKind.ACCESS_POINT, access_point)

    def _radio(self, radio: str) -> Latest | None:
        return self._snapshot.latest(DeviceKind.RADIO, radio)

    def _rate_bps(self, radio: str) -> float | None:
        latest = self._radio(radio)
        return latest.rate_bps if latest else None


def _count(value: float | None) -> int | None:
    return None if value is None else round(value)


def _sum(rates: list[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None

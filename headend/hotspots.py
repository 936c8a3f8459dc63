"""City Wi-Fi as it is now: radios, access points and hotspots, with their load."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from city.measurements import DeviceKind, Metric, Reading
from city.wifi_views import AccessPointView, HotspotView, RadioView, SsidView
from headend.changes import Changes
from headend.fullness import Fullness
from headend.snapshot import Latest, Snapshot
from wifi.inventory import AccessPoint, Hotspot, Inventory
from wifi.load import AccessPointLoad, RadioLoad, access_point_load, hotspot_load, radio_load
from wifi.rules import DEFAULT_PERIOD, MOST_RADIOS, RULES, Rules

DOWN_AFTER_MISSES = 3
"""Unanswered polls in a row after which an access point is shown as down, as its diagnosis has it."""
MOST_SSIDS = 64
"""More networks than this no access point sends: what a device lists beyond them is not shown."""

Expectation = tuple[float | None, str]
"""How many clients a place usually has at this hour of such a day, and what takes place there now."""


def nothing_expected(_hotspot: str) -> Expectation:
    """Of no place is anything expected."""
    return None, ""


class Hotspots:
    """All access points, by what they answered last."""

    def __init__(
        self,
        inventory: Inventory,
        snapshot: Snapshot,
        rules: Rules = RULES,
        period: timedelta = DEFAULT_PERIOD,
    ) -> None:
        """``rules`` say what is full; ``period`` is how often an access point is polled."""
        self._inventory = inventory
        self._snapshot = snapshot
        self._fullness = Fullness(inventory, rules, period)
        self._radios: dict[str, list[str]] = {name: [] for name in inventory.access_points}
        self._ssids: dict[str, list[str]] = {name: [] for name in inventory.access_points}
        self._misses: dict[str, int] = {}
        self.changes = Changes()
        self.expectations: Callable[[str], Expectation] = nothing_expected
        """What is expected of a place, by its id."""

    def observe(self, reading: Reading) -> None:
        """Take note of a reading that is the newest of its device."""
        if reading.kind is DeviceKind.ACCESS_POINT and reading.device in self._radios:
            self._misses[reading.device] = 0
            self._fullness.polled(reading.device, reading.at)
            self._tell_fullness(reading.device)
            self.changes.touch(reading.device)
        elif reading.kind is DeviceKind.RADIO:
            access_point = reading.device.rpartition("/")[0]
            self._take_up(reading.device, self._radios.get(access_point), MOST_RADIOS)
            if access_point in self._radios:
                self._tell_fullness(access_point)
        elif reading.kind is DeviceKind.SSID:
            self._take_up(reading.device, self._ssids.get(self._counting(reading.device)), MOST_SSIDS)

    @staticmethod
    def _take_up(device: str, known: list[str] | None, most: int) -> None:
        if known is not None and device not in known and len(known) < most:
            known.append(device)
            known.sort()

    def _tell_fullness(self, access_point: str) -> None:
        self._fullness.told(self._load(self._inventory.access_points[access_point]))

    def _counting(self, ssid: str) -> str:
        """Which access point counts the clients of a network; its name may hold any sign, the slash too."""
        parts = ssid.split("/")
        names = ("/".join(parts[:number]) for number in range(1, len(parts)))
        return next((name for name in names if name in self._ssids), "")

    def missed(self, access_point: str, at: datetime) -> None:
        """Take note of a poll that stayed unanswered."""
        self._misses[access_point] = self._misses.get(access_point, 0) + 1
        if access_point in self._radios:
            self._fullness.polled(access_point, at)
            self._tell_fullness(access_point)
        if self._misses[access_point] == DOWN_AFTER_MISSES:
            self.changes.touch(access_point)

    def access_points(self, names: Iterable[str] | None = None) -> tuple[AccessPointView, ...]:
        """Some access points, or all."""
        chosen = self._inventory.access_points if names is None else names
        return tuple(self._view(self._inventory.access_points[name]) for name in chosen)

    def hotspots(self) -> tuple[HotspotView, ...]:
        """Every public place with its load."""
        return tuple(self._place(hotspot) for hotspot in self._inventory.hotspots.values())

    def _place(self, hotspot: Hotspot) -> HotspotView:
        members = self._inventory.by_hotspot[hotspot.id]
        loads = [self._load(member) for member in members]
        load = hotspot_load(hotspot.id, loads)
        rates = [self._rate_bps(radio.id) for each in loads if each.up for radio in each.radios]
        heard = [latest.at for member in members if (latest := self._latest(member.id))]
        usual_clients, event = self.expectations(hotspot.id)
        return HotspotView(
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
            capacity=load.capacity,
            saturated_since=self._fullness.of_hotspot(hotspot.id),
            usual_clients=usual_clients,
            event=event,
        )

    def _view(self, access_point: AccessPoint) -> AccessPointView:
        load = self._load(access_point)
        latest = self._latest(access_point.id)
        return AccessPointView(
            id=access_point.id,
            hotspot=access_point.hotspot,
            latitude=access_point.position.latitude,
            longitude=access_point.position.longitude,
            up=load.up,
            clients=load.clients,
            load_pct=load.load_pct,
            at=latest.at if latest else None,
            radios=tuple(self._radio_view(radio, is_up=bool(load.up)) for radio in load.radios),
            controller=access_point.controller,
            source=access_point.profile,
            capacity=load.capacity,
            saturated_since=self._fullness.of_access_point(access_point.id),
            ssids=self._ssid_views(access_point.id, latest) if latest and load.up else (),
        )

    def _radio_view(self, radio: RadioLoad, *, is_up: bool) -> RadioView:
        latest = self._radio(radio.id)
        values: Mapping[Metric, float] = latest.values if latest and is_up else {}
        channel, up = values.get(Metric.CHANNEL), values.get(Metric.UP)
        return RadioView(
            id=radio.id,
            clients=radio.clients,
            airtime_pct=radio.airtime_pct,
            load_pct=radio.load_pct,
            channel=None if channel is None else int(channel),
            noise_dbm=values.get(Metric.NOISE),
            throughput_bps=self._rate_bps(radio.id) if is_up else None,
            up=None if up is None else up > 0,
            at=latest.at if latest else None,
            saturated_since=self._fullness.of_radio(radio.id),
        )

    def _ssid_views(self, access_point: str, own: Latest) -> tuple[SsidView, ...]:
        """The networks that its last answer had, by name."""
        views = []
        for device in self._ssids[access_point]:
            latest = self._snapshot.latest(DeviceKind.SSID, device)
            if latest is not None and latest.at >= own.at:
                name = device.removeprefix(f"{access_point}/")
                views.append(SsidView(name=name, clients=_count(latest.values.get(Metric.CLIENTS))))
        return tuple(views)

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
                        sends=radio.values.get(Metric.UP, 1.0) > 0,
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

"""How places were used, hour by hour: their clients and their load, from what their access points told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from city.small_counts import Count, count_told
from city.telemetry import Sample
from city.wifi_report_views import KindOfDay, WifiBusyHour, WifiDay, WifiHour
from headend.wifi_report.availability import Series
from wifi.inventory import AccessPoint, Inventory
from wifi.load import access_point_load, hotspot_load, radio_load

HIGH_SHARE = 0.95
"""The share of hours of which a 95th percentile tells the most."""
MOSTLY = 0.5
"""Share of an hour from which on a radio counts as switched on in it."""
BUSIEST_HOURS = 3
"""So many are named of each kind of day."""
KINDS_OF_DAYS: tuple[KindOfDay, ...] = ("workday", "saturday", "sunday", "event")


@dataclass(frozen=True, slots=True)
class Hourly:
    """What access points and radios told in some hours, by device: means of hours."""

    own: Series
    """The access points' own counts of clients."""
    radios: Series
    """The radios' counts of clients."""
    airtime: Series
    """The radios', percent."""
    sends: Series
    """Of radios that say so, whether they are switched on."""


class PlaceUse:
    """One place."""

    def __init__(self) -> None:
        self.clients: dict[datetime, float] = {}
        """Mean by hour, by its beginning."""
        self.saturated_h: float | None = None
        self.most: Sample | None = None
        """The most clients at once, by the means of steps."""

    @property
    def mean(self) -> float | None:
        """Of the hours that are known."""
        return mean_of(self.clients.values())

    @property
    def high(self) -> float | None:
        """In 95 of 100 hours there were no more."""
        ordered = sorted(self.clients.values())
        return ordered[ceil(HIGH_SHARE * len(ordered)) - 1] if ordered else None

    def note_load(self, load_pct: float | None, saturated_pct: float) -> None:
        """Take note of the load of one hour."""
        if load_pct is not None:
            self.saturated_h = (self.saturated_h or 0.0) + (load_pct >= saturated_pct)

    def note_steps(self, samples: Iterable[Sample]) -> None:
        """Take note of how many were there in some steps."""
        for sample in samples:
            if self.most is None or sample.value > self.most.value:
                self.most = sample

    def days(self, days: Iterable[date], zone: ZoneInfo, under: int) -> tuple[WifiDay, ...]:
        """Day by day, as it may be told."""
        by_day: defaultdict[date, list[float]] = defaultdict(list)
        for at, clients in self.clients.items():
            by_day[at.astimezone(zone).date()].append(clients)
        return tuple(
            WifiDay(
                day=day,
                clients=count_told(mean_of(by_day[day]), under),
                busiest=count_told(max(by_day[day], default=None), under),
            )
            for day in days
        )

    def week(self, days: Collection[date], zone: ZoneInfo, under: int) -> tuple[WifiHour, ...]:
        """Hour by hour of the week, as it may be told."""
        found: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for at, clients in self.clients.items():
            local = at.astimezone(zone)
            found[local.weekday(), local.hour].append(clients)
        return tuple(
            WifiHour(weekday=weekday, hour=hour, clients=_mean_told(found[weekday, hour], under))
            for weekday in sorted({day.weekday() for day in days})
            for hour in range(24)
        )

    def busy_hours(
        self, kinds: Mapping[date, KindOfDay], zone: ZoneInfo, under: int
    ) -> tuple[WifiBusyHour, ...]:
        """The busiest hours of each kind of day; none of those in which there were few."""
        found: defaultdict[tuple[KindOfDay, int], list[float]] = defaultdict(list)
        for at, clients in self.clients.items():
            local = at.astimezone(zone)
            found[kinds[local.date()], local.hour].append(clients)
        busy = []
        for kind in KINDS_OF_DAYS:
            told = [(hour, _mean_told(some, under).value) for (of, hour), some in found.items() if of == kind]
            some = [WifiBusyHour(days=kind, hour=hour, clients=clients) for hour, clients in told if clients]
            busy += sorted(some, key=lambda each: (-each.clients, each.hour))[:BUSIEST_HOURS]
        return tuple(busy)


def take_hours(
    uses: Mapping[str, PlaceUse], inventory: Inventory, hourly: Hourly, saturated_pct: float | None = None
) -> None:
    """Note the clients of each place in some hours and, with a threshold, whether it was full in them."""
    own, radios = _by_hour(hourly.own), _by_hour(hourly.radios)
    airtime, sends = _by_hour(hourly.airtime), _by_hour(hourly.sends)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for radio in sorted({*hourly.radios, *hourly.airtime}):
        names[radio.rpartition("/")[0]].append(radio)
    for at in sorted({*own, *radios, *airtime}):
        hour = _Hour(own.get(at, {}), radios.get(at, {}), airtime.get(at, {}), sends.get(at, {}), names)
        for place, use in uses.items():
            members = inventory.by_hotspot[place]
            counts = [count for member in members if (count := hour.clients(member)) is not None]
            if counts:
                use.clients[at] = sum(counts)
            if saturated_pct is not None:
                use.note_load(hour.load_pct(place, members), saturated_pct)


@dataclass(frozen=True, slots=True)
class _Hour:
    """What was told in one hour."""

    own: Mapping[str, float]
    radios: Mapping[str, float]
    airtime: Mapping[str, float]
    sends: Mapping[str, float]
    names: Mapping[str, Sequence[str]]
    """The radios of each access point."""

    def clients(self, access_point: AccessPoint) -> float | None:
        """Its own count; without one, its radios' are summed."""
        if access_point.id in self.own:
            return self.own[access_point.id]
        counts = [self.radios[name] for name in self._of(access_point) if name in self.radios]
        return sum(counts) if counts else None

    def load_pct(self, place: str, members: Iterable[AccessPoint]) -> float | None:
        """As docs/wifi-load.md defines it, of means of the hour; clients in whole ones."""
        loads = []
        for member in members:
            told = [name for name in self._of(member) if name in self.radios or name in self.airtime]
            radios = [
                radio_load(
                    name,
                    _whole(self.radios.get(name)),
                    self.airtime.get(name),
                    member.clients_per_radio,
                    sends=self.sends.get(name, 1.0) >= MOSTLY,
                )
                for name in told
            ]
            loads.append(access_point_load(member.id, bool(told), radios, member.clients_per_radio))
        return hotspot_load(place, loads).load_pct

    def _of(self, access_point: AccessPoint) -> Sequence[str]:
        return self.names.get(access_point.id, ())


def mean_of(values: Iterable[float]) -> float | None:
    """None of none."""
    known = list(values)
    return sum(known) / len(known) if known else None


def _mean_told(values: Iterable[float], under: int) -> Count:
    return count_told(mean_of(values), under)


def _whole(count: float | None) -> int | None:
    return None if count is None else round(count)


def _by_hour(series: Series) -> dict[datetime, dict[str, float]]:
    hours: defaultdict[datetime, dict[str, float]] = defaultdict(dict)
    for device, samples in series.items():
        for sample in samples:
            hours[sample.at][device] = sample.value
    return dict(hours)

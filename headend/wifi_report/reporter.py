"""The report on city Wi-Fi: how each place was used from one day to another, read from the store day by day."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from city.counters import MOST_RADIO_OCTETS_PER_S
from city.history import DAY, HOUR, LADDER, Counting, Grid, cut, window_of
from city.history_views import HistorySeries
from city.incidents import Incident
from city.measurements import DeviceKind, Metric
from city.public_holidays import Region, public_holidays
from city.small_counts import count_told, is_small
from city.telemetry import Aggregate, Tag, Window
from city.wifi_report_views import WifiBefore, WifiPlace, WifiReport
from headend.core import Core
from headend.growths import Growths
from headend.unknown import Unknown
from headend.wifi_report.availability import Availability, IsOpen
from headend.wifi_report.incidents import by_cause, of_place, times_down
from headend.wifi_report.spans import Span, event_days, kind_of_day, month_before, span_asked, year_before
from headend.wifi_report.use import Hourly, PlaceUse, take_hours
from wifi.inventory import AccessPoint, Hotspot
from wifi.opening_hours import OpeningHours

SHORTEST_STEP = timedelta(minutes=5)
LOOKS_PER_STEP = 2
"""Into steps of five minutes time is cut for availability and peaks, or of so many polls where these are rare."""
COMPARABLE_SHARE = 0.8
"""Of both spans' hours so many must be known for growth to be told; a project's proposal."""
ACCESS_POINT, RADIO = DeviceKind.ACCESS_POINT, DeviceKind.RADIO
OCTETS = (Metric.IN_OCTETS, Metric.OUT_OCTETS)


class WifiReporter:
    """One report on Wi-Fi, being made."""

    def __init__(self, core: Core, first: date | None, last: date | None, hotspot: str | None = None) -> None:
        """By default of all places, from the first of the month that yesterday lies in to yesterday.

        Raises:
            BadInput: the days are the wrong way round, too many, or not over yet.
            Unknown: there is no such place.
        """
        self._core, self._zone = core, core.plan.site.zone
        self._inventory = core.inventory.wifi  # as it is when it begins: it may change while it is made
        self._hotspots = self._inventory.hotspots
        if hotspot is not None and hotspot not in self._hotspots:
            raise Unknown(f"hotspot {hotspot[:80]}: there is none of that id")
        self._chosen: tuple[Hotspot, ...] = tuple(
            each for each in self._hotspots.values() if hotspot in {None, each.id}
        )
        now = core.clock.now()
        self.span = span_asked(first, last, now.astimezone(self._zone).date())
        self._before = {month_before: month_before(self.span), year_before: year_before(self.span)}
        self._grid = self._days(self.span)
        self._step = self._step_at(now)
        self._uses, self._month, self._year = self._nothing(), self._nothing(), self._nothing()
        hours = cut(self._grid.window, HOUR, self._zone)
        self._octets = {metric: self._growths(hours) for metric in OCTETS}
        self._region = Region(core.settings.wifi.holidays)
        self._availability = Availability({}, (), self._step, ())
        self._incidents: list[Incident] = []

    @property
    def steps(self) -> int:
        """How many days are looked at: those asked for, and those that they are compared with."""
        return sum(len(self._days(span).starts) for span in (self.span, *self._before.values()))

    async def run(self) -> AsyncGenerator[int, None]:
        """Make it; yields how many steps are done.

        Raises:
            Unreachable: the store, or the records, have gone away.
        """
        await self._core.watch.save()
        window = self._grid.window
        self._incidents = await self._core.records.incidents_during(window.start, window.end)
        done = 0
        for uses, span in (
            (self._month, self._before[month_before]),
            (self._year, self._before[year_before]),
        ):
            for day in _windows(self._days(span)):
                await asyncio.to_thread(take_hours, uses, self._inventory, await self._clients(day))
                yield (done := done + 1)
        places = {name: each.hotspot for name, each in self._inventory.access_points.items()}
        heard = await self._heard(self._days(self._before[month_before]).window)
        opens = {each.id: self._is_open(each.opens) for each in self._chosen if each.opens is not None}
        down = times_down(self._incidents, window.end)
        self._availability = Availability(places, heard, self._step, down, opens)
        for number, day in enumerate(_windows(self._grid)):
            await self._look_at_use(day)
            await self._look_at_availability(day)
            await self._look_at_octets(Window(day.start - HOUR, day.end) if number == 0 else day)
            yield (done := done + 1)

    def head(self) -> WifiReport:
        """All that is of no single place, once it is made."""
        settings, availability = self._core.settings, self._availability
        return WifiReport(
            first=self.span[0],
            last=self.span[1],
            made_at=self._core.clock.now(),
            city=settings.city.name,
            time_zone=settings.city.time_zone,
            small_count=settings.wifi.small_count,
            saturated_pct=settings.wifi.saturated_pct,
            step_s=self._step.total_seconds(),
            watched_share=_share(availability.watched_steps, availability.steps),
            places=(),
        )

    def places(self) -> Iterator[WifiPlace]:
        """Each place by name, once it is made."""
        octets = {metric: {each.name: each for each in self._octets[metric].series()} for metric in OCTETS}
        for hotspot in sorted(self._chosen, key=lambda each: (each.name, each.id)):
            yield self._place(hotspot, *(octets[metric].get(hotspot.id) for metric in OCTETS))

    def _place(
        self, hotspot: Hotspot, received: HistorySeries | None, sent: HistorySeries | None
    ) -> WifiPlace:
        settings, zone = self._core.settings, self._zone
        use, under = self._uses[hotspot.id], settings.wifi.small_count
        names = [each.id for each in self._members(hotspot)]
        days = [start.astimezone(zone).date() for start in self._grid.starts]
        events = event_days(settings.event, hotspot.id, zone)
        kinds = {day: kind_of_day(day, self._region, events) for day in days}
        most = None if use.most is None else use.most.value
        is_peak_told = use.most is not None and not is_small(most, under)
        return WifiPlace(
            hotspot=hotspot.id,
            name=hotspot.name,
            sector=hotspot.sector,
            access_points=len(names),
            never_heard=self._availability.never_heard(names),
            availability_share=_rounded(self._availability.share(names)),
            opens="" if hotspot.opens is None else hotspot.opens.text,
            availability_open_share=_rounded(self._availability.share_while_open(names)),
            clients=count_told(use.mean, under),
            known_share=_known(use, self._grid),
            p95=count_told(use.high, under),
            peak=count_told(most, under),
            peak_at=use.most.at if is_peak_told and use.most else None,
            saturated_h=use.saturated_h,
            in_octets=received.total if received else None,
            out_octets=sent.total if sent else None,
            began_anew=sum(each.began_anew for each in (received, sent) if each),
            incidents=by_cause(
                of_place(self._incidents, hotspot.id, self._core.inventory), self._grid.window
            ),
            month_before=self._earlier(use, self._month[hotspot.id], self._before[month_before]),
            year_before=self._earlier(use, self._year[hotspot.id], self._before[year_before]),
            busy_hours=use.busy_hours(kinds, zone, under),
            days=use.days(days, zone, under),
            week=use.week(days, zone, under),
        )

    def _earlier(self, now: PlaceUse, then: PlaceUse, span: Span) -> WifiBefore:
        under, grid = self._core.settings.wifi.small_count, self._days(span)
        known = _known(then, grid)
        comparable = min(known, _known(now, self._grid)) >= COMPARABLE_SHARE
        growth = None
        if comparable and now.mean is not None and then.mean:
            # From a small count and a growth the other one could be reckoned.
            small = is_small(now.mean, under) or is_small(then.mean, under)
            growth = None if small else round(now.mean / then.mean - 1, 2)
        return WifiBefore(
            first=span[0],
            last=span[1],
            clients=count_told(then.mean, under),
            known_share=known,
            growth_share=growth,
        )

    async def _clients(self, day: Window) -> Hourly:
        store = self._core.store
        own = await store.each(ACCESS_POINT, Metric.CLIENTS, day, HOUR, Aggregate.MEAN)
        radios = await store.each(RADIO, Metric.CLIENTS, day, HOUR, Aggregate.MEAN)
        return Hourly(own, radios, {}, {})

    async def _look_at_use(self, day: Window) -> None:
        store, full = self._core.store, self._core.settings.wifi.saturated_pct
        airtime = await store.each(RADIO, Metric.AIRTIME, day, HOUR, Aggregate.MEAN)
        sends = await store.each(RADIO, Metric.UP, day, HOUR, Aggregate.MEAN)
        hourly = replace(await self._clients(day), airtime=airtime, sends=sends)
        await asyncio.to_thread(take_hours, self._uses, self._inventory, hourly, full)
        for kind in (ACCESS_POINT, RADIO):
            # Where both count, they count the same; where some access points do it and some radios, the more is nearer.
            by_place = await store.grouped(kind, Metric.CLIENTS, Tag.HOTSPOT, day, self._step, Aggregate.SUM)
            for name, use in self._uses.items():
                use.note_steps(by_place.get(name, ()))

    async def _look_at_availability(self, day: Window) -> None:
        store = self._core.store
        up = await store.each(ACCESS_POINT, Metric.UP, day, self._step, Aggregate.MEAN)
        uptime = await store.each(ACCESS_POINT, Metric.UPTIME, day, self._step, Aggregate.LAST)
        await asyncio.to_thread(self._availability.take, day, up, uptime)

    async def _look_at_octets(self, span: Window) -> None:
        for metric, growths in self._octets.items():
            shown = await self._core.store.each(RADIO, metric, span, HOUR, Aggregate.MAX)
            await asyncio.to_thread(growths.take, shown)

    async def _heard(self, window: Window) -> set[str]:
        """The access points that said anything in a time."""
        heard = set[str]()
        for metric in (Metric.UP, Metric.UPTIME):
            heard |= set(await self._core.store.each(ACCESS_POINT, metric, window, DAY, Aggregate.LAST))
        return heard

    def _is_open(self, opens: OpeningHours) -> IsOpen:
        def is_open(at: datetime) -> bool:
            local = at.astimezone(self._zone)
            today, before = (
                day in public_holidays(day.year, self._region) for day in (local.date(), local.date() - DAY)
            )
            return opens.is_open(local, today, before)

        return is_open

    def _growths(self, hours: Grid) -> Growths:
        tags_of = self._core.inventory.tags_of
        return Growths(
            hours,
            lambda device: Counting(MOST_RADIO_OCTETS_PER_S),
            lambda device: tags_of(device).get(Tag.HOTSPOT, ""),
        )

    def _nothing(self) -> dict[str, PlaceUse]:
        return {each.id: PlaceUse() for each in self._chosen}

    def _members(self, hotspot: Hotspot) -> tuple[AccessPoint, ...]:
        return self._inventory.by_hotspot[hotspot.id]

    def _days(self, span: Span) -> Grid:
        begin, end = (day.isoformat() for day in span)
        window = window_of(begin, end, None, self._core.clock.now(), self._zone)
        return cut(window, DAY, self._zone)

    def _step_at(self, now: datetime) -> timedelta:
        """No step is so short that a poll might not fall into it; of long ago one summary an hour is left."""
        settings = self._core.settings
        if self._grid.starts[0] < now - timedelta(days=settings.telemetry.keep_days):
            return HOUR
        shortest = max(SHORTEST_STEP, LOOKS_PER_STEP * timedelta(seconds=settings.snmp.period_s))
        return next((step for step in LADDER if shortest <= step <= HOUR), HOUR)


def _windows(days: Grid) -> Iterator[Window]:
    return (days.borders(number) for number in range(len(days.starts)))


def _known(use: PlaceUse, days: Grid) -> float:
    """The share of the hours in which the clients are known."""
    return _share(len(use.clients), (days.end - days.starts[0]) / HOUR)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0

"""What is to be expected of each public place and what would help it: reckoned anew each hour, in the background."""

import asyncio
import difflib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import nlargest
from zoneinfo import ZoneInfo

from city.clock import Clock
from city.errors import BadInput, Outside
from city.history import DAY, HOUR, WEEK
from city.public_holidays import Region
from city.settings import Settings
from city.telemetry import TelemetryStore, Window
from city.wifi_views import (
    AccessPointView,
    AdviceView,
    BusyHourView,
    GrowthView,
    OutlookView,
    StepView,
)
from headend.footfalls import KEPT, Footfalls, RadioMean
from headend.unknown import Unknown
from wifi.capacity.advice import advise
from wifi.capacity.band import Band
from wifi.capacity.busy_place import AccessPointUse, Place, RadioUse
from wifi.capacity.days import Days, Event, floor
from wifi.capacity.forecast import Expected, Forecast
from wifi.capacity.growth import YEAR_WEEKS, Growth, busy_levels, growth
from wifi.capacity.past import Past
from wifi.capacity.profile import BusyHour, busy_hours
from wifi.inventory import Inventory

log = logging.getLogger(__name__)

AFTER_THE_HOUR = timedelta(minutes=2)
"""The hour that is over is read a little later: its last measurements are still on their way to the store."""
AGAIN_S = 60.0
"""Clock seconds until a store that was away is asked again."""
LOOK_REAL_S = 20.0
"""Real seconds between two times at least, however fast the clock runs."""
FIRST_WAIT_REAL_S = 5.0
"""Real seconds that a question waits for the first reading, before it is answered with what there is."""
LOOKED_BACK = (YEAR_WEEKS + 2) * WEEK
LOOKED_BACK_AT_ONCE = 9 * DAY
LOOKED_BACK_OVERLAP = 2 * DAY
"""Days at both ends of what is read together lack hours: they are read twice."""
BUSIEST_WITHIN = 14 * DAY
BUSIEST_HOURS = 10
"""Advice is for a place's so many busiest hours of the last two weeks."""
FULL_PCT = 100.0

AccessPoints = Callable[[Iterable[str]], Iterable[AccessPointView]]
"""Access points as they are now, by their ids."""


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """All of one place that does not change within the hour."""

    past: Past
    forecast: Forecast
    ahead: tuple[Expected, ...]
    band: Band
    band_of: datetime
    """The local day for which the band was reckoned, by its first hour."""
    busy: tuple[BusyHour, ...]


class Outlooks:
    """Answers for consoles out of memory; ``run`` keeps it filled."""

    def __init__(
        self,
        inventory: Inventory,
        access_points: AccessPoints,
        store: TelemetryStore,
        clock: Clock,
        settings: Settings,
    ) -> None:
        """Prepare; nothing is read yet.

        Raises:
            BadInput: an event names a hotspot that does not exist.
        """
        self._inventory = inventory
        self._access_points = access_points
        self._clock = clock
        self._wifi = settings.wifi
        self._zone = settings.city.site.zone
        self._footfalls = Footfalls(store, inventory)
        self._reckoned: dict[str, _Reckoned] = {}
        self._busy_days: dict[str, dict[date, float]] = {hotspot: {} for hotspot in inventory.hotspots}
        self._looked_back_to: datetime | None = None
        self._radios: Mapping[str, RadioMean] = {}
        self._radios_of: datetime | None = None
        self._is_read = asyncio.Event()
        self._faulty: set[str] = set()
        events = events_of(settings, inventory)
        region = Region(settings.wifi.holidays)
        self._days = {
            hotspot: Days(self._zone, region, events.get(hotspot, ())) for hotspot in inventory.hotspots
        }

    async def run(self) -> None:
        """Reckon each hour, for ever."""
        while True:
            now = self._clock.now()
            wait_s = (floor(now) + HOUR + AFTER_THE_HOUR - now).total_seconds()
            try:
                await self.renew()
                self._is_read.set()
                await self.look_back()
            except Outside as error:
                log.warning("outlook: %s", error)
                wait_s = AGAIN_S
                self._is_read.set()
            await asyncio.gather(self._clock.sleep(wait_s), asyncio.sleep(LOOK_REAL_S))

    async def renew(self) -> None:
        """Read what has come, and reckon.

        Raises:
            Outside: the store is away.
        """
        now = self._clock.now()
        await self._footfalls.read(now)
        for hotspot in self._inventory.hotspots:
            try:
                await self._renew(hotspot, now)
            except Exception:
                # Figures of one place that trip a fault of ours must not stop the head-end; it is told once.
                if hotspot not in self._faulty:
                    self._faulty.add(hotspot)
                    log.exception("outlook: %s could not be reckoned", hotspot)
        await self._look_at_radios(now)

    async def _renew(self, hotspot: str, now: datetime) -> None:
        values, former = self._footfalls.of(hotspot), self._reckoned.get(hotspot)
        reckoned = await asyncio.to_thread(self._reckon, hotspot, values, now, former)
        self._reckoned[hotspot] = reckoned
        days = {**self._busy_days[hotspot], **busy_levels(reckoned.past)}
        oldest = (now - LOOKED_BACK).date()
        self._busy_days[hotspot] = {day: busy for day, busy in days.items() if day >= oldest}

    async def look_back(self) -> None:
        """Read how busy the days of a year were, once, back to where there is nothing; of it only that is kept.

        Raises:
            Outside: the store is away; it goes on from there the next time.
        """
        now = floor(self._clock.now())
        end = self._looked_back_to or now - KEPT + LOOKED_BACK_OVERLAP
        while end > now - LOOKED_BACK:
            found = await self._footfalls.within(Window(end - LOOKED_BACK_AT_ONCE, end))
            for hotspot, hours in found.items():
                past = await asyncio.to_thread(Past, hours, self._days[hotspot])
                self._busy_days[hotspot] = {**busy_levels(past), **self._busy_days[hotspot]}
            end -= LOOKED_BACK_AT_ONCE - LOOKED_BACK_OVERLAP
            self._looked_back_to = end if found else now - LOOKED_BACK
            if not found:
                return

    async def view(self, hotspot: str) -> OutlookView:
        """One place.

        Raises:
            Unknown: there is none of that name.
        """
        if hotspot not in self._inventory.hotspots:
            raise Unknown(f"hotspot {hotspot[:80]}: there is none of that name")
        await self._first_reading()
        return self._view(hotspot, self._clock.now())

    async def all(self) -> tuple[OutlookView, ...]:
        """Every place."""
        await self._first_reading()
        now = self._clock.now()
        return tuple(self._view(hotspot, now) for hotspot in self._inventory.hotspots)

    def expectation(self, hotspot: str) -> tuple[float | None, str]:
        """How many clients are usual there at this hour, and the name of the event under way; cheap."""
        now = self._clock.now()
        reckoned, days = self._reckoned.get(hotspot), self._days.get(hotspot)
        event = days.under_way(now) if days is not None else None
        usual = reckoned.forecast.usual(floor(now)) if reckoned is not None else None
        return usual, event.name if event else ""

    async def _first_reading(self) -> None:
        if not self._is_read.is_set():
            try:
                async with asyncio.timeout(FIRST_WAIT_REAL_S):
                    await self._is_read.wait()
            except TimeoutError:
                log.info("outlook: asked before the history was read")

    def _reckon(
        self, hotspot: str, values: Mapping[datetime, float], now: datetime, former: _Reckoned | None
    ) -> _Reckoned:
        past = Past({at: clients for at, clients in values.items() if at < floor(now)}, self._days[hotspot])
        forecast = Forecast(past, now)
        midnight = _midnight(now, self._zone)
        is_fresh = former is not None and former.band_of == midnight
        band = former.band if former is not None and is_fresh else forecast.errors().band()
        today, _ = past.days.slot(now)
        return _Reckoned(past, forecast, forecast.ahead(band), band, midnight, busy_hours(today, past))

    async def _look_at_radios(self, now: datetime) -> None:
        """What each radio carried in its place's busiest hours; once a day."""
        midnight = _midnight(now, self._zone)
        if self._radios_of == midnight:
            return
        begin = floor(now - BUSIEST_WITHIN)
        busiest = {
            hotspot: frozenset(
                nlargest(
                    BUSIEST_HOURS,
                    (at for at in reckoned.past.values if at >= begin),
                    key=lambda at, values=reckoned.past.values: values[at],  # type: ignore[misc]
                )
            )
            for hotspot, reckoned in self._reckoned.items()
        }
        self._radios = await self._footfalls.radios_in(busiest, Window(begin, now))
        self._radios_of = midnight

    def _view(self, hotspot: str, now: datetime) -> OutlookView:
        place = self._place(hotspot)
        # What is down carries nobody tonight; a place that is wholly down is judged by what it is meant for.
        capacity = sum(each.capacity for each in place if each.up) or sum(each.capacity for each in place)
        days, reckoned = self._days[hotspot], self._reckoned.get(hotspot)
        today, _ = days.slot(now)
        event = days.event_on(today)
        view = OutlookView(
            hotspot=hotspot,
            at=now,
            time_zone=self._zone.key,
            capacity=capacity,
            steps=(),
            day="event" if event else days.kind(today).value,
            event=event.name if event else "",
            history_days=0,
        )
        if reckoned is None:
            return view
        full = capacity * self._wifi.saturated_pct / FULL_PCT
        from_then = (
            step.at
            for step in reckoned.ahead
            if capacity and step.expected is not None and step.expected >= full
        )
        return view.model_copy(
            update={
                "steps": self._steps(reckoned),
                "history_days": reckoned.past.full_days,
                "saturated_from": next(from_then, None),
                "busy_hours": _busy_views(reckoned.busy, capacity),
                "growth": _growth_view(growth(self._busy_days[hotspot])),
                "advice": self._advice(hotspot, place),
            }
        )

    def _steps(self, reckoned: _Reckoned) -> tuple[StepView, ...]:
        """The whole hours of the day so far, and those ahead; the hour under way is the first of these."""
        forecast, measured = reckoned.forecast, reckoned.past.values
        begin = _midnight(forecast.origin, self._zone)
        so_far = (begin + number * HOUR for number in range((forecast.origin - begin) // HOUR))
        return (
            *(StepView(at=at, clients=measured.get(at), usual=forecast.usual(at)) for at in so_far),
            *(
                StepView(at=hour.at, usual=hour.usual, expected=hour.expected, low=hour.low, high=hour.high)
                for hour in reckoned.ahead
            ),
        )

    def _place(self, hotspot: str) -> Place:
        members = {each.id: each for each in self._inventory.by_hotspot[hotspot]}
        return [
            AccessPointUse(
                view.id,
                view.up is not False,
                members[view.id].clients_per_radio,
                self._radio_uses(view),
            )
            for view in self._access_points(members)
        ]

    def _radio_uses(self, view: AccessPointView) -> tuple[RadioUse, ...]:
        """The radios of an access point that send, also while it is silent: by what the store knows of them."""
        channels = {radio.id: radio.channel for radio in view.radios if radio.up is not False}
        off = {radio.id for radio in view.radios if radio.up is False}
        for radio in self._radios:
            if radio.rpartition("/")[0] == view.id and radio not in off:
                channels.setdefault(radio, None)
        uses = []
        for name, channel in sorted(channels.items()):
            mean = self._radios.get(name, RadioMean(None, None))
            uses.append(RadioUse(name, mean.clients, mean.airtime_pct, channel))
        return tuple(uses)

    def _advice(self, hotspot: str, place: Place) -> tuple[AdviceView, ...]:
        found = advise(hotspot, place, self._wifi.saturated_pct)
        return tuple(
            AdviceView(
                kind=each.kind,
                target=each.target,
                rank=rank,
                gain_pct=round(each.gain_pct, 1),
                figures={name: round(value, 1) for name, value in each.figures.items()},
            )
            for rank, each in enumerate(found, start=1)
        )


def events_of(settings: Settings, inventory: Inventory) -> Mapping[str, tuple[Event, ...]]:
    """What takes place where, by hotspot; times without an offset are the city's.

    Raises:
        BadInput: an event names a hotspot that does not exist.
    """
    zone = settings.city.site.zone
    found: dict[str, list[Event]] = {}
    for each in settings.event:
        if each.hotspot not in inventory.hotspots:
            near = difflib.get_close_matches(each.hotspot, inventory.hotspots, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadInput(f"event {each.name!r}: hotspot: none is called {each.hotspot!r}{hint}")
        begins, ends = (_instant(at, zone) for at in (each.begins, each.ends))
        found.setdefault(each.hotspot, []).append(Event(each.name, begins, ends, each.clients))
    return {hotspot: tuple(events) for hotspot, events in found.items()}


def _instant(at: datetime, zone: ZoneInfo) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The first hour of the local day, UTC."""
    local = at.astimezone(zone)
    return floor(datetime(local.year, local.month, local.day, tzinfo=zone))


def _busy_views(busy: tuple[BusyHour, ...], capacity: int) -> tuple[BusyHourView, ...]:
    if not capacity:
        return ()
    return tuple(
        BusyHourView(
            days=each.days,
            hour=each.hour,
            clients=each.clients,
            load_pct=min(FULL_PCT, FULL_PCT * each.clients / capacity),
        )
        for each in busy
    )


def _growth_view(found: Growth | None) -> GrowthView | None:
    if found is None:
        return None
    return GrowthView(pct_a_month=found.pct_a_month, low=found.low, high=found.high, months=found.months)

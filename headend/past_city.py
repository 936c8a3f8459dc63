"""The city at a past instant: the rooms of the head-end once more, over what was recorded, with a clock that stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.calendar_views import CalendarView
from city.incidents import Cause, Incident
from city.measurements import DeviceKind, Reading
from city.messages import CurvePoint, IncidentView, LightPointDetail, LightPointView, Live, TimelineRow
from headend.calendars import Calendars
from headend.configured import price_of, wifi_rules_of
from headend.core import Core
from headend.hotspots import DOWN_AFTER_MISSES, Hotspots
from headend.lamps import Lamps
from headend.order_book import OrderBook
from headend.own_state import OwnState
from headend.past_plan import PastPlan
from headend.past_readings import PastReadings
from headend.past_records import PastRecords
from headend.plan import Plan
from headend.records import Case
from headend.snapshot import News, Snapshot
from headend.views import Views

OF_ACCESS_POINTS = frozenset({Cause.AP_DOWN, Cause.BACKHAUL_DOWN, Cause.WIFI_CONTROLLER_LOST})
"""Incidents while which access points are known to be down."""
NOBODY = Case()


class StillClock:
    """Stands at an instant until it is put to another."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant at which it stands, UTC."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Nobody sleeps in the past."""
        raise NotImplementedError(f"a clock that stands never advances by {seconds:g} s")


@dataclass(frozen=True, slots=True)
class PastCity:
    """What consoles are told of it."""

    at: datetime
    plan: Plan
    is_plan_known: bool
    """Whether the plan that held then is kept; if not, nobody knows what was asked without an order."""
    lamps: Lamps
    hotspots: Hotspots
    views: Views
    calendars: Calendars
    records: PastRecords

    def live(self) -> Live:
        """The whole picture, as a console that had just connected then would have been given; takes a while."""
        summary = self.views.summary()
        if not self.is_plan_known:
            lamps = summary.lamps.model_copy(update={"as_planned": None})
            summary = summary.model_copy(update={"lamps": lamps, "planned_w": None})
        return Live(
            summary=summary,
            light_points=tuple(self._told(self.views.light_point_row(name)) for name in self.lamps.all),
            incidents=tuple(self.views.incident(each) for each in self.records.incidents),
            access_points=self.hotspots.access_points(),
        )

    def _told(self, row: LightPointView) -> LightPointView:
        is_asked = self.is_plan_known or self.lamps.all[row.id].on_order
        return row if is_asked else row.model_copy(update={"asked_pct": None})

    async def light_point(self, name: str) -> LightPointDetail:
        """All that is known of one light point then. Raises Unknown when there is none of that name."""
        detail = await self.views.light_point(name)
        detail = detail.model_copy(update={"point": self._told(detail.point)})
        if self.is_plan_known or detail.reason.source != "programme":
            return detail
        reason = detail.reason.model_copy(update={"text": "", "chain": ()})
        return detail.model_copy(update={"reason": reason})

    def curve(self, measured: Sequence[TimelineRow]) -> tuple[CurvePoint, ...]:
        """The night of the instant, with what was measured up to it; empty where the plan is not known."""
        return self.plan.curve(self.at, measured) if self.is_plan_known else ()

    def calendars_then(self) -> tuple[CalendarView, ...]:
        """What each calendar asked for; how many controllers held it is not recorded."""
        return self.calendars.tonight() if self.is_plan_known else ()

    def incidents(self, *, live: bool, over: bool) -> list[IncidentView]:
        """Those that stood, and those that were over by then, newest first."""
        chosen = [*(self.records.incidents if live else ()), *(self.records.over if over else ())]
        newest_first = sorted(chosen, key=lambda each: each.opened_at, reverse=True)
        return [self.views.incident(each) for each in newest_first]


def rebuilt(core: Core, at: datetime, plan: PastPlan, kept: PastRecords, heard: PastReadings) -> PastCity:
    """Build the rooms and let them hear what was heard then; takes a while for a whole city."""
    settings, inventory = core.settings, core.inventory
    clock, snapshot = StillClock(heard.since), Snapshot()
    book = OrderBook(timedelta(hours=settings.orders.longest_of_all_h))
    followed = Plan(plan.light_plan, core.plan.site, inventory.lighting)
    lamps = Lamps(inventory.lighting, snapshot, book, followed, clock)
    period = timedelta(seconds=settings.snmp.period_s)
    hotspots = Hotspots(inventory.wifi, snapshot, wifi_rules_of(settings), period)
    for reading in heard.readings:
        news, measured = snapshot.take(reading)
        if news is News.NEWEST:
            lamps.observe(measured)
            hotspots.observe(measured)
    clock.at = at
    for override in kept.overrides:
        book.put(override, at)
    for incident in kept.incidents:
        lamps.incident(incident)
    for access_point in _down(heard.readings, kept.incidents, at, period):
        for _ in range(DOWN_AFTER_MISSES):
            hotspots.missed(access_point, at)
    lamps.doubt_all()
    lamps.refresh()
    views = Views(
        city=settings.city,
        clock=clock,
        inventory=inventory,
        snapshot=snapshot,
        lamps=lamps,
        hotspots=hotspots,
        plan=followed,
        book=book,
        holdings=None,
        standing=lambda: kept.incidents,
        case_of=lambda incident: kept.cases.get(incident, NOBODY),
        ticket_of=kept.tickets.get,
        own=OwnState,
    )
    calendars = Calendars(followed, inventory.lighting, (), clock, price_of(settings))
    return PastCity(at, followed, plan.is_known, lamps, hotspots, views, calendars, kept)


def _down(
    heard: Sequence[Reading], incidents: Iterable[Incident], at: datetime, period: timedelta
) -> set[str]:
    """The access points that were down: as an incident says, or because they fell silent while others did not.

    Polls that stay unanswered are not recorded.
    """
    last: dict[str, datetime] = {}
    for reading in heard:
        if reading.kind is DeviceKind.ACCESS_POINT:
            last[reading.device] = reading.at
    patience = (DOWN_AFTER_MISSES + 1) * period
    newest = max(last.values(), default=at)
    found = {name for name, heard_at in last.items() if newest - heard_at > patience}
    for incident in incidents:
        if incident.cause in OF_ACCESS_POINTS:
            gone = {incident.asset, *incident.suppressed}
            # One that answers again is up, though its incident is not closed yet.
            found |= {name for name in gone if name not in last or at - last[name] > patience}
    return found

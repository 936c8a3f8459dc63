"""What consoles are told: the head-end's state in the words of the API, built when asked for."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from city.casework import NoteView
from city.clock import Clock
from city.incidents import Incident
from city.measurements import DeviceKind, Fact, Metric
from city.messages import (
    EvidenceView,
    IncidentView,
    LightPointDetail,
    LightPointView,
    ProgrammeView,
    ReasonView,
    SayView,
    Summary,
    SwitchPointView,
    TicketView,
)
from city.settings import CitySection
from headend.holdings import Holding, Holdings
from headend.hotspots import Hotspots
from headend.inventory import CityInventory
from headend.lamps import Lamps
from headend.order_book import OrderBook
from headend.own_state import OwnState
from headend.places import spot_of
from headend.plan import Plan
from headend.records import Case, Ticket
from headend.snapshot import Snapshot
from headend.unknown import Unknown
from lighting.arbitration import Say, chain
from lighting.power import planned_w

AT_ONCE = 500
"""Views built between two turns of the event loop."""
METER_HOLDS = timedelta(minutes=15)
"""Clock time for which what a meter said counts as the present."""
SUMMARY_HOLDS_REAL_S = 0.4
"""Real seconds for which all consoles are told the same summary."""


class Views:
    """Builds messages from the parts of the head-end."""

    def __init__(
        self,
        *,
        city: CitySection,
        clock: Clock,
        inventory: CityInventory,
        snapshot: Snapshot,
        lamps: Lamps,
        hotspots: Hotspots,
        plan: Plan,
        book: OrderBook,
        holdings: Holdings | None,
        standing: Callable[[], Sequence[Incident]],
        case_of: Callable[[str], Case],
        ticket_of: Callable[[str], Ticket | None],
        own: Callable[[], OwnState],
    ) -> None:
        """Who holds which programme is None where that is not recorded; ``standing`` gives the incidents that stand."""
        self._city = city
        self._clock = clock
        self._inventory = inventory
        self._snapshot = snapshot
        self._lamps = lamps
        self._hotspots = hotspots
        self._plan = plan
        self._book = book
        self._holdings = holdings
        self._standing = standing
        self._case_of = case_of
        self._ticket_of = ticket_of
        self._own = own
        self._summary: Summary | None = None
        self._summary_real_s = 0.0

    def summary(self) -> Summary:
        """What is true now, in one look."""
        real_s = time.monotonic()
        if self._summary is None or real_s - self._summary_real_s > SUMMARY_HOLDS_REAL_S:
            self._summary, self._summary_real_s = self._build_summary(), real_s
        return self._summary

    def _build_summary(self) -> Summary:
        self._lamps.refresh()
        now = self._clock.now()
        sunset, sunrise = self._plan.sun(now)
        hotspots = self._hotspots.hotspots()
        own = self._own()
        clients = [hotspot.clients for hotspot in hotspots if hotspot.clients is not None]
        return Summary(
            city=self._city.name,
            time_zone=self._city.time_zone,
            now=now,
            lamps=self._lamps.counts(),
            power_w=self.power_w(),
            planned_w=self._lamps.planned_w(),
            incidents=len(self._standing()),
            clients=sum(clients) if clients else None,
            sunset=sunset,
            sunrise=sunrise,
            connections=own.connections,
            hotspots=hotspots,
            measurements_ingested=own.ingested,
            measurements_lost=own.lost,
            waiting=own.waiting,
            lag_s=own.lag_s,
            approvals=own.approvals,
            proposals=own.proposals,
            stopped_until=own.stopped_until,
        )

    def power_w(self) -> float | None:
        """What the cabinets' meters said last, summed, W; None when none was heard of lately."""
        since = self._clock.now() - METER_HOLDS
        known = [
            self._snapshot.latest(DeviceKind.CABINET, name) for name in self._inventory.lighting.cabinets
        ]
        powers = [each.values.get(Metric.POWER) for each in known if each is not None and each.at >= since]
        measured = [power for power in powers if power is not None]
        return sum(measured) if measured else None

    async def light_points(self, names: Iterable[str] | None = None) -> list[LightPointView]:
        """Some light points, or all, without holding up the event loop."""
        self._lamps.refresh()
        views = []
        for number, name in enumerate(list(self._lamps.all if names is None else names), 1):
            views.append(self.light_point_row(name))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        return views

    def light_point_row(self, name: str) -> LightPointView:
        """One light point, as a row of a table and a dot of the map."""
        lamp = self._lamps.all[name]
        point = lamp.point
        expected = None if lamp.effect is None else planned_w(point.lamp_type, lamp.feed, lamp.effect)
        return LightPointView(
            id=name,
            state=lamp.state,
            latitude=point.position.latitude,
            longitude=point.position.longitude,
            sector=point.sector,
            quarter=point.quarter,
            street=point.street,
            cabinet=point.cabinet,
            circuit=point.circuit,
            phase=point.phase,
            gateway=point.gateway,
            asked_pct=lamp.asked,
            effect_pct=lamp.effect,
            power_w=lamp.power_w,
            expected_w=expected,
            at=lamp.at,
            locked=lamp.locked,
        )

    async def light_point(self, name: str) -> LightPointDetail:
        """All that is known of one light point. Raises Unknown when there is none of that name."""
        lamp = self._lamps.all.get(name)
        if lamp is None:
            raise Unknown(f"light point {name}: there is none of that name")
        self._lamps.refresh()
        now, holdings = self._clock.now(), self._holdings
        programme = self._plan.programme_of(name, now)
        decision = self._book.decide(name, self._plan.level_of(name, now), programme.title, now)
        calendar, site = self._plan.calendar_of[name], self._plan.site
        says = chain(name, self._plan.light_plan, calendar, site, self._book.of(name), now)
        latest = self._snapshot.latest(DeviceKind.LAMP, name)
        concerned = [each for each in self._standing() if name == each.asset or name in each.suppressed]
        return LightPointDetail(
            point=self.light_point_row(name),
            reason=ReasonView(
                source=decision.source,
                text=decision.text,
                by=decision.by,
                until=decision.until,
                order=decision.order,
                chain=tuple(_say_view(each) for each in says),
            ),
            lamp_type=lamp.point.lamp_type.id,
            nominal_w=lamp.point.lamp_type.nominal_w,
            phase=lamp.point.phase,
            gateway=lamp.point.gateway,
            controller_source=latest.facts.get(Fact.SOURCE) if latest else None,
            programme_held=holdings.lamps.get(name) if holdings else None,
            programme_wanted=(holdings.lamp_wants(lamp.point) if holdings else None) or "",
            values={str(metric): value for metric, value in latest.values.items()} if latest else {},
            incidents=tuple(self.incident(each) for each in concerned),
            installed=lamp.point.installed,
            burned_h=self._snapshot.burned_h(lamp.point.id, lamp.point.hours_before),
        )

    def incident(
        self, incident: Incident, ticket: Ticket | None = None, case: Case | None = None
    ) -> IncidentView:
        """One incident with its ticket and what people wrote; without these given, as they stood at the last look."""
        spot = spot_of(self._inventory, incident, self._city.site.position)
        ticket = ticket or self._ticket_of(incident.id)
        case = case or self._case_of(incident.id)
        return IncidentView(
            id=incident.id,
            cause=incident.cause,
            asset=incident.asset,
            kind=incident.kind,
            place=spot.place,
            sector=spot.sector,
            latitude=spot.position.latitude,
            longitude=spot.position.longitude,
            state=incident.state,
            since=incident.since,
            opened_at=incident.opened_at,
            closed_at=incident.closed_at,
            points=incident.points,
            suppressed=incident.suppressed,
            acknowledged_by=incident.acknowledged_by,
            dismissed_because=incident.dismissed_because,
            probable=incident.probable,
            reopened=incident.reopened,
            evidence=tuple(
                EvidenceView(rule=each.rule, at=each.at, figures=dict(each.figures))
                for each in incident.evidence
            ),
            ticket=ticket_view(ticket) if ticket else None,
            assigned_to=case.assigned_to,
            notes=tuple(NoteView(at=each.at, by=each.by, text=each.text) for each in case.notes),
        )

    def programmes(self) -> tuple[ProgrammeView, ...]:
        """What each calendar asks for tonight, and how many controllers hold it; the default calendar first.

        A cabinet counts for every calendar that it feeds.
        """
        holdings = list(self._holdings or ())
        default = self._plan.light_plan.default
        names = sorted(self._plan.points, key=lambda name: (name != default, name)) or [default]
        return tuple(self._programme(name, holdings) for name in names)

    def _programme(self, calendar: str, holdings: Sequence[Holding]) -> ProgrammeView:
        night, points = self._plan.night(calendar, self._clock.now())
        programme = self._plan.light_plan.programme(calendar, night)
        concerned = [each for each in holdings if calendar in each.calendars]
        hashes = Counter(each.wanted for each in concerned if each.kind == "lamp" and each.wanted)
        return ProgrammeView(
            name=programme.name,
            title=programme.title,
            hash=max(hashes, key=hashes.__getitem__, default=""),
            night=night.isoformat(),
            switch_points=tuple(SwitchPointView(at=point.at, level_pct=point.level) for point in points),
            controllers=len(concerned),
            holding=sum(each.state == "holds" for each in concerned),
            calendar=calendar,
        )


def _say_view(say: Say) -> SayView:
    return SayView(
        layer=say.layer, level_pct=say.level, text=say.text, by=say.by, until=say.until, order=say.order
    )


def ticket_view(ticket: Ticket) -> TicketView:
    """A ticket as consoles see it."""
    return TicketView.model_validate(
        {
            "id": ticket.id,
            "incident": ticket.incident,
            "service_id": ticket.service_id,
            "status": ticket.status,
            "points": ticket.points,
            "opened_at": ticket.opened_at,
            "closed_at": ticket.closed_at,
            "detail": ticket.detail,
        }
    )

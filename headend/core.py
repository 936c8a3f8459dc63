"""The parts of one head-end, put together; nothing runs yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from city.clock import Clock, SystemClock
from city.incidents import Incident
from city.measurements import Batch
from city.settings import OrdersSection, Settings
from city.telemetry import TelemetryStore
from drivers.mqtt.buffered import OnSafe
from drivers.open311 import Open311
from drivers.snmp.unlisted import Unlisted
from headend.access import Access
from headend.access_point_acts import AccessPointActs
from headend.approvals import Approvals
from headend.back_on import Actor
from headend.calendars import Calendars
from headend.casework import Casework
from headend.citizens import Citizens
from headend.clock_trust import ClockTrust
from headend.conductor import Conductor, Deploy
from headend.configured import plan_file_of, price_of, wifi_rules_of
from headend.confirmations import Confirmations
from headend.connections import Connections
from headend.deployment import Deployment
from headend.desk import Desk
from headend.hotspots import Hotspots
from headend.ingest import Ingest
from headend.inventory import CityInventory
from headend.lamps import Lamps
from headend.link import MqttLink
from headend.locks import Locks
from headend.order_book import OrderBook
from headend.orders import Orders
from headend.outlook import Outlooks
from headend.own_state import own_state
from headend.past_days import PastDays
from headend.places import place_of
from headend.plan import Plan
from headend.plan_drafts import PlanDrafts
from headend.presence import Presence, dynamic_rules_of
from headend.proposals import Proposals
from headend.records import Records
from headend.relays import OrderCircuit, Relays
from headend.replacements import Replacements
from headend.safeguards import Safeguards
from headend.snapshot import Snapshot
from headend.spool import Spool
from headend.stagger import Stagger
from headend.ticket_board import TicketBoard
from headend.ticket_words import Place
from headend.timeline import Timeline
from headend.views import Views
from headend.watch import Watch
from lighting.diagnosis import LightingDiagnosis
from lighting.inventory import LightPoint
from lighting.light_plan import LightPlan
from wifi.diagnosis import WifiDiagnosis

QUESTION_BYTES = 4
"""Random bytes in the name of a question to a lamp controller."""


@dataclass(frozen=True)
class Outside:
    """What the parts need from outside, already opened or able to open itself."""

    records: Records
    store: TelemetryStore
    desk: Desk
    link: Callable[[Connections, Callable[[Batch], None], OnSafe], MqttLink]
    """Makes the way to the lamp controllers: it hands what they say to the gate, and acknowledges what is safe."""
    deploy: Deploy
    order_circuit: OrderCircuit
    open311: Open311 | None
    actor: Actor
    """Has an access point do something."""
    soon: Callable[[str], None]
    """Has a cabinet polled at once."""
    reload: Callable[[], None]
    """Has the inventory file looked at, at once."""
    meter_spans_wh: Mapping[str, float | None]
    """By cabinet, where its counter of energy wraps; None: nowhere."""
    unlisted: Callable[[], list[Unlisted]] = list
    """The access points that controllers list and the inventory does not name."""


@dataclass(frozen=True)
class Core:
    """The parts, by name."""

    settings: Settings
    clock: Clock
    inventory: CityInventory
    records: Records
    store: TelemetryStore
    desk: Desk
    citizens: Citizens
    access: Access
    connections: Connections
    snapshot: Snapshot
    spool: Spool
    ingest: Ingest
    plan: Plan
    book: OrderBook
    lamps: Lamps
    hotspots: Hotspots
    outlooks: Outlooks
    access_point_acts: AccessPointActs
    link: MqttLink
    clock_trust: ClockTrust
    conductor: Conductor
    relays: Relays
    deployment: Deployment
    approvals: Approvals
    plan_drafts: PlanDrafts
    calendars: Calendars
    locks: Locks
    safeguards: Safeguards
    orders: Orders
    presence: Presence
    proposals: Proposals
    replacements: Replacements
    watch: Watch
    past_days: PastDays
    casework: Casework
    tickets: TicketBoard
    timeline: Timeline
    views: Views
    meter_spans_wh: Mapping[str, float | None]


def put_together(
    settings: Settings,
    clock: Clock,
    inventory: CityInventory,
    light_plan: LightPlan,
    plan_text: str | None,
    outside: Outside,
    known_incidents: list[Incident],
) -> Core:
    """Build the parts.

    ``plan_text`` is the light plan's file, None where there is none; ``known_incidents`` stand, were dismissed by a
    person, or were mended of late.

    Raises:
        BadInput: an assignment of the light plan, a dynamic rule or an event means no light point, or no hotspot.
    """
    city = settings.city
    connections = Connections(clock)
    snapshot = Snapshot()
    spool = Spool(
        outside.store, settings.path(settings.telemetry.spool), settings.telemetry, clock, connections
    )
    ingest = Ingest(snapshot, spool)
    link = outside.link(connections, ingest, spool.when_safe)
    plan = Plan(light_plan, city.site, inventory.lighting)
    book = OrderBook(timedelta(hours=settings.orders.longest_of_all_h))
    lamps = Lamps(inventory.lighting, snapshot, book, plan, clock)
    poll_period = timedelta(seconds=settings.snmp.period_s)
    hotspots = Hotspots(inventory.wifi, snapshot, wifi_rules_of(settings), poll_period)
    outlooks = Outlooks(inventory.wifi, hotspots.access_points, outside.store, clock, settings)
    hotspots.expectations = outlooks.expectation
    cabinets = len(inventory.lighting.cabinets)
    trust = ClockTrust(clock, connections, cabinets, 1.0 if isinstance(clock, SystemClock) else None)
    # What a wrong clock has dated later than now must not outlive it as the newest, least of all what could clear it.
    trust.on_step.append(snapshot.doubt_after)
    conductor = Conductor(
        inventory.lighting,
        plan,
        book,
        link,
        outside.deploy,
        clock,
        stagger=_stagger(settings.orders),
        may_send=lambda: trust.why is None,
    )
    safeguards = Safeguards(inventory.lighting, plan, book, snapshot, clock, settings.orders)
    relays = Relays(
        inventory.lighting,
        book,
        snapshot,
        outside.order_circuit,
        clock,
        gap=timedelta(seconds=settings.orders.circuit_gap_s),
        trouble_at=safeguards.trouble_at,
        soon=outside.soon,
        may_send=lambda: trust.why is None,
    )
    approvals = Approvals(outside.records, clock, timedelta(minutes=settings.orders.approval_min))
    confirmations = Confirmations(book, lamps, conductor)

    def place(incident: Incident) -> Place:
        return place_of(inventory, incident, city.name, city.site.position)

    async def look(point: LightPoint) -> None:
        outside.soon(point.cabinet)
        await link.send_report(point, f"q-{token_hex(QUESTION_BYTES)}")

    wifi = WifiDiagnosis(
        inventory.wifi,
        known_incidents,
        period=poll_period,
        zone=city.site.zone,
        rules=wifi_rules_of(settings),
    )
    acts = AccessPointActs(inventory.wifi, outside.actor, hotspots, outside.records, clock, safeguards)
    wifi.excused = acts.back_on.excuses
    watch = Watch(
        LightingDiagnosis(
            inventory.lighting,
            city.site,
            known_incidents,
            period=timedelta(seconds=settings.mqtt.period_s),
            meter_spans_wh=outside.meter_spans_wh,
        ),
        wifi,
        outside.records,
        outside.desk,
        place,
        clock,
        lamps.incident,
    )
    citizens = Citizens(
        outside.records,
        outside.open311,
        clock,
        settings.desk,
        inventory.lighting,
        snapshot,
        watch.incidents,
        place,
        look,
    )
    outside.desk.adopt = citizens.adopt
    connections.include(lambda: outside.desk.connection)
    casework = Casework(outside.records, watch, clock)
    tickets = TicketBoard(outside.records.tickets, watch.changes)
    for listener in (lamps.observe, hotspots.observe, conductor.observe, watch.observe, trust.observe):
        ingest.on_news(listener)
    for listener in (conductor.event, watch.observe):
        ingest.on_event(listener)
    proposals = Proposals(
        settings.path(settings.inventory.file),
        inventory.wifi,
        outside.unlisted,
        outside.records,
        clock,
        outside.reload,
    )
    deployment = Deployment(
        inventory=inventory.lighting,
        plan=plan,
        conductor=conductor,
        link=link,
        records=outside.records,
        approvals=approvals,
        clock=clock,
        trust=trust,
        settings=settings.orders,
        file=plan_file_of(settings),
        text=plan_text,
    )
    return Core(
        settings=settings,
        clock=clock,
        inventory=inventory,
        records=outside.records,
        store=outside.store,
        desk=outside.desk,
        citizens=citizens,
        access=Access(outside.records.tokens, clock, settings.folder),
        connections=connections,
        snapshot=snapshot,
        spool=spool,
        ingest=ingest,
        plan=plan,
        book=book,
        lamps=lamps,
        hotspots=hotspots,
        outlooks=outlooks,
        access_point_acts=acts,
        link=link,
        clock_trust=trust,
        conductor=conductor,
        relays=relays,
        deployment=deployment,
        plan_drafts=PlanDrafts(plan, inventory.lighting, deployment, clock, price_of(settings)),
        approvals=approvals,
        calendars=Calendars(plan, inventory.lighting, conductor.holdings, clock, price_of(settings)),
        locks=Locks(
            inventory.lighting, book, outside.records, clock, settings.orders, safeguards, confirmations
        ),
        safeguards=safeguards,
        orders=Orders(
            inventory.lighting,
            plan,
            book,
            lamps,
            outside.records,
            clock,
            settings.orders,
            safeguards,
            approvals,
            confirmations,
        ),
        presence=Presence(
            dynamic_rules_of(settings, inventory),
            hotspots,
            inventory.lighting,
            plan,
            book,
            safeguards,
            outside.records,
            clock,
            period=timedelta(seconds=settings.snmp.period_s),
            small_count=settings.wifi.small_count,
            may_look=lambda: trust.why is None,
        ),
        proposals=proposals,
        replacements=Replacements(
            settings.path(settings.inventory.file),
            city.site.zone,
            clock,
            outside.records,
            snapshot,
            outside.store,
            outside.reload,
        ),
        watch=watch,
        past_days=PastDays(outside.store, inventory.wifi, clock, wifi.recall),
        casework=casework,
        tickets=tickets,
        timeline=Timeline(),
        views=Views(
            city=city,
            clock=clock,
            inventory=inventory,
            snapshot=snapshot,
            lamps=lamps,
            hotspots=hotspots,
            plan=plan,
            book=book,
            holdings=conductor.holdings,
            standing=lambda: watch.live,
            case_of=casework.of,
            ticket_of=tickets.of,
            own=own_state(connections, ingest, spool, approvals, safeguards, proposals),
        ),
        meter_spans_wh=outside.meter_spans_wh,
    )


def _stagger(orders: OrdersSection) -> Stagger | None:
    if not orders.stagger:
        return None
    return Stagger(timedelta(seconds=orders.circuit_gap_s), timedelta(seconds=orders.cabinet_spread_s))

"""The service that never sleeps: opens what it needs, runs it in one task group, and stops without losing anything."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta

from city.clock import Clock
from city.errors import BadInput, Unreachable
from city.measurements import Batch, DeviceKind
from city.messages import JournalEntry
from city.settings import Settings
from city.telemetry import TelemetryStore
from drivers.mqtt.buffered import OnSafe
from drivers.mqtt.lamps import LampLink
from drivers.mqtt.switchboard import Switchboard
from drivers.open311 import Open311
from drivers.profiles import load_profiles
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.unlisted import UnlistedAccessPoints
from headend.acquisition import Polling
from headend.api import create_app
from headend.configured import (
    broker_of,
    credentials_of,
    desk_of,
    lamp_profiles_of,
    light_plan_of,
    modbus_security_of,
    plan_text_of,
    store_of,
    writing_credentials_of,
)
from headend.connections import Connections, Group
from headend.core import Core, Outside, put_together
from headend.counts import Counts
from headend.desk import Desk
from headend.field import AccessPoints, Cabinets
from headend.inventory import CityInventory, LeftOut
from headend.inventory_watch import InventoryWatch
from headend.known_incidents import known_incidents
from headend.link import MqttLink
from headend.metrics import Metrics
from headend.plan import Plan
from headend.presence import dynamic_rules_of
from headend.records import Records
from headend.server import Server, listen, url_of
from headend.store_order import put_in_order
from headend.timeline import Timeline
from headend.traps import Traps

log = logging.getLogger(__name__)

POLL_TIMEOUTS = 20
"""One poll is several requests: so many single time-outs are the most that it may take."""
CABINETS_AT_ONCE, ACCESS_POINTS_AT_ONCE = 200, 48
"""Polls under way together; past 64 in flight one SNMP socket loses answers (measured)."""
LAST_POLLS_REAL_S = 10.0
DRAIN_REAL_S = 30.0
"""Real seconds that stopping waits for polls under way, and for the store."""
LOOK_REAL_S = 1.0
"""Real seconds between two looks at what has changed, so that none is ever large."""
LOOK_AT_ALL = timedelta(seconds=60)
"""Clock time between two looks at every light point: silence comes without a message."""
LOOK_AT_ALL_REAL_S = 10.0
NAMED_MOST = 20
"""How many unusable features are named in the log, at most; all are counted."""


class HeadEnd:
    """One city's head-end."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Read the files; nothing is opened yet.

        Raises:
            BadInput: the inventory, the programme or a profile cannot be used.
        """
        self._settings = settings
        self._clock = clock
        self._turn = asyncio.Event()
        """Set when the parts are to end: to stop, or to begin again with another inventory."""
        self._is_stopping = False
        self._next: CityInventory | None = None
        self._past = Counts(0, 0, 0, None, 0, 0)
        """What was counted before the parts last began again."""
        self._in_store: int | None = None
        self._core: Core | None = None
        self._polling: tuple[Polling, ...] = ()
        self._timeline = Timeline()
        self._unlisted = UnlistedAccessPoints()
        self._inventory_watch = InventoryWatch(settings.path(settings.inventory.file))
        self.inventory: CityInventory = self._inventory_watch.load()
        self._light_plan = light_plan_of(settings)
        self._plan_text = plan_text_of(settings)
        folders = tuple(settings.path(folder) for folder in settings.profiles.folders)
        self._modbus_profiles = load_profiles("modbus", folders)
        self._snmp_profiles = load_profiles("snmp", folders)
        self._switchboard = Switchboard(lamp_profiles_of(settings))
        self._mqtt = broker_of(settings)
        self._modbus_security = modbus_security_of(settings)
        self._take_up(self.inventory)

    def _take_up(self, inventory: CityInventory) -> None:
        """Make all that is made of the inventory; nothing is opened yet."""
        settings, timeout_s = self._settings, self._settings.modbus.timeout_s
        self.inventory = inventory
        self._cabinets = Cabinets(inventory.lighting, self._modbus_profiles, timeout_s, self._modbus_security)
        self._poller = SnmpPoller(settings.snmp.timeout_s, self._unlisted)
        credentials = credentials_of(settings), writing_credentials_of(settings)
        self._access_points = AccessPoints(inventory.wifi, self._snmp_profiles, self._poller, *credentials)
        self._traps = Traps(settings.snmp, credentials[0], self._snmp_profiles.values())
        self.store: TelemetryStore = store_of(settings, inventory)

    @property
    def core(self) -> Core:
        """The parts, once the service runs, and after it has stopped."""
        if self._core is None:
            raise RuntimeError("the head-end has not started")
        return self._core

    @property
    def counts(self) -> Counts:
        """What became of the measurements."""
        core, past = self.core, self._past
        return Counts(
            past.ingested + core.ingest.ingested,
            past.duplicates + core.ingest.duplicates,
            past.stored + core.spool.stored,
            self._in_store,
            past.lost + core.spool.lost,
            core.spool.waiting,
        )

    @property
    def oldest_poll(self) -> datetime | None:
        """When the poll that has been under way for longest was begun, by the clock; None while there is none."""
        return min((at for polling in self._polling if (at := polling.oldest) is not None), default=None)

    def stop(self) -> None:
        """Have ``run`` end: finish the polls under way, store what waits, and close."""
        self._is_stopping = True
        self._turn.set()

    async def run(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Run until ``stop`` or cancellation; ``on_ready`` is told the API's URL once it answers.

        Raises:
            BadInput: the port is taken, or a setting cannot be used.
            Unreachable: the records cannot be opened.
        """
        former: CityInventory | None = None
        with listen(self._settings.api.host, self._settings.api.port) as listener:
            while True:
                try:
                    await self._live(listener, on_ready)
                except BadInput as error:
                    if former is None:
                        raise
                    log.error("inventory: taken back, since the new one cannot be used: %s", error)  # noqa: TRY400
                    self._next, former = former, None
                else:
                    former = self.inventory
                if self._is_stopping or self._next is None:
                    return
                on_ready = None
                self._turn.clear()
                self._take_up(self._next)

    async def _live(self, listener: socket.socket, on_ready: Callable[[str], None] | None) -> None:
        """Run with one inventory; the API's port stays taken, so that nobody who asks meanwhile is refused."""
        async with AsyncExitStack() as stack:
            core = await self._open(stack)
            if self._core is not None:
                self._past = replace(self.counts, waiting=0)
            self._core = core
            try:
                await self._restore(core)
                out = len(self._left_out)
                act, self._next = ("reload" if self._next else "start"), None
                await self._journal(core, act, f"{out} left out of the inventory" if out else "")
                with listener.dup() as heard:
                    await self._run_parts(core, heard, on_ready)
            finally:
                await self._close(core)

    async def _open(self, stack: AsyncExitStack) -> Core:
        settings = self._settings
        records = await stack.enter_async_context(Records(settings.records.url, settings.folder))
        await stack.enter_async_context(self._poller)
        await stack.enter_async_context(self._traps)
        stack.push_async_callback(self._cabinets.close)
        opening = desk_of(settings, self._clock)
        service = None if opening is None else await stack.enter_async_context(opening)
        desk = Desk(records, service, self._clock, settings.desk)
        # Only there can be read what citizens report: files and mails go one way.
        open311 = service if isinstance(service, Open311) else None
        outside = Outside(
            records,
            self.store,
            desk,
            self._link,
            self._cabinets.deploy,
            self._cabinets.order_circuit,
            open311,
            self._access_points,
            self._poll_cabinet_soon,
            self._inventory_watch.look_soon,
            self._cabinets.meter_spans_wh,
            self._access_points.unlisted,
        )
        known = await known_incidents(records, self._clock.now())
        core = put_together(
            settings, self._clock, self.inventory, self._light_plan, self._plan_text, outside, known
        )
        return replace(core, timeline=self._timeline)

    def _poll_cabinet_soon(self, cabinet: str) -> None:
        if self._polling:
            self._polling[0].soon(cabinet)

    def _link(
        self, connections: Connections, on_batch: Callable[[Batch], None], when_safe: OnSafe
    ) -> MqttLink:
        self._switchboard.meet(self.inventory.lighting.light_points.values())

        def connect() -> LampLink:
            return LampLink(self._mqtt, self._switchboard, self._clock.now, when_safe)

        connect()  # certificates that cannot be used are told at once, not at the first connection
        return MqttLink(connect, self._clock, connections, on_batch)

    async def _restore(self, core: Core) -> None:
        """Take up what stood when the head-end last stopped, however it did."""
        for out in self._left_out[:NAMED_MOST]:
            log.warning("inventory: left out %s: %s", out.what, out.why)
        await core.access.prepare()
        core.watch.restore(await core.records.live_incidents())
        await core.casework.restore()
        core.clock_trust.remember(await core.records.newest())
        core.clock_trust.look()
        await core.orders.restore()
        await core.proposals.remember()
        await core.deployment.restore()
        await core.spool.open(self._read_store)
        core.lamps.refresh()

    @property
    def _left_out(self) -> list[LeftOut]:
        return [*self.inventory.left_out, *self._cabinets.left_out, *self._access_points.left_out]

    async def _read_store(self) -> None:
        for kind in DeviceKind:
            self.core.snapshot.restore(kind, await self.store.last_values(kind))
        self.core.lamps.doubt_all()

    async def _run_parts(
        self, core: Core, listener: socket.socket, on_ready: Callable[[str], None] | None
    ) -> None:
        pollings = self._polling = self._pollings(core)
        metrics = Metrics(core, dict(zip(("modbus", "snmp"), pollings, strict=True)))
        server = Server(create_app(core, metrics))
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([listener]), name="api")
            polls = [tasks.create_task(polling.run(), name="polling") for polling in pollings]
            link = tasks.create_task(core.link.run(), name="mqtt")
            loops = [
                tasks.create_task(loop)
                for loop in (
                    core.conductor.run(),
                    core.relays.run(),
                    core.approvals.run(),
                    core.presence.run(),
                    core.outlooks.run(),
                    core.access_point_acts.back_on.run(),
                    core.desk.run(),
                    core.citizens.run(),
                    core.watch.run(),
                    core.past_days.run(),
                    core.spool.run(self._read_store),
                    put_in_order(self.store, core.spool, core.clock_trust, self._clock),
                    core.timeline.keep(self._clock, core.lamps, core.plan, core.views, core.hotspots),
                    metrics.watch_loop(),
                    self._look(core),
                    self._follow_inventory(core),
                    self._traps.run(self.inventory.wifi, pollings[1].soon, core.watch.told),
                )
            ]
            await server.ready.wait()
            if on_ready:
                on_ready(url_of(listener))
            await self._turn.wait()
            for polling in pollings:
                polling.stop()
            link.cancel()
            # The link, too: what came last is acknowledged once the spool has it, and that must still run.
            await asyncio.wait([*polls, link], timeout=LAST_POLLS_REAL_S)
            server.should_exit = True
            await asyncio.wait([serving])
            for task in (*polls, *loops):
                task.cancel()

    def _pollings(self, core: Core) -> tuple[Polling, Polling]:
        def missed(access_point: str, at: datetime) -> None:
            if access_point not in core.inventory.wifi.access_points:
                return  # a controller of which none is polled yet
            core.hotspots.missed(access_point, at)
            core.watch.missed(access_point, at)

        settings, cabinets, access_points = self._settings, self._cabinets, self._access_points
        to_poll, to_ask = cabinets.polled(), access_points.polled()
        return (
            Polling(
                to_poll,
                period_s=settings.modbus.period_s,
                timeout_s=POLL_TIMEOUTS * settings.modbus.timeout_s,
                at_once=CABINETS_AT_ONCE,
                clock=self._clock,
                group=Group(core.connections, "modbus", len(to_poll), lambda: cabinets.refused),
                on_batch=core.ingest,
                on_miss=core.watch.cabinet_missed,
            ),
            Polling(
                to_ask,
                period_s=settings.snmp.period_s,
                timeout_s=POLL_TIMEOUTS * settings.snmp.timeout_s,
                at_once=ACCESS_POINTS_AT_ONCE,
                clock=self._clock,
                group=Group(
                    core.connections, "snmp", len(to_ask), lambda: access_points.refused + self._traps.refused
                ),
                on_batch=core.ingest,
                on_miss=missed,
            ),
        )

    async def _look(self, core: Core) -> None:
        """Keep what consoles are told up to date even while none asks."""
        loop = asyncio.get_running_loop()
        next_at, next_real_s = self._clock.now() + LOOK_AT_ALL, loop.time() + LOOK_AT_ALL_REAL_S
        while True:
            await asyncio.sleep(LOOK_REAL_S)
            now = self._clock.now()
            if not next_at - LOOK_AT_ALL <= now < next_at and loop.time() >= next_real_s:
                core.lamps.doubt_all()
                next_at, next_real_s = now + LOOK_AT_ALL, loop.time() + LOOK_AT_ALL_REAL_S
            if core.clock_trust.look():
                await self._believe_again(core)
            core.lamps.refresh()
            try:
                await core.tickets.look()
            except Unreachable as error:
                log.warning("tickets cannot be read: %s", error)

    async def _believe_again(self, core: Core) -> None:
        """The clock was in doubt and is right again: whatever was judged by the wrong time is judged anew."""
        core.snapshot.doubt_after(self._clock.now())
        core.lamps.doubt_all()
        try:
            await core.orders.restore()
        except Unreachable as error:
            log.warning("the orders cannot be read: %s", error)

    async def _follow_inventory(self, core: Core) -> None:
        """Have the parts begin again once the inventory file holds another inventory that they can use."""

        def usable(inventory: CityInventory) -> None:
            Plan(core.plan.light_plan, core.plan.site, inventory.lighting)
            dynamic_rules_of(core.settings, inventory)

        async def refuse(why: str) -> None:
            log.warning("inventory: the former one is kept: %s", why)
            try:
                await self._journal(core, "reload_refused", why)
            except Unreachable as error:
                log.warning("journal: %s", error)

        self._next = await self._inventory_watch.changed(self.inventory, usable, refuse)
        self._light_plan = core.plan.light_plan
        self._plan_text = plan_text_of(self._settings)
        self._turn.set()

    async def _close(self, core: Core) -> None:
        """Keep what has not been kept yet."""
        try:
            async with asyncio.timeout(LAST_POLLS_REAL_S):
                await core.watch.save()
                await core.tickets.look()
                if self._is_stopping or self._next is None:
                    await self._journal(core, "stop", "")
        except (Unreachable, TimeoutError) as error:
            log.warning("the last changes could not be written down: %s", error)
        self._in_store = await core.spool.close(DRAIN_REAL_S)

    async def _journal(self, core: Core, act: str, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by="head-end", act=act, subject="head-end", text=text)
        await core.records.add_journal(entry)

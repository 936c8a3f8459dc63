"""Dynamic rules over the city: hotspots with many clients have light points around them give more light."""

import asyncio
import difflib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from city.clock import Clock
from city.errors import BadInput, Unreachable
from city.messages import JournalEntry
from city.settings import DynamicSection, Settings
from city.wifi_views import HotspotView
from headend.hotspots import DOWN_AFTER_MISSES, Hotspots
from headend.inventory import CityInventory
from headend.lending import Lending
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.presence_words import BETWEEN, reason_of
from headend.records import Records
from headend.safeguards import Safeguards
from lighting.dynamic import Asks, DynamicRule, Held, Lift, held_now, lifts
from lighting.inventory import Inventory
from lighting.orders import Override
from lighting.selection import select

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""Clock seconds between two looks at the hotspots."""
LOOK_REAL_S = 0.1
"""Real seconds between two looks at least, however fast the clock runs."""
LEASE = timedelta(minutes=10)
"""Lamps keep the light no longer than this if the head-end stops."""
RENEWED_BEFORE = timedelta(minutes=3)
"""A lease is renewed so long before its end: after two looks that came to nothing there is still a third."""
LEAST_ANSWERING = 0.5
"""Share of a hotspot's access points that must answer, or what the others count says nothing of the whole place."""
KEPT_EVERY = timedelta(minutes=10)
"""Clock time between two writings of what was lent: so much of it a head-end that is killed forgets."""
BY = "head-end"


def dynamic_rules_of(settings: Settings, inventory: CityInventory) -> tuple[DynamicRule, ...]:
    """The rules under ``[[dynamic]]``, in their order.

    Raises:
        BadInput: one names light points or a hotspot that do not exist, or is called as another.
    """
    rules: list[DynamicRule] = []
    for each in settings.dynamic:
        where = f"dynamic {each.name!r}"
        if any(rule.name == each.name for rule in rules):
            raise BadInput(f"{where}: name: two rules have it, expected one of its own for each")
        if each.hotspot not in inventory.wifi.hotspots:
            near = difflib.get_close_matches(each.hotspot, inventory.wifi.hotspots, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadInput(f"{where}: hotspot: none is called {each.hotspot!r}{hint}")
        try:
            points = frozenset(point.id for point in select(inventory.lighting, each.selector))
        except BadInput as error:
            raise BadInput(f"{where}: {error}") from error
        rules.append(_rule(each, points))
    return tuple(rules)


def _rule(section: DynamicSection, points: frozenset[str]) -> DynamicRule:
    return DynamicRule(
        section.name,
        section.selector,
        points,
        section.hotspot,
        section.clients,
        section.at_least,
        timedelta(minutes=section.hold_min),
        section.until_below,
        section.never_past,
    )


@dataclass(slots=True)
class _Loan:
    """What one rule has lent since it last began."""

    wh: float = 0.0
    minutes: float = 0.0


class Presence:
    """Lends light by short leases, which stand in the order book below any person's order and any lock.

    They are kept in memory only: after a restart those that lamps follow end by themselves.
    """

    def __init__(
        self,
        rules: Sequence[DynamicRule],
        hotspots: Hotspots,
        inventory: Inventory,
        plan: Plan,
        book: OrderBook,
        safeguards: Safeguards,
        records: Records,
        clock: Clock,
        *,
        period: timedelta,
        small_count: int = 0,
        may_look: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare.

        Args:
            rules: in their order.
            hotspots: say how many clients there are.
            inventory: the light points.
            plan: what the programmes ask for.
            book: where the leases stand.
            safeguards: say which light points must not be given light from afar.
            records: keep when a rule begins and ends, and what it lent.
            clock: says when, and paces.
            period: how often the access points are read; what is older than some of these is not known any more.
            small_count: fewer clients than this are not told one by one.
            may_look: False while nothing may be sent, for the clock is in doubt.
        """
        self.rules = tuple(rules)
        self._hotspots = hotspots
        self._places = {view.id: view.name for view in hotspots.hotspots()}
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._safeguards = safeguards
        self._records = records
        self._clock = clock
        self._zone = plan.site.zone
        self._old_after = DOWN_AFTER_MISSES * period
        self._small_count = small_count
        self.may_look = may_look
        self.lending = Lending(inventory, plan, book, records.lent_light)
        self.held: dict[str, Held] = {}
        """The rules that apply, by name."""
        self._leases: dict[tuple[str, str], Override] = {}
        """By rule and calendar."""
        self._loans: dict[str, _Loan] = {}
        """By rule."""
        self._counted_at = self._kept_at = clock.now()

    async def run(self) -> None:
        """Look every minute, for ever."""
        try:
            while self.rules:
                await self._clock.sleep(LOOK_S)
                if self.may_look():
                    await self.look()
                await asyncio.sleep(LOOK_REAL_S)
        finally:
            self._count(self._clock.now())
            await self.lending.keep()

    async def look(self) -> None:
        """Lend, renew and end what the hotspots' clients ask for now."""
        now = self._clock.now()
        self._count(now)
        clients = self.clients(now)
        self.held = held_now(self.rules, clients, self.held, now, self._zone)
        wanted = {(lift.rule.name, lift.calendar): lift for lift in self._lifts(now)}
        before = self.lifted
        for key in self._leases.keys() - wanted.keys():
            self._end(self._leases.pop(key), now)
        for key, lift in wanted.items():
            self._lend(key, lift, self.reason(lift.rule, clients, now), now)
        await self._tell(before, clients, now)
        if self.lifted.keys() != before.keys() or not now - KEPT_EVERY < self._kept_at <= now:
            self._kept_at = now
            await self.lending.keep()

    # -- what is known -------------------------------------------------------------------------------------

    def clients(self, now: datetime) -> Mapping[str, int]:
        """How many clients each hotspot has, as far as that is known and not old."""
        return {
            view.id: view.clients
            for view in self._hotspots.hotspots()
            if view.clients is not None and self._is_known(view, now)
        }

    def _is_known(self, view: HotspotView, now: datetime) -> bool:
        answering = view.access_points_up >= max(1, LEAST_ANSWERING * view.access_points)
        return answering and view.at is not None and abs(now - view.at) <= self._old_after

    def place(self, rule: DynamicRule) -> str:
        """The name of a rule's hotspot."""
        return self._places.get(rule.hotspot, rule.hotspot)

    def reason(self, rule: DynamicRule, clients: Mapping[str, int], now: datetime) -> str:
        """What the light points of a rule say of it now."""
        count, held = clients.get(rule.hotspot), self.held.get(rule.name)
        return reason_of(rule, self.place(rule), count, held, now, self._zone, self._small_count)

    @property
    def lifted(self) -> dict[str, int]:
        """How many light points each rule has give more light; a rule that has none is not in it."""
        lent: dict[str, int] = {}
        for (name, _), lease in self._leases.items():
            lent[name] = lent.get(name, 0) + len(lease.points)
        return lent

    def applying(self, rule: DynamicRule, now: datetime) -> Held | None:
        """For how long a rule has applied; None where it does not, or has run out since the last look."""
        held = self.held.get(rule.name)
        return held if held is not None and held.last <= now < held.ends(rule, now, self._zone) else None

    def lifted_by(self, rule: DynamicRule, now: datetime) -> int:
        """How many light points a rule has give more light now."""
        return sum(
            len(lease.points)
            for (name, _), lease in self._leases.items()
            if name == rule.name and lease.active(now)
        )

    # -- what is done --------------------------------------------------------------------------------------

    def _lifts(self, now: datetime) -> list[Lift]:
        """What the rules ask for, without the light points that must not be given light from afar."""
        if not self.held:
            return []
        plan = self._plan
        asks = {name: Asks(level, plan.night(name, now)[1]) for name, level in plan.levels(now).items()}
        reached = []
        for lift in lifts(self.rules, self.held, plan.calendar_of, asks, now, self._zone):
            points = [self._inventory.light_points[name] for name in lift.points]
            left = lift.points - self._safeguards.held_back(points, lift.rule.at_least).blocked.keys()
            if left:
                reached.append(lift._replace(points=left))
        return reached

    def _lend(self, key: tuple[str, str], lift: Lift, reason: str, now: datetime) -> None:
        """Have a lease stand; one that holds is renewed only as its end comes near."""
        lease, until = self._leases.get(key), min(lift.until, now + LEASE)
        if lease is not None and lease.points == lift.points and lease.active(now):
            lasts = lease.until - now > RENEWED_BEFORE or lease.until == until
            if lasts and lease.until <= lift.until:
                self._leases[key] = replace(lease, reason=reason)
                self._book.reword(lease.id, reason)
                return
        self._leases[key] = Override(
            id="d-" + secrets.token_hex(4),
            selector=lift.rule.selector,
            points=lift.points,
            level=lift.rule.at_least,
            reason=reason,
            by=BY,
            asked_at=now,
            until=until,
            kind="dynamic",
        )
        self._book.put(self._leases[key], now)
        if lease is not None:
            self._end(lease, now)

    def _end(self, lease: Override, now: datetime) -> None:
        if lease.active(now):
            self._book.put(replace(lease, cancelled_at=now), now)

    def _count(self, now: datetime) -> None:
        """Count what was lent since the last look; a clock that went back counts nothing twice."""
        start, self._counted_at = self._counted_at, now
        by_rule: dict[str, list[Override]] = {}
        for (name, _), lease in self._leases.items():
            by_rule.setdefault(name, []).append(lease)
        for name, leases in by_rule.items():
            lent = self.lending.count(name, leases, start, now)
            loan = self._loans.setdefault(name, _Loan())
            loan.wh += lent.wh
            loan.minutes += lent.minutes

    async def _tell(self, before: Mapping[str, int], clients: Mapping[str, int], now: datetime) -> None:
        """Keep in the journal which rules begin, and which end with what they lent."""
        after = self.lifted
        for rule in self.rules:
            if (rule.name in before) == (rule.name in after):
                continue
            if rule.name in after:
                points = f"{rule.at_least:g} % · {after[rule.name]}"
                await self._write(
                    rule, "dynamic", BETWEEN.join([points, self.reason(rule, clients, now)]), now
                )
                continue
            loan = self._loans.pop(rule.name, _Loan())
            parts = [rule.name, self.place(rule), f"{loan.minutes:.0f} min", f"{loan.wh:.0f} Wh"]
            # What ends because nobody counts any more is another matter than people who have left.
            act = "dynamic_over" if rule.hotspot in clients else "dynamic_blind"
            await self._write(rule, act, BETWEEN.join(parts), now)

    async def _write(self, rule: DynamicRule, act: str, text: str, now: datetime) -> None:
        try:
            await self._records.add_journal(
                JournalEntry(at=now, by=BY, act=act, subject=rule.selector, text=text)
            )
        except Unreachable as error:  # light that people need waits for no record
            log.warning("journal: %s: %s", text, error)

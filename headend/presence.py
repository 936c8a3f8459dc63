"""Dynamic rules over the city: hotspots with many clients have light points around them give more light."""

import asyncio
import difflib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from city.clock import Clock
from city.errors import BadInput, Unreachable
from city.messages import JournalEntry
from city.settings import Settings
from headend.hotspots import DOWN_AFTER_MISSES, Hotspots
from headend.inventory import CityInventory
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.records import Records
from headend.safeguards import Safeguards
from lighting.dynamic import Asks, DynamicRule, Lift, last_held, lifts
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
        hold = timedelta(minutes=each.hold_min)
        rules.append(
            DynamicRule(each.name, each.selector, points, each.hotspot, each.clients, each.at_least, hold)
        )
    return tuple(rules)


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
            records: keep when a rule begins and ends.
            clock: says when, and paces.
            period: how often the access points are read; what is older than some of these is not known any more.
            may_look: False while nothing may be sent, for the clock is in doubt.
        """
        self._rules = rules
        self._hotspots = hotspots
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._safeguards = safeguards
        self._records = records
        self._clock = clock
        self._old_after = DOWN_AFTER_MISSES * period
        self._may_look = may_look
        self._held: dict[str, datetime] = {}
        self._leases: dict[tuple[str, str], Override] = {}
        """By rule and calendar."""

    async def run(self) -> None:
        """Look every minute, for ever."""
        while self._rules:
            await self._clock.sleep(LOOK_S)
            if self._may_look():
                await self.look()
            await asyncio.sleep(LOOK_REAL_S)

    async def look(self) -> None:
        """Lend, renew and end what the hotspots' clients ask for now."""
        now = self._clock.now()
        self._held = last_held(self._rules, self._clients(now), self._held, now)
        wanted = {(lift.rule.name, lift.calendar): lift for lift in self._lifts(now)}
        before = self._by_rule()
        for key in self._leases.keys() - wanted.keys():
            self._end(self._leases.pop(key), now)
        for key, lift in wanted.items():
            self._lend(key, lift, now)
        await self._tell(before, self._by_rule(), now)

    def _clients(self, now: datetime) -> Mapping[str, int]:
        """How many clients each hotspot has, as far as that is known and not old."""
        return {
            view.id: view.clients
            for view in self._hotspots.hotspots()
            if view.clients is not None and view.at is not None and abs(now - view.at) <= self._old_after
        }

    def _lifts(self, now: datetime) -> list[Lift]:
        """What the rules ask for, without the light points that must not be given light from afar."""
        if not self._held:
            return []
        plan = self._plan
        asks = {name: Asks(level, plan.night(name, now)[1]) for name, level in plan.levels(now).items()}
        reached = []
        for lift in lifts(self._rules, self._held, plan.calendar_of, asks, now):
            points = [self._inventory.light_points[name] for name in lift.points]
            left = lift.points - self._safeguards.held_back(points, lift.rule.at_least).blocked.keys()
            if left:
                reached.append(lift._replace(points=left))
        return reached

    def _lend(self, key: tuple[str, str], lift: Lift, now: datetime) -> None:
        """Have a lease stand; one that holds is renewed only as its end comes near."""
        lease, until = self._leases.get(key), min(lift.until, now + LEASE)
        if lease is not None and lease.points == lift.points and lease.active(now):
            lasts = lease.until - now > RENEWED_BEFORE or lease.until == until
            if lasts and lease.until <= lift.until:
                return
        self._leases[key] = Override(
            id="d-" + secrets.token_hex(4),
            selector=lift.rule.selector,
            points=lift.points,
            level=lift.rule.at_least,
            reason=f"{lift.rule.name} · {lift.rule.hotspot}",
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

    def _by_rule(self) -> dict[str, int]:
        """How many light points each rule has give more light; a rule that has none is not in it."""
        lent: dict[str, int] = {}
        for (name, _), lease in self._leases.items():
            lent[name] = lent.get(name, 0) + len(lease.points)
        return lent

    async def _tell(self, before: Mapping[str, int], after: Mapping[str, int], now: datetime) -> None:
        """Keep in the journal which rules begin and which end."""
        for rule in self._rules:
            if (rule.name in before) == (rule.name in after):
                continue
            begins = rule.name in after
            text = f"{rule.name} · {rule.hotspot}"
            if begins:
                text = f"{rule.at_least:g} % · {after[rule.name]} · {text}"
            act = "dynamic" if begins else "dynamic_over"
            entry = JournalEntry(at=now, by=BY, act=act, subject=rule.selector, text=text)
            try:
                await self._records.add_journal(entry)
            except Unreachable as error:  # light that people need waits for no record
                log.warning("journal: %s: %s", text, error)

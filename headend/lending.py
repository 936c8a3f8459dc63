"""Counts the energy of light lent by dynamic rules beyond the programme, and keeps it by night and rule."""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from city.errors import Unreachable
from city.nights import night_of
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.records import Lent, LentLight
from lighting.inventory import Feed, Inventory, LampType
from lighting.lent import Alike, lent_wh
from lighting.orders import Override

log = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)


class Lending:
    """Adds up minute by minute; what the records cannot take yet waits, one part a night and rule."""

    def __init__(self, inventory: Inventory, plan: Plan, book: OrderBook, kept: LentLight) -> None:
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._kept = kept
        self._waiting: dict[tuple[date, str], Lent] = {}

    def count(self, rule: str, leases: Iterable[Override], start: datetime, end: datetime) -> Lent:
        """Count what the leases of a rule asked for in a span of a night, each while it stood.

        Where a person's order or a lock stands above a lease, the light is not the rule's.
        """
        wh, longest = 0.0, timedelta()
        for lease in leases:
            since, until = max(start, lease.asked_at), min(end, lease.until)
            if since < until:
                wh += self._wh(lease, since, until)
                longest = max(longest, until - since)
        lent = Lent(night_of(start, self._plan.site.zone), rule, wh, longest / MINUTE)
        if longest:
            self._wait(lent)
        return lent

    def _wh(self, lease: Override, since: datetime, until: datetime) -> float:
        """Energy beyond the programme, Wh; as much light as the programme asks for, or less, lends nothing."""
        lamps: Counter[tuple[str, LampType, Feed]] = Counter()
        for name in lease.points:
            if not self._is_overruled(name, since):
                point = self._inventory.light_points[name]
                feed = self._inventory.circuits[point.circuit].feed
                lamps[self._plan.calendar_of[name], point.lamp_type, feed] += 1
        return sum(
            max(0.0, lent_wh([Alike(lamp_type, feed, number)], lease.level, switching, since, until))
            for (calendar, lamp_type, feed), number in lamps.items()
            if (switching := self._plan.night(calendar, since)[1])
        )

    def _is_overruled(self, point: str, at: datetime) -> bool:
        return any(each.kind != "dynamic" and each.active(at) for each in self._book.of(point))

    def _wait(self, lent: Lent) -> None:
        key = lent.night, lent.rule
        before = self._waiting.get(key)
        if before is not None:
            lent = Lent(*key, before.wh + lent.wh, before.minutes + lent.minutes)
        self._waiting[key] = lent

    async def keep(self) -> None:
        """Write down what was counted since the last time; what cannot be kept waits."""
        parts = list(self._waiting.values())
        if not parts:
            return
        self._waiting.clear()
        try:
            await self._kept.add(parts)
        except Unreachable as error:
            for part in parts:
                self._wait(part)
            log.warning("light lent: %s", error)

    async def between(self, first: date, last: date) -> list[Lent]:
        """What was lent in some nights, both included, a part of it perhaps not kept yet.

        Raises:
            Unreachable: the records are away.
        """
        waiting = [part for part in self._waiting.values() if first <= part.night <= last]
        return [*await self._kept.between(first, last), *waiting]

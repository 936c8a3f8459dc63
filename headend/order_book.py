"""Which overrides hold, on which light points, and what the controllers said to them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from lighting.arbitration import Decision, decide
from lighting.orders import Kind, Override

Listener = Callable[[Iterable[str]], None]


class OrderBook:
    """The overrides in force, and those over for so short a time that they still end older ones."""

    def __init__(self, keep: timedelta) -> None:
        """``keep`` is the longest that an override may last: for so long an ended one may still matter."""
        self._keep = keep
        self._orders: dict[str, Override] = {}
        self._by_point: dict[str, list[str]] = {}
        self._listeners: list[Listener] = []
        self._running_out: set[str] = set()
        self.confirmed: dict[str, set[str]] = {}
        """The light points whose controller follows, or followed, an order."""
        self.refused: dict[str, dict[str, str]] = {}
        """The light points whose controller said no to an order, with its reason."""

    def on_change(self, listener: Listener) -> None:
        """Have the light points told for which something else may hold now."""
        self._listeners.append(listener)

    def get(self, order: str) -> Override | None:
        """An override that is still remembered."""
        return self._orders.get(order)

    def put(self, override: Override, now: datetime) -> None:
        """Take in a new override, or one that was shortened or cancelled."""
        known = self._orders.get(override.id)
        self._orders[override.id] = override
        for point in override.points - (known.points if known else frozenset()):
            self._by_point.setdefault(point, []).append(override.id)
        if override.active(now):
            self._running_out.add(override.id)
        else:
            self._running_out.discard(override.id)
        self._tell(override.points | (known.points if known else frozenset()))

    def reword(self, order: str, reason: str) -> None:
        """Give another reason for an override that goes on as it is: nobody has to do anything for that."""
        if order in self._orders:
            self._orders[order] = replace(self._orders[order], reason=reason)

    def active(self, now: datetime, kind: Kind | None = None) -> tuple[Override, ...]:
        """The overrides in force, of one kind or of all."""
        held = (each for order in self._running_out if (each := self._orders[order]).active(now))
        return tuple(each for each in held if kind is None or each.kind == kind)

    def decide(self, point: str, programme_level: float, programme_name: str, now: datetime) -> Decision:
        """What one light point should hold, and why."""
        orders = self._by_point.get(point, ())
        return decide(point, programme_level, programme_name, (self._orders[each] for each in orders), now)

    def of(self, point: str) -> list[Override]:
        """The remembered overrides that concern, or concerned, a light point."""
        return [self._orders[each] for each in self._by_point.get(point, ())]

    def touches(self, point: str) -> bool:
        """Whether any remembered override concerns a light point."""
        return point in self._by_point

    def follows(self, order: str, point: str) -> None:
        """A controller says that it follows an order."""
        if order in self._orders:
            self.confirmed.setdefault(order, set()).add(point)
            self.refused.get(order, {}).pop(point, None)

    def refuses(self, order: str, point: str, why: str) -> None:
        """A controller says no to an order."""
        if order in self._orders:
            self.refused.setdefault(order, {})[point] = why

    def tick(self, now: datetime) -> None:
        """Notice overrides that have run out, and forget those that no longer matter."""
        for order in [each for each in self._running_out if not self._orders[each].active(now)]:
            self._running_out.discard(order)
            self._tell(self._orders[order].points)
        for override in [each for each in self._orders.values() if self._matters_until(each) < now]:
            self._forget(override)

    def _matters_until(self, override: Override) -> datetime:
        """A rule's ends nothing older, and many follow each other."""
        return override.until if override.kind == "dynamic" else override.until + self._keep

    def without(self, points: frozenset[str], now: datetime) -> list[Override]:
        """The orders in force on some light points, as they stand once those are taken back; locks stay."""
        return [
            replace(each, points=left) if (left := each.points - points) else replace(each, cancelled_at=now)
            for each in self.active(now)
            if each.kind == "order" and each.points & points
        ]

    def _forget(self, override: Override) -> None:
        del self._orders[override.id]
        self.confirmed.pop(override.id, None)
        self.refused.pop(override.id, None)
        for point, orders in list(self._by_point.items()):
            if override.id in orders:
                orders.remove(override.id)
                if not orders:
                    del self._by_point[point]

    def _tell(self, points: Iterable[str]) -> None:
        for listener in self._listeners:
            listener(points)

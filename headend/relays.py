"""Circuits as orders and locks need them: closed by day for lamps that an order lights, open while all are locked."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from city.clock import Clock
from city.errors import BadInput, Outside, Refused
from city.measurements import DeviceKind, Metric
from headend.conductor import CABINETS_AT_ONCE, ROUND_REAL_S, in_parallel
from headend.order_book import OrderBook
from headend.patience import PATIENCE_REAL_S, Patience
from headend.snapshot import Snapshot
from lighting.inventory import Circuit, Feed, Inventory

log = logging.getLogger(__name__)

SHORTEST_ROUND_S = 1.0
"""Clock seconds between two rounds at least, however small the gap between circuits."""


class OrderCircuit(Protocol):
    """How an order reaches a circuit; raises ``city.errors.Outside``, or BadInput from the cabinet's profile."""

    async def __call__(
        self, cabinet: str, circuit: int, *, on: bool | None, until: datetime | None = None
    ) -> None:
        """Have a circuit closed or open until an instant; None: by its programme again."""


class Force(NamedTuple):
    """What a cabinet does with a circuit against its programme."""

    on: bool
    until: datetime
    """It ends by itself in the cabinet, UTC."""


class _Ask(NamedTuple):
    """What the orders and locks on the light points of a circuit add up to."""

    light_until: datetime | None
    """Until when an order lights one of them, where the circuit is dead by day."""
    dark_until: datetime | None
    """Until when all of them are locked."""
    is_locked: bool
    """Whether any of them is."""


class Relays:
    """Has cabinets close and open circuits: one circuit of a cabinet in a round, and never two at once."""

    def __init__(
        self,
        inventory: Inventory,
        book: OrderBook,
        snapshot: Snapshot,
        order_circuit: OrderCircuit,
        clock: Clock,
        *,
        gap: timedelta,
        trouble_at: Callable[[str], str],
        soon: Callable[[str], None],
        may_send: Callable[[], bool] = lambda: True,
        patience_real_s: float = PATIENCE_REAL_S,
        round_real_s: float = ROUND_REAL_S,
    ) -> None:
        """Prepare.

        Args:
            inventory: who there is.
            book: the orders and locks.
            snapshot: says how each relay was last heard.
            order_circuit: the way to the cabinets; it reads back.
            clock: paces.
            gap: clock time between two circuits of one cabinet at least.
            trouble_at: why a cabinet takes no light from afar (somebody is at work there); empty: it does.
            soon: has a cabinet polled at once.
            may_send: False while nothing may be sent, for the clock is in doubt.
            patience_real_s: see ``headend.patience``.
            round_real_s: real seconds between two rounds at least.
        """
        self._inventory = inventory
        self._book = book
        self._snapshot = snapshot
        self._order_circuit = order_circuit
        self._clock = clock
        self._gap = gap
        self._trouble_at = trouble_at
        self._soon = soon
        self._may_send = may_send
        self._patience = Patience(clock, patience_real_s)
        self._round_real_s = round_real_s
        self._since: datetime | None = None
        """The first round: what was asked before, another run of the head-end may have sent."""
        self._seen: set[str] = set()
        self._touched: set[str] = set()
        self._asks: dict[str, _Ask] = {}
        self._forced: dict[str, Force | None] = {}
        """What each circuit was told; None while it is not known whether that holds; absent: nothing."""
        self._complained: set[str] = set()
        book.on_change(self._reconsider)

    @property
    def forced(self) -> Mapping[str, Force | None]:
        """The circuits that do not follow their programme; None: perhaps."""
        return self._forced

    def _reconsider(self, points: Iterable[str]) -> None:
        known = self._inventory.light_points
        self._touched.update(known[name].circuit for name in points if name in known)

    async def run(self) -> None:
        """Send what differs, for ever."""
        while True:
            await self._clock.sleep(max(self._gap.total_seconds(), SHORTEST_ROUND_S))
            if self._may_send():
                await self.round()
            await asyncio.sleep(self._round_real_s)

    async def round(self) -> None:
        """Bring one circuit of each cabinet to what it should be, where one is not."""
        now = self._clock.now()
        self._since = self._since or now
        circuits = self._inventory.circuits
        for name in self._touched:
            self._work_out(circuits[name], now)
        self._touched.clear()
        due: dict[str, Circuit] = {}
        for name in sorted(self._asks.keys() | self._forced.keys()):
            circuit = circuits[name]
            if circuit.cabinet not in due and self._differs(circuit, now) and self._patience.allows(name):
                due[circuit.cabinet] = circuit
        await in_parallel((self._settle(each) for each in due.values()), CABINETS_AT_ONCE)

    def _work_out(self, circuit: Circuit, now: datetime) -> None:
        """Note what is asked of a circuit; it stands until the book tells of a change."""
        points = self._inventory.by_circuit[circuit.id]
        if circuit.id not in self._seen:
            self._seen.add(circuit.id)
            if self._is_inherited(circuit, now):
                self._forced[circuit.id] = None
        lights: list[datetime] = []
        locks: list[datetime] = []
        for point in points:
            decision = self._book.decide(point.id, 0.0, "", now)
            if decision.until is not None and decision.is_lock:
                locks.append(decision.until)
            elif decision.until is not None and decision.level > 0:
                lights.append(decision.until)
        # A cabinet ends what it was told by itself: its circuits must not all close in the same second then.
        rank = self._gap * (circuit.number - 1)
        ask = _Ask(
            max(lights, default=None) if circuit.feed is Feed.NIGHT else None,
            min(locks) + rank if len(locks) == len(points) else None,
            bool(locks),
        )
        self._patience.forget(circuit.id)
        self._complained.discard(circuit.id)
        if ask.light_until or ask.dark_until:
            self._asks[circuit.id] = ask
        else:
            self._asks.pop(circuit.id, None)

    def _is_inherited(self, circuit: Circuit, now: datetime) -> bool:
        """Whether the head-end may have forced a circuit before it was started anew, and the cabinet still does."""
        before = [
            [each for each in self._book.of(point.id) if each.asked_at < (self._since or now) < each.until]
            for point in self._inventory.by_circuit[circuit.id]
        ]
        lit = any(each.kind != "lock" and each.level > 0 for overrides in before for each in overrides)
        locked = all(any(each.kind == "lock" for each in overrides) for overrides in before)
        return locked or (lit and circuit.feed is Feed.NIGHT)

    def _differs(self, circuit: Circuit, now: datetime) -> bool:
        latest = self._snapshot.latest(DeviceKind.CIRCUIT, circuit.id)
        if latest is None or not latest.live:
            return False  # how its relay stands is not known
        wanted = self._wanted(circuit, now)
        if wanted is None:
            return circuit.id in self._forced
        return self._forced.get(circuit.id) != wanted

    def _wanted(self, circuit: Circuit, now: datetime) -> Force | None:
        ask = self._asks.get(circuit.id)
        if ask is None:
            return None
        if ask.dark_until is not None:
            return Force(on=False, until=ask.dark_until) if now < ask.dark_until else None
        if ask.light_until is None or ask.light_until <= now:
            return None
        wanted = Force(on=True, until=ask.light_until)
        if self._snapshot.value(DeviceKind.CIRCUIT, circuit.id, Metric.RELAY_CLOSED) == 0:
            # Nobody's work is energised from here.
            return None if ask.is_locked or self._trouble_at(circuit.cabinet) else wanted
        told = self._forced.get(circuit.id)
        return wanted if circuit.id in self._forced and (told is None or told.on) else None

    async def _settle(self, circuit: Circuit) -> None:
        name, wanted = circuit.id, self._wanted(circuit, self._clock.now())
        on, until = wanted or (None, None)
        self._patience.told(name)
        self._forced[name] = None
        try:
            await self._order_circuit(circuit.cabinet, circuit.number, on=on, until=until)
        except (Refused, BadInput) as error:
            self._patience.refused(name)
            self._complain(name, error)
        except Outside as error:
            self._complain(name, error)
        else:
            self._patience.forget(name)
            self._complained.discard(name)
            if wanted is None:
                del self._forced[name]
            else:
                self._forced[name] = wanted
            self._soon(circuit.cabinet)

    def _complain(self, circuit: str, error: Exception) -> None:
        """Say once why a circuit is not as it should be."""
        if circuit not in self._complained:
            self._complained.add(circuit)
            log.warning("circuit %s: %s", circuit, error)

"""Every light point in one word: what is asked, what is in effect, what is measured, and the state they add up to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from city.clock import Clock
from city.incidents import LIVE, VISIBLE, Incident
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.messages import LampCounts, LampState
from headend.changes import Changes
from headend.order_book import OrderBook
from headend.plan import Levels, Plan
from headend.snapshot import Latest, Snapshot
from lighting.inventory import Feed, Inventory, LampType, LightPoint
from lighting.power import dark_below_w, planned_w

SILENT_AFTER = timedelta(seconds=3 * 300 + 120)
"""Three periods of a lamp controller (docs/devices/lamp-controller.md: 300 s), and a margin for slow ways."""
AS_PLANNED_PCT = 5.0
"""How far from what is asked still counts as planned, points."""


class _Share(NamedTuple):
    """As what light points are counted together."""

    state: LampState
    lit: bool
    as_planned: bool
    lamp_type: str
    feed: Feed
    asked: float


class Lamp:
    """One light point, with what is derived from the latest of it."""

    __slots__ = (
        "asked",
        "at",
        "effect",
        "feed",
        "lit",
        "locked",
        "on_order",
        "point",
        "power_w",
        "share",
        "state",
    )

    def __init__(self, point: LightPoint, feed: Feed) -> None:
        self.point = point
        self.feed = feed
        self.state = LampState.UNKNOWN
        self.asked = 0.0
        """What the head-end wants it to hold, percent."""
        self.on_order = False
        """Whether an override, and not the programme, decides that."""
        self.locked = False
        """Whether people are at work there."""
        self.effect: float | None = None
        """What its controller says it holds, percent."""
        self.power_w: float | None = None
        self.at: datetime | None = None
        """When it was last heard of, UTC."""
        self.lit = False
        """It is meant to give light, and draws what a lit lamp draws."""

        self.share: _Share | None = None
        """As what it is counted."""

    @property
    def shown(self) -> tuple[object, ...]:
        """All of it that a console shows."""
        return self.state, self.asked, self.locked, self.effect, self.power_w, self.at


class Lamps:
    """All light points; what may have changed is noted at once and worked out by ``refresh``."""

    def __init__(
        self, inventory: Inventory, snapshot: Snapshot, book: OrderBook, plan: Plan, clock: Clock
    ) -> None:
        self._inventory = inventory
        self._snapshot = snapshot
        self._book = book
        self._plan = plan
        self._clock = clock
        self._started = clock.now()
        self._energised: dict[str, datetime | None] = {}
        """Since when each circuit is energised; None while it is not; absent while that is not known."""
        self._troubles: dict[str, frozenset[str]] = {}
        """The light points that each live incident takes."""
        self._failed: Counter[str] = Counter()
        self._shares: Counter[_Share] = Counter()
        self._dirty: set[str] = set(inventory.light_points)
        self._levels: Levels = {}
        self.changes = Changes()
        circuits = inventory.circuits
        self.all: Mapping[str, Lamp] = {
            point.id: Lamp(point, circuits[point.circuit].feed) for point in inventory.light_points.values()
        }
        self._types: Mapping[str, LampType] = {
            point.lamp_type.id: point.lamp_type for point in inventory.light_points.values()
        }
        book.on_change(self.doubt)
        plan.on_change(self.doubt_all)

    def observe(self, reading: Reading) -> None:
        """Take note of a reading that is the newest of its device."""
        if reading.kind is DeviceKind.LAMP:
            if reading.device in self.all:
                self._dirty.add(reading.device)
        elif reading.kind is DeviceKind.CIRCUIT and Metric.RELAY_CLOSED in reading.values:
            closed = reading.values[Metric.RELAY_CLOSED] > 0 and not reading.values.get(
                Metric.BREAKER_TRIPPED
            )
            known = reading.device in self._energised
            before = self._energised.get(reading.device, self._started)
            self._energised[reading.device] = (before or reading.at) if closed else None
            if closed != (before is not None) or not known:
                self.doubt(point.id for point in self._inventory.by_circuit.get(reading.device, ()))

    def incident(self, incident: Incident) -> None:
        """Take note of an incident as it stands now."""
        before = self._troubles.pop(incident.id, frozenset())
        after: frozenset[str] = frozenset()
        if incident.state in LIVE and incident.cause in VISIBLE:
            after = frozenset({incident.asset, *incident.suppressed}) & self.all.keys()
            self._troubles[incident.id] = after
        self._failed.subtract(before)
        self._failed.update(after)
        self.doubt(before | after)

    def doubt(self, points: Iterable[str]) -> None:
        """Have some light points looked at again."""
        self._dirty.update(points)

    def doubt_all(self) -> None:
        """Have every light point looked at again: time alone makes a lamp silent."""
        self._dirty.update(self.all)

    def refresh(self) -> None:
        """Work out what may have changed."""
        now = self._clock.now()
        levels, calendar_of = self._plan.levels(now), self._plan.calendar_of
        if levels != self._levels:
            self._levels = levels
            self.doubt_all()
        for name in self._dirty:
            if lamp := self.all.get(name):
                self._work_out(lamp, levels[calendar_of[name]], now)
        self._dirty.clear()

    def _work_out(self, lamp: Lamp, level: float, now: datetime) -> None:
        name = lamp.point.id
        before = lamp.shown
        lamp.asked, lamp.on_order, lamp.locked = level, False, False
        if self._book.touches(name):
            decision = self._book.decide(name, level, "", now)
            lamp.asked, lamp.on_order = decision.level, decision.source == "override"
            lamp.locked = decision.is_lock
        latest = self._snapshot.latest(DeviceKind.LAMP, name)
        energised = self._energised.get(lamp.point.circuit, self._started)
        if latest is None or energised is None:
            lamp.effect = lamp.power_w = None
        else:
            lamp.effect, lamp.power_w = latest.values.get(Metric.LEVEL), latest.values.get(Metric.POWER)
        lamp.lit = bool(lamp.effect) and (
            lamp.power_w is None or lamp.power_w >= dark_below_w(lamp.point.lamp_type)
        )
        lamp.at = latest.at if latest else None
        lamp.state = self._state(lamp, latest, energised, now)
        if lamp.shown != before or lamp.share is None:
            self.changes.touch(name)
            self._count(lamp)

    def _count(self, lamp: Lamp) -> None:
        if lamp.share is not None:
            self._shares[lamp.share] -= 1
            if not self._shares[lamp.share]:
                del self._shares[lamp.share]
        gives_light = lamp.lit and lamp.state in {LampState.LIT, LampState.OVERRIDDEN}
        lamp.share = _Share(
            lamp.state, gives_light, _as_planned(lamp), lamp.point.lamp_type.id, lamp.feed, lamp.asked
        )
        self._shares[lamp.share] += 1

    def _state(
        self, lamp: Lamp, latest: Latest | None, energised: datetime | None, now: datetime
    ) -> LampState:
        circuit = lamp.point.circuit
        if self._failed[lamp.point.id] > 0:
            return LampState.FAILED
        if energised is None:
            return LampState.UNPOWERED
        if latest is None or now - latest.at > SILENT_AFTER:
            fed = circuit in self._energised or lamp.feed is Feed.PERMANENT
            return LampState.SILENT if fed and now - energised > SILENT_AFTER else LampState.UNKNOWN
        if lamp.on_order or latest.facts.get(Fact.SOURCE) == "override":
            return LampState.OVERRIDDEN
        return LampState.LIT if lamp.lit else LampState.DARK

    def by_state(self) -> Counter[LampState]:
        """How many light points are in each state."""
        states: Counter[LampState] = Counter()
        for share, lamps in self._shares.items():
            states[share.state] += lamps
        return states

    def counts(self) -> LampCounts:
        """The light points in numbers."""
        states = self.by_state()
        return LampCounts(
            total=len(self.all),
            lit=sum(lamps for share, lamps in self._shares.items() if share.lit),
            failed=states[LampState.FAILED],
            silent=states[LampState.SILENT],
            overridden=states[LampState.OVERRIDDEN],
            as_planned=sum(lamps for share, lamps in self._shares.items() if share.as_planned),
        )

    def mean_level_pct(self) -> float | None:
        """What the lamps report, averaged over those that are heard of; one without supply gives no light."""
        levels = [
            0.0 if lamp.state is LampState.UNPOWERED else lamp.effect
            for lamp in self.all.values()
            if lamp.state not in {LampState.SILENT, LampState.UNKNOWN}
        ]
        known = [level for level in levels if level is not None]
        return sum(known) / len(known) if known else None

    def planned_w(self) -> float:
        """What all lamps together should draw as they are asked now, W."""
        return sum(
            lamps * planned_w(self._types[share.lamp_type], share.feed, share.asked)
            for share, lamps in self._shares.items()
        )


def _as_planned(lamp: Lamp) -> bool:
    if lamp.state is LampState.UNPOWERED:
        return lamp.asked <= AS_PLANNED_PCT
    if lamp.state in {LampState.FAILED, LampState.SILENT, LampState.UNKNOWN} or lamp.effect is None:
        return False
    return abs(lamp.effect - lamp.asked) <= AS_PLANNED_PCT

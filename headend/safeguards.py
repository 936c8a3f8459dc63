"""What stands between a person's order and the street: locks, doors, how fast, how much, and the second person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.clock import Clock
from city.errors import BadInput
from city.measurements import DeviceKind, Metric
from city.settings import OrdersSection
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.records import Token
from headend.snapshot import Snapshot
from lighting.buckets import Bucket, Rate
from lighting.inventory import Inventory, LightPoint
from lighting.mass_changes import MassChanges, most_alone
from lighting.orders import Override, Second, why_second

OPERATORS_MOST = 1000
"""How many operators' buckets are kept; the one that has asked for nothing for longest is forgotten, full."""


class TooSoon(BadInput):
    """Commands come faster than they may."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The light points that an order does not reach, and why."""

    locked: Mapping[str, str]
    blocked: Mapping[str, str]

    @property
    def points(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.locked) | frozenset(self.blocked)


class Safeguards:
    """Says what an order may do, and keeps count of what was done."""

    def __init__(
        self,
        inventory: Inventory,
        plan: Plan,
        book: OrderBook,
        snapshot: Snapshot,
        clock: Clock,
        settings: OrdersSection,
    ) -> None:
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._snapshot = snapshot
        self._clock = clock
        self._settings = settings
        self._rate = Rate(settings.commands_at_once, timedelta(seconds=settings.command_every_s))
        self._rate_of_all = Rate(
            settings.all_commands_at_once, timedelta(seconds=settings.all_command_every_s)
        )
        self._of_all = Bucket.full(self._rate_of_all, clock.now())
        self._of: dict[str, Bucket] = {}
        self._changes = MassChanges(most_alone(len(inventory.light_points), settings.mass_change_pct))

    # -- how fast ------------------------------------------------------------------------------------------

    def spend(self, token: Token) -> None:
        """Count a command of a person.

        Raises:
            TooSoon: commands of this person, or of all together, come too fast; the message says when the next may.
        """
        now = self._clock.now()
        own = self._of.pop(token.name, None) or Bucket.full(self._rate, now)
        self._of[token.name] = own
        for bucket, whose in ((own, f"of {token.name}"), (self._of_all, "of all operators together")):
            if wait := bucket.wait(now):
                seconds = max(1, round(wait.total_seconds()))
                raise TooSoon(f"too many commands {whose}: the next in {seconds} s", wait)
        self._of[token.name], self._of_all = own.take(now), self._of_all.take(now)
        if len(self._of) > OPERATORS_MOST:
            del self._of[next(iter(self._of))]

    # -- where ---------------------------------------------------------------------------------------------

    def held_back(self, points: Iterable[LightPoint], level: float) -> HeldBack:
        """The light points that must not be lit from here: locked, or their cabinet open or in local mode."""
        if level <= 0:
            return HeldBack({}, {})
        locks = self._book.active(self._clock.now(), "lock")
        locked: dict[str, str] = {}
        blocked: dict[str, str] = {}
        reasons: dict[str, str] = {}
        for point in points:
            if lock := next((each for each in locks if point.id in each.points), None):
                locked[point.id] = (
                    f"locked by {lock.by} until {lock.until:%Y-%m-%dT%H:%MZ} ({lock.id}): {lock.reason}"
                )
                continue
            if point.cabinet not in reasons:
                reasons[point.cabinet] = self.trouble_at(point.cabinet)
            if reasons[point.cabinet]:
                blocked[point.id] = reasons[point.cabinet]
        return HeldBack(locked, blocked)

    def trouble_at(self, cabinet: str) -> str:
        """Why a cabinet takes no light from afar, as it last said; what it said stays true while it is silent."""
        if self._snapshot.value(DeviceKind.CABINET, cabinet, Metric.DOOR_OPEN):
            return f"the door of {cabinet} is open"
        if self._snapshot.value(DeviceKind.CABINET, cabinet, Metric.LOCAL_OVERRIDE):
            return f"{cabinet} is in local mode"
        return ""

    # -- how much, and who else ----------------------------------------------------------------------------

    def why_second(self, points: frozenset[str], level: float | None, until: datetime) -> Second | None:
        """Why an order needs a second person, or None; without a level it takes points back to their programme."""
        now = self._clock.now()
        relights = self._settings.relight_alone and self._relights(points, level, until)
        dark = level is not None and level <= 0 and self._plan.lights_between(points, now, until)
        return why_second(
            len(points),
            alone_points=self._settings.alone_points,
            dark_at_night=dark,
            relights=relights,
            stopped=self.stopped_until is not None,
        )

    def _relights(self, points: frozenset[str], level: float | None, until: datetime) -> bool:
        return level is None or level >= self._plan.highest_between(points, self._clock.now(), until)

    @property
    def stopped_until(self) -> datetime | None:
        """Until when nobody changes more alone; None while the mass-change stop does not hold."""
        return self._changes.stopped_until(self._clock.now())

    def note(self, override: Override) -> bool:
        """Count what one person has changed alone; returns whether that was what began the stop."""
        if override.approved_by is not None or self._relights(
            override.points, override.level, override.until
        ):
            return False
        before = self.stopped_until
        self._changes.add(override.points, self._clock.now())
        return before is None and self.stopped_until is not None

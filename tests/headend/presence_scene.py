"""The small city by night, with an ice rink and rules for the lamps around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.measurements import DeviceKind, Metric, Reading
from city.places import Position
from city.presence_views import PresenceView
from headend.hotspots import Hotspots
from headend.presence import Presence
from headend.presence_views import presence_view
from lighting.arbitration import Decision
from lighting.dynamic import DynamicRule
from lighting.orders import Override
from lighting.prices import TYPICAL
from tests.headend.order_scene import Town, town
from tests.headend.recording import batch
from wifi.inventory import AccessPoint, Hotspot, Inventory

HERE = Position(47.75, 7.34)
WIFI = Inventory(
    {"patinoire": Hotspot("patinoire", "Patinoire", HERE, "West", watched=True)},
    {"AP-1": AccessPoint("AP-1", "patinoire", HERE, "127.0.0.1", 1, "falotier-ap", 40)},
)
RULE = DynamicRule(
    "Match", "circuit:A-001/1", frozenset({"L1", "L2", "L3"}), "patinoire", 50, 80.0, timedelta(minutes=15)
)
TWO_LIMITS = replace(RULE, until_below=20)
NIGHT = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
"""The five steps ask for 30 %, from midnight to five o'clock local time."""
MORNING = datetime(2026, 12, 1, 3, 52, tzinfo=UTC)
"""Eight minutes before they ask for 70 %."""
MINUTE_S = 60.0


RULE_TABLE = """
[[dynamic]]
name = "Match"
selector = "{selector}"
hotspot = "{hotspot}"
clients = 50
until_below = 20
at_least = 80
never_past = "01:00"
"""


def wifi_says(clients: float, at: datetime, name: str = "AP-1") -> Reading:
    return Reading(name, DeviceKind.ACCESS_POINT, at, {Metric.UP: 1.0, Metric.CLIENTS: clients})


class Rink:
    """The small city by night, with a rule for the lamps around an ice rink."""

    def __init__(self, place: Town, *rules: DynamicRule, wifi: Inventory | None = None) -> None:
        parts = self.parts = place.parts
        self.place = place
        self.hotspots = Hotspots(wifi or WIFI, parts.snapshot)
        parts.ingest.on_news(self.hotspots.observe)
        self.presence = Presence(
            rules,
            self.hotspots,
            parts.inventory,
            parts.plan,
            parts.book,
            place.safeguards,
            place.records,
            parts.clock,
            period=timedelta(minutes=1),
            small_count=5,
        )

    async def minute(self, clients: float | None, of_second: float | None = None) -> None:
        """A minute passes; the access points say how many clients they have, or nothing."""
        await self.parts.clock.advance(MINUTE_S)
        for name, said in (("AP-1", clients), ("AP-2", of_second)):
            if said is not None:
                self.parts.ingest(batch(wifi_says(said, self.parts.clock.now(), name)))
        await self.presence.look()
        self.parts.book.tick(self.parts.clock.now())

    def decision(self, lamp: str = "L1") -> Decision:
        now = self.parts.clock.now()
        return self.parts.book.decide(lamp, self.parts.plan.level_of(lamp, now), "programme", now)

    @property
    def leases(self) -> tuple[Override, ...]:
        return self.parts.book.active(self.parts.clock.now(), "dynamic")

    async def view(self) -> PresenceView:
        return await presence_view(self.presence, self.parts.plan, TYPICAL, self.parts.clock.now())

    async def acts(self) -> list[str]:
        return [entry.act for entry in reversed(await self.place.records.journal())]


@asynccontextmanager
async def rink(
    tmp_path: Path, at: datetime = NIGHT, *rules: DynamicRule, wifi: Inventory | None = None
) -> AsyncIterator[Rink]:
    async with town(tmp_path, at - timedelta(minutes=1)) as place:
        yield Rink(place, *(rules or (RULE,)), wifi=wifi)

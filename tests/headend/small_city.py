"""A small fictional city, and the parts of a head-end over it."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from city.clock import ManualClock
from city.settings import TelemetrySection
from headend.conductor import Conductor
from headend.connections import Connections
from headend.ingest import Ingest
from headend.lamps import Lamps
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.snapshot import Snapshot
from headend.spool import Spool
from lighting.cabinet_programmes import CabinetProgramme
from lighting.inventory import Cabinet, Circuit, Feed, Inventory, LampType, LightPoint
from lighting.light_plan import FIVE_STEPS_PLAN
from tests.headend.recording import EVENING, RecordingLamps, RecordingStore
from tests.lighting.small_city import MULHOUSE

LED_60 = LampType(
    "led-60", nominal_w=60.0, power_at_min_w=7.0, min_level_pct=10.0, standby_w=0.6, warm_up_s=30.0
)


def small_inventory(lamps: int = 3) -> Inventory:
    """One cabinet: circuit 1 is permanent, circuit 2 is fed at night; L1… on the first, N1… on the second."""
    circuits = (Circuit("A-001/1", "A-001", 1, Feed.PERMANENT), Circuit("A-001/2", "A-001", 2, Feed.NIGHT))
    cabinet = Cabinet(
        "A-001", MULHOUSE.position, "D8", "rue Mercière", "127.0.0.1", 1, 1, "falotier-cabinet", circuits
    )
    points = {}
    for circuit, letter in zip(circuits, "LN", strict=True):
        for number in range(1, lamps + 1):
            name = f"{letter}{number}"
            points[name] = LightPoint(
                name,
                MULHOUSE.position,
                "D8",
                "Centre",
                "rue Mercière",
                "A-001",
                circuit.id,
                "L1",
                LED_60,
                "GW-1",
            )
    return Inventory(points, {"A-001": cabinet})


@dataclass
class Parts:
    """A head-end without its rims."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(EVENING))
    inventory: Inventory = field(default_factory=small_inventory)

    def __post_init__(self) -> None:
        self.store = RecordingStore()
        self.connections = Connections(self.clock)
        self.snapshot = Snapshot()
        # Its folder is never touched: what is put in waits for a commit that nobody makes.
        self.spool = Spool(self.store, Path(), TelemetrySection(), self.clock, self.connections)
        self.ingest = Ingest(self.snapshot, self.spool)
        self.plan = Plan(FIVE_STEPS_PLAN, MULHOUSE, self.inventory)
        self.book = OrderBook(timedelta(hours=12))
        self.lamps = Lamps(self.inventory, self.snapshot, self.book, self.plan, self.clock)
        self.ways = RecordingLamps()
        self.deployed: list[str] = []
        self.conductor = Conductor(
            self.inventory,
            self.plan,
            self.book,
            self.ways,
            self.deploy,
            self.clock,
            patience_real_s=0.0,
            round_real_s=0.0,
        )
        self.ingest.on_news(self.lamps.observe)
        self.ingest.on_news(self.conductor.observe)
        self.ingest.on_event(self.conductor.event)

    async def deploy(self, cabinet: str, programme: CabinetProgramme) -> None:
        self.deployed.append(f"{cabinet} {programme.hash:08x}")

    @property
    def programme(self) -> str:
        """What the first lamp should hold, by its hash."""
        return self.conductor.holdings.lamp_wants(self.inventory.light_points["L1"]) or ""

    @property
    def holding(self) -> int:
        return sum(each.state == "holds" for each in self.conductor.holdings)

"""Orders and locks over the small city, and the people who ask for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from city.clock import ManualClock
from city.messages import OrderRequest, Role
from city.settings import OrdersSection
from headend.approvals import Approvals
from headend.confirmations import Confirmations
from headend.locks import Locks
from headend.orders import Orders
from headend.records import Records, Token
from headend.safeguards import Safeguards
from tests.headend.recording import EVENING, batch, lamp_reading, running
from tests.headend.small_city import Parts

TECHNICIAN = Token("0" * 64, Role.TECHNICIAN, "anne", EVENING)
OTHER = Token("2" * 64, Role.TECHNICIAN, "bruno", EVENING)
WATCHER = Token("3" * 64, Role.OBSERVER, "écran", EVENING)
SUPERVISOR = Token("1" * 64, Role.SUPERVISOR, "chef", EVENING)


def request(
    selector: str = "L1", level: float | None = 40.0, hours: float = 2.0, *, dry_run: bool = False
) -> OrderRequest:
    return OrderRequest(
        selector=selector, level_pct=level, for_s=hours * 3600, reason="chantier", dry_run=dry_run
    )


class Town:
    """Orders and locks over the small city, with real records."""

    def __init__(self, parts: Parts, records: Records, settings: OrdersSection) -> None:
        self.parts = parts
        self.records = records
        self.approvals = Approvals(records, parts.clock, timedelta(minutes=settings.approval_min))
        self.safeguards = Safeguards(
            parts.inventory, parts.plan, parts.book, parts.snapshot, parts.clock, settings
        )
        confirmations = Confirmations(parts.book, parts.lamps, parts.conductor, confirm_real_s=0.5)
        self.locks = Locks(
            parts.inventory, parts.book, records, parts.clock, settings, self.safeguards, confirmations
        )
        self.orders = Orders(
            parts.inventory,
            parts.plan,
            parts.book,
            parts.lamps,
            records,
            parts.clock,
            settings,
            self.safeguards,
            self.approvals,
            confirmations,
        )

    def say(self, lamp: str, *, level: float = 100.0, order: str | None = None) -> None:
        at = self.parts.clock.now()
        self.parts.ingest(
            batch(lamp_reading(lamp, at, level=level, programme=self.parts.programme, order=order))
        )
        self.parts.lamps.refresh()


FEW = {"alone_points": 4}


@asynccontextmanager
async def town(tmp_path: Path, at: datetime = EVENING, **settings: object) -> AsyncIterator[Town]:
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        parts = Parts(ManualClock(at))
        async with running(parts.conductor.run()):
            yield Town(parts, records, OrdersSection.model_validate({**FEW, **settings}))

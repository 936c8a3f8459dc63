"""What the city looked like every five minutes, for the last two days, in memory."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from city.clock import Clock
from city.messages import TimelineRow
from city.wifi_views import HotspotView
from headend.hotspots import Hotspots
from headend.lamps import Lamps
from headend.plan import Plan
from headend.views import Views

STEP = timedelta(minutes=5)
KEPT = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Peak:
    """The busiest that a hotspot was seen; None before its load was known."""

    load_pct: float | None = None
    clients: int | None = None


_Number = TypeVar("_Number", int, float)


def _larger(one: _Number | None, other: _Number | None) -> _Number | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


class Timeline:
    """The rows, oldest first, and the peak of each hotspot."""

    def __init__(self) -> None:
        self.rows: deque[TimelineRow] = deque(maxlen=KEPT // STEP)
        self.peaks: dict[str, Peak] = {}

    def add(self, row: TimelineRow) -> None:
        """Keep a row; the oldest makes room."""
        self.rows.append(row)

    def see(self, hotspots: Iterable[HotspotView]) -> None:
        """Keep the peaks."""
        for hotspot in hotspots:
            peak = self.peaks.get(hotspot.id, Peak())
            self.peaks[hotspot.id] = Peak(
                _larger(peak.load_pct, hotspot.load_pct), _larger(peak.clients, hotspot.clients)
            )

    async def keep(self, clock: Clock, lamps: Lamps, plan: Plan, views: Views, hotspots: Hotspots) -> None:
        """Add a row at each step of the clock, for ever."""
        at = next_row_at(clock.now())
        while True:
            await clock.sleep(min((at - clock.now()).total_seconds(), STEP.total_seconds()))
            if at - (now := clock.now()) > STEP:  # it was set back
                at = next_row_at(now)
                continue
            lamps.refresh()
            counts, places = lamps.counts(), hotspots.hotspots()
            clients = [place.clients for place in places if place.clients is not None]
            self.add(
                TimelineRow(
                    at=at,
                    lit=counts.lit,
                    mean_level_pct=lamps.mean_level_pct(),
                    planned_level_pct=plan.mean_level(at),
                    power_w=views.power_w(),
                    failed=counts.failed,
                    silent=counts.silent,
                    clients=sum(clients) if clients else None,
                )
            )
            self.see(places)
            at = max(at + STEP, next_row_at(clock.now()))


def next_row_at(now: datetime) -> datetime:
    """The next instant for a row: whole steps of the UTC day, strictly later than ``now``."""
    day = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return day + ((now - day) // STEP + 1) * STEP

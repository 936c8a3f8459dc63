"""A citizen's report that no incident explains: the head-end looks at the lamp at once, and says what it sees."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from city.clock import Clock
from city.errors import Outside
from city.measurements import DeviceKind, Metric
from headend.citizen_book import CitizenBook
from headend.records import KeptReport, ReportState
from headend.snapshot import Snapshot
from lighting.citizen_reports import FLICKER_WATCHED, Trouble, disproves
from lighting.inventory import Inventory, LightPoint

LOOKS_AT_ONCE = 20
"""Reports that are looked into in one round; the others wait for the next, so that a flood of reports is none of
messages."""
NO_NEWS = timedelta(hours=48)
"""Two nights: if telemetry could not tell by then, somebody has to go and see."""
BURNS = "telemetry shows the lamp as it should be"
NO_ANSWER = "telemetry could not tell within 48 h"

Look = Callable[[LightPoint], Awaitable[None]]
"""Has a light point's controller and cabinet say how they are; raises ``city.errors.Outside`` if it cannot ask."""


class Looking:
    """Asks for the present state of suspects, and ends suspicions that telemetry does not bear out."""

    def __init__(
        self, book: CitizenBook, clock: Clock, inventory: Inventory, snapshot: Snapshot, look: Look
    ) -> None:
        self._book = book
        self._clock = clock
        self._points = inventory.light_points
        self._snapshot = snapshot
        self._look = look

    async def round(self) -> None:
        """Look at what is newly suspected, and judge what was seen. Raises Unreachable when the records are away."""
        suspected = self._book.within({ReportState.SUSPECTED})
        for report in [each for each in suspected if each.looked_at is None][:LOOKS_AT_ONCE]:
            await self._look_at(report)
        for report in self._book.within({ReportState.SUSPECTED}):
            await self._judge(report)

    async def _look_at(self, report: KeptReport) -> None:
        at = self._clock.now()
        try:
            for point in self._suspects(report):
                await self._look(point)
        except Outside:
            return  # the next round asks again
        await self._book.change(report.id, lambda present: replace(present, looked_at=at))

    async def _judge(self, report: KeptReport) -> None:
        now = self._clock.now()
        watched = now - (report.looked_at or report.due_at)
        if self._nothing_wrong(report) and (
            report.trouble is not Trouble.FLICKERS or watched >= FLICKER_WATCHED
        ):
            why = BURNS
        elif watched >= NO_NEWS:
            why = NO_ANSWER
        else:
            return

        def end(present: KeptReport) -> KeptReport:
            if present.state is not ReportState.SUSPECTED:
                return present
            return replace(present, state=ReportState.NOTHING_SEEN, ended_at=now, detail=why)

        await self._book.change(report.id, end)

    def _nothing_wrong(self, report: KeptReport) -> bool:
        """Whether every suspect has said since the look that it does what it should."""
        suspects = self._suspects(report)
        return bool(suspects) and all(self._is_well(point, report) for point in suspects)

    def _is_well(self, point: LightPoint, report: KeptReport) -> bool:
        latest = self._snapshot.latest(DeviceKind.LAMP, point.id)
        if latest is None or report.looked_at is None or latest.at < report.looked_at:
            return False
        level, power = latest.values.get(Metric.LEVEL), latest.values.get(Metric.POWER)
        return level is not None and power is not None and disproves(report.trouble, point, level, power)

    def _suspects(self, report: KeptReport) -> list[LightPoint]:
        """The suspects that are in the inventory still."""
        return [self._points[name] for name in report.suspects if name in self._points]

"""Citizens' reports as they stand: in memory to be looked at often, on disk before anything is done about them."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from headend.records import CitizenReports, KeptReport, ReportState

FIRST_LOOK = timedelta(days=7)
"""How far back reports are read after a start."""
LISTED_FOR = FIRST_LOOK + timedelta(days=1)
"""A report older than this is never listed again, so that even its number can go."""


class CitizenBook:
    """Every report that is kept. Methods that write raise Unreachable when the records are away."""

    def __init__(self, records: CitizenReports) -> None:
        self._records = records
        self._reports: dict[str, KeptReport] = {}
        self._is_open = False
        self._one_at_once = asyncio.Lock()
        """What is in memory changes in the order in which the disk does."""

    async def open(self) -> None:
        """Read what is kept, once. Raises Unreachable when the records are away."""
        async with self._one_at_once:
            if not self._is_open:
                await self._read()
                self._is_open = True

    async def _read(self) -> None:
        self._reports = {report.id: report for report in await self._records.all()}

    def get(self, id_: str) -> KeptReport | None:
        """One report by the service's number."""
        return self._reports.get(id_)

    def within(self, states: Collection[ReportState]) -> list[KeptReport]:
        """The reports in some states, the first made first."""
        found = [report for report in self._reports.values() if report.state in states]
        return sorted(found, key=lambda report: (report.requested_at, report.id))

    async def add(self, report: KeptReport) -> None:
        """Keep a new report."""
        async with self._one_at_once:
            await self._records.add(report)
            self._reports[report.id] = report

    async def change(self, id_: str, change: Callable[[KeptReport], KeptReport]) -> None:
        """Change a report, with nobody in between."""
        async with self._one_at_once:
            changed = await self._records.change(id_, change)
            if changed is not None:
                self._reports[id_] = changed

    async def purge(self, states: Collection[ReportState], ended_until: datetime, now: datetime) -> int:
        """Delete the reports in some states that ended up to an instant; returns how many."""
        async with self._one_at_once:
            gone = await self._records.purge(states, ended_until, now - LISTED_FOR)
            await self._read()
            return gone

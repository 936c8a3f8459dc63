"""The end of a citizen's report: it follows its incident, and the service is told once of the repair.

    attached ─► closing ─► closed         the repair is proven
        ├─────────────────► closed        our ticket goes on in the citizen's, and the desk closed it
        └─► left                          a person dismissed the incident: their staff decides

    closed ─► attached                    our ticket goes on in the citizen's, and the desk opened it again

Each attempt is written down before it is made: whoever finds one there looks at the service before repeating it.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from city.clock import Clock
from city.desks import KeyRefused
from city.errors import Refused, Unreachable
from city.incidents import LIVE, Incident, State
from drivers.open311 import Open311
from headend.citizen_book import CitizenBook
from headend.records import KeptReport, Records, ReportState, TicketState
from headend.ticket_words import Place, describe

log = logging.getLogger(__name__)

FIRST_DELAY_S, LONGEST_DELAY_S = 30.0, 1800.0
"""Between two attempts, seconds of the clock: doubled from first to longest."""
DISMISSED_HERE = "dismissed here: it stays with the service's staff"


class Closing:
    """Moves reports on when their incident ends; errors of the service are tried again, its refusals are kept."""

    def __init__(
        self,
        book: CitizenBook,
        records: Records,
        open311: Open311,
        clock: Clock,
        incidents: Mapping[str, Incident],
        place_of: Callable[[Incident], Place],
    ) -> None:
        """``incidents``: those in memory, which are newer than the records."""
        self._book = book
        self._records = records
        self._open311 = open311
        self._clock = clock
        self._incidents = incidents
        self._place_of = place_of

    async def round(self) -> None:
        """Follow the incidents and tell of repairs. Raises Unreachable when the records are away."""
        for report in self._book.within({ReportState.CLOSED}):
            await self._reopen(report)
        for report in self._book.within({ReportState.ATTACHED, ReportState.CLOSING}):
            await self._follow(report)
        now = self._clock.now()
        due = [each for each in self._book.within({ReportState.CLOSING}) if each.due_at <= now]
        for report in sorted(due, key=lambda each: each.due_at):
            if not await self._close(report):
                return

    async def _incident(self, report: KeptReport) -> Incident | None:
        name = report.incident or ""
        return self._incidents.get(name) or await self._records.incident(name)

    async def _reopen(self, report: KeptReport) -> None:
        """Follow a report again whose incident is back, once the desk has opened again the ticket that both share."""
        known = self._incidents.get(report.incident or "")
        if known is not None and known.state in LIVE and await self._is_ours(report, TicketState.OPEN):
            await self._move(report, ReportState.ATTACHED, ended_at=None, over_at=None)

    async def _follow(self, report: KeptReport) -> None:
        incident = await self._incident(report)
        if incident is None:
            return
        now = self._clock.now()
        if incident.state in LIVE:
            if report.state is ReportState.CLOSING:  # it came back before the service heard of the repair
                await self._move(report, ReportState.ATTACHED, over_at=None)
        elif report.state is ReportState.CLOSING:
            return
        elif incident.state is State.DISMISSED:
            await self._move(report, ReportState.LEFT, ended_at=now, detail=DISMISSED_HERE)
        elif not await self._is_ours(report):
            over_at = incident.closed_at or now
            await self._move(report, ReportState.CLOSING, over_at=over_at, due_at=now)
        elif await self._is_ours(report, TicketState.CLOSED):
            await self._move(report, ReportState.CLOSED, ended_at=now)

    async def _is_ours(self, report: KeptReport, state: TicketState | None = None) -> bool:
        """Whether our own ticket goes on in this one, which the desk then closes; and whether it is in a state."""
        ticket = await self._records.tickets.get(report.incident or "")
        if ticket is None or not ticket.adopted or ticket.service_id != report.id:
            return False
        return state is None or ticket.state is state

    async def _close(self, report: KeptReport) -> bool:
        """Tell the service of one repair; False when it is not there to be told."""
        number = report.id
        try:
            if not report.attempts or await self._open311.status(number) != "closed":
                await self._attempt(report)
            await self._move(report, ReportState.CLOSED, ended_at=self._clock.now(), detail="")
        except (Unreachable, KeyRefused) as error:
            delay_s = LONGEST_DELAY_S
            if isinstance(error, Unreachable):
                delay_s = min(FIRST_DELAY_S * 2.0 ** min(report.attempts, 16), LONGEST_DELAY_S)
            due_at = self._clock.now() + timedelta(seconds=delay_s)
            await self._move(report, ReportState.CLOSING, due_at=due_at, detail=str(error))
            return False
        except Refused as error:
            await self._move(report, ReportState.LEFT, ended_at=self._clock.now(), detail=str(error))
        return True

    async def _attempt(self, report: KeptReport) -> None:
        incident = await self._incident(report)
        over_at = report.over_at or self._clock.now()
        await self._move(report, ReportState.CLOSING, attempts=report.attempts + 1)
        text = describe(incident, self._place_of(incident)) if incident else ""
        update_id = f"{report.incident}-fixed-{over_at:%Y%m%dT%H%M%S}"
        await self._open311.update(report.id, update_id, "FIXED", over_at, text)

    async def _move(self, report: KeptReport, state: ReportState, **values: Any) -> None:
        if state is not report.state:
            log.info("citizen's report %s is %s", report.id, state)
        await self._book.change(report.id, lambda present: replace(present, state=state, **values))

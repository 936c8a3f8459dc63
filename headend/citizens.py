"""What citizens report is read, matched with what telemetry found, and followed to its end.

    read ─► attached to the incident that explains it ─► its end, see ``citizen_closing``
      ├───► suspected: the head-end looks at the lamp now ─► attached | nothing_seen, for people
      └───► unmatched, for people

An incident found second goes on in the citizen's ticket: ``adopt`` names it to the desk.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from city.clock import Clock
from city.errors import Outside, Unreachable
from city.incidents import LIVE, Incident, State
from city.settings import DeskSection
from drivers.open311 import Open311
from headend.citizen_book import FIRST_LOOK, CitizenBook
from headend.citizen_closing import Closing
from headend.citizen_joining import Joining
from headend.citizen_looking import Look, Looking
from headend.records import KeptReport, Records, ReportState, Ticket, TicketState
from headend.records.citizens import FOR_PEOPLE, OVER
from headend.records.ticket import CLOSES
from headend.snapshot import Snapshot
from headend.ticket_words import Place
from lighting.citizen_reports import CitizenReport, Poles, explained, suspects_of
from lighting.inventory import Inventory
from lighting.nearby import Nearby

log = logging.getLogger(__name__)

ROUND_S = 30.0
"""Clock seconds between two rounds; one in which nothing is to be done costs nothing."""
PURGE_PERIOD = timedelta(hours=1)
CLOSED_BY_STAFF = "closed by the service's staff"

WAITING = frozenset({ReportState.SUSPECTED, ReportState.NOTHING_SEEN})
"""The states in which an incident on a suspect explains a report."""
FOLLOWED = WAITING | {ReportState.UNMATCHED, ReportState.ATTACHED}
"""The states in which the service's staff may close a report, and we want to know."""


class Citizens:
    """Reads citizens' reports and follows them; ``run`` is its worker.

    Without an Open311 service it does nothing: files and mails cannot be read.
    """

    def __init__(
        self,
        records: Records,
        open311: Open311 | None,
        clock: Clock,
        settings: DeskSection,
        inventory: Inventory,
        snapshot: Snapshot,
        incidents: Mapping[str, Incident],
        place_of: Callable[[Incident], Place],
        look: Look,
    ) -> None:
        """Prepare.

        Args:
            records: where reports are kept.
            open311: the service, or None if there is none that can be read.
            clock: paces the worker.
            settings: which service, how often, and how long reports are kept.
            inventory: the light points that reports may mean.
            snapshot: what these say of themselves.
            incidents: by id, those in memory; the live ones explain reports.
            place_of: where an incident is.
            look: has a light point say how it is, now.
        """
        self._records = records
        self._open311 = open311
        self._clock = clock
        self._settings = settings
        self._incidents = incidents
        self._poles = Poles(inventory.light_points)
        self._nearby = Nearby(inventory.light_points.values())
        self._book = CitizenBook(records.citizens)
        self.joining = Joining(self._book, records, clock, inventory.light_points)
        """What people say of reports and incidents."""
        self._looking = Looking(self._book, clock, inventory, snapshot, look)
        self._closing = Closing(self._book, records, open311, clock, incidents, place_of) if open311 else None
        self._read_until: datetime | None = None
        self._next_read_at = self._next_purge_at = clock.now()
        self._away = False

    async def reports(self, states: Iterable[ReportState]) -> list[KeptReport]:
        """The reports in some states, newest first. Raises Unreachable when the records are away."""
        await self._book.open()
        return self._book.within(frozenset(states))[::-1]

    async def purge(self) -> int:
        """Delete all that are over now, as a person asked; returns how many. Raises as ``reports``."""
        await self._book.open()
        now = self._clock.now()
        return await self._book.purge(OVER, now, now)

    async def adopt(self, ticket: Ticket) -> str | None:
        """The number of the citizen's ticket in which ours should go on: the first that its incident explains.

        Raises:
            Unreachable: the records are away.
        """
        if self._open311 is None:
            return None
        await self._book.open()
        incident = await self._incident(ticket.incident)
        if incident is None or incident.state not in LIVE:
            return None
        await self._attach_to([incident])
        attached = self._book.within({ReportState.ATTACHED})
        return next((report.id for report in attached if report.incident == incident.id), None)

    async def run(self) -> None:
        """Work until cancelled; what could not be done is tried again in a later round."""
        while self._open311 is not None:
            try:
                await self._round(self._open311)
            except Unreachable as error:  # the records
                log.warning("citizens' reports cannot be kept: %s", error)
            await self._clock.sleep(ROUND_S)

    async def _round(self, open311: Open311) -> None:
        await self._book.open()
        now = self._clock.now()
        if now >= self._next_read_at:
            self._next_read_at = now + timedelta(seconds=self._settings.citizens_period_s)
            await self._read(open311, now)
        await self._attach_to(list(self._incidents.values()))
        await self._looking.round()
        if self._closing is not None:
            await self._closing.round()
        if now >= self._next_purge_at:
            self._next_purge_at = now + PURGE_PERIOD
            kept = timedelta(days=self._settings.citizens_kept_days)
            await self._book.purge(OVER | FOR_PEOPLE, now - kept, now)

    async def _read(self, open311: Open311, now: datetime) -> None:
        """Read what is new, and how those that we follow stand there."""
        since = self._read_until or now - FIRST_LOOK
        try:
            found = await open311.citizen_reports(self._settings.service_code, since, self._poles)
            seen = {report.id for report in found}
            followed = [each.id for each in self._book.within(FOLLOWED) if each.id not in seen]
            found += await open311.known_reports(followed, self._poles)
        except Outside as error:
            if not self._away:
                log.warning("citizens' reports cannot be read: %s", error)
            self._away = True
            return
        self._away = False
        self._read_until = now
        for report in found:
            await self._take(report, self._book.get(report.id))

    async def _take(self, report: CitizenReport, kept: KeptReport | None) -> None:
        """Take in what the service says of a report; news older than what is known changes nothing."""
        if kept is None:
            if report.is_open:
                await self._book.add(self._first(report))
        elif (
            report.is_open and kept.state is ReportState.CLOSED_THERE and report.updated_at > kept.updated_at
        ):
            anew = self._first(report)
            await self._book.change(report.id, lambda _: anew)
        elif not report.is_open and kept.state in FOLLOWED and report.updated_at >= kept.updated_at:
            await self._closed_there(report, kept)
        elif report.updated_at > kept.updated_at and kept.state in FOLLOWED:
            await self._book.change(report.id, lambda present: replace(present, updated_at=report.updated_at))

    def _first(self, report: CitizenReport) -> KeptReport:
        """A report as it is first kept: suspected where it is known which lamps it means, else for people."""
        now = self._clock.now()
        suspects = suspects_of(report, self._nearby)
        return KeptReport(
            id=report.id,
            state=ReportState.SUSPECTED if suspects.certain else ReportState.UNMATCHED,
            trouble=report.trouble,
            suspects=suspects.names,
            requested_at=report.requested_at,
            updated_at=report.updated_at,
            due_at=now,
            named=report.light_point,
            position=None if report.light_point else report.position,
            ended_at=None if suspects.certain else now,
        )

    async def _closed_there(self, report: CitizenReport, kept: KeptReport) -> None:
        if kept.incident is not None and await self._may_be_ours(kept.incident, report):
            return
        now = self._clock.now()

        def end(present: KeptReport) -> KeptReport:
            return replace(
                present, state=ReportState.CLOSED_THERE, updated_at=report.updated_at, ended_at=now, detail=""
            )

        def note(ticket: Ticket) -> Ticket:
            theirs = ticket.adopted and ticket.service_id == report.id and ticket.state is TicketState.OPEN
            return replace(ticket, detail=CLOSED_BY_STAFF) if theirs else ticket

        await self._book.change(report.id, end)
        if kept.incident is not None:
            await self._records.tickets.change(kept.incident, note)

    async def _may_be_ours(self, name: str, report: CitizenReport) -> bool:
        """Whether what we read may be the desk's own closing of an incident that is over, or is back since then."""
        incident = await self._incident(name)
        if incident is not None and incident.state not in LIVE:
            return True
        ticket = await self._records.tickets.get(name)
        if ticket is None or not ticket.adopted or ticket.service_id != report.id:
            return False
        told = [each.at for each in ticket.updates if each.status in CLOSES and each.sent_at]
        return ticket.state is not TicketState.OPEN or any(at >= report.updated_at for at in told)

    async def _incident(self, name: str) -> Incident | None:
        """An incident, as it is in memory before it is in the records."""
        return self._incidents.get(name) or await self._records.incident(name)

    async def _attach_to(self, incidents: Sequence[Incident]) -> None:
        """Attach waiting reports to the incidents that explain them."""
        for report in self._book.within(WAITING):
            named = report.named is not None
            standing = (each for each in incidents if _stood_at(each, report.requested_at))
            incident = explained(report.trouble, report.suspects, standing, named=named)
            # One that is not on disk yet explains the report in the next round.
            if incident is not None and await self._records.incident(incident.id) is not None:
                await self._attach(report, incident)

    async def _attach(self, report: KeptReport, incident: Incident) -> None:
        def attach(present: KeptReport) -> KeptReport:
            if present.state not in WAITING:
                return present
            return replace(
                present, state=ReportState.ATTACHED, incident=incident.id, ended_at=None, detail=""
            )

        await self._book.change(report.id, attach)
        log.info("citizen's report %s is of incident %s", report.id, incident.id)


def _stood_at(incident: Incident, instant: datetime) -> bool:
    """Whether an incident stands, or was repaired after an instant: a report may be read later than that."""
    if incident.state is State.CLOSED and incident.closed_at is not None:
        return incident.closed_at >= instant
    return incident.state in LIVE

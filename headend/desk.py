"""The desk: every public incident becomes one ticket at Allô Proximité, and its end closes that ticket.

The tickets are an outbox in the records; one worker empties it, so the steps of a ticket keep their order:

    queued ─► posting ─► open ─► closing ─► closed
                 └─ refused ─► failed ─ a person sends it again ─► posting

``posting`` is written before the report is sent: whoever finds a ticket there cannot know whether the service
has it, and looks for it by its reference before sending it. An incident that ends while its ticket is queued
closes it in silence: the service never heard of it, and a report of a lamp that burns again costs a clerk's time.
One that ends in ``posting`` or ``failed`` is looked for first, and closed there if it is found.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import SystemRandom

from city.clock import Clock
from city.errors import BadInput, Outside, Refused, Unreachable
from city.incidents import LIVE, Cause, Incident, State
from city.messages import Connection
from city.settings import DeskSection
from drivers.open311 import Open311
from drivers.open311_answers import KeyRefused
from headend.records import Records, Ticket, TicketState
from headend.ticket_filing import Adopt, Filing, Outcome, nothing_to_adopt
from headend.ticket_words import Place, describe

log = logging.getLogger(__name__)

PUBLIC_CAUSES = frozenset(
    {
        Cause.CABINET_SUPPLY_LOSS,
        Cause.PHASE_LOST,
        Cause.BREAKER_TRIP,
        Cause.RELAY_STUCK_ON,
        Cause.RELAY_STUCK_OFF,
        Cause.LAMP_DEAD,
        Cause.DRIVER_FAULT,
        Cause.LED_STRING_OUT,
        Cause.DAY_BURNER,
        Cause.CYCLING,
    }
)
"""What people in the street can see: confirmed faults of lamps and of what feeds them. Never lost communication, a
power factor or an ageing lamp (lighting-domain, section 3), and city Wi-Fi is not Allô Proximité's business."""

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 1800.0
"""Between two attempts, seconds of the clock: doubled from first to longest (FixMyStreet's is 30 min)."""
SILENT_AFTER = 3
"""Failures in a row, over all tickets, that make it the service's trouble and not one ticket's."""
PING_PERIOD_S = 900.0
"""How often an idle desk asks whether the service is there, seconds of the clock."""

_TO_DO = frozenset({TicketState.QUEUED, TicketState.POSTING, TicketState.CLOSING})
_NOT_OVER = frozenset({TicketState.QUEUED, TicketState.POSTING, TicketState.OPEN, TicketState.FAILED})


class Desk:
    """Files tickets and follows them; ``run`` is its worker, everything else only writes to the records."""

    def __init__(
        self,
        records: Records,
        open311: Open311 | None,
        clock: Clock,
        settings: DeskSection,
        describe: Callable[[Incident, Place], str] = describe,
    ) -> None:
        """Prepare; without ``open311`` tickets wait in the records."""
        self._records = records
        self._tickets = records.tickets
        self._open311 = open311
        self._clock = clock
        self._settings = settings
        self._describe = describe
        self.adopt: Adopt = nothing_to_adopt
        """Asked before a ticket is first sent whether a citizen's own takes its place."""
        self._wake = asyncio.Event()
        self._failures = 0
        self._key_refused = False
        self._reconciled = False
        self._heard_at: datetime | None = None
        self._jitter = SystemRandom()
        detail = "not asked yet" if open311 else "no service is set: tickets wait"
        self.connection = Connection(name="desk", up=False, since=clock.now(), detail=detail)
        """How the service does, for people."""

    async def opened(self, incident: Incident, place: Place) -> None:
        """Keep an incident, and with it its ticket where its cause goes public; twice changes nothing."""
        now = self._clock.now()
        ticket = Ticket(
            incident=incident.id,
            state=TicketState.QUEUED,
            position=place.position,
            address=place.address,
            description=self._describe(incident, place),
            attributes=_attributes(incident),
            points=incident.points,
            opened_at=now,
            due_at=now,
        )
        await self._records.save_incident(incident, ticket if incident.cause in PUBLIC_CAUSES else None)
        self._wake.set()

    async def closed(self, incident: Incident) -> None:
        """Keep an incident that is closed or dismissed, and have its ticket closed; twice changes nothing."""
        await self._records.save_incident(incident)
        now = self._clock.now()

        def end(ticket: Ticket) -> Ticket:
            if ticket.state not in _NOT_OVER:
                return ticket
            text = self._describe(incident, Place(ticket.position, ticket.address))
            outcome: Outcome = "NO_FURTHER_ACTION" if incident.state is State.DISMISSED else "FIXED"
            over = replace(
                ticket, over_at=incident.closed_at or now, outcome=outcome, closing_text=text, due_at=now
            )
            if ticket.state is TicketState.QUEUED:
                return replace(
                    over, state=TicketState.CLOSED, closed_at=now, detail="over before it was sent"
                )
            return replace(over, state=TicketState.CLOSING, attempts=0)

        await self._tickets.change(incident.id, end)
        self._wake.set()

    async def send(self, incident: str) -> Ticket:
        """Try an incident's ticket again at once, as a person asked.

        Raises:
            BadInput: there is no service to send it to, or no such ticket.
        """
        if self._open311 is None:
            raise BadInput("there is no service to send tickets to: set [desk] url in city.toml")
        now = self._clock.now()

        def hurry(ticket: Ticket) -> Ticket:
            due = replace(ticket, due_at=now, attempts=0)
            if ticket.state is not TicketState.FAILED:
                return due if ticket.state in _TO_DO else ticket
            return replace(due, state=TicketState.CLOSING if ticket.outcome else TicketState.POSTING)

        ticket = await self._tickets.change(incident, hurry)
        if ticket is None:
            raise BadInput(f"incident {incident} has no ticket")
        self._key_refused = False
        self._failures = 0
        self._wake.set()
        return ticket

    async def tickets(self) -> list[Ticket]:
        """Every ticket."""
        return await self._tickets.all()

    async def run(self) -> None:
        """Empty the outbox until cancelled; what could not be done is tried again later."""
        while True:
            self._wake.clear()
            try:
                rest_s = await self._round()
            except Unreachable as error:  # the records
                self._note(up=False, detail=str(error))
                rest_s = LONGEST_DELAY_S if self._failures > SILENT_AFTER else FIRST_DELAY_S
            await self._rest(rest_s)

    async def _rest(self, seconds: float) -> None:
        """Until there is work, or the time has passed on the clock."""

        async def ring() -> None:
            await self._clock.sleep(seconds)
            self._wake.set()

        async with asyncio.TaskGroup() as group:
            timer = group.create_task(ring())
            await self._wake.wait()
            timer.cancel()

    async def _round(self) -> float:
        """Work on every ticket that is due; returns how long to rest then, seconds."""
        if not self._reconciled:
            await self._reconcile()
            self._reconciled = True
        if self._open311 is None or self._key_refused:
            return PING_PERIOD_S
        filing = Filing(self._open311, self._tickets, self._clock, self._settings, self.adopt)
        for ticket in await self._tickets.all(_TO_DO):
            if ticket.due_at > self._clock.now():
                break
            if not await self._work(filing, ticket):
                return PING_PERIOD_S
            if self._failures >= SILENT_AFTER:
                return self._delay_s(self._failures)
        await self._ask(self._open311)
        waiting = await self._tickets.all(_TO_DO)
        rest_s = (waiting[0].due_at - self._clock.now()).total_seconds() if waiting else PING_PERIOD_S
        return min(max(rest_s, 0.0), PING_PERIOD_S)

    async def _reconcile(self) -> None:
        """Close the tickets of incidents that ended just before a crash."""
        for ticket in await self._tickets.all(_NOT_OVER):
            incident = await self._records.incident(ticket.incident)
            if incident is not None and incident.state not in LIVE:
                await self.closed(incident)

    async def _ask(self, open311: Open311) -> None:
        """Ask whether the service is there, if it has been silent for long."""
        now = self._clock.now()
        if self._heard_at is not None and (now - self._heard_at).total_seconds() < PING_PERIOD_S:
            return
        try:
            await open311.ping()
        except Outside as error:
            self._heard_at = now
            self._note(up=False, detail=str(error))
        else:
            self._note(up=True)

    async def _work(self, filing: Filing, ticket: Ticket) -> bool:
        """Take a ticket one step on and write down what came of it; False if our key is refused."""
        try:
            if ticket.state is TicketState.CLOSING:
                await filing.finish(ticket)
            else:
                await filing.file(ticket)
        except KeyRefused as error:
            self._key_refused = True
            said = str(error)
            self._note(
                up=False, detail=f"{said}: waits for the right key, or for a person to send", refused=1
            )
            await self._tickets.change(ticket.incident, lambda present: replace(present, detail=said))
            return False
        except Refused as error:
            said = str(error)
            self._failures = 0
            self._note(up=True, refused=1)
            await self._tickets.change(
                ticket.incident, lambda present: replace(present, state=TicketState.FAILED, detail=said)
            )
        except Unreachable as error:
            self._failures += 1
            self._note(up=False, detail=str(error))
            await self._tickets.change(ticket.incident, self._later(str(error)))
        else:
            self._failures = 0
            self._note(up=True)
        return True

    def _later(self, why: str) -> Callable[[Ticket], Ticket]:
        now = self._clock.now()

        def postpone(present: Ticket) -> Ticket:
            attempts = present.attempts + 1
            return replace(
                present,
                attempts=attempts,
                due_at=now + timedelta(seconds=self._delay_s(attempts)),
                detail=why,
            )

        return postpone

    def _delay_s(self, attempts: int) -> float:
        """How long to wait after so many failures in a row; shaken, so that retries do not march in step."""
        longest = min(FIRST_DELAY_S * 2.0 ** min(attempts, 16), LONGEST_DELAY_S)
        return max(FIRST_DELAY_S, self._jitter.uniform(longest / 2, longest))

    def _note(self, *, up: bool, detail: str = "", refused: int = 0) -> None:
        """Keep how the service does; ``since`` moves only when it comes or goes."""
        self._heard_at = self._clock.now()
        known = self.connection
        since = known.since if known.up == up else self._heard_at
        if known.up != up:
            log.log(logging.INFO if up else logging.WARNING, "desk: %s", "up" if up else f"away: {detail}")
        self.connection = known.model_copy(
            update={"up": up, "since": since, "detail": detail, "refused": known.refused + refused}
        )


def _attributes(incident: Incident) -> dict[str, str]:
    """What a desk may sort by. No personal data: nothing here comes from a person."""
    asset = "circuit" if incident.cause is Cause.BREAKER_TRIP else "pole_number"
    return {
        asset: incident.asset,
        "fault": incident.cause.value,
        "points": str(incident.points),
        "detected_at": incident.opened_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": "telegestion",
    }

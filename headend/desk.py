"""The desk: every public incident becomes one ticket at Allô Proximité, and its end closes that ticket.

The tickets are an outbox in the records. Here it is written to; ``ticket_sender`` empties it:

    queued ─► posting ─► [taken ─►] open ─► closing ─► closed ─ the incident is back ─► reopening ─► open
      │          └─ refused ─► failed ─ a person sends it again ─► posting
      ├─ a citizen reported it first ─► open, in the citizen's own ticket
      └─ a storm ─► gathered ─ told in the storm's summary ─► closed, or queued after all

``posting`` is written before the report is sent: whoever finds a ticket there cannot know whether the service
has it, and looks for it by its reference before sending it. An incident that ends while its ticket is queued
closes it in silence: the service never heard of it, and a report of a lamp that burns again costs a clerk's time.
One that ends in ``posting`` or ``failed`` is looked for first, and closed there if it is found.
"""

from collections.abc import Callable
from dataclasses import replace

from city.clock import Clock
from city.desks import ServiceDesk, UpdateStatus
from city.errors import BadInput
from city.incidents import VISIBLE, Incident, State
from city.measurements import DeviceKind
from city.messages import Connection
from city.settings import DeskSection
from headend.records import Records, Ticket, TicketState, TicketUpdate
from headend.ticket_changes import back, hurried, over
from headend.ticket_filing import Adopt, nothing_to_adopt
from headend.ticket_sender import Sender
from headend.ticket_words import Place, describe

PUBLIC_CAUSES = VISIBLE
"""What people in the street can see: confirmed faults of lamps and of what feeds them. Never lost communication, a
power factor or an ageing lamp (lighting-domain, section 3), and city Wi-Fi is not Allô Proximité's business."""


class Desk:
    """Keeps incidents with their tickets; ``run`` is its sender, everything else only writes to the records."""

    def __init__(
        self,
        records: Records,
        service: ServiceDesk | None,
        clock: Clock,
        settings: DeskSection,
        describe: Callable[[Incident, Place], str] = describe,
    ) -> None:
        """Prepare; without ``service`` tickets wait in the records."""
        self._records = records
        self._tickets = records.tickets
        self._service = service
        self._clock = clock
        self._describe = describe
        self.adopt: Adopt = nothing_to_adopt
        """Asked before a ticket is first sent whether a citizen's own takes its place."""
        self._sender = Sender(records.tickets, service, clock, settings, self._adoptable)

    @property
    def connection(self) -> Connection:
        """How the service does, for people."""
        return self._sender.connection

    async def _adoptable(self, ticket: Ticket) -> str | None:
        return await self.adopt(ticket)

    async def opened(self, incident: Incident, place: Place) -> None:
        """Keep an incident that stands, for the first time or again, and with it its ticket where its cause goes
        public; twice changes nothing.
        """  # noqa: D205
        now = self._clock.now()
        # It may be over by the time it is written down: the ticket still begins with the trouble.
        text = self._describe(replace(incident, state=State.OPEN), place)
        new = Ticket(
            incident=incident.id,
            state=TicketState.QUEUED,
            position=place.position,
            address=place.address,
            description=text,
            attributes=_attributes(incident, place),
            cabinet=_cabinet(incident, place),
            sector=place.sector,
            points=incident.points,
            opened_at=now,
            due_at=now,
            reopened=incident.reopened,
        )
        update = TicketUpdate(f"{incident.id}-reopen-{incident.reopened}", "REOPEN", incident.opened_at, text)
        first = new if incident.cause in PUBLIC_CAUSES else None
        await self._records.save_incident(incident, first, back(new, update, now))
        self._sender.wake()

    async def closed(self, incident: Incident) -> None:
        """Keep an incident that is closed or dismissed, and have its ticket closed; twice changes nothing."""
        now = self._clock.now()
        status: UpdateStatus = "NO_FURTHER_ACTION" if incident.state is State.DISMISSED else "FIXED"
        again = f"-{incident.reopened}" if incident.reopened else ""

        def end(known: Ticket) -> Ticket:
            text = self._describe(incident, Place(known.position, known.address))
            id_ = f"{incident.id}-{status.lower()}{again}"
            update = TicketUpdate(id_, status, incident.closed_at or now, text)
            return over(update, incident.reopened, now)(known)

        await self._records.save_incident(incident, None, end)
        self._sender.wake()

    async def send(self, incident: str) -> Ticket:
        """Try an incident's ticket again at once, as a person asked.

        Raises:
            BadInput: there is no service to send it to, or no such ticket.
        """
        if self._service is None:
            raise BadInput(
                "there is no service to send tickets to: set [desk] url, or another kind, in city.toml"
            )
        ticket = await self._tickets.change(incident, hurried(self._clock.now()))
        if ticket is None:
            raise BadInput(f"incident {incident} has no ticket")
        self._sender.wake(by_person=True)
        return ticket

    async def tickets(self) -> list[Ticket]:
        """Every ticket."""
        return await self._tickets.all()

    async def run(self) -> None:
        """Empty the outbox until cancelled; what could not be done is tried again later."""
        await self._sender.run()


def _cabinet(incident: Incident, place: Place) -> str:
    """The cabinet that feeds what is broken; "" where it is not known."""
    if incident.kind in {DeviceKind.CABINET, DeviceKind.CIRCUIT, DeviceKind.PHASE}:
        return incident.asset.partition("/")[0]
    return place.cabinet


def _attributes(incident: Incident, place: Place) -> dict[str, str]:
    """What a desk may sort by. No personal data: nothing here comes from a person."""
    attributes = {
        "fault": incident.cause.value,
        "points": str(incident.points),
        "detected_at": incident.opened_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": "telegestion",
    }
    if incident.kind is DeviceKind.LAMP:
        attributes["pole_number"] = incident.asset
    elif incident.kind is DeviceKind.CIRCUIT:
        attributes["circuit"] = incident.asset
    if cabinet := _cabinet(incident, place):
        attributes["cabinet"] = cabinet
    return attributes

"""What a reporting service is told of one cause, and how far that has gone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from city.desks import UpdateStatus
from city.places import Position

CLOSES = frozenset({"FIXED", "NO_FURTHER_ACTION"})
"""The updates that close a request."""
SUMMARY_PREFIX = "s-"


class TicketState(StrEnum):
    """Where a ticket stands."""

    QUEUED = "queued"
    """Certainly not at the service."""
    GATHERED = "gathered"
    """Told as part of a storm's summary; its own ticket is not sent."""
    POSTING = "posting"
    """Sent, or about to be; whether the service has it is not known until somebody looks there."""
    TAKEN = "taken"
    """The service has it and has not given its number yet."""
    OPEN = "open"
    CLOSING = "closing"
    """The incident is over, and the service does not know it yet."""
    REOPENING = "reopening"
    """The incident is back, and the service does not know it yet."""
    CLOSED = "closed"
    FAILED = "failed"
    """The service said no: a person has to look."""


Status = Literal["queued", "open", "closing", "closed", "failed"]

_STATUS: Mapping[TicketState, Status] = {
    TicketState.QUEUED: "queued",
    TicketState.GATHERED: "queued",
    TicketState.POSTING: "queued",
    TicketState.TAKEN: "open",
    TicketState.OPEN: "open",
    TicketState.REOPENING: "open",
    TicketState.CLOSING: "closing",
    TicketState.CLOSED: "closed",
    TicketState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class TicketUpdate:
    """One thing that the service is told after the report itself; they are told in their order."""

    id: str
    """Counts once at the service, however often it has to be sent."""
    status: UpdateStatus
    at: datetime
    """When it happened, UTC."""
    text: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The ticket of one incident, or the summary of a storm."""

    incident: str
    """The incident's id (a storm's for a summary), and the reference by which the service knows the ticket."""
    state: TicketState
    position: Position
    address: str
    description: str
    points: int
    """How many light points the cause takes."""
    opened_at: datetime
    due_at: datetime
    """When the desk should next work on it."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    cabinet: str = ""
    sector: str = ""
    reopened: int = 0
    """How often its incident had come back when the ticket last heard of it."""
    attempts: int = 0
    """Failed ones in a row; at least one where nobody knows what came of the last."""
    owner: str | None = None
    """Which desk works on it just now."""
    leased_until: datetime | None = None
    """When another desk may take it over, because its owner must have died."""
    posted_at: datetime | None = None
    """When it was first sent, whatever came of it."""
    taken_at: datetime | None = None
    """When the service was known to have it."""
    token: str | None = None
    """What the service's number can be asked for with."""
    service_id: str | None = None
    """The service's own number."""
    adopted: bool = False
    """Whether it goes on in a citizen's own ticket, whose number it then has; none of ours was sent."""
    updates: tuple[TicketUpdate, ...] = ()
    closed_at: datetime | None = None
    """When nothing was left to be done."""
    summary: str | None = None
    """The storm whose summary told of it."""
    detail: str = ""
    """The last refusal, or why it waits."""

    @property
    def id(self) -> str:
        """Our own name for it, known before the service has given its number."""
        return "t-" + self.incident.removeprefix("i-")

    @property
    def is_summary(self) -> bool:
        """Whether it tells of a storm, and not of one incident."""
        return self.incident.startswith(SUMMARY_PREFIX)

    @property
    def status(self) -> Status:
        """Where it stands, for people: whether it is being sent just now is of no use to them."""
        return _STATUS[self.state]

    @property
    def untold(self) -> tuple[TicketUpdate, ...]:
        """The updates that the service has yet to be told, oldest first.

        Never that a citizen's own ticket is dismissed: what becomes of that is for the service's staff to say.
        """
        return tuple(
            update
            for update in self.updates
            if update.sent_at is None and not (self.adopted and update.status == "NO_FURTHER_ACTION")
        )

    @property
    def left_to_staff(self) -> bool:
        """Whether it goes on in a citizen's ticket that the service's staff has to end."""
        return self.adopted and bool(self.updates) and self.updates[-1].status == "NO_FURTHER_ACTION"

    @property
    def over(self) -> bool:
        """Whether the last that was to be told closes it."""
        return bool(self.updates) and self.updates[-1].status in CLOSES

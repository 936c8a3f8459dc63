"""The tickets as they stand, in memory, for those who look often."""

from collections import Counter

from headend.changes import Changes
from headend.records import Ticket, Tickets, TicketState

NOT_CLOSED = frozenset(TicketState) - {TicketState.CLOSED}


class TicketBoard:
    """The tickets that are not closed, and those that closed since the start."""

    def __init__(self, tickets: Tickets, incidents: Changes) -> None:
        """``incidents`` is told of each incident whose ticket has moved."""
        self._tickets = tickets
        self._incidents = incidents
        self._known: dict[str, Ticket] = {}

    def of(self, incident: str) -> Ticket | None:
        """An incident's ticket as it stood at the last look."""
        return self._known.get(incident)

    def by_state(self) -> Counter[TicketState]:
        """How many tickets stand in each state."""
        return Counter(ticket.state for ticket in self._known.values())

    async def look(self) -> None:
        """Read what has moved. Raises Unreachable when the records are away."""
        found = {ticket.incident: ticket for ticket in await self._tickets.all(NOT_CLOSED)}
        for incident, ticket in list(self._known.items()):
            if incident not in found and ticket.state is not TicketState.CLOSED:
                closed = await self._tickets.get(incident)
                if closed is not None:
                    found[incident] = closed
        for incident, ticket in found.items():
            if self._known.get(incident) != ticket:
                self._known[incident] = ticket
                self._incidents.touch(incident)

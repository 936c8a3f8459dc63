"""One step of one ticket with the service: filing it once, and closing it there."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from city.clock import Clock
from city.errors import Refused
from city.settings import DeskSection
from drivers.open311 import Open311, Report
from drivers.open311_answers import KeyRefused
from headend.records import Ticket, Tickets, TicketState

Outcome = Literal["FIXED", "NO_FURTHER_ACTION"]
"""FixMyStreet's words for a proven repair, and for an incident that was none."""

Adopt = Callable[[Ticket], Awaitable[str | None]]
"""The number of the citizen's ticket that already says what a ticket of ours would say, if there is one."""


async def nothing_to_adopt(_ticket: Ticket) -> str | None:
    """No citizen's ticket is ever taken over."""
    return None


CAP_SPAN = timedelta(hours=1)


class Filing:
    """Speaks with the service about single tickets; raises what ``Open311`` raises, for the desk to retry."""

    def __init__(
        self,
        open311: Open311,
        tickets: Tickets,
        clock: Clock,
        settings: DeskSection,
        adopt: Adopt = nothing_to_adopt,
    ) -> None:
        """``adopt`` names the citizen's own ticket in which a ticket that was never sent should go on, if any."""
        self._open311 = open311
        self._adopt = adopt
        self._tickets = tickets
        self._clock = clock
        self._settings = settings

    async def file(self, ticket: Ticket) -> None:
        """Have the service know of an incident, once."""
        if ticket.state is TicketState.POSTING:
            number = await self._open311.find(ticket.incident, ticket.posted_at or ticket.opened_at)
            if number is not None:
                await self._put(ticket, _accepted(number))
                return
        if ticket.state is TicketState.QUEUED and await self._adopted(ticket):
            return
        if ticket.posted_at is None and await self._held_by_cap(ticket):
            return
        now = self._clock.now()

        def claim(present: Ticket) -> Ticket:
            if present.state not in {TicketState.QUEUED, TicketState.POSTING}:
                return present  # over in the meantime
            return replace(present, state=TicketState.POSTING, posted_at=present.posted_at or now)

        claimed = await self._put(ticket, claim)
        if claimed.state is TicketState.POSTING:
            number = await self._open311.post(
                Report(
                    external_ref=claimed.incident,
                    service_code=self._settings.service_code,
                    position=claimed.position,
                    address=claimed.address,
                    description=claimed.description,
                    attributes=claimed.attributes,
                )
            )
            await self._put(ticket, _accepted(number))

    async def _adopted(self, ticket: Ticket) -> bool:
        """Whether a ticket goes on in a citizen's own, which is told what was found."""
        number = await self._adopt(ticket)
        if number is None:
            return False
        # Dated when it was found: what the service's staff have done since is newer, and stands.
        update_id, found_at = f"{ticket.incident}-found", ticket.opened_at
        try:
            await self._open311.update(number, update_id, "INVESTIGATING", found_at, ticket.description)
        except KeyRefused:
            raise
        except Refused:
            return False  # what cannot be told of this cannot be told of the repair: ours is sent as well
        await self._put(ticket, _taken_over(number))
        return True

    async def _held_by_cap(self, ticket: Ticket) -> bool:
        """Whether a new ticket has to wait, because enough went out within the hour."""
        recent = await self._tickets.posted_since(self._clock.now() - CAP_SPAN)
        if len(recent) < self._settings.hourly_cap:
            return False
        due_at = recent[-self._settings.hourly_cap] + CAP_SPAN
        detail = f"waits: {self._settings.hourly_cap} tickets an hour is the most"
        await self._put(ticket, lambda present: replace(present, due_at=due_at, detail=detail))
        return True

    async def finish(self, ticket: Ticket) -> None:
        """Have the service know that an incident is over, if it knows of the incident at all."""
        if ticket.adopted and ticket.outcome == "NO_FURTHER_ACTION":
            await self._put(
                ticket, self._done("dismissed: the citizen's ticket stays with the service's staff")
            )
            return
        number = ticket.service_id or await self._open311.find(
            ticket.incident, ticket.posted_at or ticket.opened_at
        )
        if number is None:
            await self._put(ticket, self._done("over before the service had it"))
            return
        await self._put(ticket, lambda present: replace(present, service_id=number))
        # After an attempt of unknown outcome the service may have it closed already, and so may a clerk.
        if ticket.attempts == 0 or await self._open311.status(number) != "closed":
            outcome: Outcome = "NO_FURTHER_ACTION" if ticket.outcome == "NO_FURTHER_ACTION" else "FIXED"
            update_id = f"{ticket.incident}-{outcome.lower()}"
            over_at = ticket.over_at or self._clock.now()
            await self._open311.update(number, update_id, outcome, over_at, ticket.closing_text)
        await self._put(ticket, self._done(""))

    def _done(self, detail: str) -> Callable[[Ticket], Ticket]:
        now = self._clock.now()
        return lambda present: replace(
            present, state=TicketState.CLOSED, closed_at=now, attempts=0, detail=detail
        )

    async def _put(self, ticket: Ticket, change: Callable[[Ticket], Ticket]) -> Ticket:
        return await self._tickets.change(ticket.incident, change) or ticket


def _taken_over(number: str) -> Callable[[Ticket], Ticket]:
    """The ticket goes on under a citizen's number, unless its incident is over in the meantime."""

    def take(present: Ticket) -> Ticket:
        if present.state is not TicketState.QUEUED:
            return present
        return replace(present, state=TicketState.OPEN, service_id=number, attempts=0, detail="")

    return take


def _accepted(number: str) -> Callable[[Ticket], Ticket]:
    """The service has a ticket under its own number; one that is over is still to be closed there."""

    def accept(present: Ticket) -> Ticket:
        state = TicketState.OPEN if present.state is TicketState.POSTING else present.state
        return replace(present, state=state, service_id=number, attempts=0, detail="")

    return accept

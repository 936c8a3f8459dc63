"""One step of one ticket with the service: filing it once, asking for its number, telling how it goes on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from city.clock import Clock
from city.desks import Duplicate, KeyRefused, NoUpdates, Receipt, Report, ServiceDesk, UpdateStatus
from city.errors import Refused
from city.settings import DeskSection
from headend.records import Ticket, Tickets, TicketState, TicketUpdate
from headend.ticket_changes import Change, adopted, later, never_there, settled, taken, told

Adopt = Callable[[Ticket], Awaitable[str | None]]
"""The number of the citizen's ticket that already says what a ticket of ours would say, if there is one."""


async def nothing_to_adopt(_ticket: Ticket) -> str | None:
    """No citizen's ticket is ever taken over."""
    return None


CAP_SPAN = timedelta(hours=1)
LEASE = timedelta(minutes=5)
"""How long a desk may hold a ticket without a sign of life, by the clock. Renewed right before anything is sent, it
is far longer than one request can take: who takes a ticket over finds what its last owner sent."""
LOOKS = 6
"""How often the service is asked for what it says it has, before a person has to look there."""

_THEN: Mapping[UpdateStatus, Literal["open", "closed"]] = {
    "FIXED": "closed",
    "NO_FURTHER_ACTION": "closed",
    "REOPEN": "open",
}
"""How a request stands once it has taken an update."""
LEFT_TO_STAFF = "dismissed: the citizen's ticket stays with the service's staff"


class Filing:
    """Speaks with the service about single tickets; raises what it raises, for the sender to retry."""

    def __init__(
        self,
        service: ServiceDesk,
        tickets: Tickets,
        clock: Clock,
        settings: DeskSection,
        owner: str,
        adopt: Adopt = nothing_to_adopt,
    ) -> None:
        """``owner`` is the name under which the tickets given to it have been claimed; ``adopt`` names the citizen's
        own ticket in which a queued one should go on, if any.
        """  # noqa: D205
        self._service = service
        self._adopt = adopt
        self._tickets = tickets
        self._clock = clock
        self._settings = settings
        self._owner = owner

    async def step(self, ticket: Ticket) -> None:
        """Take a ticket on by what is due next, and let it go."""
        if ticket.state is TicketState.TAKEN:
            await self._follow(ticket)
        elif ticket.state in {TicketState.CLOSING, TicketState.REOPENING}:
            await self._tell(ticket)
        else:
            await self._file(ticket)

    async def let_go(self, ticket: Ticket, change: Change) -> None:
        """Write down what came of a step, and leave the ticket to whoever claims it next."""
        await self._tickets.change(ticket.incident, lambda known: self._released(change(known)))

    def _released(self, known: Ticket) -> Ticket:
        return replace(known, owner=None, leased_until=None) if known.owner == self._owner else known

    async def _hold(self, ticket: Ticket, change: Change) -> Ticket | None:
        """Change a ticket right before something is sent; None if it is no longer ours to send."""
        until = self._clock.now() + LEASE
        held = await self._tickets.change(
            ticket.incident,
            lambda known: replace(change(known), leased_until=until) if known.owner == self._owner else known,
        )
        return held if held is not None and held.owner == self._owner else None

    async def _file(self, ticket: Ticket) -> None:
        """Have the service know of a cause, once."""
        if ticket.state is TicketState.POSTING:
            number = await self._look(ticket)
            if number is not None:
                await self.let_go(ticket, taken(Receipt(number), self._clock.now()))
                return
        elif await self._adopted(ticket) or (ticket.posted_at is None and await self._held_by_cap(ticket)):
            return
        now = self._clock.now()

        def about_to_be_sent(known: Ticket) -> Ticket:
            if known.state not in {TicketState.QUEUED, TicketState.POSTING}:
                return known  # over in the meantime
            return replace(known, state=TicketState.POSTING, posted_at=known.posted_at or now)

        held = await self._hold(ticket, about_to_be_sent)
        if held is None or held.state is not TicketState.POSTING:
            await self.let_go(ticket, _same)
            return
        receipt = await self._post(held)
        await self.let_go(ticket, taken(receipt, self._clock.now()))

    async def _post(self, ticket: Ticket) -> Receipt:
        report = Report(
            external_ref=ticket.incident,
            service_code=self._settings.service_code,
            position=ticket.position,
            address=ticket.address,
            description=ticket.description,
            attributes=ticket.attributes,
        )
        try:
            return await self._service.post(report)
        except Duplicate as error:
            number = await self._look(ticket)
            if number is not None:
                return Receipt(number)
            if ticket.attempts + 1 >= LOOKS:
                raise Refused(f"{error}; it is not to be found there: a person has to look") from error
            raise

    async def _adopted(self, ticket: Ticket) -> bool:
        """Whether a queued ticket goes on in a citizen's own, which is told what was found, or is not ours to send."""
        number = None if ticket.is_summary else await self._adopt(ticket)
        if number is None:
            return False
        held = await self._hold(ticket, _same)
        if held is None or held.state is not TicketState.QUEUED:
            await self.let_go(ticket, _same)
            return True
        # Dated when it was found: what the service's staff have done since is newer, and stands.
        found = TicketUpdate(f"{held.incident}-found", "INVESTIGATING", held.opened_at, held.description)
        try:
            await self._service.update(number, found.id, found.status, found.at, found.text)
        except KeyRefused:
            raise
        except Refused:
            return False  # what cannot be told of this cannot be told of the repair: ours is sent as well
        await self.let_go(ticket, adopted(number, found, self._clock.now()))
        return True

    async def _held_by_cap(self, ticket: Ticket) -> bool:
        """Whether a new ticket has to wait, because enough went out within the hour; a storm's summary never has."""
        if ticket.is_summary:
            return False
        recent = await self._tickets.posted_since(self._clock.now() - CAP_SPAN)
        in_all = [at for at, _ in recent]
        of_cabinet = [at for at, cabinet in recent if cabinet and cabinet == ticket.cabinet]
        for cap, sent, whose in (
            (self._settings.hourly_cap, in_all, ""),
            (self._settings.hourly_cap_per_cabinet, of_cabinet, f" from cabinet {ticket.cabinet}"),
        ):
            if len(sent) >= cap:
                detail = f"waits: {cap} tickets an hour{whose} is the most"
                await self.let_go(ticket, _put_off(sent[-cap] + CAP_SPAN, detail))
                return True
        return False

    async def _look(self, ticket: Ticket) -> str | None:
        """The service's number of a ticket that it may have."""
        if ticket.service_id is not None:
            return ticket.service_id
        number = await self._service.resolve(ticket.token) if ticket.token else None
        return number or await self._service.find(ticket.incident, ticket.posted_at or ticket.opened_at)

    async def _follow(self, ticket: Ticket) -> None:
        """Ask for the number of a ticket that the service has; one that gives none at all is asked no more."""
        number, now = await self._look(ticket), self._clock.now()
        if number is not None:
            await self.let_go(ticket, taken(Receipt(number), now))
        elif ticket.attempts + 1 < LOOKS or ticket.token:
            await self.let_go(ticket, later(now, "taken; its number has not been given yet"))
        else:
            await self.let_go(ticket, settled(now, "taken; the service gives no number"))

    async def _tell(self, ticket: Ticket) -> None:
        """Have the service know how it went on, in order, if it knows of it at all."""
        number, now = await self._look(ticket), self._clock.now()
        if number is None and ticket.taken_at is None:
            await self.let_go(ticket, never_there(now))
        elif number is None and ticket.attempts + 1 < LOOKS:
            await self.let_go(ticket, later(now, "the service has not given its number yet"))
        elif number is None:
            untold = "not told: the service gives no number to tell it by"
            await self.let_go(ticket, settled(now, untold, all_told=False))
        else:
            await self._tell_all(ticket, number)

    async def _tell_all(self, ticket: Ticket, number: str) -> None:
        now = self._clock.now()
        held = await self._hold(ticket, taken(Receipt(number), now) if not ticket.service_id else _same)
        # After an attempt of unknown outcome the service may know it already, and so may a clerk.
        unknown = ticket.attempts > 0
        try:
            while held is not None and held.untold:
                update = held.untold[0]
                if not (unknown and await self._service.status(number) == _THEN.get(update.status, "")):
                    await self._service.update(number, update.id, update.status, update.at, update.text)
                unknown = False
                held = await self._hold(ticket, told(update, self._clock.now()))
        except NoUpdates as error:
            await self.let_go(ticket, settled(self._clock.now(), f"not told: {error}", all_told=False))
        else:
            left = held is not None and held.left_to_staff
            await self.let_go(ticket, settled(self._clock.now(), LEFT_TO_STAFF if left else ""))


def _same(known: Ticket) -> Ticket:
    return known


def _put_off(until: datetime, detail: str) -> Change:
    return lambda known: replace(known, due_at=until, detail=detail)

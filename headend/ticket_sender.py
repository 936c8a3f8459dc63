"""The worker of the desk: empties the outbox, one ticket's step after the other, and tries again what failed."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from city.clock import Clock
from city.desks import KeyRefused, ServiceDesk
from city.errors import Outside, Refused, Unreachable
from city.messages import Connection
from city.settings import DeskSection
from headend.records import Ticket, Tickets, TicketState
from headend.ticket_changes import FIRST_DELAY_S, LONGEST_DELAY_S, delay_s, later
from headend.ticket_filing import LEASE, Adopt, Filing, nothing_to_adopt
from headend.ticket_storm import Storms

log = logging.getLogger(__name__)

SILENT_AFTER = 3
"""Failures in a row, over all tickets, that make it the service's trouble and not one ticket's."""
PING_PERIOD_S = 900.0
"""How often an idle desk asks whether the service is there, seconds of the clock."""

UNDER_WAY = frozenset(
    {
        TicketState.POSTING,
        TicketState.TAKEN,
        TicketState.CLOSING,
        TicketState.REOPENING,
    }
)
TO_DO = UNDER_WAY | {TicketState.QUEUED}


class Sender:
    """Claims tickets that are due and takes them on; any number of senders may share the records."""

    def __init__(
        self,
        tickets: Tickets,
        service: ServiceDesk | None,
        clock: Clock,
        settings: DeskSection,
        adopt: Adopt = nothing_to_adopt,
    ) -> None:
        """Prepare; without ``service`` tickets wait in the records. ``adopt``: see ``ticket_filing.Filing``."""
        self._owner = uuid4().hex
        self._tickets = tickets
        self._service = service
        self._clock = clock
        self._storms = Storms(tickets, clock, settings, adopt)
        self._filing = (
            Filing(service, tickets, clock, settings, self._owner, adopt) if service is not None else None
        )
        self._wake = asyncio.Event()
        self._failures = 0
        self._key_refused = False
        self._heard_at: datetime | None = None
        detail = "not asked yet" if service else "no service is set: tickets wait"
        self.connection = Connection(name="desk", up=False, since=clock.now(), detail=detail)
        """How the service does, for people."""

    def wake(self, *, by_person: bool = False) -> None:
        """There is work; a person also has a key tried that was refused."""
        if by_person:
            self._key_refused = False
            self._failures = 0
        self._wake.set()

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
        if self._service is None or self._filing is None or self._key_refused:
            return PING_PERIOD_S
        while True:
            seen = await self._storms.watch()
            ticket = await self._tickets.claim(self._owner, self._clock.now(), LEASE, UNDER_WAY, seen)
            if ticket is None:
                break
            if not await self._work(self._filing, ticket):
                return PING_PERIOD_S
            if self._failures >= SILENT_AFTER:
                return delay_s(self._failures)
        await self._ask(self._service)
        return await self._until_due_s()

    async def _until_due_s(self) -> float:
        """How long until there is something to do that is known of now, seconds."""
        now = self._clock.now()
        latest = now + timedelta(seconds=PING_PERIOD_S)
        due = [max(each.due_at, each.leased_until or now) for each in await self._tickets.all(TO_DO)]
        return max((min([*due, latest]) - now).total_seconds(), 0.0)

    async def _ask(self, service: ServiceDesk) -> None:
        """Ask whether the service is there, if it has been silent for long."""
        now = self._clock.now()
        if self._heard_at is not None and (now - self._heard_at).total_seconds() < PING_PERIOD_S:
            return
        try:
            await service.ping()
        except Outside as error:
            self._heard_at = now
            self._note(up=False, detail=str(error))
        else:
            self._note(up=True)

    async def _work(self, filing: Filing, ticket: Ticket) -> bool:
        """Take a ticket one step on and write down what came of it; False if our key is refused."""
        try:
            await filing.step(ticket)
        except KeyRefused as error:
            self._key_refused = True
            self._note(
                up=False, detail=f"{error}: waits for the right key, or for a person to send", refused=1
            )
            await filing.let_go(ticket, _noted(str(error)))
            return False
        except Refused as error:
            self._failures = 0
            self._note(up=True, refused=1)
            await filing.let_go(ticket, _failed(str(error)))
        except Unreachable as error:
            self._failures += 1
            self._note(up=False, detail=str(error))
            await filing.let_go(ticket, later(self._clock.now(), str(error)))
        else:
            self._failures = 0
            self._note(up=True)
        return True

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


def _noted(said: str) -> Callable[[Ticket], Ticket]:
    return lambda known: replace(known, detail=said)


def _failed(said: str) -> Callable[[Ticket], Ticket]:
    return lambda known: replace(known, state=TicketState.FAILED, detail=said)

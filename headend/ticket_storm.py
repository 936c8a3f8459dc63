"""Storms: when many causes come at once, one summary ticket tells of them all (docs/decisions/0004).

A storm breaks out when more causes open within the window than the settings allow, or when more wait than may be
sent within the hour. It rages while causes keep opening. Its summary is closed when each of its causes is over, or
was given a ticket of its own because it outlasted the storm for long. A cause that can go on in a citizen's own ticket
is neither held nor gathered: it needs no ticket of ours.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2s

from city.clock import Clock
from city.desks import UpdateStatus
from city.settings import DeskSection
from headend.records import Ticket, Tickets, TicketState, TicketUpdate
from headend.records.ticket import SUMMARY_PREFIX
from headend.ticket_changes import Change, over
from headend.ticket_filing import CAP_SPAN, Adopt, nothing_to_adopt
from headend.ticket_words import describe_storm, describe_storm_over

HOLD = timedelta(minutes=5)
"""How long tickets wait while a storm seems to come up, and a summary while it grows."""
COMING_UP = 2
"""A storm seems to come up at the threshold divided by this."""
RAGING = 4
"""It goes on while the threshold divided by this opens within the window."""
LEAST = 2
"""Fewer causes than this need no summary."""

_ALIVE = frozenset(TicketState) - {TicketState.CLOSED}


class Storms:
    """Gathers tickets under a summary while there are too many of them."""

    def __init__(
        self, tickets: Tickets, clock: Clock, settings: DeskSection, adopt: Adopt = nothing_to_adopt
    ) -> None:
        """``adopt``: see ``ticket_filing.Filing``."""
        self._tickets = tickets
        self._adopt = adopt
        self._clock = clock
        self._settings = settings
        self._window = timedelta(minutes=settings.storm_within_min)

    async def watch(self) -> frozenset[str]:
        """See to it that the tickets that are due are those that should be sent.

        Returns the queued ones that it has seen: one queued since then has yet to be judged.
        """
        alive = await self._tickets.all(_ALIVE)
        fresh = await self._to_gather(alive) if self._settings.storm_after else []
        storm = next((each for each in alive if each.is_summary and not each.over), None)
        if storm is not None:
            await self._follow(storm, fresh)
        elif fresh:
            recent = len(await self._tickets.opened_since(self._clock.now() - self._window))
            if len(fresh) >= LEAST and await self._breaks_out(recent, len(fresh)):
                await self._gather(self._summary(fresh), fresh, fresh)
            elif recent > self._settings.storm_after / COMING_UP:
                await self._hold(fresh)
        return frozenset(each.incident for each in alive if each.state is TicketState.QUEUED)

    async def _to_gather(self, alive: Sequence[Ticket]) -> list[Ticket]:
        return [each for each in alive if _fresh(each) and await self._adopt(each) is None]

    async def _breaks_out(self, recent: int, waiting: int) -> bool:
        if recent > self._settings.storm_after:
            return True
        sent = len(await self._tickets.posted_since(self._clock.now() - CAP_SPAN))
        return sent + waiting > self._settings.hourly_cap

    async def _hold(self, fresh: Sequence[Ticket]) -> None:
        """Let new tickets wait a little: if a storm comes up they need not be sent."""
        for each in fresh:
            until = each.opened_at + HOLD
            if each.due_at < until and self._clock.now() < until:
                detail = "waits a little: many faults at once"
                await self._tickets.change(each.incident, _put_off(until, detail))

    async def _follow(self, storm: Ticket, fresh: list[Ticket]) -> None:
        """Let a storm grow while it rages; afterwards send what outlasts it, and close it when it is over."""
        now = self._clock.now()
        members = await self._tickets.within(storm.incident)
        if fresh and await self._rages(now):
            await self._gather(storm, [*members, *fresh], fresh)
            return
        gathered = [each for each in members if each.state is TicketState.GATHERED]
        lasts_until = max((each.opened_at for each in members), default=now) + timedelta(
            hours=self._settings.storm_own_after_h
        )
        if gathered and now >= lasts_until:
            for each in gathered:
                await self._tickets.change(each.incident, _on_its_own(now))
        elif not gathered:
            await self._tickets.change(storm.incident, over(_end(storm, members, now), 0, now))

    async def _rages(self, now: datetime) -> bool:
        recent = len(await self._tickets.opened_since(now - self._window))
        return recent >= max(self._settings.storm_after / RAGING, 1)

    async def _gather(self, storm: Ticket, all_of_it: Sequence[Ticket], fresh: Sequence[Ticket]) -> None:
        told = self._told(storm, all_of_it)
        detail = f"told in the summary of storm {storm.id}"
        await self._tickets.gather(
            told,
            lambda known: self._told(known, all_of_it) if _unsent(known) else known,
            {each.incident: _into(storm.incident, detail) for each in fresh},
        )

    def _summary(self, fresh: Sequence[Ticket]) -> Ticket:
        """A new storm's ticket, where the cause that takes most light points is; the same however often it is made."""
        first = min(fresh, key=lambda each: (each.opened_at, each.incident))
        worst = max(fresh, key=lambda each: each.points)
        now = self._clock.now()
        signature = f"{first.incident}|{first.opened_at.timestamp():.0f}"
        return replace(
            worst,
            incident=SUMMARY_PREFIX + blake2s(signature.encode(), digest_size=5).hexdigest(),
            cabinet="",
            sector="",
            opened_at=now,
            due_at=now + HOLD,
            reopened=0,
            attempts=0,
            detail="a storm: one ticket for all",
        )

    @staticmethod
    def _told(storm: Ticket, members: Sequence[Ticket]) -> Ticket:
        """A summary that tells of these causes."""
        points = sum(each.points for each in members)
        attributes = {
            "fault": "storm",
            "points": str(points),
            "detected_at": storm.opened_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "source": "telegestion",
        }
        text = describe_storm([(each.description, each.sector) for each in members], points)
        return replace(storm, points=points, attributes=attributes, description=text)


def _fresh(ticket: Ticket) -> bool:
    """Whether a storm may still gather it: one that was handed out of a storm is not gathered again."""
    return _unsent(ticket) and ticket.summary is None and not ticket.is_summary


def _unsent(ticket: Ticket) -> bool:
    return ticket.state is TicketState.QUEUED and ticket.posted_at is None and ticket.owner is None


def _put_off(until: datetime, detail: str) -> Change:
    return lambda known: replace(known, due_at=until, detail=detail) if _fresh(known) else known


def _into(storm: str, detail: str) -> Change:
    def gathered(known: Ticket) -> Ticket:
        if not _fresh(known):
            return known  # just being sent, or over
        return replace(known, state=TicketState.GATHERED, summary=storm, detail=detail)

    return gathered


def _on_its_own(now: datetime) -> Change:
    def handed_out(known: Ticket) -> Ticket:
        if known.state is not TicketState.GATHERED:
            return known
        return replace(known, state=TicketState.QUEUED, due_at=now, detail="outlasted its storm")

    return handed_out


def _end(storm: Ticket, members: Sequence[Ticket], now: datetime) -> TicketUpdate:
    """How a storm whose causes are all over, or told on their own, ends."""
    endings = [each.updates[-1].status for each in members if each.updates]
    repaired, dismissed = endings.count("FIXED"), endings.count("NO_FURTHER_ACTION")
    status: UpdateStatus = "FIXED" if repaired else "NO_FURTHER_ACTION"
    text = describe_storm_over(len(members), repaired, dismissed)
    return TicketUpdate(f"{storm.incident}-{status.lower()}", status, now, text)

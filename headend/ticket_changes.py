"""What can happen to a ticket, each as a pure change of it; the records apply them with nobody in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import SystemRandom

from city.desks import Receipt
from headend.records import Ticket, TicketState, TicketUpdate

Change = Callable[[Ticket], Ticket]

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 1800.0
"""Between two attempts, seconds of the clock: doubled from first to longest (FixMyStreet's is 30 min)."""
SETTLE_S = 60.0
"""How long a slow service may still be taking something whose answer never came, seconds of the clock: only then is
it looked for there."""
_MAY_BE_THERE = frozenset({TicketState.POSTING, TicketState.CLOSING, TicketState.REOPENING})

_jitter = SystemRandom()


def over(update: TicketUpdate, reopened: int, now: datetime) -> Change:
    """Its incident is over; the end of an earlier appearance, or one that is known, changes nothing."""

    def end(known: Ticket) -> Ticket:
        told = any(each.id == update.id for each in known.updates)
        if known.state is TicketState.CLOSED or reopened < known.reopened or told:
            return known
        ended = replace(known, reopened=reopened, updates=_and_then(known, update), due_at=now)
        if known.state is TicketState.QUEUED:
            return _silent(ended, now, "over before it was sent")
        if known.state is TicketState.GATHERED:
            return _silent(ended, now, f"over; told in the summary of storm {known.summary}")
        # What came of an attempt under way is not known: it stays counted.
        attempts = known.attempts if known.untold else 0
        return replace(ended, state=TicketState.CLOSING, attempts=attempts)

    return end


def _and_then(known: Ticket, update: TicketUpdate) -> tuple[TicketUpdate, ...]:
    """A service lets no update change anything that is older than one it has."""
    at = max([update.at, *(each.at for each in known.updates[-1:])])
    return (*known.updates, replace(update, at=at))


def _silent(ended: Ticket, now: datetime, detail: str) -> Ticket:
    return replace(ended, state=TicketState.CLOSED, closed_at=now, detail=detail)


def back(new: Ticket, update: TicketUpdate, now: datetime) -> Change:
    """Its incident is open again; an appearance that is known changes nothing. ``new`` is how it would begin."""

    def reopen(known: Ticket) -> Ticket:
        if new.reopened <= known.reopened:
            return known
        if known.state is TicketState.CLOSED and known.taken_at is None and known.service_id is None:
            if known.posted_at is None:
                return new
            return replace(new, state=TicketState.POSTING, posted_at=known.posted_at)
        again = replace(known, reopened=new.reopened)
        if known.state in {TicketState.CLOSED, TicketState.CLOSING} or known.over:
            return replace(
                again,
                state=TicketState.REOPENING,
                updates=_and_then(known, update),
                attempts=known.attempts if known.untold else 0,
                due_at=now,
                closed_at=None,
            )
        return again  # the service was never told that it was over

    return reopen


def hurried(now: datetime) -> Change:
    """A person wants it sent now."""

    def hurry(known: Ticket) -> Ticket:
        if known.state in {TicketState.OPEN, TicketState.CLOSED}:
            return known
        due = replace(known, due_at=now)
        if known.state is TicketState.GATHERED:
            return replace(due, state=TicketState.QUEUED)
        if known.state is not TicketState.FAILED:
            return due
        if not known.updates:
            return replace(due, state=TicketState.POSTING)
        return replace(due, state=TicketState.CLOSING if known.over else TicketState.REOPENING)

    return hurry


def taken(receipt: Receipt, now: datetime) -> Change:
    """The service has it; one whose incident is over meanwhile is still to be closed there."""

    def accept(known: Ticket) -> Ticket:
        state = known.state
        if state in {TicketState.POSTING, TicketState.TAKEN}:
            state = TicketState.OPEN if receipt.number else TicketState.TAKEN
        return replace(
            known,
            state=state,
            service_id=receipt.number,
            token=receipt.token or known.token,
            taken_at=known.taken_at or now,
            attempts=0,
            due_at=now + timedelta(seconds=FIRST_DELAY_S) if state is TicketState.TAKEN else known.due_at,
            detail="" if receipt.number else "taken; its number has not been given yet",
        )

    return accept


def adopted(number: str, found: TicketUpdate, now: datetime) -> Change:
    """It goes on in a citizen's ticket, which was told what was found; unless its incident is over meanwhile."""

    def take_over(known: Ticket) -> Ticket:
        if known.state is not TicketState.QUEUED:
            return known
        return replace(
            known,
            state=TicketState.OPEN,
            service_id=number,
            adopted=True,
            taken_at=now,
            updates=(replace(found, sent_at=now),),
            attempts=0,
            detail="",
        )

    return take_over


def told(update: TicketUpdate, now: datetime) -> Change:
    """The service has been told of an update."""

    def note(known: Ticket) -> Ticket:
        updates = tuple(
            replace(each, sent_at=now) if each.id == update.id else each for each in known.updates
        )
        return replace(known, updates=updates, attempts=0)

    return note


def settled(now: datetime, detail: str, *, all_told: bool = True) -> Change:
    """Nothing more is to be told, for now; with ``all_told``, unless more has come up meanwhile."""

    def settle(known: Ticket) -> Ticket:
        if all_told and known.untold:
            return known
        if known.over:
            return replace(known, state=TicketState.CLOSED, closed_at=now, attempts=0, detail=detail)
        return replace(known, state=TicketState.OPEN, attempts=0, detail=detail)

    return settle


def never_there(now: datetime) -> Change:
    """It has updates, and the service never had it: there is nothing to close, and what is back begins anew."""

    def forget(known: Ticket) -> Ticket:
        if known.over:
            return replace(
                known,
                state=TicketState.CLOSED,
                closed_at=now,
                attempts=0,
                detail="over before the service had it",
            )
        return replace(known, state=TicketState.QUEUED, updates=(), attempts=0)

    return forget


def later(now: datetime, why: str) -> Change:
    """An attempt failed, or nobody knows what came of it."""

    def postpone(known: Ticket) -> Ticket:
        attempts = known.attempts + 1
        wait_s = delay_s(attempts)
        if known.state in _MAY_BE_THERE:
            wait_s = max(wait_s, SETTLE_S)
        return replace(known, attempts=attempts, due_at=now + timedelta(seconds=wait_s), detail=why)

    return postpone


def delay_s(attempts: int) -> float:
    """How long to wait after so many failures in a row; shaken, so that retries do not march in step."""
    longest = min(FIRST_DELAY_S * 2.0 ** min(attempts, 16), LONGEST_DELAY_S)
    return max(FIRST_DELAY_S, _jitter.uniform(longest / 2, longest))

"""The second person: what one person asks for waits here until another agrees, says no, or its time is over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Literal

from city.clock import Clock
from city.errors import BadInput, Unreachable
from city.messages import JournalEntry
from headend.access import Forbidden, may
from headend.records import Records, Token
from headend.unknown import Unknown

log = logging.getLogger(__name__)

State = Literal["waiting", "acting", "approved", "rejected", "lapsed", "failed"]
"""``acting`` while what was approved is being done, ``failed`` when it could not be."""
Act = Callable[[Token, Token], Awaitable[Any]]
"""Does what was approved; told who asked and who approved."""

MOST_EACH = 10
"""How many requests of one person may wait at once."""
REMEMBERED = 200
"""How many requests that are over are remembered, so that who asked can learn what became of them."""
LOOK_S = 10.0
"""Clock seconds between two looks at what has lapsed. What has lapsed can be approved at no instant."""
LOOK_REAL_S = 0.1
"""Real seconds between two looks at least, however fast the clock runs."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What one person asked for, and what another said to it."""

    id: str
    kind: str
    """What is asked for, in one word: order, programme …"""
    summary: str
    """What would be done, in words that the other person can judge."""
    points: int
    """How many light points it concerns."""
    asker: Token
    asked_at: datetime
    until: datetime
    """Excluded: from then on it can no longer be approved."""
    act: Act = field(compare=False)
    state: State = "waiting"
    decided_by: str | None = None
    why: str = ""
    """The reason of a rejection, or of a failure."""

    def may_decide(self, token: Token) -> bool:
        """Whether a token is another person's, with at least the asker's role."""
        return token.name != self.asker.name and may(token, self.asker.role)


class Approvals:
    """Keeps what waits. It is in memory alone: after a restart nothing waits, and nothing was done."""

    def __init__(self, records: Records, clock: Clock, wait: timedelta) -> None:
        """``wait`` is for how long a request may be approved."""
        self._records = records
        self._clock = clock
        self._wait = wait
        self._all: dict[str, Approval] = {}
        self.on_change: list[Callable[[], None]] = []
        """Who is told once something waits, or no longer does."""

    def pending(self) -> list[Approval]:
        """What waits, asked first first."""
        now = self._clock.now()
        return [each for each in self._all.values() if each.state == "waiting" and now < each.until]

    def get(self, id_: str) -> Approval:
        """One request, waiting or over so lately that it is remembered. Raises Unknown if there is none."""
        if id_ not in self._all:
            raise Unknown(f"approval {id_}: there is none of that name")
        known = self._all[id_]
        if known.state == "waiting" and known.until <= self._clock.now():
            return replace(known, state="lapsed")
        return known

    async def ask(
        self,
        kind: str,
        summary: str,
        points: int,
        token: Token,
        act: Act,
        *,
        id_: str | None = None,
        until: datetime | None = None,
    ) -> Approval:
        """Have something wait for a second person; ``act`` is called once, when there is one, or never.

        Args:
            kind: what is asked for, in one word.
            summary: what would be done.
            points: how many light points it concerns.
            token: who asks.
            act: does it; raises what shall be told to whoever approves.
            id_: its name, where what it does has one already.
            until: when it ends at the latest, if that is before the usual wait is over.

        Raises:
            BadInput: too many requests of this person wait.
            Unreachable: the records are away; nothing waits.
        """
        now = self._clock.now()
        if sum(each.asker.name == token.name for each in self.pending()) >= MOST_EACH:
            raise BadInput(
                f"{MOST_EACH} requests of {token.name} wait for a second person: have those decided"
            )
        ends = now + self._wait
        approval = Approval(
            id_ or "a-" + token_hex(4),
            kind,
            summary,
            points,
            token,
            now,
            ends if until is None else min(ends, until),
            act,
        )
        await self._journal("ask", token.name, approval, f"{kind} · {summary}")
        self._keep(approval)
        return approval

    async def approve(self, id_: str, token: Token) -> Any:
        """Agree: what was asked for is done now, and what doing it answered is returned.

        Raises:
            Unknown: nothing of that name waits.
            Forbidden: it is for another person to decide.
            BadInput: it can no longer be done; it is over.
            Unreachable: the records are away; it still waits.
        """
        approval = self._for_decision(id_, token)
        self._keep(replace(approval, state="acting", decided_by=token.name))
        try:
            await self._journal(
                "approve", token.name, approval, f"{approval.asker.name} · {approval.summary}"
            )
            result = await approval.act(approval.asker, token)
        except BadInput as error:
            self._keep(replace(approval, state="failed", decided_by=token.name, why=str(error)))
            raise
        except BaseException:
            self._keep(approval)  # nothing was done: it may be tried again for as long as it waits
            raise
        self._keep(replace(approval, state="approved", decided_by=token.name))
        return result

    async def reject(self, id_: str, token: Token, why: str) -> Approval:
        """Say no, with a reason; whoever asked may take it back so.

        Raises:
            Unknown: nothing of that name waits.
            Forbidden: it is for another person to decide.
            BadInput: there is no reason.
            Unreachable: the records are away; it still waits.
        """
        approval = self._for_decision(id_, token, own=True)
        if not why.strip():
            raise BadInput("reason: say why, it is told to whoever asked")
        await self._journal("reject", token.name, approval, f"{approval.asker.name} · {why.strip()}")
        rejected = replace(approval, state="rejected", decided_by=token.name, why=why.strip())
        self._keep(rejected)
        return rejected

    async def run(self) -> None:
        """Write down what lapses, for ever."""
        while True:
            await self._clock.sleep(LOOK_S)
            try:
                await self.tick()
            except Unreachable as error:
                log.warning("what has lapsed could not be written down: %s", error)
            await asyncio.sleep(LOOK_REAL_S)

    async def tick(self) -> None:
        """Write down what has lapsed. Raises Unreachable when the records are away."""
        now = self._clock.now()
        for each in list(self._all.values()):
            if each.state == "waiting" and each.until <= now:
                await self._journal("lapse", "head-end", each, f"{each.asker.name} · {each.summary}")
                self._keep(replace(each, state="lapsed"))

    def _for_decision(self, id_: str, token: Token, *, own: bool = False) -> Approval:
        approval = self.get(id_)
        if approval.state != "waiting":
            by = f" by {approval.decided_by}" if approval.decided_by else ""
            raise BadInput(f"approval {id_}: it no longer waits: {approval.state}{by}")
        if not (approval.may_decide(token) or (own and token.name == approval.asker.name)):
            raise Forbidden(
                f"approval {id_}: asked by {approval.asker.name}; it needs another person who is"
                f" {approval.asker.role} at least, got {token.name}, {token.role}"
            )
        return approval

    def _keep(self, approval: Approval) -> None:
        self._all[approval.id] = approval
        over = [each.id for each in self._all.values() if each.state not in {"waiting", "acting"}]
        for id_ in over[: max(0, len(over) - REMEMBERED)]:
            del self._all[id_]
        for listener in self.on_change:
            listener()

    async def _journal(self, act: str, by: str, approval: Approval, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by=by, act=act, subject=approval.id, text=text)
        await self._records.add_journal(entry)

"""Locks for people at work (*consignation*): while one holds, nothing from here lights its light points."""

import secrets
from dataclasses import replace
from datetime import timedelta

from city.clock import Clock
from city.errors import BadInput
from city.locks import LockRequest, LockView
from city.messages import JournalEntry, Role
from city.settings import OrdersSection
from headend.access import Forbidden, may
from headend.confirmations import Confirmations
from headend.order_book import OrderBook
from headend.records import Records, Token
from headend.safeguards import Safeguards
from headend.unknown import Unknown
from lighting.inventory import Inventory
from lighting.orders import Override, check_override
from lighting.selection import select, shortened

DARK = 0.0
"""What a locked light point holds, percent."""
SAMPLE = 5
"""How many of the light points concerned are named in an answer."""


class Locks:
    """Locks light points and lifts locks. A lock asks for no second person: who works there goes first."""

    def __init__(
        self,
        inventory: Inventory,
        book: OrderBook,
        records: Records,
        clock: Clock,
        settings: OrdersSection,
        safeguards: Safeguards,
        confirmations: Confirmations,
    ) -> None:
        self._inventory = inventory
        self._book = book
        self._records = records
        self._clock = clock
        self._settings = settings
        self._safeguards = safeguards
        self._confirmations = confirmations

    async def lock(self, request: LockRequest, token: Token) -> LockView:
        """Lock light points. The programme rules again when it ends.

        Raises:
            BadInput: it cannot be asked for, or concerns more light points than one person may have dark.
            TooSoon: commands come too fast.
            Unreachable: the records are away; nothing was done.
        """
        points = select(self._inventory, request.selector)
        for_ = timedelta(seconds=min(request.for_s, timedelta.max.total_seconds() / 2))
        longest = timedelta(hours=self._settings.longest_lock_h)
        check_override(DARK, for_, request.reason, len(points), longest=longest)
        if len(points) > self._settings.alone_points:
            most = self._settings.alone_points
            raise BadInput(
                f"{len(points)} light points: a lock takes {most} at most; lock the cabinets where people work"
            )
        self._safeguards.spend(token)
        now = self._clock.now()
        lock = Override(
            id="l-" + secrets.token_hex(4),
            selector=request.selector,
            points=frozenset(point.id for point in points),
            level=DARK,
            reason=request.reason.strip(),
            by=token.name,
            asked_at=now,
            until=now + for_,
            kind="lock",
        )
        await self._records.save_override(lock)
        text = f"{len(points)} · {lock.until:%Y-%m-%dT%H:%MZ} · {lock.reason}"
        await self._journal("lock", token, shortened(lock.selector), text)
        if self._safeguards.note(lock):
            await self._journal("mass_change", token, shortened(lock.selector), lock.id)
        self._book.put(lock, now)
        await self._confirmations.of(lock)
        return self.view(lock)

    async def lift(self, name: str, token: Token, reason: str) -> LockView:
        """End a lock before its time: for who locked, or with a reason for a supervisor.

        Raises:
            Unknown: there is none of that name in force.
            Forbidden: it is another person's.
            BadInput: a supervisor gives no reason.
            Unreachable: the records are away; the lock holds.
        """
        now = self._clock.now()
        known = self._book.get(name)
        if known is None or known.kind != "lock" or not known.active(now):
            raise Unknown(f"lock {name}: there is none of that name in force")
        if token.name != known.by and not may(token, Role.SUPERVISOR):
            raise Forbidden(
                f"lock {name}: only {known.by} or a supervisor lifts it: somebody may be at work there"
            )
        if token.name != known.by and not reason.strip():
            raise BadInput(f"reason: say why you lift the lock of {known.by}")
        lifted = replace(known, cancelled_at=now)
        await self._records.save_override(lifted)
        await self._journal(
            "unlock", token, shortened(known.selector), " · ".join(filter(None, [name, reason.strip()]))
        )
        self._book.put(lifted, now)
        await self._confirmations.of_release(lifted.points)
        return self.view(lifted)

    def views(self) -> list[LockView]:
        """The locks that hold, locked last first."""
        locks = self._book.active(self._clock.now(), "lock")
        return [self.view(lock) for lock in sorted(locks, key=lambda each: each.asked_at, reverse=True)]

    def view(self, lock: Override) -> LockView:
        """A lock as consoles see it; a controller that follows another lock on its light point is dark as well."""
        points = sorted(lock.points)
        holding = frozenset(each.id for each in self._book.active(self._clock.now(), "lock"))
        return LockView(
            id=lock.id,
            selector=shortened(lock.selector),
            reason=lock.reason,
            by=lock.by,
            locked_at=lock.asked_at,
            until=lock.until,
            lifted_at=lock.cancelled_at,
            active=lock.id in holding,
            points=len(points),
            confirmed=sum(self._confirmations.is_following(point, holding) for point in points),
            refused=dict(self._book.refused.get(lock.id, {})),
            sample=tuple(points[:SAMPLE]),
        )

    async def _journal(self, act: str, token: Token, subject: str, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by=token.name, act=act, subject=subject, text=text)
        await self._records.add_journal(entry)

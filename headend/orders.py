"""Overrides from asking to confirming: checked, written down, sent, and followed until the controllers answer."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from city.clock import Clock
from city.errors import BadInput
from city.messages import JournalEntry, LampState, OrderRequest, OrderView, Role
from city.settings import OrdersSection
from headend.access import Forbidden, may
from headend.conductor import Conductor
from headend.lamps import Lamp, Lamps
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.records import Records, Token
from headend.unknown import Unknown
from lighting.inventory import Inventory, LightPoint
from lighting.orders import Override, check_override
from lighting.selection import select

CONFIRM_REAL_S = 3.0
"""Real seconds that an answer waits for confirmations; those that come later are seen all the same."""
LOOK_REAL_S = 0.05
SAMPLE = 5
"""How many of the light points concerned are named in an answer."""
SAME_LEVEL_PCT = 0.5
"""Controllers report levels as they hold them, but may round to whole percents."""
MUTE = frozenset({LampState.UNPOWERED, LampState.SILENT, LampState.UNKNOWN})
"""States in which no confirmation can be expected."""


class Orders:
    """Takes orders from people."""

    def __init__(
        self,
        inventory: Inventory,
        plan: Plan,
        book: OrderBook,
        lamps: Lamps,
        records: Records,
        conductor: Conductor,
        clock: Clock,
        settings: OrdersSection,
        confirm_real_s: float = CONFIRM_REAL_S,
    ) -> None:
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._lamps = lamps
        self._records = records
        self._conductor = conductor
        self._clock = clock
        self._settings = settings
        self._confirm_real_s = confirm_real_s

    @property
    def longest(self) -> timedelta:
        """The longest that an override may last."""
        return timedelta(hours=self._settings.longest_h)

    async def restore(self) -> None:
        """Take up the overrides that hold, and those that ended so lately that they still end older ones."""
        now = self._clock.now()
        for override in reversed(await self._records.overrides()):
            if override.until + self.longest >= now:
                self._book.put(override, now)

    async def ask(self, request: OrderRequest, token: Token) -> OrderView:
        """Put an override in force, or with no level take the points back to their programme.

        Raises:
            BadInput: it cannot be asked for.
            Forbidden: it needs a supervisor.
            Unreachable: the records are away; nothing was done.
        """
        points = select(self._inventory, request.selector)
        if request.level_pct is None:
            return await self._resume(request, points, token)
        self._check(request, request.level_pct, points, token)
        now = self._clock.now()
        override = Override(
            id="o-" + secrets.token_hex(4),
            selector=request.selector,
            points=frozenset(point.id for point in points),
            level=request.level_pct,
            reason=request.reason.strip(),
            by=token.name,
            asked_at=now,
            until=now + timedelta(seconds=request.for_s),
        )
        would_change = sum(self._differs(point.id, override.level) for point in points)
        if request.dry_run:
            return self.view(override, would_change=would_change, dry_run=True)
        await self._records.save_override(override)
        text = f"{override.level:g} % · {len(points)} · {override.until:%Y-%m-%dT%H:%MZ} · {override.reason}"
        await self._journal("order", token, request.selector, text)
        self._book.put(override, now)
        self._conductor.kick()
        await self._wait(lambda: self._answered(override))
        return self.view(override, would_change=would_change)

    async def cancel(self, order: str, token: Token) -> OrderView:
        """End an override before its time.

        Raises:
            Unknown: there is none of that name in force.
            Unreachable: the records are away; nothing was done.
        """
        now = self._clock.now()
        known = self._book.get(order)
        if known is None or not known.active(now):
            raise Unknown(f"order {order}: there is none of that name in force")
        override = replace(known, cancelled_at=now)
        await self._records.save_override(override)
        await self._journal("cancel", token, override.selector, override.id)
        self._book.put(override, now)
        self._conductor.kick()
        await self._wait(lambda: self._released(override.points))
        return self.view(override)

    async def views(self) -> list[OrderView]:
        """The overrides, last asked first. Raises Unreachable when the records are away."""
        return [self.view(override) for override in await self._records.overrides()]

    def view(
        self, override: Override, *, would_change: int | None = None, dry_run: bool = False
    ) -> OrderView:
        """An override as consoles see it."""
        points = sorted(override.points)
        if would_change is None:
            would_change = sum(self._differs(point, override.level) for point in points)
        return OrderView(
            id=override.id,
            selector=override.selector,
            level_pct=override.level,
            reason=override.reason,
            by=override.by,
            asked_at=override.asked_at,
            until=override.until,
            points=len(points),
            would_change=would_change,
            confirmed=len(self._book.confirmed.get(override.id, ())),
            refused=dict(self._book.refused.get(override.id, {})),
            cancelled_at=override.cancelled_at,
            active=not dry_run and override.active(self._clock.now()),
            dry_run=dry_run,
            sample=tuple(points[:SAMPLE]),
        )

    async def _resume(self, request: OrderRequest, points: Sequence[LightPoint], token: Token) -> OrderView:
        now = self._clock.now()
        names = frozenset(point.id for point in points)
        level = self._plan.mean_level(now)
        shortened = self._book.without(names, now)
        asked = Override(
            "resume", request.selector, names, level, request.reason.strip(), token.name, now, now
        )
        would_change = sum(bool((lamp := self._lamps.all.get(name)) and lamp.on_order) for name in names)
        if request.dry_run:
            return self.view(asked, would_change=would_change, dry_run=True)
        for override in shortened:
            await self._records.save_override(override)
        await self._journal("resume", token, request.selector, request.reason.strip())
        for override in shortened:
            self._book.put(override, now)
        self._conductor.kick()
        await self._wait(lambda: self._released(names))
        view = self.view(asked, would_change=would_change)
        return view.model_copy(update={"confirmed": sum(self._is_free(name) for name in names)})

    def _check(self, request: OrderRequest, level: float, points: Sequence[LightPoint], token: Token) -> None:
        now = self._clock.now()
        until = (
            now + timedelta(seconds=request.for_s) if request.for_s < self.longest.total_seconds() else now
        )
        is_night = self._plan.lights_between((point.id for point in points), now, until)

        def check(*, by_supervisor: bool) -> None:
            check_override(
                level,
                timedelta(seconds=min(request.for_s, timedelta.max.total_seconds() / 2)),
                request.reason,
                len(points),
                by_supervisor=by_supervisor,
                is_night=is_night,
                longest=self.longest,
                alone_points=self._settings.alone_points,
            )

        check(by_supervisor=True)
        try:
            check(by_supervisor=may(token, Role.SUPERVISOR))
        except BadInput as error:
            raise Forbidden(str(error)) from error

    def _differs(self, point: str, level: float) -> bool:
        lamp = self._lamps.all.get(point)
        if lamp is None or lamp.effect is None:
            return level > 0
        return abs(lamp.effect - level) > SAME_LEVEL_PCT

    def _answered(self, override: Override) -> bool:
        said = self._book.confirmed.get(override.id, set()) | self._book.refused.get(override.id, {}).keys()
        return all(point in said or self._mute(point) for point in override.points)

    def _released(self, points: frozenset[str]) -> bool:
        return all(self._is_free(point) or self._mute(point) for point in points)

    def _is_free(self, point: str) -> bool:
        """Whether a controller follows none of the orders that are known here."""
        following = self._conductor.follows.get(point)
        return following is None or self._book.get(following) is None

    def _mute(self, point: str) -> bool:
        lamp: Lamp | None = self._lamps.all.get(point)
        return lamp is None or lamp.state in MUTE

    async def _wait(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + self._confirm_real_s
        while not done() and time.monotonic() < end:  # noqa: ASYNC110 - answers come from many lamps
            await asyncio.sleep(LOOK_REAL_S)

    async def _journal(self, act: str, token: Token, subject: str, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by=token.name, act=act, subject=subject, text=text)
        await self._records.add_journal(entry)

"""Orders of people from asking to confirming: checked, agreed to, written down, sent, and followed until confirmed."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from city.clock import Clock
from city.errors import BadInput
from city.messages import JournalEntry, OrderRequest, OrderView, Role
from city.settings import OrdersSection
from headend.access import Forbidden, may
from headend.approvals import Approvals
from headend.confirmations import Confirmations
from headend.lamps import Lamps
from headend.order_book import OrderBook
from headend.plan import Plan
from headend.records import Records, Token
from headend.safeguards import HeldBack, Safeguards
from headend.unknown import Unknown
from headend.what_if import WhatIf
from lighting.inventory import Inventory, LightPoint
from lighting.orders import Override, Second, check_override
from lighting.selection import select, shortened

SAMPLE = 5
"""How many of the light points concerned are named in an answer."""
SAME_LEVEL_PCT = 0.5
"""Controllers report levels as they hold them, but may round to whole percents."""

MOST_UNANSWERED = 500
"""How many of the light points that have not answered are named in an answer."""
TOLD_OF_PLAN = (
    "sectors",
    "locked",
    "blocked",
    "streets",
    "level_now_pct",
    "level_after_pct",
    "power_now_w",
    "power_then_w",
    "energy_kwh",
)
"""What was said beforehand and still stands in the answer to what was done."""

WHY_SUPERVISOR = {
    "points": "more than {alone} light points need a supervisor",
    "dark_at_night": "switching off at night needs a supervisor",
    "mass_change": "so much was changed of late that more needs a supervisor",
}
"""What is said where one person works alone."""


class Orders:
    """Takes orders from people."""

    def __init__(
        self,
        inventory: Inventory,
        plan: Plan,
        book: OrderBook,
        lamps: Lamps,
        records: Records,
        clock: Clock,
        settings: OrdersSection,
        safeguards: Safeguards,
        approvals: Approvals,
        confirmations: Confirmations,
    ) -> None:
        self._inventory = inventory
        self._plan = plan
        self._book = book
        self._lamps = lamps
        self._records = records
        self._clock = clock
        self._settings = settings
        self._safeguards = safeguards
        self._approvals = approvals
        self._confirmations = confirmations
        self._what_if = WhatIf(inventory, plan, lamps)
        self._asked: dict[str, OrderView] = {}
        """Orders that wait for a second person."""

    @property
    def longest(self) -> timedelta:
        """The longest that an order may last."""
        return timedelta(hours=self._settings.longest_h)

    async def restore(self) -> None:
        """Take up the overrides that hold, and those that ended so lately that they still end older ones."""
        now = self._clock.now()
        keep = timedelta(hours=self._settings.longest_of_all_h)
        for override in await self._records.overrides_during(now - keep, now + keep):
            self._book.put(override, now)

    async def ask(self, request: OrderRequest, token: Token) -> OrderView:
        """Put an override in force, or with no level take the points back to their programme.

        What needs a second person waits for one, and nothing is sent before.

        Raises:
            BadInput: it cannot be asked for.
            TooSoon: commands come too fast.
            Forbidden: it needs a supervisor.
            Unreachable: the records are away; nothing was done.
        """
        points = select(self._inventory, request.selector)
        if request.level_pct is not None:
            self._check(request, request.level_pct, points)
        if not request.dry_run:
            self._safeguards.spend(token)
        wanted = self._wanted(request, points, token)
        held = self._held_back(wanted, request)
        why = self._safeguards.why_second(wanted.points, request.level_pct, wanted.until)
        if request.dry_run:
            return self._plan_view(wanted, request, held, why)
        if why is not None and self._settings.second_person:
            return await self._ask_second(wanted, request, held, why, token)
        if why is not None and not may(token, Role.SUPERVISOR):
            reason = WHY_SUPERVISOR[why].format(alone=self._settings.alone_points)
            raise Forbidden(f"{len(points)} light points: {reason}")
        return await self._do(wanted, request, held)

    async def cancel(self, order: str, token: Token) -> OrderView:
        """End an order before its time, or take it back while it waits for a second person.

        Raises:
            BadInput: it is a lock.
            Unknown: there is none of that name in force.
            Unreachable: the records are away; nothing was done.
        """
        if order in self._waiting():
            await self._approvals.reject(order, token, "taken back")
            return self._asked.pop(order).model_copy(update={"state": "over"})
        now = self._clock.now()
        known = self._book.get(order)
        if known is None or not known.active(now):
            raise Unknown(f"order {order}: there is none of that name in force")
        if known.kind != "order":
            way = f"a lock is lifted with: falotier unlock {order}"
            if known.kind == "dynamic":
                way = "it ends by itself, and an order of yours goes above it"
            raise BadInput(f"order {order}: it is a {known.kind}; {way}")
        override = replace(known, cancelled_at=now)
        await self._records.save_override(override)
        await self._journal("cancel", token.name, override.selector, override.id)
        self._book.put(override, now)
        await self._confirmations.of_release(override.points)
        return self.view(override)

    async def views(self) -> list[OrderView]:
        """What waits for a second person, then the orders, last asked first.

        Raises:
            Unreachable: the records are away.
        """
        known = [self.view(override) for override in await self._records.overrides(kind="order")]
        return [*reversed(self._waiting().values()), *known]

    def one(self, order: str) -> OrderView:
        """One order that waits or is still remembered, and who has not answered it. Raises Unknown if there is none."""
        if asked := self.asked(order):
            return asked
        override = self._book.get(order)
        if override is None or override.kind != "order":
            raise Unknown(f"order {order}: there is none of that name")
        return self._with_unanswered(self.view(override), override)

    def asked(self, order: str) -> OrderView | None:
        """What waits for a second person, as it was asked for; None if nothing of that name waits."""
        return self._waiting().get(order)

    def view(self, override: Override, *, would_change: int | None = None) -> OrderView:
        """An override as consoles see it."""
        points = sorted(override.points)
        if would_change is None:
            would_change = sum(self._differs(point, override.level) for point in points)
        active = override.active(self._clock.now())
        return OrderView(
            id=override.id,
            selector=shortened(override.selector),
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
            active=active,
            sample=tuple(points[:SAMPLE]),
            state="in_force" if active else "over",
            approved_by=override.approved_by,
        )

    # -- what is asked for ---------------------------------------------------------------------------------

    def _check(self, request: OrderRequest, level: float, points: Sequence[LightPoint]) -> None:
        for_ = timedelta(seconds=min(request.for_s, timedelta.max.total_seconds() / 2))
        check_override(level, for_, request.reason, len(points), longest=self.longest)

    def _wanted(self, request: OrderRequest, points: Sequence[LightPoint], token: Token) -> Override:
        """The override that a request means; without a level, one that says what is taken back."""
        now = self._clock.now()
        back = request.level_pct is None
        return Override(
            id="resume" if back else "o-" + secrets.token_hex(4),
            selector=request.selector,
            points=frozenset(point.id for point in points),
            level=self._plan.mean_level(now) if request.level_pct is None else request.level_pct,
            reason=request.reason.strip(),
            by=token.name,
            asked_at=now,
            until=now if back else now + timedelta(seconds=request.for_s),
        )

    def _held_back(self, wanted: Override, request: OrderRequest) -> HeldBack:
        """What the order does not reach. A programme goes on whatever is held back, and so may be resumed.

        Raises:
            BadInput: it reaches nothing.
        """
        if request.level_pct is None:
            return HeldBack({}, {})
        held = self._safeguards.held_back(self._points(wanted.points), wanted.level)
        if held.points == wanted.points and not request.dry_run:
            point, why = next(iter({**held.locked, **held.blocked}.items()))
            raise BadInput(f"every light point of {shortened(wanted.selector)} is held back: {point}: {why}")
        return held

    def _points(self, names: Iterable[str]) -> list[LightPoint]:
        return [self._inventory.light_points[name] for name in sorted(names)]

    def _plan_view(
        self, wanted: Override, request: OrderRequest, held: HeldBack, why: Second | None
    ) -> OrderView:
        """What an order would do."""
        reached = replace(wanted, points=wanted.points - held.points)
        if request.level_pct is None:
            lamps = (self._lamps.all.get(name) for name in wanted.points)
            would_change = sum(lamp is not None and lamp.on_order for lamp in lamps)
        else:
            would_change = sum(self._differs(point, wanted.level) for point in reached.points)
        sectors = Counter(point.sector for point in self._points(reached.points))
        return self.view(reached, would_change=would_change).model_copy(
            update={
                "active": False,
                "dry_run": request.dry_run,
                "state": "dry_run",
                "second": why,
                "sectors": dict(sectors.most_common()),
                "locked": dict(held.locked),
                "blocked": dict(held.blocked),
                **self._what_if.of(reached.points, request.level_pct, wanted.asked_at, wanted.until),
            }
        )

    # -- the second person ---------------------------------------------------------------------------------

    async def _ask_second(
        self, wanted: Override, request: OrderRequest, held: HeldBack, why: Second, token: Token
    ) -> OrderView:
        back = request.level_pct is None
        name = "r-" + secrets.token_hex(4) if back else wanted.id
        level = "→" if back else f"{wanted.level:g} %"
        end = "" if back else f" · {wanted.until:%Y-%m-%dT%H:%MZ}"
        summary = f"{shortened(wanted.selector)} · {level}{end} · {wanted.reason}"

        async def act(asker: Token, approver: Token) -> OrderView:
            del asker
            agreed = replace(wanted, asked_at=self._clock.now(), approved_by=approver.name)
            return await self._do(agreed, request, self._held_back(agreed, request))

        until = None if back else wanted.until
        await self._approvals.ask("order", summary, len(wanted.points), token, act, id_=name, until=until)
        view = self._plan_view(replace(wanted, id=name), request, held, why)
        self._asked[name] = view.model_copy(update={"state": "awaiting"})
        return self._asked[name]

    def _waiting(self) -> dict[str, OrderView]:
        waiting = {each.id for each in self._approvals.pending()}
        self._asked = {name: view for name, view in self._asked.items() if name in waiting}
        return self._asked

    # -- doing it ------------------------------------------------------------------------------------------

    async def _do(self, wanted: Override, request: OrderRequest, held: HeldBack) -> OrderView:
        if request.level_pct is None:
            return await self._resume(wanted, request)
        override = replace(wanted, points=wanted.points - held.points)
        plan = self._plan_view(wanted, request, held, None)
        await self._records.save_override(override)
        end = f"{override.until:%Y-%m-%dT%H:%MZ}"
        text = f"{override.level:g} % · {len(override.points)} · {end} · {override.reason}{_agreed(override)}"
        await self._journal("order", override.by, override.selector, text)
        if self._safeguards.note(override):
            await self._journal("mass_change", override.by, override.selector, override.id)
        self._book.put(override, self._clock.now())
        await self._confirmations.of(override)
        told = {name: getattr(plan, name) for name in TOLD_OF_PLAN}
        view = self.view(override, would_change=plan.would_change).model_copy(update=told)
        return self._with_unanswered(view, override)

    async def _resume(self, wanted: Override, request: OrderRequest) -> OrderView:
        now, names = self._clock.now(), wanted.points
        would_change = self._plan_view(wanted, request, HeldBack({}, {}), None).would_change
        shortened = self._book.without(names, now)
        for override in shortened:
            await self._records.save_override(override)
        await self._journal("resume", wanted.by, wanted.selector, wanted.reason + _agreed(wanted))
        for override in shortened:
            self._book.put(override, now)
        await self._confirmations.of_release(names)
        confirmed = sum(self._confirmations.is_free(name) for name in names)
        return self.view(wanted, would_change=would_change).model_copy(update={"confirmed": confirmed})

    def _with_unanswered(self, view: OrderView, override: Override) -> OrderView:
        """Who has neither confirmed nor refused, and in which state that lamp is: a silent one may never answer."""
        said = self._book.confirmed.get(override.id, set()) | self._book.refused.get(override.id, {}).keys()
        names = sorted(override.points - said)[:MOST_UNANSWERED]
        states = {name: lamp.state for name in names if (lamp := self._lamps.all.get(name))}
        return view.model_copy(update={"unanswered": states})

    def _differs(self, point: str, level: float) -> bool:
        lamp = self._lamps.all.get(point)
        if lamp is None or lamp.effect is None:
            return level > 0
        return abs(lamp.effect - level) > SAME_LEVEL_PCT

    async def _journal(self, act: str, by: str, subject: str, text: str) -> None:
        entry = JournalEntry(at=self._clock.now(), by=by, act=act, subject=shortened(subject), text=text)
        await self._records.add_journal(entry)


def _agreed(override: Override) -> str:
    """The second person in a line of the journal."""
    return f" · ✓ {override.approved_by}" if override.approved_by else ""

"""Another light plan: looked at as a whole first, agreed to where it must be, then written down and followed."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2s
from pathlib import Path

from city.clock import Clock
from city.deployments import (
    CalendarShare,
    ControllerView,
    DarkNights,
    DeploymentView,
    PlanAnswer,
    PlanRefusal,
    PlanRequest,
)
from city.errors import BadInput
from city.messages import JournalEntry
from city.plan_drafts import PlanText
from city.settings import OrdersSection
from headend.approvals import Approvals
from headend.clock_trust import ClockTrust
from headend.conductor import Conductor
from headend.holdings import Holdings
from headend.link import MqttLink
from headend.plan import Plan
from headend.plan_file import put_in_place
from headend.records import Records, Token
from headend.wanted import Wanted
from lighting.inventory import Inventory
from lighting.light_plan import LightPlan
from lighting.preview import preview_calendar
from lighting.programme_files import read_light_plan

ACT = "programme"
"""As which it stands in the journal, and waits for a second person."""
HASH_BYTES = 4
SAMPLE = 5
"""How many of the controllers or nights concerned are named in an answer."""
ROWS_MOST = 500
FIVE_STEPS_TEXT = """\
# The programme that is built in: five steps, the same every night. See docs/programme-file.md.
name = "cinq-paliers"
title = "Cinq paliers"
on = "sunset"
off = "sunrise"
level = 100
steps = [
  { at = "20:00", level = 70 },
  { at = "00:00", level = 30 },
  { at = "05:00", level = 70 },
  { at = "07:00", level = 100 },
]
"""
"""What a city writes on that has no file yet: ``lighting.programmes.FIVE_STEPS``."""
AHEAD = 366
"""Nights looked at for darkness: a whole year, whatever its length."""


def plan_hash(text: str) -> str:
    """Eight hex digits that change with a file."""
    return blake2s(text.encode(), digest_size=HASH_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A plan that was looked at as a whole."""

    text: str
    light_plan: LightPlan
    answer: PlanAnswer


class Deployment:
    """Takes light plans from supervisors."""

    def __init__(
        self,
        *,
        inventory: Inventory,
        plan: Plan,
        conductor: Conductor,
        link: MqttLink,
        records: Records,
        approvals: Approvals,
        clock: Clock,
        trust: ClockTrust,
        settings: OrdersSection,
        file: Path,
        text: str | None,
    ) -> None:
        """Prepare.

        Args:
            inventory: who there is.
            plan: the plan in force; it is changed.
            conductor: compiles, and pushes what has changed.
            link: knows which gateways have announced what they can do.
            records: keep who deployed what.
            approvals: where a plan waits for a second person.
            clock: says when.
            trust: whether that may be believed.
            settings: what one person may do alone.
            file: where the plan is written.
            text: what stands there now; None: nothing.
        """
        self._inventory = inventory
        self._plan = plan
        self._conductor = conductor
        self._link = link
        self._records = records
        self._approvals = approvals
        self._clock = clock
        self._trust = trust
        self._settings = settings
        self._file = file
        self._text = text
        self._hash = "" if text is None else plan_hash(text)
        self._entry: JournalEntry | None = None
        self._turn = asyncio.Lock()

    async def restore(self) -> None:
        """Find out who deployed the plan in force. Raises Unreachable when the records are away."""
        entry = await self._records.last_of(ACT)
        if entry is not None and entry.subject == self._hash:
            self._entry = entry

    async def ask(self, request: PlanRequest, token: Token) -> PlanAnswer:
        """Have a plan followed; where a second person has to agree, it waits for one.

        Raises:
            BadInput: the file says what cannot be, or some controllers could not follow.
            Refused: the head-end's clock is in doubt.
            Unreachable: the records are away; nothing was done.
        """
        light_plan = read_light_plan(request.text, request.file)
        proposal = await asyncio.to_thread(self._look_at, request.text, light_plan)
        answer = proposal.answer
        if request.dry_run:
            return answer
        if request.made_from is not None and request.made_from != self._hash:
            raise BadInput(
                "another plan has come into force meanwhile, nothing was changed: look at it first"
            )
        self._trust.check()
        if answer.refusals:
            raise BadInput(_why_not(answer.refusals))
        if not answer.second_person:
            await self._put_in_force(proposal, token, None)
            return answer.model_copy(update={"state": "in_force"})
        approval = await self._approvals.ask(
            ACT,
            f"{answer.plan} · {answer.points_changed} · {', '.join(each.name for each in answer.calendars)}",
            answer.points_changed,
            token,
            lambda asker, approver: self._put_in_force(proposal, asker, approver),
        )
        return answer.model_copy(
            update={"state": "awaiting", "approval": approval.id, "until": approval.until}
        )

    def text(self) -> PlanText:
        """The plan in force as a file: what the next one is made from."""
        return PlanText(
            text=FIVE_STEPS_TEXT if self._text is None else self._text,
            file=self._file.name,
            plan=self._hash,
            since=self._entry.at if self._entry else None,
            by=self._entry.by if self._entry else None,
        )

    def view(self) -> DeploymentView:
        """The plan in force, and how far it has come."""
        holdings = list(self._conductor.holdings)
        rows = [each for each in holdings if each.state != "holds"]
        return DeploymentView(
            plan=self._hash,
            since=self._entry.at if self._entry else None,
            by=self._entry.by if self._entry else None,
            controllers=len(holdings),
            holding=len(holdings) - len(rows),
            refused=sum(each.state == "refused" for each in rows),
            unheard=sum(each.state == "unheard" for each in rows),
            rows=tuple(
                ControllerView(
                    id=each.id,
                    kind=each.kind,
                    calendar=", ".join(sorted(each.calendars)),
                    wanted=each.wanted,
                    held=each.held,
                    state=each.state,
                    why=each.why,
                )
                for each in rows[:ROWS_MOST]
            ),
        )

    def _look_at(self, text: str, light_plan: LightPlan) -> _Proposal:
        """What a plan would mean. Takes seconds for a whole year; touches nothing."""
        wanted = self._conductor.prepare(light_plan)
        changed = self._changed(wanted)
        refused, unheard = self._who_cannot(wanted)
        dark = self._dark(wanted)
        concerned = {wanted.calendar(self._inventory.light_points[name]) for name in changed}
        is_grave = len(changed) > self._settings.alone_points or any(
            each.calendar in concerned for each in dark
        )
        answer = PlanAnswer(
            plan=plan_hash(text),
            state="dry_run",
            calendars=tuple(self._shares(wanted)),
            points_changed=len(changed),
            controllers=self._to_write(wanted),
            refusals=tuple(refused),
            unheard=unheard,
            dark_nights=tuple(dark),
            warnings=tuple(self._warnings(wanted)),
            second_person=is_grave and self._settings.second_person,
        )
        return _Proposal(text, light_plan, answer)

    def _changed(self, wanted: Wanted) -> list[str]:
        """The light points that would do something else in some night."""
        before, after = self._plan.light_plan, wanted.light_plan
        return [
            name
            for name, point in self._inventory.light_points.items()
            if before.meaning(self._plan.calendar_of[name]) != after.meaning(wanted.calendar(point))
        ]

    def _who_cannot(self, wanted: Wanted) -> tuple[list[PlanRefusal], int]:
        """Who could not follow, by reason; and of how many that is not known yet."""
        by_reason: defaultdict[str, list[str]] = defaultdict(list)
        unheard = 0
        for cabinet, why in wanted.cabinet_refusals.items():
            by_reason[why].append(cabinet)
        for name, point in self._inventory.light_points.items():
            if why := wanted.lamp(point).why:
                if point.gateway in self._link.gateways:
                    by_reason[why].append(name)
                else:
                    unheard += 1
        found = [
            PlanRefusal(why=why, controllers=len(names), sample=tuple(names[:SAMPLE]))
            for why, names in by_reason.items()
        ]
        return found, unheard

    def _dark(self, wanted: Wanted) -> list[DarkNights]:
        """Which calendars that somebody would follow leave nights of the year to come without light."""
        found = []
        for calendar in sorted({wanted.calendar(each) for each in self._inventory.light_points.values()}):
            nights = wanted.light_plan.dark_nights(calendar, _year_from(wanted.tonight), self._plan.site)
            if nights:
                sample = tuple(night.isoformat() for night in nights[:SAMPLE])
                found.append(DarkNights(calendar=calendar, nights=len(nights), sample=sample))
        return found

    def _warnings(self, wanted: Wanted) -> Iterator[str]:
        """What the preview of the year to come warns of."""
        for calendar in wanted.light_plan.calendars:
            seen = preview_calendar(wanted.light_plan, calendar, wanted.tonight, AHEAD, self._plan.site)
            yield from (f"{calendar}: {warning}" for warning in seen.warnings)

    def _shares(self, wanted: Wanted) -> list[CalendarShare]:
        points: defaultdict[str, int] = defaultdict(int)
        for point in self._inventory.light_points.values():
            points[wanted.calendar(point)] += 1
        return [
            CalendarShare(
                name=calendar.name,
                title=calendar.title,
                points=points[name],
                programme=calendar.programme_for(wanted.tonight),
            )
            for name, calendar in wanted.light_plan.calendars.items()
        ]

    def _to_write(self, wanted: Wanted) -> int:
        """How many controllers would have to be given something else than they hold, or should hold, now."""
        now = {each.id: each.wanted for each in self._conductor.holdings}
        then = Holdings(self._inventory, wanted)
        return sum(each.wanted is not None and each.wanted != now[each.id] for each in then)

    async def _put_in_force(self, proposal: _Proposal, asker: Token, approver: Token | None) -> None:
        """Write a plan down and have it followed.

        Raises:
            BadInput: it cannot be written, or no longer fits the inventory; the former plan stands.
            Refused: the head-end's clock is in doubt.
            Unreachable: the records are away; the former plan stands.
        """
        self._trust.check()
        answer = proposal.answer
        said = [f"{answer.points_changed}", *(f"{each.name} {each.points}" for each in answer.calendars)]
        entry = JournalEntry(
            at=self._clock.now(),
            by=asker.name if approver is None else f"{asker.name}, {approver.name}",
            act=ACT,
            subject=answer.plan,
            text=" · ".join(said),
        )
        proposal.light_plan.calendars_of(self._inventory)  # which may have changed while it waited
        async with self._turn:
            await put_in_place(self._file, proposal.text, before=lambda: self._records.add_journal(entry))
            self._plan.change(proposal.light_plan)
            self._text, self._hash, self._entry = proposal.text, answer.plan, entry
        self._conductor.kick()


def _year_from(tonight: date) -> Sequence[date]:
    return [tonight + timedelta(days=number) for number in range(AHEAD)]


def _why_not(refusals: Sequence[PlanRefusal]) -> str:
    first, controllers = refusals[0], sum(each.controllers for each in refusals)
    more = f"; and {len(refusals) - 1} other reasons, see the dry run" if len(refusals) > 1 else ""
    return f"{controllers} controllers could not follow, nothing was changed: {first.sample[0]}: {first.why}{more}"

"""What waits for a second person: seen from every screen, agreed to or not by another person."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from city.approvals import ApprovalView
from city.errors import FalotierError
from console.acts import act
from console.hostile import clean
from console.i18n import N_
from console.screens.ask import AskReason, AskYes
from console.screens.order_result import OrderResultDialog
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREY, ROLES, VERMILION
from console.widgets.order_told import plan_lines
from console.widgets.painted import fit, spread
from console.widgets.rows import Entry, Rows

RESUMES = "r-"
"""With what the names of requests begin that take lamps back to their programme."""
LOOK_EVERY_S = 2.0
"""How often the head-end is asked while the list is open."""


class ApprovalsDialog(ModalScreen[None]):
    """The requests that wait; Enter agrees after a question, another key says no with a reason."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w", "close", N_("close")),
        Binding("r", "refuse", N_("do not agree")),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = self._session = session
        self._t = session.words.t

    def compose(self) -> ComposeResult:
        """The list, and what the keys do."""
        with Vertical(classes="dialog", id="approvals") as dialog:
            dialog.border_title = self._t("Waiting for a second person")
            dialog.border_subtitle = self._t("⏎ agree · r do not agree · Esc close")
            yield Waiting(self._session)

    def on_mount(self) -> None:
        """Ask what waits, and go on asking."""
        self.query_one(Waiting).focus()
        self._look()
        self.set_interval(LOOK_EVERY_S, self._look)

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        rows = self.query_one(Waiting)
        try:
            rows.show(await self._session.client.approvals())
        except FalotierError as error:
            rows.fail(str(error))

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        self._agree(event.key)

    @act
    def action_refuse(self) -> None:
        """Say no to the one under the cursor."""
        if chosen := self.query_one(Waiting).chosen:
            self._refuse(chosen)

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)

    @act
    @work(exclusive=True, group="decide")
    async def _agree(self, name: str) -> None:
        approval = self.query_one(Waiting).known.get(name)
        if approval is None:
            return
        what = told(self._session, approval)
        question = AskYes(
            self._session, self._t("Agree to this, and have it done now?"), what, self._t("Agree")
        )
        if await self.app.push_screen_wait(question):
            await self._decide(name, None)

    @work(exclusive=True, group="decide")
    async def _refuse(self, approval: ApprovalView) -> None:
        title, what = self._t("Why not?"), told(self._session, approval).plain
        question = AskReason(self._session, title, what, self._t("Do not agree"))
        if reason := await self.app.push_screen_wait(question):
            await self._decide(approval.id, reason)

    async def _decide(self, name: str, reason: str | None) -> None:
        client = self._session.client
        try:
            answer = await (client.approve(name) if reason is None else client.reject(name, reason))
        except FalotierError as error:
            self.app.notify(clean(str(error)), severity="error", markup=False)
        else:
            if answer.order and answer.state == "approved":
                self.app.push_screen(OrderResultDialog(self._session, answer.order))
            else:
                self.app.notify(self._said(answer), markup=False)
        self._look()

    def _said(self, answer: ApprovalView) -> str:
        words = self._session.words
        if answer.state == "rejected":
            return words.t("Not agreed to; nothing was done.")
        return words.t("Agreed to; it is being done.")


def told(session: Session, approval: ApprovalView) -> Text:
    """What is asked for, by whom, and until when it may be agreed to."""
    words = session.words
    points = words.n("{count} light point", "{count} light points", approval.points)
    until = words.t("until {time}", time=words.moment(approval.until, session.city.now or approval.asked_at))
    who = words.t("{name} asks; to be agreed to {until}", name=clean(approval.asked_by), until=until)
    if approval.order is None:
        return Text.assemble(
            (f"{points}\n", f"bold {AMBER}"), (f"{clean(approval.summary)}\n", BRIGHT), (who, GREY)
        )
    order = approval.order
    lines = plan_lines(session, order, resumes=order.id.startswith(RESUMES))
    head = Text(f"{clean(order.reason)}\n", BRIGHT)
    return Text("\n").join([head.append(who, GREY), *lines])


class Waiting(Rows):
    """The requests, two lines each."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="waiting")
        self._session = session
        self._failure = ""
        self._loaded = False
        self.known: dict[str, ApprovalView] = {}

    @property
    def chosen(self) -> ApprovalView | None:
        """The one under the cursor."""
        return self.known.get(self._cursor or "")

    def show(self, approvals: Sequence[ApprovalView]) -> None:
        """What waits now."""
        self.known = {approval.id: approval for approval in approvals}
        self._failure, self._loaded = "", True
        self.repaint()

    def fail(self, why: str) -> None:
        """The head-end does not say; what it said last stays readable."""
        self._failure = why
        self.repaint()

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """Who asks for what, on how many light points, and how long it still waits."""
        del height
        t = self._session.words.t
        if self._failure:
            return [Entry(None, (Text(fit(clean(self._failure), width), VERMILION),)), *self._rows(width)]
        if not self.known:
            text = t("Nothing waits for a second person.") if self._loaded else t("waiting …")
            return [Entry(None, (Text(text, GREY),))]
        return self._rows(width)

    def _rows(self, width: int) -> list[Entry]:
        return [Entry(each.id, self._lines(each, width)) for each in self.known.values()]

    def _lines(self, approval: ApprovalView, width: int) -> tuple[Text, ...]:
        words = self._session.words
        now = self._session.city.now or approval.asked_at
        points = words.n("{count} light point", "{count} light points", approval.points)
        left = words.t("{span} left", span=words.span(max(approval.until - now, now - now)))
        who = words.t(
            "{name}; needs another {role}", name=clean(approval.asked_by), role=words.t(ROLES[approval.role])
        )
        what = clean(approval.summary)
        if order := approval.order:
            level = (
                words.t("their programme") if order.id.startswith(RESUMES) else words.percent(order.level_pct)
            )
            what, who = f"{level} · {clean(order.selector)}", f"{clean(order.reason)} · {who}"
        return (
            spread(Text(f"◔ {what}", BRIGHT), Text(points, AMBER), width),
            spread(Text(f"  {who}", GREY), Text(left, GREY), width),
        )

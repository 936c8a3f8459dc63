"""The order dialog: what, where, how long and why, with what it would change before it is done, and what came of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Button, Input, Select

from city.messages import LightPointView, OrderRequest, OrderView
from console.decisions import tell_decision
from console.hostile import clean
from console.i18n import N_
from console.order_form import read_duration, read_level
from console.orders import Answer, ask, follow, lamps_selector, must_be_typed
from console.screens.examined import USUAL_DURATION, ExaminedDialog
from console.screens.order_result import result_line, tell
from console.session import Session
from console.widgets.order_panel import OrderPanel
from console.widgets.order_progress import OrderProgress


class OrderDialog(ExaminedDialog[OrderRequest, Answer]):
    """Shows what would change before the order is given."""

    FIRST_FIELD = "level"
    EXAMINING = N_("Asking what would change …")
    SENT = N_("Sent. The controllers answer within a few seconds …")

    def __init__(self, session: Session, point: LightPointView, marked: Sequence[str]) -> None:
        super().__init__(session)
        self._scopes = self._all_scopes(point, marked)
        self._number: int | None = None
        """How many light points have to be typed; None where the order is for few."""

    def _all_scopes(self, point: LightPointView, marked: Sequence[str]) -> list[tuple[str, str]]:
        t, n = self._t, self._session.words.n
        scopes = [
            (t("the lamp {id}", id=clean(point.id)), f"lamp:{point.id}"),
            (t("the circuit {id}", id=clean(point.circuit)), f"circuit:{point.circuit}"),
            (t("the cabinet {id}", id=clean(point.cabinet)), f"cabinet:{point.cabinet}"),
            (t("the sector {name}", name=clean(point.sector)), f"sector:{point.sector}"),
        ]
        if marked:
            several = n("the {count} marked lamp", "the {count} marked lamps", len(marked))
            scopes.insert(0, (several, lamps_selector(marked)))
        return scopes

    def compose(self) -> ComposeResult:
        """The form, what it would change, what came of it, and the buttons."""
        t = self._t
        scopes = [(Text(label), number) for number, (label, _) in enumerate(self._scopes)]
        scope = Select(scopes, value=0, allow_blank=False, id="scope", compact=True)
        level = self.line("level", "50", t("0 to 100 %, or p: back to the programme"))
        with Vertical(classes="dialog", id="order") as dialog:
            dialog.border_title = t("Override")
            yield from self.field(t("On"), scope)
            yield from self.field(t("Level"), level)
            yield from self.field(t("For"), self.line("duration", USUAL_DURATION, t("2h, 90m, 1h30")))
            yield from self.field(t("Reason"), self.line("reason", "", t("works, event, complaint …")))
            yield from self.field(t("How many"), self.line("number", "", ""))
            yield OrderPanel(self._session)
            yield OrderProgress(self._session)
            yield from self.buttons(t("Give the order"))

    def on_mount(self) -> None:
        """Neither a number nor a result yet."""
        self.query_one("#field-number").display = False
        self.query_one(OrderProgress).display = False

    @property
    def panel(self) -> OrderPanel:
        """Where it is shown."""
        return self.query_one(OrderPanel)

    def request(self, reason: str, *, dry_run: bool) -> OrderRequest:
        """The form as a request. Raises BadInput with a message id where a field cannot be read."""
        chosen = self.query_one("#scope", Select).value
        return OrderRequest(
            selector=self._scopes[chosen if isinstance(chosen, int) else 0][1],
            level_pct=read_level(self.query_one("#level", Input).value),
            for_s=read_duration(self.query_one("#duration", Input).value) / timedelta(seconds=1),
            reason=reason,
            dry_run=dry_run,
        )

    async def ask(self, request: OrderRequest) -> Answer:
        """Give it, or only ask what it would change; what was given last can be undone."""
        answer = await ask(self._session.client, request)
        if answer.order and not request.dry_run:
            self._session.last_order = answer.order
        return answer

    def may_go_on(self, answer: Answer) -> bool:
        """Whether the head-end would take it; of many light points the number has to be typed first."""
        order = answer.order
        self._number = order.points if order and must_be_typed(order) else None
        field = self.query_one("#number", Input)
        self.query_one("#field-number").display = self._number is not None
        if self._number is not None:
            count = self._session.words.number(self._number)
            field.placeholder = self._t("type {count}, the number of light points", count=count)
        return order is not None

    def is_sure(self) -> bool:
        """Whether the number was typed, where it has to be."""
        typed = "".join(each for each in self.query_one("#number", Input).value if each.isdigit())
        return self._number is None or typed == str(self._number)

    async def carry_out(self, request: OrderRequest) -> None:
        """Give it, and show who confirms, until all have or nobody is expected to any more."""
        answer = await self.ask(request)
        given = answer.order
        if given is None or answer.waits:
            self.show_result(answer)
            if given:
                self.app.run_worker(tell_decision(self.app, self._session, given), group="decision")
            return
        order = given
        async for order in follow(self._session.client, given):
            self._show_progress(order, over=False)
        self._show_progress(order, over=True)
        if not self.is_open():
            tell(self.app, self._session, order)

    def _show_progress(self, order: OrderView, *, over: bool) -> None:
        if not self.is_open():
            return
        progress = self.query_one(OrderProgress)
        for form in self.query(".field, #plan"):
            form.display = False
        progress.display = True
        progress.show(order, over=over)
        if over and progress.has_names and self.focused is self.query_one("#cancel", Button):
            progress.focus()

    def result(self, answer: Answer) -> tuple[str, Literal["error", "information"]]:
        """What came of it in one line."""
        if answer.order is None:
            return clean(answer.failure), "error"
        if answer.waits:
            return self._t("Waits for a second person; nothing is sent yet."), "information"
        return result_line(self._session, answer.order), "information"

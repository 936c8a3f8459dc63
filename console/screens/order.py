"""The order dialog: what, where, how long and why, with what it would change before it is done."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Select

from city.messages import LightPointView, OrderRequest
from console.hostile import clean
from console.i18n import N_
from console.order_form import read_duration, read_level
from console.orders import Answer, ask
from console.screens.examined import USUAL_DURATION, ExaminedDialog
from console.session import Session
from console.widgets.order_panel import OrderPanel


class OrderDialog(ExaminedDialog[OrderRequest, Answer]):
    """Shows what would change before the order is given."""

    FIRST_FIELD = "level"
    EXAMINING = N_("Asking what would change …")
    SENT = N_("Sent. The controllers answer within a few seconds …")

    def __init__(self, session: Session, point: LightPointView, marked: Sequence[str]) -> None:
        super().__init__(session)
        self._scopes = self._all_scopes(point, marked)

    def _all_scopes(self, point: LightPointView, marked: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        t, n = self._t, self._session.words.n
        scopes: list[tuple[str, tuple[str, ...]]] = [
            (t("the lamp {id}", id=clean(point.id)), (f"lamp:{point.id}",)),
            (t("the circuit {id}", id=clean(point.circuit)), (f"circuit:{point.circuit}",)),
            (t("the cabinet {id}", id=clean(point.cabinet)), (f"cabinet:{point.cabinet}",)),
            (t("the sector {name}", name=clean(point.sector)), (f"sector:{point.sector}",)),
        ]
        if marked:
            several = n("the {count} marked lamp", "the {count} marked lamps", len(marked))
            scopes.insert(0, (several, tuple(f"lamp:{lamp}" for lamp in marked)))
        return scopes

    def compose(self) -> ComposeResult:
        """The form, what it would change, and the buttons."""
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
            yield OrderPanel(self._session)
            yield from self.buttons(t("Give the order"))

    @property
    def panel(self) -> OrderPanel:
        """Where it is shown."""
        return self.query_one(OrderPanel)

    @property
    def _selectors(self) -> tuple[str, ...]:
        chosen = self.query_one("#scope", Select).value
        return self._scopes[chosen if isinstance(chosen, int) else 0][1]

    def request(self, reason: str, *, dry_run: bool) -> OrderRequest:
        """The form as a request. Raises BadInput with a message id where a field cannot be read."""
        return OrderRequest(
            selector=self._selectors[0],
            level_pct=read_level(self.query_one("#level", Input).value),
            for_s=read_duration(self.query_one("#duration", Input).value) / timedelta(seconds=1),
            reason=reason,
            dry_run=dry_run,
        )

    async def ask(self, request: OrderRequest) -> Answer:
        """Give it, or only ask what it would change; what was given last can be undone."""
        answer = await ask(self._session.client, self._selectors, request)
        if answer.orders and not request.dry_run:
            self._session.last_orders = answer.orders
        return answer

    def may_go_on(self, answer: Answer) -> bool:
        """Whether the head-end would take it."""
        return bool(answer.orders) and not answer.failures

    def result(self, answer: Answer) -> tuple[str, Literal["error", "information"]]:
        """What came of it in one line."""
        return result_line(self._session, answer), "information"


def result_line(session: Session, answer: Answer) -> str:
    """The result of an order in one line."""
    words = session.words
    if answer.waiting:
        return words.t("Waits for a second person; nothing is sent yet.")
    if not answer.orders:
        return clean(answer.failures[0]) if answer.failures else words.t("Nothing was ordered.")
    return words.t(
        "{confirmed} of {points} controllers confirm",
        confirmed=words.number(answer.confirmed),
        points=words.number(answer.points),
    )

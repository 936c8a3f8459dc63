"""The order dialog: what, where, how long and why, with what it would change before it is done."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select

from city.errors import BadInput
from city.messages import LightPointView, OrderRequest
from console.hostile import clean
from console.i18n import N_
from console.order_form import read_duration, read_level
from console.orders import Answer, ask
from console.session import Session
from console.widgets.order_panel import OrderPanel

EXAMINE_AFTER_S = 0.4
"""How long the typing must rest before the head-end is asked what would change."""
USUAL_DURATION = "2h"
LONGEST_REASON = 200
"""As the head-end takes them."""


class OrderDialog(ModalScreen[None]):
    """Asks, shows what would change, and only then gives the order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        # Before the fields see it, so that what is typed ahead lands in the next field.
        Binding("enter", "advance", N_("next field"), show=False, priority=True),
    ]

    def __init__(self, session: Session, point: LightPointView, marked: Sequence[str]) -> None:
        super().__init__()
        self._session = session
        self._t = session.words.t
        self._scopes = self._all_scopes(point, marked)
        self._timer: Timer | None = None
        self._examined: OrderRequest | None = None
        """The form as it was when the head-end said what it would change; None since it was touched."""

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
        with Vertical(classes="dialog", id="order") as dialog:
            dialog.border_title = t("Override")
            yield from self._field(t("On"), self._scope_select())
            yield from self._field(
                t("Level"), self._input("level", "50", t("0 to 100 %, or p: back to the programme"))
            )
            yield from self._field(t("For"), self._input("duration", USUAL_DURATION, t("2h, 90m, 1h30")))
            yield from self._field(t("Reason"), self._input("reason", "", t("works, event, complaint …")))
            yield OrderPanel(self._session)
            with Horizontal(classes="buttons"):
                yield Button(t("Cancel"), id="cancel", compact=True)
                yield Button(
                    t("Give the order"), id="confirm", variant="warning", compact=True, disabled=True
                )

    @staticmethod
    def _field(label: str, widget: Select[int] | Input) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(Text(label))
            yield widget

    def _scope_select(self) -> Select[int]:
        options = [(Text(label), number) for number, (label, _) in enumerate(self._scopes)]
        return Select(options, value=0, allow_blank=False, id="scope", compact=True)

    @staticmethod
    def _input(name: str, value: str, hint: str) -> Input:
        line = Input(value, placeholder=hint, id=name, max_length=LONGEST_REASON, compact=True)
        line.cursor_blink = False
        return line

    def on_mount(self) -> None:
        """Start with the level; say at once what the form as it stands would change."""
        self.query_one("#level", Input).focus()
        self._touched()

    # -- reading the form ----------------------------------------------------------------------------------

    @property
    def _selectors(self) -> tuple[str, ...]:
        chosen = self.query_one("#scope", Select).value
        return self._scopes[chosen if isinstance(chosen, int) else 0][1]

    def _request(self, *, dry_run: bool) -> OrderRequest:
        """The form as a request.

        Raises:
            BadInput: a field cannot be read; the message is a message id.
        """
        reason = self.query_one("#reason", Input).value.strip()
        if not reason and not dry_run:
            raise BadInput(N_("Reason: say why, for those who come after"))
        return OrderRequest(
            selector=self._selectors[0],
            level_pct=read_level(self.query_one("#level", Input).value),
            for_s=read_duration(self.query_one("#duration", Input).value) / timedelta(seconds=1),
            reason=reason or "?",
            dry_run=dry_run,
        )

    # -- what would change ---------------------------------------------------------------------------------

    @on(Input.Changed, "#level, #duration")
    @on(Select.Changed)
    def _touched(self) -> None:
        """What was examined is no longer what stands in the form."""
        self._examined = None
        self.query_one("#confirm", Button).disabled = True
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(EXAMINE_AFTER_S, self._examine)

    @work(exclusive=True, group="examine")
    async def _examine(self) -> None:
        panel = self.query_one(OrderPanel)
        try:
            request = self._request(dry_run=True)
        except BadInput as error:
            panel.show_hint(self._t(str(error)))
            return
        panel.show_hint(self._t("Asking what would change …"))
        answer = await ask(self._session.client, self._selectors, request)
        if not self.is_attached:
            return
        panel.show_plan(request, answer)
        self._examined = request if answer.orders and not answer.failures else None
        self.query_one("#confirm", Button).disabled = self._examined is None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter opens the list of scopes and presses buttons as ever."""
        del parameters
        return isinstance(self.focused, Input) if action == "advance" else True

    def action_advance(self) -> None:
        """Enter leads from field to field, then to Cancel: never to the order itself."""
        if self.focused and self.focused.id == "reason":
            self.set_focus(self.query_one("#cancel", Button))
        else:
            self.focus_next()

    # -- giving it -----------------------------------------------------------------------------------------

    @on(Button.Pressed, "#confirm")
    def _confirm(self) -> None:
        try:
            request = self._request(dry_run=False)
        except BadInput as error:
            self.query_one(OrderPanel).show_hint(self._t(str(error)))
            self.query_one("#reason", Input).focus()
            return
        if self._examined is None:
            return
        for field in self.query("Input, Select"):
            field.disabled = True
        self.query_one("#confirm", Button).display = False
        cancel = self.query_one("#cancel", Button)
        cancel.label = self._t("Close")
        cancel.focus()
        self.query_one(OrderPanel).show_hint(self._t("Sent. The controllers answer within a few seconds …"))
        # A worker of the application: closing the dialog must not lose the order half-way.
        self.app.run_worker(self._give(request, self._selectors), group="order")

    async def _give(self, request: OrderRequest, selectors: Sequence[str]) -> None:
        answer = await ask(self._session.client, selectors, request)
        if answer.orders:
            self._session.last_orders = answer.orders
        if self.is_attached:
            self.query_one(OrderPanel).show_result(answer)
        else:
            self.app.notify(result_line(self._session, answer), timeout=8, markup=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close; an order that was given stands."""
        self.dismiss(None)


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

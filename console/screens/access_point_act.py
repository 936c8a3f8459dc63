"""The dialog of acts on an access point: what, for how long, why, and who would lose the network."""

from datetime import timedelta
from typing import ClassVar, Literal

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select

from city.access_points import ActKind, ActRequest, ActView
from city.errors import BadInput, FalotierError
from city.wifi_views import AccessPointView
from console.hostile import clean
from console.i18n import N_
from console.order_form import read_duration
from console.session import Session
from console.vocabulary import WIFI_ACTS
from console.widgets.act_panel import ActPanel, Answer, result_line
from console.widgets.wifi_tree import radio_name

EXAMINE_AFTER_S = 0.4
"""How long the typing must rest before the head-end is asked what it would mean."""
USUAL_DURATION = "2h"
LONGEST_REASON = 200
"""As the head-end takes them."""


class ActDialog(ModalScreen[None]):
    """Asks, shows what it would mean, and only then has it done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        # Before the fields see it, so that what is typed ahead lands in the next field.
        Binding("enter", "advance", N_("next field"), show=False, priority=True),
    ]

    def __init__(self, session: Session, view: AccessPointView, radio: str) -> None:
        """``radio``: the one that the cursor is on, by its whole id; empty for the access point."""
        super().__init__()
        self._session = session
        self._t = session.words.t
        self._view = view
        self._targets = ["", *(radio_name(each.id) for each in view.radios)]
        name = radio_name(radio) if radio else ""
        self._first = self._targets.index(name) if name in self._targets else 0
        self._timer: Timer | None = None
        self._examined: ActRequest | None = None
        """The form as it was when the head-end said what it would mean; None since it was touched."""

    def compose(self) -> ComposeResult:
        """The form, what it would mean, and the buttons."""
        t = self._t
        with Vertical(classes="dialog", id="act") as dialog:
            dialog.border_title = t("Act on an access point")
            yield from self._field(t("On"), self._target_select())
            yield from self._field(t("Do"), self._act_select())
            yield from self._field(t("For"), self._input("duration", USUAL_DURATION, t("2h, 90m, 1h30")))
            yield from self._field(t("Reason"), self._input("reason", "", t("works, complaint, fault …")))
            yield ActPanel(self._session, self._view)
            with Horizontal(classes="buttons"):
                yield Button(t("Cancel"), id="cancel", compact=True)
                yield Button(t("Do it"), id="confirm", variant="warning", compact=True, disabled=True)

    @staticmethod
    def _field(label: str, widget: Select[int] | Select[ActKind] | Input) -> ComposeResult:
        with Horizontal(classes="field", id=f"field-{widget.id}"):
            yield Label(Text(label))
            yield widget

    def _target_select(self) -> Select[int]:
        t, name = self._t, clean(self._view.id)
        labels = [
            t("radio {radio} of {name}", radio=clean(radio), name=name)
            if radio
            else t("the access point {name}", name=name)
            for radio in self._targets
        ]
        options = [(Text(label), number) for number, label in enumerate(labels)]
        return Select(options, value=self._first, allow_blank=False, id="target", compact=True)

    def _act_select(self) -> Select[ActKind]:
        options = [(Text(self._t(word)), act) for act, word in WIFI_ACTS.items()]
        first = ActKind.DISABLE if self._first else ActKind.RESTART
        return Select(options, value=first, allow_blank=False, id="does", compact=True)

    @staticmethod
    def _input(name: str, value: str, hint: str) -> Input:
        line = Input(value, placeholder=hint, id=name, max_length=LONGEST_REASON, compact=True)
        line.cursor_blink = False
        return line

    def on_mount(self) -> None:
        """Start with the reason, which alone is not there yet; say at once what the form as it stands would mean."""
        self.query_one("#reason", Input).focus()
        self._touched()

    # -- reading the form ----------------------------------------------------------------------------------

    @property
    def _does(self) -> ActKind:
        chosen = self.query_one("#does", Select).value
        return chosen if isinstance(chosen, ActKind) else ActKind.RESTART

    @property
    def _radio(self) -> str:
        chosen = self.query_one("#target", Select).value
        return self._targets[chosen if isinstance(chosen, int) else 0]

    def _request(self, *, dry_run: bool) -> ActRequest:
        """The form as a request.

        Raises:
            BadInput: a field cannot be read; the message is a message id.
        """
        reason = self.query_one("#reason", Input).value.strip()
        if not reason and not dry_run:
            raise BadInput(N_("Reason: say why, for those who come after"))
        lasts = None
        if self._does is ActKind.DISABLE:
            lasts = read_duration(self.query_one("#duration", Input).value) / timedelta(seconds=1)
        return ActRequest(
            does=self._does, radio=self._radio, reason=reason or "?", dry_run=dry_run, for_s=lasts
        )

    # -- what it would mean --------------------------------------------------------------------------------

    @on(Input.Changed, "#duration")
    @on(Select.Changed)
    def _touched(self) -> None:
        """What was examined is no longer what stands in the form."""
        self._examined = None
        self.query_one("#confirm", Button).disabled = True
        self.query_one("#field-duration").display = self._does is ActKind.DISABLE
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(EXAMINE_AFTER_S, self._examine)

    @work(exclusive=True, group="examine")
    async def _examine(self) -> None:
        panel = self.query_one(ActPanel)
        try:
            request = self._request(dry_run=True)
        except BadInput as error:
            panel.show_hint(self._t(str(error)))
            return
        panel.show_hint(self._t("Asking what it would mean …"))
        answer = await self._ask(request)
        if not self.is_attached:
            return
        panel.show_plan(request, answer)
        self._examined = request if isinstance(answer, ActView) else None
        self.query_one("#confirm", Button).disabled = self._examined is None

    async def _ask(self, request: ActRequest) -> Answer:
        """Have it done, or only told what it would mean; a failure is an answer too."""
        try:
            return await self._session.client.act(self._view.id, request)
        except FalotierError as error:
            return error

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter opens the lists and presses buttons as ever."""
        del parameters
        return isinstance(self.focused, Input) if action == "advance" else True

    def action_advance(self) -> None:
        """Enter leads from field to field, then to Cancel: never to the act itself."""
        if self.focused and self.focused.id == "reason":
            self.set_focus(self.query_one("#cancel", Button))
        else:
            self.focus_next()

    # -- having it done ------------------------------------------------------------------------------------

    @on(Button.Pressed, "#confirm")
    def _confirm(self) -> None:
        try:
            request = self._request(dry_run=False)
        except BadInput as error:
            self.query_one(ActPanel).show_hint(self._t(str(error)))
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
        self.query_one(ActPanel).show_hint(self._t("Sent. The access point answers within a few seconds …"))
        # A worker of the application: closing the dialog must not lose the act half-way.
        self.app.run_worker(self._act(request), group="act")

    async def _act(self, request: ActRequest) -> None:
        answer = await self._ask(request)
        panel = self.query_one(ActPanel) if self.is_attached else None
        if panel:
            panel.show_result(answer)
        else:
            severity: Literal["error", "information"] = (
                "error" if isinstance(answer, FalotierError) else "information"
            )
            self.app.notify(result_line(self._session, answer), severity=severity, timeout=8, markup=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close; what was sent stands."""
        self.dismiss(None)

"""A dialog whose form is examined while it is filled in: what it would mean is seen before it is done."""

from abc import abstractmethod
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select

from city.errors import BadInput
from console.i18n import N_
from console.session import Session

SHORT: list[tuple[int, str]] = [(0, "short"), (22, "tall")]
"""From so many rows on, a dialog has room for all that it has to say."""
EXAMINE_AFTER_S = 0.4
"""How long the typing must rest before the head-end is asked what it would mean."""
USUAL_DURATION = "2h"
LONGEST_REASON = 200
"""As the head-end takes them."""
SURE = "number"
"""The field in which somebody says that it is meant."""
NOT_EXAMINED = frozenset({"reason", SURE})
"""Fields that change nothing of what it would mean."""
NO_REASON = "?"
"""Stands for a reason that is not written yet while the head-end is only asked what it would mean."""

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")
_Wanted = TypeVar("_Wanted", contravariant=True)  # noqa: PLC0105 - as the others
_Told = TypeVar("_Told", contravariant=True)  # noqa: PLC0105


class Panel(Protocol[_Wanted, _Told]):
    """Where it stands what the form would mean."""

    def show_hint(self, text: str) -> None:
        """One line: what is wrong with the form, or what is going on."""

    def show_plan(self, request: _Wanted, answer: _Told) -> None:
        """What it would mean."""

    def show_result(self, answer: _Told) -> None:
        """What came of it."""


class ExaminedDialog(ModalScreen[None], Generic[_Request, _Answer]):
    """Asks, shows what it would mean, and only then has it done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        # Before the fields see it, so that what is typed ahead lands in the next field.
        Binding("enter", "advance", N_("next field"), show=False, priority=True),
    ]
    VERTICAL_BREAKPOINTS = SHORT
    FIRST_FIELD: ClassVar[str]
    """The id of the field that wants the keys first."""
    EXAMINING: ClassVar[str]
    SENT: ClassVar[str]
    """Message ids of what is said meanwhile."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._t = session.words.t
        self._timer: Timer | None = None
        self._examined: _Request | None = None
        """The form as it was when the head-end said what it would mean; None since it was touched."""

    # -- what each kind says for itself ----------------------------------------------------------------------

    @property
    @abstractmethod
    def panel(self) -> Panel[_Request, _Answer]:
        """Where it is shown."""

    @abstractmethod
    def request(self, reason: str, *, dry_run: bool) -> _Request:
        """The form as a request. Raises BadInput with a message id where a field cannot be read."""

    @abstractmethod
    async def ask(self, request: _Request) -> _Answer:
        """Have it done, or only told what it would mean; a failure is an answer too."""

    @abstractmethod
    def may_go_on(self, answer: _Answer) -> bool:
        """Whether what was examined can be done."""

    @abstractmethod
    def result(self, answer: _Answer) -> tuple[str, Literal["error", "information"]]:
        """What came of it in one line, for when the dialog is closed already."""

    def form_changed(self) -> None:
        """The form is not as it was."""

    def is_sure(self) -> bool:
        """Whether what else has to be typed before it is done was typed."""
        return True

    # -- fields ----------------------------------------------------------------------------------------------

    @staticmethod
    def field(label: str, widget: Select[Any] | Input) -> ComposeResult:
        """A line of the form."""
        with Horizontal(classes="field", id=f"field-{widget.id}"):
            yield Label(Text(label))
            yield widget

    @staticmethod
    def line(name: str, value: str, hint: str) -> Input:
        """A field to type into."""
        line = Input(value, placeholder=hint, id=name, max_length=LONGEST_REASON, compact=True)
        line.cursor_blink = False
        return line

    def buttons(self, confirm: str) -> ComposeResult:
        """To leave, and to have it done."""
        with Horizontal(classes="buttons"):
            yield Button(self._t("Cancel"), id="cancel", compact=True)
            yield Button(confirm, id="confirm", variant="warning", compact=True, disabled=True)

    def on_mount(self) -> None:
        """Say at once what the form as it stands would mean."""
        self.query_one(f"#{self.FIRST_FIELD}", Input).focus()
        self._form_touched()

    # -- what it would mean ------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.id not in NOT_EXAMINED:
            self._form_touched()
        elif event.input.id == SURE:
            self._allow()

    @on(Select.Changed)
    def _form_touched(self) -> None:
        """What was examined is no longer what stands in the form."""
        self._examined = None
        self.query_one("#confirm", Button).disabled = True
        self.form_changed()
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(EXAMINE_AFTER_S, self._examine)

    @work(exclusive=True, group="examine")
    async def _examine(self) -> None:
        if not self.is_open():
            return
        try:
            request = self.request(self._reason or NO_REASON, dry_run=True)
        except BadInput as error:
            self.panel.show_hint(self._t(str(error)))
            return
        self.panel.show_hint(self._t(self.EXAMINING))
        answer = await self.ask(request)
        if not self.is_open():
            return
        self.panel.show_plan(request, answer)
        self._examined = request if self.may_go_on(answer) else None
        self._allow()

    def _allow(self) -> None:
        self.query_one("#confirm", Button).disabled = self._examined is None or not self.is_sure()

    def is_open(self) -> bool:
        """Whether it may still be painted on: one that was closed loses its parts before it is detached itself."""
        return self in self.app.screen_stack

    def _filled_in(self) -> _Request:
        if not self._reason:
            raise BadInput(N_("Reason: say why, for those who come after"))
        return self.request(self._reason, dry_run=False)

    @property
    def _reason(self) -> str:
        return self.query_one("#reason", Input).value.strip()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter opens lists and presses buttons as ever."""
        del parameters
        return isinstance(self.focused, Input) if action == "advance" else True

    def action_advance(self) -> None:
        """Enter leads from field to field, then to Cancel: never to the deed itself."""
        here = self.focused.id if self.focused else None
        sure = self.query(f"#field-{SURE}")
        if here == SURE or (here == "reason" and not any(each.display for each in sure)):
            self.set_focus(self.query_one("#cancel", Button))
        else:
            self.focus_next()

    # -- having it done ----------------------------------------------------------------------------------------

    @on(Button.Pressed, "#confirm")
    def _confirm(self) -> None:
        try:
            request = self._filled_in()
        except BadInput as error:
            self.panel.show_hint(self._t(str(error)))
            self.query_one("#reason", Input).focus()
            return
        if self._examined is None or not self.is_sure():
            return
        for field in self.query("Input, Select"):
            field.disabled = True
        self.query_one("#confirm", Button).display = False
        cancel = self.query_one("#cancel", Button)
        cancel.label = self._t("Close")
        cancel.focus()
        self.panel.show_hint(self._t(self.SENT))
        # A worker of the application: closing the dialog must not lose the deed half-way.
        self.app.run_worker(self.carry_out(request), group="deed")

    async def carry_out(self, request: _Request) -> None:
        """Have it done, and say what came of it."""
        self.show_result(await self.ask(request))

    def show_result(self, answer: _Answer) -> None:
        """In the dialog, or in one line where it is closed already."""
        text, severity = self.result(answer)
        if self.is_open():
            self.panel.show_result(answer)
        else:
            self.app.notify(text, severity=severity, timeout=8, markup=False)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Close; what was sent stands."""
        self.dismiss(None)

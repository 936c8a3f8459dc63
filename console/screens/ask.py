"""Small dialogs: something to type, most often a reason, and a question with the focus on "no"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Static

from console.i18n import N_
from console.screens.examined import SHORT
from console.session import Session

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be typed."""

    hint: str = N_("Reason")
    longest: int = LONGEST_REASON
    value: str = ""
    """What stands there at first."""
    known: Sequence[str] = ()
    """What is offered while one types; the right arrow takes it."""
    may_be_empty: bool = False
    is_harmless: bool = False
    """Enter leads to the act, not to Cancel."""


REASON = Line()


class AskReason(ModalScreen[str | None]):
    """Asks why, or for another line; answers what was typed, or None when somebody thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        Binding("enter", "advance", N_("next field"), show=False, priority=True),
    ]

    def __init__(
        self, session: Session, title: str, what: str, yes: str | None = None, line: Line = REASON
    ) -> None:
        super().__init__()
        self._words = session.words
        self._line = line
        self._title = title
        self._what = what
        self._yes = yes or session.words.t("Dismiss")

    def compose(self) -> ComposeResult:
        """What is asked about, the reason, and two buttons."""
        t = self._words.t
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            yield Static(Text(self._what))
            line = self._line
            reason = Input(
                line.value,
                placeholder=t(line.hint),
                id="reason",
                max_length=line.longest,
                suggester=SuggestFromList(line.known, case_sensitive=False) if line.known else None,
                compact=True,
            )
            reason.cursor_blink = False
            yield reason
            with Horizontal(classes="buttons"):
                yield Button(t("Cancel"), id="cancel", compact=True)
                yield Button(
                    self._yes,
                    id="confirm",
                    variant="warning",
                    compact=True,
                    disabled=not self._may(line.value),
                )

    def on_mount(self) -> None:
        """A reason must be typed before anything can happen: the focus is there."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#confirm", Button).disabled = not self._may(event.value)

    def _may(self, value: str) -> bool:
        return bool(value.strip()) or self._line.may_be_empty

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter presses buttons as ever."""
        del parameters
        return isinstance(self.focused, Input) if action == "advance" else True

    def action_advance(self) -> None:
        """Enter leads to Cancel, never to the act itself; to the act's button where it harms nobody."""
        if self._may(self.query_one(Input).value):
            self.set_focus(self.query_one("#confirm" if self._line.is_harmless else "#cancel", Button))

    @on(Button.Pressed, "#confirm")
    def _confirmed(self) -> None:
        typed = self.query_one(Input).value.strip()
        self.dismiss(typed if self._may(typed) else None)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)


class AskYes(ModalScreen[bool]):
    """Asks before something is done; the focus is on "no"."""

    VERTICAL_BREAKPOINTS = SHORT
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, session: Session, title: str, what: Text, yes: str, no: str | None = None) -> None:
        super().__init__()
        self._words = session.words
        self._title = title
        self._what = what
        self._yes = yes
        self._no = no or session.words.t("Cancel")

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            with VerticalScroll(classes="told", can_focus=False):
                yield Static(self._what)
            with Horizontal(classes="buttons"):
                yield Button(self._no, id="cancel", compact=True)
                yield Button(self._yes, id="confirm", variant="warning", compact=True)

    def on_mount(self) -> None:
        """A careless Enter changes nothing."""
        self.query_one("#cancel", Button).focus()

    @on(Button.Pressed, "#confirm")
    def _confirmed(self) -> None:
        self.dismiss(result=True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(result=False)

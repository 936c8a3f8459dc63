"""What becomes of a draft when its writer leaves."""

from typing import ClassVar, Literal

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from console.i18n import N_, Words

Choice = Literal["keep", "discard", "stay"]


class LeaveDraft(ModalScreen[Choice]):
    """Keep it for later, throw it away, or go on writing; the focus is on going on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", N_("go on writing")),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._t = words.t

    def compose(self) -> ComposeResult:
        """The question and three buttons."""
        t = self._t
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = t("The draft is not deployed")
            yield Static(Text(t("Kept, it is there again the next time, on this computer.")))
            with Horizontal(classes="buttons"):
                yield Button(t("Go on writing"), id="stay", compact=True)
                yield Button(t("Keep"), id="keep", compact=True)
                yield Button(t("Throw away"), id="discard", variant="warning", compact=True)

    def on_mount(self) -> None:
        """A careless Enter loses nothing."""
        self.query_one("#stay", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        choices: dict[str | None, Choice] = {"keep": "keep", "discard": "discard"}
        self.dismiss(choices.get(event.button.id, "stay"))

    def action_stay(self) -> None:
        """Change nothing."""
        self.dismiss("stay")

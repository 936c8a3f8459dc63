"""Asks whether a console that is only to be read shall be armed. That alone changes nothing in the city."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from console.i18n import N_
from console.session import Session


class ArmDialog(ModalScreen[bool]):
    """Enter arms and goes on to what was asked for, which asks in its turn where it is dangerous."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", N_("cancel")),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        t, minutes = self._session.words.t, self._session.arming.minutes
        with Vertical(classes="dialog", id="arm") as dialog:
            dialog.border_title = t("Console read-only")
            yield Static(
                t(
                    "Arm it for {minutes} min and go on? Arming alone changes nothing in the city.",
                    minutes=minutes,
                ),
                markup=False,
            )
            with Horizontal(classes="buttons"):
                yield Button(t("Stay read-only"), id="cancel", compact=True)
                yield Button(t("Arm and go on"), id="confirm", variant="warning", compact=True)

    def on_mount(self) -> None:
        """Enter arms and goes on: what is dangerous has a question of its own, with the focus on its own Cancel."""
        self.query_one("#confirm", Button).focus()

    @on(Button.Pressed, "#confirm")
    def _arm(self) -> None:
        self._session.arming.arm()
        self.dismiss(result=True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Leave it as it is."""
        self.dismiss(result=False)

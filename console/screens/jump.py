"""Jumping: a letter on every panel that takes keys; typing it goes there."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from console.i18n import N_

LETTERS = "asdfghjklqwertyuiop"
"""Those under the fingers first."""


class JumpDialog(ModalScreen[Widget | None]):
    """Lies over the screen with the letters; any other key takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,semicolon", "leave", N_("stay here"))]

    def __init__(self, panels: Sequence[Widget]) -> None:
        super().__init__()
        self._panels: Mapping[str, Widget] = dict(zip(LETTERS, panels, strict=False))

    def compose(self) -> ComposeResult:
        """Each letter in the corner of its panel, where the title begins."""
        for letter, panel in self._panels.items():
            label = Static(f" {letter} ", classes="jump", markup=False)
            label.styles.offset = panel.region.offset
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go to the panel of a letter."""
        if event.key in {"escape", "semicolon"}:
            return
        event.stop()
        self.dismiss(self._panels.get(event.key))

    def on_click(self, event: events.Click) -> None:
        """Go to the panel that was clicked."""
        x, y = event.screen_offset
        self.dismiss(next((each for each in self._panels.values() if each.region.contains(x, y)), None))

    def action_leave(self) -> None:
        """Stay where one is."""
        self.dismiss(None)

"""Help: the keys of the screen below, read from its own bindings."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from console.acts import is_act
from console.i18n import N_
from console.screens.welcome import first_lines
from console.session import Session
from console.vocabulary import (
    AMBER,
    BRIGHT,
    GREY,
    LAMP_SIGNS,
    LOCKED,
    PROBABLE,
    REOPENED,
    TICKETS,
    WIFI_SIGNS,
    Sign,
)
from console.widgets.frame_lines import key_name
from console.widgets.incident_columns import TICKET_SIGNS

OURS = "console."
KEY_WIDTH = 20


class HelpDialog(ModalScreen[None]):
    """Every key that works on the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", N_("close")),
    ]

    def __init__(self, session: Session, bindings: dict[str, ActiveBinding]) -> None:
        super().__init__()
        self._words = session.words
        self._read_only = session.read_only
        self._keys = bindings

    def compose(self) -> ComposeResult:
        """What one has to know, the keys of the screen, then those that work everywhere, then the signs."""
        with VerticalScroll(classes="dialog", id="help") as dialog:
            dialog.border_title = self._words.t("Keys")
            yield Static(self._text())

    def _text(self) -> Text:
        t = self._words.t
        everywhere: dict[str, list[str]] = {}
        here: dict[str, list[str]] = {}
        waiting: set[str] = set()
        for key, active in sorted(self._keys.items(), key=lambda item: not item[1].binding.show):
            binding = active.binding
            if not type(active.node).__module__.startswith(OURS) or not binding.description:
                continue
            group = everywhere if type(active.node).__module__ == "console.app" else here
            group.setdefault(t(binding.description), []).append(binding.key_display or key_name(key))
            if self._read_only and is_act(active.node, binding.action):
                waiting.add(t(binding.description))
        text = first_lines(self._words).append("\n")
        for title, group in ((t("Here"), here), (t("Everywhere"), everywhere)):
            text.append(f"{title}\n", f"bold {BRIGHT}")
            for description, keys in group.items():
                waits = description in waiting
                text.append(f"  {' '.join(keys):<{KEY_WIDTH}}", GREY if waits else AMBER)
                text.append(description, GREY if waits else "")
                text.append(f" ◌ {t('A arms')}\n" if waits else "\n", GREY)
            text.append("\n")
        text.append(f"{t('Signs')}\n", f"bold {BRIGHT}")
        tickets = [Sign(symbol, TICKETS[state], colour) for state, (symbol, colour) in TICKET_SIGNS.items()]
        for sign in (*LAMP_SIGNS.values(), LOCKED, PROBABLE, REOPENED, *tickets, *WIFI_SIGNS):
            text.append(f"  {sign.symbol}\u00a0", sign.colour)
            text.append(t(sign.word).replace(" ", "\u00a0"), GREY)
        return text

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)

"""Three lines for somebody who sees the console for the first time."""

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from console.i18n import N_, Words
from console.session import Session
from console.vocabulary import AMBER, BRIGHT

FIRST_LINES: Sequence[tuple[str, str]] = (
    ("1–6", N_("the screens; Ctrl+P goes to a lamp or street by name")),
    ("⏎ / ?", N_("open; filter a list; every key. Esc comes back")),
    ("o u", N_("order, after a look at what it changes; take it back")),
)
"""Keys, and what they are for."""
KEYS_WIDTH = 7


def first_lines(words: Words) -> Text:
    """What one has to know to find the rest."""
    text = Text()
    for keys, told in FIRST_LINES:
        text.append(f"{keys:<{KEYS_WIDTH}}", AMBER)
        text.append(f"{words.t(told)}\n", BRIGHT)
    return text


class WelcomeDialog(ModalScreen[None]):
    """Goes with any key, and does not come back."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._words = session.words

    def compose(self) -> ComposeResult:
        """The lines, and how to be rid of them."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._words.t("Welcome")
            dialog.border_subtitle = self._words.t("any key")
            yield Static(first_lines(self._words))

    def on_key(self, event: events.Key) -> None:
        """Whatever it is, it only closes this."""
        event.stop()
        event.prevent_default()
        self.dismiss(None)

    def on_click(self) -> None:
        """The mouse may as well."""
        self.dismiss(None)

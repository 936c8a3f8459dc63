"""Help: the keys of the screen below, read from its own bindings."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from console.acts import is_act
from console.city_now import plain
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
APPS = frozenset({"console.app", "console.going"})
"""What is bound there works on every screen."""
KEY_WIDTH = 20


class HelpDialog(ModalScreen[None]):
    """Every key that works on the screen below, to be looked for by key or by what it does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", N_("search"), key_display="/"),
        Binding("escape", "back", N_("close")),
        Binding("q,question_mark,enter", "close", N_("close")),
    ]

    def __init__(self, session: Session, bindings: dict[str, ActiveBinding]) -> None:
        super().__init__()
        self._words = session.words
        self._read_only = session.read_only
        self._keys = bindings
        self._waiting: set[str] = set()
        """What can be done once the console is armed."""

    def compose(self) -> ComposeResult:
        """What one has to know, the keys of the screen, then those that work everywhere, then the signs."""
        t = self._words.t
        with Vertical(classes="dialog", id="help") as dialog:
            dialog.border_title = t("Keys")
            dialog.border_subtitle = f"/ {t('search')}"
            line = Input(placeholder=t("a key, or what it does …"), compact=True)
            line.display = False
            line.cursor_blink = False
            yield line
            with VerticalScroll():
                yield Static(self._text())

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def _groups(self, wanted: str) -> list[tuple[str, dict[str, list[str]]]]:
        """What the keys do, with the keys: here, and everywhere; of it what is looked for."""
        t = self._words.t
        everywhere: dict[str, list[str]] = {}
        here: dict[str, list[str]] = {}
        for key, active in sorted(self._keys.items(), key=lambda item: not item[1].binding.show):
            binding = active.binding
            if not type(active.node).__module__.startswith(OURS) or not binding.description:
                continue
            group = everywhere if type(active.node).__module__ in APPS else here
            group.setdefault(t(binding.description), []).append(binding.key_display or key_name(key))
            if self._read_only and is_act(active.node, binding.action):
                self._waiting.add(t(binding.description))
        return [
            (title, {told: keys for told, keys in group.items() if _is_wanted(wanted, told, keys)})
            for title, group in ((t("Here"), here), (t("Everywhere"), everywhere))
        ]

    def _text(self, wanted: str = "") -> Text:
        t = self._words.t
        text = Text() if wanted else first_lines(self._words).append("\n")
        for title, group in self._groups(wanted):
            if not group:
                continue
            text.append(f"{title}\n", f"bold {BRIGHT}")
            for description, keys in group.items():
                waits = description in self._waiting
                text.append(f"  {' '.join(keys):<{KEY_WIDTH}}", GREY if waits else AMBER)
                text.append(description, GREY if waits else "")
                text.append(f" ◌ {t('A arms')}\n" if waits else "\n", GREY)
            text.append("\n")
        if wanted:
            return text or Text(t("No key does this here."), GREY)
        text.append(f"{t('Signs')}\n", f"bold {BRIGHT}")
        tickets = [Sign(symbol, TICKETS[state], colour) for state, (symbol, colour) in TICKET_SIGNS.items()]
        for sign in (*LAMP_SIGNS.values(), LOCKED, PROBABLE, REOPENED, *tickets, *WIFI_SIGNS):
            text.append(f"  {sign.symbol}\u00a0", sign.colour)
            text.append(t(sign.word).replace(" ", "\u00a0"), GREY)
        return text

    def action_search(self) -> None:
        """Let somebody type what is looked for."""
        line = self.query_one(Input)
        line.display = True
        line.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one(Static).update(self._text(event.value.strip()))

    @on(Input.Submitted)
    def _scroll(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VerticalScroll).focus()

    def action_back(self) -> None:
        """First end the search, then go back to the screen."""
        line = self.query_one(Input)
        if not line.display:
            self.action_close()
            return
        line.value = ""
        line.display = False
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)


def _is_wanted(wanted: str, told: str, keys: Sequence[str]) -> bool:
    """By a key as it is written, or by any part of what it does."""
    return not wanted or wanted in keys or plain(wanted) in plain(told)

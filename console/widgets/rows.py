"""A short list of entries of a few lines each, with a cursor: figures, hotspots, incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from console.i18n import N_
from console.key_names import named
from console.vocabulary import AMBER, POINTED
from console.widgets.painted import Painted

LEAD = 1
CURSOR = "▌"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its lines, and the key under which it is chosen (None for a line that is only read)."""

    key: str | None
    lines: tuple[Text, ...]


class Rows(Painted, can_focus=True):
    """Entries one below the other; the cursor shows while it has the focus, and what is below it scrolls in."""

    BINDINGS: ClassVar[list[BindingType]] = named(
        "panel",
        [
            Binding("up,k", "move(-1)", N_("line up"), show=False),
            Binding("down,j", "move(1)", N_("line down"), show=False),
            Binding("left,h", "app.focus_previous", N_("panel before"), show=False),
            Binding("right,l", "app.focus_next", N_("next panel"), show=False),
            Binding("enter", "choose", N_("show")),
        ],
    )

    class Chosen(Message):
        """Somebody wants to see what is behind an entry."""

        def __init__(self, rows: "Rows", key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> "Rows":
            """The list it came from."""
            return self.rows

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._cursor: str | None = None
        self._first = 0
        self._entries: Sequence[Entry] = ()
        self._owners: list[str | None] = []

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """The entries as they should be now."""
        raise NotImplementedError

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """The entries' lines, with the cursor on one of them."""
        self._entries = self.entries(width - 2 * LEAD, height)
        keys = [entry.key for entry in self._entries if entry.key]
        if self._cursor not in keys:
            self._cursor = keys[0] if keys else None
        lines: list[Text] = []
        owners: list[str | None] = []
        for entry in self._entries:
            pointed = self.has_focus and entry.key is not None and entry.key == self._cursor
            for line in entry.lines:
                lines.append(_led(line, width, pointed=pointed))
                owners.append(entry.key)
        self._scroll_to_cursor(owners, height)
        self._owners = owners[self._first :]
        return lines[self._first :]

    def _scroll_to_cursor(self, owners: list[str | None], height: int) -> None:
        self._first = min(self._first, max(0, len(owners) - height))
        mine = [y for y, owner in enumerate(owners) if owner is not None and owner == self._cursor]
        if self.has_focus and mine:
            self._first = min(self._first, mine[0])
            self._first = max(self._first, mine[-1] - height + 1)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        keys = [entry.key for entry in self._entries if entry.key]
        if self._cursor in keys:
            self._cursor = keys[max(0, min(len(keys) - 1, keys.index(self._cursor) + by))]
            self.repaint()

    def action_choose(self) -> None:
        """Open what is behind the cursor."""
        if self._cursor:
            self.post_message(self.Chosen(self, self._cursor))

    def on_click(self, event: events.Click) -> None:
        """Open what was clicked."""
        y = event.get_content_offset_capture(self).y
        key = self._owners[y] if 0 <= y < len(self._owners) else None
        if key:
            self._cursor = key
            self.action_choose()

    def on_focus(self) -> None:
        """Show the cursor; that it has the focus is known a moment later only."""
        self.call_next(self.repaint)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.call_next(self.repaint)


def _led(line: Text, width: int, *, pointed: bool) -> Text:
    """A line with its margins; the cursor shows as a bar in the margin and behind the line."""
    if not pointed:
        return Text.assemble(" " * LEAD, line)
    whole = Text.assemble((CURSOR, AMBER), line, " " * max(0, width - line.cell_len - LEAD))
    whole.stylize_before(f"on {POINTED}")
    return whole

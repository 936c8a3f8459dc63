"""The columns of a table: which of them show, in which order, and by which of them it is sorted."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from console.i18n import N_, Words
from console.kept import Choice
from console.vocabulary import AMBER, BRIGHT, GREY
from console.widgets.painted import fit, spread
from console.widgets.rows import Entry, Rows
from console.widgets.table import Table

SHOWN, HIDDEN = "◼", "·"
ROUND_THE_LIST = 9
"""Lines of the dialog that are not the list: where there is less room, the list scrolls."""


class ColumnList(Rows):
    """The columns, those that show marked; the keys change a choice that nobody has taken yet."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", N_("show or hide"), key_display="␣"),
        Binding("shift+up,K", "shift(-1)", N_("further left"), show=False),
        Binding("shift+down,J", "shift(1)", N_("further right"), show=False),
        Binding("s", "sort", N_("sort by it, again: turn round"), show=False),
        Binding("0", "usual", N_("as usual"), show=False),
        # Here and not with priority in the dialog, where it would overtake keys that were typed just before it.
        Binding("enter", "screen.take", N_("take it")),
    ]

    def __init__(self, words: Words, table: Table[Any]) -> None:
        super().__init__(id="columns")
        self._words = words
        self._table = table
        self._take(table.choice)

    def _take(self, choice: Choice) -> None:
        picked = choice.columns or self._table.usual_columns
        self._shown = set(picked)
        self._keys = [*picked, *(key for key in self._table.columns if key not in self._shown)]
        self._sort, self._turned = choice.sort, choice.reversed

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        picked = tuple(self._picked)
        columns = None if picked == self._table.usual_columns else picked
        return Choice(columns=columns, sort=self._sort, reversed=self._turned)

    @property
    def _picked(self) -> Sequence[str]:
        return [key for key in self._keys if key in self._shown]

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """One line each: whether it shows, its name, whether the table is sorted by it or has no room for it."""
        del height
        fitting = self._table.fitting(self.choice.columns)
        return [Entry(key, (self._line(key, width, fits=key in fitting),)) for key in self._keys]

    def _line(self, key: str, width: int, *, fits: bool) -> Text:
        t, shown = self._words.t, key in self._shown
        title = fit(t(self._table.columns[key].title), width - 4)
        left = Text.assemble((f"{SHOWN if shown else HIDDEN} ", AMBER), (title, BRIGHT if shown else GREY))
        if key == self._sort:
            left.append(" ↑" if self._turned else " ↓", AMBER)
        return spread(left, Text(t("no room now") if shown and not fits else "", GREY), width)

    def action_choose(self) -> None:
        """Show or hide the column under the cursor; the last one stays."""
        if self._cursor and self._shown != {self._cursor}:
            self._shown ^= {self._cursor}
            self.repaint()

    def action_shift(self, by: int) -> None:
        """Move the column under the cursor."""
        here = self._keys.index(self._cursor) if self._cursor in self._keys else 0
        there = max(0, min(len(self._keys) - 1, here + by))
        self._keys.insert(there, self._keys.pop(here))
        self.repaint()

    def action_sort(self) -> None:
        """Sort by the column under the cursor, or the other way round."""
        if self._cursor is None or self._table.columns[self._cursor].order is None:
            return
        self._turned = self._sort == self._cursor and not self._turned
        self._sort = self._cursor
        self.repaint()

    def action_usual(self) -> None:
        """As it was before anybody chose."""
        self._take(self._table.first_choice)
        self.repaint()


class ColumnsDialog(ModalScreen[Choice | None]):
    """Answers what was chosen; None when somebody thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", N_("cancel")),
    ]

    def __init__(self, words: Words, table: Table[Any]) -> None:
        super().__init__()
        self._words = words
        self._table = table

    def compose(self) -> ComposeResult:
        """The list, its keys, and two buttons."""
        t = self._words.t
        with Vertical(classes="dialog", id="choose-columns") as dialog:
            dialog.border_title = t("Columns")
            columns = ColumnList(self._words, self._table)
            columns.styles.height = max(
                1, min(len(self._table.columns), self.app.size.height - ROUND_THE_LIST)
            )
            yield columns
            yield Static(self._keys())
            with Horizontal(classes="buttons"):
                yield Button(t("Cancel"), id="cancel", compact=True)
                yield Button(t("Take"), id="confirm", compact=True)

    def _keys(self) -> Text:
        t = self._words.t
        text = Text()
        for key, told in (
            ("\n␣", t("show or hide")),
            ("   s", t("sort by it, again: turn round")),
            ("\n⇧↑ ⇧↓", t("further left, further right")),
            ("   0", t("as usual")),
        ):
            text.append(key, AMBER).append(f" {told}", GREY)
        return text

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.query_one(ColumnList).focus()

    @on(Button.Pressed, "#confirm")
    def action_take(self) -> None:
        """Show the table so."""
        self.dismiss(self.query_one(ColumnList).choice)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)

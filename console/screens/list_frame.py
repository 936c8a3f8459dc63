"""A screen with a list: filter as you type, sort by any column, keep the cursor where it was."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from console.city_now import plain
from console.hostile import clean
from console.i18n import N_
from console.screens.table_frame import TableFrame
from console.search import Search
from console.session import Session
from console.way import Place
from console.widgets.lacking import awaited
from console.widgets.search_bar import Chips, SearchBar
from console.widgets.table import Table

R = TypeVar("R")

ARRANGE_EVERY_S = 2.0
"""How often rows may change places by themselves: a list that jumps cannot be read."""


class ListFrame(TableFrame, Generic[R]):
    """A subclass gives rows, their text and their fields; this arranges them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Before anything else, so that what is typed right after it cannot land in the list as commands.
        Binding("slash", "search", N_("filter"), key_display="/", priority=True),
        Binding("escape", "back", N_("back"), show=False),
        Binding("y", "copy_row", N_("copy the row"), show=False),
        Binding("Y", "copy_id", N_("copy the id"), show=False),
    ]
    FIRST: ClassVar[frozenset[str]] = frozenset({"search"})
    """Actions whose keys go before all others, because typing follows them."""
    FIELDS: ClassVar[Mapping[str, str]] = {}
    """English message id of a word that may stand before a colon, and the field's name."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._search = Search("", {})
        self._filtered = self._search
        """What the rows in the list were found with."""
        self._due = False
        self._in_order: dict[str, None] = {}
        """The ids of all rows in their order, whether they are found or not."""

    def search_bar(self) -> SearchBar:
        """What ``/`` opens."""
        words = self.words
        hint = words.t("word  !without  {field}:…", field=words.t(next(iter(self.FIELDS))))
        return SearchBar(words, hint)

    @property
    def table(self) -> Table[R]:
        """The list."""
        return self.query_one(Table)

    @property
    def main(self) -> Widget:
        """The list."""
        return self.table

    @property
    def pointed_name(self) -> str:
        """The id of a row, where people use it."""
        return self.table.cursor or ""

    def place(self) -> Place:
        """The search and the row too."""
        return Place(self.MODE, self.query_one(SearchBar).text, self.table.cursor)

    def rows(self) -> Mapping[str, R]:
        """All rows by id."""
        raise NotImplementedError

    def haystack(self, row: R) -> str:
        """All that can be found of a row, made ``plain``."""
        raise NotImplementedError

    def field(self, row: R, name: str) -> str:
        """One field of a row."""
        raise NotImplementedError

    def default_order(self, row: R) -> Any:
        """How rows that are equal in the sorted column follow each other."""
        raise NotImplementedError

    def rearrange(self) -> None:
        """Sort, filter and show."""
        self._due = False
        rows = self.rows()
        by = self.table.sorting()
        keys = sorted(rows, key=lambda key: self.default_order(rows[key]))
        if by:
            keys.sort(key=_none_last(by, rows, turned=self.table.reversed), reverse=self.table.reversed)
        self._in_order = dict.fromkeys(keys)
        found = self._found(rows, keys)
        self.table.show_rows(rows, found)
        self.arranged(len(found), len(rows))

    def filter(self) -> None:
        """Show what the search finds; while the rows are the same, their order is not worked out again."""
        rows = self.rows()
        if rows.keys() != self._in_order.keys():
            self.rearrange()
            return
        # A letter more finds only what was found before it.
        among = self.table.order if self._search.narrows(self._filtered) else self._in_order
        found = self._found(rows, among)
        self.table.show_order(found)
        self.arranged(len(found), len(rows))

    def _found(self, rows: Mapping[str, R], among: Iterable[str]) -> list[str]:
        self._filtered = self._search
        self.table.empty_text = self._why_empty(known=bool(rows))
        if not self._search:
            return list(among)
        matches, haystack, field = self._search.matches, self.haystack, self.field
        return [key for key in among if matches(haystack(row := rows[key]), partial(field, row))]

    def _why_empty(self, *, known: bool) -> str:
        """What stands in a list without rows."""
        if self.city.summary is None:
            return awaited(self.session)
        if self._search and known:
            return self.words.t("Nothing matches this search.")
        return self.nothing()

    def nothing(self) -> str:
        """Why there is no row at all, and what helps."""
        return ""

    def arranged(self, shown: int, known: int) -> None:
        """Say how many rows there are, in the table's frame."""
        words = self.words
        count = words.number(known) if shown == known else f"{words.number(shown)} / {words.number(known)}"
        if count != self.table.border_subtitle:
            self.table.border_subtitle = count

    def rearrange_soon(self) -> None:
        """Rows may have to change places, but not more often than can be read."""
        self._due = True

    def on_mount(self) -> None:
        """Arrange from time to time what has become due."""
        self.set_interval(ARRANGE_EVERY_S, self._rearrange_if_due)
        self.table.focus()

    def _rearrange_if_due(self) -> None:
        if self._due and self.is_current:
            self.rearrange()

    def seek(self, search: str | None, row: str | None) -> None:
        """Show what another screen asks for: a search, or one row, for which a search that hides it is cleared."""
        if search is not None:
            self.query_one(SearchBar).text = search
            self._take_search(search)
            self.table.action_edge(0)
        if row is not None:
            if row in self.rows() and row not in self.table.order:
                self.action_clear_search()
            self.table.point_at(row)
        self.table.focus()

    def action_search(self) -> None:
        """Open the search line."""
        self.query_one(SearchBar).open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that goes before all others is a letter where somebody types."""
        if action in self.FIRST:
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_leave_search(self) -> None:
        """Go to the list; the search stays."""
        self.set_focus(self.table)
        self.query_one(SearchBar).show_part()

    def action_clear_search(self) -> None:
        """Take the search away and show everything."""
        self.set_focus(self.table)
        self.query_one(SearchBar).text = ""
        self._take_search("")

    def action_enlarge(self) -> None:
        """Give the panel beside the list the whole screen, or the list its place back; a subclass has the key."""
        self.toggle_class("enlarged")
        if not self.has_class("enlarged"):
            self.table.focus()

    @property
    def id_to_copy(self) -> str:
        """What commands and other programs call the row under the cursor."""
        return self.table.cursor or ""

    def action_copy_id(self) -> None:
        """Hand the id of the row to the terminal's clipboard."""
        self._copy(clean(self.id_to_copy))

    def action_copy_row(self) -> None:
        """Hand the row, as it reads, to the terminal's clipboard, with tabs between its columns."""
        row = self.rows().get(self.table.cursor or "")
        if row is not None:
            columns = [self.table.columns[key] for key in self.table.picked]
            self._copy("\t".join(column.cell(row).plain.strip() for column in columns))

    def _copy(self, text: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(self.words.t("Copied: {text}", text=text), timeout=3, markup=False)

    def action_step(self, by: int) -> None:
        """Move the cursor of the list, from the panel beside it."""
        self.table.action_move(by)

    def action_back(self) -> None:
        """First make an enlarged panel small, then take the search away, then go back to where one came from."""
        if self.has_class("enlarged"):
            self.action_enlarge()
        elif self._search:
            self.action_clear_search()
        else:
            self.app.call_later(self.app.run_action, "back")

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        self._take_search(event.value)

    @on(Chips.Removed)
    def _removed(self, event: Chips.Removed) -> None:
        text = self._search.without(event.term)
        self.query_one(SearchBar).text = text
        self._take_search(text)

    def _take_search(self, text: str) -> None:
        self._search = Search(text, {self.words.t(word): name for word, name in self.FIELDS.items()})
        self.query_one(SearchBar).show_search(self._search)
        self.filter()


def _none_last(by: Callable[[R], Any], rows: Mapping[str, R], *, turned: bool) -> Callable[[str], Any]:
    """Sort by a value that may be missing; what is not known stands last, the other way round too."""

    def order(key: str) -> Any:
        value = by(rows[key])
        return (value is None) is not turned, 0 if value is None else value

    return order


def searchable(*texts: str) -> str:
    """Several texts as one that can be searched."""
    return plain(" ".join(texts))

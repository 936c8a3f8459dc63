"""A table that stays quick with twenty thousand rows: only the lines on screen are ever made."""

from collections.abc import Callable, Collection, Mapping, Sequence
from textwrap import wrap
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.i18n import N_, Words
from console.kept import Choice
from console.key_names import named
from console.vocabulary import GREY, POINTED, POINTED_FAINT
from console.widgets.columns import Column, column_at, full_forms, header_line, lay_out, row_line, usual
from console.widgets.painted import strip_of
from console.widgets.rows import CURSOR

R = TypeVar("R")

HEADER_ROWS = 1
MARK = "◼"
MARGIN = "  "


class Table(ScrollView, Generic[R], can_focus=True, inherit_bindings=False):
    """Rows by id, in an order that its owner gives, with a cursor, marks and sorting by any column."""

    BINDINGS: ClassVar[list[BindingType]] = named(
        "list",
        [
            Binding("up,k", "move(-1)", N_("line up"), show=False),
            Binding("down,j", "move(1)", N_("line down"), show=False),
            Binding("pageup,ctrl+b", "page(-1)", N_("page up"), show=False),
            Binding("pagedown,ctrl+f", "page(1)", N_("page down"), show=False),
            Binding("home,g", "edge(0)", N_("first row"), show=False),
            Binding("end,G", "edge(1)", N_("last row"), show=False),
            Binding("enter", "choose", N_("show"), show=False),
            Binding("S,shift+right", "sort(1)", N_("sort by the next column"), show=False),
            Binding("shift+left", "sort(-1)", N_("sort by the column before"), show=False),
            Binding("r", "turn_round", N_("turn the order round"), show=False),
        ],
    )

    class Pointed(Message):
        """The cursor is on another row, or on none."""

        def __init__(self, table: "Table[Any]", row: str | None) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> "Table[Any]":
            """The table it came from."""
            return self.table

    class Chosen(Pointed):
        """Somebody pressed Enter on a row, or clicked it again."""

    class Sorted(Message):
        """The rows should come in another order."""

    class Resized(Message):
        """There is more or less room in its frame."""

    def __init__(
        self,
        words: Words,
        columns: Sequence[Column[R]],
        *,
        sort: str | None = None,
        marks: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._words = words
        self._columns = columns
        self._picked: tuple[str, ...] | None = None
        self.first_choice = Choice(sort=sort)
        """How it is shown while nobody has chosen."""
        self._rows: Mapping[str, R] = {}
        self._order: list[str] = []
        self._strips: dict[str, dict[tuple[bool, bool], Strip]] = {}
        """Each row as it was drawn last: under the cursor or not, marked or not."""
        self.cursor: str | None = None
        self.sort_key = sort
        self.reversed = False
        self.marked: set[str] | None = set() if marks else None
        """Ids of the marked rows; None in a table that has no marks."""
        self.empty_text = ""
        """What stands where there is no row."""

    def show_rows(self, rows: Mapping[str, R], order: Sequence[str]) -> None:
        """Show these rows in this order; the cursor stays on its row if that is still there."""
        self._rows = rows
        self._strips.clear()
        self.show_order(order)

    def show_order(self, order: Sequence[str]) -> None:
        """Show other ones of the same rows, or in another order."""
        before = self._index()
        self._order = list(order)
        if self.cursor not in self._rows or self._index() is None:
            here = min(before or 0, len(self._order) - 1)
            self._point(self._order[here] if self._order else None)
        self._resize_canvas()
        self.refresh()

    def renew_rows(self, rows: Mapping[str, R]) -> None:
        """The same rows in the same order, some of them changed: only those are painted."""
        changed = {key for key, row in rows.items() if self._rows.get(key) != row}
        self._rows = rows
        self.refresh_rows(changed)

    def refresh_rows(self, changed: Collection[str]) -> None:
        """Paint again the rows that are on screen among those that changed."""
        for row in self._strips.keys() & set(changed):
            del self._strips[row]
        top = self.scroll_offset.y
        shown = self._order[top : top + self._page_rows]
        for y, row in enumerate(shown):
            if row in changed:
                self.refresh(Region(0, y + HEADER_ROWS, self.size.width, 1))

    def point_at(self, row: str) -> None:
        """Put the cursor on a row."""
        if row in self._rows:
            self._point(row)
            # A table that has just come up does not know its size yet.
            self.call_after_refresh(self._scroll_to_cursor)
            self.refresh()

    def sorting(self) -> Callable[[R], Any] | None:
        """What the rows are sorted by."""
        return next((column.order for column in self._columns if column.key == self.sort_key), None)

    @property
    def columns(self) -> Mapping[str, Column[R]]:
        """All columns that there are, shown or not, by key."""
        return full_forms(self._columns)

    @property
    def usual_columns(self) -> tuple[str, ...]:
        """The keys of those that show while nobody has chosen, given the room."""
        return usual(self._columns)

    @property
    def picked(self) -> tuple[str, ...]:
        """The keys of the columns that show, given the room, in their order."""
        return self._picked or self.usual_columns

    @property
    def choice(self) -> Choice:
        """How it is shown."""
        return Choice(columns=self._picked, sort=self.sort_key, reversed=self.reversed)

    def take_choice(self, choice: Choice) -> None:
        """Show it so; what is not known of a choice is as nobody had chosen."""
        known = tuple(key for key in dict.fromkeys(choice.columns or ()) if key in self.columns)
        self._picked = known if known and known != self.usual_columns else None
        self._strips.clear()
        sortable = {column.key for column in self._columns if column.order}
        sort = choice.sort if choice.sort in sortable else self.first_choice.sort
        self.sort_by(sort, turned=choice.reversed)

    def fitting(self, keys: Sequence[str] | None) -> frozenset[str]:
        """Those of some columns, or of the usual ones, for which there is room."""
        layout = lay_out(self._columns, self._visible_width, self._lead, keys)
        return frozenset(column.key for column, _ in layout)

    def sort_by(self, key: str | None, *, turned: bool = False) -> None:
        """Sort by a column, or leave the rows as their owner gives them."""
        self.sort_key, self.reversed = key, turned
        self._sorted()

    @property
    def rows(self) -> list[R]:
        """The rows as they are shown."""
        return [self._rows[key] for key in self._order]

    @property
    def order(self) -> Sequence[str]:
        """The ids as they are shown."""
        return self._order

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        if self._order:
            here = self._index()
            there = 0 if here is None else max(0, min(len(self._order) - 1, here + by))
            self._go(there)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.action_move(by * max(1, self._page_rows - 1))

    def action_edge(self, end: int) -> None:
        """Go to the first or to the last row."""
        if self._order:
            self._go(-end % len(self._order))

    def action_choose(self) -> None:
        """Say that the row under the cursor is chosen."""
        if self.cursor:
            self.post_message(self.Chosen(self, self.cursor))

    def action_sort(self, by: int) -> None:
        """Sort by the next column that can be sorted by; after the last, as it was at first."""
        keys: list[str | None] = [None] if self.first_choice.sort is None else []
        keys += [column.key for column, _ in self._layout if column.order]
        if keys:
            here = keys.index(self.sort_key) if self.sort_key in keys else -1
            self.sort_by(keys[(here + by) % len(keys)])

    def action_turn_round(self) -> None:
        """Sort the other way round."""
        self.reversed = not self.reversed
        self._sorted()

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark off, and go on to the next."""
        if self.marked is None or not self.cursor:
            return
        self.marked ^= {self.cursor}
        self.refresh_rows({self.cursor})
        self.action_move(1)

    def on_click(self, event: events.Click) -> None:
        """The header sorts, a row takes the cursor, and the row under the cursor opens."""
        offset = event.get_content_offset_capture(self)
        if offset.y < HEADER_ROWS:
            self._click_header(offset.x)
            return
        index = offset.y - HEADER_ROWS + self.scroll_offset.y
        if index < len(self._order):
            again = self._order[index] == self.cursor
            self._go(index)
            if again:
                self.action_choose()

    def _click_header(self, x: int) -> None:
        column = column_at(self._layout, self._lead, x)
        if column is None or column.order is None:
            return
        if column.key == self.sort_key:
            self.action_turn_round()
        else:
            self.sort_by(column.key)

    def _sorted(self) -> None:
        self.post_message(self.Sorted())
        self.refresh()

    def _go(self, index: int) -> None:
        before = self.cursor
        self._point(self._order[index])
        self.refresh_rows({row for row in (before, self.cursor) if row})
        self._scroll_to_cursor()

    def _point(self, row: str | None) -> None:
        if row != self.cursor:
            self.cursor = row
            self.post_message(self.Pointed(self, row))

    def _index(self) -> int | None:
        try:
            return self._order.index(self.cursor) if self.cursor else None
        except ValueError:
            return None

    @property
    def _page_rows(self) -> int:
        return max(1, self.size.height - HEADER_ROWS)

    @property
    def _visible_width(self) -> int:
        """Cells across, without the scroll bar."""
        return self.scrollable_content_region.width

    @property
    def _lead(self) -> int:
        return len(CURSOR) + (len(MARK) if self.marked is not None else 0)

    @property
    def _layout(self) -> list[tuple[Column[R], int]]:
        return lay_out(self._columns, self._visible_width, self._lead, self._picked)

    def _resize_canvas(self) -> None:
        self.virtual_size = Size(self._visible_width, len(self._order) + HEADER_ROWS)

    def _scroll_to_cursor(self) -> None:
        index = self._index()
        if index is None:
            return
        top = self.scroll_offset.y
        # By force: in a table that has just come up, the bar that scrolling waits for is not there yet.
        if index < top:
            self.scroll_to(y=index, animate=False, force=True)
        elif index >= top + self._page_rows:
            self.scroll_to(y=index - self._page_rows + 1, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """Columns come and go with the width."""
        del event
        self.post_message(self.Resized())
        self._strips.clear()
        self._resize_canvas()
        self.call_after_refresh(self._scroll_to_cursor)

    def on_focus(self) -> None:
        """The cursor is brighter where the keys go."""
        self.refresh_rows({self.cursor or ""})

    def on_blur(self) -> None:
        """The cursor is fainter where the keys do not go."""
        self.refresh_rows({self.cursor or ""})

    def notify_style_update(self) -> None:
        """The background may have changed."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        width = self._visible_width
        if y < HEADER_ROWS:
            return strip_of(self._header(), width, self.rich_style)
        index = y - HEADER_ROWS + self.scroll_offset.y
        if index >= len(self._order):
            lines = wrap(self.empty_text, max(1, width - 2 * len(MARGIN))) if not self._order else []
            line = y - HEADER_ROWS - 1
            text = lines[line] if 0 <= line < len(lines) else ""
            return strip_of(Text(f"{MARGIN}{text}", GREY), width, self.rich_style)
        return self._row_strip(self._order[index], width)

    def _row_strip(self, row: str, width: int) -> Strip:
        if row not in self._rows:
            return strip_of(Text(), width, self.rich_style)  # it has just gone, and its place goes next
        here, marked = row == self.cursor, bool(self.marked and row in self.marked)
        drawn = self._strips.setdefault(row, {})
        strip = drawn.get((here, marked))
        if strip is None or here:
            line = self._row(self._rows[row], marked=marked, here=here)
            base = self.rich_style
            if here:
                base += Style(bgcolor=POINTED if self.has_focus else POINTED_FAINT)
            strip = strip_of(line, width, base)
            drawn[here, marked] = strip
        return strip

    def _header(self) -> Text:
        arrow = "↑" if self.reversed else "↓"
        titles = [
            (self._words.t(column.title), arrow if column.key == self.sort_key else "")
            for column, _ in self._layout
        ]
        return header_line(self._layout, titles, " " * self._lead)

    def _row(self, row: R, *, marked: bool, here: bool) -> Text:
        lead = CURSOR if here else " "
        if self.marked is not None:
            lead += MARK if marked else " "
        return row_line(self._layout, row, lead)

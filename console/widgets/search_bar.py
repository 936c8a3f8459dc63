"""The search over a list: a line while somebody types, and a chip for each of its filters afterwards."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from console.hostile import clean
from console.i18n import N_, Words
from console.search import Search, Term
from console.vocabulary import AMBER, BLUE, GREY
from console.widgets.painted import Painted, spread

GAP = " "
ROOM_FOR_HINT = 60
"""Cells from which the line says how to take all chips away."""


class SearchLine(Input):
    """Where the search is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "screen.leave_search", N_("to the list"), key_display="⏎"),
        Binding("escape", "screen.clear_search", N_("clear the search"), key_display="Esc"),
    ]


class Chips(Painted):
    """What the list is filtered by, term by term; a click takes a term away."""

    class Removed(Message):
        """Somebody wants to see the list without this term."""

        def __init__(self, term: Term) -> None:
            super().__init__()
            self.term = term

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._terms: Sequence[Term] = ()

    def show_terms(self, terms: Sequence[Term]) -> None:
        """Another search."""
        self._terms = terms
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One line: filters by a field in one colour, words in another, and ≠ before what must not be found."""
        del height
        line = Text("/" + GAP, GREY)
        for term in self._terms:
            line.append(_chip(term), BLUE if term.field else AMBER).append(GAP)
        hint = f"Esc {self._words.t('clear the search')}" if width >= ROOM_FOR_HINT else ""
        return [spread(line, Text(hint, GREY), width)]

    def on_click(self, event: events.Click) -> None:
        """Take the term away that was clicked."""
        x, end = event.get_content_offset_capture(self).x, len("/" + GAP)
        for term in self._terms:
            start, end = end, end + Text(_chip(term)).cell_len
            if start <= x < end:
                self.post_message(self.Removed(term))
                return
            end += len(GAP)


def _chip(term: Term) -> str:
    typed = clean(term.typed)
    return f"‹{typed} ✕›" if term.wanted else f"‹≠ {typed.removeprefix('!')} ✕›"


class SearchBar(Container):
    """Takes no room while nothing is searched."""

    def __init__(self, words: Words, placeholder: str) -> None:
        super().__init__()
        self._words = words
        self._placeholder = placeholder
        self.display = False

    def compose(self) -> ComposeResult:
        """The line and the chips, of which one is shown."""
        line = SearchLine(placeholder=self._placeholder, id="search", compact=True)
        line.cursor_blink = False
        line.display = False
        yield line
        yield Chips(self._words)

    @property
    def text(self) -> str:
        """What is searched."""
        return self.query_one(SearchLine).value

    @text.setter
    def text(self, text: str) -> None:
        self.query_one(SearchLine).value = text
        self.show_part()

    def show_search(self, search: Search) -> None:
        """The chips of a search."""
        self.query_one(Chips).show_terms(search.terms)

    def open(self) -> None:
        """Let somebody type."""
        line = self.query_one(SearchLine)
        self.display = line.display = True
        self.screen.set_focus(line)
        self.show_part()

    def show_part(self) -> None:
        """Show the line where somebody types, else the chips, else nothing."""
        line = self.query_one(SearchLine)
        typing = self.screen.focused is line
        self.display = typing or bool(line.value)
        line.display = typing
        self.query_one(Chips).display = not typing

    def on_descendant_blur(self) -> None:
        """The keys go elsewhere; unless it is the terminal that has lost them, and the line gets them back."""
        if self.screen.focused is not None:
            self.show_part()

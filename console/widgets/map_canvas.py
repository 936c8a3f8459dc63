"""Cells to draw a map in, and names on it that hide as little as they can."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.text import Span, Text

from console.hostile import clean
from console.widgets.map_view import Cell

BLANK = " "
HIDES_SIGN = 100
"""A name that hides a failure is as bad as one that hides a hundred cells of lit lamps."""
_STAND_IN = "·"
"""For a character that does not take exactly one cell."""


class Canvas:
    """One character and one style for each cell, and how bad it is to write over it."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.characters = [BLANK] * (columns * rows)
        self.styles = [""] * (columns * rows)
        self.weights = [0] * (columns * rows)
        self._taken: set[int] = set()

    def sign(self, cell: Cell, character: str, style: str) -> Cell:
        """Write a sign, beside its cell if a failure is there; says where."""
        column, row = cell
        places = ((column, row), (column + 1, row), (column - 1, row), (column, row - 1), (column, row + 1))
        free = [place for place in places if self._free(place)]
        chosen = free[0] if free else cell
        index = chosen[1] * self.columns + chosen[0]
        self.characters[index], self.styles[index] = character, style
        self._taken.add(index)
        return chosen

    def _free(self, cell: Cell) -> bool:
        column, row = cell
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        index = row * self.columns + column
        return inside and index not in self._taken and self.weights[index] < HIDES_SIGN

    def name(self, cells: Iterable[Cell], text: str, style: str, most: int | None = None) -> bool:
        """Write a name beside one of some cells, where it hides least; not at all where it hides more than ``most``."""
        label = one_cell_each(clean(text))
        room = [spans for cell in cells for spans in self._spans(cell, len(label))]
        if not room or not label:
            return False
        best = min(room, key=self._hidden)
        if most is not None and self._hidden(best) > most:
            return False
        self._taken.update(range(best.start - 1, best.stop + 1))
        for index, character in zip(best, label, strict=True):
            self.characters[index], self.styles[index] = character, style
        return True

    def _hidden(self, spans: range) -> int:
        return sum(self.weights[spans.start : spans.stop])

    def _spans(self, cell: Cell, width: int) -> Iterator[range]:
        """Where a name may stand, the usual places first."""
        column, row = cell
        right, left, middle = column + 2, column - 1 - width, column - width // 2
        places = (
            (row, right), (row, left), (row - 1, middle), (row + 1, middle), (row - 1, right), (row + 1, right),
            (row - 1, left), (row + 1, left),
        )  # fmt: skip
        for y, x in places:
            if 0 <= y < self.rows and x >= 0 and x + width <= self.columns:
                spans = range(y * self.columns + x, y * self.columns + x + width)
                if self._taken.isdisjoint(spans):
                    yield spans

    def lines(self) -> list[Text]:
        """The cells as lines with as few changes of style as there are."""
        starts = range(0, self.columns * self.rows, self.columns)
        return [self._line(start, start + self.columns) for start in starts]

    def _line(self, start: int, stop: int) -> Text:
        spans: list[Span] = []
        styles, begin = self.styles, start
        for index in range(start + 1, stop + 1):
            if index == stop or styles[index] != styles[begin]:
                if styles[begin]:
                    spans.append(Span(begin - start, index - start, styles[begin]))
                begin = index
        return Text("".join(self.characters[start:stop]), spans=spans, no_wrap=True, end="")


def one_cell_each(text: str) -> str:
    """A text with a stand-in for each character that is not one cell wide, so that the map keeps its columns."""
    return "".join(letter if cell_len(letter) == 1 else _STAND_IN for letter in text)

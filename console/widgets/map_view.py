"""What part of the city a map shows: from degrees to dots and cells and back, zooming and panning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, log2, radians

DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Braille dots of a cell."""
FINEST_COLUMN_M = 2.0
"""Zooming in ends before a column is narrower: lamps stand well apart there."""
MARGIN_COLUMNS, MARGIN_ROWS = 4, 2
"""The view follows the cursor before it reaches the edge, so that one sees what comes."""
METRES_PER_DEGREE = 111_320.0
_PADDING_DOTS = 2
_ROUND_LENGTHS = (1, 2, 5)

Cell = tuple[int, int]
"""Column and row."""
Position = tuple[float, float]
"""Latitude and longitude."""


@dataclass(frozen=True, slots=True)
class Projection:
    """From degrees to dots, with the same scale in both directions: a dot is about square."""

    west: float
    north: float
    dots_per_degree_x: float
    dots_per_degree_y: float
    left: float
    top: float

    def spot(self, latitude: float, longitude: float) -> tuple[float, float]:
        """The place of a position in dots, to a fraction."""
        x = self.left + (longitude - self.west) * self.dots_per_degree_x
        y = self.top + (self.north - latitude) * self.dots_per_degree_y
        return x, y

    def position(self, x: float, y: float) -> Position:
        """The position of a place in dots."""
        return (
            self.north - (y - self.top) / self.dots_per_degree_y,
            self.west + (x - self.left) / self.dots_per_degree_x,
        )


def project(positions: Sequence[Position], columns: int, rows: int) -> Projection:
    """A projection that holds all positions in so many cells, centred."""
    south, north = min(p[0] for p in positions), max(p[0] for p in positions)
    west, east = min(p[1] for p in positions), max(p[1] for p in positions)
    squeeze = cos(radians((south + north) / 2))
    width, height = columns * DOTS_ACROSS - 1, rows * DOTS_DOWN - 1
    tall = max(north - south, 1e-6)
    wide = max((east - west) * squeeze, 1e-6)
    # In a row or column or two, the padding would leave nothing.
    scale = min(max(1, width - _PADDING_DOTS) / wide, max(1, height - _PADDING_DOTS) / tall)
    return Projection(
        west, north, scale * squeeze, scale, (width - wide * scale) / 2, (height - tall * scale) / 2
    )


@dataclass(frozen=True, slots=True)
class View:
    """A window of so many cells on the city, which is drawn ``2 ** zoom`` times as large as the window.

    A cell is counted from the city's own top left corner, so that it stays the same while the window moves.
    """

    whole: Projection
    columns: int
    rows: int
    zoom: int = 0
    left: int = 0
    top: int = 0
    """The city's cell in the window's top left corner."""

    @property
    def across(self) -> int:
        """Columns of the whole city at this zoom."""
        return self.columns << self.zoom

    @property
    def down(self) -> int:
        """Rows of the whole city at this zoom."""
        return self.rows << self.zoom

    @property
    def column_m(self) -> float:
        """Metres that a column is wide."""
        return METRES_PER_DEGREE * DOTS_ACROSS / self.whole.dots_per_degree_y / (1 << self.zoom)

    @property
    def deepest(self) -> int:
        """The largest zoom that still shows more."""
        widest = self.column_m * (1 << self.zoom)
        return max(0, int(log2(widest / FINEST_COLUMN_M))) if widest > FINEST_COLUMN_M else 0

    def cell(self, position: Position) -> Cell:
        """The city's cell of a position."""
        x, y = self.whole.spot(*position)
        factor = 1 << self.zoom
        return self.within((int(x * factor) // DOTS_ACROSS, int(y * factor) // DOTS_DOWN))

    def position(self, cell: Cell) -> Position:
        """The position in the middle of a cell."""
        factor = 1 << self.zoom
        return self.whole.position(
            (cell[0] + 0.5) * DOTS_ACROSS / factor, (cell[1] + 0.5) * DOTS_DOWN / factor
        )

    def within(self, cell: Cell) -> Cell:
        """The nearest cell of the city."""
        return max(0, min(self.across - 1, cell[0])), max(0, min(self.down - 1, cell[1]))

    def shows(self, cell: Cell) -> bool:
        """Whether a cell is in the window."""
        column, row = cell[0] - self.left, cell[1] - self.top
        return 0 <= column < self.columns and 0 <= row < self.rows

    def at(self, left: int, top: int) -> "View":
        """The window elsewhere, as far as there is city."""
        return replace(
            self,
            left=max(0, min(self.across - self.columns, left)),
            top=max(0, min(self.down - self.rows, top)),
        )

    def zoomed(self, by: int, position: Position, spot: Cell) -> "View":
        """Nearer or farther, with a position in the same place of the window as far as there is city."""
        nearer = replace(self, zoom=max(0, min(self.deepest, self.zoom + by)))
        column, row = nearer.cell(position)
        return nearer.at(column - spot[0], row - spot[1])

    def following(self, cell: Cell) -> "View":
        """The window moved by as little as shows a cell with some room round it."""
        column, row = cell
        beside = min(MARGIN_COLUMNS, (self.columns - 1) // 2)
        above = min(MARGIN_ROWS, (self.rows - 1) // 2)
        return self.at(
            max(min(self.left, column - beside), column - self.columns + 1 + beside),
            max(min(self.top, row - above), row - self.rows + 1 + above),
        )

    def refitted(self, whole: Projection, columns: int, rows: int) -> "View":
        """The same part of the city in a window of another size, or of a city that grew, at about the same scale."""
        fresh = View(whole, columns, rows)
        if not self.zoom:
            return fresh
        middle = self.position((self.left + self.columns // 2, self.top + self.rows // 2))
        zoom = round(log2(fresh.column_m / self.column_m))
        return fresh.zoomed(zoom, middle, (columns // 2, rows // 2))


def scale_bar(column_m: float, widest: int) -> tuple[int, int] | None:
    """The longest round length that fits, in columns and metres; None where a column is too narrow or too wide."""
    best = None
    length = 1
    while length <= column_m * widest:
        for step in _ROUND_LENGTHS:
            columns = round(step * length / column_m)
            if 2 <= columns <= widest:
                best = columns, step * length
        length *= 10
    return best

"""The city drawn in braille dots: each cell shows the worst state of the light points in it."""

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from city.messages import LampState, LightPointView
from city.wifi_views import HotspotView
from console.city_now import STATE_RANK
from console.vocabulary import BLUE, BRIGHT, FAINT, GREY, LAMP_SIGNS, POINTED
from console.widgets.map_canvas import BLANK, HIDES_SIGN, Canvas
from console.widgets.map_view import DOTS_ACROSS, DOTS_DOWN, Cell, Position, View, project

BRAILLE = 0x2800
_DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, by row and column (Unicode 2800)."""
_SHOWN_AS_SIGN = frozenset({LampState.FAILED, LampState.SILENT, LampState.OVERRIDDEN})
"""States that take the whole cell with their own symbol: nobody should have to look for them."""
WRONG = frozenset({LampState.FAILED, LampState.SILENT})
"""States that somebody has to do something about."""
HOTSPOT = "◆"
SECTORS_BELOW_M, STREETS_BELOW_M = 100.0, 20.0
"""Metres of a column below which sectors and streets are named."""
LAMPS_BELOW_M = 15.0
"""Metres of a column below which a lamp that has a cell for itself is drawn with its own sign."""
STREET_HIDES = 1
"""Cells with lamps that a street's name may hide."""
LEAST_OF_A_STREET = 2
"""Cells with its lamps that a street must have in the window to be named."""
SECTOR_HIDES = HIDES_SIGN - 1
"""A sector's name may hide lamps that are well."""
_CORNERS = ("┌", "┐", "└", "┘")
_ACROSS, _DOWN = "─", "│"


class CityMap:
    """Keeps which light points stand in each cell, so that a change of state and a move cost little."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._spots: tuple[HotspotView, ...] = ()
        self._fitted: tuple[object, ...] = ()
        self._places: dict[str, tuple[float, float]] = {}
        """Each light point's place in dots at zoom 0."""
        self._zoom = -1
        self._cells: dict[Cell, list[str]] = {}
        self._bits: dict[Cell, int] = {}
        """The light points of each cell at the present zoom, and their dots."""
        self._signs: dict[Cell, HotspotView] = {}
        """Where each hotspot in the window has its sign."""

    @property
    def view(self) -> View | None:
        """The part of the city that is shown; None before there is anything to show."""
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        self._view = view
        if view.zoom != self._zoom:
            self._sort_into_cells(view)

    def fit(
        self, points: Mapping[str, LightPointView], hotspots: Iterable[HotspotView], columns: int, rows: int
    ) -> bool:
        """Get ready for these places and this size; False where there is nothing to show."""
        self._spots = tuple(hotspots)
        if not points or columns < 1 or rows < 1:
            return False
        spots = [(spot.latitude, spot.longitude) for spot in self._spots]
        fitted = (columns, rows, tuple(spots))
        if fitted == self._fitted and points.keys() == self._places.keys():
            return True
        self._fitted = fitted
        whole = project([*((p.latitude, p.longitude) for p in points.values()), *spots], columns, rows)
        self._places = {name: whole.spot(p.latitude, p.longitude) for name, p in points.items()}
        self._zoom = -1
        self.view = self._view.refitted(whole, columns, rows) if self._view else View(whole, columns, rows)
        return True

    def _sort_into_cells(self, view: View) -> None:
        factor = 1 << view.zoom
        cells: dict[Cell, list[str]] = {}
        bits: dict[Cell, int] = {}
        for name, (spot_x, spot_y) in self._places.items():
            x, y = int(spot_x * factor), int(spot_y * factor)
            cell = x // DOTS_ACROSS, y // DOTS_DOWN
            cells.setdefault(cell, []).append(name)
            bits[cell] = bits.get(cell, 0) | _DOT_BITS[y % DOTS_DOWN][x % DOTS_ACROSS]
        self._zoom, self._cells, self._bits = view.zoom, cells, bits

    # -- what stands where -----------------------------------------------------------------------------------

    def at(self, cell: Cell) -> list[str]:
        """The light points in a cell."""
        return list(self._cells.get(cell, ()))

    def between(self, one: Cell, other: Cell) -> list[str]:
        """The light points in the rectangle between two corners."""
        left, right = sorted((one[0], other[0]))
        top, bottom = sorted((one[1], other[1]))
        return [
            name
            for (column, row), names in self._cells.items()
            if left <= column <= right and top <= row <= bottom
            for name in names
        ]

    def hotspot_at(self, cell: Cell) -> HotspotView | None:
        """The hotspot whose sign was drawn in a cell."""
        return self._signs.get(cell)

    # -- drawing ---------------------------------------------------------------------------------------------

    def draw(
        self,
        points: Mapping[str, LightPointView],
        hotspots: Iterable[HotspotView],
        columns: int,
        rows: int,
        *,
        cursor: Position | None = None,
        corner: Position | None = None,
    ) -> list[Text]:
        """The map in so many cells, with a cursor, which is always shown, and the rectangle from it to a corner."""
        if not self.fit(points, hotspots, columns, rows) or self._view is None:
            return []
        if cursor and not self._view.shows(self._view.cell(cursor)):
            self._view = self._view.following(self._view.cell(cursor))
        view = self._view
        canvas = Canvas(columns, rows)
        firsts = self._draw_points(canvas, view, points)
        self._name_places(canvas, view, firsts)
        if cursor:
            _draw_cursor(canvas, view, view.cell(cursor), view.cell(corner) if corner else None)
        return canvas.lines()

    def _draw_points(
        self, canvas: Canvas, view: View, points: Mapping[str, LightPointView]
    ) -> list[tuple[Cell, LightPointView]]:
        """Draw the lamps; gives one of each cell that has any, with where that is in the window."""
        firsts = []
        one_by_one = view.column_m < LAMPS_BELOW_M
        index = -1
        for row in range(canvas.rows):
            style = ""
            for column in range(canvas.columns):
                index += 1
                cell = view.left + column, view.top + row
                names = self._cells.get(cell)
                if names is None:
                    # A blank in its neighbour's colour makes no new run of one style.
                    canvas.styles[index] = style
                    continue
                worst = _worst(names, points)
                firsts.append(((column, row), worst))
                sign, state = LAMP_SIGNS[worst.state], worst.state
                alone = one_by_one and len(names) == 1
                style = FAINT if state is LampState.UNPOWERED else sign.colour
                if state in _SHOWN_AS_SIGN:
                    style = f"bold {style}"
                    canvas.weights[index] = HIDES_SIGN
                else:
                    canvas.weights[index] = 1
                signed = alone or state in _SHOWN_AS_SIGN
                canvas.characters[index] = sign.symbol if signed else chr(BRAILLE + self._bits[cell])
                canvas.styles[index] = style
        return firsts

    def _name_places(self, canvas: Canvas, view: View, firsts: Sequence[tuple[Cell, LightPointView]]) -> None:
        """Hotspots always; sectors and streets from nearer, where they hide no failure."""
        in_view = []
        self._signs = {}
        for spot in self._spots:
            cell = view.cell((spot.latitude, spot.longitude))
            if view.shows(cell):
                here = canvas.sign((cell[0] - view.left, cell[1] - view.top), HOTSPOT, f"bold {BLUE}")
                in_view.append((spot, here))
                self._signs[here[0] + view.left, here[1] + view.top] = spot
        near = view.column_m < STREETS_BELOW_M
        for spot, cell in in_view:
            if spot.watched or near:
                # "UHA, campus Illberg" is told apart by its first words already.
                most = None if spot.watched else HIDES_SIGN - 1
                canvas.name([cell], spot.name.partition(",")[0], f"bold {BRIGHT}", most)
        if view.column_m < SECTORS_BELOW_M:
            for name, cells in _grouped((point.sector, cell) for cell, point in firsts):
                middle = _middle(cells)
                canvas.name([middle, *_quarters(cells)], name.upper(), f"bold {GREY}", SECTOR_HIDES)
        if near:
            for name, cells in _grouped((point.street, cell) for cell, point in firsts):
                if len(cells) >= LEAST_OF_A_STREET:
                    canvas.name(_quarters(cells), name, GREY, STREET_HIDES)


def _worst(names: Sequence[str], points: Mapping[str, LightPointView]) -> LightPointView:
    """The light point of a cell in the worst state."""
    worst = points[names[0]]
    state = worst.state
    for name in names:
        point = points[name]
        # Most neighbours are in the same state: the rank is seldom looked up.
        if point.state is not state and STATE_RANK[point.state] < STATE_RANK[state]:
            worst, state = point, point.state
    return worst


def _grouped(named: Iterable[tuple[str, Cell]]) -> list[tuple[str, list[Cell]]]:
    """The cells of each name, those with most cells first."""
    groups: dict[str, list[Cell]] = {}
    for name, cell in named:
        groups.setdefault(name, []).append(cell)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def _middle(cells: Sequence[Cell]) -> Cell:
    return sum(cell[0] for cell in cells) // len(cells), sum(cell[1] for cell in cells) // len(cells)


def _quarters(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cell in the middle of a street, and those half way to its ends."""
    count = len(cells)
    return cells[count // 2], cells[count // 4], cells[3 * count // 4]


def _draw_cursor(canvas: Canvas, view: View, cursor: Cell, corner: Cell | None) -> None:
    """The cursor turned round, so that it shows without colour, and the rectangle that it stretches."""
    if corner:
        _draw_rectangle(canvas, view, corner, cursor)
    if view.shows(cursor):
        index = (cursor[1] - view.top) * canvas.columns + cursor[0] - view.left
        blank = canvas.characters[index] == BLANK
        canvas.styles[index] = f"{BRIGHT if blank else canvas.styles[index]} reverse"


def _draw_rectangle(canvas: Canvas, view: View, one: Cell, other: Cell) -> None:
    """A rectangle between two cells: a background, and a frame where no lamp stands."""
    left, right = (column - view.left for column in sorted((one[0], other[0])))
    top, bottom = (row - view.top for row in sorted((one[1], other[1])))
    for row in range(max(0, top), min(canvas.rows, bottom + 1)):
        for column in range(max(0, left), min(canvas.columns, right + 1)):
            index = row * canvas.columns + column
            if canvas.characters[index] == BLANK:
                canvas.characters[index] = _frame(column, row, (left, right), (top, bottom))
                canvas.styles[index] = BLUE
            canvas.styles[index] += f" on {POINTED}"


def _frame(column: int, row: int, sides: tuple[int, int], ends: tuple[int, int]) -> str:
    if column in sides and row in ends:
        return _CORNERS[2 * (row != ends[0]) + (column != sides[0])]
    if row in ends:
        return _ACROSS
    return _DOWN if column in sides else BLANK

"""The city drawn in braille dots: each cell shows the worst state of the light points in it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians

from rich.text import Text

from city.messages import LampState, LightPointView
from city.wifi_views import HotspotView
from console.city_now import STATE_RANK
from console.hostile import clean
from console.vocabulary import BLUE, BRIGHT, FAINT, LAMP_SIGNS

DOTS_ACROSS, DOTS_DOWN = 2, 4
BRAILLE = 0x2800
_DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, by row and column (Unicode 2800)."""
_SHOWN_AS_SIGN = frozenset({LampState.FAILED, LampState.SILENT, LampState.OVERRIDDEN})
"""States that take the whole cell with their own symbol: nobody should have to look for them."""
_PADDING_DOTS = 2
HOTSPOT = "◆"
HIDES_SIGN = 100
"""A name that hides a failure is as bad as one that hides a hundred cells of lit lamps."""


@dataclass(frozen=True, slots=True)
class Projection:
    """From degrees to dots, with the same scale in both directions: a dot is about square."""

    west: float
    north: float
    dots_per_degree_x: float
    dots_per_degree_y: float
    left: float
    top: float

    def dot(self, latitude: float, longitude: float) -> tuple[int, int]:
        """The dot of a position."""
        x = self.left + (longitude - self.west) * self.dots_per_degree_x
        y = self.top + (self.north - latitude) * self.dots_per_degree_y
        return int(x), int(y)


def project(positions: Sequence[tuple[float, float]], columns: int, rows: int) -> Projection:
    """A projection that holds all positions (latitude, longitude) in so many cells, centred."""
    south, north = min(p[0] for p in positions), max(p[0] for p in positions)
    west, east = min(p[1] for p in positions), max(p[1] for p in positions)
    squeeze = cos(radians((south + north) / 2))
    width, height = columns * DOTS_ACROSS - 1, rows * DOTS_DOWN - 1
    tall = max(north - south, 1e-6)
    wide = max((east - west) * squeeze, 1e-6)
    scale = min((width - _PADDING_DOTS) / wide, (height - _PADDING_DOTS) / tall)
    return Projection(
        west, north, scale * squeeze, scale, (width - wide * scale) / 2, (height - tall * scale) / 2
    )


class CityMap:
    """Keeps each light point's cell for one size, so that a change of state costs little."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._count = -1
        self._projection: Projection | None = None
        self._places: dict[str, tuple[int, int]] = {}

    def draw(
        self, points: Mapping[str, LightPointView], hotspots: Iterable[HotspotView], columns: int, rows: int
    ) -> list[Text]:
        """The map in so many cells."""
        spots = list(hotspots)
        if not points or columns < 1 or rows < 1:
            return []
        if (columns, rows) != self._size or len(points) != self._count:
            self._place(points.values(), spots, columns, rows)
        bits, worst = self._raster(points.values(), columns * rows)
        lines = [self._line(bits, worst, start, columns) for start in range(0, columns * rows, columns)]
        for row, start, text in self._names(spots, worst, columns, rows):
            line = lines[row]
            lines[row] = Text.assemble(
                line[:start], text, line[start + text.cell_len :], no_wrap=True, end=""
            )
        return lines

    def _place(
        self, points: Collection[LightPointView], spots: Sequence[HotspotView], columns: int, rows: int
    ) -> None:
        positions = [(p.latitude, p.longitude) for p in points] + [(s.latitude, s.longitude) for s in spots]
        self._size, self._count = (columns, rows), len(points)
        self._projection = project(positions, columns, rows)
        self._places = {}
        for point in points:
            x, y = self._projection.dot(point.latitude, point.longitude)
            cell = y // DOTS_DOWN * columns + x // DOTS_ACROSS
            self._places[point.id] = (cell, _DOT_BITS[y % DOTS_DOWN][x % DOTS_ACROSS])

    def _raster(
        self, points: Iterable[LightPointView], cells: int
    ) -> tuple[list[int], list[LampState | None]]:
        bits = [0] * cells
        worst: list[LampState | None] = [None] * cells
        places, rank = self._places, STATE_RANK
        for point in points:
            place = places.get(point.id)
            if place is None:
                continue
            cell, bit = place
            bits[cell] |= bit
            there = worst[cell]
            if there is None or rank[point.state] < rank[there]:
                worst[cell] = point.state
        return bits, worst

    @staticmethod
    def _line(bits: list[int], worst: list[LampState | None], start: int, columns: int) -> Text:
        line = Text(no_wrap=True, end="")
        for cell in range(start, start + columns):
            state = worst[cell]
            if state is None:
                line.append(" ")
            elif state in _SHOWN_AS_SIGN:
                sign = LAMP_SIGNS[state]
                line.append(sign.symbol, f"bold {sign.colour}")
            else:
                line.append(
                    chr(BRAILLE + bits[cell]),
                    FAINT if state is LampState.UNPOWERED else LAMP_SIGNS[state].colour,
                )
        return line

    def _names(
        self, spots: Sequence[HotspotView], worst: Sequence[LampState | None], columns: int, rows: int
    ) -> list[tuple[int, int, Text]]:
        """Where to write what: each hotspot's sign, and its name where that hides least."""
        if self._projection is None:
            return []
        placed = []
        taken: set[int] = set()
        cells = [self._cell(self._projection, spot, columns) for spot in spots]
        taken.update(cells)
        for spot, cell in zip(spots, cells, strict=True):
            placed.append((cell // columns, cell % columns, Text(HOTSPOT, f"bold {BLUE}")))
            # "UHA, campus Illberg" is told apart by its first words already.
            label = clean(spot.name).partition(",")[0]
            if not spot.watched:
                continue
            room = [
                spans
                for row, start in _beside(cell // columns, cell % columns, len(label))
                if 0 <= row < rows
                and start >= 0
                and start + len(label) <= columns
                and taken.isdisjoint(
                    spans := range(row * columns + start, row * columns + start + len(label))
                )
            ]
            if room:
                best = min(room, key=lambda spans: sum(_weight(worst[there]) for there in spans))
                taken.update(best)
                placed.append((best.start // columns, best.start % columns, Text(label, f"bold {BRIGHT}")))
        return placed

    @staticmethod
    def _cell(projection: Projection, spot: HotspotView, columns: int) -> int:
        x, y = projection.dot(spot.latitude, spot.longitude)
        return y // DOTS_DOWN * columns + x // DOTS_ACROSS


def _beside(row: int, column: int, width: int) -> tuple[tuple[int, int], ...]:
    """Where a name may stand, the usual places first."""
    right, left, middle = column + 2, column - 1 - width, column - width // 2
    return (
        (row, right),
        (row, left),
        (row - 1, middle),
        (row + 1, middle),
        (row - 1, right),
        (row + 1, right),
    )


def _weight(state: LampState | None) -> int:
    """How bad it is to write over a cell."""
    if state is None:
        return 0
    return HIDES_SIGN if state in _SHOWN_AS_SIGN else 1

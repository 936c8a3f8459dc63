"""The map on the Ville screen: zoom, pan, a cursor that names what is under it, and a rectangle of lamps."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from console.city_now import STATE_RANK
from console.i18n import N_
from console.session import Session
from console.vocabulary import BLUE, BRIGHT, GREY, LAMP_SIGNS, VERMILION
from console.widgets.city_map import HOTSPOT, WRONG, CityMap
from console.widgets.lacking import awaited, lines_of
from console.widgets.map_under import Under, under, worst_first
from console.widgets.map_view import Cell, Position, View, scale_bar
from console.widgets.painted import Painted, spread

LEAP_COLUMNS, LEAP_ROWS = 10, 4
"""How far a capital letter or shift moves the cursor."""
WIDEST_SCALE = 16
RECTANGLE = "▭"
NOTHING_ON_MAP = N_(
    "The inventory has nothing to show on a map: falotier import takes a file of light points."
)


class CityMapPanel(Painted, can_focus=True):
    """The map, redrawn when a light point changes; keys and mouse move about in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("show")),
        Binding("plus", "zoom(1)", N_("zoom in"), key_display="+"),
        Binding("equals_sign", "zoom(1)", N_("zoom in"), show=False, key_display="="),
        Binding("minus", "zoom(-1)", N_("zoom out"), key_display="-"),
        Binding("0", "whole", N_("whole city")),
        Binding("m", "corner", N_("rectangle")),
        Binding("n", "next_wrong(1)", N_("next failure"), show=False),
        Binding("N", "next_wrong(-1)", N_("failure before"), show=False),
        Binding("left,h", "move(-1, 0)", N_("move on the map"), show=False),
        Binding("down,j", "move(0, 1)", N_("move on the map"), show=False),
        Binding("up,k", "move(0, -1)", N_("move on the map"), show=False),
        Binding("right,l", "move(1, 0)", N_("move on the map"), show=False),
        Binding("shift+left,H", "leap(-1, 0)", N_("move on the map in leaps"), show=False),
        Binding("shift+down,J", "leap(0, 1)", N_("move on the map in leaps"), show=False),
        Binding("shift+up,K", "leap(0, -1)", N_("move on the map in leaps"), show=False),
        Binding("shift+right,L", "leap(1, 0)", N_("move on the map in leaps"), show=False),
        Binding("escape", "drop", N_("drop the rectangle"), show=False),
    ]

    class Chosen(Message):
        """Somebody wants to see what is under the cursor."""

        def __init__(self, mode: str, row: str) -> None:
            super().__init__()
            self.mode = mode
            self.row = row

    class Taken(Message):
        """Somebody wants the lamps in a rectangle marked, the worst first."""

        def __init__(self, lamps: Sequence[str]) -> None:
            super().__init__()
            self.lamps = lamps

    def __init__(self, session: Session, most: int) -> None:
        super().__init__(id="map", classes="panel")
        self._session = session
        self._most = most
        """More lamps than this cannot be marked."""
        self._map = CityMap()
        self._cursor: Position | None = None
        """The middle of the cursor's cell, or what it was put on: it stays there while the view changes."""
        self._corner: Position | None = None
        self._dragged_from: Cell | None = None
        self._dragged = False

    # -- painting --------------------------------------------------------------------------------------------

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """The map in so many cells; below it what is under the cursor, or what the signs mean."""
        city = self._session.city
        self._settle_cursor()
        lines = self._map.draw(
            city.light_points,
            city.hotspots,
            width,
            height - 1,
            cursor=self._cursor if self.has_focus else None,
            corner=self._corner,
        )
        self._show_scale(width)
        if lines:
            return [*lines, self._foot(width)]
        told = awaited(self._session) if city.summary is None else self._session.words.t(NOTHING_ON_MAP)
        return lines_of(told, width)

    def _show_scale(self, width: int) -> None:
        view = self._map.view
        bar = scale_bar(view.column_m, min(WIDEST_SCALE, width // 3)) if view else None
        text = ""
        if bar:
            columns, metres = bar
            number = self._session.words.number
            length = f"{number(metres)} m" if metres < 1000 else f"{number(metres / 1000)} km"
            text = f"┣{'━' * (columns - 2)}┫ {length}"
        if text != self.border_subtitle:
            self.border_subtitle = text

    def _foot(self, width: int) -> Text:
        words = self._session.words
        if not self.has_focus:
            return self._legend(width)
        if self._corner:
            count = len(self._in_rectangle())
            lamps = words.n("{count} lamp", "{count} lamps", count)
            if count > self._most:
                most = words.t("at most {count}", count=self._most)
                left = Text.assemble((f" ▲ {lamps}", f"bold {VERMILION}"), (f" · {most}", GREY))
                return _with_hints(left, (f"Esc {words.t('drop')}",), width)
            left = Text.assemble((f" {RECTANGLE} ", BLUE), (lamps, f"bold {BRIGHT}"))
            return _with_hints(left, (f"⏎ {words.t('mark them')}", f"Esc {words.t('drop')}"), width)
        under = self.under()
        if under is None:
            return self._legend(width)
        return spread(under.line, Text(f" ⏎ {words.t(under.word)} ", GREY), width)

    def _legend(self, width: int) -> Text:
        t = self._session.words.t
        line = Text()
        present = {point.state for point in self._session.city.light_points.values()}
        for state in sorted(present, key=STATE_RANK.__getitem__):
            sign = LAMP_SIGNS[state]
            more = Text.assemble((f" {sign.symbol} ", sign.colour), (t(sign.word), GREY))
            if line.cell_len + more.cell_len <= width:
                line.append_text(more)
        more = Text.assemble((f" {HOTSPOT} ", BLUE), (t("hotspot"), GREY))
        return line.append_text(more) if line.cell_len + more.cell_len <= width else line

    # -- what is under the cursor ----------------------------------------------------------------------------

    @property
    def cursor(self) -> Cell | None:
        """The city's cell that the cursor is in; None before there is a city."""
        self._settle_cursor()
        view = self._map.view
        return view.cell(self._cursor) if view and self._cursor else None

    def _settle_cursor(self) -> None:
        """The cursor begins in the middle."""
        view = self._map.view
        if view and self._cursor is None:
            self._cursor = view.position((view.left + view.columns // 2, view.top + view.rows // 2))

    def under(self) -> Under | None:
        """What the cursor is on, and where Enter leads."""
        cursor = self.cursor
        if cursor is None:
            return None
        return under(self._session, self._map.at(cursor), self._map.hotspot_at(cursor))

    def _in_rectangle(self) -> list[str]:
        view, cursor = self._map.view, self.cursor
        if view is None or cursor is None or self._corner is None:
            return []
        names = self._map.between(view.cell(self._corner), cursor)
        return [point.id for point in worst_first(self._session.city, names)]

    # -- keys ------------------------------------------------------------------------------------------------

    def action_choose(self) -> None:
        """Take the lamps of the rectangle, or open what is under the cursor."""
        if self._corner:
            if lamps := self._in_rectangle():
                self.post_message(self.Taken(lamps))
        elif under := self.under():
            self.post_message(self.Chosen(under.mode, under.row))

    def action_zoom(self, by: int) -> None:
        """Nearer or farther, round the worst lamp under the cursor or the cursor itself."""
        view, cursor = self._map.view, self.cursor
        if view is None or cursor is None:
            return
        if lamps := worst_first(self._session.city, self._map.at(cursor)):
            self._cursor = lamps[0].latitude, lamps[0].longitude
        if self._cursor:
            spot = cursor[0] - view.left, cursor[1] - view.top
            self._look(view.zoomed(by, self._cursor, spot))

    def action_whole(self) -> None:
        """The whole city again."""
        if view := self._map.view:
            self._look(View(view.whole, view.columns, view.rows))

    def action_move(self, across: int, down: int) -> None:
        """Move the cursor; near the edge the map moves along."""
        view, cursor = self._map.view, self.cursor
        if view and cursor:
            self._point(view, view.within((cursor[0] + across, cursor[1] + down)))

    def action_leap(self, across: int, down: int) -> None:
        """Move the cursor by several cells."""
        self.action_move(across * LEAP_COLUMNS, down * LEAP_ROWS)

    def action_next_wrong(self, by: int) -> None:
        """Put the cursor on the next lamp that failed or is silent, from west to east."""
        view, cursor = self._map.view, self.cursor
        wrong = (point for point in self._session.city.light_points.values() if point.state in WRONG)
        if view is None or cursor is None:
            return
        cells = sorted({view.cell((point.latitude, point.longitude)) for point in wrong})
        if by > 0:
            found = next((cell for cell in cells if cell > cursor), cells[0] if cells else None)
        else:
            found = next((cell for cell in reversed(cells) if cell < cursor), cells[-1] if cells else None)
        if found:
            self._point(view, found)

    def action_corner(self) -> None:
        """Begin a rectangle at the cursor."""
        if self.cursor:
            self._corner = self._cursor
            self._moved()

    def action_drop(self) -> None:
        """Forget the rectangle."""
        self._corner = None
        self._moved()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape goes back where there is no rectangle to drop; the whole city needs no key to come back to."""
        if action == "drop":
            return self._corner is not None
        if action == "whole":
            return bool(self._map.view and self._map.view.zoom)
        return super().check_action(action, parameters)

    def _point(self, view: View, cell: Cell) -> None:
        self._cursor = view.position(cell)
        self._look(view.following(cell))

    def _look(self, view: View) -> None:
        """Show another part of the city; a cursor that would be out of it comes along at the edge."""
        self._map.view = view
        cursor = self.cursor
        if cursor and not view.shows(cursor):
            column = max(view.left, min(view.left + view.columns - 1, cursor[0]))
            row = max(view.top, min(view.top + view.rows - 1, cursor[1]))
            self._cursor = view.position((column, row))
        self._moved()

    def _moved(self) -> None:
        self.repaint()
        self.screen.refresh_bindings()

    # -- mouse -----------------------------------------------------------------------------------------------

    def _cell_of(self, event: events.MouseEvent) -> Cell:
        """The window's cell that the mouse is on; the nearest where it is outside."""
        offset, view = event.get_content_offset_capture(self), self._map.view
        if view is None:
            return 0, 0
        return max(0, min(view.columns - 1, offset.x)), max(0, min(view.rows - 1, offset.y))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Nearer, round the mouse."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Farther, round the mouse."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        if view := self._map.view:
            spot = self._cell_of(event)
            position = view.position((view.left + spot[0], view.top + spot[1]))
            self._look(view.zoomed(by, position, spot))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin here."""
        self._dragged_from, self._dragged = self._cell_of(event), False
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The map follows the mouse while its button is down."""
        view = self._map.view
        if view is None or self._dragged_from is None:
            return
        here = self._cell_of(event)
        across, down = here[0] - self._dragged_from[0], here[1] - self._dragged_from[1]
        if across or down:
            self._dragged, self._dragged_from = True, here
            self._look(view.at(view.left - across, view.top - down))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A click puts the cursor there; a click on the cursor opens what is under it."""
        self.release_mouse()
        view = self._map.view
        began, self._dragged_from = self._dragged_from, None
        if view is None or began is None or self._dragged:
            return
        spot = self._cell_of(event)
        cell = view.left + spot[0], view.top + spot[1]
        if cell == self.cursor:
            self.action_choose()
        else:
            self._cursor = view.position(cell)
            self._moved()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.repaint()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.repaint()


def _with_hints(left: Text, hints: Sequence[str], width: int) -> Text:
    """A line with as many hints at its end as there is room for."""
    shown = ""
    for hint in hints:
        more = f"{shown}  {hint}" if shown else f" {hint}"
        if left.cell_len + len(more) + 1 < width:
            shown = more
    return spread(left, Text(f"{shown} ", GREY), width)

"""The Wi-Fi panel of the Ville screen: how full each place is, and what is going on there."""

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text

from city.messages import TimelineRow
from city.wifi_views import HotspotView, OutlookView
from console.hostile import clean
from console.i18n import N_
from console.session import Session
from console.since import change, last_hours, look_back
from console.vocabulary import BLUE, BRIGHT, FULL, GREY, OLD, VERMILION
from console.widgets.lacking import awaited, lines_of
from console.widgets.painted import fit, spread
from console.widgets.parts import cut
from console.widgets.plot import bar, thick_bar
from console.widgets.rows import Entry, Rows
from console.widgets.wifi_now import age_of, load_colour, notes_of

WORDY = 30
"""Columns from which a number of clients says what it is."""
PERCENT_WIDTH = 6
SHORTEST_NAME = 8
NO_HOTSPOT = N_("The inventory has no public place with Wi-Fi: docs/inventory-file.md.")
SPARK_CELLS = 8
"""Cells of a quarter of an hour: two hours."""


class Hotspots(Rows):
    """How full the city's Wi-Fi is, place by place."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="hotspots", classes="panel")
        self._session = session
        self._told = Text()
        self.outlooks: Mapping[str, OutlookView] = {}
        """What is to be expected of each place, as far as the head-end has said it."""
        self.rows: Sequence[TimelineRow] = ()
        """The last hours, as far as the head-end has told them."""

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """The watched ones first; two lines each where there is room, then what is special, then blanks."""
        self._tell_all(width)
        spots = self._session.city.hotspots
        if not spots:
            session = self._session
            told = awaited(session) if session.city.summary is None else session.words.t(NO_HOTSPOT)
            return [Entry(None, tuple(lines_of(told, width)))]
        roomy = height >= 2 * len(spots)
        left = height - (2 if roomy else 1) * len(spots)
        notes = {spot.id: self._notes(spot, width, together=False) for spot in spots}
        if sum(map(len, notes.values())) > left:
            notes = {spot.id: self._notes(spot, width, together=True) for spot in spots}
        for spot in spots:
            notes[spot.id] = notes[spot.id][: max(0, left)]
            left -= len(notes[spot.id])
        # What room is left sets the first ones apart, which are looked at first.
        return [
            self._entry(spot, width, notes[spot.id], roomy=roomy, airy=roomy and place < left)
            for place, spot in enumerate(spots)
        ]

    def _tell_all(self, width: int) -> None:
        """In the frame: all clients together, what they were, and the last hours, as far as there is room."""
        summary, words = self._session.city.summary, self._session.words
        told = Text()
        if summary and summary.clients is not None:
            told.append(words.n("{count} client", "{count} clients", summary.clients))
            since = look_back(self.rows, summary.now)
            changed = change(summary.clients, since.row.clients if since else None, words.number)
            hours = last_hours(self.rows, "clients", SPARK_CELLS)
            for more in (changed, Text(hours, BLUE)):
                if more and told.cell_len + more.cell_len + 3 < width:
                    told = Text.assemble(told, " ", more)
        if told != self._told:
            self._told = told
            self.border_subtitle = told

    def _entry(
        self, spot: HotspotView, width: int, notes: Sequence[Text], *, roomy: bool, airy: bool
    ) -> Entry:
        lines = self._two_lines(spot, width, thick_bar if airy else bar) if roomy else ()
        lines = lines or (self._one_line(spot, width),)
        return Entry(spot.id, (*lines, *notes, *([Text()] if airy else [])))

    def _two_lines(
        self, spot: HotspotView, width: int, draw: Callable[[float | None, int, str], Text]
    ) -> tuple[Text, ...]:
        words = self._session.words
        clients = words.number(spot.clients)
        if width >= WORDY and spot.clients is not None:
            clients = words.n("{count} client", "{count} clients", spot.clients)
        return spread(self._titled(spot), Text(clients, GREY), width), self._bar(spot, width, draw)

    def _titled(self, spot: HotspotView) -> Text:
        words = self._session.words
        name = Text(clean(spot.name), f"bold {BRIGHT}" if spot.watched else "")
        # What has not been heard of yet is not down.
        down = sum(1 for point in self._session.city.access_points_of(spot.id) if point.up is False)
        if down:
            name.append(f" ✖ {words.number(down)}", VERMILION)
        if age := age_of(spot.at, self._session.city.now):
            name.append(f" {OLD.symbol} {words.span(age)}", GREY)
        return name

    def _one_line(self, spot: HotspotView, width: int) -> Text:
        named = max(SHORTEST_NAME, width // 2)
        name = fit(clean(spot.name), named - 1).ljust(named)
        line = Text(name, BRIGHT if spot.watched else "")
        return line.append_text(self._bar(spot, width - named, bar))

    def _bar(self, spot: HotspotView, width: int, draw: Callable[[float | None, int, str], Text]) -> Text:
        """The load as a bar and in figures, dimmed where it is old, with a sign where the place is full."""
        is_old = age_of(spot.at, self._session.city.now) is not None
        load = f"{self._session.words.percent(spot.load_pct):>{PERCENT_WIDTH}}"
        share = spot.load_pct / 100 if spot.load_pct is not None else None
        line = draw(share, width - len(load), GREY if is_old else load_colour(spot.load_pct))
        if spot.saturated_since and load.startswith(" "):
            line.append(FULL.symbol, FULL.colour)
            load = load[1:]
        return line.append(load, GREY if is_old else f"bold {BRIGHT}")

    def _notes(self, spot: HotspotView, width: int, *, together: bool) -> Sequence[Text]:
        """What is special there, a line each or in one line."""
        city, words = self._session.city, self._session.words
        if city.now is None:
            return ()
        notes = notes_of(spot, self.outlooks.get(spot.id), words, city.now)
        if together and notes:
            notes = [Text("  ").join(notes)]
        return [cut(note, width) for note in notes]

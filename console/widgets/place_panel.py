"""What is under the cursor of the Wi-Fi screen: what is pushed at once, its history once the head-end has told it."""

from collections.abc import Sequence

from rich.text import Text

from city.measurements import DeviceKind
from city.messages import IncidentView
from city.wifi_views import AccessPointView, OutlookView, RadioView
from console.city_now import incident_order
from console.hostile import clean
from console.session import Session
from console.widgets.access_point_panel import Device, device_parts, device_plot
from console.widgets.hotspot_panel import LEAST_PLOT, MOST_PLOT, Place, hotspot_parts, hotspot_plot
from console.widgets.lacking import awaited, lines_of
from console.widgets.painted import Painted
from console.widgets.parts import GUTTER, Part, beside, fitted, tallest
from console.widgets.wifi_tree import Branch
from console.wifi_day import WifiDay

SPREAD_FROM = 70
"""Cells from which facts and plot stand beside each other where the panel is low."""
LOW = 14
"""Lines below which a panel is low."""
PLOT_SHARE = 0.55
"""Of the width."""
LEAST_SHARE = 0.38
"""Of the height: the day is what one looks at first."""
MOST_OUTLOOKS = 200
"""More places no city has; past that what was known of them is asked for again."""


class PlacePanel(Painted):
    """A place, an access point or a radio, with its history."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="place", classes="panel")
        self._session = session
        self._row: Branch | None = None
        self._outlooks: dict[str, OutlookView] = {}
        self._day: WifiDay | None = None
        self._failure = ""

    def show_row(self, row: Branch | None) -> None:
        """Another row, or the same one changed: what was known of another's day goes."""
        if row is None or self._row is None or row.id != self._row.id:
            self._day, self._failure = None, ""
        before, self._row = self._row, row
        if row is None or before is None or _title(row) != _title(before):
            # Whatever is written in its frame, Textual draws the whole panel again.
            t = self._session.words.t
            self.border_subtitle = t("o act · z enlarge") if row and row.depth else t("z enlarge")
            self.border_title = Text(_title(row)[0] if row else "")
        self.repaint()

    def forget(self) -> None:
        """What was known of places was of another time."""
        self._outlooks.clear()
        self._day, self._failure = None, ""
        self.repaint()

    def show_outlook(self, outlook: OutlookView) -> None:
        """What is to be expected of a place; kept for when the cursor comes back to it."""
        if len(self._outlooks) >= MOST_OUTLOOKS:
            self._outlooks.clear()
        self._outlooks[outlook.hotspot] = outlook
        if self._row and self._row.id == outlook.hotspot:
            self._failure = ""
            self.repaint()

    def show_day(self, device: str, day: WifiDay) -> None:
        """The last 24 hours of an access point or a radio."""
        if self._row and self._row.id == device:
            self._day, self._failure = day, ""
            self.repaint()

    def show_failure(self, row: str, why: str) -> None:
        """The head-end did not say more."""
        if self._row and self._row.id == row:
            self._failure = why
            self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Facts and plot below each other; beside each other where the panel is wide and low."""
        words, now = self._session.words, self._session.city.now
        if self._row is None or now is None:
            return lines_of(
                words.t("No place chosen.") if self._session.city.summary else awaited(self._session), width
            )
        if height >= LOW or width < SPREAD_FROM:
            parts = self._parts(width)
            lead = Part(0, []) if not parts else parts[0]
            spare = min(MOST_PLOT, height - tallest(parts) - len(parts))
            wanted = max(LEAST_PLOT, int(height * LEAST_SHARE), spare)
            plot = self._plot(width, max(0, min(wanted, height - len(lead.lines))))
            return fitted([*parts[:2], Part(0, plot), *parts[2:]], height)
        across = int(width * PLOT_SHARE)
        facts = fitted(self._parts(width - across - len(GUTTER)), height)
        return beside(self._plot(across, height), facts, across)

    def _parts(self, width: int) -> list[Part]:
        city, words = self._session.city, self._session.words
        if city.now is None:
            return []
        if place := self._place():
            return hotspot_parts(place, words, city.now, width)
        device = self._device()
        return device_parts(device, words, city.now, width) if device else []

    def _plot(self, width: int, height: int) -> list[Text]:
        city, words = self._session.city, self._session.words
        if city.now is None:
            return []
        if place := self._place():
            return hotspot_plot(place, words, city.now, width, height)
        device = self._device()
        return device_plot(device, words, city.now, width, height) if device else []

    def _place(self) -> Place | None:
        row, city = self._row, self._session.city
        spot = next((spot for spot in city.hotspots if row and row.depth == 0 and spot.id == row.id), None)
        if spot is None:
            return None
        members = city.access_points_of(spot.id)
        incidents, outlook = self._incidents_of(members, spot.id), self._outlooks.get(spot.id)
        return Place(spot, members, incidents, outlook, self._failure, not city.up)

    def _device(self) -> Device | None:
        row, city = self._row, self._session.city
        if row is None or row.depth == 0:
            return None
        view = city.access_points.get(row.path[1])
        if view is None:
            return None
        radio = _radio_of(view, row.id) if row.depth > 1 else None
        incidents = self._incidents_of([view], view.hotspot)
        return Device(row, view, radio, incidents, self._day, self._failure, not city.up)

    def _incidents_of(self, members: Sequence[AccessPointView], hotspot: str) -> list[IncidentView]:
        """Those of the place, of its access points and radios, and of the controllers that speak for them."""
        names = {member.id for member in members}
        controllers = {member.controller for member in members if member.controller}

        def concerns(incident: IncidentView) -> bool:
            asset = incident.asset
            match incident.kind:
                case DeviceKind.ACCESS_POINT:
                    return asset in names
                case DeviceKind.RADIO:
                    return asset.rpartition("/")[0] in names
                case DeviceKind.HOTSPOT:
                    return asset == hotspot
                case DeviceKind.WIFI_CONTROLLER:
                    return asset in controllers
                case _:
                    return False

        known = self._session.city.incidents.values()
        return sorted((incident for incident in known if concerns(incident)), key=incident_order)


def _title(row: Branch) -> tuple[str, bool]:
    """What the panel is about, and whether one can act on it."""
    return clean(row.name if row.depth < 2 else row.id), bool(row.depth)


def _radio_of(view: AccessPointView, name: str) -> RadioView | None:
    return next((radio for radio in view.radios if radio.id == name), None)

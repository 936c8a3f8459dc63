"""Ville: what is true now, in one look."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget

from city.errors import FalotierError
from city.messages import LampState
from console.city_now import Changes, Topic
from console.i18n import N_
from console.pace import Pace
from console.screens.frame import Frame, Go, touches
from console.screens.lighting import MOST_MARKED, too_many
from console.session import Session
from console.vocabulary import LAMP_SIGNS, OFF_PLAN_WORD
from console.widgets.city_panels import Figures, NewestIncidents, NightCurve
from console.widgets.map_panel import CityMapPanel
from console.widgets.rows import Rows
from console.widgets.wifi_panel import Hotspots


class CityScreen(Frame):
    """Figures, map, hotspots, tonight's curve, newest incidents."""

    MODE = "city"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "to_map", N_("map"), key_display="+"),
        Binding("z", "enlarge", N_("enlarge the map")),
        Binding("escape", "back", N_("back"), show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pace = Pace()

    def renew(self) -> None:
        """Do not wait for the next minute."""
        self._pace = Pace()
        super().renew()

    def body(self) -> Iterator[Widget]:
        """Figures and hotspots on the left; map, incidents and curve beside them."""
        with Horizontal():
            with Vertical(id="left"):
                yield Figures(self.session)
                yield Hotspots(self.session)
            with Container(id="right"):
                yield CityMapPanel(self.session, MOST_MARKED)
                yield NewestIncidents(self.session)
                yield NightCurve(self.session)

    def on_mount(self) -> None:
        """Name the panels."""
        t = self.words.t
        for panel, title in (
            ("#figures", t("Lighting")),
            ("#hotspots", t("Wi-Fi")),
            ("#map", t("Map")),
            ("#incidents", t("Incidents")),
            ("#night", t("Tonight")),
        ):
            self.query_one(panel).border_title = title
        self.query_one(NightCurve).border_subtitle = t("█ measured  ░ planned")
        self.query_one(Figures).focus()

    def show(self, changes: Changes | None) -> None:
        """Paint the panels that the changes touch."""
        if touches(changes, Topic.SUMMARY, Topic.LINK):
            self.query_one(Figures).repaint()
            self.query_one(Hotspots).repaint()
            self.query_one(NightCurve).repaint()
            self._follow_curve()
        if touches(changes, Topic.LAMP_STATES, Topic.INCIDENTS, Topic.LINK):
            self.query_one(CityMapPanel).repaint()
        if touches(changes, Topic.INCIDENTS, Topic.LINK):
            self.query_one(NewestIncidents).repaint()

    def another_time(self) -> None:
        """Another night, and no outlook on what has long come."""
        for group in ("curve", "outlooks", "timeline"):
            self.workers.cancel_group(self, group)
        self._pace = Pace()
        self.query_one(Hotspots).outlooks = {}
        self.query_one(Figures).curve = ()
        self.query_one(Figures).rows = self.query_one(Hotspots).rows = ()
        night, t = self.query_one(NightCurve), self.words.t
        night.points, night.is_known_empty = (), False
        night.border_title = t("That night") if self.session.replayed_at else t("Tonight")

    def _follow_curve(self) -> None:
        if self.city.up and self._pace.due(self.city.now):
            self._fetch_curve()
            self._fetch_timeline()
            if self.session.replayed_at is None:
                self._fetch_outlooks()

    @work(exclusive=True, group="curve")
    async def _fetch_curve(self) -> None:
        night, figures = self.query_one(NightCurve), self.query_one(Figures)
        try:
            points = await self.session.client.curve()
        except FalotierError as error:
            night.show_failure(str(error))
            return
        if night.is_attached:
            night.show_points(points)
            figures.curve = points
            figures.repaint()

    @work(exclusive=True, group="outlooks")
    async def _fetch_outlooks(self) -> None:
        """Ask what is to be expected of each place; without an answer the panel says only what is now."""
        panel = self.query_one(Hotspots)
        try:
            outlooks = await self.session.client.outlooks()
        except FalotierError:
            return
        panel.outlooks = {outlook.hotspot: outlook for outlook in outlooks}
        if panel.is_attached:
            panel.repaint()

    @work(exclusive=True, group="timeline")
    async def _fetch_timeline(self) -> None:
        """Ask what was an hour ago; without an answer the figures stand alone."""
        figures, hotspots = self.query_one(Figures), self.query_one(Hotspots)
        try:
            figures.rows = hotspots.rows = await self.session.client.timeline()
        except FalotierError:
            return
        if figures.is_attached:
            figures.repaint()
            hotspots.repaint()

    @on(Rows.Chosen)
    def _open(self, event: Rows.Chosen) -> None:
        """Go to the list behind a figure, a hotspot or an incident."""
        if isinstance(event.rows, NewestIncidents):
            self.post_message(Go("incidents", row=event.key))
        elif isinstance(event.rows, Hotspots):
            self.post_message(Go("wifi", row=event.key))
        elif event.key == Figures.INCIDENTS:
            self.post_message(Go("incidents"))
        elif event.key == Figures.POWER:
            self.post_message(Go("programmes"))
        else:
            word = OFF_PLAN_WORD if event.key == OFF_PLAN_WORD else LAMP_SIGNS[LampState(event.key)].word
            search = f"{self.words.t('state')}:{self.words.t(word).replace(' ', '-')}"
            self.post_message(Go("lighting", search=search))

    # -- the map ---------------------------------------------------------------------------------------------

    def action_to_map(self) -> None:
        """Go to the map, and nearer."""
        panel = self.query_one(CityMapPanel)
        panel.focus()
        panel.action_zoom(1)

    def action_enlarge(self) -> None:
        """Give the map the whole screen, or the others their place back."""
        self.toggle_class("enlarged")
        self.query_one(CityMapPanel).focus()

    def action_back(self) -> None:
        """First make the map small again."""
        if self.has_class("enlarged"):
            self.action_enlarge()
        else:
            self.app.call_later(self.app.run_action, "back")

    @on(CityMapPanel.Chosen)
    def _open_from_map(self, event: CityMapPanel.Chosen) -> None:
        """Go to a lamp, a hotspot or an incident."""
        self.post_message(Go(event.mode, row=event.row))

    @on(CityMapPanel.Taken)
    def _mark_from_map(self, event: CityMapPanel.Taken) -> None:
        """Mark the lamps of a rectangle where orders are given; more than can be ordered stay where they are."""
        if len(event.lamps) > MOST_MARKED:
            self.notify(too_many(self.words), severity="warning", markup=False)
            return
        self.query_one(CityMapPanel).action_drop()
        self.post_message(Go("lighting", row=event.lamps[0], marks=event.lamps))

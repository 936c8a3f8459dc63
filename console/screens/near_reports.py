"""What citizens reported near an incident: a person joins a report to it, or parts them."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from city.citizens import NearReportView
from city.errors import FalotierError
from city.messages import IncidentView
from console.acts import act
from console.hostile import clean
from console.i18n import N_
from console.session import Session
from console.vocabulary import CAUSES, GREY, VERMILION
from console.widgets.incident_head import incident_spot
from console.widgets.near_report import report_head, report_state
from console.widgets.painted import fit
from console.widgets.rows import Entry, Rows


class NearReportsDialog(ModalScreen[tuple[NearReportView, ...] | None]):
    """The reports of an incident and those near it; Enter joins, or parts again. Answers them as they are then."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,i", "close", N_("close"))]

    def __init__(self, session: Session, incident: IncidentView) -> None:
        super().__init__()
        self.session = self._session = session
        self._incident = incident
        self._t = session.words.t
        self._known: tuple[NearReportView, ...] | None = None

    def compose(self) -> ComposeResult:
        """The list, and what the keys do."""
        with Vertical(classes="dialog", id="near") as dialog:
            incident = self._incident
            what = f"{self._t(CAUSES[incident.cause])} · {incident_spot(incident)}"
            dialog.border_title = self._t("Citizens' reports")
            dialog.border_subtitle = self._t("⏎ join or part · Esc close")
            yield NearRows(self._session, what)

    def on_mount(self) -> None:
        """Ask what there is."""
        self.query_one(NearRows).focus()
        self._look()

    @work(exclusive=True, group="near")
    async def _look(self) -> None:
        rows = self.query_one(NearRows)
        try:
            self._known = await self._session.client.near_reports(self._incident.id)
        except FalotierError as error:
            rows.fail(str(error))
        else:
            rows.show(self._known)

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        near = next((each for each in self._known or () if each.report.id == event.key), None)
        if near is not None:
            self._turn_round(near)

    @act
    @work(exclusive=True, group="near")
    async def _turn_round(self, near: NearReportView) -> None:
        """Join what is apart, part what is joined."""
        client, incident, report = self._session.client, self._incident.id, near.report.id
        rows = self.query_one(NearRows)
        try:
            self._known = await (client.part if near.joined else client.join)(incident, report)
        except FalotierError as error:
            self.app.notify(clean(str(error)), severity="error", markup=False)
            return
        rows.show(self._known)
        said = self._t("Parted: it is for people to look into.") if near.joined else self._t("Joined.")
        self.app.notify(said, timeout=3, markup=False)

    def action_close(self) -> None:
        """Back to the incidents."""
        self.dismiss(self._known)


class NearRows(Rows):
    """The reports, two lines each."""

    def __init__(self, session: Session, what: str) -> None:
        super().__init__(id="near-rows")
        self._session = session
        self._what = what
        self._failure = ""
        self._known: Sequence[NearReportView] | None = None

    def show(self, known: Sequence[NearReportView]) -> None:
        """What the head-end says there is."""
        self._known, self._failure = known, ""
        self.repaint()

    def fail(self, why: str) -> None:
        """The head-end does not say."""
        self._failure = why
        self.repaint()

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """What it is about, then each report."""
        del height
        words, now = self._session.words, self._session.city.now
        head = Entry(None, (Text(fit(self._what, width), GREY), Text()))
        if self._failure:
            return [head, Entry(None, (Text(fit(clean(self._failure), width), VERMILION),))]
        if self._known is None or now is None:
            return [head, Entry(None, (Text("…", GREY),))]
        if not self._known:
            told = words.t("No citizen reported anything within 150 m.")
            return [head, Entry(None, (Text(fit(told, width), GREY),))]
        reports = [
            Entry(each.report.id, (report_head(each, words, now, width), report_state(each, words, width)))
            for each in self._known
        ]
        return [head, *reports]

"""Pannes: incidents by cause, the evidence for each, its ticket; acknowledge, send, assign, note, join, dismiss."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from city.casework import LONGEST_NAME, LONGEST_NOTE
from city.citizens import NearReportView
from city.errors import FalotierError
from city.incidents import LIVE, VISIBLE
from city.measurements import DeviceKind
from city.messages import IncidentView
from console.acts import act
from console.city_now import Changes, Topic, incident_order
from console.hostile import clean
from console.i18n import N_, Words
from console.incident_day import day_of_incident
from console.replay import NOT_RECORDED
from console.screens.ask import AskReason, Line
from console.screens.frame import Go, touches
from console.screens.list_frame import ListFrame, searchable
from console.session import Session
from console.vocabulary import (
    CAUSES,
    INCIDENT_SIGNS,
    KINDS,
    PROBABLE,
    REOPENED,
)
from console.widgets.incident_columns import incident_columns
from console.widgets.incident_head import incident_spot
from console.widgets.incident_panel import IncidentPanel
from console.widgets.table import Table

SETTLE_S = 0.15
"""How long the cursor must rest before the head-end is asked about an incident."""
ASK_AGAIN_S = 60.0
"""How often it is asked again about the one under the cursor."""
LIGHTING = frozenset(
    {DeviceKind.LAMP, DeviceKind.CIRCUIT, DeviceKind.CABINET, DeviceKind.PHASE, DeviceKind.GATEWAY}
)
"""What citizens may have reported too."""
NEEDS_ONE = frozenset({"acknowledge", "send", "reject", "assign", "note", "near"})
"""Acts on the incident under the cursor."""


class IncidentsScreen(ListFrame[IncidentView]):
    """What is broken, why the program believes it, and who knows."""

    MODE = "incidents"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", N_("acknowledge")),
        Binding("s", "send", N_("send")),
        Binding("d", "reject", N_("dismiss"), priority=True),
        Binding("c", "closed", N_("closed too")),
        Binding("t", "assign", N_("assign"), priority=True),
        Binding("n", "note", N_("note"), priority=True),
        Binding("i", "near", N_("citizens")),
        Binding("z", "enlarge", N_("enlarge"), show=False, priority=True),
        # While the panel has the whole screen, the hidden list has no focus: the cursor moves all the same.
        Binding("up,k", "step(-1)", N_("line up"), show=False),
        Binding("down,j", "step(1)", N_("line down"), show=False),
    ]
    FIRST = frozenset({"search", "reject", "assign", "note", "enlarge"})
    FIELDS: ClassVar[Mapping[str, str]] = {
        N_("cause"): "cause",
        N_("asset"): "asset",
        N_("street"): "place",
        N_("sector"): "sector",
        N_("state"): "state",
        N_("assigned"): "assigned_to",
    }

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._closed_too = False

    def body(self) -> Iterator[Widget]:
        """The list, and beside it the incident under the cursor."""
        with Horizontal():
            with Vertical(id="list"):
                yield self.search_bar()
                columns = incident_columns(self.words, self.city)
                yield Table(self.words, columns, id="standing")
            yield IncidentPanel(self.session)

    def on_mount(self) -> None:
        """Name the panels, and ask from time to time about what is under the cursor."""
        self.entitle(self.words.t("Incidents that stand"))
        self.set_interval(ASK_AGAIN_S, self._follow)

    def show(self, changes: Changes | None) -> None:
        """Arrange again when an incident changed: there are few."""
        if touches(changes, Topic.INCIDENTS, Topic.LINK):
            self.rearrange()
        if touches(changes, Topic.INCIDENTS, Topic.LINK):
            self._show_chosen()
        elif touches(changes, Topic.SUMMARY):
            self.query_one(IncidentPanel).repaint()  # ages grow
        if touches(changes, Topic.LINK):
            self._follow()

    def another_time(self) -> None:
        """What was known of the one under the cursor was of another instant, and so is which are over."""
        for group in ("detail", "closed"):
            self.workers.cancel_group(self, group)
        self.query_one(IncidentPanel).show_incident(None)
        self._show_chosen()
        self._follow()
        if self._closed_too:
            self._fetch_closed()

    def rows(self) -> Mapping[str, IncidentView]:
        """Those that stand, or all that are known."""
        known = self.city.incidents
        if self._closed_too:
            return known
        return {key: incident for key, incident in known.items() if incident.state in LIVE}

    def haystack(self, row: IncidentView) -> str:
        """Cause, asset, place, state, what is only probable or came back, and the ticket's numbers."""
        t = self.words.t
        ticket = (row.ticket.id, row.ticket.service_id or "") if row.ticket else ()
        state = (
            t(INCIDENT_SIGNS[row.state].word),
            t(PROBABLE.word) if row.probable else "",
            t(REOPENED.word) if row.reopened else "",
        )
        written = (row.assigned_to or "", *(note.text for note in row.notes))
        place = (row.asset, row.place, row.sector)
        return searchable(row.id, t(CAUSES[row.cause]), *place, *state, *ticket, *written)

    def field(self, row: IncidentView, name: str) -> str:
        """A field for ``asset:`` and the like."""
        if name == "cause":
            return self.words.t(CAUSES[row.cause])
        if name == "state":
            return self.words.t(INCIDENT_SIGNS[row.state].word)
        return str(getattr(row, name) or "")

    def default_order(self, row: IncidentView) -> Any:
        """Those that nobody knows of first, then the newest."""
        return incident_order(row)

    def nothing(self) -> str:
        """Say so when nothing is broken."""
        return self.words.t("No incident stands.")

    @property
    def pointed_name(self) -> str:
        """What is broken: an incident's id tells nobody anything."""
        return self._chosen.asset if self._chosen else ""

    @property
    def _chosen(self) -> IncidentView | None:
        return self.city.incidents.get(self.table.cursor or "")

    @on(Table.Pointed)
    def _pointed(self) -> None:
        self._show_chosen()
        self._follow()

    def _show_chosen(self) -> None:
        self.query_one(IncidentPanel).show_incident(self._chosen)
        self.refresh_keys()

    def on_screen_resume(self) -> None:
        """Ask again about the one under the cursor."""
        self._follow()

    def renew(self) -> None:
        """Ask about what is under the cursor too."""
        super().renew()
        self._follow()

    def _follow(self) -> None:
        incident = self._chosen if self.is_mounted else None
        if self.is_current and incident and self.city.up:
            self._fetch(incident)

    @work(exclusive=True, group="detail")
    async def _fetch(self, incident: IncidentView) -> None:
        """Ask for the day of an incident, and who reported it too; a failure is written in the panel."""
        # Taken before waiting: when the console is left meanwhile, the screen is already empty.
        panel = self.query_one(IncidentPanel)
        await asyncio.sleep(SETTLE_S)
        if self.session.replayed_at is not None:
            panel.show_no_reports(incident.id, self.words.t(NOT_RECORDED))
            await self._ask_day(incident, panel)
            return
        await asyncio.gather(self._ask_day(incident, panel), self._ask_reports(incident, panel))

    async def _ask_day(self, incident: IncidentView, panel: IncidentPanel) -> None:
        try:
            panel.show_day(incident.id, await day_of_incident(self.session.client, incident))
        except FalotierError as error:
            panel.show_failure(incident.id, str(error))

    async def _ask_reports(self, incident: IncidentView, panel: IncidentPanel) -> None:
        if incident.kind not in LIGHTING:
            return
        try:
            panel.show_reports(incident.id, await self.session.client.near_reports(incident.id))
        except FalotierError as error:
            panel.show_no_reports(incident.id, str(error))

    @on(Table.Chosen)
    def _open(self) -> None:
        """Go to what is broken."""
        if incident := self._chosen:
            self._go_to(incident)

    def _go_to(self, incident: IncidentView) -> None:
        if incident.kind is DeviceKind.LAMP:
            self.post_message(Go("lighting", row=incident.asset))
        elif incident.kind in {DeviceKind.ACCESS_POINT, DeviceKind.RADIO, DeviceKind.HOTSPOT}:
            self.post_message(Go("wifi", row=incident.asset))
        elif incident.kind is DeviceKind.WIFI_CONTROLLER:
            self.post_message(Go("wifi", search=f"{self.words.t('controller')}:{incident.asset}"))
        else:
            self.post_message(Go("lighting", search=self._lamps_of(incident)))

    def _lamps_of(self, incident: IncidentView) -> str:
        """The search that finds the light points of a circuit, cabinet, phase or gateway."""
        t, asset = self.words.t, incident.asset
        if incident.kind is DeviceKind.PHASE:
            cabinet, _, phase = asset.partition("/")
            return f"{t(KINDS[DeviceKind.CABINET])}:{cabinet} {t(KINDS[DeviceKind.PHASE])}:{phase}"
        return f"{t(KINDS[incident.kind])}:{asset}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what cannot be done to the incident under the cursor."""
        allowed = super().check_action(action, parameters)
        if not allowed or action not in NEEDS_ONE:
            return allowed
        incident = self._chosen if self.is_mounted else None
        if incident is None or (incident.state not in LIVE and action != "note"):
            return None
        if action == "near" and incident.kind not in LIGHTING:
            return None
        if action == "acknowledge" and incident.acknowledged_by:
            return None
        if action == "send" and not _can_be_sent(incident):
            return None
        return True

    @act
    @work(group="act")
    async def action_acknowledge(self) -> None:
        """Say that one knows of it."""
        if incident := self._chosen:
            self._took(await self.attempt(self.session.client.acknowledge(incident.id)), N_("Acknowledged."))

    @act
    @work(group="act")
    async def action_send(self) -> None:
        """Send it to Allô Proximité."""
        if incident := self._chosen:
            ticket = await self.attempt(self.session.client.send(incident.id))
            changed = incident.model_copy(update={"ticket": ticket}) if ticket else None
            self._took(changed, N_("In the queue of Allô Proximité."))

    @act
    def action_reject(self) -> None:
        """Ask why it is none."""
        incident = self._chosen
        if incident is None:
            return
        what = _what(incident, self.words)
        title = self.words.t("Dismiss this incident?")

        def asked(reason: str | None) -> None:
            if reason:
                self._reject(incident.id, reason)

        self.app.push_screen(AskReason(self.session, title, what), asked)

    @work(group="act")
    async def _reject(self, incident: str, reason: str) -> None:
        """Say that it is none, with a reason."""
        changed = await self.attempt(self.session.client.dismiss(incident, reason))
        self._took(changed, N_("Dismissed."))

    @act
    @work(exclusive=True, group="ask")
    async def action_assign(self) -> None:
        """Ask whose it is, and say so."""
        incident = self._chosen
        if incident is None:
            return
        people = await self.attempt(self.session.client.people())
        if people is None:
            return
        line = Line(
            N_("Name; empty: nobody"),
            LONGEST_NAME,
            clean(incident.assigned_to or ""),
            [clean(name) for name in people.names],
            may_be_empty=True,
            is_harmless=True,
        )
        title, yes = self.words.t("To whom is it assigned?"), self.words.t("Assign")
        name = await self.app.push_screen_wait(
            AskReason(self.session, title, _what(incident, self.words), yes, line)
        )
        if name is not None:
            changed = await self.attempt(self.session.client.assign(incident.id, name))
            self._took(changed, N_("Assigned.") if name else N_("Nobody's any more."))

    @act
    @work(exclusive=True, group="ask")
    async def action_note(self) -> None:
        """Ask for a note, and keep it with the incident."""
        incident = self._chosen
        if incident is None:
            return
        line = Line(N_("What is to be known of it"), LONGEST_NOTE, is_harmless=True)
        title, yes = self.words.t("A note to this incident"), self.words.t("Keep it")
        text = await self.app.push_screen_wait(
            AskReason(self.session, title, _what(incident, self.words), yes, line)
        )
        if text:
            self._took(await self.attempt(self.session.client.note(incident.id, text)), N_("Noted."))

    def action_near(self) -> None:
        """Show what citizens reported near it, to be joined or parted."""
        from console.screens.near_reports import NearReportsDialog

        incident = self._chosen
        if incident is None:
            return
        if self.session.replayed_at is not None:
            self.notify(self.words.t(NOT_RECORDED), severity="warning", markup=False)
            return

        def seen(reports: tuple[NearReportView, ...] | None) -> None:
            if reports is not None:
                self.query_one(IncidentPanel).show_reports(incident.id, reports)

        self.app.push_screen(NearReportsDialog(self.session, incident), seen)

    def _took(self, changed: IncidentView | None, said: str) -> None:
        if changed:
            self.city.take_incidents([changed])
            self.notify(self.words.t(said), timeout=3, markup=False)
            self.take()

    def action_closed(self) -> None:
        """Show those that are over as well, or no longer."""
        self._closed_too = not self._closed_too
        self._fetch_closed()

    @work(exclusive=True, group="closed")
    async def _fetch_closed(self) -> None:
        if self._closed_too:
            self.city.take_incidents(await self.attempt(self.session.client.incidents("all")) or ())
        title = N_("All incidents") if self._closed_too else N_("Incidents that stand")
        self.entitle(self.words.t(title))
        self.rearrange()


def _can_be_sent(incident: IncidentView) -> bool:
    """Whether a person may have it sent: what the service refused, or what people in the street could report too."""
    return incident.ticket.status == "failed" if incident.ticket else incident.cause in VISIBLE


def _what(incident: IncidentView, words: Words) -> str:
    """Which one a dialog is about."""
    return f"{words.t(CAUSES[incident.cause])} · {incident_spot(incident)}"

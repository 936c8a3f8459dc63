"""Pannes: incidents by cause, the evidence for each, its ticket; acknowledge, send, dismiss."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from city.incidents import LIVE
from city.measurements import DeviceKind
from city.messages import IncidentView
from console.city_now import Changes, CityNow, Topic, incident_order
from console.hostile import clean
from console.i18n import N_, Words
from console.screens.ask import AskReason
from console.screens.frame import Go, touches
from console.screens.list_frame import ListFrame, searchable
from console.session import Session
from console.vocabulary import (
    BLUE,
    BRIGHT,
    CAUSES,
    GREEN,
    GREY,
    INCIDENT_SIGNS,
    KINDS,
    PROBABLE,
    REOPENED,
    TICKETS,
    VERMILION,
)
from console.widgets.columns import Column
from console.widgets.incident_head import incident_head, incident_spot
from console.widgets.incident_panel import IncidentPanel
from console.widgets.table import Table

ROOMY = 75
"""Cells of the table from which place, ticket and whole dates are shown."""
WIDE = 90
"""Cells of the table from which the ticket is told in words."""
TICKET_SIGNS = {
    "queued": ("⋯", GREY),
    "open": ("✉", BLUE),
    "closing": ("✉✓", BLUE),
    "closed": ("✓", GREEN),
    "failed": ("✖", VERMILION),
}


def incident_columns(words: Words, city: CityNow) -> list[Column[IncidentView]]:
    """The columns of the list."""
    t = words.t

    def cause(incident: IncidentView) -> Text:
        return incident_head(incident, words)

    def ticket(incident: IncidentView) -> Text:
        return Text(*TICKET_SIGNS[incident.ticket.status]) if incident.ticket else Text("–", GREY)

    def ticket_told(incident: IncidentView) -> Text:
        told = f" {t(TICKETS[incident.ticket.status])}" if incident.ticket else ""
        return ticket(incident).append(told)

    def ticket_order(incident: IncidentView) -> str | None:
        return incident.ticket.status if incident.ticket else None

    def since(incident: IncidentView) -> Text:
        return Text(words.moment(incident.opened_at, city.now or incident.opened_at), GREY)

    def clock(incident: IncidentView) -> Text:
        return Text(words.clock(incident.opened_at), GREY)

    def text(value: Callable[[IncidentView], str], style: str = "") -> Callable[[IncidentView], Text]:
        return lambda incident: Text(clean(value(incident)), style)

    return [
        Column("cause", N_("cause"), 18, cause, lambda i: i.cause.value, grows=True, below=ROOMY),
        Column(
            "cause", N_("cause"), 25, cause, lambda i: i.cause.value, grows=True, needs=ROOMY,
            raw=partial(_cause_told, words),
        ),
        Column("since", N_("opened"), 6, clock, lambda i: i.opened_at, below=ROOMY),
        Column(
            "since", N_("opened"), 13, since, lambda i: i.opened_at, needs=ROOMY, raw=lambda i: i.opened_at
        ),
        Column("asset", N_("asset"), 9, text(lambda i: i.asset, BRIGHT), lambda i: i.asset),
        Column("place", N_("place"), 12, text(lambda i: i.place), lambda i: i.place, grows=True, needs=ROOMY),
        Column(
            "points", N_("pts"), 3, text(lambda i: words.number(i.points)), lambda i: i.points, "right",
            raw=lambda i: i.points,
        ),
        Column("ticket", N_("ticket"), 6, ticket, ticket_order, needs=ROOMY, below=WIDE),
        Column("ticket", N_("ticket"), 17, ticket_told, ticket_order, needs=WIDE, raw=partial(_ticket_told, words)),
        *_more_columns(words),
    ]  # fmt: skip


def _more_columns(words: Words) -> list[Column[IncidentView]]:
    """Columns for those who choose them."""

    def state(incident: IncidentView) -> str:
        return words.t(INCIDENT_SIGNS[incident.state].word)

    def known_by(incident: IncidentView) -> str:
        return incident.acknowledged_by or ""

    def column(key: str, title: str, value: Callable[[IncidentView], str]) -> Column[IncidentView]:
        return Column(key, title, 14, lambda i: Text(clean(value(i)), GREY), value, extra=True)

    return [
        column("state", N_("state"), state),
        column("sector", N_("sector"), lambda incident: incident.sector),
        column("known", N_("acknowledged by"), known_by),
    ]


def _cause_told(words: Words, incident: IncidentView) -> str:
    told = words.t(CAUSES[incident.cause])
    return f"{told} · {words.t(PROBABLE.word)}" if incident.probable else told


def _ticket_told(words: Words, incident: IncidentView) -> str | None:
    ticket = incident.ticket
    return f"{words.t(TICKETS[ticket.status])} · {ticket.service_id or ticket.id}" if ticket else None


class IncidentsScreen(ListFrame[IncidentView]):
    """What is broken, why the program believes it, and who knows."""

    MODE = "incidents"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", N_("acknowledge")),
        Binding("s", "send", N_("send")),
        Binding("d", "reject", N_("dismiss"), priority=True),
        Binding("c", "closed", N_("closed too")),
    ]
    FIRST = frozenset({"search", "reject"})
    FIELDS: ClassVar[Mapping[str, str]] = {
        N_("cause"): "cause",
        N_("asset"): "asset",
        N_("street"): "place",
        N_("sector"): "sector",
        N_("state"): "state",
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
        """Name the panels."""
        self.table.border_title = self.words.t("Incidents that stand")

    def show(self, changes: Changes | None) -> None:
        """Arrange again when an incident changed: there are few."""
        if touches(changes, Topic.INCIDENTS, Topic.LINK):
            self.rearrange()
        if touches(changes, Topic.INCIDENTS, Topic.SUMMARY):
            self._show_chosen()

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
        return searchable(row.id, t(CAUSES[row.cause]), row.asset, row.place, row.sector, *state, *ticket)

    def field(self, row: IncidentView, name: str) -> str:
        """A field for ``asset:`` and the like."""
        if name == "cause":
            return self.words.t(CAUSES[row.cause])
        if name == "state":
            return self.words.t(INCIDENT_SIGNS[row.state].word)
        return str(getattr(row, name))

    def default_order(self, row: IncidentView) -> Any:
        """Those that nobody knows of first, then the newest."""
        return incident_order(row)

    def arranged(self, shown: int, known: int) -> None:
        """Say so when nothing is broken."""
        super().arranged(shown, known)
        if not known:
            self.table.empty_text = self.words.t("No incident stands.")

    @property
    def _chosen(self) -> IncidentView | None:
        return self.city.incidents.get(self.table.cursor or "")

    @on(Table.Pointed)
    def _show_chosen(self) -> None:
        self.query_one(IncidentPanel).show_incident(self._chosen)
        self.refresh_keys()

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
        if not allowed or action not in {"acknowledge", "send", "reject"}:
            return allowed
        incident = self._chosen if self.is_mounted else None
        if incident is None or incident.state not in LIVE:
            return None
        if action == "acknowledge" and incident.acknowledged_by:
            return None
        if action == "send" and incident.ticket and incident.ticket.status != "failed":
            return None
        return True

    @work(group="act")
    async def action_acknowledge(self) -> None:
        """Say that one knows of it."""
        if incident := self._chosen:
            self._took(await self.attempt(self.session.client.acknowledge(incident.id)), N_("Acknowledged."))

    @work(group="act")
    async def action_send(self) -> None:
        """Send it to Allô Proximité."""
        if incident := self._chosen:
            ticket = await self.attempt(self.session.client.send(incident.id))
            changed = incident.model_copy(update={"ticket": ticket}) if ticket else None
            self._took(changed, N_("In the queue of Allô Proximité."))

    def action_reject(self) -> None:
        """Ask why it is none."""
        incident = self._chosen
        if incident is None:
            return
        what = f"{self.words.t(CAUSES[incident.cause])} · {incident_spot(incident)}"
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

    def _took(self, changed: IncidentView | None, said: str) -> None:
        if changed:
            self.city.take_incidents([changed])
            self.notify(self.words.t(said), timeout=3, markup=False)
            self.take()

    @work(exclusive=True, group="closed")
    async def action_closed(self) -> None:
        """Show those that are over as well, or no longer."""
        self._closed_too = not self._closed_too
        if self._closed_too:
            self.city.take_incidents(await self.attempt(self.session.client.incidents("all")) or ())
        title = N_("All incidents") if self._closed_too else N_("Incidents that stand")
        self.table.border_title = self.words.t(title)
        self.rearrange()

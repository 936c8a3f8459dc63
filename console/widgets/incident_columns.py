"""The columns of the list of incidents."""

from collections.abc import Callable
from functools import partial

from rich.text import Text

from city.messages import IncidentView
from console.city_now import CityNow
from console.hostile import clean
from console.i18n import N_, Words
from console.vocabulary import (
    BLUE,
    BRIGHT,
    CAUSES,
    GREEN,
    GREY,
    INCIDENT_SIGNS,
    PROBABLE,
    TICKETS,
    VERMILION,
)
from console.widgets.columns import Column
from console.widgets.incident_head import incident_head

ROOMY = 75
"""Cells of the table from which place, ticket and whole dates are shown."""
WIDE = 90
"""Cells of the table from which the ticket is told in words."""
WIDEST = 104
"""Cells of the table from which it is told whose an incident is."""
TICKET_SIGNS = {
    "queued": ("⋯", GREY),
    "open": ("✉", BLUE),
    "closing": ("✉✓", BLUE),
    "closed": ("✓", GREEN),
    "failed": ("✖", VERMILION),
}
"""How far a ticket is; in a narrow list the first character stands alone."""


def incident_columns(words: Words, city: CityNow) -> list[Column[IncidentView]]:
    """The columns of the list."""
    t = words.t

    def cause(incident: IncidentView) -> Text:
        return incident_head(incident, words)

    def ticket_told(incident: IncidentView) -> Text:
        told = f" {t(TICKETS[incident.ticket.status])}" if incident.ticket else ""
        return _ticket_sign(incident).append(told)

    def points(incident: IncidentView) -> Text:
        return Text(words.number(incident.points))

    def points_and_ticket(incident: IncidentView) -> Text:
        """Both in four cells: in a narrow list, too, one sees what Allô Proximité has."""
        sign = _ticket_sign(incident)
        return points(incident).append(sign.plain[0], sign.style)

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
        Column("since", N_("time"), 5, clock, lambda i: i.opened_at, below=ROOMY),
        Column(
            "since", N_("opened"), 13, since, lambda i: i.opened_at, needs=ROOMY, raw=lambda i: i.opened_at
        ),
        Column("asset", N_("asset"), 9, text(lambda i: i.asset, BRIGHT), lambda i: i.asset),
        Column("place", N_("place"), 12, text(lambda i: i.place), lambda i: i.place, grows=True, needs=ROOMY),
        Column("points", N_("pts✉"), 4, points_and_ticket, lambda i: i.points, "right", below=ROOMY),
        Column(
            "points", N_("pts"), 3, points, lambda i: i.points, "right", needs=ROOMY, raw=lambda i: i.points
        ),
        Column("ticket", N_("ticket"), 6, _ticket_sign, _ticket_order, needs=ROOMY, below=WIDE),
        Column("ticket", N_("ticket"), 17, ticket_told, _ticket_order, needs=WIDE, raw=partial(_ticket_told, words)),
        Column(
            "assigned", N_("assigned"), 12, text(lambda i: i.assigned_to or ""), lambda i: i.assigned_to,
            needs=WIDEST, raw=lambda i: i.assigned_to,
        ),
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


def _ticket_sign(incident: IncidentView) -> Text:
    return Text(*TICKET_SIGNS[incident.ticket.status]) if incident.ticket else Text("–", GREY)


def _ticket_order(incident: IncidentView) -> str | None:
    return incident.ticket.status if incident.ticket else None


def _cause_told(words: Words, incident: IncidentView) -> str:
    told = words.t(CAUSES[incident.cause])
    return f"{told} · {words.t(PROBABLE.word)}" if incident.probable else told


def _ticket_told(words: Words, incident: IncidentView) -> str | None:
    ticket = incident.ticket
    return f"{words.t(TICKETS[ticket.status])} · {ticket.service_id or ticket.id}" if ticket else None

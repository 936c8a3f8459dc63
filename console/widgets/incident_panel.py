"""One incident: since when, the evidence that convinced the detector, what it took along, its ticket."""

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from city.measurements import DeviceKind
from city.messages import EvidenceView, IncidentView
from console.evidence import figures_of, rule_of
from console.hostile import clean
from console.session import Session
from console.vocabulary import (
    AMBER,
    BLUE,
    BRIGHT,
    CAUSES,
    FAINT,
    GREEN,
    GREY,
    INCIDENT_SIGNS,
    KINDS,
    PROBABLE,
    REOPENED,
    TICKETS,
    VERMILION,
)
from console.widgets.incident_head import incident_spot
from console.widgets.painted import Painted, fit, spread

OF_WIFI = frozenset({DeviceKind.HOTSPOT, DeviceKind.WIFI_CONTROLLER, DeviceKind.ACCESS_POINT})
"""What takes access points along, not light points."""
LABEL = 12
MOST_ROWS = 4
"""Lines of names of what an incident takes along."""
TIME = 10
"""Cells for a time and the gap before it."""


class IncidentPanel(Painted):
    """The incident under the cursor."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="incident", classes="panel")
        self._session = session
        self._incident: IncidentView | None = None

    def show_incident(self, incident: IncidentView | None) -> None:
        """Another incident, or the same one changed."""
        self._incident = incident
        self.border_subtitle = self._session.words.t("a acknowledge s send d dismiss") if incident else ""
        self.border_title = self._session.words.t(CAUSES[incident.cause]) if incident else ""
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Where and since when, evidence, consequences, ticket, people."""
        incident = self._incident
        if incident is None:
            return [Text.assemble(("✓ ", GREEN), self._session.words.t("No incident stands."))]
        lines = [*self._place(incident, width), Text()]
        ticket = self._ticket(incident, width)
        people = self._people(incident, width)
        evidence = self._evidence(incident, width)
        room = height - sum(len(part) for part in (lines, ticket, people))
        suppressed = self._suppressed(incident, width, room - len(evidence))
        return [*lines, *ticket, *people, *evidence[: max(2, room - len(suppressed))], *suppressed]

    def _place(self, incident: IncidentView, width: int) -> list[Text]:
        words, sign = self._session.words, INCIDENT_SIGNS[incident.state]
        now = self._session.city.now or incident.opened_at
        age = words.span((incident.closed_at or now) - incident.since)
        return [
            spread(
                Text(f"{sign.symbol} {words.t(sign.word)}", f"bold {sign.colour}"), Text(age, GREY), width
            ),
            *self._doubts(incident, width),
            Text(fit(f"{words.t(KINDS[incident.kind])} {incident_spot(incident)}", width), f"bold {BRIGHT}"),
            Text(fit(clean(incident.sector), width), GREY),
            self._labelled(words.t("since"), words.moment(incident.since, now), width),
            self._labelled(words.t("confirmed"), words.moment(incident.opened_at, now), width),
            *(
                [self._labelled(words.t("over"), words.moment(incident.closed_at, now), width)]
                if incident.closed_at
                else []
            ),
        ]

    def _doubts(self, incident: IncidentView, width: int) -> list[Text]:
        """That it is only probable, and that it came back."""
        words, lines = self._session.words, []
        if incident.probable:
            text = words.t("probable: the evidence is partial")
            lines.append(Text(fit(f"{PROBABLE.symbol} {text}", width), PROBABLE.colour))
        if incident.reopened:
            text = words.n("reopened {count} time", "reopened {count} times", incident.reopened)
            lines.append(Text(fit(f"{REOPENED.symbol} {text}", width), REOPENED.colour))
        return lines

    def _labelled(self, label: str, value: str, width: int, style: str = "") -> Text:
        return Text.assemble((fit(label, LABEL - 1).ljust(LABEL), GREY), (fit(value, width - LABEL), style))

    def _heading(self, title: str, width: int) -> Text:
        return Text.assemble((f"{title} ", GREY), ("─" * max(0, width - len(title) - 1), FAINT))

    def _ticket(self, incident: IncidentView, width: int) -> list[Text]:
        t, ticket = self._session.words.t, incident.ticket
        if ticket is None:
            return [
                self._heading("Allô Proximité", width),
                Text(fit(t("Not sent: press s to send it."), width), AMBER),
                Text(),
            ]
        number = f" · n° {clean(ticket.service_id)}" if ticket.service_id else ""
        colour = VERMILION if ticket.status == "failed" else GREEN if ticket.status == "closed" else BLUE
        lines = [
            self._heading("Allô Proximité", width),
            Text(fit(f"✉ {t(TICKETS[ticket.status])}{number}", width), colour),
        ]
        if ticket.detail:
            lines.append(Text(fit(clean(ticket.detail), width), GREY))
        return [*lines, Text()]

    def _people(self, incident: IncidentView, width: int) -> list[Text]:
        t = self._session.words.t
        lines = []
        if incident.acknowledged_by:
            lines.append(self._labelled(t("known to"), clean(incident.acknowledged_by), width, GREEN))
        if incident.dismissed_because:
            lines.append(self._labelled(t("dismissed"), clean(incident.dismissed_because), width))
        if not lines and incident.closed_at is None:
            lines.append(Text(fit(t("Not acknowledged: press a."), width), AMBER))
        return [*lines, Text()]

    def _evidence(self, incident: IncidentView, width: int) -> list[Text]:
        lines = [self._heading(self._session.words.t("Why it is believed"), width)]
        for evidence in reversed(incident.evidence):
            lines += self._one_evidence(evidence, width)
        return [*lines, Text()]

    def _one_evidence(self, evidence: EvidenceView, width: int) -> list[Text]:
        words = self._session.words
        said, *more = wrap(rule_of(evidence, words), width, initial_indent=" " * TIME) or [""]
        lines = [spread(Text(said.lstrip()), Text(words.clock(evidence.at, seconds=True), GREY), width)]
        lines += [Text(line) for line in more]
        for label, figure in figures_of(evidence, words):
            lines.append(spread(Text(f"  {label}", GREY), Text(figure, f"bold {BRIGHT}"), width))
        return lines

    def _suppressed(self, incident: IncidentView, width: int, room: int) -> list[Text]:
        words = self._session.words
        if not incident.suppressed:
            return []
        count = len(incident.suppressed)
        title = words.n("Takes {count} light point along", "Takes {count} light points along", count)
        if incident.kind in OF_WIFI:
            title = words.n("Takes {count} access point along", "Takes {count} access points along", count)
        lines = [self._heading(title, width)]
        across = max(1, width // 10)
        names = [clean(name) for name in incident.suppressed]
        rows = max(1, min(MOST_ROWS, room - 1))
        starts = range(0, min(len(names), across * rows), across)
        groups = (" ".join(f"{name:<9}" for name in names[start : start + across]) for start in starts)
        lines += [Text(fit(group, width), GREY) for group in groups]
        if len(names) > across * rows:
            lines[-1] = Text(fit(lines[-1].plain[: width - 2].rstrip() + " …", width), GREY)
        return lines

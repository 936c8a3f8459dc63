"""One incident: since when, its ticket, whose it is, the evidence with its day, notes, citizens, what it took along."""

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from city.citizens import NearReportView
from city.incidents import VISIBLE
from city.measurements import DeviceKind
from city.messages import EvidenceView, IncidentView
from console.evidence import figures_of, rule_of
from console.hostile import clean
from console.incident_day import IncidentDay, metric_of
from console.session import Session
from console.vocabulary import (
    AMBER,
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
from console.widgets.incident_head import incident_spot
from console.widgets.incident_plot import LEAST_PLOT, MOST_PLOT, evidence_plot, not_yet
from console.widgets.lacking import awaited, lines_of
from console.widgets.near_report import report_head
from console.widgets.painted import Painted, fit, spread
from console.widgets.parts import GUTTER, Part, beside, fitted, heading, tallest

OF_WIFI = frozenset({DeviceKind.HOTSPOT, DeviceKind.WIFI_CONTROLLER, DeviceKind.ACCESS_POINT})
"""What takes access points along, not light points."""
LABEL = 12
MOST_ROWS = 4
"""Lines of names of what an incident takes along."""
INDENT = 2
FEW_NOTES, MOST_NOTES = 2, 30
LINES_OF_A_NOTE = 2
"""Where there is little room."""
LINES_OF_A_REFUSAL = 3
FEW_REPORTS, MOST_REPORTS = 3, 20
SPREAD_FROM = 70
"""Cells from which facts and day stand beside each other."""
FACTS_SHARE = 0.42
"""Of the width then."""
TIME = 10
"""Cells for a time and the gap before it."""


class IncidentPanel(Painted):
    """The incident under the cursor: what is pushed at once, the rest when the head-end has answered."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="incident", classes="panel")
        self._session = session
        self._incident: IncidentView | None = None
        self._reports: Sequence[NearReportView] = ()
        self._day: IncidentDay | None = None
        self._failure = self._no_reports = ""
        self._is_known = False

    def show_incident(self, incident: IncidentView | None) -> None:
        """Another incident, or the same one changed: what was known of another's day and reports goes."""
        if incident is None or self._incident is None or incident.id != self._incident.id:
            self._reports, self._no_reports = (), ""
            self._day, self._failure, self._is_known = None, "", False
        self._incident = incident
        t = self._session.words.t
        self.border_subtitle = t("t assign n note z enlarge") if incident else ""
        self.border_title = t(CAUSES[incident.cause]) if incident else ""
        self.repaint()

    def show_reports(self, incident: str, reports: Sequence[NearReportView]) -> None:
        """What citizens reported of it, or near it."""
        if self._incident and self._incident.id == incident:
            self._reports, self._no_reports = reports, ""
            self.repaint()

    def show_no_reports(self, incident: str, why: str) -> None:
        """The head-end did not say what citizens reported; what it said before stays."""
        if self._incident and self._incident.id == incident:
            self._no_reports = why
            self.repaint()

    def show_day(self, incident: str, day: IncidentDay | None) -> None:
        """The last 24 hours of what it is about; None: there is nothing to draw."""
        if self._incident and self._incident.id == incident:
            self._day, self._failure, self._is_known = day, "", True
            self.repaint()

    def show_failure(self, incident: str, why: str) -> None:
        """The head-end did not tell the day; what it told before stays."""
        if self._incident and self._incident.id == incident:
            self._failure = why
            self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Where and since when, ticket, people, evidence with its day, citizens, consequences."""
        incident = self._incident
        if incident is None and self._session.city.summary is None:
            return lines_of(awaited(self._session), width)
        if incident is None:
            return [Text.assemble(("✓ ", GREEN), self._session.words.t("No incident stands."))]
        if width >= SPREAD_FROM:
            across = int(width * FACTS_SHARE)
            right = width - across - len(GUTTER)
            facts = [*self._facts(incident, across), self._taken(incident, across)]
            told = [self._notes(incident, right, MOST_NOTES), self._citizens(right, MOST_REPORTS)]
            plot = self._plot(incident, right, max(LEAST_PLOT, height - tallest(told) - len(told)))
            return beside(fitted(facts, height), fitted([plot, *told], height), across)
        return fitted(self._below_each_other(incident, width, height), height)

    def _below_each_other(self, incident: IncidentView, width: int, height: int) -> list[Part]:
        """All in one column. A plot is whole or not there; for it the citizens' reports are only counted."""
        notes, citizens = self._notes(incident, width, FEW_NOTES), self._citizens(width, FEW_REPORTS)
        counted, taken = Part(3, citizens.lines[:1]), self._taken(incident, width)
        head = [*self._facts(incident, width), notes]
        room = height - tallest(head)
        if room - len(citizens.lines) < LEAST_PLOT <= room - len(counted.lines):
            citizens = counted
        room -= len(citizens.lines)
        spare = room - len(taken.lines) - len(head)
        plot = self._plot(incident, width, min(room, max(LEAST_PLOT, spare)))
        return [*head[:-1], plot, notes, citizens, taken]

    def _facts(self, incident: IncidentView, width: int) -> list[Part]:
        return [
            Part(0, self._place(incident, width)),
            Part(1, self._ticket(incident, width)),
            Part(1, self._people(incident, width)),
            Part(2, self._evidence(incident, width)),
        ]

    def _plot(self, incident: IncidentView, width: int, height: int) -> Part:
        """The day, in few lines where there is no room; what is not known yet is said in one."""
        words, is_away = self._session.words, not self._session.city.up
        if self._day:
            rows = min(MOST_PLOT, height)
            return Part(4, evidence_plot(self._day, incident, words, width, rows))
        if self._is_known or metric_of(incident) is None:
            return Part(4, [])
        return Part(6, [not_yet(self._failure, words, width, is_away=is_away)])

    def _notes(self, incident: IncidentView, width: int, most: int) -> Part:
        """What people wrote, newest first."""
        if not incident.notes:
            return Part(3, [])
        words, now = self._session.words, self._session.city.now
        title = words.n("{count} note", "{count} notes", len(incident.notes))
        lines = [heading(title, width)]
        for note in incident.notes[::-1][:most]:
            when = words.moment(note.at, now or note.at)
            lines.append(spread(Text(clean(note.by), BLUE), Text(when, GREY), width))
            said = wrap(clean(note.text), max(1, width - INDENT))
            kept = said if most > FEW_NOTES else said[:LINES_OF_A_NOTE]
            lines += [Text(" " * INDENT + line) for line in kept]
            if len(kept) < len(said):
                lines[-1] = Text(fit(lines[-1].plain + " …", width - 1))
        return Part(3, lines)

    def _citizens(self, width: int, most: int) -> Part:
        """Citizens' reports: those joined, and those that could be."""
        words, now = self._session.words, self._session.city.now
        if not self._reports and self._no_reports and self._session.city.up:
            told = words.t("Citizens' reports: {why}", why=clean(self._no_reports))
            return Part(3, [Text(fit(told, width), VERMILION)])
        if not self._reports or now is None:
            return Part(3, [])
        title = words.n("{count} citizen's report", "{count} citizens' reports", len(self._reports))
        heads = [report_head(each, words, now, width) for each in self._reports[:most]]
        return Part(3, [heading(f"{title} · i", width), *heads])

    def _taken(self, incident: IncidentView, width: int) -> Part:
        return Part(5, self._suppressed(incident, width))

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

    def _ticket(self, incident: IncidentView, width: int) -> list[Text]:
        t, ticket = self._session.words.t, incident.ticket
        if ticket is None:
            is_past = self._session.replayed_at is not None  # no key does anything there
            told = Text(fit(t("Not sent.") if is_past else t("Not sent: press s to send it."), width), AMBER)
            if incident.cause not in VISIBLE:
                told = Text(fit(t("Not sent: nobody sees it in the street."), width), GREY)
            return [heading("Allô Proximité", width), told]
        number = f" · n° {clean(ticket.service_id)}" if ticket.service_id else ""
        is_refused = ticket.status == "failed"
        symbol = "✖" if is_refused else "✉"
        colour = VERMILION if is_refused else GREEN if ticket.status == "closed" else BLUE
        lines = [
            heading("Allô Proximité", width),
            Text(fit(f"{symbol} {t(TICKETS[ticket.status])}{number}", width), colour),
        ]
        if is_refused:
            # The service's own words stand last in it: they say what is to be done.
            said = wrap(clean(ticket.detail), max(1, width))[:LINES_OF_A_REFUSAL]
            lines += [Text(line, GREY) for line in said]
            if self._session.replayed_at is None:
                lines.append(Text(fit(t("Press s to send it again."), width), AMBER))
        elif ticket.detail:
            lines.append(Text(fit(clean(ticket.detail), width), GREY))
        return lines

    def _people(self, incident: IncidentView, width: int) -> list[Text]:
        t = self._session.words.t
        lines = []
        if incident.assigned_to:
            lines.append(
                self._labelled(t("assigned to"), clean(incident.assigned_to), width, f"bold {BRIGHT}")
            )
        if incident.acknowledged_by:
            lines.append(self._labelled(t("known to"), clean(incident.acknowledged_by), width, GREEN))
        if incident.dismissed_because:
            lines.append(self._labelled(t("dismissed"), clean(incident.dismissed_because), width))
        if not incident.acknowledged_by and incident.closed_at is None:
            is_past = self._session.replayed_at is not None
            told = t("Not acknowledged.") if is_past else t("Not acknowledged: press a.")
            lines.append(Text(fit(told, width), AMBER))
        return lines

    def _evidence(self, incident: IncidentView, width: int) -> list[Text]:
        lines = [heading(self._session.words.t("Why it is believed"), width)]
        for evidence in reversed(incident.evidence):
            lines += self._one_evidence(evidence, width)
        return lines

    def _one_evidence(self, evidence: EvidenceView, width: int) -> list[Text]:
        words = self._session.words
        said, *more = wrap(rule_of(evidence, words), width, initial_indent=" " * TIME) or [""]
        lines = [spread(Text(said.lstrip()), Text(words.clock(evidence.at, seconds=True), GREY), width)]
        lines += [Text(line) for line in more]
        for label, figure in figures_of(evidence, words):
            lines.append(spread(Text(f"  {label}", GREY), Text(figure, f"bold {BRIGHT}"), width))
        return lines

    def _suppressed(self, incident: IncidentView, width: int) -> list[Text]:
        words = self._session.words
        if not incident.suppressed:
            return []
        count = len(incident.suppressed)
        title = words.n("Takes {count} light point along", "Takes {count} light points along", count)
        if incident.kind in OF_WIFI:
            title = words.n("Takes {count} access point along", "Takes {count} access points along", count)
        lines = [heading(title, width)]
        across = max(1, width // 10)
        names = [clean(name) for name in incident.suppressed]
        starts = range(0, min(len(names), across * MOST_ROWS), across)
        groups = (" ".join(f"{name:<9}" for name in names[start : start + across]) for start in starts)
        lines += [Text(fit(group, width), GREY) for group in groups]
        if len(names) > across * MOST_ROWS:
            lines[-1] = Text(fit(lines[-1].plain[: width - 2].rstrip() + " …", width), GREY)
        return lines

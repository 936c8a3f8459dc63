"""The panels of the Ville screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.text import Text

from city.messages import CurvePoint, IncidentView, LampState, Summary, TimelineRow
from console.i18n import N_
from console.replay import NOT_RECORDED
from console.session import Session
from console.since import Since, change, last_hours, look_back
from console.vocabulary import (
    AMBER,
    BLUE,
    BRIGHT,
    FAINT,
    GREEN,
    GREY,
    LAMP_SIGNS,
    OFF_PLAN_WORD,
    PLAN_SIGN,
    VERMILION,
    Sign,
)
from console.widgets.incident_head import incident_head, incident_spot
from console.widgets.lacking import awaited, lines_of, unread
from console.widgets.painted import Painted, spread
from console.widgets.plot import Curve, area, hours_axis, marks_axis, scale_width, sparkline, with_scale
from console.widgets.rows import Entry, Rows

TWO_PLOTS = 130
"""Columns from which level and power have a plot each."""
GAP = "   "
BESIDE = timedelta(hours=1)
"""How much of the evening before and of the morning after the plot shows."""


REMEMBERED = frozenset({LampState.LIT.value, LampState.FAILED.value, LampState.SILENT.value})
"""Figures of which the head-end tells what they were."""
BAD = frozenset({LampState.FAILED.value, LampState.SILENT.value})
"""Those that nobody wants to rise."""
SPARK_CELLS = 6
"""Cells of a quarter of an hour."""


class Figures(Rows):
    """The light points in a few numbers; each opens the list behind it."""

    POWER = "power"
    INCIDENTS = "incidents"

    def __init__(self, session: Session) -> None:
        super().__init__(id="figures", classes="panel")
        self._session = session
        self.curve: Sequence[CurvePoint] = ()
        self.rows: Sequence[TimelineRow] = ()
        """The last hours, as far as the head-end has told them."""
        self._since: Since | None = None

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """States first, then power, then incidents."""
        summary = self._session.city.summary
        if summary is None:
            return [Entry(None, tuple(lines_of(awaited(self._session), width)))]
        self._since = look_back(self.rows, summary.now)
        span = self._session.words.span(self._since.span) if self._since else ""
        told = self._session.words.t("▲▼ in {span}", span=span) if span else ""
        if told != self.border_subtitle:
            self.border_subtitle = told
        entries = self._lamp_entries(summary, width)
        if height > len(entries) + 4:
            entries.append(Entry(None, (Text("─" * width, FAINT),)))
        entries += self._power_entries(summary, width, height - len(entries))
        count = self._session.words.number(summary.incidents)
        symbol, colour = ("▲", VERMILION) if summary.incidents else ("✓", GREEN)
        entries.append(
            Entry(self.INCIDENTS, (self._figure(Sign(symbol, N_("incidents"), colour), count, "", width),))
        )
        return entries

    def _lamp_entries(self, summary: Summary, width: int) -> list[Entry]:
        words, lamps = self._session.words, summary.lamps
        as_planned = lamps.as_planned
        share = (
            words.percent(100.0 * as_planned / lamps.total) if lamps.total and as_planned is not None else ""
        )
        shown = (
            (LAMP_SIGNS[LampState.LIT], lamps.lit, f"/ {words.number(lamps.total)}", LampState.LIT.value),
            (PLAN_SIGN, as_planned, share, OFF_PLAN_WORD),
            (LAMP_SIGNS[LampState.FAILED], lamps.failed, "", LampState.FAILED.value),
            (LAMP_SIGNS[LampState.SILENT], lamps.silent, "", LampState.SILENT.value),
            (LAMP_SIGNS[LampState.OVERRIDDEN], lamps.overridden, "", LampState.OVERRIDDEN.value),
        )
        return [
            Entry(key, (self._figure(sign, words.number(count), beside, width, key, dim=not count),))
            for sign, count, beside, key in shown
        ]

    def _figure(
        self, sign: Sign, figure: str, beside: str, width: int, key: str = "", *, dim: bool = False
    ) -> Text:
        word = self._session.words.t(sign.word)
        room = 8 if width >= 28 else 7
        left = Text.assemble((f"{sign.symbol} ", GREY if dim else sign.colour), (word, GREY if dim else ""))
        right = Text.assemble((figure, GREY if dim else f"bold {BRIGHT}"), (f" {beside:<{room}}", GREY))
        changed, hours = self._changed(key), self._hours(key)
        if changed and not beside and changed.cell_len <= room:
            right = Text.assemble((figure, f"bold {BRIGHT}"), " ", changed, " " * (room - changed.cell_len))
        elif changed and left.cell_len + changed.cell_len + right.cell_len + 2 < width:
            right = Text.assemble(changed, " ", right)
        if hours and left.cell_len + right.cell_len + len(hours) + 2 <= width:
            right = Text.assemble((hours, sign.colour), " ", right)
        return spread(left, right, width)

    def _changed(self, key: str) -> Text:
        """The difference of a figure to an hour ago, where the head-end remembers it."""
        summary, since = self._session.city.summary, self._since
        if key not in REMEMBERED or since is None or summary is None:
            return Text()
        value = getattr(summary.lamps, key)
        return change(value, getattr(since.row, key), self._session.words.number, is_bad=key in BAD)

    def _hours(self, key: str) -> str:
        return last_hours(self.rows, key, SPARK_CELLS) if key == LampState.FAILED.value else ""

    def _power_entries(self, summary: Summary, width: int, room: int) -> list[Entry]:
        words = self._session.words
        measured = Text.assemble(("↯ ", AMBER), (words.power(summary.power_w), f"bold {BRIGHT}"))
        planned = Text(words.t("plan {power}", power=words.power(summary.planned_w)), GREY)
        if self._since:
            changed = change(summary.power_w, self._since.row.power_w, words.power)
            if changed and measured.cell_len + changed.cell_len + planned.cell_len + 2 < width:
                measured = Text.assemble(measured, " ", changed)
        lines = [spread(measured, planned, width)]
        recent = [point.measured_w for point in self.curve if point.at <= summary.now]
        if room > 2 and any(value is not None for value in recent):
            top = max(point.planned_w for point in self.curve)
            lines.append(Text(sparkline(recent, width, top), AMBER))
        return [Entry(self.POWER, tuple(lines))]


class NewestIncidents(Rows):
    """The incidents that stand, those that nobody knows of first."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="incidents", classes="panel")
        self._session = session

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """Two lines each, with a blank one between where there is room."""
        standing = self._session.city.live_incidents
        if self._session.city.summary is None:
            return [Entry(None, tuple(lines_of(awaited(self._session), width)))]
        if not standing:
            return [
                Entry(None, (Text.assemble(("✓ ", GREEN), self._session.words.t("No incident stands.")),))
            ]
        blank = height >= 3 * len(standing) - 1
        return [
            Entry(incident.id, (*self._lines(incident, width), *([Text()] if blank else [])))
            for incident in standing
        ]

    def _lines(self, incident: IncidentView, width: int) -> tuple[Text, Text]:
        words = self._session.words
        now = self._session.city.now or incident.opened_at
        when = Text(words.moment(incident.opened_at, now), GREY)
        where = Text(f"  {incident_spot(incident)}", GREY)
        if incident.ticket and incident.ticket.status != "failed":
            where.append(" ✉", BLUE)
        count = words.n("{count} pt", "{count} pts", incident.points) if incident.points > 1 else ""
        return spread(incident_head(incident, words), when, width), spread(where, Text(count, GREY), width)


class NightCurve(Painted):
    """Tonight: what is planned and what was measured, level and power."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="night", classes="panel")
        self._session = session
        self.points: Sequence[CurvePoint] = ()
        self._why = ""
        self.is_known_empty = False
        """Whether the head-end has said that there is nothing to show."""

    def show_failure(self, why: str) -> None:
        """The head-end could not tell the curve; what it told before stays."""
        self._why = why
        self.repaint()

    def show_points(self, points: Sequence[CurvePoint]) -> None:
        """The night as the head-end has it, noon to noon: the day before and after it is left out."""
        lit = [point.at for point in points if point.planned_level_pct]
        now = self._session.city.now
        if lit and now:
            start, end = min(lit[0] - BESIDE, now), max(lit[-1] + BESIDE, now)
            points = [point for point in points if start <= point.at <= end]
        self.points, self.is_known_empty = points, not points
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One plot, or two beside each other where there is room."""
        if not self.points or height < 3:
            if self.is_known_empty:
                return [Text(self._session.words.t(NOT_RECORDED), GREY)]
            return lines_of(unread(self._session, self._why) if self._why else awaited(self._session), width)
        if width < TWO_PLOTS:
            return self._plot(width, height, power=False)
        half = (width - len(GAP)) // 2
        level = self._plot(half, height, power=False)
        power = self._plot(width - half - len(GAP), height, power=True)
        return [
            Text.assemble(left, " " * (half - left.cell_len), GAP, right, no_wrap=True, end="")
            for left, right in zip(level, power, strict=True)
        ]

    def _plot(self, width: int, height: int, *, power: bool) -> list[Text]:
        words = self._session.words
        curve = self._curve(power=power)
        label = words.power if power else words.percent
        lead = scale_width(curve.top, label)
        marks = self._marks()
        rows = with_scale(area(curve, width - lead, height - 2), curve.top, label, lead)
        foot = [hours_axis(curve, width - lead, words), marks_axis(curve, width - lead, marks)]
        return [*rows, *(Text.assemble(" " * lead, line, no_wrap=True, end="") for line in foot)]

    def _curve(self, *, power: bool) -> Curve:
        points = self.points
        measured = [(p.at, p.measured_w if power else p.measured_level_pct) for p in points]
        planned = [(p.at, p.planned_w if power else p.planned_level_pct) for p in points]
        highest = max((value for _, value in (*measured, *planned) if value is not None), default=1.0)
        top = highest * 1.05 if power else 100.0
        return Curve(points[0].at, points[-1].at, measured, planned, top, now=self._session.city.now)

    def _marks(self) -> list[tuple[datetime | None, str]]:
        session, words, summary = self._session, self._session.words, self._session.city.summary
        if summary is None:
            return []
        return [
            (summary.sunset, words.t("↑ sunset {time}", time=words.clock(summary.sunset))),
            (summary.sunrise, words.t("↑ sunrise {time}", time=words.clock(summary.sunrise))),
            (
                summary.now,
                words.t("↑ now") if session.replayed_at is None else f"↑ {words.clock(summary.now)}",
            ),
        ]

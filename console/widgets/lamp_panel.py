"""One light point: asked, in effect, measured; why; its last 24 hours; its incidents."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from textwrap import wrap

from rich.text import Text

from city.messages import IncidentView, LightPointDetail, LightPointView, ReasonView, SampleView, SayView
from console.city_now import off_plan
from console.hostile import clean
from console.i18n import UNKNOWN
from console.replay import NOT_RECORDED
from console.session import Session
from console.vocabulary import (
    AMBER,
    BLUE,
    BRIGHT,
    GREY,
    INCIDENT_SIGNS,
    LAMP_SIGNS,
    LAYERS,
    LOCKED,
    SOURCES,
    TICKETS,
    VERMILION,
    spoken,
)
from console.widgets.incident_head import incident_head
from console.widgets.lacking import awaited, lines_of
from console.widgets.painted import Painted, fit, spread
from console.widgets.plot import Curve, area, hours_axis, scale_width, with_scale

DAY_HOURS = 24.0
FAR_FROM_EXPECTED = 0.25
"""A measured power is coloured when it is this share away from what its level should draw."""
MOST_LINES_OF_REASON, MOST_LINES_BENEATH = 4, 2
"""Of what a dynamic rule says: where it decides, and where an order or a lock stands above it."""
INDENT = 2
LABEL = 13
"""Cells for what stands before a fact."""
ROOMY_ROWS = 26
"""From this height on, blank lines part the sections."""


class LampPanel(Painted):
    """The light point under the cursor: what is pushed at once, the rest when the head-end has answered."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="lamp", classes="panel")
        self._session = session
        self.point: LightPointView | None = None
        self._detail: LightPointDetail | None = None
        self._level: Sequence[SampleView] | None = None
        self._power: Sequence[SampleView] | None = None
        self._failure = ""

    def show_point(self, point: LightPointView | None) -> None:
        """Another light point: what was known of the former goes."""
        self.point = point
        self._detail = self._level = self._power = None
        self._failure = ""
        self.border_title = Text(clean(point.id) if point else "")
        self.border_subtitle = self._session.words.t("o order") if point else ""
        self.repaint()

    def show_detail(self, detail: LightPointDetail) -> None:
        """What the head-end knows beyond the row."""
        if self.point and detail.point.id == self.point.id:
            self._detail, self._failure = detail, ""
            self.repaint()

    def show_day(self, point: str, level: Sequence[SampleView], power: Sequence[SampleView]) -> None:
        """The last 24 hours."""
        if self.point and point == self.point.id:
            self._level, self._power = level, power
            self.repaint()

    def show_failure(self, point: str, why: str) -> None:
        """The head-end did not say more."""
        if self.point and point == self.point.id:
            self._failure = why
            self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Facts from the top; the plots share what room is left."""
        if self.point is None:
            session = self._session
            none = session.words.t("No light point chosen.")
            return lines_of(none if session.city.summary else awaited(session), width)
        roomy = height >= ROOMY_ROWS
        parts = [self._place(self.point, width), self._levels(self.point, width), self._why(width)]
        incidents = self._incidents(width)
        lines: list[Text] = []
        for part in parts:
            lines += [*part, *([Text()] if roomy and part else [])]
        room = height - len(lines) - len(incidents)
        return [*lines, *self._plots(width, room), *incidents]

    def _place(self, point: LightPointView, width: int) -> list[Text]:
        t, sign = self._session.words.t, LAMP_SIGNS[point.state]
        state = Text(f"{sign.symbol} {t(sign.word)}", f"bold {sign.colour}")
        if point.locked:
            state.append(f"  {LOCKED.symbol} {t(LOCKED.word)}", f"bold {LOCKED.colour}")
        lines = [
            spread(
                state,
                self._heard(point),
                width,
            ),
            Text(fit(clean(point.street), width), f"bold {BRIGHT}"),
            Text(fit(f"{clean(point.quarter)} · {clean(point.sector)}", width), GREY),
        ]
        feed = t("circuit {circuit}", circuit=clean(point.circuit))
        if self._detail:
            feed += f" · {clean(self._detail.phase)} · {clean(self._detail.lamp_type)}"
        return [*lines, Text(fit(feed, width), GREY)]

    def _heard(self, point: LightPointView) -> Text:
        words, now = self._session.words, self._session.city.now
        if point.at is None or now is None:
            is_past = self._session.replayed_at is not None
            return Text(words.t("not heard then") if is_past else words.t("never heard"), GREY)
        return Text(words.t("heard {age} ago", age=words.span(now - point.at)), GREY)

    def _levels(self, point: LightPointView, width: int) -> list[Text]:
        words, third = self._session.words, width // 3
        wrong = off_plan(point)
        names = Text()
        for name in (words.t("asked"), words.t("in effect"), words.t("measured")):
            names.append(name.ljust(third), GREY)
        values = Text()
        values.append(words.percent(point.asked_pct).ljust(third), f"bold {BLUE}")
        values.append(words.percent(point.effect_pct).ljust(third), f"bold {VERMILION if wrong else BRIGHT}")
        values.append(words.power(point.power_w), f"bold {self._power_colour(point)}")
        expected = Text(words.t("expected {power}", power=words.power(point.expected_w)), GREY)
        below = max(0, min(2 * third, width - expected.cell_len))  # what was measured
        return [names, values, Text(" " * below).append_text(expected)]

    @staticmethod
    def _power_colour(point: LightPointView) -> str:
        if point.power_w is None or point.expected_w is None:
            return GREY
        margin = max(1.0, FAR_FROM_EXPECTED * point.expected_w)
        return VERMILION if abs(point.power_w - point.expected_w) > margin else AMBER

    def _why(self, width: int) -> list[Text]:
        words, detail = self._session.words, self._detail
        if self._failure:
            return [Text(fit(clean(self._failure), width), VERMILION)]
        if detail is None:
            return [Text("…", GREY)]
        lines = [*self._decides(detail.reason, width), *self._beneath(detail.reason.chain, width)]
        said = detail.controller_source
        says = words.t(SOURCES[said]) if said and said in SOURCES else spoken(clean(said or UNKNOWN))
        lines.append(self._labelled(words.t("it says"), says, width))
        if self._session.replayed_at is not None:
            lines.append(self._labelled(words.t("holds"), words.t(NOT_RECORDED), width))
            return lines
        held, wanted = detail.programme_held, detail.programme_wanted
        holds = "✓" if held == wanted else f"✖ {words.t('wanted')} {clean(wanted)}"
        lines.append(self._labelled(words.t("holds"), f"{clean(held or UNKNOWN)} {holds}", width))
        return lines

    def _decides(self, reason: ReasonView, width: int) -> list[Text]:
        """What has it hold its level: a dynamic rule in its own words, which say until when; others field by field."""
        words = self._session.words
        last = reason.chain[-1] if reason.chain else None
        if last is not None and last.layer == "dynamic":
            label = self._labelled(words.t("why"), words.t(LAYERS[last.layer]), width)
            return [label, *self._told(last.text, width, MOST_LINES_OF_REASON, f"bold {AMBER}")]
        source = words.t(SOURCES.get(reason.source, reason.source))
        lines = [self._labelled(words.t("why"), f"{source} · {clean(reason.text)}", width)]
        if reason.by:
            lines.append(self._labelled(words.t("ordered by"), clean(reason.by), width))
        if reason.until:
            lines.append(self._labelled(words.t("until"), self._moment(reason.until), width))
        return lines

    @staticmethod
    def _told(text: str, width: int, most: int, style: str) -> list[Text]:
        """A text over several lines, the last one cut where there is more."""
        lines = wrap(clean(text), max(1, width - INDENT))
        kept = [*lines[: most - 1], *([" ".join(lines[most - 1 :])] if len(lines) >= most else [])]
        return [Text(" " * INDENT + fit(line, width - INDENT), style) for line in kept]

    def _beneath(self, chain: Sequence[SayView], width: int) -> list[Text]:
        """What the layers beneath the one that decides would have it hold, the highest first."""
        words = self._session.words
        lines = []
        for each in reversed(chain[:-1]):
            level, is_dynamic = words.percent(each.level_pct), each.layer == "dynamic"
            text = "" if is_dynamic else clean(each.text)
            lines.append(
                self._labelled(f"· {words.t(LAYERS[each.layer])}", f"{level:>6}  {text}".rstrip(), width)
            )
            if is_dynamic:
                lines += self._told(each.text, width, MOST_LINES_BENEATH, GREY)
        return lines

    def _labelled(self, label: str, value: str, width: int) -> Text:
        return Text.assemble((f"{fit(label, LABEL - 1):<{LABEL}}", GREY), fit(value, width - LABEL))

    def _moment(self, instant: datetime) -> str:
        return self._session.words.moment(instant, self._session.city.now or instant)

    def _plots(self, width: int, room: int) -> list[Text]:
        """Level and power over 24 hours, in what room there is."""
        if room < 4 or self._level is None or self._power is None or self._session.city.now is None:
            return [Text()] * max(0, room)
        words, now = self._session.words, self._session.city.now
        start = now - timedelta(hours=DAY_HOURS)
        both = room >= 9
        # An even number of rows has a middle, where half of the scale stands.
        each = min(9, (room - 1) // 2 if both else room - 1) // 2 * 2 + 1
        each = each if each * (2 if both else 1) < room else each - 2
        lines: list[Text] = []
        peak = max((sample.value for sample in self._power), default=0.0)
        expected = self._detail.nominal_w if self._detail else 0.0
        top = max(peak, expected, 1.0)
        power = Curve(start, now, [(s.at, s.value) for s in self._power], top=top)
        level = Curve(start, now, [(s.at, s.value) for s in self._level])
        lead = max(scale_width(top, self._watts), scale_width(100.0, words.percent))
        if both:
            lines += self._plot(words.t("level, 24 h"), level, words.percent, BLUE, width, each, lead)
        lines += self._plot(words.t("power, 24 h"), power, self._watts, AMBER, width, each, lead)
        lines.append(Text.assemble(" " * lead, hours_axis(power, width - lead, words)))
        return [*lines, *([Text()] * (room - len(lines)))]

    def _watts(self, value: float) -> str:
        return f"{self._session.words.number(value)} W"

    def _plot(
        self,
        title: str,
        curve: Curve,
        label: Callable[[float], str],
        colour: str,
        width: int,
        height: int,
        lead: int,
    ) -> list[Text]:
        rows = with_scale(area(curve, width - lead, height - 1, colour), curve.top, label, lead)
        return [Text(fit(title, width), GREY), *rows]

    def _incidents(self, width: int) -> list[Text]:
        if not self._detail:
            return []
        return [self._incident(incident, width) for incident in self._detail.incidents[:3]]

    def _incident(self, incident: IncidentView, width: int) -> Text:
        words, sign = self._session.words, INCIDENT_SIGNS[incident.state]
        state = words.t(sign.word)
        if incident.ticket:
            state = f"✉ {words.t(TICKETS[incident.ticket.status])}"
        return spread(
            incident_head(incident, words), Text(f"{self._moment(incident.opened_at)} {state}", GREY), width
        )

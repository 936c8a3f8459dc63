"""The figure of an incident's evidence over 24 hours, in front of what was to be expected."""

from datetime import datetime

from rich.text import Text

from city.measurements import Metric
from city.messages import IncidentView
from city.small_counts import masked
from console.hostile import clean
from console.i18n import Words
from console.incident_day import TITLES, IncidentDay
from console.vocabulary import AMBER, BLUE, BRIGHT, GREY, VERMILION
from console.widgets.hotspot_panel import waiting
from console.widgets.painted import fit
from console.widgets.plot import NOW, PLANNED, Curve, area, hours_axis, scale_width, with_scale

LEAST_PLOT = 5
"""Lines below which a plot says less than a sentence: title, axis and three rows."""
MOST_PLOT = 12
HEADROOM = 1.05
"""The scale goes so much above what it shows."""
LEAST_TOP = 1.0
SMALL_TOP = 10.0
"""Below this a scale has a decimal."""


def evidence_plot(
    day: IncidentDay, incident: IncidentView, words: Words, width: int, height: int
) -> list[Text]:
    """Title and legend, the plot with its scale, and the hours; a sentence where there is nothing to draw."""
    if height <= 0:
        return []
    if not day.measured and not day.expected:
        return [Text(fit(words.t("Nothing was measured in these 24 hours."), width), AMBER)]
    if height < LEAST_PLOT:
        return []
    values = [value for _, value in (*day.measured, *day.expected)]
    top = max(*values, LEAST_TOP) * HEADROOM
    since = begin_of(incident)
    curve = Curve(day.start, day.end, day.measured, day.expected, top=top, now=since)

    def label(value: float) -> str:
        return f"{words.number(value, 1 if top < SMALL_TOP else 0)} {clean(day.unit)}".rstrip()

    lead = scale_width(top, label)
    rows = with_scale(area(curve, width - lead, height - 2), top, label, lead)
    axis = Text.assemble(" " * lead, hours_axis(curve, width - lead, words), no_wrap=True, end="")
    return [_legend(day, words, width, begins_here=curve.start <= since < curve.end), *rows, axis]


def not_yet(failure: str, words: Words, width: int, *, is_away: bool) -> Text:
    """Why there is no plot: it is being asked for, nobody is there to tell, or the head-end said why not."""
    if failure and not is_away:
        return Text(fit(clean(failure), width), VERMILION)
    return waiting(words, is_away=is_away, width=width)


def _legend(day: IncidentDay, words: Words, width: int, *, begins_here: bool) -> Text:
    """The title, then the signs for which there is room."""
    t = words.t
    title = t(TITLES[day.metric])
    if day.small_count and day.metric is Metric.CLIENTS:
        title = t("clients, 24 h; {few} as 0", few=masked(day.small_count))
    line = Text(fit(title, width), GREY, no_wrap=True, end="")
    signs = []
    if day.expected:
        signs.append((PLANNED, BLUE, t("day before") if day.by_day_before else t("to be expected")))
    if begins_here:
        signs.append((NOW, BRIGHT, t("begin")))
    for symbol, colour, word in signs:
        more = Text.assemble((f"  {symbol} ", colour), (word, GREY))
        if line.cell_len + more.cell_len <= width:
            line.append_text(more)
    return line


def begin_of(incident: IncidentView) -> datetime:
    """Since when it stands: of one that came back, since then."""
    return max(incident.since, incident.opened_at) if incident.reopened else incident.since

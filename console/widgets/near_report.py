"""A citizen's report in one line or two."""

from collections.abc import Mapping
from datetime import datetime

from rich.text import Text

from city.citizens import NearReportView
from console.hostile import clean
from console.i18n import N_, Words
from console.vocabulary import GREEN, GREY
from console.widgets.painted import fit, spread

TROUBLES: Mapping[str, str] = {
    "dark": N_("no light"),
    "by_day": N_("lit by day"),
    "flickers": N_("flickers"),
    "other": N_("something else"),
}
STATES: Mapping[str, str] = {
    "unmatched": N_("for people to look into"),
    "suspected": N_("the lamp is being watched"),
    "nothing_seen": N_("telemetry shows no trouble"),
    "attached": N_("joined to this incident"),
    "closing": N_("joined; the repair is being told"),
    "closed": N_("closed"),
    "closed_there": N_("closed by their staff"),
    "left": N_("left to their staff"),
}


def report_head(near: NearReportView, words: Words, now: datetime, width: int) -> Text:
    """Whether it is joined, its number, what the citizen saw, how far away, and when."""
    sign, colour = ("✓", GREEN) if near.joined else ("○", GREY)
    report = near.report
    told = f"{clean(report.id)} {words.t(TROUBLES[report.trouble])}"
    left = Text.assemble((f"{sign} ", colour), told)
    if near.distance_m is not None:
        left.append(f" · {words.number(near.distance_m)} m", GREY)
    return spread(left, Text(words.moment(report.requested_at, now), GREY), width)


def report_state(near: NearReportView, words: Words, width: int) -> Text:
    """Where it stands, and which lamp the citizen may mean."""
    report = near.report
    lamps = ", ".join(clean(name) for name in report.light_points[:3]) or clean(report.place)
    told = words.t(STATES[report.state])
    return Text(fit(f"  {told} · {lamps}" if lamps else f"  {told}", width), GREY)

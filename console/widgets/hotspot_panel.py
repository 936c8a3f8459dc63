"""A public place as its panel tells it: now, its day against the usual one, what is ahead, and what would help it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap

from rich.text import Text

from city.messages import IncidentView
from city.wifi_views import AccessPointView, AdviceView, HotspotView, OutlookView
from console.hostile import clean
from console.i18n import UNKNOWN, Words
from console.outlook_words import ADVICE, DAYS, figures
from console.vocabulary import (
    AMBER,
    BLUE,
    BRIGHT,
    DOWN,
    GREEN,
    GREY,
    NOT_KNOWN,
    UP,
    VERMILION,
)
from console.widgets.incident_head import incident_head
from console.widgets.painted import fit, spread
from console.widgets.parts import Part, cut, heading, labelled
from console.widgets.plot import Day, bar, day_area, hours_axis, scale_width, with_scale
from console.widgets.wifi_now import age_of, load_colour, notes_of

HEADROOM = 1.08
"""The scale of a plot goes so much above what it shows."""
FULL_LINE_FROM = 0.4
"""The line of a full place is drawn once the day comes to this share of it: else it would flatten the curve."""
LEAST_TOP = 5.0
"""Clients: an empty place is not drawn as if one client were a crowd."""
LEAST_PLOT = 6
"""Lines below which a plot says less than a sentence: title, axis and four rows."""
MOST_PLOT = 16
MOST_INCIDENTS = 3
MOST_ADVICE = 3
MOST_LINES_OF_FIGURES = 3
INDENT = 2


@dataclass(frozen=True, slots=True)
class Place:
    """All that is known of a place."""

    spot: HotspotView
    members: Sequence[AccessPointView]
    incidents: Sequence[IncidentView]
    outlook: OutlookView | None
    failure: str = ""
    """Why there is no outlook; empty while it is asked for."""
    is_away: bool = False
    """Whether the head-end does not answer."""


def hotspot_parts(place: Place, words: Words, now: datetime, width: int) -> list[Part]:
    """Everything but the plot, in the order in which it stands."""
    outlook = place.outlook
    return [
        Part(0, _head(place, words, now, width)),
        Part(1, [cut(note, width) for note in notes_of(place.spot, outlook, words, now)]),
        Part(3, list(_advice(outlook, words, width)) if outlook else []),
        Part(2, incident_lines(place.incidents, words, now, width)),
        Part(4, list(_busy_hours(outlook, words, width)) if outlook else []),
        Part(5, list(_growth(outlook, words, width)) if outlook else []),
        Part(6, _ssids(place.members, words, width)),
    ]


def _head(place: Place, words: Words, now: datetime, width: int) -> list[Text]:
    spot = place.spot
    is_old = age_of(spot.at, now) is not None
    share = spot.load_pct / 100 if spot.load_pct is not None else None
    load = f"{words.percent(spot.load_pct):>6}"
    line = bar(share, width - len(load), GREY if is_old else load_colour(spot.load_pct))
    line.append(load, GREY if is_old else f"bold {BRIGHT}")
    usual = ""
    if spot.usual_clients is not None:
        usual = words.t("usually {clients} now", clients=words.number(spot.usual_clients))
    counted = counted_clients(spot.clients, spot.capacity, words, width - len(usual) - 1)
    counted.stylize(GREY if is_old else f"bold {BRIGHT}", 0, len(words.number(spot.clients)))
    age = heard(spot.at, now, words)
    return [
        spread(_up(spot, words, width - age.cell_len - 1), age, width),
        line,
        spread(counted, Text(usual, GREY), width),
    ]


def counted_clients(clients: int | None, capacity: int, words: Words, room: int) -> Text:
    """So many clients of so many that there is room for, in as many words as fit."""
    if clients is None:
        return Text(UNKNOWN, GREY)
    told = words.n("{count} client", "{count} clients", clients)
    if not capacity:
        return Text(told, GREY)
    told = f"{told} {words.t('of {capacity}', capacity=words.number(capacity))}"
    if len(told) > room:
        told = f"{words.number(clients)} / {words.number(capacity)}"
    return Text(told, GREY)


def _up(spot: HotspotView, words: Words, room: int) -> Text:
    up, total = words.number(spot.access_points_up), words.number(spot.access_points)
    sign = UP if spot.access_points_up == spot.access_points else DOWN
    if not spot.access_points or spot.at is None:
        sign = NOT_KNOWN
    told = f"{sign.symbol} {words.t('{up} of {total} access points up', up=up, total=total)}"
    if len(told) > room:
        told = f"{sign.symbol} {up} / {total}"
    return Text(told, sign.colour)


def heard(at: datetime | None, now: datetime, words: Words) -> Text:
    """How long ago it was last heard of."""
    if at is None:
        return Text(words.t("never heard"), GREY)
    return Text(words.t("heard {age} ago", age=words.span(max(timedelta(), now - at))), GREY)


# -- the day -----------------------------------------------------------------------------------------------


def hotspot_plot(place: Place, words: Words, now: datetime, width: int, height: int) -> list[Text]:
    """The day against the usual one and what is ahead; a sentence where there is nothing to draw."""
    outlook = place.outlook
    if height <= 0:
        return []
    if outlook is None:
        if place.failure:
            return [Text(fit(clean(place.failure), width), VERMILION)]
        return [waiting(words, is_away=place.is_away, width=width)]
    if not any(step.clients is not None or step.expected is not None for step in outlook.steps):
        return [Text(fit(_too_little(outlook, words), width), AMBER)]
    if height < LEAST_PLOT:
        return []
    day = _day(outlook, now)
    lead = scale_width(day.top, words.number)
    rows = with_scale(day_area(day, width - lead, height - 2), day.top, words.number, lead)
    axis = Text.assemble(" " * lead, hours_axis(day.axis, width - lead, words), no_wrap=True, end="")
    return [_legend(day, outlook, words, width), *rows, axis]


def waiting(words: Words, *, is_away: bool, width: int) -> Text:
    """That the history is being read, or that nobody is there to read it."""
    told = words.t("Not known while the head-end is away.") if is_away else words.t("Reading the history …")
    return Text(fit(told, width), GREY)


def _too_little(outlook: OutlookView, words: Words) -> str:
    days = words.n("{count} day", "{count} days", outlook.history_days)
    return words.t("Not enough history yet: {days}", days=days)


def _day(outlook: OutlookView, now: datetime) -> Day:
    steps = outlook.steps
    values = [value for s in steps for value in (s.clients, s.usual, s.expected, s.high) if value is not None]
    top = max([*values, LEAST_TOP]) * HEADROOM
    full_at = (
        float(outlook.capacity) if outlook.capacity and top >= FULL_LINE_FROM * outlook.capacity else None
    )
    return Day(
        start=steps[0].at,
        end=steps[-1].at + timedelta(hours=1),
        measured=[(s.at, s.clients) for s in steps],
        usual=[(s.at, s.usual) for s in steps],
        expected=[(s.at, s.expected) for s in steps],
        low=[(s.at, s.low) for s in steps],
        high=[(s.at, s.high) for s in steps],
        top=max(top, full_at * HEADROOM if full_at else 0.0),
        full_at=full_at,
        now=now,
    )


def _legend(day: Day, outlook: OutlookView, words: Words, width: int) -> Text:
    t = words.t
    line = Text(no_wrap=True, end="")
    signs = [("█", AMBER, t("clients"))]
    if any(value is not None for _, value in day.usual):
        signs.append(("╌", GREY, t("usual")))
    if any(value is not None for _, value in day.expected):
        signs.append(("━", BLUE, t("foreseen")))
        signs.append(("░", BLUE, t("9 in 10")))
    else:
        signs.append(("", AMBER, _too_little(outlook, words)))
    if day.full_at:
        signs.append(("┄", VERMILION, t("full")))
    for symbol, colour, word in signs:
        more = Text.assemble((f"{symbol} " if symbol else "", colour), (f"{word} ", GREY))
        if line.cell_len + more.cell_len - 1 <= width:
            line.append_text(more)
    line.rstrip()
    return line


# -- what is ahead, and what would help --------------------------------------------------------------------


def _advice(outlook: OutlookView, words: Words, width: int) -> Iterator[Text]:
    if not outlook.advice:
        return
    points = f" {words.t('pts')}"
    yield heading(words.t("What would help"), width - len(points)).append(points, GREY)
    for advice in sorted(outlook.advice, key=lambda each: each.rank)[:MOST_ADVICE]:
        yield from _one_advice(advice, outlook, words, width)


def _one_advice(advice: AdviceView, outlook: OutlookView, words: Words, width: int) -> Iterator[Text]:
    """What to do and what it brings; then where, and the figures that speak for it."""
    points = round(advice.gain_pct)
    gain = f"−{words.number(points)}" if points else ""
    head = Text.assemble((f"{advice.rank} ", f"bold {AMBER}"), (words.t(ADVICE[advice.kind]), BRIGHT))
    yield spread(head, Text(gain, f"bold {GREEN}"), width)
    target = "" if advice.target == outlook.hotspot else f"{clean(advice.target)}: "
    told = wrap(clean(target + figures(advice, words)), width - INDENT)
    for line in told[:MOST_LINES_OF_FIGURES]:
        yield Text(" " * INDENT + line, GREY)


def _busy_hours(outlook: OutlookView, words: Words, width: int) -> Iterator[Text]:
    if not outlook.busy_hours:
        return
    yield heading(words.t("Busiest hour"), width)
    for busy in outlook.busy_hours:
        day = words.t(DAYS[busy.days]) if busy.days in DAYS else clean(busy.days)
        is_today = busy.days == outlook.day
        left = Text.assemble(
            ("▸ " if is_today else "  ", AMBER),
            (day, BRIGHT if is_today else GREY),
        )
        hour = f"{busy.hour:02} h" if words.language == "fr" else f"{busy.hour:02}:00"
        right = Text.assemble(
            (f"{hour}  ", BRIGHT),
            (f"{words.number(busy.clients):>5}", ""),
            (f"{words.percent(busy.load_pct):>7}", load_colour(busy.load_pct)),
        )
        yield spread(left, right, width)


def _growth(outlook: OutlookView, words: Words, width: int) -> Iterator[Text]:
    growth = outlook.growth
    label = words.t("growth")
    if growth is None:
        yield labelled(label, words.t("not enough history"), width, GREY)
        return
    told = words.t(
        "{pct} a month ({low} to {high})",
        pct=signed(growth.pct_a_month, words),
        low=signed(growth.low, words),
        high=signed(growth.high, words),
    )
    yield labelled(label, told, width)


def signed(percent: float, words: Words) -> str:
    """A change in percent with its sign."""
    text = words.percent(abs(percent), 1)
    return f"+{text}" if percent >= 0 else f"−{text}"


def _ssids(members: Sequence[AccessPointView], words: Words, width: int) -> list[Text]:
    counts: dict[str, int | None] = {}
    for member in members:
        for ssid in member.ssids:
            before = counts.get(ssid.name)
            counts[ssid.name] = ssid.clients if before is None else before + (ssid.clients or 0)
    return [ssid_line(list(counts.items()), words, width)] if counts else []


def ssid_line(counts: Sequence[tuple[str, int | None]], words: Words, width: int) -> Text:
    """Network names with their clients, the most used first."""
    most_first = sorted(counts, key=lambda each: -(each[1] or 0))
    told = " · ".join(f"{clean(name)} {words.number(count)}" for name, count in most_first)
    return labelled(words.t("networks"), told, width)


def incident_lines(incidents: Sequence[IncidentView], words: Words, now: datetime, width: int) -> list[Text]:
    """The newest incidents, each with its asset and its begin."""
    lines = []
    for incident in incidents[:MOST_INCIDENTS]:
        head = incident_head(incident, words).append(f" {clean(incident.asset)}", GREY)
        lines.append(spread(head, Text(words.moment(incident.opened_at, now), GREY), width))
    return lines or [Text.assemble(("✓ ", GREEN), (words.t("No incident stands here."), GREY))]

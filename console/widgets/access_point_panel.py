"""An access point or a radio as its panel tells it: now, who says so, and its last 24 hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from city.messages import IncidentView, SampleView
from city.small_counts import masked
from city.wifi_views import AccessPointView, RadioView
from console.hostile import clean
from console.i18n import UNKNOWN, Words
from console.vocabulary import AMBER, BLUE, BRIGHT, GREY, SWITCHED_OFF, VERMILION
from console.widgets.hotspot_panel import counted_clients, heard, incident_lines, ssid_line, waiting
from console.widgets.painted import fit, spread
from console.widgets.parts import Part, heading, labelled
from console.widgets.plot import Curve, area, bar, hours_axis, scale_width, with_scale
from console.widgets.wifi_now import age_of, load_colour
from console.widgets.wifi_tree import Branch, radio_name
from console.wifi_day import HOURS, WifiDay

LEAST_CLIENTS = 4.0
"""Top of the scale of a day on which hardly anybody came."""
LEAST_PLOT = 4
"""Lines: title, axis, two rows."""
TWO_PLOTS = 9
"""Lines from which clients and airtime have a plot each."""
HIGHEST_PLOT = 8


@dataclass(frozen=True, slots=True)
class Device:
    """All that is known of an access point, or of one radio of it."""

    row: Branch
    view: AccessPointView
    radio: RadioView | None
    """None: the access point as a whole."""
    incidents: Sequence[IncidentView]
    day: WifiDay | None
    failure: str = ""
    """Why its day is not known; empty while it is asked for."""
    is_away: bool = False
    """Whether the head-end does not answer."""

    @property
    def at(self) -> datetime | None:
        """When it was last heard of."""
        return self.radio.at or self.view.at if self.radio else self.view.at

    @property
    def full_since(self) -> datetime | None:
        """Since when it is full."""
        return self.radio.saturated_since if self.radio else self.view.saturated_since


def device_parts(device: Device, words: Words, now: datetime, width: int) -> list[Part]:
    """Everything but the plots, in the order in which it stands."""
    return [
        Part(0, _head(device, words, now, width)),
        Part(1, _facts(device, words, now, width)),
        Part(3, [] if device.radio else _radios(device.view, words, now, width)),
        Part(2, incident_lines(device.incidents, words, now, width)),
        Part(4, _ssids(device, words, width)),
    ]


def _head(device: Device, words: Words, now: datetime, width: int) -> list[Text]:
    row, sign = device.row, device.row.sign
    is_old = row.age is not None
    share = row.load_pct / 100 if row.load_pct is not None else None
    load = f"{words.percent(row.load_pct):>6}"
    line = bar(share, width - len(load), GREY if is_old else load_colour(row.load_pct))
    line.append(load, GREY if is_old else f"bold {BRIGHT}")
    capacity, air = device.view.capacity if device.radio is None else 0, _air(row, words)
    counted = counted_clients(row.clients, capacity, words, width - len(air) - 1)
    counted.stylize(GREY if is_old else f"bold {BRIGHT}", 0, len(words.number(row.clients)))
    return [
        spread(
            Text(f"{sign.symbol} {words.t(sign.word)}", f"bold {sign.colour}"),
            heard(device.at, now, words),
            width,
        ),
        Text(fit(clean(row.hotspot), width), f"bold {BRIGHT}"),
        line,
        spread(counted, Text(air, GREY), width),
    ]


def _air(row: Branch, words: Words) -> str:
    rate = words.rate(row.throughput_bps)
    return f"{words.t('airtime')} {words.percent(row.airtime_pct)} · {rate}"


def _facts(device: Device, words: Words, now: datetime, width: int) -> list[Text]:
    """Since when it is full; who says all this; of a radio: where it sends."""
    view, radio = device.view, device.radio
    lines = []
    if device.full_since:
        since = words.moment(device.full_since, now)
        lines.append(labelled(words.t("full since"), since, width, VERMILION))
    if radio:
        channel = UNKNOWN if radio.channel is None else str(radio.channel)
        noise = UNKNOWN if radio.noise_dbm is None else f"{words.number(radio.noise_dbm)} dBm"
        lines.append(labelled(words.t("channel"), channel, width))
        lines.append(labelled(words.t("noise"), noise, width))
    if view.source:
        lines.append(labelled(words.t("read with"), clean(view.source), width))
    if view.controller:
        lines.append(labelled(words.t("controller"), clean(view.controller), width))
    return lines


def _radios(view: AccessPointView, words: Words, now: datetime, width: int) -> list[Text]:
    if not view.radios:
        return []
    lines = [heading(words.t("Radios"), width)]
    for radio in view.radios:
        channel = UNKNOWN if radio.channel is None else str(radio.channel)
        is_off = radio.up is False
        left = Text(fit(f"radio {clean(radio_name(radio.id))}", width // 2), BRIGHT)
        left.append(f"  {words.t('chan.')} {channel}", GREY)
        if is_off:
            left.append(f"  {SWITCHED_OFF.symbol} {words.t(SWITCHED_OFF.word)}", SWITCHED_OFF.colour)
        style = GREY if is_off or age_of(radio.at or view.at, now) else ""
        right = f"{words.number(radio.clients):>4} {words.percent(radio.load_pct):>6}"
        lines.append(spread(left, Text(right, style), width))
    return lines


def _ssids(device: Device, words: Words, width: int) -> list[Text]:
    counts = [(ssid.name, ssid.clients) for ssid in device.view.ssids]
    return [ssid_line(counts, words, width)] if counts and device.radio is None else []


# -- its day -----------------------------------------------------------------------------------------------


def device_plot(device: Device, words: Words, now: datetime, width: int, height: int) -> list[Text]:
    """Clients and airtime over 24 hours; a sentence where there is nothing to draw."""
    if height <= 0:
        return []
    if device.day is None:
        if device.failure:
            return [Text(fit(clean(device.failure), width), VERMILION)]
        return [waiting(words, is_away=device.is_away, width=width)]
    if not device.day.clients and not device.day.airtime:
        return [Text(fit(words.t("Nothing was measured in the last 24 hours."), width), AMBER)]
    if height < LEAST_PLOT:
        return []
    start = now - timedelta(hours=HOURS)
    highest = max([sample.value for sample in device.day.clients] + [LEAST_CLIENTS])
    clients = _curve(start, now, device.day.clients, highest)
    airtime = _curve(start, now, device.day.airtime, 100.0)
    lead = max(scale_width(highest, words.number), scale_width(100.0, words.percent))
    both = height >= TWO_PLOTS
    rows = min(HIGHEST_PLOT, (height - 1) // 2 - 1 if both else height - 2)
    few = device.day.small_count
    told = words.t("clients, 24 h; {few} as 0", few=masked(few)) if few else words.t("clients, 24 h")
    lines = _plot(told, clients, words.number, AMBER, width, rows, lead)
    if both:
        title = words.t("airtime, 24 h") if device.radio else words.t("airtime of the busiest radio, 24 h")
        lines += _plot(title, airtime, words.percent, BLUE, width, rows, lead)
    axis = hours_axis(clients, width - lead, words)
    return [*lines, Text.assemble(" " * lead, axis, no_wrap=True, end="")]


def _curve(start: datetime, end: datetime, samples: Sequence[SampleView], top: float) -> Curve:
    return Curve(start, end, [(sample.at, sample.value) for sample in samples], top=top)


def _plot(
    title: str, curve: Curve, label: Callable[[float], str], colour: str, width: int, rows: int, lead: int
) -> list[Text]:
    drawn = with_scale(area(curve, width - lead, rows, colour), curve.top, label, lead)
    return [Text(fit(title, width), GREY), *drawn]

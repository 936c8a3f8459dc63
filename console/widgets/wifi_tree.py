"""The tree of the Wi-Fi screen: places, their access points, and their radios, with what they have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from rich.text import Text

from city.wifi_views import AccessPointView, HotspotView, RadioView
from console.hostile import clean
from console.i18n import N_, Words
from console.vocabulary import BLUE, BRIGHT, DOWN, FULL, GREY, NOT_KNOWN, OLD, SWITCHED_OFF, UP, Sign
from console.widgets.columns import Column
from console.widgets.plot import bar
from console.widgets.wifi_now import age_of, load_colour

BAR_WIDTH = 14
SHORT_BAR_WIDTH = 6
PERCENT_WIDTH = 6
ROOMY = 80
"""Cells of the table from which bars and counts have their full width."""
DEPTH_OF_ACCESS_POINT, DEPTH_OF_RADIO = 1, 2
WORST_FIRST = (DOWN, FULL, NOT_KNOWN, UP, SWITCHED_OFF)


@dataclass(frozen=True, slots=True)
class Branch:
    """One row: a hotspot, an access point or a radio, with what they have in common."""

    id: str
    path: tuple[str, ...]
    """Where it stands in the tree."""
    name: str
    hotspot: str
    up: bool | None
    clients: int | None
    airtime_pct: float | None
    load_pct: float | None
    throughput_bps: float | None
    age: timedelta | None
    """How old its values are, in whole minutes; None while they are the present, or where there are none."""
    full: bool
    open: bool | None
    """Whether what is under it shows; None where nothing is."""
    count: str = ""
    """Of a hotspot: how many of its access points are up."""
    channel: int | None = None
    noise_dbm: float | None = None
    controller: str = ""
    """Who speaks for it; "" where it stands alone."""
    off: bool = False
    """Of a radio: it says itself that it does not send."""
    told: str | None = None
    """What stands in a file in place of a count of clients that is not told; None where it is."""

    @property
    def depth(self) -> int:
        """0 for a hotspot, 1 for an access point, 2 for a radio."""
        return len(self.path) - 1

    @property
    def sign(self) -> Sign:
        """Its state in one sign: what is down comes before what is full."""
        if self.off:
            return SWITCHED_OFF
        if self.up is False:
            return DOWN
        if self.full:
            return FULL
        return NOT_KNOWN if self.up is None else UP


def wifi_columns(words: Words) -> list[Column[Branch]]:
    """The columns of the tree."""

    def name(row: Branch) -> Text:
        knob = {True: "▾ ", False: "▸ ", None: "  "}[row.open]
        style = (f"bold {BRIGHT}", "", GREY)[row.depth]
        return Text.assemble("  " * row.depth, (knob, BLUE), (clean(row.name), style))

    def figure(text: str, row: Branch) -> Text:
        return Text(text, GREY if row.age else "")

    def load(width: int, row: Branch) -> Text:
        share = row.load_pct / 100 if row.load_pct is not None else None
        line = bar(share, width, GREY if row.age else load_colour(row.load_pct))
        style = GREY if row.age else f"bold {BRIGHT}" if row.depth == 0 else ""
        return line.append(f"{words.percent(row.load_pct):>{PERCENT_WIDTH}}", style)

    def clients(row: Branch) -> Text:
        return figure(words.number(row.clients), row)

    def noise(row: Branch) -> Text:
        return Text(f"{words.number(row.noise_dbm)} dBm" if row.noise_dbm is not None else "", GREY)

    def channel(row: Branch) -> Text:
        return Text(str(row.channel) if row.channel is not None else "", GREY)

    def loads(width: int, needs: int, below: int) -> Column[Branch]:
        return Column(
            "load", N_("load"), width + PERCENT_WIDTH, lambda r: load(width, r), lambda r: r.load_pct,
            needs=needs, below=below, raw=lambda r: r.load_pct, unit="%",
        )  # fmt: skip

    return [
        Column(
            "name", N_("place · access point · radio"), 17, name, lambda r: r.path, grows=True, raw=_full_name
        ),
        Column("state", N_("state"), 12, lambda r: state_of(r, words), _rank, raw=partial(_state_told, words)),
        loads(SHORT_BAR_WIDTH, 0, ROOMY),
        loads(BAR_WIDTH, ROOMY, 10_000),
        Column("clients", N_("clients"), 7, clients, lambda r: r.clients, "right", raw=_clients_told),
        _figure("airtime_pct", N_("airtime"), 7, lambda r: figure(words.percent(r.airtime_pct), r), "%"),
        _figure("throughput_bps", N_("throughput"), 12, lambda r: figure(_rate(words, r), r), "bit/s", needs=90),
        _figure("channel", N_("chan."), 5, channel, "", needs=100),
        _figure("noise_dbm", N_("noise"), 8, noise, "dBm", needs=110),
        _names("hotspot", N_("hotspot")),
        _names("controller", N_("controller")),
    ]  # fmt: skip


def _figure(
    key: str, title: str, width: int, cell: Callable[[Branch], Text], unit: str, needs: int = 0
) -> Column[Branch]:
    value = attrgetter(key)
    return Column(key, title, width, cell, value, "right", raw=value, unit=unit, needs=needs)


def _names(key: str, title: str) -> Column[Branch]:
    """A column for those who choose it."""

    def value(row: Branch) -> str:
        return str(getattr(row, key))

    return Column(key, title, 16, lambda r: Text(clean(value(r)), GREY), value, raw=value, extra=True)


def _full_name(row: Branch) -> str:
    """Enough to be told apart where no tree is drawn: radios under their own id."""
    return row.id if row.depth == DEPTH_OF_RADIO else row.name


def _clients_told(row: Branch) -> object:
    return row.clients if row.told is None else row.told


def _state_told(words: Words, row: Branch) -> str:
    """The state in words, with the age of what is old."""
    word = words.t(row.sign.word)
    return word if row.age is None else f"{word} · {words.t(OLD.word)} · {words.span(row.age)}"


def _rank(row: Branch) -> int:
    return WORST_FIRST.index(row.sign)


def state_of(row: Branch, words: Words) -> Text:
    """Up, down, full, switched off; the age instead of the word where the values are old."""
    sign = row.sign
    text = Text(f"{sign.symbol} ", GREY if row.age and sign is UP else sign.colour)
    if row.depth == 0:
        text.append(row.count, sign.colour)
        if row.full and sign is not FULL:
            text.append(f" {FULL.symbol}", FULL.colour)
    elif row.depth == DEPTH_OF_RADIO and sign in {UP, NOT_KNOWN}:
        text = Text()  # that it sends is no news, and where the device does not say it, its access point does
    elif row.age is None:
        text.append(words.t(sign.word), sign.colour)
    if row.age is not None:
        text.append(f"{OLD.symbol} {words.span(row.age)}" if row.depth else f" {OLD.symbol}", GREY)
    return text


def _rate(words: Words, row: Branch) -> str:
    is_told = row.throughput_bps is not None or row.depth != DEPTH_OF_ACCESS_POINT
    return words.rate(row.throughput_bps) if is_told else ""


def branch_of_hotspot(
    spot: HotspotView, members: Sequence[AccessPointView], now: datetime | None, *, opened: bool
) -> Branch:
    """A public place, with its access points."""
    states = {member.up for member in members}
    return Branch(
        id=spot.id,
        path=(spot.id,),
        name=spot.name,
        hotspot=spot.name,
        up=False if False in states else None if None in states or not states else True,
        clients=spot.clients,
        airtime_pct=spot.airtime_pct,
        load_pct=spot.load_pct,
        throughput_bps=spot.throughput_bps,
        age=age_of(spot.at, now),
        full=spot.saturated_since is not None,
        open=opened,
        count=f"{spot.access_points_up} / {spot.access_points}",
    )


def branch_of_access_point(
    view: AccessPointView, spot: HotspotView, now: datetime | None, *, opened: bool
) -> Branch:
    """An access point, with the rates of its radios added up and the airtime of the busiest."""
    rates = [radio.throughput_bps for radio in view.radios if radio.throughput_bps is not None]
    busiest = [radio.airtime_pct for radio in view.radios if radio.airtime_pct is not None]
    return Branch(
        id=view.id,
        path=(spot.id, view.id),
        name=view.id,
        hotspot=spot.name,
        up=view.up,
        clients=view.clients,
        airtime_pct=max(busiest) if busiest else None,
        load_pct=view.load_pct,
        throughput_bps=sum(rates) if rates else None,
        age=age_of(view.at, now),
        full=view.saturated_since is not None,
        open=opened if view.radios else None,
        controller=view.controller,
    )


def branch_of_radio(
    radio: RadioView, view: AccessPointView, spot: HotspotView, now: datetime | None
) -> Branch:
    """A radio, in the state that it tells; where it tells none, in that of its access point."""
    return Branch(
        id=radio.id,
        path=(spot.id, view.id, radio.id),
        name=f"radio {radio_name(radio.id)}",
        hotspot=spot.name,
        up=view.up if radio.up is None else radio.up,
        clients=radio.clients,
        airtime_pct=radio.airtime_pct,
        load_pct=radio.load_pct,
        throughput_bps=radio.throughput_bps,
        age=age_of(radio.at or view.at, now),
        full=radio.saturated_since is not None,
        open=None,
        channel=radio.channel,
        noise_dbm=radio.noise_dbm,
        controller=view.controller,
        off=radio.up is False and view.up is not False,
    )


def radio_name(radio: str) -> str:
    """The index under which an access point shows a radio."""
    return radio.rpartition("/")[2]

"""Wi-Fi: hotspots, their access points, and their radios."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from city.wifi_views import AccessPointView, HotspotView, RadioView
from console.city_now import Changes, Topic
from console.hostile import clean
from console.i18n import N_, UNKNOWN, Words
from console.screens.frame import touches
from console.screens.list_frame import ListFrame, searchable
from console.session import Session
from console.vocabulary import BLUE, BRIGHT, DOWN, GREY, NOT_KNOWN, UP
from console.widgets.city_panels import load_colour
from console.widgets.columns import Column
from console.widgets.plot import bar
from console.widgets.table import Table

BAR_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Branch:
    """One row: a hotspot, an access point or a radio, with what they have in common."""

    id: str
    path: tuple[str, ...]
    """Where it stands in the tree."""
    name: str
    hotspot: str
    up: bool | None
    count: str
    clients: int | None
    airtime_pct: float | None
    load_pct: float | None
    throughput_bps: float | None
    channel: int | None
    noise_dbm: float | None
    open: bool | None
    """Whether what is under it shows; None where nothing is."""

    @property
    def depth(self) -> int:
        """0 for a hotspot, 1 for an access point, 2 for a radio."""
        return len(self.path) - 1


def wifi_columns(words: Words) -> list[Column[Branch]]:
    """The columns of the tree."""

    def name(row: Branch) -> Text:
        knob = {True: "▾ ", False: "▸ ", None: "  "}[row.open]
        style = (f"bold {BRIGHT}", "", GREY)[row.depth]
        return Text.assemble("  " * row.depth, (knob, BLUE), (clean(row.name), style))

    def state(row: Branch) -> Text:
        sign = UP if row.up else NOT_KNOWN if row.up is None else DOWN
        if row.depth == 0:
            return Text(f"{sign.symbol} {row.count}", sign.colour)
        return Text(f"{sign.symbol} {words.t(sign.word)}", sign.colour) if row.depth == 1 else Text()

    def load(row: Branch) -> Text:
        share = row.load_pct / 100 if row.load_pct is not None else None
        line = bar(share, BAR_WIDTH, load_colour(row.load_pct))
        return line.append(f"{words.percent(row.load_pct):>6}", f"bold {BRIGHT}" if row.depth == 0 else "")

    def noise(row: Branch) -> Text:
        return Text(f"{words.number(row.noise_dbm)} dBm" if row.noise_dbm is not None else "", GREY)

    def channel(row: Branch) -> Text:
        return Text(str(row.channel) if row.channel is not None else "", GREY)

    return [
        Column("name", N_("place · access point · radio"), 24, name, grows=True),
        Column("state", N_("state"), 12, state),
        Column("load", N_("load"), BAR_WIDTH + 6, load, lambda r: r.load_pct),
        Column(
            "clients", N_("clients"), 7, lambda r: Text(words.number(r.clients)), lambda r: r.clients, "right"
        ),
        Column("airtime", N_("airtime"), 7, lambda r: Text(words.percent(r.airtime_pct)), None, "right"),
        Column("throughput", N_("throughput"), 12, lambda r: Text(_rate(words, r)), None, "right", needs=90),
        Column("channel", N_("chan."), 5, channel, None, "right", needs=100),
        Column("noise", N_("noise"), 8, noise, None, "right", needs=110),
    ]


def _rate(words: Words, row: Branch) -> str:
    return words.rate(row.throughput_bps) if row.throughput_bps is not None or row.depth != 1 else ""


class WifiScreen(ListFrame[Branch]):
    """How full each place is, and what is down."""

    MODE = "wifi"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "unfold(True)", N_("unfold"), show=False),
        Binding("left,h", "unfold(False)", N_("fold"), show=False),
        Binding("asterisk", "unfold_all", N_("unfold all"), key_display="*"),
    ]
    FIELDS: ClassVar[Mapping[str, str]] = {N_("hotspot"): "hotspot", N_("state"): "state"}

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._open: set[str] = set()
        self._unfolded_first = False
        self._branches: dict[str, Branch] = {}

    def body(self) -> Iterator[Widget]:
        """One tree."""
        with Vertical(id="list"):
            yield self.search_line()
            yield Table(self.words, wifi_columns(self.words), id="tree")

    def on_mount(self) -> None:
        """Name the panel."""
        self.table.border_title = self.words.t("City Wi-Fi")

    def show(self, changes: Changes | None) -> None:
        """Build the tree again: a few hundred rows."""
        if not touches(changes, Topic.ACCESS_POINTS, Topic.SUMMARY):
            return
        rows = self.rows()
        if changes and not self._search and not self.table.sort_key and list(rows) == list(self.table.order):
            self.table.renew_rows(rows)
            self.arranged(len(rows), len(rows))
        else:
            self.rearrange()

    def rows(self) -> Mapping[str, Branch]:
        """All branches that their parents let show; a search shows all that it finds."""
        spots = self.city.hotspots
        if spots and not self._unfolded_first:
            self._open, self._unfolded_first = {spot.id for spot in spots if spot.watched}, True
        everything = bool(self._search)
        self._branches = {}
        for spot in spots:
            members = self.city.access_points_of(spot.id)
            opened = everything or spot.id in self._open
            self._add(_hotspot(spot, members, opened=opened))
            for access_point in members if opened else ():
                self._add_access_point(access_point, spot, everything=everything)
        return self._branches

    def _add(self, branch: Branch) -> None:
        self._branches[branch.id] = branch

    def _add_access_point(self, view: AccessPointView, spot: HotspotView, *, everything: bool) -> None:
        opened = everything or view.id in self._open
        self._add(_access_point(view, spot, opened=opened))
        if opened:
            for radio in view.radios:
                self._add(_radio(radio, view, spot))

    def haystack(self, row: Branch) -> str:
        """Names and state."""
        return searchable(row.name, row.hotspot, self.field(row, "state"))

    def field(self, row: Branch, name: str) -> str:
        """A field for ``hotspot:`` and ``state:``."""
        if name == "state":
            return self.words.t(UP.word if row.up else NOT_KNOWN.word if row.up is None else DOWN.word)
        return row.hotspot

    def default_order(self, row: Branch) -> Any:
        """As the tree is built."""
        del row
        return 0

    def arranged(self, shown: int, known: int) -> None:
        """Count access points, not rows."""
        del shown, known
        spots, words = self.city.hotspots, self.words
        total, up = sum(s.access_points for s in spots), sum(s.access_points_up for s in spots)
        counted = self.city.summary.clients if self.city.summary else None
        clients = UNKNOWN if counted is None else words.n("{count} client", "{count} clients", counted)
        points = words.t("{up} of {total} access points up", up=words.number(up), total=words.number(total))
        self.table.border_subtitle = f"{clients} · {points}"

    def seek(self, search: str | None, row: str | None) -> None:
        """Unfold the way to what is sought."""
        access_point = self.city.access_points.get(row or "")
        if access_point:
            self._open.add(access_point.hotspot)
        elif row:
            self._open.add(row)
        self._unfolded_first = True
        self.rearrange()
        super().seek(search, row)

    def action_unfold(self, unfold: bool) -> None:  # noqa: FBT001 - comes from a binding
        """Show or hide what is under the cursor; hiding from below goes up."""
        branch = self._branches.get(self.table.cursor or "")
        if branch is None:
            return
        if unfold and branch.open is not None:
            self._open.add(branch.id)
        elif not unfold:
            target = branch.id if branch.open else branch.path[max(0, branch.depth - 1)]
            self._open.discard(target)
            self.table.point_at(target)
        self.rearrange()

    def action_unfold_all(self) -> None:
        """Show everything, or only the hotspots."""
        everything = {spot.id for spot in self.city.hotspots} | set(self.city.access_points)
        self._open = set() if self._open >= everything else everything
        self.rearrange()

    @on(Table.Chosen)
    def _toggle(self) -> None:
        branch = self._branches.get(self.table.cursor or "")
        if branch and branch.open is not None:
            self._open ^= {branch.id}
            self.rearrange()


def _hotspot(spot: HotspotView, members: Sequence[AccessPointView], *, opened: bool) -> Branch:
    states = {member.up for member in members}
    up = False if False in states else None if None in states or not states else True
    count = f"{spot.access_points_up} / {spot.access_points}"
    return Branch(
        spot.id,
        (spot.id,),
        spot.name,
        spot.name,
        up,
        count,
        spot.clients,
        spot.airtime_pct,
        spot.load_pct,
        spot.throughput_bps,
        None,
        None,
        opened,
    )


def _access_point(view: AccessPointView, spot: HotspotView, *, opened: bool) -> Branch:
    rates = [radio.throughput_bps for radio in view.radios if radio.throughput_bps is not None]
    busiest = [radio.airtime_pct for radio in view.radios if radio.airtime_pct is not None]
    return Branch(
        view.id,
        (spot.id, view.id),
        view.id,
        spot.name,
        view.up,
        "",
        view.clients,
        max(busiest) if busiest else None,
        view.load_pct,
        sum(rates) if rates else None,
        None,
        None,
        opened if view.radios else None,
    )


def _radio(radio: RadioView, view: AccessPointView, spot: HotspotView) -> Branch:
    name = radio.id.rpartition("/")[2]
    return Branch(
        radio.id,
        (spot.id, view.id, radio.id),
        f"radio {name}",
        spot.name,
        view.up,
        "",
        radio.clients,
        radio.airtime_pct,
        radio.load_pct,
        radio.throughput_bps,
        radio.channel,
        radio.noise_dbm,
        None,
    )

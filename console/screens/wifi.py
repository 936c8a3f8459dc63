"""Wi-Fi: hotspots, their access points, and their radios; what is under the cursor beside them, with its history."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget

from city.errors import FalotierError
from city.wifi_views import AccessPointView, HotspotView
from console.acts import act
from console.city_now import Changes, Topic
from console.i18n import N_, UNKNOWN
from console.screens.frame import touches
from console.screens.list_frame import ListFrame, searchable
from console.screens.table_frame import Sheet
from console.session import Session
from console.vocabulary import DOWN, FULL, NOT_KNOWN, SWITCHED_OFF, UP
from console.widgets.place_panel import PlacePanel
from console.widgets.table import Table
from console.widgets.wifi_panel import NO_HOTSPOT
from console.widgets.wifi_tree import (
    DEPTH_OF_ACCESS_POINT,
    DEPTH_OF_RADIO,
    Branch,
    branch_of_access_point,
    branch_of_hotspot,
    branch_of_radio,
    wifi_columns,
)
from console.wifi_day import day_of
from console.wifi_told import as_told, small_count

SETTLE_S = 0.15
"""How long the cursor must rest before the head-end is asked about a row."""
ASK_AGAIN_S = 30.0
"""How often the row under the cursor is asked about again: an outlook changes once an hour, a day slowly."""
BESIDE_COLUMNS = 110
"""From this width on the panel stands beside the tree, else below it."""


class WifiScreen(ListFrame[Branch]):
    """How full each place is, what is down, and what is to be expected."""

    MODE = "wifi"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "act", N_("act on it"), priority=True),
        Binding("z", "enlarge", N_("enlarge"), priority=True),
        Binding("right,l", "unfold(True)", N_("unfold"), show=False),
        Binding("left,h", "unfold(False)", N_("fold"), show=False),
        Binding("asterisk", "unfold_all", N_("unfold all"), key_display="*"),
        # While the panel has the whole screen, the hidden tree has no focus: the cursor moves all the same.
        Binding("up,k", "step(-1)", N_("line up"), show=False),
        Binding("down,j", "step(1)", N_("line down"), show=False),
    ]
    FIRST = frozenset({"search", "act", "enlarge"})
    FIELDS: ClassVar[Mapping[str, str]] = {
        N_("hotspot"): "hotspot",
        N_("state"): "state",
        N_("controller"): "controller",
    }

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._open: set[str] = set()
        self._unfolded_first = False
        self._branches: dict[str, Branch] = {}

    def body(self) -> Iterator[Widget]:
        """The tree, and the panel of what is under the cursor."""
        with Container(id="wifi"):
            with Vertical(id="list"):
                yield self.search_bar()
                yield Table(self.words, wifi_columns(self.words), id="tree")
            yield PlacePanel(self.session)

    def on_mount(self) -> None:
        """Name the panels, and ask from time to time about what is under the cursor."""
        self.entitle(self.words.t("City Wi-Fi"))
        self.set_interval(ASK_AGAIN_S, self._follow)

    def on_resize(self, event: events.Resize) -> None:
        """The panel goes where there is room for it."""
        self.set_class(event.size.width >= BESIDE_COLUMNS, "beside")

    def show(self, changes: Changes | None) -> None:
        """Build the tree again: a few hundred rows."""
        if touches(changes, Topic.ACCESS_POINTS, Topic.SUMMARY, Topic.LINK):
            rows = self.rows()
            if (
                changes
                and not self._search
                and not self.table.sort_key
                and list(rows) == list(self.table.order)
            ):
                self.table.renew_rows(rows)
                self.arranged(len(rows), len(rows))
            else:
                self.rearrange()
        if touches(changes, Topic.ACCESS_POINTS, Topic.SUMMARY, Topic.INCIDENTS, Topic.LINK):
            self.query_one(PlacePanel).show_row(self._chosen)

    def another_time(self) -> None:
        """What was known of the row under the cursor was of another instant."""
        self.workers.cancel_group(self, "detail")
        self.query_one(PlacePanel).forget()
        self._follow()

    def rows(self) -> Mapping[str, Branch]:
        """All branches that their parents let show; a search shows all that it finds."""
        spots, now = self.city.hotspots, self.city.now
        if spots and not self._unfolded_first:
            self._open, self._unfolded_first = {spot.id for spot in spots if spot.watched}, True
        everything = bool(self._search)
        self._branches = {}
        for spot in spots:
            members = self.city.access_points_of(spot.id)
            opened = everything or spot.id in self._open
            self._add(branch_of_hotspot(spot, members, now, opened=opened))
            for access_point in members if opened else ():
                self._add_access_point(access_point, spot, everything=everything)
        return self._branches

    def _add(self, branch: Branch) -> None:
        self._branches[branch.id] = branch

    def _add_access_point(self, view: AccessPointView, spot: HotspotView, *, everything: bool) -> None:
        opened = everything or view.id in self._open
        self._add(branch_of_access_point(view, spot, self.city.now, opened=opened))
        if opened:
            for radio in view.radios:
                self._add(branch_of_radio(radio, view, spot, self.city.now))

    def haystack(self, row: Branch) -> str:
        """Names, state, and who speaks for it."""
        return searchable(row.name, row.hotspot, row.controller, self.field(row, "state"))

    def field(self, row: Branch, name: str) -> str:
        """A field for ``hotspot:``, ``controller:`` and ``state:``; what is full is up as well."""
        if name != "state":
            return row.controller if name == "controller" else row.hotspot
        alive = UP if row.up else NOT_KNOWN if row.up is None else SWITCHED_OFF if row.off else DOWN
        signs = [FULL, alive] if row.full else [alive]
        return " ".join(self.words.t(sign.word).replace(" ", "-") for sign in signs)

    def nothing(self) -> str:
        """Where places come from."""
        return self.words.t(NO_HOTSPOT)

    def default_order(self, row: Branch) -> Any:
        """As the tree is built."""
        del row
        return 0

    def arranged(self, shown: int, known: int) -> None:
        """Count access points, not rows; and what a controller has that the inventory has not."""
        del shown, known
        spots, words = self.city.hotspots, self.words
        total, up = sum(s.access_points for s in spots), sum(s.access_points_up for s in spots)
        counted = self.city.summary.clients if self.city.summary else None
        clients = UNKNOWN if counted is None else words.n("{count} client", "{count} clients", counted)
        points = words.t("{up} of {total} access points up", up=words.number(up), total=words.number(total))
        told = f"{clients} · {points}"
        if proposals := self.city.summary.proposals if self.city.summary else 0:
            told += " · ? " + words.n("{count} not on file", "{count} not on file", proposals)
        if told != self.table.border_subtitle:
            self.table.border_subtitle = told

    async def sheet(self) -> Sheet:
        """The tree as it is unfolded; small counts of clients are told in no file."""
        whole, access_points = await super().sheet(), list(self.city.access_points.values())
        under = await small_count(self.session.client, access_points)
        told = as_told(whole.rows, access_points, under)
        lacking = any(row.told is not None for row in told)
        remark = self.words.t("Counts of clients under {under} are not told in it.", under=under)
        return Sheet(whole.columns, told, remark if lacking else "")

    def seek(self, search: str | None, row: str | None) -> None:
        """Unfold the way to what is sought: a place, an access point, or a radio."""
        access_points = self.city.access_points
        name = row or ""
        access_point = access_points.get(name) or access_points.get(name.rpartition("/")[0])
        if access_point:
            self._open.add(access_point.hotspot)
            if access_point.id != name:
                self._open.add(access_point.id)
        elif row:
            self._open.add(row)
        self._unfolded_first = True
        self.rearrange()
        super().seek(search, row)

    # -- what is under the cursor --------------------------------------------------------------------------

    @property
    def _chosen(self) -> Branch | None:
        return self._branches.get(self.table.cursor or "")

    @on(Table.Pointed)
    def _pointed(self) -> None:
        self.query_one(PlacePanel).show_row(self._chosen)
        self.refresh_keys()
        self._follow()

    def renew(self) -> None:
        """Ask about what is under the cursor too."""
        super().renew()
        self._follow()

    def _follow(self) -> None:
        row = self._chosen
        if self.is_current and row and self.city.up:
            self._fetch(row)

    @work(exclusive=True, group="detail")
    async def _fetch(self, row: Branch) -> None:
        """Ask for the history of a row; a failure is written in the panel, not over the screen."""
        # Taken before waiting: when the console is left meanwhile, the screen is already empty.
        client, panel = self.session.client, self.query_one(PlacePanel)
        await asyncio.sleep(SETTLE_S)
        try:
            if row.depth == 0 and self.session.replayed_at is not None:
                panel.show_failure(row.id, self.words.t("The outlook of then is not recorded."))
            elif row.depth == 0:
                panel.show_outlook(await client.outlook(row.id))
            else:
                view = self.city.access_points.get(row.path[DEPTH_OF_ACCESS_POINT])
                is_whole = row.depth == DEPTH_OF_ACCESS_POINT and view is not None
                radios = [radio.id for radio in view.radios] if is_whole and view else []
                panel.show_day(row.id, await day_of(client, row.id, radios))
        except FalotierError as error:
            panel.show_failure(row.id, str(error))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim the acts where there is nothing to act on."""
        allowed = super().check_action(action, parameters)
        if action != "act" or not allowed:
            return allowed
        row = self._chosen if self.is_mounted else None
        return True if row and row.depth else None

    @act
    def action_act(self) -> None:
        """Restart or switch what is under the cursor, after a look at who would lose the network."""
        from console.screens.access_point_act import ActDialog

        row = self._chosen
        view = self.city.access_points.get(row.path[DEPTH_OF_ACCESS_POINT]) if row and row.depth else None
        if row and view:
            radio = row.id if row.depth == DEPTH_OF_RADIO else ""
            self.app.push_screen(ActDialog(self.session, view, radio))

    # -- folding -------------------------------------------------------------------------------------------

    def action_unfold(self, unfold: bool) -> None:  # noqa: FBT001 - comes from a binding
        """Show or hide what is under the cursor; hiding from below goes up."""
        branch = self._chosen
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
        branch = self._chosen
        if branch and branch.open is not None:
            self._open ^= {branch.id}
            self.rearrange()

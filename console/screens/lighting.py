"""Éclairage: every light point, the chosen one beside the list, and orders."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from city.errors import FalotierError
from city.measurements import Metric
from city.messages import LampState, LightPointView
from console.acts import act
from console.city_now import STATE_RANK, Changes, CityNow, Topic, off_plan, plain
from console.hostile import clean
from console.i18n import N_, UNKNOWN, Words
from console.screens.frame import touches
from console.screens.list_frame import ListFrame, searchable
from console.session import Session
from console.vocabulary import AMBER, BRIGHT, GREY, LAMP_SIGNS, LOCKED, OFF_PLAN_WORD, VERMILION
from console.widgets.columns import Column
from console.widgets.lamp_panel import DAY_HOURS, LampPanel
from console.widgets.table import Table

SETTLE_S = 0.15
"""How long the cursor must rest before the head-end is asked about a light point."""
DETAIL_EVERY_S = 10.0
"""How often the light point under the cursor is asked about again."""
STEP_S = 600.0
"""One sample of the 24 hours: 144 of them, about two a column of the panel."""
MOST_MARKED = 2000
"""Marked lamps make one order, which names them all; for more there are circuits, cabinets and sectors."""


def lamp_columns(words: Words, city: CityNow) -> list[Column[LightPointView]]:
    """The columns of the list, worst first by default."""

    def effect(point: LightPointView) -> Text:
        return Text(words.percent(point.effect_pct), VERMILION if off_plan(point) else BRIGHT)

    def state(point: LightPointView) -> Text:
        sign = LOCKED if point.locked else LAMP_SIGNS[point.state]
        return Text(f"{sign.symbol} {_state_word(words, point)}", sign.colour)

    def heard(point: LightPointView) -> Text:
        return Text(words.moment(point.at, city.now or point.at) if point.at else UNKNOWN, GREY)

    def text(key: str, title: str, width: int, style: str = "", **more: Any) -> Column[LightPointView]:
        def value(point: LightPointView) -> str:
            return str(getattr(point, key))

        return Column(key, title, width, lambda p: Text(clean(value(p)), style), value, raw=value, **more)

    def figure(
        name: str, title: str, width: int, cell: Callable[[LightPointView], Text], unit: str, **more: Any
    ) -> Column[LightPointView]:
        key, value = name.partition("_")[0], attrgetter(name)
        return Column(key, title, width, cell, value, "right", raw=value, unit=unit, **more)

    def asked(point: LightPointView) -> Text:
        return Text(words.percent(point.asked_pct), GREY)

    def power(point: LightPointView) -> Text:
        return Text(words.power(point.power_w), AMBER)

    def expected(point: LightPointView) -> Text:
        return Text(words.power(point.expected_w), GREY)

    return [
        Column(
            "state", N_("state"), 12, state, lambda p: STATE_RANK[p.state], raw=partial(_state_word, words)
        ),
        text("id", N_("point"), 7, BRIGHT),
        text("street", N_("street"), 10, grows=True),
        text("circuit", N_("circuit"), 8, GREY, needs=60),
        text("sector", N_("sector"), 14, GREY, needs=96, grows=True),
        figure("asked_pct", N_("asked"), 7, asked, "%", needs=66),
        figure("effect_pct", N_("effect"), 6, effect, "%"),
        figure("power_w", N_("power"), 9, power, "W", needs=66),
        figure("expected_w", N_("expected"), 9, expected, "W", extra=True),
        Column("at", N_("heard"), 13, heard, lambda p: p.at, raw=lambda p: p.at, extra=True),
        text("cabinet", N_("cabinet"), 8, GREY, extra=True),
        text("phase", N_("phase"), 6, GREY, extra=True),
        text("gateway", N_("gateway"), 10, GREY, extra=True),
        text("quarter", N_("quarter"), 14, GREY, extra=True),
    ]


def too_many(words: Words) -> str:
    """What is said when more lamps would be marked than one order names."""
    most = words.number(MOST_MARKED)
    return words.t("At most {count} marked lamps: order their circuit or cabinet.", count=most)


def _state_word(words: Words, point: LightPointView) -> str:
    # What a lock has dark is no news; what else is wrong there is.
    is_locked_dark = point.locked and point.state is LampState.OVERRIDDEN
    return words.t((LOCKED if is_locked_dark else LAMP_SIGNS[point.state]).word)


class LightingScreen(ListFrame[LightPointView]):
    """All light points in a table, one of them in detail."""

    MODE = "lighting"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", N_("order"), priority=True),
        Binding("c", "lock", N_("lock or lift"), show=False),
        Binding("space", "mark", N_("mark"), key_display="␣"),
        Binding("M", "marks", N_("mark many")),
        Binding("U", "unmark", N_("take all marks off"), show=False),
    ]
    FIRST = frozenset({"search", "order"})
    FIELDS: ClassVar[Mapping[str, str]] = {
        N_("state"): "state",
        N_("street"): "street",
        N_("sector"): "sector",
        N_("quarter"): "quarter",
        N_("cabinet"): "cabinet",
        N_("circuit"): "circuit",
        N_("phase"): "phase",
        N_("gateway"): "gateway",
    }

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._texts: dict[str, str] = {}
        self._places: dict[tuple[str, ...], str] = {}
        """What never changes is made plain once: of a light point, and of those that share a street and a circuit."""
        self._states: dict[LampState, str] = {
            state: searchable(self.words.t(sign.word)).replace(" ", "-") for state, sign in LAMP_SIGNS.items()
        }

    def body(self) -> Iterator[Widget]:
        """The list, and beside it the light point under the cursor."""
        with Horizontal():
            with Vertical(id="list"):
                yield self.search_bar()
                yield Table(
                    self.words, lamp_columns(self.words, self.city), sort="state", marks=True, id="lamps"
                )
            yield LampPanel(self.session)

    def on_mount(self) -> None:
        """Name the panels, and ask from time to time about the light point under the cursor."""
        self.entitle(self.words.t("Light points"))
        self.set_interval(DETAIL_EVERY_S, self._follow)

    def show(self, changes: Changes | None) -> None:
        """Refresh the rows that changed; places change a little later."""
        if changes is None or len(self.table.order) == 0:
            self.filter()
            self.rearrange_soon()
        elif changes.lamps:
            self.table.refresh_rows(changes.lamps)
            self.rearrange_soon()
        panel = self.query_one(LampPanel)
        if touches(changes, Topic.LAMPS, Topic.SUMMARY, Topic.LINK):
            panel.point = self.city.light_points.get(self.table.cursor or "")
            panel.repaint()

    def another_time(self) -> None:
        """What was known of the one under the cursor was of another instant."""
        self.workers.cancel_group(self, "detail")
        self.query_one(LampPanel).show_point(self.city.light_points.get(self.table.cursor or ""))
        self._follow()

    def rows(self) -> Mapping[str, LightPointView]:
        """Every light point."""
        return self.city.light_points

    def haystack(self, row: LightPointView) -> str:
        """Id, places and state."""
        text = self._texts.get(row.id)
        if text is None:
            names = row.street, row.quarter, row.sector, row.cabinet, row.circuit
            place = self._places.get(names)
            if place is None:
                place = self._places[names] = searchable(*names)
            text = self._texts[row.id] = f"{plain(row.id)} {place}"
        return f"{text} {self._states[row.state]}{self._lock(row)}"

    def nothing(self) -> str:
        """Where lamps come from."""
        return self.words.t("The inventory has no light point: falotier import takes a file of them.")

    def _lock(self, row: LightPointView) -> str:
        return " " + searchable(self.words.t(LOCKED.word)) if row.locked else ""

    def field(self, row: LightPointView, name: str) -> str:
        """A field for ``state:`` and the like."""
        if name == "state":
            off = f" {self.words.t(OFF_PLAN_WORD)}" if off_plan(row) else ""
            return self._states[row.state] + off + self._lock(row)
        return str(getattr(row, name))

    def default_order(self, row: LightPointView) -> Any:
        """By id."""
        return row.id

    @on(Table.Pointed)
    def _pointed(self, event: Table.Pointed) -> None:
        panel = self.query_one(LampPanel)
        panel.show_point(self.city.light_points.get(event.row or ""))
        self._follow()

    def renew(self) -> None:
        """Ask about what is under the cursor too."""
        super().renew()
        self._follow()

    def on_screen_resume(self) -> None:
        """Ask again: an order that was given in a dialog is why the lamp gives what it does."""
        self._follow()

    def _follow(self) -> None:
        if self.is_mounted and self.is_current and self.table.cursor and self.city.up:
            self._fetch(self.table.cursor)

    @work(exclusive=True, group="detail")
    async def _fetch(self, point: str) -> None:
        """Ask for the rest of a light point; a failure is written in the panel, not over the screen."""
        # Taken before waiting: when the console is left meanwhile, the screen is already empty.
        client, panel = self.session.client, self.query_one(LampPanel)
        await asyncio.sleep(SETTLE_S)
        try:
            panel.show_detail(await client.light_point(point))
            panel.show_day(
                point,
                await client.series(point, Metric.LEVEL, DAY_HOURS, STEP_S),
                await client.series(point, Metric.POWER, DAY_HOURS, STEP_S),
            )
        except FalotierError as error:
            panel.show_failure(point, str(error))

    def action_mark(self) -> None:
        """Mark a light point for an order."""
        self.table.toggle_mark()
        self.arranged(len(self.table.order), len(self.city.light_points))

    def action_marks(self) -> None:
        """Mark a circuit, a cabinet, a sector, or all that the search shows."""
        from console.screens.marks import MarkDialog, choices

        point = self.city.light_points.get(self.table.cursor or "")
        found = choices(self.session, point, self.table.order, frozenset(self.table.marked or ()))

        def answered(marks: frozenset[str] | None) -> None:
            if marks is not None:
                self.mark(marks)

        self.app.push_screen(MarkDialog(self.session, found, MOST_MARKED), answered)

    def action_unmark(self) -> None:
        """Take every mark off."""
        self.mark(())

    def mark(self, rows: Collection[str]) -> None:
        """Mark these light points and no others."""
        before, self.table.marked = self.table.marked or set(), set(rows) & self.city.light_points.keys()
        self.table.refresh_rows(before | self.table.marked)
        self.arranged(len(self.table.order), len(self.city.light_points))

    def arranged(self, shown: int, known: int) -> None:
        """How many are shown, and how many are marked."""
        super().arranged(shown, known)
        if marked := self.table.marked:
            words = self.words
            text = words.n("{count} marked", "{count} marked", len(marked))
            self.table.border_subtitle = f"◼ {text} · {self.table.border_subtitle}"

    @act
    def action_order(self) -> None:
        """Ask for an override on what is marked, or on what is under the cursor."""
        point = self.city.light_points.get(self.table.cursor or "")
        marked = sorted(self.table.marked or ())
        if len(marked) > MOST_MARKED:
            self.notify(too_many(self.words), severity="warning", markup=False)
        elif point:
            from console.screens.order import OrderDialog

            self.app.push_screen(OrderDialog(self.session, point, marked))

    @act
    @work(exclusive=True, group="lock")
    async def action_lock(self) -> None:
        """Lock what is under the cursor for people at work, or lift its lock."""
        from console.screens.lock import lock_or_lift

        if point := self.city.light_points.get(self.table.cursor or ""):
            await lock_or_lift(self.app, self.session, point)

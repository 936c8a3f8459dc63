"""The panels of the Programmes screen: the calendars, and tonight's light by one of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from city.calendar_views import CalendarView
from city.messages import SwitchPointView
from console.hostile import clean
from console.i18n import N_, Words
from console.replay import NOT_RECORDED
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, GREEN, GREY, HOLDING_SIGNS
from console.widgets.columns import Column
from console.widgets.painted import Painted, fit, spread
from console.widgets.plot import Curve, area, bar, hours_axis, marks_axis, scale_width, with_scale
from console.widgets.rows import Entry, Rows

BESIDE = timedelta(hours=1)
"""How much of the evening before and of the morning after the plot shows."""
STEP = timedelta(minutes=5)
"""How finely the steps are drawn."""
LEAST_PLOT_ROWS = 5
"""Less room than this is no curve."""


def calendar_columns() -> list[Column[CalendarView]]:
    """What a calendar tells in a file."""

    def column(key: str, title: str) -> Column[CalendarView]:
        value = attrgetter(key)
        return Column(key, title, 0, lambda calendar: Text(str(value(calendar))), raw=value)

    return [
        column("title", N_("calendar")),
        column("points", N_("light points")),
        column("night", N_("night")),
        column("programme", N_("programme")),
        column("rule", N_("rule")),
        column("controllers", N_("controllers")),
        column("holding", N_("holds it")),
        column("refused", N_("refused")),
        column("unheard", N_("never heard")),
    ]


class CalendarList(Rows):
    """The calendars by name, what each asks for tonight, and how many controllers hold it."""

    # What is beside follows the cursor: Enter has nothing left to show.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", N_("show"), show=False)]

    def __init__(self, session: Session) -> None:
        super().__init__(id="programmes", classes="panel")
        self._session = session
        self.calendars: Sequence[CalendarView] = ()

    @property
    def pointed(self) -> CalendarView | None:
        """The calendar under the cursor, else the first."""
        named = {calendar.name: calendar for calendar in self.calendars}
        return named.get(self._cursor or "") or next(iter(self.calendars), None)

    def action_move(self, by: int) -> None:
        """Move the cursor; what is beside follows it."""
        before = self._cursor
        super().action_move(by)
        if self._cursor and self._cursor != before:
            self.post_message(self.Chosen(self, self._cursor))

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """Three lines each."""
        del height
        if not self.calendars:
            return [Entry(None, (_nothing_yet(self._session),))]
        entries = []
        for calendar in self.calendars:
            entries += [Entry(calendar.name, self._told(calendar, width)), Entry(None, (Text(),))]
        return entries

    def _told(self, calendar: CalendarView, width: int) -> tuple[Text, ...]:
        words = self._session.words
        points = Text(words.n("{count} pt", "{count} pts", calendar.points), GREY)
        title = Text(clean(calendar.title or calendar.name), f"bold {BRIGHT}")
        return (
            spread(title, points, width),
            _ruling(calendar, width),
            holding_line(calendar, words)
            if self._session.replayed_at is None
            else Text(words.t(NOT_RECORDED), GREY),
        )


def _nothing_yet(session: Session) -> Text:
    """What stands where nothing has come; of a plan that is not kept nothing will."""
    is_kept = session.replayed_at is None or session.plan_known
    return Text(session.words.t("waiting …") if is_kept else session.words.t(NOT_RECORDED), GREY)


def _ruling(calendar: CalendarView, width: int) -> Text:
    """Tonight's programme, and the rule that chose it."""
    programme = clean(calendar.programme)
    if calendar.rule is None:
        return Text(fit(programme, width), GREY)
    return Text(fit(f"◆ {clean(calendar.rule)} → {programme}", width), BLUE)


def holding_line(calendar: CalendarView, words: Words) -> Text:
    """How many controllers hold it, refuse it, were never heard; those that are not there are not told."""
    whole = calendar.holding == calendar.controllers
    waiting = calendar.controllers - calendar.holding - calendar.refused - calendar.unheard
    counts = {
        "holds": calendar.holding,
        "waiting": waiting,
        "refused": calendar.refused,
        "unheard": calendar.unheard,
    }
    line = Text()
    for state, count in counts.items():
        sign = HOLDING_SIGNS[state]
        if state == "holds":
            line.append(f"{sign.symbol if whole else '…'} ", sign.colour if whole else AMBER)
            line.append(f"{words.number(count)} / {words.number(calendar.controllers)}")
        elif count > 0:
            line.append(f"  {sign.symbol} ", sign.colour).append(words.number(count))
    return line


class NightPanel(Painted):
    """Tonight's curve and switch points of one calendar, and who holds its programme."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="programme", classes="panel")
        self._session = session
        self._calendar: CalendarView | None = None

    def show_calendar(self, calendar: CalendarView | None) -> None:
        """Another calendar, or the same read again."""
        self._calendar = calendar
        self.border_title = Text(clean(calendar.title or calendar.name) if calendar else "")
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """The curve on top, then the switch points, then who holds it."""
        calendar = self._calendar
        if calendar is None or not calendar.switch_points:
            return [_nothing_yet(self._session)]
        table = self._switch_points(calendar, width)
        holding = self._holding(calendar, width)
        room = height - len(table) - len(holding) - 1
        plot = self._plot(calendar, width, min(room, height // 2)) if room >= LEAST_PLOT_ROWS else []
        return [*plot, *([Text()] if plot else []), *table, *holding]

    def _plot(self, calendar: CalendarView, width: int, height: int) -> list[Text]:
        words, points = self._session.words, calendar.switch_points
        start, end = points[0].at - BESIDE, points[-1].at + BESIDE
        lead = scale_width(100.0, words.percent)
        curve = Curve(start, end, staircase(points, start, end), now=self._session.city.now, stepped=True)
        rows = with_scale(area(curve, width - lead, height // 2 * 2 - 2, BLUE), 100.0, words.percent, lead)
        marks = [
            (points[0].at, f"↑ {words.clock(points[0].at)}"),
            (points[-1].at, f"↑ {words.clock(points[-1].at)}"),
        ]
        foot = (hours_axis(curve, width - lead, words), marks_axis(curve, width - lead, marks))
        return [*rows, *(Text.assemble(" " * lead, line) for line in foot)]

    def _switch_points(self, calendar: CalendarView, width: int) -> list[Text]:
        words, now = self._session.words, self._session.city.now
        night = Text(
            words.t("Night of {night}", night=words.date(calendar.switch_points[0].at)), f"bold {GREY}"
        )
        lines = [night, Text.assemble("  ", _ruling(calendar, width - 2))]
        points = calendar.switch_points
        for point, following in zip(points, (*points[1:], None), strict=True):
            current = bool(now and point.at <= now and following and now < following.at)
            head = Text.assemble(
                ("▸ " if current else "  ", AMBER),
                (words.clock(point.at), f"bold {AMBER}" if current else BRIGHT),
                "  ",
                (f"{words.percent(point.level_pct):>6}", BRIGHT),
                "  ",
            )
            share = (
                Text(words.t("off"), GREY)
                if not point.level_pct
                else bar(point.level_pct / 100, max(6, min(30, width - 36)), AMBER if current else BLUE)
            )
            length = words.span(following.at - point.at) if following else ""
            lines.append(spread(Text.assemble(head, share), Text(length, GREY), min(width, 64)))
        return [*lines, Text()]

    def _holding(self, calendar: CalendarView, width: int) -> list[Text]:
        words = self._session.words
        title = Text(words.t("Held by the controllers themselves"), f"bold {GREY}")
        if self._session.replayed_at is not None:
            return [title, Text(fit(f"  {words.t(NOT_RECORDED)}", width), GREY)]
        share = calendar.holding / calendar.controllers if calendar.controllers else None
        count = words.t(
            "{holding} of {total} controllers hold it",
            holding=words.number(calendar.holding),
            total=words.number(calendar.controllers),
        )
        return [
            title,
            Text.assemble("  ", bar(share, max(6, min(60, width - 4)), GREEN)),
            Text(fit(f"  {count}", width)),
        ]


def staircase(
    points: Sequence[SwitchPointView], start: datetime, end: datetime
) -> list[tuple[datetime, float | None]]:
    """The level every few minutes."""
    samples: list[tuple[datetime, float | None]] = []
    at = start
    while at < end:
        level = 0.0
        for point in points:
            if point.at <= at:
                level = point.level_pct
        samples.append((at, level))
        at += STEP
    return samples

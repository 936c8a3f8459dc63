"""The panels of the Programmes screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.text import Text

from city.messages import ProgrammeView
from console.hostile import clean
from console.i18n import Words
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, GREEN, GREY
from console.widgets.painted import Painted, fit, spread
from console.widgets.plot import Curve, area, bar, hours_axis, marks_axis, scale_width, with_scale
from console.widgets.rows import Entry, Rows

BESIDE = timedelta(hours=1)
"""How much of the evening before and of the morning after the plot shows."""
STEP = timedelta(minutes=5)
"""How finely the steps are drawn."""


class ProgrammeList(Rows):
    """The programmes by name, with how many controllers hold each."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="programmes", classes="panel")
        self._session = session
        self.programmes: Sequence[ProgrammeView] = ()

    @property
    def pointed(self) -> ProgrammeView | None:
        """The programme under the cursor, else the first."""
        named = {programme.name: programme for programme in self.programmes}
        return named.get(self._cursor or "") or next(iter(self.programmes), None)

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """Three lines each."""
        del height
        if not self.programmes:
            return [Entry(None, (Text(self._session.words.t("waiting …"), GREY),))]
        entries = []
        for programme in self.programmes:
            entries += [Entry(programme.name, self._told(programme, width)), Entry(None, (Text(),))]
        return entries

    def _told(self, programme: ProgrammeView, width: int) -> tuple[Text, ...]:
        words = self._session.words
        whole = programme.holding == programme.controllers
        held = f"{words.number(programme.holding)} / {words.number(programme.controllers)}"
        return (
            Text(fit(clean(programme.title or programme.name), width), f"bold {BRIGHT}"),
            Text(fit(f"{clean(programme.name)} · {clean(programme.hash)}", width), GREY),
            Text.assemble(("✓ " if whole else "… ", GREEN if whole else AMBER), held),
        )


class ProgrammePanel(Painted):
    """Tonight's curve and switch points of one programme."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="programme", classes="panel")
        self._session = session
        self._programme: ProgrammeView | None = None

    def show_programme(self, programme: ProgrammeView | None) -> None:
        """Another programme, or the same read again."""
        self._programme = programme
        self.border_title = clean(programme.title or programme.name) if programme else ""
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """The curve on top, then the switch points, then who holds it."""
        programme = self._programme
        if programme is None or not programme.switch_points:
            return [Text(self._session.words.t("waiting …"), GREY)]
        table = self._switch_points(programme, width)
        holding = self._holding(programme, width)
        room = height - len(table) - len(holding) - 1
        plot = self._plot(programme, width, min(room, height // 2)) if room >= 5 else []
        return [*plot, *([Text()] if plot else []), *table, *holding]

    def _plot(self, programme: ProgrammeView, width: int, height: int) -> list[Text]:
        words, points = self._session.words, programme.switch_points
        start, end = points[0].at - BESIDE, points[-1].at + BESIDE
        lead = scale_width(100.0, words.percent)
        curve = Curve(start, end, _steps(programme, start, end), now=self._session.city.now, stepped=True)
        rows = with_scale(area(curve, width - lead, height // 2 * 2 - 2, BLUE), 100.0, words.percent, lead)
        marks = [
            (points[0].at, f"↑ {words.clock(points[0].at)}"),
            (points[-1].at, f"↑ {words.clock(points[-1].at)}"),
        ]
        foot = (hours_axis(curve, width - lead, words), marks_axis(curve, width - lead, marks))
        return [*rows, *(Text.assemble(" " * lead, line) for line in foot)]

    def _switch_points(self, programme: ProgrammeView, width: int) -> list[Text]:
        words, now = self._session.words, self._session.city.now
        lines = [Text(words.t("Night of {night}", night=_evening(programme, words)), f"bold {GREY}")]
        points = programme.switch_points
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

    def _holding(self, programme: ProgrammeView, width: int) -> list[Text]:
        words = self._session.words
        share = programme.holding / programme.controllers if programme.controllers else None
        count = words.t(
            "{holding} of {total} controllers hold it",
            holding=words.number(programme.holding),
            total=words.number(programme.controllers),
        )
        return [
            Text.assemble((words.t("Held by the controllers themselves"), f"bold {GREY}")),
            Text.assemble("  ", bar(share, max(6, min(60, width - 4)), GREEN)),
            Text(fit(f"  {count}", width)),
            Text.assemble("  ", (words.t("version {hash}", hash=clean(programme.hash)), GREY)),
        ]


def _evening(programme: ProgrammeView, words: Words) -> str:
    """The evening that names the night, as a date."""
    return words.date(programme.switch_points[0].at)


def _steps(programme: ProgrammeView, start: datetime, end: datetime) -> list[tuple[datetime, float | None]]:
    """The level every few minutes, as a staircase."""
    samples: list[tuple[datetime, float | None]] = []
    at = start
    while at < end:
        level = 0.0
        for point in programme.switch_points:
            if point.at <= at:
                level = point.level_pct
        samples.append((at, level))
        at += STEP
    return samples

"""A night of the draft beside that of the plan in force: drawn anew while one types."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message

from city.plan_drafts import DraftNight
from console.hostile import clean
from console.i18n import N_, Words
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, GREEN, GREY
from console.widgets.calendar_year import finding_text
from console.widgets.painted import Painted, fit
from console.widgets.plot import Curve, area, hours_axis, marks_axis, scale_width, with_scale
from console.widgets.programme_panels import staircase

BESIDE = timedelta(hours=1)
SMALL_PLOT_ROWS, MOST_PLOT_ROWS = 5, 18
"""Rows of a plot with its axis: where there is less room, there is none."""
ROWS_FOR_SUN = 8
"""From so many on, sunset and sunrise stand under the axis."""
JUNE, DECEMBER = (6, 21), (12, 21)
MONTH_DAYS = 30


class DraftPanel(Painted, can_focus=True):
    """Tonight's curve or another night's; arrows go from night to night."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "by(-1)", N_("night before"), show=False),
        Binding("right", "by(1)", N_("next night")),
        Binding("pageup", f"by(-{MONTH_DAYS})", N_("a month sooner"), show=False),
        Binding("pagedown", f"by({MONTH_DAYS})", N_("a month later"), show=False),
        Binding("j", "solstice('june')", N_("21 June")),
        Binding("d", "solstice('december')", N_("21 December")),
        Binding("n,home", "tonight", N_("tonight")),
    ]

    class Turned(Message):
        """Another night is wanted."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="draft-night", classes="panel")
        self._session = session
        self.night: date | None = None
        """The evening's date that is wanted; None: tonight."""
        self._seen: DraftNight | None = None
        self._in_force: DraftNight | None = None
        self._is_old = False

    def show_night(self, seen: DraftNight, in_force: DraftNight | None) -> None:
        """A night of the draft, and the same of the plan in force where it has it."""
        self._seen, self._in_force, self._is_old = seen, in_force, False
        self.border_title = Text(clean(seen.title or seen.name))
        self._entitle()
        self.repaint()

    def keep_old(self) -> None:
        """The draft cannot be read: what was last seen of it stays, dimmed."""
        self._is_old = self._seen is not None
        self._entitle()
        self.repaint()

    @property
    def seen(self) -> DraftNight | None:
        """What is shown."""
        return self._seen

    def _entitle(self) -> None:
        self.set_class(self._is_old, "old")
        if self._is_old:
            self.border_subtitle = self._session.words.t("as it was when it could last be read")
        else:
            self.border_subtitle = Text("")

    def action_by(self, nights: int) -> None:
        """Another night."""
        if self._seen is not None:
            self._turn((self.night or self._seen.night) + timedelta(days=nights))

    def action_solstice(self, which: str) -> None:
        """The next shortest or longest night."""
        if self._seen is not None:
            month, day = JUNE if which == "june" else DECEMBER
            today = self._session.city.now.date() if self._session.city.now else self._seen.night
            found = date(today.year, month, day)
            self._turn(found if found >= today else date(today.year + 1, month, day))

    def action_tonight(self) -> None:
        """Back to tonight."""
        self._turn(None)

    def _turn(self, night: date | None) -> None:
        self.night = night
        self.post_message(self.Turned())

    # -- painting ------------------------------------------------------------------------------------------

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """What it is and when, the plot, then the switch points and what to know, as far as there is room."""
        seen, words = self._seen, self._session.words
        if seen is None:
            return [Text(words.t("waiting …"), GREY)]
        head, table, known = _head(seen, words, width), self._table(seen, width), _known(seen, words, width)
        below = [*known, *table] if seen.findings else [*table, *known]
        below += self._legend(seen)
        room = height - len(head)
        plot_rows = max(room - len(below), min(room - 1, SMALL_PLOT_ROWS), room * 3 // 5)
        plot = self._plot(seen, width, min(plot_rows, MOST_PLOT_ROWS)) if room >= SMALL_PLOT_ROWS else []
        lines = [*head, *plot, *below]
        return [Text(line.plain, GREY) for line in lines] if self._is_old else lines

    def _plot(self, seen: DraftNight, width: int, rows: int) -> list[Text]:
        words = self._session.words
        start, end = _span(seen, self._in_force)
        before = self._in_force
        planned = staircase(before.switch_points, start, end) if before and _differs(seen, before) else ()
        lead = scale_width(100.0, words.percent)
        now = self._session.city.now
        curve = Curve(start, end, staircase(seen.switch_points, start, end), planned, now=now, stepped=True)
        has_sun = rows >= ROWS_FOR_SUN
        height = rows - (2 if has_sun else 1)
        height -= height % 2 if height > 3 else 0  # an even one has its middle named
        lines = with_scale(area(curve, width - lead, height, BLUE), 100.0, words.percent, lead)
        marks = [
            (seen.sunset, f"↑ {words.clock(seen.sunset)} ☾"),
            (seen.sunrise, f"↑ {words.clock(seen.sunrise)} ☀"),
        ]
        feet = [hours_axis(curve, width - lead, words)]
        feet += [marks_axis(curve, width - lead, marks)] if has_sun else []
        return [*lines, *(Text.assemble(" " * lead, foot) for foot in feet)]

    def _legend(self, seen: DraftNight) -> list[Text]:
        """What the shade and the dots are, where there are some."""
        t, before = self._session.words.t, self._in_force
        if before is None or not _differs(seen, before):
            return []
        return [Text.assemble(("░ ", GREY), (t("in force"), GREY), ("   • ", AMBER), (t("new"), GREY))]

    def _table(self, seen: DraftNight, width: int) -> list[Text]:
        """The switch points, as many in a line as there is room for."""
        words, before = self._session.words, self._in_force
        known = {(point.at, point.level_pct) for point in before.switch_points} if before else None
        cells = []
        for point in seen.switch_points:
            is_new = known is not None and (point.at, point.level_pct) not in known
            level = words.t("off") if not point.level_pct else words.percent(point.level_pct)
            cells.append(
                Text.assemble(
                    ("• " if is_new else "  ", AMBER),
                    (words.clock(point.at), BRIGHT),
                    (f" {level:<8}", AMBER if is_new else BLUE),
                )
            )
        in_line = max(1, width // 16)
        return [Text().join(cells[start : start + in_line]) for start in range(0, len(cells), in_line)]


def _head(seen: DraftNight, words: Words, width: int) -> list[Text]:
    lit = timedelta(hours=seen.lit_h)
    share = 100 * seen.full_h / seen.lit_h if seen.lit_h else 0.0
    day = f"◂ {words.weekday(seen.night)} {words.day(seen.night)} ▸"
    light = words.t("lit {hours}", hours=words.span(lit)) if seen.lit_h else words.t("no light")
    of_full = " · " + words.t("{share} of full", share=words.percent(share)) if seen.lit_h else ""
    lines = [Text.assemble((day, f"bold {BRIGHT}"), (fit(f"  {light}{of_full}", width - len(day)), GREY))]
    if seen.kind == "calendar":
        rule = f"◆ {clean(seen.rule)} → " if seen.rule else ""
        lines.append(Text(fit(f"{rule}{clean(seen.programme)}", width), BLUE if rule else GREY))
    return lines


def _known(seen: DraftNight, words: Words, width: int) -> list[Text]:
    """What to know of the night; a check mark where there is nothing."""
    if not seen.findings:
        return [Text("✓ " + words.t("Nothing to warn of."), GREEN)]
    lines = []
    for finding in seen.findings:
        warns = finding.severity == "warning"
        told = finding_text(finding.model_copy(update={"first": None, "last": None}), words)
        line = Text("⚠ " if warns else "i ", AMBER if warns else GREY)
        lines.append(line.append(fit(told, width - 2), BRIGHT if warns else GREY))
    return lines


def _span(seen: DraftNight, before: DraftNight | None) -> tuple[datetime, datetime]:
    """From before the first light or sunset to after the last of both plans: the axis does not jump while one types."""
    ends = [point.at for each in (seen, before) if each for point in each.switch_points]
    ends += [each for each in (seen.sunset, seen.sunrise) if each]
    return min(ends) - BESIDE, max(ends) + BESIDE


def _differs(seen: DraftNight, before: DraftNight) -> bool:
    return seen.switch_points != before.switch_points

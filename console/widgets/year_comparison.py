"""A year of a calendar in force and in a draft, and what is between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from city.calendar_views import CalendarYear, FindingView, NightLength
from console.hostile import clean
from console.i18n import N_, UNKNOWN, Words
from console.vocabulary import AMBER, BLUE, BRIGHT, GREEN, GREY, VERMILION
from console.widgets.calendar_year import finding_text
from console.widgets.painted import Painted, fit, spread
from console.widgets.rows import Entry, Rows

LABEL_CELLS = 22
FIGURE_CELLS = 13
NARROW_CELLS = 11
ROOMY = 66


@dataclass(frozen=True, slots=True)
class Both:
    """One calendar in the plan in force and in the draft; None: it is not in that plan."""

    name: str
    before: CalendarYear | None
    after: CalendarYear | None


class YearsList(Rows):
    """The calendars with their kWh, as they are computed, and the whole city."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", N_("show"), show=False)]

    def __init__(self, words: Words) -> None:
        super().__init__(id="years")
        self._words = words
        self._names: Sequence[str] = ()
        self._known: dict[str, Both] = {}
        self.trouble = ""
        self.is_done = False

    @property
    def pointed(self) -> Both | None:
        """The one under the cursor, once it is known."""
        return self._known.get(self._cursor or "") or next(iter(self._known.values()), None)

    def begin(self, names: Sequence[str]) -> None:
        """Which there will be."""
        self._names = names
        self.repaint()

    def show(self, both: Both) -> None:
        """One more is known."""
        self._known[both.name] = both
        self.repaint()

    def action_move(self, by: int) -> None:
        """Move the cursor; what is below follows it."""
        super().action_move(by)
        self.action_choose()

    def entries(self, width: int, height: int) -> Sequence[Entry]:
        """A line each, the sum above them."""
        del height
        words = self._words
        entries = [Entry(None, (self._whole(width),))]
        for name in self._names:
            both = self._known.get(name)
            if both is None:
                told = GREY, words.t("computing …") if not self.is_done else UNKNOWN
                entries.append(Entry(name, (spread(Text(clean(name), GREY), Text(told[1], told[0]), width),)))
                continue
            entries.append(Entry(name, (_row(clean(name), both, words, width),)))
        return entries

    def _whole(self, width: int) -> Text:
        words, t = self._words, self._words.t
        if self.trouble:
            return Text(fit(f"✖ {clean(self.trouble)}", width), VERMILION)
        done, names = len(self._known), len(self._names)
        if not self.is_done:
            progress = t("computing {done} of {total} …", done=words.number(done), total=words.number(names))
            return Text(f"{progress}  {t('Esc: stop')}", AMBER)
        before = sum(each.before.planned.kwh for each in self._known.values() if each.before)
        after = sum(each.after.planned.kwh for each in self._known.values() if each.after)
        return _line(t("whole city, kWh"), before, after, words, width, bold=True)


def _row(label: str, both: Both, words: Words, width: int) -> Text:
    before = both.before.planned.kwh if both.before else None
    after = both.after.planned.kwh if both.after else None
    return _line(label, before, after, words, width)


def _line(
    label: str, before: float | None, after: float | None, words: Words, width: int, *, bold: bool = False
) -> Text:
    """In force, draft, difference; less is told in green with an arrow down, more in amber with one up."""
    cells = FIGURE_CELLS if width >= ROOMY else NARROW_CELLS
    room = max(8, width - 3 * cells)
    style = f"bold {BRIGHT}" if bold else BRIGHT
    line = Text(f"{fit(label, min(room, LABEL_CELLS + 8)):<{room}}", style if bold else GREY)
    line.append(f"{words.number(before):>{cells}}", style).append(f"{words.number(after):>{cells}}", style)
    return line.append_text(_difference(before, after, words, cells))


def _difference(before: float | None, after: float | None, words: Words, cells: int) -> Text:
    if before is None or after is None or round(before) == round(after):
        same = "=" if before is not None and after is not None else UNKNOWN
        return Text(f"{same:>{cells}}", GREY)
    less = after < before
    told = f"{'↓' if less else '↑'} {words.number(abs(after - before))}"
    return Text(f"{told:>{cells}}", GREEN if less else AMBER)


class YearComparison(Painted):
    """One calendar in full: figures side by side, then the nights apart and what to know of the draft."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="year-comparison", classes="panel")
        self._words = words
        self._both: Both | None = None

    def show_both(self, both: Both | None) -> None:
        """Another calendar."""
        self._both = both
        self.border_title = Text(clean(both.name) if both else "")
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Figures, nights apart, what to know; what has no room is counted."""
        both, words = self._both, self._words
        if both is None:
            return [Text(words.t("computing …"), GREY)]
        lines = [*_figures(both, words, width)]
        if both.after is None:
            lines.append(Text("⚠ " + words.t("The draft has no such calendar."), AMBER))
            return lines
        found = _findings(both, words, width)
        nights = list(_nights(both.after, words, width))
        nights = nights[: max(0, height - len(lines) - min(3, len(found)))]
        lines += nights
        room = height - len(lines)
        shown = found if len(found) <= room else found[: max(0, room - 1)]
        left = len(found) - len(shown)
        more = [Text("  " + words.t("… and {count} others", count=words.number(left)), GREY)] if left else []
        return [*lines, *shown, *more]


def _figures(both: Both, words: Words, width: int) -> Iterator[Text]:
    t, before, after = words.t, both.before, both.after
    cells = FIGURE_CELLS if width >= ROOMY else NARROW_CELLS
    heads = "".join(f"{each:>{cells}}" for each in (t("in force"), t("draft"), t("difference")))
    yield Text(f"{'':<{max(8, width - 3 * cells)}}{heads}", GREY)

    def figures(label: str, value: Callable[[CalendarYear], float | None]) -> Text:
        one, other = (None if year is None else value(year) for year in (before, after))
        return _line(label, one, other, words, width)

    yield figures(t("light points"), lambda year: year.points)
    yield figures(t("light, h"), lambda year: year.lit_h)
    yield figures("kWh", lambda year: year.planned.kwh)
    yield figures("€", lambda year: year.planned.eur)
    yield figures("kg CO₂", lambda year: year.planned.co2_kg)
    yield figures(t("saved against full, %"), _saved)
    yield figures(t("nights without light"), _dark)


def _saved(year: CalendarYear) -> float | None:
    return None if year.saved_share is None else 100 * year.saved_share


def _dark(year: CalendarYear) -> int:
    return sum(each.nights for each in year.findings if each.code == "no-light")


def _nights(year: CalendarYear, words: Words, width: int) -> Iterator[Text]:
    """The nights that people ask for, as the draft has them."""
    t = words.t
    apart: list[tuple[str, NightLength | None]] = [
        *((t("clock change"), night) for night in year.clock_changes),
        (t("29 February"), year.leap),
        (t("shortest night"), year.shortest),
        (t("longest night"), year.longest),
    ]
    for label, night in apart:
        if night is not None:
            lit = timedelta(hours=night.lit_h)
            told = t("lit {hours}", hours=words.span(lit)) if lit else t("no light")
            line = Text(f"{fit(label, LABEL_CELLS - 1):<{LABEL_CELLS}}", GREY)
            yield line.append(
                fit(f"{words.day(night.night)} · {told}", width - LABEL_CELLS), BRIGHT if lit else AMBER
            )


def _findings(both: Both, words: Words, width: int) -> list[Text]:
    """What to know of the draft: what is new first, with a mark."""
    assert both.after is not None  # noqa: S101 - who calls has looked
    before = set(map(_same, both.before.findings)) if both.before else set()
    found = sorted(both.after.findings, key=lambda each: (_same(each) in before, each.severity != "warning"))
    if not found:
        return [Text("✓ " + words.t("Nothing to warn of."), GREEN)]
    lines = []
    for each in found:
        warns, is_new = each.severity == "warning", _same(each) not in before
        line = Text("⚠ " if warns else "i ", AMBER if warns else BLUE if is_new else GREY)
        line.append(f"{words.t('new')} " if is_new else "", f"bold {AMBER}" if warns else BLUE)
        lines.append(
            line.append(fit(finding_text(each, words), width - line.cell_len), BRIGHT if warns else GREY)
        )
    return lines


def _same(finding: FindingView) -> tuple[object, ...]:
    """What makes two findings the same, whichever plan they are of."""
    return finding.code, finding.text, finding.nights

"""The nights of a calendar that a rule decides, with their dates, and who follows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rich.text import Text

from city.calendar_views import CalendarView, CalendarYear
from console.hostile import clean
from console.i18n import Words
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, GREY
from console.widgets.painted import Painted, fit

FOLLOWERS_MOST = 8
ROOMY = 64
"""Cells from which an exception stands in one line."""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Nights in a row that one rule decides."""

    first: date
    last: date
    rule: str
    programme: str


def exceptions(year: CalendarYear) -> Iterator[Exceptional]:
    """The nights of a year that are not the calendar's default programme, in their order."""
    start = 0
    for number in range(1, len(year.strip) + 1):
        if number < len(year.strip) and year.strip[number] == year.strip[start]:
            continue
        share = year.shares[year.strip[start]]
        if share.rule is not None:
            first = year.first + timedelta(days=start)
            yield Exceptional(first, year.first + timedelta(days=number - 1), share.rule, share.programme)
        start = number


class ExceptionsPanel(Painted):
    """Who follows the calendar, and its exceptions of the next twelve months."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="exceptions", classes="panel")
        self._session = session
        self._calendar: CalendarView | None = None
        self._year: CalendarYear | None = None

    @property
    def shown(self) -> str | None:
        """Whose year is shown."""
        return self._year.name if self._year else None

    def show_calendar(self, calendar: CalendarView, year: CalendarYear | None) -> None:
        """Another calendar, or the same read again; None: its year is being looked ahead."""
        self._calendar, self._year = calendar, year
        self.border_title = Text(clean(calendar.title or calendar.name))
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """Followers on top, then one line for each run of nights; what has no room is counted."""
        calendar, year, words = self._calendar, self._year, self._session.words
        if calendar is None:
            return [Text(words.t("waiting …"), GREY)]
        lines = [*_followers(calendar, words, width), Text()]
        if year is None:
            return [*lines, Text(words.t("looking ahead …"), GREY)]
        found = list(exceptions(year))
        title = words.n("{count} exception in 12 months", "{count} exceptions in 12 months", len(found))
        lines.append(Text(title, f"bold {GREY}"))
        told = [_told(each, calendar.night, words, width) for each in found]
        room = (height - len(lines)) // (len(told[0]) if told else 1)
        shown = told if len(told) <= room else told[: max(0, room - 1)]
        lines += [line for each in shown for line in each]
        if left := len(found) - len(shown):
            lines.append(Text("  " + words.t("… and {count} others", count=words.number(left)), GREY))
        if not found:
            usual = year.shares[-1].programme if year.shares else calendar.programme
            lines.append(Text(fit("  " + words.t("every night: {programme}", programme=clean(usual)), width)))
        return lines


def _followers(calendar: CalendarView, words: Words, width: int) -> list[Text]:
    points = words.n("{count} light point", "{count} light points", calendar.points)
    lines = [Text(fit(f"{words.t('Followed by')} {points}", width), f"bold {GREY}")]
    named = calendar.follows[:FOLLOWERS_MOST]
    lines += [Text(fit(f"  {clean(selector)}", width), BRIGHT) for selector in named]
    if (left := len(calendar.follows) - len(named)) > 0:
        lines.append(Text("  " + words.t("… and {count} others", count=words.number(left)), GREY))
    if calendar.is_default:
        lines.append(Text("  " + words.t("all others"), BRIGHT))
    elif not calendar.follows:
        lines.append(Text("  " + words.t("nobody"), GREY))
    return lines


def _told(each: Exceptional, tonight: date, words: Words, width: int) -> list[Text]:
    """When and what, in one line where there is room for it."""
    is_tonight = each.first <= tonight <= each.last
    when = f"{words.weekday(each.first)} {words.day(each.first)}"
    if each.last > each.first:
        nights = words.n("{count} night", "{count} nights", (each.last - each.first).days + 1)
        when = f"{when} … {words.day(each.last)}, {nights}"
    line = Text.assemble(
        ("▸ " if is_tonight else "  ", AMBER),
        (fit(when, width - 2), f"bold {AMBER}" if is_tonight else BRIGHT),
    )
    what = f"◆ {clean(each.rule)} → {clean(each.programme)}"
    if width < ROOMY:
        return [line, Text(fit(f"    {what}", width), BLUE)]
    return [line.append(fit(f"  {what}", width - line.cell_len), BLUE)]

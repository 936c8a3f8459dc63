"""A calendar's year ahead: which programme rules when, what it costs against full power, and what to know before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from rich.text import Text

from city.calendar_views import CalendarYear, FindingView, NightLength
from console.hostile import clean
from console.i18n import N_, Words
from console.session import Session
from console.vocabulary import AMBER, BLUE, BRIGHT, FAINT, GREEN, GREY, PURPLE, VERMILION
from console.widgets.painted import Painted, fit

WEEK = 7
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""One for each rule, in their order; the default programme is a dot."""
DEFAULT = "·"
COLOURS = (AMBER, BLUE, GREEN, PURPLE, VERMILION)
NAMED_RULES = 4
"""Rules that are named under the strip, at most."""
LABEL_CELLS = 20
FIGURE_CELLS = 13
ROOMY = 68
"""From this width on, everything is told in words."""
NARROW_LABEL_CELLS, NARROW_FIGURE_CELLS = 14, 11
FINDING_ROWS = 4
"""Lines that are kept for what to know, where there is something, before the nights apart."""

FINDINGS: Mapping[str, str] = {
    "no-light": N_("no light"),
    "white-night": N_("no light: the sun does not set"),
    "weekday-dark": N_("a day of the week is always dark"),
    "lit-long": N_("lit for very long"),
    "lit-by-day": N_("lit while the sun is up"),
    "flash": N_("light for a moment only"),
    "clock-twice": N_("a time that comes twice"),
    "clock-skipped": N_("a time that does not come"),
    "same-instant": N_("two steps at once"),
    "not-alternating": N_("dark already when darkness is asked for"),
    "no-change": N_("a step that changes nothing"),
    "never-lit": N_("a step that never comes while it is lit"),
    "order-changes": N_("steps change places"),
    "rule-never": N_("a rule that never holds"),
    "rule-shadowed": N_("a rule that another always comes before"),
    "leap-day-dark": N_("29 February is dark"),
    "law-unchecked": N_("arrêté of 27 December 2018: not checked"),
    "law-a": N_("arrêté of 27 December 2018, category a"),
    "law-b": N_("arrêté of 27 December 2018, category b"),
    "law-e": N_("arrêté of 27 December 2018, category e"),
    "law-advertising": N_("arrêté of 27 December 2018, advertising"),
}
PLAIN = frozenset({"no-light", "white-night", "leap-day-dark"})
"""What these say is said by their title."""


class YearPanel(Painted):
    """The year of one calendar."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="year", classes="panel")
        self._words = session.words
        self._year: CalendarYear | None = None
        self.title = ""

    def show_year(self, title: str, year: CalendarYear | None) -> None:
        """Another calendar's year; None: it is being looked ahead."""
        self._year = year
        self.title, self.border_title = title, Text(clean(title))
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """The strip, the figures, the nights apart, then as many findings as have room."""
        year, words = self._year, self._words
        if year is None:
            return [Text(words.t("looking ahead …"), GREY)]
        lines = [*_head(year, words, width), *_strip(year, words, width), *_figures(year, words, width)]
        room = height - len(lines) - min(FINDING_ROWS, max(1, len(year.findings)))
        lines += list(_nights(year, words, width))[: max(0, room)]
        lines += [Text()] if height - len(lines) > len(year.findings) else []
        return [*lines, *_findings(year.findings, words, width, height - len(lines))]


def _head(year: CalendarYear, words: Words, width: int) -> list[Text]:
    points = words.n("{count} light point", "{count} light points", year.points)
    line = words.t(
        "{count} nights from {day} · {points} · {power} installed",
        count=year.nights,
        day=words.day(year.first),
        points=points,
        power=words.power(1000 * year.installed_kw),
    )
    return [Text(fit(line, width), f"bold {GREY}")]


def _strip(year: CalendarYear, words: Words, width: int) -> Iterator[Text]:
    """One column per week, in which its first rule shows, under the months; then who is who."""
    weeks = [year.strip[start : start + WEEK] for start in range(0, len(year.strip), WEEK)]
    shown = weeks[: max(0, width - 2)]
    months, line, busy = Text("  "), Text("  "), -1
    for number, week in enumerate(shown):
        evening = year.first + timedelta(days=number * WEEK)
        if evening.day <= WEEK and number > busy:
            label = words.month(evening).split()[0][:3]
            months.append(" " * (number - (months.cell_len - 2))).append(label, GREY)
            busy = number + len(label)
        line.append(*_sign(year, min(week)))
    yield months
    yield line
    rules = [place for place, share in enumerate(year.shares) if share.rule is not None]
    for place in [*rules[:NAMED_RULES], *(set(range(len(year.shares))) - set(rules))]:
        share = year.shares[place]
        named = f"{clean(share.rule)} → {clean(share.programme)}" if share.rule else clean(share.programme)
        nights = words.n("{count} night", "{count} nights", share.nights)
        sign = Text.assemble("  ", _sign(year, place), " ")
        yield sign.append(fit(f"{named}, {nights}", width - sign.cell_len))
    if len(rules) > NAMED_RULES:
        yield Text("  " + words.t("… and {count} others", count=len(rules) - NAMED_RULES), GREY)
    yield Text()


def _sign(year: CalendarYear, place: int) -> tuple[str, str]:
    if year.shares[place].rule is None:
        return DEFAULT, FAINT
    return LETTERS[place % len(LETTERS)], COLOURS[place % len(COLOURS)]


def _figures(year: CalendarYear, words: Words, width: int) -> Iterator[Text]:
    """Planned, at full power from sunset to sunrise, and the difference."""
    t, planned, full = words.t, year.planned, year.full
    cells = FIGURE_CELLS if width >= ROOMY else NARROW_FIGURE_CELLS

    def row(label: str, *figures: str, style: str = BRIGHT) -> Text:
        return _label(label, width).append("".join(f"{figure:>{cells}}" for figure in figures), style)

    yield row("", t("planned"), t("at full"), t("saved"), style=GREY)
    yield row(t("light, h"), words.number(year.lit_h), words.number(year.dark_h))
    for label, one, other in (
        ("kWh", planned.kwh, full.kwh),
        ("€", planned.eur, full.eur),
        ("kg CO₂", planned.co2_kg, full.co2_kg),
    ):
        line = row(label, words.number(one), words.number(other), words.number(other - one))
        if label == "kWh" and year.saved_share is not None:
            line.append(f"  {words.percent(100 * year.saved_share, 1)}", GREEN)
        yield line
    yield Text()


def _label(label: str, width: int) -> Text:
    cells = LABEL_CELLS if width >= ROOMY else NARROW_LABEL_CELLS
    return Text(f"  {fit(label, cells - 1):<{cells}}", GREY)


def _nights(year: CalendarYear, words: Words, width: int) -> Iterator[Text]:
    """The nights that people ask for."""
    t = words.t
    leap, rule = year.leap, year.leap_rule
    if leap is not None:
        yield _night(
            t("29 February"), leap, clean((rule.rule or rule.programme) if rule else ""), words, width
        )
    nights: list[tuple[str, NightLength | None]] = [
        *((t("clock change"), night) for night in year.clock_changes),
        (t("shortest night"), year.shortest),
        (t("longest night"), year.longest),
    ]
    for label, night in nights:
        if night is not None:
            yield _night(label, night, "", words, width)


def _night(label: str, night: NightLength, beside: str, words: Words, width: int) -> Text:
    dark, lit = (timedelta(hours=hours) for hours in (night.dark_h, night.lit_h))
    told = [words.day(night.night)]
    if width >= ROOMY:
        told.append(words.t("{hours} of darkness", hours=words.span(dark)))
    told.append(words.t("lit {hours}", hours=words.span(lit)) if lit else words.t("no light"))
    told += [beside] if beside else []
    line = _label(label, width)
    return line.append(fit(" · ".join(told), width - line.cell_len), BRIGHT if lit else VERMILION)


def _findings(found: Sequence[FindingView], words: Words, width: int, height: int) -> Iterator[Text]:
    """Warnings first; what has no room is counted."""
    if not found:
        yield Text("✓ " + words.t("Nothing to warn of."), GREEN)
        return
    room = len(found) if len(found) <= height else max(0, height - 1)
    for finding in found[:room]:
        warns = finding.severity == "warning"
        line = Text("⚠ " if warns else "i ", AMBER if warns else GREY)
        yield line.append(fit(finding_text(finding, words), width - 2), BRIGHT if warns else GREY)
    if room < len(found):
        yield Text("  " + words.t("… and {count} others", count=len(found) - room), GREY)


def finding_text(finding: FindingView, words: Words) -> str:
    """What to know, in one line."""
    title = words.t(FINDINGS[finding.code]) if finding.code in FINDINGS else ""
    told = "" if finding.code in PLAIN else clean(finding.text)
    when = ""
    if finding.first and finding.last:
        when = words.day(finding.first)
        if finding.nights > 1:
            nights = words.n("{count} night", "{count} nights", finding.nights)
            when = f"{when} … {words.day(finding.last)}, {nights}"
    return " · ".join(filter(None, (title, when, told)))

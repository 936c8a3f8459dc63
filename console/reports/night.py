"""The proof of a night, street by street: which light points burned correctly, which did not, which nobody knows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from city.reports import NightPoint, NightReport, Verdict
from console.city_now import plain
from console.i18n import UNKNOWN, Words
from console.reports.page import page, paragraph, table, text
from console.reports.sheets import aligned, to_csv
from console.vocabulary import CAUSES, VERDICTS

WELL, NOBODY_KNOWS, BESIDE = Verdict.BURNED, Verdict.NOT_PROVEN, Verdict.NOT_PLANNED
POINT_FIELDS = ("night", *NightPoint.model_fields)
HOUR_MINUTES = 60

Place = tuple[str, str, str]
"""Sector, quarter, street."""


@dataclass(frozen=True, slots=True)
class Street:
    """The light points of one street, by name."""

    place: Place
    points: tuple[NightPoint, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Some light points by what is known of them."""

    burned: int
    failed: int
    unknown: int
    unplanned: int

    @classmethod
    def of(cls, points: Iterable[NightPoint]) -> "Counts":
        """Counted."""
        verdicts = Counter(point.verdict for point in points)
        apart = verdicts[WELL], verdicts[NOBODY_KNOWS], verdicts[BESIDE]
        return cls(apart[0], verdicts.total() - sum(apart), *apart[1:])

    def cells(self, words: Words) -> tuple[str, str, str]:
        """Burned, not, unknown; what was not planned is told beside, where there is any."""
        return words.number(self.burned), words.number(self.failed), words.number(self.unknown)


def streets(report: NightReport) -> list[Street]:
    """The streets in the order in which people look for them."""

    def place(point: NightPoint) -> Place:
        return point.sector, point.quarter, point.street

    ordered = sorted(report.points, key=lambda point: (*map(plain, place(point)), place(point), point.id))
    return [Street(key, tuple(points)) for key, points in groupby(ordered, place)]


def night_json(reports: Sequence[NightReport]) -> dict[str, Any]:
    """Every night with its counts and light points; times ISO 8601, UTC."""
    nights = []
    for report in reports:
        verdicts = Counter(point.verdict for point in report.points)
        points = [point for street in streets(report) for point in street.points]
        document = report.model_copy(update={"points": tuple(points)}).model_dump(mode="json")
        counts = {verdict.value: verdicts[verdict] for verdict in Verdict}
        nights.append({**document, "counts": counts, "points": document["points"]})
    return {"from": nights[0]["night"], "to": nights[-1]["night"], "nights": nights}


def night_csv(reports: Sequence[NightReport]) -> str:
    """One line per light point and night."""
    return to_csv(
        POINT_FIELDS,
        (
            {"night": report.night.isoformat(), **point.model_dump(mode="json")}
            for report in reports
            for street in streets(report)
            for point in street.points
        ),
    )


def night_text(report: NightReport, words: Words) -> str:
    """For a terminal: the streets with their counts, and below each the light points that are not proven good."""
    t, counts = words.t, Counts.of(report.points)
    legend = t("Below each street, who is not proven good: lit / planned, power / expected, incident.")
    lines = [_title(report, words), *_summary(report, counts, words), legend, ""]
    heads = (t("street"), "✓ " + t("burned"), "✖ " + t("not"), "? " + t("unknown"))
    found = streets(report)
    rows = aligned(
        [
            heads,
            *((f"    {_named(street.place[2])}", *Counts.of(street.points).cells(words)) for street in found),
        ],
        "lrrr",
    )
    lines.append(rows[0])
    before: tuple[str, ...] = ()
    for street, row in zip(found, rows[1:], strict=True):
        lines += _headings(before, street.place)
        before = street.place
        lines.append(row)
        lines += _doubtful(street, words)
    return "\n".join(lines) + "\n"


def night_page(reports: Sequence[NightReport], words: Words) -> str:
    """To print: a summary, then every light point, each street on a page of its own."""
    titles = [_title(report, words) for report in reports]
    body: list[str] = []
    for number, (report, title) in enumerate(zip(reports, titles, strict=True)):
        if number:
            body.append(f'<h1 class="street">{text(title)}</h1>')
        body += _night_body(report, words)
    return page(titles[0], body, words.language)


def _night_body(report: NightReport, words: Words) -> Iterator[str]:
    t, found = words.t, streets(report)
    for line in _summary(report, Counts.of(report.points), words):
        yield paragraph(line)
    yield paragraph(_rule(report, words), "note")
    heads = (t("sector"), t("quarter"), t("street"), t("burned"), t("not"), t("unknown"))
    rows = [(*map(_named, street.place), *Counts.of(street.points).cells(words)) for street in found]
    yield table(heads, rows, frozenset({3, 4, 5}))
    for street in found:
        yield '<section class="street">'
        yield f"<h2>{text(_named(street.place[2]))}</h2>"
        told = _told(Counts.of(street.points), words)
        yield paragraph(" · ".join([*filter(None, street.place[:2]), told]), "place")
        yield _street_table(street, words)
        yield "</section>"


def _street_table(street: Street, words: Words) -> str:
    t = words.t
    heads = (
        t("point"),
        t("circuit"),
        t("verdict"),
        t("lit"),
        t("planned"),
        t("covered"),
        t("power"),
        t("expected"),
        t("incident"),
    )
    rows = [
        (
            point.id,
            point.circuit,
            _verdict(point, words),
            _hours(point.lit_h),
            _hours(point.planned_h),
            words.percent(100 * point.covered_share),
            words.power(point.mean_w),
            words.power(point.expected_w),
            _incident(point, words),
        )
        for point in street.points
    ]
    return table(heads, rows, frozenset({3, 4, 5, 6, 7}), [_kind(point) for point in street.points])


def _kind(point: NightPoint) -> str:
    if point.verdict in {WELL, BESIDE}:
        return ""
    return "unknown" if point.verdict is NOBODY_KNOWS else "bad"


def _title(report: NightReport, words: Words) -> str:
    day = words.date(report.start)
    return words.t("Proof of the night of {day}, {city}", day=day, city=report.city)


def _summary(report: NightReport, counts: Counts, words: Words) -> list[str]:
    planned = words.t(
        "{programme}: {hours} of light planned", programme=report.programme, hours=_hours(report.planned_h)
    )
    lights = words.n("{count} light point", "{count} light points", report.total)
    return [planned, words.t("{lights}: {told}", lights=lights, told=_told(counts, words))]


def _told(counts: Counts, words: Words) -> str:
    parts = [
        f"✓ {words.number(counts.burned)} {words.t('burned correctly')}",
        f"✖ {words.number(counts.failed)} {words.t('not')}",
        f"? {words.number(counts.unknown)} {words.t('unknown')}",
    ]
    if counts.unplanned:
        parts.append(f"· {words.number(counts.unplanned)} {words.t('not planned')}")
    return ", ".join(parts)


def _rule(report: NightReport, words: Words) -> str:
    return words.t(
        "Burned correctly: telemetry speaks for {covered} of the planned time or more, and {right} of the samples"
        " or more are within {tolerance} of the power that their level asks for. Unknown: too little telemetry.",
        covered=words.percent(100 * report.covered_share),
        right=words.percent(100 * report.burned_share),
        tolerance=words.percent(100 * report.tolerance_share),
    )


def _headings(before: tuple[str, ...], place: Place) -> Iterator[str]:
    """The sector and the quarter, where they are not those of the street before."""
    for depth in (0, 1):
        if before[: depth + 1] != place[: depth + 1]:
            yield from aligned([(f"{'  ' * depth}{_named(place[depth])}",)], "l")


def _doubtful(street: Street, words: Words) -> list[str]:
    rows = [
        (
            point.id,
            _verdict(point, words),
            f"{_hours(point.lit_h)} / {_hours(point.planned_h)}",
            f"{words.power(point.mean_w)} / {words.power(point.expected_w)}"
            if point.mean_w is not None
            else "",
            _incident(point, words),
        )
        for point in street.points
        if point.verdict not in {WELL, BESIDE}
    ]
    return aligned(rows, "lllll", "        ")


def _verdict(point: NightPoint, words: Words) -> str:
    sign = VERDICTS[point.verdict]
    return f"{sign.symbol} {words.t(sign.word)}"


def _incident(point: NightPoint, words: Words) -> str:
    return f"{words.t(CAUSES[point.cause])} ({point.incident})" if point.cause else ""


def _hours(hours: float) -> str:
    whole, minutes = divmod(round(hours * HOUR_MINUTES), HOUR_MINUTES)
    return f"{whole} h {minutes:02}"


def _named(place: str) -> str:
    return place or UNKNOWN

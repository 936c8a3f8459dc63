"""How the city's Wi-Fi was used: by public place, with its busy hours, beside the month and the year before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from city.small_counts import Count, masked
from city.wifi_report_views import WifiBefore, WifiDay, WifiHour, WifiPlace, WifiReport
from console.i18n import UNKNOWN, Words
from console.outlook_words import DAYS
from console.reports.drawings import Bar, Cell, bars, heat_map
from console.reports.page import page, paragraph, table, text
from console.reports.sheets import aligned, to_csv
from console.vocabulary import CAUSES

BEFORE_FIELDS = tuple(WifiBefore.model_fields)
FIELDS = (
    "list",
    "hotspot",
    *(
        field
        for field in WifiPlace.model_fields
        if field not in {"hotspot", "incidents", "month_before", "year_before", "busy_hours", "days", "week"}
    ),
    *(f"{before}_{field}" for before in ("month_before", "year_before") for field in BEFORE_FIELDS),
    "days",
    "day",
    "weekday",
    "hour",
    "busiest",
    "cause",
    "incidents",
    "dismissed",
    "hours",
)
MONDAY = date(2024, 1, 1)
"""Any Monday: weekdays are named by the days that follow it."""
HOURS_A_DAY = 24
MANY_BARS, LABEL_EVERY = 40, 7
"""So many days have each its number below the bar; of more, one a week."""
Row = tuple[str, ...]


def wifi_json(report: WifiReport) -> dict[str, Any]:
    """All of it; times ISO 8601, UTC. A masked count has no value, and says that it is masked."""
    document = report.model_dump(mode="json")
    return {"from": document.pop("first"), "to": document.pop("last"), **document}


def wifi_csv(report: WifiReport) -> str:
    """One line for each place, then for its incidents, busy hours, days and hours of the week: ``list`` says which."""
    return to_csv(FIELDS, (_told(row, report) for place in report.places for row in _rows(place)))


def wifi_text(report: WifiReport, words: Words) -> str:
    """For a terminal."""
    lines = [_title(report, words), _summary(report, words), ""]
    heads, rows = _places(report, words)
    lines += aligned([heads, *rows], "l" + "r" * (len(heads) - 1))
    for place in report.places:
        told = [*_busy(place, words), *_incidents(place, words)]
        if told:
            lines += ["", *aligned([(place.name,)], "l"), *aligned([(line,) for line in told], "l", "  ")]
    lines += ["", *_notes(report, words)]
    return "\n".join(lines) + "\n"


def wifi_page(report: WifiReport, words: Words) -> str:
    """To print."""
    return page(_title(report, words), _body(report, words), words.language)


def _body(report: WifiReport, words: Words) -> Iterator[str]:
    t = words.t
    yield paragraph(_summary(report, words))
    heads, rows = _places(report, words)
    yield table(heads, rows, frozenset(range(1, len(heads))))
    for note in _notes(report, words):
        yield paragraph(note, "note")
    for place in report.places:
        yield f'<section class="street"><h2>{text(place.name)}</h2>'
        for line in (*_busy(place, words), *_incidents(place, words)):
            yield paragraph(line)
        if place.known_share:
            yield paragraph(t("Clients by hour of the week, on the average"), "note")
            yield _week(place.week, report, words)
            yield paragraph(t("Clients day by day: the mean, and above it the busiest hour"), "note")
            yield _days(place.days, report, words)
        yield "</section>"


def _title(report: WifiReport, words: Words) -> str:
    return words.t(
        "City Wi-Fi from {first} to {last}, {city}",
        first=words.day(report.first),
        last=words.day(report.last),
        city=report.city,
    )


def _summary(report: WifiReport, words: Words) -> str:
    places = words.n("{count} public place", "{count} public places", len(report.places))
    return words.t(
        "{places}; watched for {share} of the time",
        places=places,
        share=words.percent(100 * report.watched_share, 1),
    )


def _places(report: WifiReport, words: Words) -> tuple[Row, list[Row]]:
    t = words.t
    heads = (
        t("place"),
        t("access points"),
        t("available"),
        t("mean"),
        t("95 % of hours"),
        t("peak"),
        t("when"),
        t("full, h"),
        t("to clients"),
        t("from clients"),
        t("month before"),
        t("year before"),
    )
    return heads, [_place(place, report, words) for place in report.places]


def _place(place: WifiPlace, report: WifiReport, words: Words) -> Row:
    peak_at = place.peak_at
    share = place.availability_share
    return (
        place.name,
        words.number(place.access_points),
        UNKNOWN if share is None else words.percent(100 * share, 2),
        _count(place.clients, report, words),
        _count(place.p95, report, words),
        _count(place.peak, report, words),
        f"{words.date(peak_at, short=True)} {words.clock(peak_at)}" if peak_at else UNKNOWN,
        words.number(place.saturated_h),
        _size(place.out_octets, words),
        _size(place.in_octets, words),
        _growth(place.month_before, words),
        _growth(place.year_before, words),
    )


def _busy(place: WifiPlace, words: Words) -> Iterator[str]:
    """The busiest hours, a line for each kind of day."""
    for kind, title in DAYS.items():
        told = [
            words.t("{hour} h to {end} h: {clients}", hour=each.hour, end=each.hour + 1, clients=clients)
            for each in place.busy_hours
            if each.days == kind
            for clients in [words.number(each.clients)]
        ]
        if told:
            yield words.t("Busiest on {days}: {hours}", days=words.t(title), hours=" · ".join(told))


def _incidents(place: WifiPlace, words: Words) -> Iterator[str]:
    """What befell it, a line each; before that, how far it was available while it was open."""
    if place.availability_open_share is not None:
        share = words.percent(100 * place.availability_open_share, 2)
        yield words.t("Available in opening hours ({hours}): {share}", hours=place.opens, share=share)
    for each in place.incidents:
        count = words.n("{count} incident", "{count} incidents", each.incidents)
        told = f"{words.t(CAUSES[each.cause])}: {count}, {words.span(timedelta(hours=each.hours))}"
        if each.dismissed:
            dismissed = words.n("{count} false alarm", "{count} false alarms", each.dismissed)
            told = f"{told}, {dismissed}"
        yield told
    if place.never_heard:
        yield words.n(
            "{count} access point was never heard",
            "{count} access points were never heard",
            place.never_heard,
        )
    if place.began_anew:
        yield words.n(
            "Counters of traffic began anew {count} time: what they counted then is not in the totals",
            "Counters of traffic began anew {count} times: what they counted then is not in the totals",
            place.began_anew,
        )


def _notes(report: WifiReport, words: Words) -> list[str]:
    t = words.t
    notes = [
        t(
            "Clients are counted, never told apart: nothing here is about a person, a device or a single access"
            " point. A phone and a computer of one person are two clients."
        )
    ]
    if report.small_count:
        notes.append(
            t(
                "{few}: there were clients, but fewer than {under}; how many is not told. 0 is nobody, {unknown} is"
                " not known.",
                few=masked(report.small_count),
                under=words.number(report.small_count),
                unknown=UNKNOWN,
            )
        )
    notes.append(
        t(
            "Available: share of the access points' time in which they answered, looked at every {step};"
            " maintenance is not left out. Full: hours with a mean load of {full} or more. Month and year before:"
            " the mean of clients against the same days.",
            step=words.span(timedelta(seconds=report.step_s)),
            full=words.percent(report.saturated_pct),
        )
    )
    return notes


def _week(week: Sequence[WifiHour], report: WifiReport, words: Words) -> str:
    top = _top(each.clients for each in week)
    rows: dict[int, list[Cell]] = {}
    for each in week:
        rows.setdefault(each.weekday, []).append(_cell(each.clients, top, report, words))
    named = [(words.weekday(MONDAY + timedelta(days=number)), cells) for number, cells in rows.items()]
    heads = [words.t("{hour} h", hour=hour) for hour in range(HOURS_A_DAY)]
    return heat_map(words.t("Clients by hour of the week, on the average"), heads, named)


def _days(days: Sequence[WifiDay], report: WifiReport, words: Words) -> str:
    top = _top(count for each in days for count in (each.clients, each.busiest))
    found = [
        Bar(
            str(each.day.day) if len(days) <= MANY_BARS or number % LABEL_EVERY == 0 else "",
            _cell(each.clients, top, report, words),
            _cell(each.busiest, top, report, words),
        )
        for number, each in enumerate(days)
    ]
    return bars(words.t("Clients day by day: the mean, and above it the busiest hour"), found)


def _top(counts: Iterator[Count]) -> float:
    return max((count.value for count in counts if count.value), default=1.0)


def _cell(count: Count, top: float, report: WifiReport, words: Words) -> Cell:
    return Cell(_count(count, report, words), None if count.value is None else count.value / top)


def _count(count: Count, report: WifiReport, words: Words) -> str:
    return masked(report.small_count) if count.masked else words.number(count.value)


def _size(octets: float | None, words: Words) -> str:
    return UNKNOWN if octets is None else words.size(round(octets))


def _growth(before: WifiBefore, words: Words) -> str:
    if before.growth_share is None:
        return UNKNOWN
    return f"{'+' if before.growth_share > 0 else ''}{words.percent(100 * before.growth_share)}"


def _rows(place: WifiPlace) -> Iterator[dict[str, object]]:
    """The lines of one place, with counts as they are."""
    of = {"hotspot": place.hotspot, "name": place.name, "sector": place.sector}
    head = {field: getattr(place, field) for field in FIELDS if field in WifiPlace.model_fields}
    before = {
        f"{name}_{field}": getattr(getattr(place, name), field)
        for name in ("month_before", "year_before")
        for field in BEFORE_FIELDS
    }
    lists = {"incidents", "days"}
    yield {"list": "place", **{key: value for key, value in head.items() if key not in lists}, **before}
    for cause in place.incidents:
        yield {"list": "incident", **of, **dict(cause)}
    for busy in place.busy_hours:
        yield {"list": "busy_hour", **of, **dict(busy)}
    for day in place.days:
        yield {"list": "day", **of, **dict(day)}
    for hour in place.week:
        yield {"list": "hour", **of, **dict(hour)}


def _told(row: Mapping[str, object], report: WifiReport) -> dict[str, object]:
    return {key: _plain(value, report) for key, value in row.items()}


def _plain(value: object, report: WifiReport) -> object:
    """A value as a table holds it: a count as its number, or as what stands for a small one."""
    if isinstance(value, Count):
        return masked(report.small_count) if value.masked else value.value
    if type(value) is date:
        return value.isoformat()
    return value

"""The failures of a span: by cause with the delay to their repair, by street, and the forecast of rated life."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

from city.incidents import State
from city.messages import IncidentView
from city.reports import FailuresReport
from console.city_now import plain
from console.i18n import UNKNOWN, Words
from console.reports.page import page, paragraph, table, text
from console.reports.sheets import aligned, to_csv
from console.vocabulary import CAUSES, INCIDENT_SIGNS, KINDS, PROBABLE, REOPENED, TICKETS

FIELDS = (
    "list",
    "id",
    "cause",
    "kind",
    "asset",
    "street",
    "quarter",
    "sector",
    "state",
    "since",
    "opened_at",
    "closed_at",
    "repair_h",
    "reopened",
    "probable",
    "points",
    "dismissed_because",
    "ticket",
    "lamp_type",
    "burned_h",
    "rated_h",
    "expected",
)
HOUR = timedelta(hours=1)
Rows = list[tuple[str, ...]]


def failures_json(report: FailuresReport) -> dict[str, Any]:
    """All of it; times ISO 8601, UTC."""
    document = report.model_dump(mode="json")
    return {"from": document.pop("first"), "to": document.pop("last"), **document}


def failures_csv(report: FailuresReport) -> str:
    """One line per incident, then one per light point near its end: ``list`` says which."""
    incidents: list[dict[str, object]] = [
        {
            "list": "incident",
            **{field: getattr(each, field) for field in FIELDS if field in IncidentView.model_fields},
            "street": each.place,
            "repair_h": _repair_h(each),
            "ticket": (each.ticket.service_id or each.ticket.status) if each.ticket else None,
        }
        for each in report.incidents
    ]
    ageing: list[dict[str, object]] = [
        {
            "list": "end_of_life",
            "kind": "lamp",
            "asset": each.id,
            **each.model_dump(mode="json", exclude={"id"}),
        }
        for each in report.ageing
    ]
    return to_csv(FIELDS, [*incidents, *ageing])


def failures_text(report: FailuresReport, words: Words) -> str:
    """For a terminal."""
    lines = [_title(report, words), _how_many(report, words), ""]
    heads, rows = _by_cause(report, words)
    lines += aligned([heads, *rows], "l" + "r" * (len(heads) - 1))
    for sector, streets in _by_street(report):
        lines += ["", *aligned([(sector or UNKNOWN,)], "l")]
        for street, incidents in streets:
            count = words.n("{count} incident", "{count} incidents", len(incidents))
            lines += aligned([(street or UNKNOWN, count)], "ll", "  ")
            lines += aligned([_incident(each, words) for each in incidents], "lllll", "    ")
    lines += ["", _forecast(report, words)]
    heads, rows = _ageing(report, words)
    if rows:
        lines += aligned([heads, *rows], "llllrrl", "  ")
    return "\n".join(lines) + "\n"


def failures_page(report: FailuresReport, words: Words) -> str:
    """To print."""
    return page(_title(report, words), _body(report, words), words.language)


def _body(report: FailuresReport, words: Words) -> Iterator[str]:
    t = words.t
    heads, rows = _by_cause(report, words)
    yield paragraph(_how_many(report, words))
    yield table(heads, rows, frozenset(range(1, len(heads))))
    columns = (t("street"), t("cause"), t("asset"), t("opened"), t("state"), "")
    for sector, streets in _by_street(report):
        yield f"<h2>{text(sector or UNKNOWN)}</h2>"
        found = [(street or UNKNOWN, *_incident(each, words)) for street, some in streets for each in some]
        yield table(columns, found)
    yield f'<section class="street"><h2>{text(t("End of rated life"))}</h2>'
    yield paragraph(_forecast(report, words), "note")
    heads, rows = _ageing(report, words)
    yield table(heads, rows, frozenset({4, 5})) if rows else ""
    yield "</section>"


def _title(report: FailuresReport, words: Words) -> str:
    return words.t(
        "Failures from {first} to {last}, {city}",
        first=words.day(report.first),
        last=words.day(report.last),
        city=report.city,
    )


def _how_many(report: FailuresReport, words: Words) -> str:
    return words.n("{count} incident", "{count} incidents", len(report.incidents))


def _by_cause(report: FailuresReport, words: Words) -> tuple[tuple[str, ...], Rows]:
    t, number = words.t, words.number
    heads = (
        t("cause"),
        t("incidents"),
        t("standing"),
        t("repaired"),
        t("median delay"),
        t("worst delay"),
        t("reopened"),
        t("false alarms"),
        t("tickets"),
    )
    rows: Rows = [
        (
            t(CAUSES[each.cause]),
            number(each.incidents),
            number(each.standing),
            number(each.repaired),
            _delay(each.median_repair_h, words),
            _delay(each.worst_repair_h, words),
            number(each.reopened),
            number(each.dismissed),
            number(each.tickets),
        )
        for each in report.causes
    ]
    return heads, rows


def _by_street(report: FailuresReport) -> Iterator[tuple[str, list[tuple[str, list[IncidentView]]]]]:
    """The incidents by sector and street, in the order in which people look for them."""

    def key(each: IncidentView) -> tuple[str, str, str, str]:
        return plain(each.sector), each.sector, plain(each.place), each.place

    ordered = sorted(report.incidents, key=key)
    for sector, of_sector in groupby(ordered, lambda each: each.sector):
        yield sector, [(street, list(found)) for street, found in groupby(of_sector, lambda each: each.place)]


def _incident(each: IncidentView, words: Words) -> tuple[str, ...]:
    sign = INCIDENT_SIGNS[each.state]
    notes = []
    if each.probable:
        notes.append(f"{PROBABLE.symbol} {words.t(PROBABLE.word)}")
    if each.reopened:
        again = words.n("reopened {count} time", "reopened {count} times", each.reopened)
        notes.append(f"{REOPENED.symbol} {again}")
    if each.dismissed_because:
        notes.append(each.dismissed_because)
    if each.ticket:
        notes.append(f"✉ {each.ticket.service_id or words.t(TICKETS[each.ticket.status])}")
    delay = _repair_h(each)
    state = f"{sign.symbol} {words.t(sign.word)}" + (f", {_delay(delay, words)}" if delay is not None else "")
    return (
        words.t(CAUSES[each.cause]),
        f"{words.t(KINDS[each.kind])} {each.asset}",
        f"{words.date(each.opened_at, short=True)} {words.clock(each.opened_at)}",
        state,
        " · ".join(notes),
    )


def _forecast(report: FailuresReport, words: Words) -> str:
    return words.n(
        "{count} light point comes to the end of its rated life within a year, at {hours} h a year.",
        "{count} light points come to the end of their rated life within a year, at {hours} h a year.",
        len(report.ageing),
        hours=words.number(report.yearly_h),
    )


def _ageing(report: FailuresReport, words: Words) -> tuple[tuple[str, ...], Rows]:
    t = words.t
    heads = (
        t("sector"),
        t("street"),
        t("point"),
        t("lamp type"),
        t("burned, h"),
        t("rated, h"),
        t("end expected"),
    )
    return heads, [
        (
            each.sector,
            each.street,
            each.id,
            each.lamp_type,
            words.number(each.burned_h),
            words.number(each.rated_h),
            words.day(each.expected),
        )
        for each in report.ageing
    ]


def _repair_h(each: IncidentView) -> float | None:
    if each.state is not State.CLOSED or each.closed_at is None:
        return None
    return round((each.closed_at - each.opened_at) / HOUR, 2)


def _delay(hours: float | None, words: Words) -> str:
    return UNKNOWN if hours is None else words.span(timedelta(hours=hours))

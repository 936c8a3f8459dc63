"""What the city has drawn and saved: by month beside the year before, by programme, by sector, by cabinet."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from city.errors import BadInput
from city.reports import EnergyMonth, EnergyPart, EnergyReport, EnergyRow, EnergySource
from console.i18n import N_, UNKNOWN, Words
from console.reports.page import page, paragraph, table, text
from console.reports.sheets import aligned, to_csv


class By(StrEnum):
    """As what a report lists energy."""

    MONTH = "month"
    PROGRAMME = "programme"
    SECTOR = "sector"
    CABINET = "cabinet"


USUALLY = (By.MONTH, By.PROGRAMME, By.SECTOR)
"""What is listed for people who have named nothing: a city has hundreds of cabinets."""
TITLES: Mapping[By, str] = {
    By.MONTH: N_("By month"),
    By.PROGRAMME: N_("By programme"),
    By.SECTOR: N_("By sector"),
    By.CABINET: N_("By cabinet"),
}
HEADS: Mapping[By, str] = {
    By.MONTH: N_("month"),
    By.PROGRAMME: N_("programme"),
    By.SECTOR: N_("sector"),
    By.CABINET: N_("cabinet"),
}
SOURCES: Mapping[EnergySource, str] = {
    EnergySource.METER: N_("meter"),
    EnergySource.LAMP_COUNTERS: N_("lamp counters"),
    EnergySource.POWER_CURVE: N_("reckoned"),
}
ROW_FIELDS = tuple(field for field in EnergyRow.model_fields if field != "parts")
CODES = {source: source.value.replace(" ", "_") for source in EnergySource}
FIELDS = (
    "by",
    *ROW_FIELDS,
    *(f"{code}_{what}" for code in CODES.values() for what in ("wh", "share")),
    "first",
    "last",
    "before_first",
    "before_last",
    "before_wh",
    "before_share",
    "difference_share",
)
LEAST_WHOLE = 100.0
"""Kilowatt-hours, euros and kilograms under this have a decimal."""
Row = tuple[str, ...]


def list_named(name: str | None) -> By | None:
    """One of the lists by its name; None where none is named.

    Raises:
        BadInput: there is none of that name.
    """
    if name is None:
        return None
    if name not in {by.value for by in By}:
        raise BadInput(f"--by: got {name!r}, expected {', '.join(By)}")
    return By(name)


def listed(report: EnergyReport, by: By) -> Sequence[EnergyRow]:
    """The rows of one list."""
    lists: Mapping[By, Sequence[EnergyRow]] = {
        By.MONTH: report.months,
        By.PROGRAMME: report.programmes,
        By.SECTOR: report.sectors,
        By.CABINET: report.by_cabinet,
    }
    return lists[by]


def energy_json(report: EnergyReport, by: By | None) -> dict[str, Any]:
    """Everything, or one list; energy in Wh, money in EUR, times ISO 8601, UTC."""
    head = report.model_dump(mode="json", exclude={"months", "programmes", "sectors", "by_cabinet"})
    lists = {
        each.value: [row.model_dump(mode="json") for row in listed(report, each)]
        for each in ((by,) if by else By)
    }
    return {"from": head.pop("first"), "to": head.pop("last"), **head, "by": lists}


def energy_csv(report: EnergyReport, by: By | None) -> str:
    """One line for the city, then one for each row of every list, or of one: ``by`` says of which."""
    rows = [("total", report.total)]
    rows += [(each.value, row) for each in ((by,) if by else By) for row in listed(report, each)]
    return to_csv(FIELDS, ({"by": name, **_cells(row)} for name, row in rows))


def energy_text(report: EnergyReport, by: By | None, words: Words) -> str:
    """For a terminal."""
    lines = [_title(report, words), *_summary(report, words)]
    for each in (by,) if by else USUALLY:
        heads, rows = _table(report, each, words)
        lines += [
            "",
            words.t(TITLES[each]),
            *aligned([heads, *rows], "l" + "r" * (len(heads) - 2) + "l", "  "),
        ]
    if report.subscribed and by in {None, By.CABINET}:
        heads, overruns = _overruns(report, words)
        told = _overruns_told(report, words)
        lines += ["", told, *(aligned([heads, *overruns], "llrrlr", "  ") if overruns else [])]
    lines += ["", *_notes(report, words)]
    return "\n".join(lines) + "\n"


def energy_page(report: EnergyReport, by: By | None, words: Words) -> str:
    """To print."""
    return page(_title(report, words), _body(report, by, words), words.language)


def _body(report: EnergyReport, by: By | None, words: Words) -> Iterator[str]:
    for line in _summary(report, words):
        yield paragraph(line)
    for each in (by,) if by else USUALLY:
        heads, rows = _table(report, each, words)
        yield f"<h2>{text(words.t(TITLES[each]))}</h2>"
        yield table(heads, rows, frozenset(range(1, len(heads) - 1)))
    if report.subscribed and by in {None, By.CABINET}:
        heads, overruns = _overruns(report, words)
        yield f"<h2>{text(_overruns_told(report, words))}</h2>"
        yield table(heads, overruns, frozenset({2, 3, 5})) if overruns else ""
    for note in _notes(report, words):
        yield paragraph(note, "note")


def _cells(row: EnergyRow) -> dict[str, object]:
    cells: dict[str, object] = {field: getattr(row, field) for field in ROW_FIELDS}
    for part in row.parts:
        cells |= {f"{CODES[part.source]}_wh": part.drawn_wh, f"{CODES[part.source]}_share": part.share}
    if isinstance(row, EnergyMonth):
        cells |= {"first": row.first.isoformat(), "last": row.last.isoformat()}
        if before := row.before:
            cells |= {
                "before_first": before.first.isoformat(),
                "before_last": before.last.isoformat(),
                "before_wh": before.drawn_wh,
                "before_share": before.share,
                "difference_share": before.difference_share,
            }
    return cells


def _title(report: EnergyReport, words: Words) -> str:
    return words.t(
        "Energy from {first} to {last}, {city}",
        first=words.day(report.first),
        last=words.day(report.last),
        city=report.city,
    )


def _summary(report: EnergyReport, words: Words) -> list[str]:
    total = report.total
    lights = words.n("{count} light point", "{count} light points", total.points)
    drawn = words.t(
        "{lights}: {drawn} drawn, {eur} €, {co2} kg CO₂",
        lights=lights,
        drawn=words.energy(total.drawn_wh),
        eur=_amount(total.eur, words),
        co2=_amount(total.co2_kg, words),
    )
    saved = words.t(
        "Saved against full power from sunset to sunrise: {saved}, {share}, {eur} €, {co2} kg CO₂",
        saved=words.energy(total.saved_wh),
        share=_share(total.saved_share, words),
        eur=_amount(total.saved_eur, words),
        co2=_amount(total.saved_co2_kg, words),
    )
    known = words.t(
        "Known by: {parts}; {metered} of {cabinets} cabinets have a meter that was read",
        parts=" · ".join(_part(part, words) for part in total.parts) or UNKNOWN,
        metered=words.number(report.metered),
        cabinets=words.number(report.cabinets),
    )
    if not report.lent_wh:
        return [drawn, saved, known]
    lent = words.t(
        "Of it lent to places with many people: {lent}, {eur} €",
        lent=words.energy(report.lent_wh),
        eur=_amount(report.lent_eur, words),
    )
    return [drawn, saved, lent, known]


def _table(report: EnergyReport, by: By, words: Words) -> tuple[Row, list[Row]]:
    t = words.t
    heads = (t(HEADS[by]), t("points"), "kWh", "€", "kg CO₂", t("saved"), t("saved, €"))
    before = (t("year before"), t("difference")) if by is By.MONTH else ()
    return (*heads, *before, t("known by")), [_row(row, by, words) for row in listed(report, by)]


def _row(row: EnergyRow, by: By, words: Words) -> Row:
    name = row.name or UNKNOWN
    if by is By.PROGRAMME:
        name = row.title
    if isinstance(row, EnergyMonth):
        name = words.month(row.first)
    return (
        name,
        words.number(row.points),
        _kwh(row.drawn_wh, words),
        _amount(row.eur, words),
        _amount(row.co2_kg, words),
        _share(row.saved_share, words),
        _amount(row.saved_eur, words),
        *(_before(row, words) if isinstance(row, EnergyMonth) else ()),
        " · ".join(_part(part, words) for part in row.parts),
    )


def _overruns_told(report: EnergyReport, words: Words) -> str:
    return words.t(
        "{count} of {subscribed} cabinets drew more than what is subscribed",
        count=words.number(len(report.overruns)),
        subscribed=words.number(report.subscribed),
    )


def _overruns(report: EnergyReport, words: Words) -> tuple[Row, list[Row]]:
    t = words.t
    heads = (t("cabinet"), t("street"), t("subscribed"), t("peak, 10 min"), t("when"), t("above it"))
    return heads, [
        (
            each.cabinet,
            each.street,
            words.power(1000 * each.subscribed_kw),
            words.power(1000 * each.peak_kw),
            f"{words.date(each.peak_at)} {words.clock(each.peak_at)}",
            words.span(timedelta(hours=each.over_h)),
        )
        for each in report.overruns
    ]


def _before(month: EnergyMonth, words: Words) -> tuple[str, str]:
    before = month.before
    if before is None:
        return UNKNOWN, UNKNOWN
    # What is measured in part is told as such, and never beside a difference.
    part = "" if before.difference_share is not None else f" ({words.percent(100 * before.share)})"
    sign = "+" if (before.difference_share or 0) > 0 else ""
    difference = _share(before.difference_share, words)
    return _kwh(before.drawn_wh, words) + part, UNKNOWN if difference == UNKNOWN else sign + difference


def _notes(report: EnergyReport, words: Words) -> list[str]:
    return [
        words.t(
            "Known by the cabinet's meter, shared out by what its lamps should draw; by the lamps' own counters; or"
            " reckoned from the power of each lamp type. A percentage is the share of light points and time."
        ),
        words.t(
            "Year before: the same days, as measured; in brackets what share was. Counted at {eur} €/kWh and {co2} g"
            " CO₂/kWh.",
            eur=words.number(report.eur_per_kwh, 2),
            co2=words.number(report.co2_g_per_kwh, 1),
        ),
    ]


def _part(part: EnergyPart, words: Words) -> str:
    return f"{words.t(SOURCES[part.source])} {words.percent(100 * part.share)}"


def _kwh(wh: float, words: Words) -> str:
    return _amount(wh / 1000, words)


def _amount(value: float, words: Words) -> str:
    """Small ones with a decimal."""
    return words.number(value, 1 if abs(value) < LEAST_WHOLE else 0)


def _share(share: float | None, words: Words) -> str:
    if share is None:
        return UNKNOWN
    return words.percent(100 * share, 1)

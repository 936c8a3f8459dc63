"""The report on energy as people get it: text for a terminal, a page to print, comma-separated values, JSON."""

import csv
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from io import StringIO

import pytest
from aiohttp import web

from city.errors import BadInput, Refused, Unreachable
from city.reports import (
    EnergyMonth,
    EnergyPart,
    EnergyReport,
    EnergyRow,
    EnergySource,
    PowerOverrun,
    YearBefore,
)
from console.client import ApiClient
from console.i18n import Code, Words
from console.reports.energy import By, energy_csv, energy_json, energy_page, energy_text, list_named
from tests.console.small_city import NOW
from tests.console.test_reports import EVIL, PARIS, Page, words

METER, COUNTERS, CURVE = EnergySource.METER, EnergySource.LAMP_COUNTERS, EnergySource.POWER_CURVE


def row(name: str, title: str = "", **more: object) -> EnergyRow:
    values = {
        "name": name,
        "title": title or name,
        "points": 196,
        "drawn_wh": 1_234_567.8,
        "full_wh": 2_000_000.0,
        "saved_wh": 765_432.2,
        "saved_share": 0.3827,
        "eur": 246.91,
        "co2_kg": 26.79,
        "saved_eur": 153.09,
        "saved_co2_kg": 16.61,
        "parts": (
            EnergyPart(source=METER, drawn_wh=1_000_000.0, share=0.8),
            EnergyPart(source=COUNTERS, drawn_wh=200_000.0, share=0.15),
            EnergyPart(source=CURVE, drawn_wh=34_567.8, share=0.05),
        ),
        **more,
    }
    return EnergyRow.model_validate(values)


def month(first: date, last: date, before: YearBefore | None) -> EnergyMonth:
    found = row(f"{first:%Y-%m}", drawn_wh=99_900.0, saved_share=None, saved_wh=-1.5)
    return EnergyMonth(**dict(found), first=first, last=last, before=before)


def year_before(share: float, difference: float | None) -> YearBefore:
    first, last = date(2025, 10, 1), date(2025, 10, 31)
    return YearBefore(first=first, last=last, drawn_wh=400_000.0, share=share, difference_share=difference)


OVERRUN = PowerOverrun(
    cabinet="A-007", street=EVIL, subscribed_kw=3.0, peak_kw=3.42, peak_at=NOW, over_h=26.5
)


def energy(**changes: object) -> EnergyReport:
    report = EnergyReport(
        first=date(2026, 9, 1),
        last=date(2026, 11, 24),
        made_at=NOW,
        city="Mulhouse",
        time_zone="Europe/Paris",
        eur_per_kwh=0.2,
        co2_g_per_kwh=21.7,
        cabinets=14,
        metered=12,
        subscribed=3,
        overruns=(OVERRUN,),
        total=row("", ""),
        months=(
            month(date(2026, 9, 1), date(2026, 9, 30), None),
            month(date(2026, 10, 1), date(2026, 10, 31), year_before(1.0, -0.7503)),
            month(date(2026, 11, 1), date(2026, 11, 24), year_before(0.4, None)),
        ),
        programmes=(row("cinq-paliers", "Cinq paliers"), row("fete", EVIL)),
        sectors=(row("D8"), row("")),
        by_cabinet=(row("A-001", "rue Mercière"),),
    )
    return report.model_copy(update=changes)


def lines_of(text: str) -> list[str]:
    return [re.sub(r" {2,}", "  ", line.strip()).replace("\u00a0", " ") for line in text.splitlines()]


def test_the_text_tells_what_was_drawn_saved_and_how_it_is_known() -> None:
    lines = lines_of(energy_text(energy(), None, words()))
    assert lines[:4] == [
        "Énergie du 1 sept. 2026 au 24 nov. 2026, Mulhouse",
        "196 points lumineux : 1,23 MWh consommés, 247 €, 26,8 kg CO₂",
        (
            "Économisé par rapport à la pleine puissance du coucher au lever du soleil :"
            " 765 kWh, 38,3 %, 153 €, 16,6 kg CO₂"
        ),
        (
            "Connu par : compteur 80 % · compteurs des lampes 15 % · calculé 5 % ;"
            " 12 armoires sur 14 ont un compteur qui a été lu"
        ),
    ]
    parts = "compteur 80 % · compteurs des lampes 15 % · calculé 5 %"
    assert f"sept. 2026  196  99,9  247  26,8  –  153  –  –  {parts}" in lines
    assert f"oct. 2026  196  99,9  247  26,8  –  153  400  -75,0 %  {parts}" in lines
    assert f"nov. 2026  196  99,9  247  26,8  –  153  400 (40 %)  –  {parts}" in lines
    assert f"Cinq paliers  196  1 235  247  26,8  38,3 %  153  {parts}" in lines
    assert f"–  196  1 235  247  26,8  38,3 %  153  {parts}" in lines
    assert "Par armoire" not in lines
    assert "A-001" not in "\n".join(lines)


def test_light_lent_is_told_where_any_was() -> None:
    lent = energy(lent_wh=12_340.0, lent_eur=2.47)
    told = "Dont prêté aux lieux fréquentés : 12,3 kWh, 2,5 €"
    assert lines_of(energy_text(lent, None, words()))[3] == told
    assert told in [text.replace("\u00a0", " ") for text in Page(energy_page(lent, None, words())).texts]
    assert "prêté" not in energy_text(energy(), None, words())
    assert energy_json(lent, By.MONTH)["lent_wh"] == 12_340.0


def test_cabinets_above_what_is_subscribed_are_named_with_their_peak() -> None:
    lines = lines_of(energy_text(energy(), None, words()))
    at = lines.index("1 armoires sur 3 ont dépassé la puissance souscrite")
    evil = "[31m<script>alert(1)</script>&\"'"
    assert lines[at + 2] == f"A-007  {evil}  3,00 kW  3,42 kW  lun. 30 nov. 2026 21:42  1 j 2 h"
    assert "A-007" in Page(energy_page(energy(), By.CABINET, words())).texts
    assert energy_json(energy(), By.MONTH)["overruns"][0]["peak_at"] == "2026-11-30T20:42:10Z"
    none = energy_text(energy(subscribed=0, overruns=()), None, words())
    assert "souscrite" not in none
    assert "0 armoires sur 3" in energy_text(energy(overruns=()), None, words()).replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("by", By)
def test_one_list_alone_may_be_asked_for(language: Code, by: By) -> None:
    names = {By.MONTH: "2026", By.PROGRAMME: "Cinq paliers", By.SECTOR: "D8", By.CABINET: "A-001"}
    told = energy_text(energy(), by, Words(language, PARIS)).split("\n\n")[1]
    assert names[by] in told
    assert not any(name in told for each, name in names.items() if each is not by)
    assert list(energy_json(energy(), by)["by"]) == [by.value]
    rows = list(csv.DictReader(StringIO(energy_csv(energy(), by), newline="")))
    assert {each["by"] for each in rows} == {"total", by.value}


def test_a_list_that_there_is_not_is_told_in_one_line() -> None:
    assert list_named(None) is None
    assert list_named("sector") is By.SECTOR
    with pytest.raises(BadInput, match="--by: got 'street', expected month, programme, sector, cabinet"):
        list_named("street")


def test_the_page_has_every_list_and_hostile_names_are_text() -> None:
    html = energy_page(energy(), None, words())
    page = Page(html)
    assert {"Par mois", "Par programme", "Par secteur", "Cinq paliers", "D8", "oct. 2026"} <= set(page.texts)
    assert "[31m<script>alert(1)</script>&\"'" in page.texts
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"} == set()
    assert "http" not in html
    assert [tag for tag, _ in page.tags].count("table") == 4
    assert not {"\x1b", "\u202e"} & set(
        html + energy_text(energy(), None, words()) + energy_csv(energy(), None)
    )


def test_values_are_in_wh_and_what_is_not_known_is_empty() -> None:
    rows = list(csv.DictReader(StringIO(energy_csv(energy(), None), newline="")))
    assert [each["by"] for each in rows].count("month") == 3
    total, september, october, november = rows[:4]
    assert (total["by"], total["drawn_wh"], total["saved_share"]) == ("total", "1234567.8", "0.3827")
    assert (total["meter_wh"], total["lamp_counters_share"], total["power_curve_wh"]) == (
        "1000000.0",
        "0.15",
        "34567.8",
    )
    assert (september["before_wh"], september["saved_share"], september["saved_wh"]) == ("", "", "-1.5")
    assert (october["before_first"], october["difference_share"]) == ("2025-10-01", "-0.7503")
    assert (november["before_share"], november["difference_share"]) == ("0.4", "")


def test_json_has_everything_with_times_in_utc_and_sources_by_name() -> None:
    document = json.loads(json.dumps(energy_json(energy(), None)))
    assert (document["from"], document["to"], document["made_at"]) == (
        "2026-09-01", "2026-11-24", "2026-11-30T20:42:10Z",
    )  # fmt: skip
    assert list(document["by"]) == ["month", "programme", "sector", "cabinet"]
    assert [part["source"] for part in document["total"]["parts"]] == [
        "meter",
        "lamp counters",
        "power curve",
    ]
    assert document["by"]["month"][0]["before"] is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_city_without_light_points_has_a_report_too(language: Code) -> None:
    nothing = row("", points=0, drawn_wh=0.0, full_wh=0.0, saved_wh=0.0, saved_share=None, parts=())
    none = energy(total=nothing, months=(), programmes=(), sectors=(), by_cabinet=(), cabinets=0, metered=0)
    assert "0" in energy_text(none, None, Words(language, PARIS))
    assert Page(energy_page(none, None, Words(language, PARIS))).texts
    assert energy_csv(none, None).count("\r\n") == 2


@asynccontextmanager
async def answering(*lines: str) -> AsyncIterator[ApiClient]:
    """A client of a head-end that answers with some lines; the query must come through."""

    async def answer(request: web.Request) -> web.StreamResponse:
        assert dict(request.query) == {"from": "2026-09-01"}
        response = web.StreamResponse()
        await response.prepare(request)
        for line in lines:
            await response.write(line.encode())
        return response

    app = web.Application()
    app.router.add_get("/api/reports/energy", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ApiClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "t") as client:
            yield client
    finally:
        await runner.cleanup()


HEAD = '{"total": 2, "steps": [\n'


async def test_the_client_is_told_how_far_the_report_is() -> None:
    seen: list[tuple[int, int]] = []
    ending = f'], "report": {energy().model_dump_json()}}}\n'
    async with answering(HEAD, "1\n", ",2\n", ending) as client:
        found = await client.energy_report(date(2026, 9, 1), None, lambda *so_far: seen.append(so_far))
    assert found == energy()
    assert seen == [(0, 2), (1, 2), (2, 2), (2, 2)]


@pytest.mark.parametrize(
    ("ending", "kind", "told"),
    [
        ('], "error": "store:\\n away"}\n', Unreachable, "finished: store: away"),
        ("", Refused, "does not speak"),
        ("]}\n", Refused, "."),
        ('], "report": {"first": 3}}\n', Refused, "."),
    ],
)
async def test_a_report_that_does_not_come_whole_is_none(
    ending: str, kind: type[Exception], told: str
) -> None:
    async with answering(HEAD, "1\n", ending) as client:
        with pytest.raises(kind, match=told):
            await client.energy_report(date(2026, 9, 1), None, lambda *_: None)

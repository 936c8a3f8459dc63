"""The report on city Wi-Fi as people get it: text for a terminal, a page to print, comma-separated values, JSON."""

import csv
import json
import re
from datetime import date, timedelta
from io import StringIO

import pytest
from aiohttp import web

from city.errors import Refused
from city.incidents import Cause
from city.small_counts import Count
from city.wifi_report_views import (
    WifiBefore,
    WifiBusyHour,
    WifiCause,
    WifiDay,
    WifiHour,
    WifiPlace,
    WifiReport,
)
from console.client import ApiClient
from console.i18n import Code, Words
from console.reports.wifi import wifi_csv, wifi_json, wifi_page, wifi_text
from tests.console.small_city import NOW
from tests.console.test_reports import EVIL, PARIS, Page, words

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
MASKED, NONE = Count(value=None, masked=True), Count(value=None)


def count(value: float) -> Count:
    return Count(value=value)


def before(clients: Count = NONE, growth: float | None = None) -> WifiBefore:
    return WifiBefore(
        first=date(2026, 10, 1),
        last=date(2026, 10, 31),
        clients=clients,
        known_share=0.9,
        growth_share=growth,
    )


def place(hotspot: str, name: str, **more: object) -> WifiPlace:
    values = {
        "hotspot": hotspot,
        "name": name,
        "sector": "West",
        "access_points": 4,
        "never_heard": 0,
        "availability_share": 0.99876,
        "opens": "",
        "availability_open_share": None,
        "clients": count(37),
        "known_share": 1.0,
        "p95": count(122),
        "peak": count(201),
        "peak_at": NOW,
        "saturated_h": 3.0,
        "in_octets": 1.5 * 2**30,
        "out_octets": 240.0 * 2**30,
        "began_anew": 0,
        "incidents": (),
        "month_before": before(count(30), 0.23),
        "year_before": before(),
        "busy_hours": (),
        "days": tuple(
            WifiDay(day=FIRST + timedelta(days=n), clients=count(n), busiest=count(2 * n)) for n in range(30)
        ),
        "week": tuple(
            WifiHour(weekday=weekday, hour=hour, clients=MASKED if hour < 6 else count(hour))
            for weekday in range(7)
            for hour in range(24)
        ),
        **more,
    }
    return WifiPlace.model_validate(values)


RINK = place(
    "patinoire",
    "Patinoire",
    incidents=(WifiCause(cause=Cause.AP_DOWN, incidents=3, dismissed=1, hours=26.5),),
    busy_hours=(
        WifiBusyHour(days="workday", hour=18, clients=140),
        WifiBusyHour(days="workday", hour=17, clients=120),
        WifiBusyHour(days="event", hour=20, clients=201),
    ),
    never_heard=1,
    began_anew=2,
    opens="Mo-Fr 09:00-22:00; PH off",
    availability_open_share=0.9999,
)
LANE = place("lane", EVIL, clients=MASKED, p95=MASKED, peak=MASKED, peak_at=None, month_before=before(MASKED))
EMPTY = place(
    "zoo",
    "Zoo",
    access_points=0,
    availability_share=None,
    clients=NONE,
    known_share=0.0,
    p95=NONE,
    peak=NONE,
    peak_at=None,
    saturated_h=None,
    in_octets=None,
    out_octets=None,
    days=(),
    week=(),
)


def wifi(**changes: object) -> WifiReport:
    report = WifiReport(
        first=FIRST,
        last=LAST,
        made_at=NOW,
        city="Mulhouse",
        time_zone="Europe/Paris",
        small_count=5,
        saturated_pct=85.0,
        step_s=300.0,
        watched_share=0.998,
        places=(LANE, RINK, EMPTY),
    )
    return report.model_copy(update=changes)


def lines_of(text: str) -> list[str]:
    return [re.sub(r" {2,}", "  ", line.strip()).replace("\u00a0", " ") for line in text.splitlines()]


def test_the_text_tells_how_each_place_was_used_and_when_it_was_busy() -> None:
    lines = lines_of(wifi_text(wifi(), words()))
    assert lines[:2] == [
        "Wi-Fi public du 1 nov. 2026 au 30 nov. 2026, Mulhouse",
        "3 lieux ; surveillés 99,8 % du temps",
    ]
    peak = "201  lun. 30 nov. 21:42"
    traffic = "240 Gio  1,5 Gio"
    assert f"Patinoire  4  99,88 %  37  122  {peak}  3  {traffic}  +23 %  –" in lines
    evil = "[31m<script>alert(1)</script>&\"'"
    assert f"{evil}  4  99,88 %  < 5  < 5  < 5  –  3  {traffic}  –  –" in lines
    assert "Zoo  0  –  –  –  –  –  –  –  –  +23 %  –" in lines
    assert "Heures les plus chargées, jours ouvrés : 18 h à 19 h : 140 · 17 h à 18 h : 120" in lines
    assert "Heures les plus chargées, jours d’événement : 20 h à 21 h : 201" in lines
    assert "Borne Wi-Fi coupée: 3 pannes, 1 j 2 h, 1 fausse alerte" in lines
    assert "Disponibilité aux heures d’ouverture (Mo-Fr 09:00-22:00; PH off) : 99,99 %" in lines
    assert "1 borne n’a jamais répondu" in lines
    assert any(line.startswith("< 5 : il y avait des clients, mais moins de 5") for line in lines)


def test_where_nothing_is_masked_nothing_is_said_of_it() -> None:
    assert "< 0" not in wifi_text(wifi(small_count=0, places=(RINK,)), words())


def test_the_page_has_a_week_and_the_days_of_each_place_with_a_figure_in_every_cell() -> None:
    html = wifi_page(wifi(), words())
    page = Page(html)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("svg") == 4, "a place of which nothing is known has none"
    assert {"Patinoire", "Zoo", "lun.", "18 h", "< 5"} <= {text.replace("\u00a0", " ") for text in page.texts}
    assert page.texts.count("< 5") >= 2 * 7 * 6
    assert "[31m<script>alert(1)</script>&\"'" in page.texts
    assert set(tags) & {"script", "link", "img", "iframe"} == set()
    assert "http" not in html
    assert not {"\x1b", "\u202e"} & set(html + wifi_text(wifi(), words()) + wifi_csv(wifi()))


def test_a_masked_cell_is_drawn_neither_darker_nor_lighter_by_what_it_hides() -> None:
    html = wifi_page(wifi(places=(LANE,)), words("en"))
    cells = re.findall(r'fill-opacity="([\d.]+)".*\n<text[^>]*>([^<]*(?:&lt; 5)?)</text>', html)
    assert {opacity for opacity, figure in cells if figure == "&lt; 5"} == {"0.00"}
    assert {opacity for opacity, figure in cells if figure == "23"} == {"0.75"}


def test_a_table_has_a_line_for_each_place_incident_busy_hour_day_and_hour_of_the_week() -> None:
    rows = list(csv.DictReader(StringIO(wifi_csv(wifi()), newline="")))
    lists = [row["list"] for row in rows]
    assert [lists.count(name) for name in ("place", "incident", "busy_hour", "day", "hour")] == [
        3, 1, 3, 60, 2 * 168,
    ]  # fmt: skip
    lane, rink = (row for row in rows if row["list"] == "place" and row["hotspot"] != "zoo")
    assert (lane["clients"], lane["peak"], lane["peak_at"], lane["month_before_clients"]) == (
        "< 5", "< 5", "", "< 5",
    )  # fmt: skip
    assert (rink["clients"], rink["peak_at"], rink["month_before_growth_share"]) == (
        "37.0", "2026-11-30T20:42:10Z", "0.23",
    )  # fmt: skip
    assert (rink["days"], rink["year_before_clients"], rink["month_before_first"]) == ("", "", "2026-10-01")
    (incident,) = [row for row in rows if row["list"] == "incident"]
    assert (incident["cause"], incident["incidents"], incident["hours"]) == ("ap_down", "3", "26.5")
    hour = next(row for row in rows if row["list"] == "hour" and row["hour"] == "7")
    assert (hour["weekday"], hour["clients"], hour["name"][:1]) == ("0", "7.0", "[")


def test_json_has_everything_and_a_masked_count_has_no_value() -> None:
    document = json.loads(json.dumps(wifi_json(wifi())))
    assert (document["from"], document["to"], document["small_count"]) == ("2026-11-01", "2026-11-30", 5)
    lane, rink, zoo = document["places"]
    assert lane["clients"] == {"value": None, "masked": True}
    assert zoo["clients"] == {"value": None, "masked": False}
    assert (rink["peak"], rink["peak_at"]) == ({"value": 201.0, "masked": False}, "2026-11-30T20:42:10Z")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_city_without_places_and_a_year_of_days_have_a_report_too(language: Code) -> None:
    speaking = Words(language, PARIS)
    assert "0" in wifi_text(wifi(places=()), speaking)
    assert Page(wifi_page(wifi(places=()), speaking)).texts
    assert wifi_csv(wifi(places=())).count("\r\n") == 1
    year = tuple(
        WifiDay(day=FIRST - timedelta(days=365 - n), clients=NONE, busiest=MASKED) for n in range(365)
    )
    page = Page(wifi_page(wifi(places=(place("zoo", "Zoo", days=year),)), speaking))
    assert "svg" in [tag for tag, _ in page.tags]


async def test_the_client_takes_a_report_that_comes_place_by_place_and_tells_how_far_it_is() -> None:
    report = wifi()

    async def answer(request: web.Request) -> web.StreamResponse:
        assert dict(request.query) == {"from": "2026-11-01", "hotspot": "patinoire"}
        response = web.StreamResponse()
        await response.prepare(request)
        head = report.model_dump_json(exclude={"places"})[:-1]
        places = [f"{',' if n else ''}{each.model_dump_json()}\n" for n, each in enumerate(report.places)]
        for line in (
            '{"total": 2, "steps": [\n',
            "1\n",
            ",2\n",
            f'], "report": {head}, "places": [\n',
            *places,
        ):
            await response.write(line.encode())
        await response.write(b"]}}\n" if not nonsense else b'], "x": 3}}\n')
        return response

    nonsense = False
    seen: list[tuple[int, int]] = []
    app = web.Application()
    app.router.add_get("/api/reports/wifi", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ApiClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "t") as client:
            found = await client.wifi_report(FIRST, None, "patinoire", lambda *so_far: seen.append(so_far))
            nonsense = True
            with pytest.raises(Refused):
                await client.wifi_report(FIRST, None, "patinoire", lambda *_: None)
    finally:
        await runner.cleanup()
    assert found == report
    assert seen[:3] == [(0, 2), (1, 2), (2, 2)]

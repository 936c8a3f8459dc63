"""Reports as people get them: text for a terminal, a page to print, comma-separated values, JSON."""

import csv
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from city.errors import BadInput, Refused, Unreachable
from city.incidents import Cause, State
from city.reports import (
    AgeingPoint,
    CauseFigures,
    FailuresReport,
    NightHead,
    NightPoint,
    NightReport,
    Verdict,
)
from console.cli.report import _nights
from console.client import ApiClient
from console.i18n import Code, Words
from console.reports.failures import failures_csv, failures_json, failures_page, failures_text
from console.reports.night import night_csv, night_json, night_page, night_text
from tests.console.small_city import NOW, incidents

PARIS = ZoneInfo("Europe/Paris")
EVIL = "\x1b[31m<script>alert(1)</script>\r\n\u202e&\"'"


def point(
    name: str, street: str = "rue Mercière", verdict: Verdict = Verdict.BURNED, **more: object
) -> NightPoint:
    known = verdict is not Verdict.NOT_PROVEN
    values = {
        "id": name,
        "sector": "Mulhouse Grand Centre",
        "quarter": "Centre historique",
        "street": street,
        "cabinet": "A-017",
        "circuit": "A-017/2",
        "lamp_type": "led-60",
        "verdict": verdict,
        "planned_h": 15.25,
        "covered_share": 1.0 if known else 0.25,
        "lit_h": 15.1 if verdict is Verdict.BURNED else 4.2,
        "mean_w": 36.44 if known else None,
        "expected_w": 36.1 if known else None,
        **more,
    }
    return NightPoint.model_validate(values)


POINTS = (
    point("0202"),
    point("0201", verdict=Verdict.DARK, incident="i-1", cause=Cause.LAMP_DEAD),
    point("0301", "rue de l'Écluse", Verdict.NOT_PROVEN, incident="i-2", cause=Cause.BREAKER_TRIP),
    point("0302", "rue de l'Écluse", Verdict.NOT_PLANNED),
    point("0901", "rue Franklin", sector="D8", quarter="Franklin-Fridolin"),
)


def night(*points: NightPoint, evening: date = date(2026, 11, 24)) -> NightReport:
    start = datetime(evening.year, evening.month, evening.day, 12, tzinfo=PARIS).astimezone(UTC)
    return NightReport(
        night=evening,
        start=start,
        end=start + timedelta(days=1),
        programme="Cinq paliers",
        planned_h=15.25,
        city="Mulhouse",
        time_zone="Europe/Paris",
        total=len(points),
        burned_share=0.9,
        covered_share=0.7,
        tolerance_share=0.2,
        points=points,
    )


def words(language: Code = "fr") -> Words:
    return Words(language, PARIS)


def test_the_text_groups_by_sector_quarter_and_street_and_names_who_is_not_proven_good() -> None:
    text = night_text(night(*POINTS), words())
    lines = [re.sub(r" {2,}", "  ", line.strip()) for line in text.splitlines()]
    assert lines == [
        "Preuve d’éclairage de la nuit du mar. 24 nov. 2026, Mulhouse",
        "Cinq paliers : 15 h 15 d’éclairage prévues",
        "5 points lumineux : ✓ 2 bien éclairé, ✖ 1 non, ? 1 inconnu, · 1 non prévu",
        (
            "Sous chaque rue, ceux dont rien ne prouve le bon éclairage :"
            " éclairé / prévu, puissance / attendue, panne."
        ),
        "",
        "rue  ✓ bien éclairé  ✖ non  ? inconnu",
        "D8",
        "Franklin-Fridolin",
        "rue Franklin  1  0  0",
        "Mulhouse Grand Centre",
        "Centre historique",
        "rue de l'Écluse  0  0  1",
        "0301  ? non prouvé  4 h 12 / 15 h 15  Départ disjoncté (i-2)",
        "rue Mercière  1  1  0",
        "0201  ✖ resté éteint  4 h 12 / 15 h 15  36,4 W / 36,1 W  Lampe éteinte (i-1)",
    ]


@pytest.mark.parametrize(("language", "told"), [("fr", "trop peu consommé"), ("en", "drew too little")])
def test_every_verdict_has_words_and_what_is_not_proven_is_never_good(language: Code, told: str) -> None:
    report = night(*(point(verdict.value, verdict=verdict) for verdict in Verdict))
    text = night_text(report, words(language))
    assert told in text
    assert all(verdict.value in text for verdict in set(Verdict) - {Verdict.BURNED, Verdict.NOT_PLANNED})
    assert "✓ 1" in text
    assert "? 1" in text
    assert "_" not in night_text(night(point("x", verdict=Verdict.NOT_PROVEN)), words(language))


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_lists_every_light_point_each_street_on_a_page_of_its_own() -> None:
    html = night_page([night(*POINTS), night(POINTS[0], evening=date(2026, 11, 25))], words())
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": "fr"}) in page.tags
    assert {"0201", "0202", "0301", "0302", "0901", "Lampe éteinte (i-1)"} <= set(page.texts)
    assert [tag for tag, attributes in page.tags if attributes.get("class") == "street"] == [
        "section", "section", "section", "h1", "section",
    ]  # fmt: skip
    assert ".street { break-before: page; }" in html
    assert "@media print" in html
    assert any("70\u00a0% du temps prévu" in text for text in page.texts)
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"} == set()
    assert "http" not in html


def test_hostile_names_are_text_in_every_format() -> None:
    report = night(point(EVIL, EVIL, Verdict.DARK, sector=EVIL, quarter=EVIL))
    page = Page(night_page([report], words()))
    assert "script" not in {tag for tag, _ in page.tags}
    assert "[31m<script>alert(1)</script>&\"'" in page.texts
    (row,) = csv.DictReader(StringIO(night_csv([report])))
    assert row["street"] == "[31m<script>alert(1)</script>&\"'"
    for text in (night_text(report, words()), night_csv([report]), night_page([report], words())):
        assert not {"\x1b", "\u202e"} & set(text)


def test_comma_separated_values_follow_the_rfc_and_start_no_formula() -> None:
    text = night_csv([night(point("0201", 'rue "A", 2', Verdict.NOT_PROVEN), point("=1+1", "@rue"))])
    lines = text.split("\r\n")
    assert lines[0].startswith("night,id,sector,quarter,street,cabinet,circuit,lamp_type,verdict,planned_h")
    assert lines[-1] == ""
    assert "\n" not in text.replace("\r\n", "")
    formula, plain = csv.DictReader(StringIO(text, newline=""))
    assert (formula["id"], formula["street"]) == ("'=1+1", "'@rue")
    assert (plain["night"], plain["street"], plain["verdict"]) == ("2026-11-24", 'rue "A", 2', "not_proven")
    assert (plain["mean_w"], plain["cause"], plain["covered_share"]) == ("", "", "0.25")


def test_json_has_every_night_with_its_counts_and_times_in_utc() -> None:
    document = json.loads(json.dumps(night_json([night(*POINTS), night(evening=date(2026, 11, 25))])))
    assert (document["from"], document["to"]) == ("2026-11-24", "2026-11-25")
    first, second = document["nights"]
    assert (first["start"], first["end"]) == ("2026-11-24T11:00:00Z", "2026-11-25T11:00:00Z")
    assert first["counts"]["burned"] == 2
    assert sum(first["counts"].values()) == first["total"] == len(first["points"]) == 5
    assert first["points"][-1]["id"] == "0202"
    assert second["points"] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_city_without_light_points_has_a_report_too(language: Code) -> None:
    report = night()
    assert "0" in night_text(report, words(language))
    assert Page(night_page([report], words(language))).texts
    assert night_csv([report]).count("\r\n") == 1


def failures(**changes: object) -> FailuresReport:
    known = incidents()
    repaired = known["i-l1"].model_copy(
        update={"state": State.CLOSED, "closed_at": NOW + timedelta(hours=26), "reopened": 2}
    )
    dismissed = known["i-l2"].model_copy(
        update={"state": State.DISMISSED, "closed_at": NOW, "dismissed_because": EVIL}
    )
    probable = known["i-b1"].model_copy(update={"probable": True})
    figures = CauseFigures(
        cause=Cause.LAMP_DEAD,
        incidents=2,
        standing=0,
        reopened=1,
        dismissed=1,
        tickets=1,
        repaired=1,
        median_repair_h=26.35,
        worst_repair_h=26.35,
    )
    old = AgeingPoint(
        id="0101",
        sector="D8",
        quarter="Centre",
        street="rue du Sauvage",
        lamp_type="led-60",
        burned_h=97_000.0,
        rated_h=100_000.0,
        expected=date(2027, 8, 1),
    )
    report = FailuresReport(
        first=date(2026, 11, 1),
        last=date(2026, 11, 30),
        made_at=NOW,
        city="Mulhouse",
        time_zone="Europe/Paris",
        causes=(figures,),
        incidents=(dismissed, repaired, probable),
        ageing=(old,),
        yearly_h=4290.4,
    )
    return report.model_copy(update=changes)


def test_failures_are_told_by_cause_by_street_and_by_age() -> None:
    text = failures_text(failures(), words())
    lines = [re.sub(r" {2,}", "  ", line.strip()).replace("\u00a0", " ") for line in text.splitlines()]
    assert "Pannes du 1 nov. 2026 au 30 nov. 2026, Mulhouse" in lines
    assert "Lampe éteinte  2  0  1  1 j 2 h  1 j 2 h  1  1  1" in lines
    assert "rue Mercière  1 panne" in lines
    assert (
        "Lampe éteinte  lampe 0205  lun. 30 nov. 21:21  ✓ clos, 1 j 2 h  ↻ rouvert 2 fois · ✉ 638344" in lines
    )
    assert "Départ disjoncté  départ A-003/1  lun. 30 nov. 21:34  ▲ ouvert  ≈ probable" in lines
    assert "D8  rue du Sauvage  0101  led-60  97 000  100 000  1 août 2027" in lines
    assert "\x1b" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_failures_are_a_page_and_values_too(language: Code) -> None:
    page = Page(failures_page(failures(), words(language)))
    assert "script" not in {tag for tag, _ in page.tags}
    rows = list(csv.DictReader(StringIO(failures_csv(failures()), newline="")))
    assert [row["list"] for row in rows] == ["incident", "incident", "incident", "end_of_life"]
    assert (rows[1]["repair_h"], rows[1]["ticket"], rows[1]["reopened"]) == ("26.35", "638344", "2")
    assert (rows[2]["probable"], rows[2]["repair_h"], rows[2]["points"]) == ("true", "", "7")
    assert (rows[3]["asset"], rows[3]["expected"], rows[3]["cause"]) == ("0101", "2027-08-01", "")
    document = failures_json(failures())
    assert (document["from"], document["made_at"]) == ("2026-11-01", "2026-11-30T20:42:10Z")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_span_without_failures_is_told_as_such(language: Code) -> None:
    none = failures(causes=(), incidents=(), ageing=())
    assert "0" in failures_text(none, words(language))
    assert Page(failures_page(none, words(language))).texts
    assert failures_csv(none).count("\r\n") == 1


def test_nights_are_named_from_one_evening_to_another_across_the_years_end() -> None:
    assert _nights(None, None) == [None]
    assert _nights("2026-12-31", "2027-01-01") == [date(2026, 12, 31), date(2027, 1, 1)]
    assert _nights("2028-02-28", "2028-03-01") == [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
    assert _nights("2026-11-24", None) == _nights(None, "2026-11-24") == [date(2026, 11, 24)]
    with pytest.raises(BadInput, match="at most 31 nights"):
        _nights("2026-11-01", "2026-12-02")


@asynccontextmanager
async def answering(*lines: str, status: int = 200, cut: bool = False) -> AsyncIterator[ApiClient]:
    """A client of a head-end that answers each report with some lines, and may hang up in the middle."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for line in lines:
            await response.write(line.encode())
        if cut and request.transport:
            request.transport.abort()
        return response

    app = web.Application()
    app.router.add_get("/api/reports/night", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ApiClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "t") as client:
            yield client
    finally:
        await runner.cleanup()


def streamed(report: NightReport, ending: str = "\n]}\n") -> list[str]:
    head = report.model_dump_json(include=set(NightHead.model_fields))
    body = ",\n".join(each.model_dump_json() for each in report.points)
    return [head[:-1] + ', "points": [\n', body, ending]


async def test_a_night_is_read_while_it_is_made_and_says_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    async with answering(*streamed(night(*POINTS))) as client:
        report = await client.night_report(None, lambda done, total: seen.append((done, total)))
    assert report == night(*POINTS)
    assert seen[0] == (0, 5)
    assert seen[-1] == (5, 5)


@pytest.mark.parametrize(
    ("lines", "status", "kind", "told"),
    [
        (
            streamed(night(*POINTS), '\n], "error": "store:\\n away"}\n'),
            200,
            Unreachable,
            "finished: store: away",
        ),
        (streamed(night(*POINTS), ""), 200, Refused, "does not speak"),
        (["<html>\n"], 200, Refused, "does not speak"),
        (["[]\n"], 200, Refused, "does not speak"),
        (['{"error": "night 2026-11-25: it is not over yet"}'], 400, BadInput, "not over yet"),
        (['{"error": "store: away"}'], 503, Unreachable, "store: away"),
    ],
)
async def test_a_report_that_does_not_come_whole_is_none(
    lines: list[str], status: int, kind: type[Exception], told: str
) -> None:
    async with answering(*lines, status=status) as client:
        with pytest.raises(kind, match=told):
            await client.night_report(None, lambda done, total: None)


async def test_a_head_end_that_hangs_up_in_the_middle_is_unreachable() -> None:
    async with answering(*streamed(night(*POINTS), ""), cut=True) as client:
        with pytest.raises(Unreachable):
            await client.night_report(date(2026, 11, 24), lambda done, total: None)

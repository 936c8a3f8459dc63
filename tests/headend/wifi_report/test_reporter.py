"""The report on city Wi-Fi over the API: how places were used, and what of it may be told."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from city.clock import ManualClock
from city.errors import Unreachable
from city.incidents import Cause, Evidence, Incident, State
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Sample, Window
from city.wifi_report_views import WifiPlace, WifiReport
from drivers.embedded import EmbeddedStore
from headend.service import HeadEnd
from headend.wifi_report.availability import Availability
from tests.headend.standing import Console, standing, write_city

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOUR, STEP = timedelta(hours=1), timedelta(minutes=5)
AP, RADIO = DeviceKind.ACCESS_POINT, DeviceKind.RADIO


@asynccontextmanager
async def town(folder: Path, extra: str = "", opens: str = "") -> AsyncIterator[tuple[HeadEnd, Console]]:
    file = write_city(folder, extra)
    inventory = json.loads((folder / "inventory.geojson").read_text())
    spot = inventory["hotspots"][0]
    rink = {**spot, "opens": opens} if opens else spot
    inventory["hotspots"] = [
        rink,
        {**spot, "id": "gare", "name": "Gare"},
        {**spot, "id": "zoo", "name": "Zoo"},
    ]
    (feature,) = [each for each in inventory["features"] if each["properties"]["id"] == "AP-1"]
    inventory["features"] += [
        {**feature, "properties": {**feature["properties"], "id": name, "hotspot": "gare"}}
        for name in ("AP-2", "AP-3")
    ]
    (folder / "inventory.geojson").write_text(json.dumps(inventory))
    async with standing(file, ManualClock(NOW)) as running:
        yield running


def day(text: str) -> Window:
    """A local day, of 23 to 25 hours."""
    begin = datetime.fromisoformat(text)
    start, end = (at.replace(tzinfo=PARIS).astimezone(UTC) for at in (begin, begin + timedelta(days=1)))
    return Window(start, end)


def instants(window: Window, every: timedelta = STEP) -> Iterator[datetime]:
    at = window.start
    while at < window.end:
        yield at
        at += every


def told(name: str, window: Window, clients: float, every: timedelta = STEP, **radio: float) -> list[Reading]:
    """An access point that stands alone, with one radio, as it is polled."""
    values = {Metric.CLIENTS: clients, **{Metric(key): value for key, value in radio.items()}}
    return [
        reading
        for at in instants(window, every)
        for reading in (
            Reading(name, AP, at, {Metric.UPTIME: 100.0}),
            Reading(f"{name}/1", RADIO, at, values),
        )
    ]


async def report(console: Console, query: str = "") -> WifiReport:
    document = await console.get(f"/reports/wifi{query}")
    assert document["total"] == len(document["steps"])
    return WifiReport.model_validate(document["report"])


def place(found: WifiReport, name: str) -> WifiPlace:
    (one,) = [each for each in found.places if each.hotspot == name]
    return one


ONE_DAY = "?from=2026-11-24&to=2026-11-24"


async def test_a_day_of_a_place_with_its_mean_its_busiest_hour_and_its_peak(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    evening = Window(tuesday.start + 18 * HOUR, tuesday.start + 19 * HOUR)
    quiet = [each for each in told("AP-1", tuesday, 10) if not evening.start <= each.at < evening.end]
    rush = told("AP-1", evening, 34, airtime_pct=20)
    rush[-1] = Reading("AP-1/1", RADIO, rush[-1].at, {Metric.CLIENTS: 58, Metric.AIRTIME: 20})
    async with town(tmp_path) as (headend, console):
        await headend.store.write([*quiet, *rush])
        found = await report(console, ONE_DAY)
    rink = place(found, "patinoire")
    assert (found.first, found.last, found.step_s, found.watched_share) == (
        date(2026, 11, 24),
        date(2026, 11, 24),
        300,
        1.0,
    )
    assert (rink.clients.value, rink.p95.value, rink.peak.value) == (11, 10, 58)
    assert rink.peak_at == rush[-1].at
    assert (rink.known_share, rink.availability_share, rink.never_heard) == (1.0, 1.0, 0)
    # 34 of 40 clients and once 58 make an hour at 90 %.
    assert rink.saturated_h == 1
    assert [(busy.days, busy.hour, busy.clients) for busy in rink.busy_hours][:1] == [("workday", 18, 36)]
    (only,) = rink.days
    assert (only.day, only.clients.value, only.busiest.value) == (date(2026, 11, 24), 11, 36)
    assert {hour.weekday for hour in rink.week} == {1}
    assert [hour.clients.value for hour in rink.week] == [*[10] * 18, 36, *[10] * 5]


async def test_a_place_has_the_clients_of_all_its_access_points_each_counted_once(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    counting = [Reading("AP-3", AP, at, {Metric.UP: 1.0, Metric.CLIENTS: 20.0}) for at in instants(tuesday)]
    radios = [Reading("AP-3/1", RADIO, at, {Metric.CLIENTS: 19.0}) for at in instants(tuesday)]
    async with town(tmp_path) as (headend, console):
        await headend.store.write([*told("AP-2", tuesday, 12), *counting, *radios])
        found = await report(console, ONE_DAY)
    assert place(found, "gare").clients.value == 32, "the access point's own count stands for its radios'"


async def test_small_counts_are_masked_in_all_that_is_told_of_a_place(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    async with town(tmp_path) as (headend, console):
        await headend.store.write(told("AP-1", tuesday, 3))
        answer = await console.get(f"/reports/wifi{ONE_DAY}")
    rink = place(WifiReport.model_validate(answer["report"]), "patinoire")
    counts = [rink.clients, rink.p95, rink.peak]
    counts += [each.clients for each in rink.days] + [each.clients for each in rink.week]
    assert all(count.masked and count.value is None for count in counts)
    assert (rink.peak_at, rink.busy_hours) == (None, ())
    assert "3.0" not in json.dumps([each for each in answer["report"]["places"] if each["hotspot"] != "zoo"])


async def test_nobody_is_nobody_and_not_known_is_not_nobody(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        await headend.store.write(told("AP-1", day("2026-11-24"), 0))
        found = await report(console, ONE_DAY)
    rink, zoo = place(found, "patinoire"), place(found, "zoo")
    assert (rink.clients.value, rink.peak.value, rink.saturated_h) == (0, 0, 0)
    assert (zoo.access_points, zoo.availability_share, zoo.saturated_h, zoo.in_octets) == (
        0,
        None,
        None,
        None,
    )
    assert not any(count.masked for count in (zoo.clients, zoo.p95, zoo.peak))
    assert (zoo.clients.value, zoo.known_share, zoo.busy_hours) == (None, 0.0, ())
    assert [each.clients.value for each in zoo.days] == [None]


async def test_an_access_point_that_falls_silent_costs_its_place_availability_but_not_clients(
    tmp_path: Path,
) -> None:
    tuesday = day("2026-11-24")
    until_noon = Window(tuesday.start, tuesday.start + 12 * HOUR)
    async with town(tmp_path) as (headend, console):
        await headend.store.write([*told("AP-2", tuesday, 30), *told("AP-3", until_noon, 10)])
        found = await report(console, ONE_DAY)
    station = place(found, "gare")
    assert station.availability_share == 0.75
    assert station.clients.value == 35
    assert place(found, "patinoire").never_heard == 1
    assert place(found, "patinoire").availability_share is None


async def test_what_nobody_watched_is_nobodys_failure_unless_an_incident_says_so(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    morning = Window(tuesday.start, tuesday.start + 6 * HOUR)
    evening = Window(tuesday.end - 6 * HOUR, tuesday.end)
    down = Incident(
        "i-1", Cause.AP_DOWN, "AP-1", AP, State.CLOSED, morning.end, morning.end + 3 * STEP, (),
        closed_at=morning.end + 6 * HOUR,
    )  # fmt: skip
    said = replace(
        down, id="i-2", state=State.DISMISSED, since=morning.start, closed_at=evening.end,
        evidence=(Evidence("unanswered", morning.start),),
    )  # fmt: skip
    async with town(tmp_path) as (headend, console):
        await headend.store.write([*told("AP-1", morning, 20), *told("AP-1", evening, 20)])
        before = await report(console, ONE_DAY)
        for incident in (down, said):
            await headend.core.records.save_incident(incident)
        after = await report(console, ONE_DAY)
    assert (before.watched_share, place(before, "patinoire").availability_share) == (0.5, 1.0)
    assert (after.watched_share, place(after, "patinoire").availability_share) == (0.75, 0.6667)
    (cause,) = place(after, "patinoire").incidents
    assert (cause.cause, cause.incidents, cause.dismissed, cause.hours) == (Cause.AP_DOWN, 2, 1, 6.0)
    assert place(after, "gare").incidents == ()


async def test_traffic_is_what_counters_grew_by_and_a_reset_is_told_and_not_made_up(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    reset = tuesday.start + 12 * HOUR
    # An hour before the day, too: what was counted in its first hour is known then.
    octets = [
        Reading(
            "AP-1/1", RADIO, at,
            {Metric.IN_OCTETS: 1e6 * ((at - (reset if at >= reset else tuesday.start)) / HOUR + 1)},
        )
        for at in instants(Window(tuesday.start - HOUR, tuesday.end), HOUR)
    ]  # fmt: skip
    async with town(tmp_path) as (headend, console):
        await headend.store.write(octets)
        rink = place(await report(console, ONE_DAY), "patinoire")
    assert (rink.in_octets, rink.out_octets, rink.began_anew) == (23e6, None, 1)


async def test_growth_is_told_against_the_month_and_the_year_before_where_both_are_known_and_not_small(
    tmp_path: Path,
) -> None:
    def hourly(text: str, clients: float, name: str = "AP-1") -> list[Reading]:
        return told(name, day(text), clients, HOUR)

    async with town(tmp_path) as (headend, console):
        await headend.store.write(
            [
                *hourly("2026-11-24", 30),
                *hourly("2026-10-24", 20),
                *hourly("2025-11-24", 40),
                *hourly("2026-11-24", 30, "AP-2"),
                *hourly("2026-10-24", 4, "AP-2"),
                *hourly("2025-11-24", 12, "AP-2")[:20],
            ]
        )
        found = await report(console, ONE_DAY)
    rink, station = place(found, "patinoire"), place(found, "gare")
    assert (rink.month_before.clients.value, rink.month_before.growth_share) == (20, 0.5)
    assert (rink.month_before.first, rink.year_before.first) == (date(2026, 10, 24), date(2025, 11, 24))
    assert (rink.year_before.clients.value, rink.year_before.growth_share) == (40, -0.25)
    assert (station.month_before.clients.masked, station.month_before.growth_share) == (True, None)
    assert station.year_before.growth_share is None, "ten hours of that day are not the day"
    assert station.year_before.known_share == pytest.approx(10 / 24, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "hours", "twice"), [("2026-10-25", 25, [2]), ("2026-03-29", 23, []), ("2026-11-24", 24, [])]
)
async def test_the_days_on_which_the_clock_changes_have_all_their_hours(
    tmp_path: Path, text: str, hours: int, twice: list[int]
) -> None:
    window = day(text)
    readings = [
        reading
        for number, at in enumerate(instants(window, HOUR))
        for reading in told("AP-1", Window(at, at + HOUR), 10 + number, HOUR)
    ]
    extra = "[telemetry]\nkeep_days = 400\n"
    async with town(tmp_path, extra) as (headend, console):
        await headend.store.write(readings)
        rink = place(await report(console, f"?from={text}&to={text}"), "patinoire")
    assert rink.known_share == 1.0
    assert rink.clients.value == round(10 + (hours - 1) / 2)
    by_hour = {each.hour: each.clients.value for each in rink.week}
    assert by_hour[23] == 10 + hours - 1
    assert (by_hour[2] is None) is (hours == 23), "an hour that there was not"
    if twice:
        assert by_hour[2] == round((12 + 13) / 2)


async def test_one_place_may_be_asked_for_and_none_that_there_is_not(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        found = await report(console, f"{ONE_DAY}&hotspot=gare")
        status, answer = await console.ask("GET", f"/reports/wifi{ONE_DAY}&hotspot=nowhere")
    assert [each.hotspot for each in found.places] == ["gare"]
    assert (status, answer["error"]) == (404, "hotspot nowhere: there is none of that id")


async def test_by_default_it_is_the_month_of_yesterday_with_every_place_by_name(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        found = await report(console)
    assert (found.first, found.last) == (date(2026, 11, 1), date(2026, 11, 24))
    assert [each.name for each in found.places] == ["Gare", "Patinoire", "Zoo"]
    assert all(len(each.days) == 24 and len(each.week) == 7 * 24 for each in found.places)
    assert found.watched_share == 0.0


async def test_of_long_ago_availability_is_told_by_the_hour(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        await headend.store.write(told("AP-1", day("2026-06-02"), 10, HOUR))
        found = await report(console, "?from=2026-06-02&to=2026-06-02")
    assert (found.step_s, place(found, "patinoire").availability_share) == (3600, 1.0)


@pytest.mark.parametrize(
    ("query", "told_"),
    [
        ("?to=2026-11-25", "to 2026-11-25: that day is not over yet; the last that is over is 2026-11-24"),
        ("?from=2026-11-20&to=2026-11-01", "from 2026-11-20 to 2026-11-01: the first day comes after"),
        ("?from=2020-01-01&to=2026-01-01", "at most 366 days at once"),
    ],
)
async def test_days_that_make_no_span_are_told_in_one_line(tmp_path: Path, query: str, told_: str) -> None:
    async with town(tmp_path) as (_, console):
        status, answer = await console.ask("GET", f"/reports/wifi{query}")
        assert (status, told_ in answer["error"]) == (400, True), answer
        status, _ = await console.ask("GET", "/reports/wifi", token="wrong")
        assert status == 401


async def test_a_store_that_goes_away_meanwhile_leaves_an_error_and_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(*_: Any) -> Any:
        raise Unreachable("store: away")

    async with town(tmp_path) as (_, console):
        monkeypatch.setattr(EmbeddedStore, "grouped", breaking)
        document = await console.get(f"/reports/wifi{ONE_DAY}")
    assert document["error"] == "store: away"
    assert "report" not in document


def series(window: Window, value: float = 1.0) -> list[Sample]:
    return [Sample(at, value) for at in instants(window)]


def test_an_access_point_counts_from_its_first_word_on_unless_it_hung_there_before() -> None:
    tuesday = day("2026-11-24")
    afternoon = Window(tuesday.start + 12 * HOUR, tuesday.end)
    shares = {}
    for heard in ((), ("AP-2",)):
        found = Availability({"AP-1": "gare", "AP-2": "zoo"}, heard, STEP, ())
        found.take(tuesday, {}, {"AP-1": series(tuesday), "AP-2": series(afternoon)})
        shares[heard] = found.share(["AP-2"])
    assert shares == {(): 1.0, ("AP-2",): 0.5}


def test_what_a_controller_says_of_an_access_point_counts_by_its_share_of_a_step() -> None:
    tuesday = day("2026-11-24")
    found = Availability({"AP-1": "gare"}, (), STEP, ())
    found.take(tuesday, {"AP-1": series(tuesday, 0.4)}, {})
    assert found.share(["AP-1"]) == pytest.approx(0.4)
    assert found.share_while_open(["AP-1"]) is None, "its opening hours are not known"


async def test_availability_is_told_of_opening_hours_too_where_they_are_known(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    from_ten = Window(tuesday.start + 10 * HOUR, tuesday.end)
    async with town(tmp_path, opens="Mo-Fr 08:00-20:00; PH off") as (headend, console):
        await headend.store.write([*told("AP-1", from_ten, 20), *told("AP-2", tuesday, 20)])
        await headend.store.write(told("AP-1", day("2026-10-24"), 20, HOUR))
        rink = place(await report(console, ONE_DAY), "patinoire")
    assert rink.opens == "Mo-Fr 08:00-20:00; PH off"
    assert (rink.availability_share, rink.availability_open_share) == (round(14 / 24, 4), round(10 / 12, 4))


async def test_a_radio_that_is_switched_off_carries_nobody_and_makes_no_place_emptier(tmp_path: Path) -> None:
    tuesday = day("2026-11-24")
    off = [Reading("AP-1/2", RADIO, at, {Metric.UP: 0.0, Metric.CLIENTS: 0.0}) for at in instants(tuesday)]
    async with town(tmp_path) as (headend, console):
        await headend.store.write([*told("AP-1", tuesday, 36), *off])
        rink = place(await report(console, ONE_DAY), "patinoire")
    assert (rink.clients.value, rink.saturated_h) == (36, 24)

"""The reports over the API: the proof of a night, and the failures of a span of days."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from city.clock import ManualClock
from city.errors import Unreachable
from city.incidents import Cause, Evidence, Incident, State
from city.measurements import DeviceKind, Metric, Reading
from city.reports import FailuresReport, NightReport, Verdict
from city.telemetry import Track, Window
from drivers.embedded import EmbeddedStore
from headend.night_report import last_night
from headend.plan import Plan
from headend.service import HeadEnd
from lighting.light_plan import FIVE_STEPS_PLAN
from lighting.orders import Override
from lighting.power import expected_power
from lighting.programmes import FIVE_STEPS, level_at
from tests.headend.small_city import LED_60, small_inventory
from tests.headend.standing import Console, standing, write_city
from tests.lighting.small_city import MULHOUSE, local

NIGHT = date(2026, 11, 24)
DUSK, DAWN = datetime(2026, 11, 24, 15, 30, tzinfo=UTC), datetime(2026, 11, 25, 7, 15, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PERIOD = timedelta(minutes=5)
HOUR = timedelta(hours=1)


def night_of_a_lamp(lamp: str, until: datetime = DAWN, *, dead: bool = False) -> list[Reading]:
    """A lamp that follows the programme, or draws nothing while it says that it does."""
    readings, at = [], DUSK
    while at < until:
        level = level_at(FIVE_STEPS, at, MULHOUSE)
        power = LED_60.standby_w if dead else expected_power(LED_60, level)
        values = {Metric.LEVEL: level, Metric.POWER: power, Metric.BURNING: 99_000.0}
        readings.append(Reading(lamp, DeviceKind.LAMP, at, values))
        at += PERIOD
    return readings


def incident(
    asset: str, cause: Cause = Cause.LAMP_DEAD, at: datetime = DUSK + HOUR, **changes: Any
) -> Incident:
    kind = DeviceKind.LAMP if asset[0] in "LN" else DeviceKind.CIRCUIT
    made = Incident(
        f"i-{asset}-{cause}", cause, asset, kind, State.OPEN, at, at, (Evidence("lamp_dead_power", at),)
    )
    return replace(made, **changes)


@asynccontextmanager
async def town(folder: Path, at: datetime = MORNING) -> AsyncIterator[tuple[HeadEnd, Console]]:
    async with standing(write_city(folder), ManualClock(at)) as running:
        yield running


async def the_night(console: Console, query: str = "") -> NightReport:
    return NightReport.model_validate(await console.get(f"/reports/night{query}"))


async def test_a_night_is_told_lamp_by_lamp_with_what_explains_the_dark_ones(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        await headend.store.write(
            [
                *night_of_a_lamp("L1"),
                *night_of_a_lamp("L2", dead=True),
                *night_of_a_lamp("L3", DUSK + 2 * HOUR),
                *night_of_a_lamp("stranger"),
            ]
        )
        for each in (
            incident("L2"),
            incident("L1", Cause.HIGH_POWER),
            incident("A-001/2", Cause.BREAKER_TRIP, suppressed=("N1", "N2")),
            incident("N1", Cause.CONTROLLER_SILENT),
            incident("N3", Cause.CONTROLLER_SILENT, state=State.DISMISSED, closed_at=MORNING),
            incident("L3", at=DUSK - 30 * HOUR, state=State.CLOSED, closed_at=DUSK - 20 * HOUR),
        ):
            await headend.core.records.save_incident(each)
        report = await the_night(console, "?night=2026-11-24")
    assert (report.night, report.programme, report.city) == (NIGHT, "Cinq paliers", "Mulhouse")
    assert (report.start, report.end) == (local("2026-11-24T12:00"), local("2026-11-25T12:00"))
    assert report.planned_h == pytest.approx(15.2, abs=0.2)
    assert report.total == len(report.points) == 6
    told = {each.id: (each.verdict, each.cause) for each in report.points}
    assert told == {
        "L1": (Verdict.BURNED, None),
        "L2": (Verdict.DARK, Cause.LAMP_DEAD),
        "L3": (Verdict.NOT_PROVEN, None),
        "N1": (Verdict.NOT_PROVEN, Cause.BREAKER_TRIP),
        "N2": (Verdict.NOT_PROVEN, Cause.BREAKER_TRIP),
        "N3": (Verdict.NOT_PROVEN, None),
    }
    first = next(each for each in report.points if each.id == "L1")
    assert (first.street, first.quarter, first.sector) == ("rue Mercière", "Centre", "D8")
    assert first.mean_w == first.expected_w


async def test_what_an_order_had_dark_was_not_planned(tmp_path: Path) -> None:
    dark = Override("o-1", "L1", frozenset({"L1"}), 0.0, "tournage", "anne", DUSK - HOUR, DAWN + HOUR)
    async with town(tmp_path) as (headend, console):
        await headend.store.write([*night_of_a_lamp("L1", dead=True), *night_of_a_lamp("L2")])
        await headend.core.records.save_override(dark)
        points = {each.id: each for each in (await the_night(console)).points}
    assert (points["L1"].verdict, points["L1"].planned_h) == (Verdict.NOT_PLANNED, 0.0)
    assert points["L2"].verdict is Verdict.BURNED


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-25T08:00", date(2026, 11, 23)),  # sunrise is at 07:58
        ("2026-11-25T08:15", date(2026, 11, 24)),
        ("2026-11-25T11:59", date(2026, 11, 24)),
        ("2026-11-25T12:01", date(2026, 11, 24)),
        ("2026-11-25T23:00", date(2026, 11, 24)),
        ("2026-10-25T08:00", date(2026, 10, 24)),
        ("2027-01-01T10:00", date(2026, 12, 31)),
        ("2028-03-01T10:00", date(2028, 2, 29)),
    ],
)
def test_the_last_night_is_over_a_quarter_of_an_hour_after_its_light(now: str, night: date) -> None:
    assert last_night(local(now), Plan(FIVE_STEPS_PLAN, MULHOUSE, small_inventory())) == night


async def test_a_night_that_is_not_over_or_no_date_is_told_in_one_line(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        status, answer = await console.ask("GET", "/reports/night?night=2026-11-25")
        assert status == 400
        assert answer["error"] == "night 2026-11-25: it is not over yet; the last that is over is 2026-11-24"
        status, answer = await console.ask("GET", "/reports/night?night=soon")
        assert (status, "night: got 'soon'" in answer["error"]) == (422, True)
        assert (await console.ask("GET", "/reports/night", token="x"))[0] == 401
        status, answer = await console.ask("GET", "/reports/failures?from=2026-11-25&to=2026-11-24")
        assert (status, "the first day comes after the last" in answer["error"]) == (400, True)


async def test_a_night_years_ago_is_answered_with_nothing_proven(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        report = await the_night(console, "?night=1999-12-31")
    assert {each.verdict for each in report.points} == {Verdict.NOT_PROVEN}


async def test_a_store_that_goes_away_half_way_is_told_after_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(
        _store: EmbeddedStore, _kind: DeviceKind, _metrics: Sequence[Metric], _window: Window
    ) -> AsyncGenerator[Track, None]:
        yield Track("L1", [])
        raise Unreachable("store: away")

    async with town(tmp_path) as (_, console):
        monkeypatch.setattr(EmbeddedStore, "tracks", breaking)
        answer = await console.get("/reports/night")
    assert (answer["error"], [point["id"] for point in answer["points"]]) == ("store: away", ["L1"])


async def test_failures_are_counted_by_cause_with_the_delay_to_their_repair(tmp_path: Path) -> None:
    def repaired(asset: str, hours: float, **changes: Any) -> Incident:
        return incident(asset, state=State.CLOSED, closed_at=DUSK + (1 + hours) * HOUR, **changes)

    kept = (
        repaired("L1", 2.0),
        repaired("L2", 6.0, reopened=2),
        repaired("L3", 10.0),
        incident("N1", state=State.DISMISSED, closed_at=MORNING, dismissed_because="essai"),
        incident("N2", probable=True),
        incident("A-001/2", Cause.BREAKER_TRIP, at=local("2026-11-24T00:00"), suppressed=("N3",)),
        incident("N3", at=local("2026-11-23T23:59")),
    )
    async with town(tmp_path) as (headend, console):
        for each in kept:
            await headend.core.records.save_incident(each)
        answer = await console.get("/reports/failures?from=2026-11-24&to=2026-11-24")
        report = FailuresReport.model_validate(answer)
        usual = FailuresReport.model_validate(await console.get("/reports/failures"))
    breaker, lamp = report.causes
    assert (breaker.cause, breaker.incidents, breaker.standing) == (Cause.BREAKER_TRIP, 1, 1)
    assert (breaker.repaired, breaker.median_repair_h, breaker.worst_repair_h) == (0, None, None)
    assert (lamp.cause, lamp.incidents, lamp.standing, lamp.reopened) == (Cause.LAMP_DEAD, 5, 1, 1)
    assert (lamp.dismissed, lamp.tickets, lamp.repaired) == (1, 0, 3)
    assert (lamp.median_repair_h, lamp.worst_repair_h) == (6.0, 10.0)
    assert report.incidents[0].asset == "A-001/2"
    assert report.incidents[0].place == "rue Mercière"
    assert len(report.incidents) == 6
    assert (usual.first, usual.last, len(usual.incidents)) == (date(2026, 10, 27), date(2026, 11, 25), 7)


async def test_the_forecast_lists_who_is_near_the_end_of_its_rated_life(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        await headend.store.write(night_of_a_lamp("L1")[:1])
        young = Reading("L2", DeviceKind.LAMP, DUSK, {Metric.BURNING: 12_000.0})
        await headend.store.write([young, Reading("stranger", DeviceKind.LAMP, DUSK, {Metric.BURNING: 1e6})])
        report = FailuresReport.model_validate(await console.get("/reports/failures"))
    (listed,) = report.ageing
    assert (listed.id, listed.burned_h, listed.rated_h) == ("L1", 99_000.0, 100_000.0)
    assert 4_100 <= report.yearly_h <= 4_300
    assert timedelta(days=80) < listed.expected - date(2026, 11, 25) < timedelta(days=90)


async def test_rated_hours_come_from_the_inventory(tmp_path: Path) -> None:
    file = write_city(tmp_path)
    inventory = tmp_path / "inventory.geojson"
    text = inventory.read_text(encoding="utf-8")
    inventory.write_text(text.replace('"standby_w"', '"rated_hours": 50000, "standby_w"'), encoding="utf-8")
    async with standing(file, ManualClock(MORNING)) as (headend, _):
        assert headend.inventory.lighting.light_points["L1"].lamp_type.rated_h == 50_000

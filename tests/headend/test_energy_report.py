"""The report on energy over the API: meters, lamps' counters and reckoning, beside the year before."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from city.errors import Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.reports import EnergyReport, EnergyRow, EnergySource
from drivers.embedded import EmbeddedStore
from headend.energy_report import months_between, year_before
from headend.records import Lent
from headend.service import HeadEnd
from tests.headend.standing import Console, standing, write_city

METER, COUNTERS, CURVE = EnergySource.METER, EnergySource.LAMP_COUNTERS, EnergySource.POWER_CURVE
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WRAPS = 2**32
PRICES = "[energy]\neur_per_kwh = 0.25\nco2_g_per_kwh = 50\n"


@asynccontextmanager
async def town(folder: Path, extra: str = "") -> AsyncIterator[tuple[HeadEnd, Console]]:
    async with standing(write_city(folder, extra), ManualClock(NOW)) as running:
        yield running


def meter(
    first: str, hours: int, wh_an_hour: float, device: str = "A-001", start_wh: float = 0.0
) -> list[Reading]:
    """A counter that is read every hour and grows evenly, and wraps."""
    kind = DeviceKind.CABINET if device.startswith("A-") else DeviceKind.LAMP
    begin = datetime.fromisoformat(first).astimezone(UTC)
    return [
        Reading(device, kind, begin + n * HOUR, {Metric.ENERGY: (start_wh + n * wh_an_hour) % WRAPS})
        for n in range(hours + 1)
    ]


async def report(console: Console, query: str) -> EnergyReport:
    document = await console.get(f"/reports/energy{query}")
    assert document["total"] == len(document["steps"])
    return EnergyReport.model_validate(document["report"])


def parts(row: EnergyRow) -> dict[EnergySource, tuple[float, float]]:
    return {part.source: (part.drawn_wh, part.share) for part in row.parts}


async def test_a_month_by_the_meter_beside_the_same_month_of_the_year_before(tmp_path: Path) -> None:
    async with town(tmp_path, PRICES) as (headend, console):
        october = meter("2026-10-01T00:00+02:00", 745, 200.0, start_wh=WRAPS - 1_000)
        await headend.store.write([*october, *meter("2025-10-01T00:00+02:00", 745, 800.0)])
        found = await report(console, "?from=2026-10-01&to=2026-10-31")
    # October has 745 hours: the clock goes back in it.
    assert found.total.drawn_wh == 745 * 200
    assert parts(found.total) == {METER: (745 * 200, 1.0)}
    assert (found.total.eur, found.total.co2_kg) == (round(149 * 0.25, 2), 7.45)
    assert (found.cabinets, found.metered, found.total.points) == (1, 1, 6)
    assert found.total.saved_wh == pytest.approx(found.total.full_wh - found.total.drawn_wh, abs=0.2)
    (month,) = found.months
    assert (month.name, month.first, month.last) == ("2026-10", date(2026, 10, 1), date(2026, 10, 31))
    assert month.before is not None
    assert (month.before.first, month.before.drawn_wh, month.before.share) == (
        date(2025, 10, 1),
        596_000,
        1.0,
    )
    assert month.before.difference_share == -0.75
    for rows in (found.programmes, found.sectors, found.by_cabinet):
        assert sum(row.drawn_wh for row in rows) == pytest.approx(found.total.drawn_wh, abs=0.5)
    assert [row.name for row in found.programmes] == ["cinq-paliers"]
    assert [row.title for row in found.by_cabinet] == ["rue Mercière"]


async def test_light_lent_in_the_nights_of_these_days_is_in_it_and_that_of_other_nights_is_not(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, PRICES) as (headend, console):
        log = headend.core.records.lent_light
        nights = [(19, "Match", 700.0), (20, "Match", 900.0), (24, "Match", 80.0), (24, "Marché", 20.0)]
        await log.add([Lent(date(2026, 11, day), rule, wh, 30.0) for day, rule, wh in nights])
        await log.add([Lent(date(2026, 11, 20), "Match", 100.0, 5.0)])
        found = await report(console, "?from=2026-11-20&to=2026-11-24")
        nothing = await report(console, "?from=2026-11-01&to=2026-11-18")
    assert (found.lent_wh, found.lent_eur) == (1100.0, round(1.1 * 0.25, 2))
    assert (nothing.lent_wh, nothing.lent_eur) == (0.0, 0.0)


async def test_without_anything_heard_all_is_reckoned_and_there_is_no_year_before(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        found = await report(console, "?from=2026-11-20&to=2026-11-24")
    assert list(parts(found.total)) == [CURVE]
    assert found.metered == 0
    assert found.months[0].before is None
    assert found.total.saved_share == pytest.approx(0.37, abs=0.03)


async def test_what_no_meter_knows_the_lamps_do_and_the_rest_is_reckoned_each_labelled(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as (headend, console):
        await headend.store.write(
            [
                *meter("2026-11-23T00:00+01:00", 24, 100.0),
                *meter("2026-11-22T12:00+01:00", 60, 20.0, device="L1"),
                *meter("2026-11-22T12:00+01:00", 60, 25.0, device="N1"),
            ]
        )
        found = await report(console, "?from=2026-11-22&to=2026-11-24")
    shares = {source: share for source, (_, share) in parts(found.total).items()}
    assert shares[METER] == pytest.approx(1 / 3, abs=0.001)
    # Two lamps of six through the day after and half of the day before.
    assert shares[COUNTERS] == pytest.approx(1.5 * 2 / 6 / 3, abs=0.001)
    assert sum(shares.values()) == pytest.approx(1, abs=0.001)
    assert parts(found.total)[METER][0] == 2_400
    assert parts(found.total)[COUNTERS][0] == pytest.approx(36 * 45)


async def test_a_year_before_that_was_measured_in_part_is_told_without_a_difference(tmp_path: Path) -> None:
    async with town(tmp_path) as (headend, console):
        now = meter("2026-11-01T00:00+01:00", 96, 100.0)
        await headend.store.write([*now, *meter("2025-11-01T00:00+01:00", 48, 400.0)])
        (month,) = (await report(console, "?from=2026-11-01&to=2026-11-04")).months
    assert month.before is not None
    assert (month.before.drawn_wh, month.before.share) == (48 * 400, 0.5)
    assert month.before.difference_share is None


async def test_lamps_that_only_say_their_level_are_reckoned_by_it(tmp_path: Path) -> None:
    start = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    dark = [
        Reading("L1", DeviceKind.LAMP, start + n * timedelta(minutes=10), {Metric.LEVEL: 0.0})
        for n in range(72)
    ]
    async with town(tmp_path) as (headend, console):
        before = await report(console, "?from=2026-11-24&to=2026-11-24")
        await headend.store.write(dark)
        after = await report(console, "?from=2026-11-24&to=2026-11-24")
    assert list(parts(after.total)) == [CURVE]
    # From 16:40 to midnight it would have drawn 200 W·h at full power and 240 at 70 %.
    assert 250 < before.total.drawn_wh - after.total.drawn_wh < 400


async def test_a_cabinet_above_what_is_subscribed_is_named_with_its_peak(tmp_path: Path) -> None:
    start, minute = datetime(2026, 11, 24, 17, 0, tzinfo=UTC), timedelta(minutes=1)
    watts = [*[900.0] * 10, *[2_500.0] * 20, 4_000.0, *[900.0] * 9]
    power = [
        Reading("A-001", DeviceKind.CABINET, start + number * minute, {Metric.POWER: each})
        for number, each in enumerate(watts)
    ]
    async with town(tmp_path) as (headend, console):
        await headend.store.write(power)
        assert (await report(console, "")).subscribed == 0
        lighting = headend.core.inventory.lighting
        cabinet = replace(lighting.cabinets["A-001"], subscribed_kw=2.0)
        object.__setattr__(lighting, "cabinets", {"A-001": cabinet})
        found = await report(console, "")
    # A moment at 4 kW is none: ten minutes count.
    (overrun,) = found.overruns
    assert (found.subscribed, overrun.cabinet, overrun.street) == (1, "A-001", "rue Mercière")
    assert (overrun.peak_kw, overrun.over_h) == (2.5, 0.33)
    assert overrun.peak_at == start + 10 * minute


async def test_by_default_it_is_the_month_of_yesterday_up_to_it(tmp_path: Path) -> None:
    async with town(tmp_path) as (_, console):
        found = await report(console, "")
        assert (found.first, found.last) == (date(2026, 11, 1), date(2026, 11, 24))
        found = await report(console, "?to=2026-09-10")
        assert (found.first, found.last) == (date(2026, 9, 1), date(2026, 9, 10))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?to=2026-11-25", "to 2026-11-25: that day is not over yet; the last that is over is 2026-11-24"),
        ("?from=2026-11-20&to=2026-11-01", "from 2026-11-20 to 2026-11-01: the first day comes after"),
        ("?from=2020-01-01&to=2026-01-01", "at most 1096 days at once"),
    ],
)
async def test_days_that_make_no_span_are_told_in_one_line(tmp_path: Path, query: str, told: str) -> None:
    async with town(tmp_path) as (_, console):
        status, answer = await console.ask("GET", f"/reports/energy{query}")
        assert (status, told in answer["error"]) == (400, True), answer
        status, answer = await console.ask("GET", "/reports/energy?from=soon")
        assert (status, "from: got 'soon'" in answer["error"]) == (422, True)
        status, _ = await console.ask("GET", "/reports/energy", token="wrong")
        assert status == 401


async def test_a_store_that_goes_away_meanwhile_leaves_an_error_and_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(*_: Any) -> Any:
        raise Unreachable("store: away")

    async with town(tmp_path) as (_, console):
        monkeypatch.setattr(EmbeddedStore, "stands", breaking)
        document = json.loads(json.dumps(await console.get("/reports/energy")))
    assert document["error"] == "store: away"
    assert "report" not in document


@pytest.mark.parametrize(
    ("month", "before"),
    [
        (("2028-02-01", "2028-02-29"), ("2027-02-01", "2027-02-28")),
        (("2029-02-01", "2029-02-28"), ("2028-02-01", "2028-02-29")),
        (("2028-02-10", "2028-02-29"), ("2027-02-10", "2027-02-28")),
        (("2029-02-10", "2029-02-27"), ("2028-02-10", "2028-02-27")),
        (("2028-02-29", "2028-02-29"), ("2027-02-28", "2027-02-28")),
        (("2026-11-01", "2026-11-24"), ("2025-11-01", "2025-11-24")),
    ],
)
def test_the_year_before_has_the_same_days_and_whole_months_stay_whole(
    month: tuple[str, str], before: tuple[str, str]
) -> None:
    first, last = map(date.fromisoformat, month)
    assert year_before((first, last)) == tuple(map(date.fromisoformat, before))


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 1100))
def test_months_follow_each_other_and_fill_the_span(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    months = months_between(first, last)
    assert (months[0][0], months[-1][1]) == (first, last)
    assert all((one.year, one.month) == (other.year, other.month) for one, other in months)
    ends = [end + timedelta(days=1) for _, end in months[:-1]]
    assert ends == [begin for begin, _ in months[1:]]
    assert all(begin.day == 1 for begin in ends)

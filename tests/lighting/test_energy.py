"""Counters that wrap and begin anew, and what a lamp is expected to draw."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lighting.energy import (
    FULL_LIGHT,
    Ramp,
    effective_ramps,
    planned_ramps,
    ramps_wh,
    shared_out,
)
from lighting.inventory import Feed, LampType
from lighting.meters import METER_SPAN_WH
from lighting.power import expected_power
from lighting.programmes import FIVE_STEPS, SwitchPoint, switch_points
from tests.lighting.small_city import LED_60, MULHOUSE, local

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
MOST_WH = 10_000.0
STRAIGHT = LampType("straight", 100.0, 0.0, 0.0, 0.0, 0.0)
"""Power proportional to level."""

drawn = st.lists(st.integers(0, int(MOST_WH)), min_size=1, max_size=40)
positions = st.integers(0, int(METER_SPAN_WH) - 1)


def shown(start: int, drawn_wh: Sequence[int]) -> list[float | None]:
    """What a counter of 32 bits shows that draws so much in each span."""
    stands: list[float | None] = [float(start)]
    for wh in drawn_wh:
        start = (start + wh) % int(METER_SPAN_WH)
        stands.append(float(start))
    return stands


@given(positions, drawn)
def test_whatever_was_drawn_is_counted_across_every_wrap(start: int, drawn_wh: list[int]) -> None:
    found = shared_out(shown(start, drawn_wh), [1.0] * len(drawn_wh), [MOST_WH] * len(drawn_wh))
    assert found == drawn_wh


@given(positions, drawn, st.data())
def test_what_was_not_read_for_a_while_is_shared_out_and_adds_up(
    start: int, drawn_wh: list[int], data: st.DataObject
) -> None:
    stands = shown(start, drawn_wh)
    unread = data.draw(st.sets(st.integers(1, len(drawn_wh))))
    gaps = [None if number in unread - {len(drawn_wh)} else value for number, value in enumerate(stands)]
    weights = data.draw(st.lists(st.floats(0, 1e6), min_size=len(drawn_wh), max_size=len(drawn_wh)))
    found = shared_out(gaps, weights, [MOST_WH] * len(drawn_wh))
    assert None not in found
    assert sum(wh or 0.0 for wh in found) == pytest.approx(sum(drawn_wh))
    assert all(wh is not None and wh >= 0 for wh in found)


def test_energy_between_two_readings_is_shared_out_by_what_is_expected() -> None:
    assert shared_out([0.0, None, 90.0], [2.0, 1.0], [MOST_WH] * 2) == [60.0, 30.0]
    assert shared_out([0.0, None, 90.0], [0.0, 0.0], [MOST_WH] * 2) == [45.0, 45.0]


def test_what_was_never_read_stays_unknown_and_never_zero() -> None:
    assert shared_out([None, 5.0, 7.0, None], [1.0] * 3, [MOST_WH] * 3) == [None, 2.0, None]
    assert shared_out([None, 5.0, None], [1.0] * 2, [MOST_WH] * 2) == [None, None]
    assert shared_out([8_000_000.0, 5.0, 7.0], [1.0] * 2, [MOST_WH] * 2) == [None, 2.0]


def wh(points: Sequence[SwitchPoint], lamp_type: LampType, feed: Feed = Feed.PERMANENT) -> float:
    return ramps_wh(lamp_type, feed, planned_ramps(points, NOON, NOON + DAY))


def test_standby_counts_where_the_circuit_is_fed_and_only_there() -> None:
    points = (SwitchPoint(NOON + 4 * HOUR, 100.0), SwitchPoint(NOON + 14 * HOUR, 0.0))
    assert wh(points, LED_60) == pytest.approx(10 * 60.0 + 14 * 0.6)
    assert wh(points, LED_60, Feed.NIGHT) == pytest.approx(600.0)
    assert wh((SwitchPoint(NOON, 0.0),), LED_60) == pytest.approx(24 * 0.6)


def test_a_fade_draws_the_mean_of_what_it_passes() -> None:
    fade = 2 * HOUR
    points = (SwitchPoint(NOON, 100.0), SwitchPoint(NOON + HOUR, 0.0, fade))
    assert wh(points, STRAIGHT) == pytest.approx(100.0 + 100.0)
    # Below its lowest level the driver holds that one, and none of the fade is standby.
    assert wh(points, LED_60, Feed.NIGHT) == pytest.approx(60 + 2 * (0.9 * (60 + 7) / 2 + 0.1 * 7))


def test_a_fade_that_is_overtaken_goes_on_from_where_it_was() -> None:
    points = (
        SwitchPoint(NOON, 0.0),
        SwitchPoint(NOON + HOUR, 100.0, 2 * HOUR),
        SwitchPoint(NOON + 2 * HOUR, 50.0),
        SwitchPoint(NOON + 3 * HOUR, 0.0),
    )
    ramps = list(planned_ramps(points, NOON, NOON + 4 * HOUR))
    assert ramps == [Ramp(1, 0, 0), Ramp(1, 0, 50), Ramp(1, 50, 50), Ramp(1, 0, 0)]


moments = st.integers(0, 24 * 60)
levels = st.just(0.0) | st.floats(0.01, 100)
points_of_a_night = st.dictionaries(
    moments, st.tuples(levels, st.integers(0, 300)), min_size=1, max_size=6
).map(
    lambda found: tuple(
        SwitchPoint(NOON + timedelta(minutes=minute), level, timedelta(minutes=fade))
        for minute, (level, fade) in sorted(found.items())
    )
)


@given(points_of_a_night, moments, st.floats(0, 60), st.floats(0, 100))
def test_the_parts_of_a_night_add_up_to_the_whole_and_power_stays_in_range(
    points: tuple[SwitchPoint, ...], cut: int, least_w: float, lowest: float
) -> None:
    lamp = LampType("any", 60.0, least_w, lowest, min(least_w, 0.6), 0.0)
    between = NOON + timedelta(minutes=cut)
    for feed in Feed:
        whole = wh(points, lamp, feed)
        parts = [
            ramps_wh(lamp, feed, planned_ramps(points, *span))
            for span in ((NOON, between), (between, NOON + DAY))
        ]
        assert sum(parts) == pytest.approx(whole)
        assert 0 <= whole <= 24 * 60.0 + 1e-6
    hours = sum(ramp.hours for ramp in planned_ramps(points, NOON, NOON + DAY))
    assert hours == pytest.approx(24)


@given(points_of_a_night)
def test_a_fade_is_the_limit_of_many_small_steps(points: tuple[SwitchPoint, ...]) -> None:
    steps = 1_000
    ramps = list(planned_ramps(points, NOON, NOON + DAY))
    fine = sum(
        ramp.hours
        / steps
        * expected_power(LED_60, ramp.begins + (ramp.ends - ramp.begins) * (n + 0.5) / steps)
        for ramp in ramps
        for n in (range(steps) if ramp.begins != ramp.ends else range(0))
    )
    fine += sum(
        ramp.hours * expected_power(LED_60, ramp.begins) for ramp in ramps if ramp.begins == ramp.ends
    )
    assert wh(points, LED_60) == pytest.approx(fine, abs=1.0)


def test_where_a_lamp_said_its_level_that_counts_and_elsewhere_the_plan() -> None:
    points = (SwitchPoint(NOON, 100.0),)
    samples = [(NOON + HOUR, 50.0), (NOON + HOUR + timedelta(minutes=10), 20.0)]
    ramps = list(effective_ramps(samples, points, NOON, NOON + 2 * HOUR))
    assert [(round(60 * ramp.hours), ramp.begins) for ramp in ramps] == [
        (60, 100),
        (10, 50),
        (15, 20),
        (35, 100),
    ]
    assert list(effective_ramps([], points, NOON, NOON + HOUR)) == [Ramp(1, 100, 100)]


@pytest.mark.parametrize(("year", "nights", "hours"), [(2026, 365, 4290), (2028, 366, 4303)])
def test_the_five_steps_save_what_mulhouse_published_where_power_follows_the_level(
    year: int, nights: int, hours: float
) -> None:
    def year_wh(lamp_type: LampType, *, full: bool) -> float:
        total = 0.0
        for number in range(nights):
            night = date(year, 1, 1) + timedelta(days=number)
            points = switch_points(FULL_LIGHT if full else FIVE_STEPS, night, MULHOUSE)
            start = local(f"{night}T12:00")
            total += ramps_wh(lamp_type, Feed.NIGHT, planned_ramps(points, start, start + 25 * HOUR))
        return total

    full = year_wh(STRAIGHT, full=True)
    assert full / 100 == pytest.approx(hours, abs=6)
    assert 1 - year_wh(STRAIGHT, full=False) / full == pytest.approx(0.43, abs=0.005)
    thirsty = replace(LED_60, power_at_min_w=20.0)
    assert 1 - year_wh(thirsty, full=False) / year_wh(thirsty, full=True) < 0.42

"""What the programme asks of the city, and the rows of the timeline."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from city.messages import TimelineRow
from headend.plan import Plan
from headend.timeline import STEP, Timeline, next_row_at
from lighting.light_plan import FIVE_STEPS_PLAN
from tests.headend.recording import EVENING
from tests.headend.small_city import small_inventory
from tests.lighting.small_city import MULHOUSE

PLAN = Plan(FIVE_STEPS_PLAN, MULHOUSE, small_inventory())


def row(at: datetime, level: float = 100.0) -> TimelineRow:
    return TimelineRow(at=at, lit=6, mean_level_pct=level, planned_level_pct=level, power_w=360.0)


def test_dark_night_fed_lamps_draw_nothing_and_permanent_ones_their_standby() -> None:
    assert PLAN.power_w({"cinq-paliers": 0.0}) == 3 * 0.6
    assert PLAN.power_w({"cinq-paliers": 100.0}) == 6 * 60.0


def test_the_curve_runs_from_noon_to_noon_with_what_was_measured_so_far() -> None:
    rows = [row(EVENING - timedelta(minutes=10)), row(EVENING - timedelta(minutes=5))]
    curve = PLAN.curve(EVENING, rows)
    assert (curve[0].at, len(curve)) == (datetime(2026, 11, 30, 11, 0, tzinfo=UTC), 144)
    by_time = {point.at: point for point in curve}
    assert by_time[EVENING - timedelta(minutes=10)].measured_level_pct == 100.0
    assert by_time[EVENING - timedelta(hours=2)].measured_level_pct is None
    assert by_time[EVENING + timedelta(hours=1)].measured_w is None
    assert {point.planned_level_pct for point in curve} == {0.0, 30.0, 70.0, 100.0}


def test_the_night_the_clocks_change_is_an_hour_longer() -> None:
    assert len(PLAN.curve(datetime(2026, 10, 24, 20, 0, tzinfo=UTC), [])) == 150


def test_any_light_within_a_span_makes_it_night() -> None:
    noon = datetime(2026, 11, 30, 11, 30, tzinfo=UTC)
    assert not PLAN.lights_between(PLAN.calendar_of, noon, noon + timedelta(hours=1))
    assert PLAN.lights_between(PLAN.calendar_of, noon, noon + timedelta(hours=5))
    assert PLAN.lights_between(PLAN.calendar_of, EVENING, EVENING)


def test_sunset_and_sunrise_belong_to_one_night() -> None:
    for at in (EVENING, EVENING + timedelta(hours=10)):
        sunset, sunrise = PLAN.sun(at)
        assert sunset is not None
        assert sunrise is not None
        assert timedelta(hours=14) < sunrise - sunset < timedelta(hours=17)


def test_two_days_are_kept_and_no_more() -> None:
    timeline = Timeline()
    for number in range(700):
        timeline.add(row(EVENING + number * STEP))
    assert len(timeline.rows) == 576
    assert timeline.rows[-1].at == EVENING + 699 * STEP


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_rows_stand_on_whole_five_minutes_strictly_later(now: datetime) -> None:
    at = next_row_at(now)
    assert timedelta(0) < at - now <= STEP
    assert (at.minute % 5, at.second, at.microsecond) == (0, 0, 0)

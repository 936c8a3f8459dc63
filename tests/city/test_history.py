"""The steps of a chart, what a time is compared with, and counters along the steps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from city.history import (
    DAY,
    EPOCH,
    HOUR,
    LADDER,
    MINUTE,
    POINTS_MOST,
    WEEK,
    Compare,
    Counting,
    Grid,
    cut,
    earlier,
    grid_for,
    window_of,
)
from city.telemetry import Aggregate, Sample, Window

PARIS = ZoneInfo("Europe/Paris")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 11, 30, 16, 7, tzinfo=UTC)

instants = st.integers(365, 40_000).map(lambda days: EPOCH + days * DAY + days * 977 * timedelta(seconds=1))
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=1500))


def paris(*wall: int) -> datetime:
    return datetime(*wall, tzinfo=PARIS).astimezone(UTC)  # type: ignore[arg-type,misc]


def walls(window: Window) -> list[str]:
    return [f"{at.astimezone(PARIS):%Y-%m-%d %H:%M}" for at in (window.start, window.end)]


@given(instants, spans, st.integers(2, POINTS_MOST))
def test_there_are_never_more_points_than_columns_and_all_of_the_time_is_in_them(
    start: datetime, span: timedelta, points: int
) -> None:
    window = Window(start, start + span)
    grid = grid_for(window, points, PARIS)
    assert 1 <= len(grid.starts) <= points
    assert grid.starts[0] <= window.start < window.end <= grid.end
    assert grid.step in LADDER or not grid.step % WEEK
    finer = [step for step in LADDER if step < grid.step and span / step <= points - 2]
    assert not finer, "it is the finest that fits"


@given(instants, spans, st.integers(1, 300))
def test_of_the_last_so_many_hours_the_step_that_has_only_begun_is_left(
    start: datetime, span: timedelta, points: int
) -> None:
    window = Window(start, start + span)
    grid = grid_for(window, points, PARIS, is_floating=True)
    assert 1 <= len(grid.starts) <= points
    assert grid.starts[0] - window.start < grid.step + HOUR
    assert grid.end >= window.end
    if grid.step < DAY:
        assert grid.step == next(step for step in LADDER if span / step <= points)


@given(instants, spans, st.integers(2, 300))
def test_whoever_knows_the_ends_and_the_step_has_the_same_columns(
    start: datetime, span: timedelta, points: int
) -> None:
    grid = grid_for(Window(start, start + span), points, PARIS)
    assert cut(grid.window, grid.step, PARIS) == grid


@pytest.mark.parametrize(
    ("hours", "points", "step"),
    [
        (24, 120, 15 * MINUTE),
        (24, 2000, MINUTE),
        (1, 120, 30 * timedelta(seconds=1)),
        (24 * 31, 120, 12 * HOUR),
        (24 * 365, 120, WEEK),
    ],
)
def test_steps_are_those_that_people_count_in(hours: float, points: int, step: timedelta) -> None:
    assert grid_for(Window(NOW - hours * HOUR, NOW), points, PARIS).step == step


def test_days_follow_local_midnights_and_are_as_long_as_they_are() -> None:
    october = cut(Window(paris(2026, 10, 24), paris(2026, 10, 27)), DAY, PARIS)
    lengths = [october.borders(column).end - october.borders(column).start for column in range(3)]
    assert lengths == [24 * HOUR, 25 * HOUR, 24 * HOUR]
    march = cut(Window(paris(2027, 3, 28), paris(2027, 3, 29)), DAY, PARIS)
    assert (len(march.starts), march.end - march.starts[0]) == (1, 23 * HOUR)
    leap = cut(Window(paris(2028, 2, 28), paris(2028, 3, 1)), DAY, PARIS)
    assert len(leap.starts) == 2


def test_weeks_begin_on_mondays() -> None:
    year_end = cut(Window(paris(2026, 12, 30), paris(2027, 1, 6)), WEEK, PARIS)
    assert [f"{start.astimezone(PARIS):%a %d %H}" for start in year_end.starts] == ["Mon 28 00", "Mon 04 00"]


def test_a_gap_stays_a_gap() -> None:
    grid = cut(Window(NOW - HOUR, NOW), 10 * MINUTE, PARIS)
    assert len(grid.starts) == 7
    samples = [Sample(grid.starts[1], 5.0), Sample(grid.starts[4], 0.0), Sample(grid.end, 9.0)]
    assert grid.lay_out(samples) == [None, 5.0, None, None, 0.0, None, None]


def test_days_are_put_together_from_hours_or_quarters_where_a_zone_asks_for_them() -> None:
    days = cut(Window(paris(2026, 10, 25), paris(2026, 10, 27)), DAY, PARIS)
    assert days.finer == HOUR
    hours = [Sample(days.starts[0] + number * HOUR, float(number)) for number in range(30)]
    assert days.fold(hours, Aggregate.MEAN) == [Sample(days.starts[0], 12.0), Sample(days.starts[1], 27.0)]
    assert [sample.value for sample in days.fold(hours, Aggregate.LAST)] == [24.0, 29.0]
    assert cut(Window(NOW - 2 * DAY, NOW), DAY, KATHMANDU).finer == 15 * MINUTE
    assert cut(Window(NOW - DAY, NOW), HOUR, PARIS).finer is None


@pytest.mark.parametrize(
    ("start", "end", "compare", "expected"),
    [
        ((2028, 2, 29), (2028, 3, 1), Compare.YEAR, ["2027-02-28 00:00", "2027-03-01 00:00"]),
        ((2028, 2, 28), (2028, 2, 29), Compare.YEAR, ["2027-02-28 00:00", "2027-03-01 00:00"]),
        ((2028, 2, 1), (2028, 3, 1), Compare.YEAR, ["2027-02-01 00:00", "2027-03-01 00:00"]),
        ((2028, 2, 28, 12), (2028, 2, 29, 12), Compare.YEAR, ["2027-02-28 12:00", "2027-03-01 12:00"]),
        ((2026, 10, 25), (2026, 10, 26), Compare.YEAR, ["2025-10-25 00:00", "2025-10-26 00:00"]),
        ((2026, 12, 31), (2027, 1, 1), Compare.YEAR, ["2025-12-31 00:00", "2026-01-01 00:00"]),
        ((2026, 11, 30, 18), (2026, 12, 1, 6), Compare.WEEKDAY, ["2025-12-01 18:00", "2025-12-02 06:00"]),
        ((2026, 10, 26), (2026, 10, 27), Compare.WEEK, ["2026-10-19 00:00", "2026-10-20 00:00"]),
        ((2026, 10, 26), (2026, 10, 27), Compare.DAY, ["2026-10-25 00:00", "2026-10-26 00:00"]),
    ],
)
def test_a_time_is_compared_by_the_clocks_on_the_wall(
    start: Sequence[int], end: Sequence[int], compare: Compare, expected: list[str]
) -> None:
    assert walls(earlier(Window(paris(*start), paris(*end)), compare, PARIS)) == expected


@given(instants, spans, st.sampled_from(Compare))
def test_whatever_is_compared_there_is_an_earlier_time(
    start: datetime, span: timedelta, compare: Compare
) -> None:
    before = earlier(Window(start, start + span), compare, PARIS)
    assert before.start < before.end
    assert before.start < start


def test_the_last_day_is_shown_where_nothing_is_said() -> None:
    assert window_of(None, None, None, NOW, PARIS) == Window(
        NOW - DAY + timedelta.resolution, NOW + timedelta.resolution
    )
    assert walls(window_of("2026-11-24", "2026-11-24", None, NOW, PARIS)) == [
        "2026-11-24 00:00",
        "2026-11-25 00:00",
    ]
    assert walls(window_of("2026-10-25T02:30", None, 2, NOW, PARIS)) == [
        "2026-10-25 02:30",
        "2026-10-25 03:30",
    ]
    assert window_of(None, "2026-11-24T18:00+00:00", 3, NOW, PARIS).end == datetime(
        2026, 11, 24, 18, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("begin", "end", "hours", "why"),
    [
        ("yesterday", None, None, "from: got 'yesterday', expected for instance 2026-11-24"),
        ("2026-11-24", "2026-11-23", None, "expected an end after its start"),
        ("2026-11-24", "2026-11-25", 3, "say two of them at most"),
        ("0001-01-01", None, None, "from: got '0001-01-01'"),
        (None, "9999-12-31", None, "to: got '9999-12-31'"),
        (None, "2026-02-30", None, "to: got '2026-02-30'"),
        ("2150-01-01", None, None, "expected an end after its start"),
    ],
)
def test_what_is_no_time_is_told_in_one_line(
    begin: str | None, end: str | None, hours: float | None, why: str
) -> None:
    with pytest.raises(BadInput) as told:
        window_of(begin, end, hours, NOW, PARIS)
    assert why in str(told.value)
    assert "\n" not in str(told.value)


def follow(counting: Counting, grid: Grid, stands: dict[int, float]) -> list[float | None]:
    return [counting.shows(column, grid.borders(column), value) for column, value in stands.items()]


TEN = cut(Window(EPOCH + 1000 * DAY, EPOCH + 1000 * DAY + 10 * HOUR), HOUR, PARIS)


def test_what_was_counted_while_nobody_looked_is_in_the_total_and_in_no_step() -> None:
    counting = Counting(1.0)
    assert follow(counting, TEN, {-1: 10.0, 0: 20.0, 1: 35.0, 5: 100.0, 6: 101.0}) == [None, 10, 15, None, 1]
    assert (counting.total, counting.over_gaps, counting.began_anew) == (91, 65, 0)


def test_a_counter_that_begins_anew_makes_nothing_up() -> None:
    counting = Counting(1.0)
    assert follow(counting, TEN, {0: 500.0, 1: 3.0, 2: 5.0, 3: 90_000.0, 4: 90_001.0}) == [
        None,
        None,
        2,
        None,
        1,
    ]
    assert (counting.total, counting.began_anew) == (3, 2)


def test_of_one_look_nothing_is_known() -> None:
    counting = Counting(1.0)
    assert follow(counting, TEN, {4: 5.0}) == [None]
    assert counting.total is None


@given(
    st.lists(st.integers(0, 3600), min_size=1, max_size=9), st.sets(st.integers(1, 8)), st.integers(0, 99_999)
)
def test_across_wraps_and_gaps_all_is_counted(drawn: list[int], unread: set[int], start: int) -> None:
    counting, stand, stands = Counting(1.0, 100_000.0), start, {-1: float(start)}
    for column, wh in enumerate(drawn):
        stand = (stand + wh) % 100_000
        if column not in unread - {len(drawn) - 1}:
            stands[column] = float(stand)
    found = follow(counting, TEN, stands)
    assert counting.total == sum(drawn)
    assert sum(each or 0.0 for each in found) + counting.over_gaps == sum(drawn)
    assert all(each == drawn[column] for column, each in zip(stands, found, strict=True) if each is not None)

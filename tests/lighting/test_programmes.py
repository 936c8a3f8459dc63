import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from city.nights import NOON, night_bounds, night_of
from city.places import Position, Site
from lighting.moments import Edge, SunEvent
from lighting.programmes import FIVE_STEPS, Programme, Step, level_at, switch_points
from lighting.sun import sun_on
from tests.lighting.small_city import MULHOUSE, PARIS, REYKJAVIK, SOUTH_POLE, TROMSO, local

ALWAYS_FULL = Programme("plein", "Plein", Edge("sunset"), Edge("sunrise"), 100.0)

SITES = [MULHOUSE, TROMSO, SOUTH_POLE, REYKJAVIK]


def told(programme: Programme, night: date, site: Site = MULHOUSE) -> list[tuple[str, float]]:
    """Switch points by the site's wall clock."""
    points = switch_points(programme, night, site)
    return [(f"{point.at.astimezone(site.zone):%d %H:%M}", point.level) for point in points]


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    times = draw(st.lists(st.times(), max_size=10, unique=True))
    minutes = [at.replace(second=0, microsecond=0) for at in times]
    in_order = sorted(set(minutes), key=lambda at: (at < NOON, at))
    levels = st.floats(0, 100)
    offsets = st.integers(-180, 180).map(lambda number: timedelta(minutes=number))
    events: st.SearchStrategy[SunEvent] = st.sampled_from(["sunset", "sunrise"])
    return Programme(
        "tire-au-sort",
        "Tiré au sort",
        Edge(draw(events), draw(offsets)),
        Edge(draw(events), draw(offsets)),
        draw(levels),
        tuple(Step(at, draw(levels)) for at in in_order),
    )


nights = st.dates(date(2020, 1, 1), date(2049, 12, 31))


def test_five_steps_in_november_are_followed_from_sunset_to_sunrise() -> None:
    assert told(FIVE_STEPS, date(2026, 11, 30)) == [
        ("30 16:41", 100.0),
        ("30 20:00", 70.0),
        ("01 00:00", 30.0),
        ("01 05:00", 70.0),
        ("01 07:00", 100.0),
        ("01 07:58", 0.0),
    ]


def test_in_june_a_step_before_sunset_does_not_light_up_but_decides_the_first_level() -> None:
    assert told(FIVE_STEPS, date(2026, 6, 21)) == [
        ("21 21:32", 70.0),
        ("22 00:00", 30.0),
        ("22 05:00", 70.0),
        ("22 05:32", 0.0),
    ]
    assert level_at(FIVE_STEPS, local("2026-06-21T20:30"), MULHOUSE) == 0.0


@pytest.mark.parametrize(
    ("night", "hours", "seconds_away"),
    [
        # Zenith 90.833 exactly, as the table and the controllers have it.
        (date(2026, 10, 24), "13:37:57", 3),
        (date(2027, 3, 27), "11:25:10", 3),
        # The library's own convention, some 15 s later in the evening and earlier in the morning.
        (date(2026, 10, 24), "13:38:30", 40),
        (date(2027, 3, 27), "11:25:41", 40),
    ],
)
def test_nights_on_which_the_clock_changes_last_as_long_as_the_sun_says(
    night: date, hours: str, seconds_away: int
) -> None:
    points = switch_points(FIVE_STEPS, night, MULHOUSE)
    parts = [int(part) for part in hours.split(":")]
    expected = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
    assert abs((points[-1].at - points[0].at) - expected) <= timedelta(seconds=seconds_away)


def test_steps_keep_the_wall_clock_through_both_changes_of_the_clock() -> None:
    expected = [("20:00", 70.0), ("00:00", 30.0), ("05:00", 70.0), ("07:00", 100.0)]
    for night in (date(2026, 10, 24), date(2027, 3, 27)):
        steps = told(FIVE_STEPS, night)[1:-1]
        assert [(at[3:], level) for at, level in steps] == expected
    autumn = switch_points(FIVE_STEPS, date(2026, 10, 24), MULHOUSE)
    spring = switch_points(FIVE_STEPS, date(2027, 3, 27), MULHOUSE)
    assert autumn[3].at - autumn[2].at == timedelta(hours=6)
    assert spring[3].at - spring[2].at == timedelta(hours=4)


def test_a_step_that_comes_twice_is_taken_the_first_time_and_one_that_is_skipped_right_after_the_gap() -> (
    None
):
    programme = Programme(
        "creux", "Creux", Edge("sunset"), Edge("sunrise"), 100.0, (Step(time(2, 30), 50.0),)
    )
    autumn = switch_points(programme, date(2026, 10, 24), MULHOUSE)
    spring = switch_points(programme, date(2027, 3, 27), MULHOUSE)
    assert autumn[1].at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert spring[1].at == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_two_steps_in_the_skipped_hour_leave_one_point_with_the_later_level() -> None:
    steps = (Step(time(2, 10), 50.0), Step(time(2, 40), 20.0))
    programme = Programme("creux", "Creux", Edge("sunset"), Edge("sunrise"), 100.0, steps)
    assert told(programme, date(2027, 3, 27))[1:-1] == [("28 03:00", 20.0)]


@pytest.mark.parametrize("night", [date(2028, 2, 28), date(2028, 2, 29), date(2026, 12, 31)])
def test_leap_days_and_the_end_of_the_year_are_nights_like_any_other(night: date) -> None:
    assert [level for _, level in told(FIVE_STEPS, night)] == [100.0, 70.0, 30.0, 70.0, 100.0, 0.0]
    midnight = datetime.combine(night + timedelta(days=1), time(), PARIS)
    assert level_at(FIVE_STEPS, midnight - timedelta(seconds=1), MULHOUSE) == 70.0
    assert level_at(FIVE_STEPS, midnight, MULHOUSE) == 30.0


def test_saturday_at_two_in_the_morning_belongs_to_friday_night() -> None:
    assert night_of(local("2026-11-28T02:00"), PARIS) == date(2026, 11, 27)
    assert level_at(FIVE_STEPS, local("2026-11-28T02:00"), MULHOUSE) == 30.0


def test_where_the_sun_never_sets_nothing_is_lit() -> None:
    (point,) = switch_points(FIVE_STEPS, date(2026, 6, 21), TROMSO)
    assert point.level == 0.0


def test_where_the_sun_never_rises_the_lamps_stay_lit_around_the_clock() -> None:
    for hour in range(0, 72, 3):
        instant = datetime(2026, 12, 20, tzinfo=UTC) + timedelta(hours=hour)
        assert level_at(FIVE_STEPS, instant, TROMSO) > 0
    assert told(FIVE_STEPS, date(2026, 12, 21), TROMSO)[-1] == ("22 07:00", 100.0)


def test_a_sun_that_shows_for_minutes_at_noon_does_not_leave_the_rest_of_the_night_dark() -> None:
    night = date(2026, 11, 26)
    dark = [
        minute
        for minute in range(24 * 60)
        if level_at(FIVE_STEPS, night_bounds(night, TROMSO.zone)[0] + timedelta(minutes=minute), TROMSO) == 0
    ]
    assert 0 < len(dark) < 60


def test_a_sunset_after_midnight_still_belongs_to_the_evening_before() -> None:
    assert told(FIVE_STEPS, date(2026, 6, 21), REYKJAVIK) == [("22 00:04", 30.0), ("22 02:55", 0.0)]


def test_offsets_move_both_ends_of_the_light() -> None:
    on, off = Edge("sunset", timedelta(minutes=15)), Edge("sunrise", timedelta(minutes=-15))
    points = switch_points(Programme("c", "C", on, off, 100.0), date(2026, 11, 22), MULHOUSE)
    assert points[0].at - timedelta(minutes=15) == sun_on(date(2026, 11, 22), MULHOUSE).sunset
    assert points[-1].at + timedelta(minutes=15) == sun_on(date(2026, 11, 23), MULHOUSE).sunrise


def test_light_may_be_asked_for_in_the_evening_or_in_the_morning_only() -> None:
    evening = Programme("soir", "Soir", Edge("sunset"), Edge("sunset", timedelta(hours=3)), 100.0)
    morning = Programme("matin", "Matin", Edge("sunrise", timedelta(hours=-1)), Edge("sunrise"), 100.0)
    assert told(evening, date(2026, 11, 22)) == [("22 16:46", 100.0), ("22 19:46", 0.0)]
    assert told(morning, date(2026, 11, 22)) == [("23 06:47", 100.0), ("23 07:47", 0.0)]


def test_edges_that_cross_each_other_leave_a_dark_night_and_no_error() -> None:
    programme = Programme("jour", "Jour", Edge("sunrise"), Edge("sunset"), 100.0)
    (point,) = switch_points(programme, date(2026, 11, 22), MULHOUSE)
    assert point.level == 0.0


def test_every_night_of_ten_years_is_lit_and_the_longest_dark_time_is_a_summer_day() -> None:
    longest = timedelta()
    before = None
    for number in range(3653):
        points = switch_points(ALWAYS_FULL, date(2026, 1, 1) + timedelta(days=number), MULHOUSE)
        assert [point.level for point in points] == [100.0, 0.0]
        if before is not None:
            longest = max(longest, points[0].at - before)
        before = points[-1].at
    assert timedelta(hours=15, minutes=50) < longest < timedelta(hours=16, minutes=10)


@given(programme=programmes(), night=nights, site=st.sampled_from(SITES))
def test_switch_points_ascend_strictly_inside_their_night(
    programme: Programme, night: date, site: Site
) -> None:
    points = switch_points(programme, night, site)
    start, end = night_bounds(night, site.zone)
    assert points
    assert all(start <= point.at < end for point in points)
    assert all(earlier.at < later.at for earlier, later in itertools.pairwise(points))


@given(
    programme=programmes(),
    night=nights,
    site=st.sampled_from(SITES),
    share=st.floats(0, 1, exclude_max=True),
)
def test_the_level_at_an_instant_is_that_of_the_last_switch_point(
    programme: Programme, night: date, site: Site, share: float
) -> None:
    start, end = night_bounds(night, site.zone)
    instant = min(start + (end - start) * share, end - timedelta.resolution)
    passed = [point for point in switch_points(programme, night, site) if point.at <= instant]
    assert level_at(programme, instant, site) == (passed[-1].level if passed else 0.0)


@given(programme=programmes(), night=nights)
def test_in_mulhouse_every_night_ends_dark(programme: Programme, night: date) -> None:
    assert switch_points(programme, night, MULHOUSE)[-1].level == 0.0


@given(
    night=nights,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    zone=st.sampled_from(["Europe/Paris", "UTC", "Pacific/Auckland"]),
)
@example(night=date(2020, 9, 21), latitude=89.0, longitude=0.0, zone="Europe/Paris")
def test_anywhere_on_earth_the_lamps_are_lit_when_the_sun_is_down_and_dark_when_it_is_up(
    night: date, latitude: float, longitude: float, zone: str
) -> None:
    site = Site("anywhere", Position(latitude, longitude), ZoneInfo(zone))
    start, end = night_bounds(night, site.zone)
    points = switch_points(ALWAYS_FULL, night, site)
    bounds = [start, *(point.at for point in points), end]
    for earlier, later in itertools.pairwise(bounds):
        middle = earlier + (later - earlier) / 2
        day = sun_on(middle.astimezone(site.zone).date(), site)
        if day.always is not None:
            assert (level_at(ALWAYS_FULL, middle, site) > 0) == (day.always == "down")

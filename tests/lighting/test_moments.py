from datetime import date, time, timedelta

import pytest

from city.nights import night_bounds
from city.places import Site
from lighting.moments import Bounded, Edge, night_sun
from lighting.programmes import Programme, Step, switch_points
from tests.lighting.small_city import MULHOUSE, REYKJAVIK, TROMSO
from tests.lighting.test_programmes import told

HOUR = timedelta(hours=1)
WINTER, SUMMER = date(2026, 12, 21), date(2026, 6, 21)


def test_dusk_and_dawn_are_civil() -> None:
    programme = Programme("c", "C", Edge("dusk"), Edge("dawn"), 100.0)
    assert told(programme, date(2026, 11, 22)) == [("22 17:21", 100.0), ("23 07:13", 0.0)]


def test_where_it_does_not_get_dark_enough_a_civil_programme_stays_dark_though_the_sun_sets() -> None:
    civil = Programme("c", "C", Edge("dusk"), Edge("dawn"), 100.0)
    horizon = Programme("h", "H", Edge("sunset"), Edge("sunrise"), 100.0)
    assert [level for _, level in told(civil, SUMMER, REYKJAVIK)] == [0.0]
    assert [level for _, level in told(horizon, SUMMER, REYKJAVIK)] == [100.0, 0.0]


def test_in_a_polar_night_the_twilight_of_noon_parts_one_civil_darkness_from_the_next() -> None:
    programme = Programme("c", "C", Edge("dusk"), Edge("dawn"), 100.0)
    (on, _), (off, _) = told(programme, WINTER, TROMSO)
    assert on.startswith("21 13")
    assert off.startswith("22 09")


def test_limits_hold_a_time_of_the_clock_back_and_forward() -> None:
    morning = Bounded(time(7), not_after=Edge("sunrise"))
    evening = Bounded(time(18), not_before=Edge("sunset"))
    programme = Programme("m", "M", evening, morning, 100.0)
    assert told(programme, SUMMER) == [("21 21:32", 100.0), ("22 05:32", 0.0)]
    assert told(programme, WINTER) == [("21 18:00", 100.0), ("22 07:00", 0.0)]


def test_fixed_morning_light_does_not_burn_all_day_when_it_ends_with_a_sun_that_is_up_already() -> None:
    programme = Programme("m", "M", time(6), Bounded(Edge("sunrise"), not_before=time(6)), 100.0)
    assert told(programme, WINTER) == [("22 06:00", 100.0), ("22 08:17", 0.0)]
    assert [level for _, level in told(programme, SUMMER)] == [0.0]


def test_a_step_by_the_sun_is_followed_even_where_the_clock_alone_lights_up_and_darkens() -> None:
    programme = Programme("h", "H", time(15), time(9), 50.0, (Step(Edge("dusk", HOUR), 100.0),))
    assert told(programme, WINTER) == [("21 15:00", 50.0), ("21 18:17", 100.0), ("22 09:00", 0.0)]


@pytest.mark.parametrize(
    ("site", "night", "state", "down_h"),
    [
        (MULHOUSE, WINTER, "sets", 15.6),
        (TROMSO, WINTER, "always_down", 24.0),
        (TROMSO, SUMMER, "always_up", 0.0),
        (REYKJAVIK, SUMMER, "sets", 2.85),
    ],
)
def test_the_sun_of_a_night_has_one_of_three_answers(
    site: Site, night: date, state: str, down_h: float
) -> None:
    sun = night_sun(night, site)
    assert sun.state == state
    assert sun.down_for / HOUR == pytest.approx(down_h, abs=0.05)
    assert (sun.sunset is None) == (state != "sets")


def test_the_last_sun_before_a_polar_night_shows_for_minutes_and_then_there_is_none() -> None:
    last = date(2026, 11, 26)
    sun, after = night_sun(last, TROMSO), night_sun(last + timedelta(days=1), TROMSO)
    (_, rises), (sets, until) = sun.down
    assert sun.state == "sets"
    assert timedelta() < sets - rises < HOUR
    assert until == night_bounds(last, TROMSO.zone)[1]
    assert (after.state, after.sunset, after.sunrise) == ("always_down", None, None)


def test_light_that_would_be_over_too_soon_is_left_out() -> None:
    cut = (Step(time(23, 30), 0.0), Step(time(5, 30), 100.0))
    flash = Programme("c", "C", Edge("sunset"), Edge("sunrise"), 100.0, cut)
    without = Programme("c", "C", Edge("sunset"), Edge("sunrise"), 100.0, cut, shortest=timedelta(minutes=20))
    assert len(switch_points(flash, SUMMER, MULHOUSE)) == 4
    assert told(without, SUMMER) == [("21 21:32", 100.0), ("21 23:30", 0.0)]

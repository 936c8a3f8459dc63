from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.nights import night_bounds
from lighting.moments import Edge
from lighting.photocell import OLDEST, SkyReading, sensed, sensed_points
from lighting.programmes import Programme, switch_points
from tests.lighting.small_city import MULHOUSE, TROMSO, local

NIGHT = date(2026, 11, 22)
MINUTE = timedelta(minutes=1)
WINDOW = 30 * MINUTE
BY_SKY = Programme("ciel", "Ciel", Edge("sunset"), Edge("sunrise"), 100.0, photocell=WINDOW)
SUNSET = local("2026-11-22T16:46:50")


def says(minutes: float, *, dark: bool) -> SkyReading:
    """A reading so many minutes after the astronomical instant."""
    return SkyReading(SUNSET + minutes * MINUTE, dark)


@pytest.mark.parametrize(
    ("readings", "minutes"),
    [
        ([says(-45, dark=True)], -30),
        ([says(-40, dark=False), says(-12, dark=True), says(5, dark=True)], -12),
        ([says(-40, dark=False), says(9, dark=True)], 9),
        ([says(-40, dark=False), says(20, dark=False)], 30),
        ([says(-40, dark=False)], 30),
        ([], 0),
        ([says(-121, dark=False)], 0),
        ([says(-151, dark=True)], 0),
        ([says(-125, dark=False), says(10, dark=True)], 0),
    ],
    ids=[
        "dark before the window: as it begins",
        "dark inside it: at once",
        "dark late inside it: at once",
        "never dark: as it ends",
        "not dark, then nothing for less than two hours: as it ends",
        "nothing ever said: by the clock",
        "nothing said for two hours: by the clock",
        "what it said long ago counts for nothing",
        "found deaf at the clock's instant: what comes later is too late",
    ],
)
def test_a_photocell_moves_the_switching_within_its_window(
    readings: list[SkyReading], minutes: float
) -> None:
    assert sensed(SUNSET, WINDOW, readings, dark=True) == SUNSET + minutes * MINUTE


def test_a_storm_lights_up_early_and_a_dark_morning_stays_lit() -> None:
    astronomical = switch_points(BY_SKY, NIGHT, MULHOUSE)
    dawn = astronomical[-1].at
    stormy = [
        SkyReading(astronomical[0].at - 20 * MINUTE, dark=True),
        SkyReading(dawn - 40 * MINUTE, dark=True),
    ]
    on, off = sensed_points(BY_SKY, NIGHT, MULHOUSE, stormy)
    assert on.at == astronomical[0].at - 20 * MINUTE
    assert off.at == dawn + WINDOW


def test_a_deaf_photocell_leaves_the_night_to_the_clock() -> None:
    old = [SkyReading(SUNSET - OLDEST - WINDOW - MINUTE, dark=True)]
    assert sensed_points(BY_SKY, NIGHT, MULHOUSE, old) == switch_points(BY_SKY, NIGHT, MULHOUSE)


def test_in_a_polar_night_there_is_nothing_to_sense() -> None:
    night = date(2026, 12, 21)
    bright = [
        SkyReading(night_bounds(night, TROMSO.zone)[0] + hour * 60 * MINUTE, dark=False) for hour in range(24)
    ]
    assert sensed_points(BY_SKY, night, TROMSO, bright) == switch_points(BY_SKY, night, TROMSO)


@given(
    night=st.dates(date(2026, 1, 1), date(2066, 12, 31)),
    window=st.integers(0, 120),
    told=st.lists(st.tuples(st.integers(0, 1500), st.booleans()), max_size=30),
)
def test_whatever_a_photocell_says_the_light_stays_within_its_window_of_the_clock(
    night: date, window: int, told: list[tuple[int, bool]]
) -> None:
    start, end = night_bounds(night, MULHOUSE.zone)
    readings = [SkyReading(start + minute * MINUTE, dark) for minute, dark in sorted(told)]
    programme = Programme("c", "C", Edge("sunset"), Edge("sunrise"), 100.0, photocell=window * MINUTE)
    points = sensed_points(programme, night, MULHOUSE, readings)
    clock = switch_points(programme, night, MULHOUSE)
    assert [point.level for point in points] == [100.0, 0.0]
    assert all(
        abs(sensed.at - by_clock.at) <= window * MINUTE
        for sensed, by_clock in zip(points, clock, strict=True)
    )
    assert all(start <= point.at < end for point in points)
    assert all(earlier.at < later.at for earlier, later in pairwise(points))


def test_zero_window_is_the_clock_whatever_is_said() -> None:
    readings = [SkyReading(SUNSET - 5 * MINUTE, dark=True)]
    programme = Programme("c", "C", Edge("sunset"), Edge("sunrise"), 100.0)
    assert sensed_points(programme, NIGHT, MULHOUSE, readings) == switch_points(programme, NIGHT, MULHOUSE)

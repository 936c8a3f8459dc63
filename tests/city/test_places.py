import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.places import EARTH_RADIUS_M, Position

positions = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))


def test_the_station_is_some_eight_hundred_metres_from_the_centre_of_mulhouse() -> None:
    centre, station = Position(47.7494, 7.3400), Position(47.7423, 7.3429)
    assert centre.distance_m(station) == pytest.approx(819, abs=5)


def test_a_quarter_of_a_meridian_is_a_quarter_of_the_circumference() -> None:
    assert Position(0, 0).distance_m(Position(90, 0)) == pytest.approx(EARTH_RADIUS_M * 3.141592653589793 / 2)


@given(positions, positions)
def test_distances_are_the_same_both_ways_and_never_beyond_the_antipodes(
    one: Position, other: Position
) -> None:
    assert one.distance_m(other) == pytest.approx(other.distance_m(one), abs=1e-3)
    assert 0 <= one.distance_m(other) <= EARTH_RADIUS_M * 3.1415927


@given(positions)
def test_the_antipodes_are_half_a_circumference_away(here: Position) -> None:
    longitude = here.longitude - 180 if here.longitude > 0 else here.longitude + 180
    there = Position(-here.latitude, longitude)
    assert here.distance_m(there) == pytest.approx(EARTH_RADIUS_M * 3.14159265, rel=1e-6)

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lighting.power import dark_below_w, expected_power
from tests.lighting.small_city import LED_60


@pytest.mark.parametrize(
    ("level", "watts"),
    [(0, 0.6), (-5, 0.6), (10, 7.0), (5, 7.0), (55, 33.5), (100, 60.0), (120, 60.0)],
)
def test_power_runs_straight_from_the_lowest_level_to_nominal(level: float, watts: float) -> None:
    assert expected_power(LED_60, level) == pytest.approx(watts)


def test_a_lamp_that_cannot_be_dimmed_draws_all_or_nothing() -> None:
    switched = replace(LED_60, min_level_pct=100.0, power_at_min_w=60.0)
    assert expected_power(switched, 30) == 60.0
    assert expected_power(switched, 0) == 0.6


@given(lower=st.floats(0.1, 100), upper=st.floats(0.1, 100))
def test_more_light_never_takes_less_power(lower: float, upper: float) -> None:
    lower, upper = sorted((lower, upper))
    assert expected_power(LED_60, lower) <= expected_power(LED_60, upper)


@given(standby=st.floats(0, 2), least=st.floats(0.1, 20))
def test_the_limit_between_dark_and_lit_lies_between_standby_and_the_least_lit_power(
    standby: float, least: float
) -> None:
    lamp_type = replace(LED_60, standby_w=standby, power_at_min_w=standby + least)
    assert dark_below_w(lamp_type) <= expected_power(lamp_type, 1)
    assert dark_below_w(lamp_type) >= min(standby, 3.0)

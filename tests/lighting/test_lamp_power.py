import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.incidents import Cause
from lighting.inventory import LampType
from lighting.lamp_power import UNDECIDED, WELL, LampPower, Onset
from lighting.power import expected_power, power_factor

LED_40 = LampType("led-40", 40.0, 6.0, 10.0, 0.5, 30.0)
LED_75 = LampType("led-75", 75.0, 10.0, 10.0, 0.6, 30.0)


def lamp(level: float) -> LampPower:
    power = LampPower(LED_40, [LED_75])
    power.set_level(level)
    return power


@given(st.sampled_from([10.0, 30.0, 70.0, 100.0]), st.floats(0.88, 1.12))
def test_a_lamp_within_the_spread_of_its_type_is_well(level: float, share: float) -> None:
    assert lamp(level).judge(share * expected_power(LED_40, level), None, None, Onset.BURNING) is WELL


@given(
    st.floats(0, 500),
    st.sampled_from([None, 0.5, 0.98]),
    st.sampled_from([None, "lamp", "gear"]),
    st.sampled_from(Onset),
)
def test_whatever_is_measured_there_is_a_verdict(
    watts: float, factor: float | None, fault: str | None, onset: Onset
) -> None:
    verdict = lamp(70).judge(watts, factor, fault, onset)
    assert verdict.rule


@pytest.mark.parametrize(
    ("watts", "fault", "cause", "rule"),
    [
        (0.5, None, Cause.LAMP_DEAD, "lamp_dead_power"),
        (0.1, None, Cause.DRIVER_FAULT, "driver_silent"),
        (0.5, "lamp", Cause.LAMP_DEAD, "lamp_flag"),
        (0.5, "gear", Cause.DRIVER_FAULT, "gear_flag"),
        (12.0, "gear", Cause.DRIVER_FAULT, "gear_flag"),
    ],
)
def test_a_dark_lamp_is_dead_itself_or_its_driver_is(
    watts: float, fault: str | None, cause: Cause, rule: str
) -> None:
    assert lamp(70).judge(watts, None, fault, Onset.BURNING) == (cause, rule)


def test_a_flag_is_not_believed_against_a_lamp_that_plainly_burns() -> None:
    assert lamp(70).judge(expected_power(LED_40, 70), None, "gear", Onset.BURNING) is WELL


def test_full_power_at_a_lower_level_is_a_lamp_that_does_not_dim() -> None:
    assert lamp(30).judge(40.0, 0.98, None, Onset.BURNING).cause is Cause.DIMMING_STUCK


def test_a_lamp_that_is_too_strong_at_full_light_as_well_dims_and_draws_too_much() -> None:
    power = lamp(100)
    assert power.judge(52.0, 0.98, None, Onset.BURNING).cause is Cause.HIGH_POWER
    power.set_level(70)
    assert power.judge(1.3 * expected_power(LED_40, 70), None, None, Onset.BURNING).cause is Cause.HIGH_POWER


def test_the_power_factor_tells_a_strong_lamp_from_one_that_does_not_dim() -> None:
    watts = 1.35 * expected_power(LED_40, 70)
    assert lamp(70).judge(watts, power_factor(LED_40, 70), None, Onset.BURNING).cause is Cause.HIGH_POWER
    assert lamp(70).judge(watts, power_factor(LED_40, 100), None, Onset.BURNING).cause is Cause.DIMMING_STUCK


def test_a_part_of_its_power_is_a_string_that_is_out() -> None:
    assert (
        lamp(70).judge(0.6 * expected_power(LED_40, 70), None, None, Onset.BURNING).cause
        is Cause.LED_STRING_OUT
    )


def test_another_types_power_after_somebody_has_worked_on_it_is_another_type() -> None:
    watts = expected_power(LED_75, 70)
    assert lamp(70).judge(watts, None, None, Onset.INTERRUPTED).cause is Cause.WRONG_LAMP_TYPE
    assert lamp(70).judge(watts, None, None, Onset.BURNING).cause is Cause.HIGH_POWER


def test_after_an_ordinary_dusk_two_levels_tell_another_type_from_a_lost_part() -> None:
    swapped, failed = LampPower(LED_75, [LED_40]), LampPower(LED_75, [LED_40])
    share = expected_power(LED_40, 70) / expected_power(LED_75, 70)
    for level, settled in ((70.0, False), (30.0, True)):
        swapped.set_level(level)
        failed.set_level(level)
        other = swapped.judge(expected_power(LED_40, level), None, None, Onset.POWERED)
        part = failed.judge(share * expected_power(LED_75, level), None, None, Onset.POWERED)
        if not settled:
            assert (other, part) == (UNDECIDED, UNDECIDED)
    assert other.cause is Cause.WRONG_LAMP_TYPE
    assert part.cause is Cause.LED_STRING_OUT

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_devices.city_plan import LAMP_TYPES
from fake_devices.draws import draws
from fake_devices.lamp import Lamp, power_factor

LED = LAMP_TYPES["led-75"]
NOON = 1_796_040_000.0


def unheard() -> None:
    pass


def lamp(on_change: Callable[[], None] = unheard) -> Lamp:
    return Lamp(LED, draws(1, "a lamp"), NOON, on_change)


@pytest.mark.parametrize(("level", "watts"), [(0, 0.6), (5, 10.0), (10, 10.0), (55, 42.5), (100, 75.0)])
def test_power_follows_the_level_on_a_straight_line_from_the_lowest_one(level: float, watts: float) -> None:
    a_lamp = lamp()
    a_lamp.change(NOON, level=level)
    assert a_lamp.power_w(NOON + 60) == pytest.approx(watts, rel=0.031)


def test_a_lamp_lit_up_a_moment_ago_draws_less_than_a_warm_one() -> None:
    a_lamp = lamp()
    a_lamp.change(NOON, level=100)
    assert a_lamp.power_w(NOON) == pytest.approx(0.6 * a_lamp.power_w(NOON + 60))
    a_lamp.change(NOON + 60, level=50)
    assert a_lamp.warm_at < NOON + 60


def test_a_dead_lamp_draws_standby_though_commanded_and_does_not_burn() -> None:
    a_lamp = lamp()
    a_lamp.change(NOON, level=100)
    a_lamp.suffer(NOON, dead=True)
    burnt, starts = a_lamp.burnt_s(NOON), a_lamp.starts
    assert a_lamp.power_w(NOON + 600) == pytest.approx(0.6, rel=0.031)
    assert a_lamp.burnt_s(NOON + 600) == burnt
    a_lamp.suffer(NOON + 600, dead=False)
    assert a_lamp.power_w(NOON + 660) == pytest.approx(75.0, rel=0.031)
    assert a_lamp.starts == starts + 1


def test_a_day_burner_draws_full_power_at_level_zero() -> None:
    a_lamp = lamp()
    a_lamp.suffer(NOON, burns=True)
    assert a_lamp.level == 0
    assert a_lamp.power_w(NOON + 60) == pytest.approx(75.0, rel=0.031)


def test_without_power_nothing_is_drawn_and_nothing_counted() -> None:
    a_lamp = lamp()
    a_lamp.change(NOON, level=100, live=False)
    energy = a_lamp.energy_wh(NOON)
    assert a_lamp.power_w(NOON + 60) == 0
    assert a_lamp.energy_wh(NOON + 3600) == energy


def test_whoever_sums_the_lamp_is_told_of_each_change() -> None:
    told: list[bool] = []
    lamp(lambda: told.append(True)).change(NOON, level=10)
    assert told


@given(st.lists(st.tuples(st.floats(0.5, 40), st.sampled_from([0.0, 30.0, 70.0, 100.0])), max_size=12))
def test_energy_is_the_integral_of_power_whatever_happens(changes: list[tuple[float, float]]) -> None:
    a_lamp, at, step_s = lamp(), NOON, 0.01
    summed = begin = a_lamp.energy_wh(NOON)
    for lasting, level in changes:
        a_lamp.change(at, level=level)
        slices = max(int(lasting / step_s), 1)
        for number in range(slices):
            summed += a_lamp.power_w(at + (number + 0.5) * lasting / slices) * lasting / slices / 3600
        at += lasting
        assert a_lamp.energy_wh(at) >= begin
    assert a_lamp.energy_wh(at) == pytest.approx(summed, abs=1e-4)


@given(st.floats(0, 100))
def test_power_factor_stays_between_that_of_the_lowest_level_and_one(level: float) -> None:
    assert 0.6 <= power_factor(level) <= 0.98

from datetime import date, time, timedelta

import pytest

from lighting.moments import Edge
from lighting.preview import preview
from lighting.programmes import FIVE_STEPS, Programme, Step
from tests.lighting.small_city import MULHOUSE, TROMSO

THREE_STEPS = Programme(
    "trois-paliers",
    "Trois paliers",
    Edge("sunset"),
    Edge("sunrise"),
    100.0,
    (Step(time(23, 30), 50.0), Step(time(5, 30), 100.0)),
)
QUARTER = timedelta(minutes=15)


def with_steps(*steps: Step, level: float = 100.0) -> Programme:
    return Programme("essai", "Essai", Edge("sunset"), Edge("sunrise"), level, steps)


@pytest.mark.parametrize(("year", "nights"), [(2026, 365), (2027, 365), (2028, 366)])
def test_the_savings_of_a_year_are_those_that_mulhouse_published(year: int, nights: int) -> None:
    five = preview(FIVE_STEPS, date(year, 1, 1), nights, MULHOUSE)
    three = preview(THREE_STEPS, date(year, 1, 1), nights, MULHOUSE)
    assert 0.420 <= 1 - five.relative_energy <= 0.435
    assert 0.250 <= 1 - three.relative_energy <= 0.260
    assert not five.warnings


def test_the_hours_of_2026_are_those_of_the_nrel_algorithm() -> None:
    seen = preview(FIVE_STEPS, date(2026, 1, 1), 365, MULHOUSE)
    assert seen.lit_hours == pytest.approx(4290, abs=2)
    late = Programme("tard", "Tard", Edge("sunset", QUARTER), Edge("sunrise", -QUARTER), 100.0)
    assert preview(late, date(2026, 1, 1), 365, MULHOUSE).lit_hours == pytest.approx(4108, abs=4)


def test_a_full_cut_in_the_middle_of_the_night_saves_half_of_the_hours() -> None:
    cut = with_steps(Step(time(23, 30), 0.0), Step(time(5, 30), 100.0))
    lit = preview(cut, date(2026, 1, 1), 365, MULHOUSE).lit_hours
    assert 0.51 <= 1 - lit / 4290 <= 0.53


def test_a_night_tells_its_hours_and_its_energy_against_full_light() -> None:
    (night,) = preview(FIVE_STEPS, date(2026, 10, 24), 1, MULHOUSE).nights
    assert night.night == date(2026, 10, 24)
    assert night.lit_hours == pytest.approx(13 + 37 / 60 + 57 / 3600, abs=0.01)
    # 1:33:47 full, 4 h at 70 %, 6 h (the clock goes back) at 30 %, 2 h at 70 %, 4 min full
    assert night.full_hours == pytest.approx(1.563 + 2.8 + 1.8 + 1.4 + 0.07, abs=0.01)
    assert night.relative_energy == pytest.approx(night.full_hours / night.lit_hours)


def test_nights_on_which_a_step_is_doubled_or_skipped_are_named() -> None:
    programme = with_steps(Step(time(2, 30), 50.0))
    assert preview(programme, date(2026, 10, 24), 2, MULHOUSE).warnings == (
        "2026-10-24: 02:30 comes twice, the first is meant",
    )
    assert preview(programme, date(2027, 3, 27), 2, MULHOUSE).warnings == (
        "2027-03-27: 02:30 does not come, 03:00 is meant",
    )


def test_a_night_without_light_is_named_with_its_reason() -> None:
    never = Programme("jour", "Jour", Edge("sunrise"), Edge("sunset"), 100.0)
    assert preview(never, date(2026, 11, 22), 1, MULHOUSE).warnings == ("2026-11-22: no light",)
    assert preview(FIVE_STEPS, date(2026, 6, 21), 1, TROMSO).warnings == (
        "2026-06-21: no light, the sun does not set",
    )


def test_a_night_that_is_lit_around_the_clock_is_named() -> None:
    assert preview(FIVE_STEPS, date(2026, 12, 21), 1, TROMSO).warnings == ("2026-12-21: lit for 24.0 h",)


def test_steps_that_do_nothing_are_named() -> None:
    programme = with_steps(Step(time(15, 0), 80.0), Step(time(20, 0), 50.0), Step(time(23, 0), 50.0))
    assert preview(programme, date(2026, 1, 1), 365, MULHOUSE).warnings == (
        "step at 23:00: changes nothing, the level is 50 % already",
    )
    noon = with_steps(Step(time(12, 0), 80.0), Step(time(13, 0), 50.0))
    assert preview(noon, date(2026, 1, 1), 365, MULHOUSE).warnings == (
        "step at 12:00: never while the lamps are lit",
    )

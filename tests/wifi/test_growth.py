"""Growth over months: a slope that odd weeks do not move, told only where there are enough of them."""

from datetime import datetime
from random import Random

import pytest

from tests.wifi.places import PARIS, ByLocal, by_day, past
from wifi.capacity.growth import Growth, busy_levels, growth
from wifi.capacity.past import Past

START = datetime(2026, 9, 7, tzinfo=PARIS)
DAYS_A_MONTH = 365.25 / 12


def grown(of: Past) -> Growth | None:
    """The growth of a place, by its busy days."""
    return growth(busy_levels(of))


def growing(local: datetime, pct_a_month: float) -> float:
    months = (local - START).total_seconds() / 86_400 / DAYS_A_MONTH
    return by_day(local) * float((1.0 + pct_a_month / 100.0) ** months)


@pytest.mark.parametrize("pct_a_month", [-4.0, 0.0, 1.5, 10.0])
def test_a_steady_growth_is_found_as_it_is(pct_a_month: float) -> None:
    found = grown(past(lambda local: growing(local, pct_a_month), 12 * 7))
    assert found is not None
    assert found.pct_a_month == pytest.approx(pct_a_month, abs=0.05)
    assert found.low <= found.pct_a_month <= found.high
    assert found.months == pytest.approx(2.8, abs=0.1)


def test_two_odd_weeks_change_little() -> None:
    def odd(local: datetime) -> float:
        week = (local - START).days // 7
        return growing(local, 2.0) * {4: 3.0, 9: 0.1}.get(week, 1.0)

    found = grown(past(odd, 12 * 7))
    assert found is not None
    assert found.pct_a_month == pytest.approx(2.0, abs=1.0)


def test_the_truth_lies_in_the_band_in_about_nine_of_ten_cases() -> None:
    def straying(seed: int) -> ByLocal:
        draw = Random(seed)  # noqa: S311 - no secret
        days = [draw.lognormvariate(0.0, 0.1) for _ in range(12 * 7 + 1)]
        return lambda local: growing(local, 1.5) * days[(local - START).days]

    found = [grown(past(straying(seed), 12 * 7)) for seed in range(60)]
    within = [each is not None and each.low <= 1.5 <= each.high for each in found]
    assert 48 <= sum(within) < 60


def test_under_eight_weeks_nothing_is_said_nor_of_a_place_where_nobody_comes() -> None:
    assert grown(past(by_day, 7 * 7)) is None
    assert grown(past(by_day, 9 * 7)) is not None
    assert grown(past(lambda local: 0.0, 12 * 7)) is None


def test_weeks_with_few_days_are_left_aside() -> None:
    def mostly_away(local: datetime) -> float | None:
        return by_day(local) if local.weekday() < 3 else None

    assert grown(past(mostly_away, 12 * 7)) is None


def test_a_season_is_no_growth_where_a_whole_year_is_known() -> None:
    def summer_place(local: datetime) -> float:
        return growing(local, 1.5) * (4.0 if local.month in {6, 7, 8} else 1.0)

    found = grown(past(summer_place, 54 * 7))
    assert found is not None
    assert found.pct_a_month == pytest.approx(1.5, abs=0.5)
    assert found.months == pytest.approx(12.0, abs=0.1)


def test_between_a_quarter_and_a_year_the_last_quarter_tells() -> None:
    found = grown(past(lambda local: growing(local, 1.5), 30 * 7))
    assert found is not None
    assert found.months == pytest.approx(2.8, abs=0.1)


def test_days_at_the_ends_that_lack_hours_are_no_busy_days() -> None:
    levels = busy_levels(past(by_day, 7))
    assert len(levels) == 5
    assert min(levels) == datetime(2026, 9, 8, tzinfo=PARIS).date()

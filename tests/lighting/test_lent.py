"""The energy of light that is lent, against figures worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lighting.inventory import Feed, LampType
from lighting.lent import Alike, lent_wh
from lighting.power import planned_w
from lighting.programmes import SwitchPoint

NOW = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LED = LampType("led", nominal_w=100.0, power_at_min_w=10.0, min_level_pct=10.0, standby_w=1.0, warm_up_s=30.0)
"""At a level of n percent it draws n watts."""
ALIKE = Alike(LED, Feed.PERMANENT, 3)


def night(*steps: tuple[int, float], fade: int = 0) -> list[SwitchPoint]:
    return [SwitchPoint(NOW + minutes * MINUTE, level, fade * MINUTE) for minutes, level in steps]


def test_an_hour_of_lent_light_is_the_difference_to_the_programme() -> None:
    assert lent_wh([ALIKE], 70.0, night((-60, 30.0)), NOW, NOW + HOUR) == pytest.approx(3 * 40.0)


def test_where_the_programme_steps_meanwhile_each_part_counts_for_itself() -> None:
    steps = night((-60, 60.0), (15, 30.0))
    assert lent_wh([ALIKE], 70.0, steps, NOW, NOW + HOUR) == pytest.approx(3 * (10.0 / 4 + 40.0 * 3 / 4))


def test_while_the_programme_fades_its_mean_counts() -> None:
    steps = [*night((-60, 60.0)), *night((0, 30.0), fade=30)]
    assert lent_wh([ALIKE], 70.0, steps, NOW, NOW + HOUR) == pytest.approx(3 * (25.0 / 2 + 40.0 / 2))


def test_no_time_and_no_lamps_cost_nothing() -> None:
    assert lent_wh([ALIKE], 70.0, night((-60, 30.0)), NOW, NOW) == 0.0
    assert lent_wh([ALIKE], 70.0, night((-60, 30.0)), NOW, NOW - HOUR) == 0.0
    assert lent_wh([], 70.0, night((-60, 30.0)), NOW, NOW + HOUR) == 0.0


LEVELS = st.integers(1, 69).map(float)


@given(
    steps=st.lists(st.tuples(st.integers(0, 89), LEVELS), max_size=4, unique_by=lambda step: step[0]),
    length=st.integers(1, 90),
    before=LEVELS,
)
def test_it_is_the_sum_over_minutes_and_never_less_than_nothing(
    steps: list[tuple[int, float]], length: int, before: float
) -> None:
    every = [(-60, before), *sorted(steps)]
    by_minute = sum(
        planned_w(LED, Feed.NIGHT, 70.0)
        - planned_w(LED, Feed.NIGHT, [level for at, level in every if at <= minute][-1])
        for minute in range(length)
    )
    alike = [Alike(LED, Feed.NIGHT, 1)]
    assert lent_wh(alike, 70.0, night(*every), NOW, NOW + length * MINUTE) == pytest.approx(by_minute / 60)

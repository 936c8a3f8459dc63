"""Full, and full no more: two thresholds, ten minutes each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wifi.rules import Rules
from wifi.saturation import Saturation

START = datetime(2026, 11, 22, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def followed(loads: Sequence[float | None], saturation: Saturation | None = None) -> list[int | None]:
    """Minute by minute, since which minute it is full."""
    saturation = saturation or Saturation()
    told = [saturation.observe(load, START + number * MINUTE) for number, load in enumerate(loads)]
    return [None if since is None else (since - START) // MINUTE for since in told]


def test_it_is_full_once_it_has_been_so_for_ten_minutes_and_since_the_first_of_them() -> None:
    assert followed([50.0] * 3 + [85.0] * 10) == [None] * 13
    assert followed([50.0] * 3 + [85.0] * 11)[-1] == 3


def test_a_rush_of_nine_minutes_is_none() -> None:
    assert followed(([90.0] * 9 + [84.0]) * 6) == [None] * 60


def test_it_is_no_longer_full_once_it_was_below_the_lower_threshold_for_ten_minutes() -> None:
    told = followed([90.0] * 11 + [75.0] * 60 + [69.0] * 10 + [69.0])
    assert told[10:81] == [0] * 71
    assert told[81] is None


def test_a_dip_does_not_end_it() -> None:
    assert followed([90.0] * 11 + ([60.0] * 9 + [71.0]) * 5)[-1] == 0


def test_between_the_thresholds_it_stays_what_it_is() -> None:
    assert set(followed([84.9] * 100)) == {None}
    assert set(followed([90.0] * 11 + [70.0] * 100)[10:]) == {0}


def test_an_unknown_load_changes_nothing_for_a_while_and_then_ends_it() -> None:
    told = followed([90.0] * 11 + [None] * 10)
    assert told[10:16] == [0] * 6
    assert told[16] is None
    assert followed([90.0] * 6 + [None] * 3 + [90.0] * 3)[-1] == 0
    assert followed([90.0] * 6 + [None] * 8 + [90.0] * 3)[-1] is None


def test_a_long_gap_ends_it_too() -> None:
    saturation = Saturation()
    followed([90.0] * 11, saturation)
    assert saturation.observe(90.0, START + 60 * MINUTE) is None


def test_what_comes_late_changes_nothing() -> None:
    saturation = Saturation()
    followed([90.0] * 11, saturation)
    for minute in range(10):
        assert saturation.observe(0.0, START + minute * MINUTE) == START


def test_the_settings_decide() -> None:
    strict = Saturation(Rules(saturated_pct=50.0, released_pct=40.0, saturated_for=2 * MINUTE))
    assert followed([55.0] * 3 + [39.0] * 3, strict) == [None, None, 0, 0, 0, None]


@given(st.lists(st.none() | st.floats(0, 100), max_size=200))
def test_it_is_never_called_full_but_after_ten_minutes_over_the_threshold(loads: list[float | None]) -> None:
    for minute, since in enumerate(followed(loads)):
        if since is not None:
            assert minute - since >= 10
            first = loads[since]
            assert first is not None
            assert first >= 85.0

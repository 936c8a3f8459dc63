"""Small counts: nobody is told, unknown stays unknown, and no figure lets a masked one be reckoned to less."""

from hypothesis import given
from hypothesis import strategies as st

from city.small_counts import count_told, is_small, masked

COUNTS = st.floats(0, 1e6, allow_nan=False)
THRESHOLDS = st.integers(0, 100)


def test_nobody_is_told_and_unknown_stays_unknown() -> None:
    assert count_told(0, 5).value == 0
    assert (count_told(None, 5).value, count_told(None, 5).masked) == (None, False)
    assert masked(5) == "< 5"


def test_from_the_threshold_on_counts_are_told_and_below_it_none() -> None:
    assert [is_small(count, 5) for count in (0, 1, 4, 5, 6)] == [False, True, True, False, False]
    assert [count_told(count, 5).value for count in (1, 4.99, 5, 12)] == [None, None, 5, 12]


def test_a_mean_of_less_than_one_client_is_masked_like_a_count() -> None:
    assert count_told(0.02, 5).masked
    assert count_told(4.96, 5).masked, "it is not rounded up to the threshold"


def test_a_threshold_of_zero_masks_nothing() -> None:
    assert not any(is_small(count, 0) for count in (0, 0.1, 1, 3))


@given(COUNTS, THRESHOLDS)
def test_what_is_told_is_nobody_or_no_less_than_the_threshold(count: float, under: int) -> None:
    told = count_told(count, under)
    assert (told.value is None) is told.masked
    if told.value is not None and count > 0:
        assert told.value >= under
        assert abs(told.value - count) <= 0.5


@given(COUNTS, COUNTS, st.integers(1, 100))
def test_all_small_counts_look_the_same(one: float, other: float, under: int) -> None:
    if is_small(one, under) and is_small(other, under):
        assert count_told(one, under) == count_told(other, under)

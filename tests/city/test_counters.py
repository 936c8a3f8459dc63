"""What a counter has counted, whatever has happened to it between two looks."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.counters import SPAN_32_BITS, Stand, grown, growths

MOST = 1_000
"""A counter counts no more between two moments."""
SPANS = st.sampled_from([10_000, 65_536, 2**32, None])

moments = st.lists(
    st.one_of(
        st.tuples(st.just("counts"), st.integers(0, MOST)),
        st.tuples(st.just("begins anew"), st.just(0)),
        st.tuples(st.just("is swapped"), st.integers(0, 9_999)),
        st.tuples(st.just("is looked at"), st.just(0)),
    ),
    max_size=60,
)


@dataclass
class Meter:
    """A counter, with what it has truly counted beside it."""

    span: int | None
    stand: int
    truly: int = 0
    moments: int = 0
    happened: set[str] = field(default_factory=set)

    def lives(self, what: str, number: int) -> None:
        self.moments += 1
        self.happened.add(what)
        if what == "counts":
            self.truly += number
            self.stand = self.stand + number if self.span is None else (self.stand + number) % self.span
        else:
            self.stand = number


@given(SPANS, st.integers(0, 9_999), moments)
def test_no_story_makes_a_negative_or_more_than_was_counted(
    span: int | None, start: int, story: list[tuple[str, int]]
) -> None:
    meter = Meter(span, start)
    before = start
    for what, number in [*story, ("is looked at", 0)]:
        if what != "is looked at":
            meter.lives(what, number)
            continue
        most = MOST * meter.moments
        found = grown(before, meter.stand, most, span)
        assert found is None or 0 <= found <= most
        may_have_gone_round = span is not None and most >= span
        if may_have_gone_round:
            assert found is None
        elif meter.happened <= {"counts"}:
            assert found == meter.truly
        elif "is swapped" not in meter.happened and meter.stand >= before:
            assert found is None or found <= meter.truly
        elif "is swapped" not in meter.happened and not _looks_wrapped(before, meter.stand, most, span):
            assert found is None
        before, meter = meter.stand, Meter(span, meter.stand)


def _looks_wrapped(before: float, after: float, most: float, span: int | None) -> bool:
    """The one thing that nobody can tell: a reset that happens just before the counter would have wrapped."""
    return span is not None and after + span - before <= most


@given(st.floats(0, 1e12), st.floats(0, 1e12), st.floats(0, 1e9), st.sampled_from([SPAN_32_BITS, 1e12, None]))
def test_no_two_looks_make_a_negative_or_more_than_can_be(
    before: float, after: float, most: float, span: float | None
) -> None:
    found = grown(before, after, most, span)
    assert found is None or 0 <= found <= most


def test_a_jump_that_cannot_be_is_another_counter() -> None:
    assert grown(1_000, 1_000 + MOST, MOST) == MOST
    assert grown(1_000, 1_001 + MOST, MOST) is None


def test_a_wrap_leaves_a_small_difference_and_a_reset_none() -> None:
    assert grown(SPAN_32_BITS - 1, 0, MOST, SPAN_32_BITS) == 1
    assert grown(SPAN_32_BITS / 2, 0, MOST, SPAN_32_BITS) is None
    assert grown(SPAN_32_BITS - 1, 0, MOST) is None, "nobody knows where it wraps"


def test_a_counter_that_shows_more_than_the_span_does_not_wrap_there() -> None:
    assert grown(SPAN_32_BITS + 5, SPAN_32_BITS + 9, MOST, SPAN_32_BITS) == 4
    assert grown(SPAN_32_BITS + 5, 3, MOST, SPAN_32_BITS) is None


def test_where_a_whole_round_may_have_passed_nobody_can_say() -> None:
    assert grown(10, 20, 10_000, 10_000) is None


def test_over_a_step_back_of_the_clock_more_was_counted_than_the_stamps_tell() -> None:
    stands = [Stand(0, 0), Stand(60, 3_600), Stand(120, 3_660), Stand(180, 90_000)]
    assert list(growths(stands, 1.0, 3_600)) == [3_600, 60, None]
    assert list(growths(stands[:2], 1.0, 0)) == [None]
    assert list(growths(stands[:1], 1.0, 0)) == []


@pytest.mark.parametrize("span", [None, SPAN_32_BITS])
def test_what_stands_still_has_counted_nothing(span: float | None) -> None:
    assert grown(7, 7, 0, span) == 0

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lighting.buckets import Bucket, Rate

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RATE = Rate(burst=3, every=10 * SECOND)


def test_a_burst_may_come_at_once_and_then_one_after_the_other() -> None:
    bucket = Bucket.full(RATE, NOW)
    for _ in range(3):
        assert bucket.wait(NOW) == timedelta()
        bucket = bucket.take(NOW)
    assert bucket.wait(NOW) == 10 * SECOND
    assert bucket.wait(NOW + 4 * SECOND) == 6 * SECOND
    assert bucket.wait(NOW + 10 * SECOND) == timedelta()
    assert bucket.take(NOW + 10 * SECOND).wait(NOW + 10 * SECOND) == 10 * SECOND


def test_rest_gives_no_more_than_a_burst() -> None:
    bucket = Bucket.full(RATE, NOW).filled(NOW + timedelta(days=400))
    assert bucket.left == 3


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing_away() -> None:
    bucket = Bucket.full(RATE, NOW).take(NOW)
    back = NOW - timedelta(days=1)
    assert bucket.filled(back).left == bucket.left
    assert bucket.take(back).wait(back) == timedelta()


@given(
    burst=st.integers(1, 20),
    every=st.integers(1, 3600),
    pauses=st.lists(st.integers(0, 5000), max_size=60),
)
def test_no_span_sees_more_commands_than_a_burst_and_what_the_span_refills(
    burst: int, every: int, pauses: list[int]
) -> None:
    bucket = Bucket.full(Rate(burst, every * SECOND), NOW)
    now, taken = NOW, []
    for pause in pauses:
        now += pause * SECOND
        wait = bucket.wait(now)
        assert timedelta() <= wait <= every * SECOND
        if not wait:
            bucket = bucket.take(now)
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            span = (taken[last] - start) / SECOND
            assert last - first + 1 <= burst + span / every + 1e-6


@given(
    burst=st.integers(1, 20),
    every=st.integers(1, 3600),
    commands=st.integers(1, 60),
    later=st.integers(0, 100),
)
def test_whoever_waits_as_long_as_told_may_go_on(burst: int, every: int, commands: int, later: int) -> None:
    bucket, now = Bucket.full(Rate(burst, every * SECOND), NOW), NOW
    for _ in range(commands):
        now += bucket.wait(now)
        assert bucket.wait(now) <= timedelta(microseconds=1)  # instants are whole microseconds
        bucket = bucket.take(now)
        now += later * SECOND

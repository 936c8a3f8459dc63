from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lighting.mass_changes import WINDOW, MassChanges, most_alone

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("fleet", "most"), [(14_600, 1460), (600, 200), (0, 200)])
def test_a_share_of_the_fleet_may_be_changed_but_never_so_few_that_work_stops(fleet: int, most: int) -> None:
    assert most_alone(fleet, 10.0) == most


def test_one_light_point_too_many_stops_until_the_window_has_passed() -> None:
    changes = MassChanges(most=3)
    changes.add({"a", "b"}, NOW)
    changes.add({"c"}, NOW + MINUTE)
    assert changes.stopped_until(NOW + MINUTE) is None
    changes.add({"d"}, NOW + 2 * MINUTE)
    assert changes.changed(NOW + 2 * MINUTE) == 4
    assert changes.stopped_until(NOW + 2 * MINUTE) == NOW + WINDOW
    assert changes.stopped_until(NOW + WINDOW) is None
    assert changes.changed(NOW + WINDOW) == 2


def test_a_light_point_changed_again_and_again_counts_once() -> None:
    changes = MassChanges(most=1)
    for minute in range(9):
        changes.add({"a"}, NOW + minute * MINUTE)
    assert changes.stopped_until(NOW + 9 * MINUTE) is None


@given(
    most=st.integers(1, 12),
    steps=st.lists(
        st.tuples(st.integers(0, 9), st.frozensets(st.integers(0, 20).map(str), max_size=8)), max_size=25
    ),
)
def test_it_counts_what_a_plain_recount_counts_and_ends_exactly_when_it_says(
    most: int, steps: list[tuple[int, frozenset[str]]]
) -> None:
    changes, now = MassChanges(most), NOW
    all_: list[tuple[datetime, frozenset[str]]] = []

    def recount(at: datetime) -> int:
        return len({point for since, points in all_ if since <= at < since + WINDOW for point in points})

    for minutes, points in steps:
        now += minutes * MINUTE
        changes.add(points, now)
        all_.append((now, points))
        assert changes.changed(now) == recount(now)
        until = changes.stopped_until(now)
        assert (until is not None) == (recount(now) > most)
        if until is not None:
            assert until > now
            assert recount(until - timedelta(microseconds=1)) > most >= recount(until)

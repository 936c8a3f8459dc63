from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from lighting.orders import Override, check_override, decide, ordered_dark

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def override(
    name: str,
    *,
    asked: timedelta = -HOUR,
    until: timedelta = HOUR,
    cancelled: timedelta | None = None,
    level: float = 40.0,
    points: frozenset[str] = frozenset({"p"}),
) -> Override:
    return Override(
        id=name,
        selector="sector:D8",
        points=points,
        level=level,
        reason="chantier",
        by="Ada",
        asked_at=NOW + asked,
        until=NOW + until,
        cancelled_at=None if cancelled is None else NOW + cancelled,
    )


def test_without_an_override_the_programme_decides() -> None:
    decision = decide("p", 70.0, "cinq-paliers", [], NOW)
    assert (decision.level, decision.source, decision.text) == (70.0, "programme", "cinq-paliers")
    assert (decision.by, decision.until, decision.order) == (None, None, None)


def test_an_override_in_force_decides_and_says_who_why_and_until_when() -> None:
    decision = decide("p", 70.0, "cinq-paliers", [override("o-1")], NOW)
    assert (decision.level, decision.source, decision.text) == (40.0, "override", "chantier")
    assert (decision.by, decision.until, decision.order) == ("Ada", NOW + HOUR, "o-1")


def test_an_override_on_other_points_changes_nothing() -> None:
    assert decide("q", 70.0, "cinq-paliers", [override("o-1")], NOW).source == "programme"


def test_the_override_asked_last_wins_in_whatever_order_they_are_given() -> None:
    first, last = override("o-1", asked=-2 * HOUR), override("o-2", asked=-HOUR, level=80.0)
    assert decide("p", 70.0, "n", [first, last], NOW).order == "o-2"
    assert decide("p", 70.0, "n", [last, first], NOW).order == "o-2"


def test_when_the_last_override_is_over_the_programme_rules_and_not_an_older_override() -> None:
    older = override("o-1", asked=-3 * HOUR, until=3 * HOUR)
    for ended in (override("o-2", until=timedelta()), override("o-2", cancelled=-HOUR / 2)):
        assert decide("p", 70.0, "n", [older, ended], NOW).source == "programme"


def test_an_override_ends_at_its_end_at_its_cancellation_and_does_not_begin_early() -> None:
    assert override("o").active(NOW)
    assert not override("o").active(NOW + HOUR)
    assert not override("o").active(NOW - HOUR - timedelta(seconds=1))
    assert override("o", cancelled=HOUR / 2).active(NOW)
    assert not override("o", cancelled=timedelta()).active(NOW)
    assert decide("p", 70.0, "n", [override("o", asked=HOUR / 2)], NOW).source == "programme"


@given(
    asked=st.lists(st.integers(-600, 60), min_size=1, max_size=8, unique=True),
    lasting=st.integers(1, 600),
)
def test_of_many_overrides_only_the_last_asked_can_win(asked: list[int], lasting: int) -> None:
    orders = [
        override(f"o-{number}", asked=timedelta(minutes=minute), until=timedelta(minutes=minute + lasting))
        for number, minute in enumerate(asked)
    ]
    decision = decide("p", 70.0, "n", orders, NOW)
    begun = [order for order in orders if order.asked_at <= NOW]
    last = max(begun, key=lambda order: order.asked_at, default=None)
    if last is not None and last.active(NOW):
        assert decision.order == last.id
    else:
        assert decision.source == "programme"


def check(
    *,
    level: float = 50.0,
    for_: timedelta = HOUR,
    reason: str = "chantier",
    points: int = 10,
    by_supervisor: bool = False,
    is_night: bool = True,
) -> None:
    check_override(
        level,
        for_,
        reason,
        points,
        by_supervisor=by_supervisor,
        is_night=is_night,
        longest=12 * HOUR,
        alone_points=500,
    )


def test_an_ordinary_override_may_be_asked_for() -> None:
    check()
    check(level=0.0, is_night=False)
    check(points=500)
    check(for_=12 * HOUR)


@pytest.mark.parametrize("level", [130.0, -1.0, float("nan"), float("inf")])
def test_a_level_that_is_no_percentage_is_refused(level: float) -> None:
    with pytest.raises(BadInput, match=r"level: got .*expected 0 to 100"):
        check(level=level)


@pytest.mark.parametrize("for_", [timedelta(), -HOUR, 12 * HOUR + timedelta(seconds=1)])
def test_an_override_without_an_end_or_with_one_too_far_away_is_refused_whoever_asks(for_: timedelta) -> None:
    with pytest.raises(BadInput, match="duration"):
        check(for_=for_, by_supervisor=True)


def test_a_reason_and_at_least_one_point_are_asked_for() -> None:
    with pytest.raises(BadInput, match="reason"):
        check(reason="  ")
    with pytest.raises(BadInput, match="selector"):
        check(points=0)


def test_many_points_or_dark_at_night_need_a_supervisor() -> None:
    with pytest.raises(BadInput, match="501 light points"):
        check(points=501)
    with pytest.raises(BadInput, match="supervisor"):
        check(level=0.0)
    check(points=501, by_supervisor=True)
    check(level=0.0, by_supervisor=True)


def test_an_order_is_dark_until_it_ends_is_cancelled_or_another_follows() -> None:
    orders = [
        override("lit", level=50.0, asked=2 * HOUR, until=3 * HOUR),
        override("followed", level=0.0, asked=0 * HOUR, until=5 * HOUR),
        override("cancelled", level=0.0, asked=6 * HOUR, until=8 * HOUR, cancelled=7 * HOUR),
        override("replaced at once", level=0.0, asked=9 * HOUR, until=12 * HOUR),
        override("replaces", level=0.0, asked=9 * HOUR, until=10 * HOUR),
    ]
    hours = [((start - NOW) / HOUR, (end - NOW) / HOUR) for start, end in ordered_dark(orders)]
    assert hours == [(0, 2), (6, 7), (9, 10)]
    assert ordered_dark([]) == []

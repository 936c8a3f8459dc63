from datetime import UTC, datetime, timedelta

import pytest

from city.errors import BadInput
from lighting.orders import Kind, Override, check_override, ordered_dark, why_second

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
    kind: Kind = "order",
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
        kind=kind,
    )


def test_an_override_ends_at_its_end_at_its_cancellation_and_does_not_begin_early() -> None:
    assert override("o").active(NOW)
    assert not override("o").active(NOW + HOUR)
    assert not override("o").active(NOW - HOUR - timedelta(seconds=1))
    assert override("o", cancelled=HOUR / 2).active(NOW)
    assert not override("o", cancelled=timedelta()).active(NOW)
    assert not override("o", asked=HOUR / 2).active(NOW)


def check(*, level: float = 50.0, for_: timedelta = HOUR, reason: str = "chantier", points: int = 10) -> None:
    check_override(level, for_, reason, points, longest=12 * HOUR)


def test_an_ordinary_override_may_be_asked_for() -> None:
    check()
    check(level=0.0)
    check(points=15_000)
    check(for_=12 * HOUR)


@pytest.mark.parametrize("level", [130.0, -1.0, float("nan"), float("inf")])
def test_a_level_that_is_no_percentage_is_refused(level: float) -> None:
    with pytest.raises(BadInput, match=r"level: got .*expected 0 to 100"):
        check(level=level)


@pytest.mark.parametrize("for_", [timedelta(), -HOUR, 12 * HOUR + timedelta(seconds=1)])
def test_an_override_without_an_end_or_with_one_too_far_away_is_refused(for_: timedelta) -> None:
    with pytest.raises(BadInput, match="duration"):
        check(for_=for_)


def test_a_reason_and_at_least_one_point_are_asked_for() -> None:
    with pytest.raises(BadInput, match="reason"):
        check(reason="  ")
    with pytest.raises(BadInput, match="selector"):
        check(points=0)


@pytest.mark.parametrize(
    ("points", "dark_at_night", "relights", "stopped", "why"),
    [
        (500, False, False, False, None),
        (501, False, False, False, "points"),
        (1, True, False, False, "dark_at_night"),
        (501, True, False, True, "points"),
        (1, False, False, True, "mass_change"),
        (15_000, False, True, True, None),
    ],
)
def test_many_points_dark_at_night_and_too_much_of_late_need_two_but_light_never_does(
    points: int, dark_at_night: bool, relights: bool, stopped: bool, why: str | None
) -> None:
    assert (
        why_second(points, alone_points=500, dark_at_night=dark_at_night, relights=relights, stopped=stopped)
        == why
    )


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


def test_a_lock_is_dark_to_its_end_whatever_follows_and_ends_the_orders_before_it() -> None:
    orders = [
        override("dark", level=0.0, asked=0 * HOUR, until=9 * HOUR),
        override("lock", level=0.0, asked=1 * HOUR, until=4 * HOUR, kind="lock"),
        override("lit", level=80.0, asked=2 * HOUR, until=3 * HOUR),
        override("rule", level=80.0, asked=2 * HOUR, until=3 * HOUR, kind="dynamic"),
    ]
    hours = [((start - NOW) / HOUR, (end - NOW) / HOUR) for start, end in ordered_dark(orders)]
    assert hours == [(0, 1), (1, 4)]


def test_a_rule_does_not_end_the_order_of_a_person() -> None:
    orders = [
        override("dark", level=0.0, asked=0 * HOUR, until=4 * HOUR),
        override("rule", level=80.0, asked=1 * HOUR, until=2 * HOUR, kind="dynamic"),
    ]
    assert [(end - NOW) / HOUR for _, end in ordered_dark(orders)] == [4]

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lighting.dynamic import Asks, DynamicRule, Lift, last_held, lifts
from lighting.programmes import SwitchPoint

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALENDAR_OF = {"a": "streets", "b": "streets", "c": "park"}


def rule(
    name: str = "Concert", points: str = "ab", *, clients: int = 50, at_least: float = 80.0, hold: int = 15
) -> DynamicRule:
    return DynamicRule(name, "all", frozenset(points), "ice", clients, at_least, hold * MINUTE)


def asks(level: float = 30.0, *later: tuple[int, float]) -> Asks:
    """A programme that asks for a level now, and for others so many minutes later."""
    return Asks(level, [SwitchPoint(NOW + minutes * MINUTE, each) for minutes, each in ((0, level), *later)])


def lifted(rules: Sequence[DynamicRule], streets: Asks, minutes_ago: int = 0) -> list[Lift]:
    held = {each.name: NOW - minutes_ago * MINUTE for each in rules}
    return lifts(rules, held, CALENDAR_OF, {"streets": streets, "park": asks(0.0)}, NOW)


def test_a_full_hotspot_lifts_its_points_for_the_time_it_is_held() -> None:
    assert last_held([rule()], {"ice": 50}, {}, NOW) == {"Concert": NOW}
    assert lifted([rule()], asks()) == [Lift(rule(), "streets", frozenset("ab"), NOW + 15 * MINUTE)]


def test_a_hotspot_that_is_unknown_or_not_full_enough_starts_nothing_and_lets_the_hold_run_out() -> None:
    known: Mapping[str, int]
    for known in ({}, {"ice": 49}):
        assert last_held([rule()], known, {}, NOW) == {}
        assert last_held([rule()], known, {"Concert": NOW - MINUTE}, NOW) == {"Concert": NOW - MINUTE}
    assert lifted([rule()], asks(), minutes_ago=14)[0].until == NOW + MINUTE
    assert lifted([rule()], asks(), minutes_ago=15) == []


def test_what_a_wrong_clock_has_dated_later_is_forgotten() -> None:
    assert last_held([rule()], {}, {"Concert": NOW + MINUTE}, NOW) == {}


def test_nothing_is_lifted_where_the_programme_is_dark_or_asks_for_as_much() -> None:
    assert lifted([rule()], asks(0.0)) == []
    assert lifted([rule()], asks(80.0)) == []
    assert lifted([rule()], asks(79.0)) != []
    assert [lift.calendar for lift in lifted([rule(points="abc")], asks())] == ["streets"]


def test_a_lift_ends_as_the_programme_goes_dark_or_gives_as_much_and_not_as_it_dims_otherwise() -> None:
    assert lifted([rule()], asks(30.0, (5, 0.0)))[0].until == NOW + 5 * MINUTE
    assert lifted([rule()], asks(30.0, (3, 50.0), (6, 80.0)))[0].until == NOW + 6 * MINUTE


def test_the_first_rule_that_applies_has_a_light_point_and_not_the_brightest() -> None:
    rules = [rule("First", "a", at_least=60.0), rule("Second", "ab", at_least=100.0)]
    found = lifted(rules, asks())
    assert [(lift.rule.name, lift.points) for lift in found] == [
        ("First", frozenset("a")),
        ("Second", frozenset("b")),
    ]
    found = lifts(rules, {"Second": NOW}, CALENDAR_OF, {"streets": asks(), "park": asks(0.0)}, NOW)
    assert [(lift.rule.name, lift.points) for lift in found] == [("Second", frozenset("ab"))]


RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from(["r1", "r2", "r3", "r4"]),
        st.sampled_from(["a", "b", "c", "ab", "bc", "abc"]),
        at_least=st.floats(1.0, 100.0),
        hold=st.integers(5, 60),
    ),
    max_size=4,
    unique_by=lambda each: each.name,
)
LEVELS = st.sampled_from([0.0, 10.0, 30.0, 70.0, 100.0])
NIGHTS = st.builds(
    lambda level, later: asks(level, *sorted(later)),
    LEVELS,
    st.lists(st.tuples(st.integers(1, 90), LEVELS), max_size=4, unique_by=lambda each: each[0]),
)


@given(
    rules=RULES,
    ago=st.lists(st.integers(-10, 70), min_size=4, max_size=4),
    streets=NIGHTS,
    park=NIGHTS,
)
def test_a_lift_only_ever_adds_light_to_lit_points_each_once_and_ends_in_time(
    rules: list[DynamicRule], ago: list[int], streets: Asks, park: Asks
) -> None:
    held = {each.name: NOW - minutes * MINUTE for each, minutes in zip(rules, ago, strict=False)}
    nights = {"streets": streets, "park": park}
    found = lifts(rules, held, CALENDAR_OF, nights, NOW)
    points = [point for lift in found for point in lift.points]
    assert len(points) == len(set(points))
    for lift in found:
        at_least, night = lift.rule.at_least, nights[lift.calendar]
        assert lift.points <= lift.rule.points
        assert 0 < night.level < at_least
        assert NOW < lift.until <= held[lift.rule.name] + lift.rule.hold
        during = [each.level for each in night.switching if NOW <= each.at < lift.until]
        assert all(0 < level < at_least for level in during)
    applying = [each for each in rules if held[each.name] <= NOW < held[each.name] + each.hold]
    for point, calendar in CALENDAR_OF.items():
        first = next((each for each in applying if point in each.points), None)
        wanted = first is not None and 0 < nights[calendar].level < first.at_least
        assert [lift.rule for lift in found if point in lift.points] == ([first] if wanted else [])

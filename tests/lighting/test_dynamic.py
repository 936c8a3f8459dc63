from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from city.nights import night_bounds, night_of
from lighting.dynamic import Asks, DynamicRule, Held, Lift, held_now, lifts
from lighting.programmes import SwitchPoint

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALENDAR_OF = {"a": "streets", "b": "streets", "c": "park"}
PARIS = ZoneInfo("Europe/Paris")


def rule(
    name: str = "Concert",
    points: str = "ab",
    *,
    clients: int = 50,
    at_least: float = 80.0,
    hold: int = 15,
    until_below: int | None = None,
    never_past: time | None = None,
) -> DynamicRule:
    return DynamicRule(
        name, "all", frozenset(points), "ice", clients, at_least, hold * MINUTE, until_below, never_past
    )


def asks(level: float = 30.0, *later: tuple[int, float]) -> Asks:
    """A programme that asks for a level now, and for others so many minutes later."""
    return Asks(level, [SwitchPoint(NOW + minutes * MINUTE, each) for minutes, each in ((0, level), *later)])


def held_since(rules: Sequence[DynamicRule], minutes_ago: int = 0) -> dict[str, Held]:
    """All rules, whose hotspots were full so long ago and are not any more."""
    at = NOW - minutes_ago * MINUTE
    return {each.name: Held(at, at) for each in rules}


def lifted(rules: Sequence[DynamicRule], streets: Asks, minutes_ago: int = 0) -> list[Lift]:
    held = held_since(rules, minutes_ago)
    return lifts(rules, held, CALENDAR_OF, {"streets": streets, "park": asks(0.0)}, NOW, PARIS)


def now_held(each: DynamicRule, clients: int | None, before: Mapping[str, Held]) -> Mapping[str, Held]:
    return held_now([each], {} if clients is None else {"ice": clients}, before, NOW, PARIS)


def test_a_full_hotspot_lifts_its_points_for_the_time_it_is_held() -> None:
    assert now_held(rule(), 50, {}) == {"Concert": Held(NOW, NOW)}
    assert lifted([rule()], asks()) == [Lift(rule(), "streets", frozenset("ab"), NOW + 15 * MINUTE)]


def test_it_takes_more_clients_to_begin_than_to_go_on() -> None:
    both, begun = rule(until_below=20), Held(NOW - 9 * MINUTE, NOW - MINUTE)
    assert now_held(both, 49, {}) == {}
    assert now_held(both, 20, {"Concert": begun}) == {"Concert": Held(begun.since, NOW)}
    assert now_held(both, 19, {"Concert": begun}) == {"Concert": begun}
    assert now_held(rule(), 49, {"Concert": begun}) == {"Concert": begun}


def test_once_it_is_over_it_takes_the_full_number_to_begin_anew() -> None:
    both, over = rule(until_below=20, hold=15), Held(NOW - 60 * MINUTE, NOW - 16 * MINUTE)
    assert now_held(both, 49, {"Concert": over}) == {}
    assert now_held(both, 50, {"Concert": over}) == {"Concert": Held(NOW, NOW)}


def test_those_who_come_back_in_the_last_instant_of_the_hold_are_in_time() -> None:
    both, nearly = rule(until_below=20, hold=15), Held(NOW - 60 * MINUTE, NOW - 15 * MINUTE)
    assert now_held(both, 20, {"Concert": nearly}) == {"Concert": Held(nearly.since, NOW)}
    assert now_held(both, 19, {"Concert": nearly}) == {}


def test_where_nobody_counts_any_more_it_ends_at_once_and_not_after_the_hold() -> None:
    assert now_held(rule(until_below=20), None, held_since([rule()])) == {}
    assert now_held(rule(), None, {}) == {}


def test_fewer_clients_let_the_hold_run_out() -> None:
    assert lifted([rule()], asks(), minutes_ago=14)[0].until == NOW + MINUTE
    assert lifted([rule()], asks(), minutes_ago=15) == []


def test_what_a_wrong_clock_has_dated_later_is_forgotten() -> None:
    later = Held(NOW + MINUTE, NOW + MINUTE)
    assert now_held(rule(until_below=20), 30, {"Concert": later}) == {}


def test_a_lift_ends_at_its_latest_time_and_nothing_begins_until_noon() -> None:
    at_one = rule(never_past=time(1, 0), hold=60)
    midnight = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)  # one o'clock in Mulhouse
    assert lifted([at_one], asks())[0].until == midnight
    for at in (midnight, midnight + 10 * 60 * MINUTE):
        assert held_now([at_one], {"ice": 500}, {"Concert": Held(at, at)}, at, PARIS) == {}
    noon = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
    assert held_now([at_one], {"ice": 500}, {}, noon, PARIS) == {"Concert": Held(noon, noon)}


def test_a_latest_time_in_the_evening_is_of_the_same_day_and_midnight_ends_it() -> None:
    assert rule(never_past=time(23, 0)).latest(NOW, PARIS) == datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    assert rule(never_past=time(0, 0)).latest(NOW, PARIS) == datetime(2026, 11, 30, 23, 0, tzinfo=UTC)


def test_of_a_time_that_comes_twice_the_first_counts_and_one_that_does_not_come_is_the_end_of_the_gap() -> (
    None
):
    half_past_two = rule(never_past=time(2, 30))
    autumn, spring = datetime(2026, 10, 24, 20, 0, tzinfo=UTC), datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    assert half_past_two.latest(autumn, PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert half_past_two.latest(spring, PARIS) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_nothing_is_lifted_where_the_programme_is_dark_or_asks_for_as_much() -> None:
    assert lifted([rule()], asks(0.0)) == []
    assert lifted([rule()], asks(80.0)) == []
    assert lifted([rule()], asks(79.0)) != []
    assert [lift.calendar for lift in lifted([rule(points="abc")], asks())] == ["streets"]


def test_where_the_programme_is_about_to_dim_its_lamps_go_on_as_they_are_without_a_dip() -> None:
    assert lifted([rule()], asks(80.0, (2, 30.0)))[0].until == NOW + 15 * MINUTE
    assert lifted([rule()], asks(80.0, (3, 30.0))) == []
    assert lifted([rule()], asks(80.0, (1, 0.0))) == []
    assert lifted([rule()], asks(80.0, (1, 100.0), (2, 30.0))) == []
    assert lifted([rule()], asks(100.0, (2, 30.0))) == []  # that would dim


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
    nights = {"streets": asks(), "park": asks(0.0)}
    found = lifts(rules, {"Second": Held(NOW, NOW)}, CALENDAR_OF, nights, NOW, PARIS)
    assert [(lift.rule.name, lift.points) for lift in found] == [("Second", frozenset("ab"))]


RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from(["r1", "r2", "r3", "r4"]),
        st.sampled_from(["a", "b", "c", "ab", "bc", "abc"]),
        at_least=st.sampled_from([30.0, 70.0, 100.0]) | st.floats(1.0, 100.0),
        hold=st.integers(5, 60),
        never_past=st.none() | st.sampled_from([time(0, 20), time(0, 40), time(1, 0)]),
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
    at = [NOW - minutes * MINUTE for minutes in ago]
    held = {each.name: Held(last, last) for each, last in zip(rules, at, strict=False)}
    nights = {"streets": streets, "park": park}
    found = lifts(rules, held, CALENDAR_OF, nights, NOW, PARIS)
    points = [point for lift in found for point in lift.points]
    assert len(points) == len(set(points))
    for lift in found:
        at_least, night = lift.rule.at_least, nights[lift.calendar]
        assert lift.points <= lift.rule.points
        assert 0 < night.level <= at_least
        assert NOW < lift.until <= held[lift.rule.name].last + lift.rule.hold
        latest = lift.rule.latest(NOW, PARIS)
        assert latest is None or lift.until <= latest
        during = [each.level for each in night.switching if NOW < each.at < lift.until]
        assert all(0 < level < at_least for level in during)
    applying = [each for each in rules if applies(each, held[each.name].last)]
    for point, calendar in CALENDAR_OF.items():
        first = next((each for each in applying if point in each.points), None)
        wanted = first is not None and wants_light(nights[calendar], first.at_least)
        assert [lift.rule for lift in found if point in lift.points] == ([first] if wanted else [])


def wants_light(night: Asks, at_least: float) -> bool:
    soon = [each.level for each in night.switching if NOW < each.at <= NOW + 2 * MINUTE]
    about_to = night.level == at_least and bool(soon) and 0 < soon[0] < at_least
    return 0 < night.level < at_least or about_to


def applies(each: DynamicRule, last: datetime) -> bool:
    latest = each.latest(NOW, PARIS)
    return last <= NOW < last + each.hold and (latest is None or latest > NOW)


COUNTS = st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=60)


@example(counts=[2, 1], begins=2, below=1, hold=1)
@given(
    counts=COUNTS, begins=st.integers(1, 60), below=st.none() | st.integers(1, 60), hold=st.integers(1, 12)
)
def test_a_rule_applies_from_a_full_place_on_while_no_span_of_the_hold_has_too_few(
    counts: list[int | None], begins: int, below: int | None, hold: int
) -> None:
    each = rule(clients=begins, until_below=None if below is None else min(below, begins), hold=hold)
    held: dict[str, Held] = {}
    for number, count in enumerate(counts):
        known = {} if count is None else {"ice": count}
        held = held_now([each], known, held, NOW + number * MINUTE, PARIS)
        assert bool(held) == should_apply(each, counts[: number + 1], hold)


def should_apply(each: DynamicRule, counts: Sequence[int | None], hold: int) -> bool:
    """By the words of the rule, from the whole history, minute by minute; it keeps no state."""
    return any(
        (count or 0) >= each.clients
        and None not in counts[begin:]
        and all(
            any((now or 0) >= each.keeps_from for now in counts[max(begin, at - hold + 1) : at + 1])
            for at in range(begin, len(counts))
        )
        for begin, count in enumerate(counts)
    )


SPRING = datetime(2026, 3, 20, tzinfo=UTC)
INSTANTS = st.integers(0, 235 * 24 * 60).map(lambda minutes: SPRING + minutes * MINUTE)
NEVER_PAST = st.times().map(lambda at: at.replace(second=0, microsecond=0)).filter(lambda at: at != time(12))


@given(at=INSTANTS, never_past=NEVER_PAST)
def test_by_the_wall_clock_nothing_applies_past_the_latest_time(at: datetime, never_past: time) -> None:
    start, end = night_bounds(night_of(at, PARIS), PARIS)
    if end - start != timedelta(hours=24):
        return  # the night in which clocks change is another test's
    each, wall = rule(never_past=never_past), at.astimezone(PARIS).time()
    evening = never_past >= time(12)
    is_past = (wall >= never_past or wall < time(12)) if evening else never_past <= wall < time(12)
    assert bool(held_now([each], {"ice": 50}, {}, at, PARIS)) is not is_past


@given(
    evening=st.sampled_from([date(2026, 10, 24), date(2026, 3, 28)]),
    never_past=NEVER_PAST,
)
def test_in_a_night_in_which_clocks_change_it_ends_once_and_stays_over(
    evening: date, never_past: time
) -> None:
    start, end = night_bounds(evening, PARIS)
    each = rule(never_past=never_past)
    minutes = range(0, int((end - start) / MINUTE), 7)
    applied = [bool(held_now([each], {"ice": 50}, {}, start + n * MINUTE, PARIS)) for n in minutes]
    assert applied == sorted(applied, reverse=True)
    assert not applied[-1]

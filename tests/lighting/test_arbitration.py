import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lighting.arbitration import chain, decide
from lighting.calendars import Calendar, Rule, Span
from lighting.light_plan import LightPlan
from lighting.orders import Kind, Override
from lighting.programmes import FIVE_STEPS, Programme, level_at
from tests.lighting.small_city import MULHOUSE
from tests.lighting.test_orders import HOUR, NOW, override

MARKET = Programme("market", "Marché de Noël", FIVE_STEPS.on, FIVE_STEPS.off, level=85.0)
PLAN = LightPlan(
    {FIVE_STEPS.name: FIVE_STEPS, "market": MARKET},
    {
        "centre": Calendar(
            "centre",
            "Centre",
            FIVE_STEPS.name,
            (Rule("Marché", "market", spans=(Span(date(2026, 11, 22), date(2026, 12, 26)),)),),
        )
    },
    "centre",
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


def test_a_lock_wins_over_whatever_is_asked_before_or_after_it() -> None:
    lock = override("l-1", level=0.0, kind="lock")
    for asked in (-2 * HOUR, -HOUR / 2):
        decision = decide("p", 70.0, "n", [override("o-1", asked=asked, level=100.0), lock], NOW)
        assert (decision.level, decision.order, decision.is_lock) == (0.0, "l-1", True)


def test_when_a_lock_is_over_the_programme_rules_but_for_what_was_asked_while_it_held() -> None:
    lifted = override("l-1", level=0.0, kind="lock", cancelled=-HOUR / 4)
    before, during = override("o-1", asked=-2 * HOUR), override("o-2", asked=-HOUR / 2)
    assert decide("p", 70.0, "n", [before, lifted], NOW).source == "programme"
    assert decide("p", 70.0, "n", [before, lifted, during], NOW).order == "o-2"


def test_of_two_locks_each_holds_to_its_own_end() -> None:
    long = override("l-1", asked=-2 * HOUR, until=4 * HOUR, level=0.0, kind="lock")
    short = override("l-2", asked=-HOUR, until=HOUR, level=0.0, kind="lock", cancelled=-HOUR / 2)
    assert decide("p", 70.0, "n", [long, short], NOW).order == "l-1"


def test_an_order_wins_over_a_rule_and_the_rule_goes_on_when_the_order_is_over() -> None:
    rule = override("d-1", asked=-HOUR / 2, level=80.0, kind="dynamic")
    assert decide("p", 70.0, "n", [rule, override("o-1")], NOW).order == "o-1"
    assert decide("p", 70.0, "n", [rule, override("o-1", until=timedelta())], NOW).order == "d-1"


def test_every_layer_keeps_what_it_says_and_the_last_one_is_in_force() -> None:
    asked = [
        override("o-1", level=30.0),
        override("l-1", asked=-HOUR / 2, until=2 * HOUR, level=0.0, kind="lock"),
        override("d-1", asked=-HOUR / 4, level=80.0, kind="dynamic"),
        override("o-2", asked=-HOUR / 8, level=20.0),
    ]
    says = chain("p", PLAN, "centre", MULHOUSE, asked, NOW)
    assert [(say.layer, say.level) for say in says] == [
        ("default", 100.0),
        ("calendar", level_at(FIVE_STEPS, NOW, MULHOUSE)),
        ("rule", 85.0),
        ("dynamic", 80.0),
        ("order", 20.0),
        ("lock", 0.0),
    ]
    assert [say.text for say in says[1:3]] == ["Centre · " + FIVE_STEPS.title, "Marché · Marché de Noël"]
    assert (says[-1].by, says[-1].until, says[-1].order) == ("Ada", NOW + 2 * HOUR, "l-1")


def test_without_a_rule_or_an_order_the_calendar_has_the_last_word() -> None:
    summer = datetime(2026, 7, 1, 22, 0, tzinfo=UTC)
    says = chain("p", PLAN, "centre", MULHOUSE, [], summer)
    assert [say.layer for say in says] == ["default", "calendar"]


KINDS: list[Kind] = ["order", "lock", "dynamic"]


@st.composite
def overrides(draw: st.DrawFn) -> list[Override]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        asked, lasting = draw(st.integers(-600, 60)), draw(st.integers(1, 900))
        ended = draw(st.none() | st.integers(asked, asked + lasting))
        found.append(
            override(
                f"x-{number}",
                asked=timedelta(minutes=asked),
                until=timedelta(minutes=asked + lasting),
                cancelled=None if ended is None else timedelta(minutes=ended),
                level=float(draw(st.integers(0, 100))),
                points=draw(st.sampled_from([frozenset({"p"}), frozenset({"q"}), frozenset({"p", "q"})])),
                kind=draw(st.sampled_from(KINDS)),
            )
        )
    return found


@given(overrides(), st.randoms())
def test_the_end_of_the_chain_is_the_decision_whatever_was_asked_in_whatever_order(
    asked: list[Override], chance: random.Random
) -> None:
    says = chain("p", PLAN, "centre", MULHOUSE, asked, NOW)
    level = PLAN.level_at("centre", NOW, MULHOUSE)
    decision = decide("p", level, "n", asked, NOW)
    assert (says[-1].level, says[-1].order) == (decision.level, decision.order)
    layers = ["default", "calendar", "rule", "dynamic", "order", "lock"]
    heights = [layers.index(say.layer) for say in says]
    assert heights == sorted(set(heights))
    shuffled = list(asked)
    chance.shuffle(shuffled)
    assert decide("p", level, "n", shuffled, NOW) == decision


@given(overrides())
def test_while_any_lock_holds_a_light_point_no_light_is_decided_for_it(asked: list[Override]) -> None:
    locks = [each for each in asked if each.kind == "lock" and each.active(NOW) and "p" in each.points]
    decision = decide("p", 70.0, "n", asked, NOW)
    assert decision.is_lock == bool(locks)
    if locks:
        assert decision.until == max(each.until for each in locks)

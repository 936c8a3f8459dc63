from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from city.confirmation import Confirmation, Rule, Step

START = datetime(2026, 11, 22, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TWICE = Rule(samples=2, lasting=2 * MINUTE, clear_samples=2)


def steps(confirmation: Confirmation, samples: str, every: timedelta = 5 * MINUTE) -> list[Step]:
    """What each sample changed: B is a bad one, G a good one."""
    return [
        confirmation.observe(START + number * every, symptom=sample == "B")
        for number, sample in enumerate(samples)
    ]


def test_a_symptom_is_suspected_confirmed_cleared() -> None:
    confirmation = Confirmation(TWICE)
    assert steps(confirmation, "GBBBGG") == [
        Step.NONE,
        Step.SUSPECTED,
        Step.CONFIRMED,
        Step.NONE,
        Step.CLEARING,
        Step.CLEARED,
    ]
    assert (confirmation.confirmed, confirmation.suspected, confirmation.since) == (False, False, None)


def test_a_good_sample_ends_a_suspicion_and_a_bad_one_ends_clearing() -> None:
    assert steps(Confirmation(TWICE), "BGBBGBGG") == [
        Step.SUSPECTED,
        Step.DOUBTED,
        Step.SUSPECTED,
        Step.CONFIRMED,
        Step.CLEARING,
        Step.RELAPSED,
        Step.CLEARING,
        Step.CLEARED,
    ]


def test_samples_that_follow_each_other_too_fast_are_not_enough() -> None:
    assert steps(Confirmation(TWICE), "BBBB", MINUTE) == [
        Step.SUSPECTED,
        Step.NONE,
        Step.CONFIRMED,
        Step.NONE,
    ]


def test_a_rule_of_one_sample_confirms_and_clears_at_once() -> None:
    once = Rule(samples=1, lasting=timedelta(), clear_samples=1)
    assert steps(Confirmation(once), "BG") == [Step.CONFIRMED, Step.CLEARED]


def test_samples_too_far_apart_start_the_suspicion_anew() -> None:
    rule = Rule(samples=2, lasting=2 * MINUTE, clear_samples=2, gap=15 * MINUTE)
    confirmation = Confirmation(rule)
    assert steps(confirmation, "BBB", 16 * MINUTE) == [Step.SUSPECTED] * 3
    assert confirmation.since == START + 32 * MINUTE
    assert steps(Confirmation(rule), "BB", 15 * MINUTE) == [Step.SUSPECTED, Step.CONFIRMED]


def test_it_goes_on_after_a_restart_as_it_would_have_without() -> None:
    assert steps(Confirmation.restored(TWICE, START, clearing=False), "BGG") == [
        Step.NONE,
        Step.CLEARING,
        Step.CLEARED,
    ]
    assert steps(Confirmation.restored(TWICE, START, clearing=True), "G") == [Step.CLEARED]
    assert steps(Confirmation.restored(TWICE, START, clearing=True), "B") == [Step.RELAPSED]


rules = st.builds(
    Rule,
    samples=st.integers(1, 4),
    lasting=st.integers(0, 20).map(lambda minutes: minutes * MINUTE),
    clear_samples=st.integers(1, 4),
    gap=st.sampled_from([timedelta.max, 30 * MINUTE]),
)


@given(rule=rules, samples=st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=60))
def test_it_is_never_confirmed_without_its_samples_nor_cleared_without_its_good_ones(
    rule: Rule, samples: list[tuple[int, bool]]
) -> None:
    confirmation = Confirmation(rule)
    at, seen = START, []
    for minutes, symptom in samples:
        at += minutes * MINUTE
        seen.append((at, symptom))
        step = confirmation.observe(at, symptom=symptom)
        if step is Step.CONFIRMED:
            last = seen[-rule.samples :]
            assert len(last) == rule.samples
            assert all(bad for _, bad in last)
            assert confirmation.since is not None
            assert at - confirmation.since >= rule.lasting
            assert all(bad for when, bad in seen if when >= confirmation.since)
        if step is Step.CLEARED:
            last = seen[-rule.clear_samples :]
            assert len(last) == rule.clear_samples
            assert not any(bad for _, bad in last)
        assert not (confirmation.confirmed and confirmation.suspected)


@given(rule=rules, samples=st.lists(st.booleans(), max_size=60))
def test_steps_come_in_an_order_that_makes_sense(rule: Rule, samples: list[bool]) -> None:
    follows = {
        None: {Step.SUSPECTED, Step.CONFIRMED},
        Step.SUSPECTED: {Step.SUSPECTED, Step.CONFIRMED, Step.DOUBTED},
        Step.DOUBTED: {Step.SUSPECTED, Step.CONFIRMED},
        Step.CONFIRMED: {Step.CLEARING, Step.CLEARED},
        Step.CLEARING: {Step.RELAPSED, Step.CLEARED},
        Step.RELAPSED: {Step.CLEARING, Step.CLEARED},
        Step.CLEARED: {Step.SUSPECTED, Step.CONFIRMED},
    }
    confirmation = Confirmation(rule)
    last: Step | None = None
    for number, symptom in enumerate(samples):
        step = confirmation.observe(START + number * 5 * MINUTE, symptom=symptom)
        if step is not Step.NONE:
            assert step in follows[last]
            last = step

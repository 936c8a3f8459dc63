"""Whether a lamp burned correctly in a night: the rule, its guards, and the nights that are longer or shorter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.nights import night_bounds
from city.places import Site
from city.reports import Verdict
from lighting.moments import Edge
from lighting.night_proof import LampSample, Proof, Span, lit_spans, prove, without
from lighting.power import expected_power
from lighting.programmes import FIVE_STEPS, Programme, SwitchPoint, level_at, switch_points
from tests.lighting.small_city import LED_60, MULHOUSE, PARIS, TROMSO

NIGHT = date(2026, 11, 24)
PERIOD = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
Change = Callable[[datetime, float, float], tuple[float | None, float | None] | None]
"""What becomes of a healthy lamp's level and power at an instant; None when it says nothing."""


def spans_of(night: date, site: Site = MULHOUSE, programme: Programme = FIVE_STEPS) -> tuple[Span, ...]:
    return lit_spans(switch_points(programme, night, site), night_bounds(night, site.zone)[1])


def healthy(_at: datetime, level: float, power: float) -> tuple[float, float]:
    return level, power


def samples(change: Change = healthy, night: date = NIGHT, period: timedelta = PERIOD) -> list[LampSample]:
    """A lamp that follows the programme from noon to noon, seen at every period, and changed."""
    at, end = night_bounds(night, PARIS)
    said: list[LampSample] = []
    while at < end:
        level = level_at(FIVE_STEPS, at, MULHOUSE)
        values = change(at, level, expected_power(LED_60, level))
        if values is not None:
            said.append((at, values))
        at += period
    return said


def proof(change: Change = healthy, night: date = NIGHT, period: timedelta = PERIOD) -> Proof:
    return prove(LED_60, spans_of(night), samples(change, night, period))


def test_a_lamp_that_follows_the_programme_burned() -> None:
    seen = proof()
    assert seen.verdict is Verdict.BURNED
    assert seen.planned_h == pytest.approx(15.2, abs=0.2)
    assert seen.covered_share == pytest.approx(1.0, abs=0.01)
    assert seen.lit_h == pytest.approx(seen.planned_h, abs=0.15)
    assert seen.mean_w is not None
    assert seen.mean_w == pytest.approx(seen.expected_w)


def test_a_lamp_of_which_nothing_was_heard_is_not_proven_and_never_good() -> None:
    seen = prove(LED_60, spans_of(NIGHT), [])
    assert (seen.verdict, seen.covered_share, seen.lit_h) == (Verdict.NOT_PROVEN, 0.0, 0.0)
    assert (seen.mean_w, seen.expected_w) == (None, None)


def test_a_night_without_light_is_not_planned() -> None:
    seen = prove(LED_60, (), samples())
    assert (seen.verdict, seen.planned_h) == (Verdict.NOT_PLANNED, 0.0)


@pytest.mark.parametrize(("share", "verdict"), [(0.66, Verdict.NOT_PROVEN), (0.74, Verdict.BURNED)])
def test_seven_tenths_of_the_planned_time_must_be_covered(share: float, verdict: Verdict) -> None:
    ((start, end),) = spans_of(NIGHT)
    until = start + share * (end - start)
    seen = proof(lambda at, level, power: (level, power) if at < until else None)
    assert seen.verdict is verdict
    assert seen.covered_share == pytest.approx(share, abs=0.02)


def test_a_sample_speaks_for_a_quarter_of_an_hour_at_most() -> None:
    quarter, half = proof(period=timedelta(minutes=15)), proof(period=timedelta(minutes=30))
    assert quarter.verdict is Verdict.BURNED
    assert quarter.covered_share == pytest.approx(1.0, abs=0.02)
    assert half.verdict is Verdict.NOT_PROVEN
    assert half.covered_share == pytest.approx(0.5, abs=0.02)


def test_samples_without_a_level_or_a_power_prove_nothing() -> None:
    assert proof(lambda _at, level, _power: (level, None)).verdict is Verdict.NOT_PROVEN
    assert proof(lambda _at, _level, power: (None, power)).verdict is Verdict.NOT_PROVEN


def test_a_lamp_that_draws_nothing_stayed_dark() -> None:
    seen = proof(lambda _at, level, _power: (level, 0.6))
    assert (seen.verdict, seen.lit_h) == (Verdict.DARK, 0.0)
    assert proof(lambda _at, _level, _power: (0.0, 0.6)).verdict is Verdict.DARK


def test_a_lamp_that_died_in_the_night_burned_for_a_part_of_it() -> None:
    died = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    seen = proof(lambda at, level, power: (level, power) if at < died else (level, 0.6))
    assert seen.verdict is Verdict.PARTLY
    assert seen.lit_h == pytest.approx(9.3, abs=0.2)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (0.79, Verdict.LOW_POWER),
        (0.81, Verdict.BURNED),
        (1.19, Verdict.BURNED),
        (1.21, Verdict.HIGH_POWER),
    ],
)
def test_power_may_differ_by_a_fifth(factor: float, verdict: Verdict) -> None:
    assert proof(lambda _at, level, power: (level, power * factor)).verdict is verdict


def test_the_least_tolerance_is_two_watts() -> None:
    spans = spans_of(NIGHT)
    dim = [(at, (10.0, 7.0 + 1.9)) for at, *_ in samples()]
    assert prove(LED_60, spans, dim).verdict is Verdict.BURNED
    dimmer = [(at, (10.0, 7.0 + 2.1)) for at, *_ in samples()]
    assert prove(LED_60, spans, dimmer).verdict is Verdict.HIGH_POWER


def test_full_power_while_dimmed_is_a_fault_of_dimming() -> None:
    seen = proof(lambda _at, level, power: (level, 60.0 if level else power))
    assert seen.verdict is Verdict.DIMMING


@pytest.mark.parametrize(("wrong_of_20", "verdict"), [(1, Verdict.BURNED), (3, Verdict.PARTLY)])
def test_nine_tenths_of_the_samples_must_be_right(wrong_of_20: int, verdict: Verdict) -> None:
    said = samples()
    seen = [
        (at, (level, 0.6 if n % 20 < wrong_of_20 else power)) for n, (at, (level, power)) in enumerate(said)
    ]
    assert prove(LED_60, spans_of(NIGHT), seen).verdict is verdict


def test_a_lamp_that_follows_an_order_instead_of_the_programme_burned_too() -> None:
    assert proof(lambda _at, level, _power: (40.0, expected_power(LED_60, 40.0))).verdict is Verdict.BURNED


def test_what_a_lamp_says_while_it_fades_or_warms_up_is_not_judged() -> None:
    changes = [point.at for point in switch_points(FIVE_STEPS, NIGHT, MULHOUSE)]
    slow = replace(LED_60, warm_up_s=900.0)

    def fading(at: datetime, level: float, power: float) -> tuple[float, float]:
        return level, 1.0 if any(timedelta() <= at - change < 15 * MINUTE for change in changes) else power

    seen = prove(slow, spans_of(NIGHT), samples(fading))
    assert seen.verdict is Verdict.BURNED
    assert seen.mean_w == pytest.approx(seen.expected_w)


def test_a_clock_that_differs_by_a_few_minutes_at_the_edges_is_no_fault() -> None:
    ((start, end),) = spans_of(NIGHT)

    def late(at: datetime, level: float, power: float) -> tuple[float, float]:
        lit = start + 4 * MINUTE <= at < end - 4 * MINUTE
        return (level or 100.0, power) if lit else (0.0, 0.6)

    seen = proof(late)
    assert seen.verdict is Verdict.BURNED
    assert seen.mean_w == pytest.approx(seen.expected_w)


def test_burning_all_day_proves_nothing_more_than_the_night() -> None:
    seen = proof(lambda _at, level, power: (level or 100.0, power if level else 60.0))
    assert seen.verdict is Verdict.BURNED
    assert seen.lit_h <= seen.planned_h


def test_hours_that_an_order_had_dark_are_taken_from_the_plan() -> None:
    ((start, end),) = spans_of(NIGHT)
    order = (datetime(2026, 11, 24, 22, tzinfo=UTC), datetime(2026, 11, 25, 4, tzinfo=UTC))
    spans = without([(start, end)], [order])
    assert spans == ((start, order[0]), (order[1], end))
    obeying = samples(lambda at, level, power: (0.0, 0.6) if order[0] <= at < order[1] else (level, power))
    seen = prove(LED_60, spans, obeying)
    assert seen.verdict is Verdict.BURNED
    assert seen.planned_h == pytest.approx(9.2, abs=0.2)
    assert prove(LED_60, ((start, end),), obeying).verdict is Verdict.PARTLY
    assert without([(start, end)], [(start, end)]) == ()
    assert without([(start, end)], [(end, end + MINUTE), order, order]) == spans


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        (date(2026, 10, 24), 13.6),  # clocks go back: 25 h
        (date(2026, 3, 28), 11.4),  # clocks go forward: 23 h
        (date(2028, 2, 28), 13.0),
        (date(2028, 2, 29), 13.0),
        (date(2026, 12, 31), 15.7),
        (date(2026, 6, 21), 7.9),
    ],
)
def test_every_kind_of_night_is_planned_and_proven(night: date, hours: float) -> None:
    seen = proof(night=night)
    assert seen.verdict is Verdict.BURNED
    assert seen.planned_h == pytest.approx(hours, abs=0.2)
    assert seen.covered_share == pytest.approx(1.0, abs=0.02)


def test_a_night_that_does_not_end_before_noon_is_lit_to_its_end_and_one_without_dusk_never() -> None:
    ((start, end),) = spans_of(date(2026, 12, 21), TROMSO)
    assert (start, end) == night_bounds(date(2026, 12, 21), TROMSO.zone)
    assert spans_of(date(2026, 6, 21), TROMSO) == ()


def test_a_pause_in_the_night_makes_two_spans_and_steps_of_level_none() -> None:
    at = datetime(2026, 11, 24, 16, tzinfo=UTC)
    levels = (100.0, 70.0, 0.0, 70.0, 100.0, 0.0)
    points = [SwitchPoint(at + n * timedelta(hours=1), level) for n, level in enumerate(levels)]
    hours = [at + n * timedelta(hours=1) for n in range(7)]
    assert lit_spans(points, hours[6]) == ((hours[0], hours[2]), (hours[3], hours[5]))


def test_light_that_a_programme_keeps_for_minutes_only_cannot_be_proven() -> None:
    brief = Programme("bref", "Bref", Edge("sunset"), Edge("sunset", 8 * MINUTE), 100.0)
    spans = spans_of(NIGHT, programme=brief)
    assert prove(LED_60, spans, samples()).verdict is Verdict.NOT_PROVEN


@given(
    st.lists(
        st.tuples(
            st.integers(0, 24 * 60),
            st.none() | st.floats(0, 100),
            st.none() | st.floats(0, 1000),
        ),
        max_size=40,
        unique_by=lambda row: row[0],
    )
)
def test_whatever_a_lamp_says_the_shares_stay_within_bounds(rows: list[tuple[int, float, float]]) -> None:
    noon, _ = night_bounds(NIGHT, PARIS)
    said = [
        (noon + minute * MINUTE, (level, power)) for minute, level, power in sorted(rows, key=lambda r: r[0])
    ]
    seen = prove(LED_60, spans_of(NIGHT), said)
    assert 0 <= seen.covered_share <= 1
    assert 0 <= seen.lit_h <= seen.covered_share * seen.planned_h + 1e-9
    assert seen.covered_share >= 0.7 or seen.verdict is Verdict.NOT_PROVEN

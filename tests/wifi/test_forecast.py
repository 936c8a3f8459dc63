"""The forecast of a place: what is usual, how today runs, events, and a band that rests on its own errors."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wifi.places import DAY, HOUR, MONDAY, PARIS, ByLocal, at, by_day, past
from wifi.capacity.band import FEWEST_ERRORS, Errors
from wifi.capacity.days import Event
from wifi.capacity.forecast import AHEAD, Expected, Forecast
from wifi.capacity.past import Past

SIX_WEEKS = 6 * 7
NOW = MONDAY + SIX_WEEKS * DAY + 10 * HOUR + timedelta(minutes=20)
"""A Monday, 10:20 local time."""


def expected(of: Past, now: datetime = NOW) -> dict[int, Expected]:
    """By local hour of the first day ahead."""
    forecast = Forecast(of, now)
    return {each.at.astimezone(PARIS).hour: each for each in forecast.ahead(forecast.errors().band())}


def test_a_place_that_is_as_usual_is_expected_to_stay_so_with_a_band_of_no_width() -> None:
    ahead = expected(past(by_day, SIX_WEEKS + 1))
    assert len(ahead) == AHEAD
    assert next(iter(ahead)) == 10
    for hour, each in ahead.items():
        assert each.expected == pytest.approx(100.0 if 8 <= hour < 20 else 10.0)
        assert each.low == pytest.approx(each.high) == pytest.approx(each.expected)


def test_a_day_that_runs_above_the_usual_is_believed_less_the_further_ahead() -> None:
    def fuller_today(local: datetime) -> float:
        return by_day(local) * (1.5 if local >= NOW.astimezone(PARIS).replace(hour=0, minute=0) else 1.0)

    ahead = expected(past(fuller_today, SIX_WEEKS + 1))
    shares = [(ahead[hour].expected or 0.0) / 100.0 for hour in range(10, 20)]
    assert 1.3 < shares[0] < 1.5
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] > 1.0
    assert (ahead[9].expected or 0.0) / 100.0 < shares[-1]  # the next morning other people come


def test_what_was_in_the_hour_under_way_and_later_is_not_looked_at() -> None:
    def later(local: datetime) -> float:
        return 777.0 if local >= NOW.astimezone(PARIS).replace(minute=0) else by_day(local)

    known = {each.at: each.expected for each in expected(past(by_day, SIX_WEEKS + 1)).values()}
    assert {each.at: each.expected for each in expected(past(later, SIX_WEEKS + 2)).values()} == known


def vacant(first: str, last: str) -> ByLocal:
    """Vacations: from one instant to another hardly anybody comes on workdays; weekends stay as they are."""

    def clients(local: datetime) -> float:
        is_vacation = at(first) <= local < at(last) and local.weekday() < 5
        return by_day(local) * (0.1 if is_vacation else 1.0)

    return clients


def noon(of: ByLocal, now: str) -> float:
    """What is expected of the next noon."""
    found = expected(past(of, SIX_WEEKS + 14), at(now))[12].expected
    assert found is not None
    return found


def test_a_place_that_has_changed_is_expected_as_it_has_been_since() -> None:
    vacation = vacant("2026-10-12T00:00", "2026-10-24T00:00")
    first_eve = noon(vacation, "2026-10-11T22:00")
    assert first_eve == pytest.approx(100.0)
    assert noon(vacation, "2026-10-13T06:00") < 70.0
    assert noon(vacation, "2026-10-16T06:00") == pytest.approx(10.0, abs=1.0)
    assert noon(vacation, "2026-10-19T06:00") == pytest.approx(10.0, abs=1.0)


def test_weekends_of_a_place_that_changed_on_workdays_stay_as_they_are() -> None:
    vacation = vacant("2026-10-12T00:00", "2026-10-24T00:00")
    assert noon(vacation, "2026-10-17T06:00") == pytest.approx(50.0)


def test_a_place_that_is_as_before_again_is_believed_at_once() -> None:
    vacation = vacant("2026-10-06T00:00", "2026-10-17T00:00")
    assert noon(vacation, "2026-10-18T22:00") == pytest.approx(10.0, abs=1.0)
    assert noon(vacation, "2026-10-19T10:00") > 85.0
    assert noon(vacation, "2026-10-20T06:00") > 85.0


def test_a_band_reaches_no_higher_than_half_as_much_again_as_ever() -> None:
    def opened(local: datetime) -> float:
        return by_day(local) * (1.0 if local >= at("2026-10-16T00:00") else 0.01)

    band = expected(past(opened, SIX_WEEKS + 1))
    assert max(each.high or 0.0 for each in band.values()) == pytest.approx(150.0)


def match(day: int, month: int = 10, clients: int | None = None) -> Event:
    begins = at(f"2026-{month:02}-{day:02}T20:00")
    return Event("Match", begins, begins + timedelta(hours=2), clients)


def with_matches(clients: int | None = None) -> Past:
    """Three matches that took place, and one that is announced for tonight."""
    former = (match(1), match(6), match(14))

    def played(local: datetime) -> float:
        return 400.0 if any(each.begins <= local < each.ends for each in former) else by_day(local)

    return past(played, SIX_WEEKS + 1, (*former, match(19, clients=clients)))


def test_an_event_brings_as_many_as_the_events_before_it_did() -> None:
    ahead = expected(with_matches())
    assert [ahead[hour].expected for hour in (20, 21)] == [400.0, 400.0]
    assert (ahead[20].usual, ahead[20].event, ahead[12].event) == (400.0, "Match", "")
    assert ahead[23].expected == pytest.approx(10.0)


def test_an_event_with_a_number_of_its_own_has_the_shape_of_those_before() -> None:
    ahead = expected(with_matches(clients=200))
    assert [ahead[hour].expected for hour in (20, 21)] == [200.0, 200.0]
    assert ahead[22].expected == pytest.approx(5.0)


def test_the_first_event_of_a_place_is_what_its_announcement_says_or_nothing() -> None:
    said = expected(past(by_day, SIX_WEEKS + 1, (match(19, clients=300),)))
    assert [said[hour].expected for hour in (18, 19, 20, 21)] == pytest.approx([100.0, 120.0, 300.0, 300.0])
    unsaid = expected(past(by_day, SIX_WEEKS + 1, (match(19),)))
    assert unsaid[20].expected == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("days", "is_expected", "has_band"), [(5, False, False), (9, True, False), (21, True, True)]
)
def test_nothing_is_expected_before_a_week_and_no_band_told_before_two(
    days: int, *, is_expected: bool, has_band: bool
) -> None:
    ahead = expected(past(by_day, days), MONDAY + days * DAY)
    assert (ahead[9].expected is not None) == is_expected
    assert (ahead[9].low is not None, ahead[9].high is not None) == (has_band, has_band)


def test_without_any_history_nothing_is_usual_and_nothing_expected() -> None:
    ahead = expected(past(lambda local: None, 1))
    assert {(each.usual, each.expected, each.low, each.high) for each in ahead.values()} == {
        (None, None, None, None)
    }


def test_on_the_day_with_25_hours_each_hour_is_expected_once() -> None:
    saturday = at("2026-10-24T12:00")
    forecast = Forecast(past(by_day, 7 * 7), saturday)
    hours = [each.at.astimezone(PARIS).hour for each in forecast.ahead()]
    assert hours == [*range(12, 24), 0, 1, 2, 2, *range(3, 11)]


def test_a_band_is_as_wide_as_its_errors_and_no_narrower_for_luck() -> None:
    errors = Errors()
    for number in range(FEWEST_ERRORS - 1):
        errors.add(number, 1, 12, 0.1)
    assert errors.band().around(100.0, 100.0, 1, 12) is None
    draw = Random(7)  # noqa: S311 - no secret
    spread = [draw.uniform(-0.2, 0.4) for _ in range(1000)]
    for number, error in enumerate(spread):
        errors.add(number, 1, 12, error)
    bounds = errors.band().around(100.0, 100.0, 1, 12)
    assert bounds is not None
    assert bounds[0] == pytest.approx(83.0, abs=3.0)
    assert bounds[1] == pytest.approx(137.0, abs=3.0)
    assert errors.band().around(100.0, 100.0, 24, 12) is None


values = st.one_of(st.none(), st.floats(0, 5000))


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[datetime, float], datetime]:
    """Some weeks around the end of summer time, with odd hours and gaps anywhere."""
    days = draw(st.integers(8, 30))
    base = draw(st.floats(0, 500))
    odd = draw(st.dictionaries(st.integers(0, 24 * days - 1), values, max_size=40))
    start = at("2026-10-05T00:00")
    known = {}
    for number in range(24 * days):
        hour = start + number * HOUR
        value = odd.get(number, base * by_day(hour.astimezone(PARIS)) / 100.0)
        if value is not None:
            known[hour] = value
    return known, start + days * DAY


@settings(max_examples=25, deadline=None)
@given(histories())
def test_whatever_was_measured_the_forecast_lies_in_its_band_and_never_below_nobody(
    history: tuple[dict[datetime, float], datetime],
) -> None:
    known, now = history
    for each in expected(Past(known, past(by_day, 1).days), now).values():
        if each.expected is not None:
            assert each.expected >= 0.0
        if each.low is not None and each.high is not None and each.expected is not None:
            assert 0.0 <= each.low <= each.expected <= each.high


@settings(max_examples=15, deadline=None)
@given(histories(), st.sampled_from((0.125, 0.5, 4.0, 64.0)))
def test_ten_times_the_people_are_ten_times_the_forecast(
    history: tuple[dict[datetime, float], datetime], factor: float
) -> None:
    known, now = history
    days = past(by_day, 1).days
    times = {hour: factor * value for hour, value in known.items()}
    one, other = expected(Past(known, days), now), expected(Past(times, days), now)
    for hour, each in one.items():
        for here, there in (
            (each.expected, other[hour].expected),
            (each.low, other[hour].low),
            (each.high, other[hour].high),
        ):
            assert (here is None) == (there is None)
            if here is not None and there is not None:
                assert there == pytest.approx(factor * here, rel=1e-6, abs=1e-9)

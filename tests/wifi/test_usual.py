"""What is usual in a place: by kind of day and hour, whatever odd days there were."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.public_holidays import Region
from tests.wifi.places import DAY, HOUR, MONDAY, PARIS, at, by_day, past
from wifi.capacity.days import DayKind, Days, Event, floor
from wifi.capacity.profile import WEEKS, busy_hours, profile_of

EIGHT_WEEKS = 8 * 7
AFTER = date(2026, 11, 2)
"""The Monday after eight weeks; the day before All Saints' Day has passed."""


@pytest.mark.parametrize(
    ("day", "region", "kind"),
    [
        ("2026-11-26", Region.ALSACE, DayKind.WORKDAY),
        ("2026-11-28", Region.ALSACE, DayKind.SATURDAY),
        ("2026-11-29", Region.ALSACE, DayKind.SUNDAY),
        ("2026-11-11", Region.FRANCE, DayKind.SUNDAY),
        ("2026-12-26", Region.ALSACE, DayKind.SUNDAY),
        ("2026-12-26", Region.FRANCE, DayKind.SATURDAY),
    ],
)
def test_public_holidays_are_like_sundays_and_alsace_has_two_more(
    day: str, region: Region, kind: DayKind
) -> None:
    assert Days(PARIS, region).kind(date.fromisoformat(day)) is kind


def test_the_usual_is_the_median_of_such_hours_on_the_same_weekday() -> None:
    profile = profile_of(AFTER, past(by_day, EIGHT_WEEKS))
    assert profile.clients[7:9] == (10.0, 100.0)
    assert set(profile.days) == {WEEKS}


def test_one_odd_day_changes_nothing() -> None:
    def odd(local: datetime) -> float:
        return 900.0 if local.date() == date(2026, 10, 19) else by_day(local)

    assert profile_of(AFTER, past(odd, EIGHT_WEEKS)) == profile_of(AFTER, past(by_day, EIGHT_WEEKS))


def test_a_public_holiday_is_compared_with_sundays_whatever_weekday_it_is() -> None:
    profile = profile_of(date(2026, 11, 11), past(by_day, 9 * 7))
    assert profile.clients[12] == 50.0


def test_with_few_of_the_same_weekday_all_days_of_the_kind_are_compared_but_not_the_day_before() -> None:
    def growing(local: datetime) -> float:
        return float(local.day)

    profile = profile_of(date(2026, 9, 11), past(growing, 4))
    assert profile.clients[12] == 8.0  # the 7th, 8th and 9th; the 10th was not over at 24 hours' distance
    assert profile.days[12] == 3


def test_what_was_never_measured_is_not_usual() -> None:
    def from_noon(local: datetime) -> float | None:
        return 5.0 if local.hour >= 12 else None

    profile = profile_of(AFTER, past(from_noon, EIGHT_WEEKS))
    assert profile.clients[11] is None
    assert profile.clients[12] == 5.0


def test_the_day_with_25_hours_has_its_double_hour_in_the_mean_and_that_with_23_lacks_one() -> None:
    def twice(local: datetime) -> float:
        return 40.0 if local.hour == 2 and local.fold else 20.0

    autumn = past(twice, 2, start=at("2026-10-25T00:00"))
    assert autumn.whole[date(2026, 10, 25)][2] == 30.0
    assert sum(value is not None for value in autumn.whole[date(2026, 10, 25)]) == 24
    spring = past(twice, 2, start=at("2027-03-28T00:00"))
    assert spring.whole[date(2027, 3, 28)][2] is None


def test_hours_around_an_event_are_no_ordinary_hours() -> None:
    match = Event("Match", at("2026-10-19T20:00"), at("2026-10-19T22:00"))
    days = Days(PARIS, Region.ALSACE, (match,))
    around = [hour for hour in range(24) if days.event_around(at(f"2026-10-19T{hour:02}:00"))]
    assert around == [17, 18, 19, 20, 21, 22, 23]
    assert days.under_way(at("2026-10-19T21:59")) == match
    assert days.under_way(at("2026-10-19T19:59")) is None
    assert days.under_way(at("2026-10-19T22:00")) is None


def test_the_later_of_two_events_close_to_each_other_owns_the_hours_of_both() -> None:
    first = Event("Matin", at("2026-10-19T09:00"), at("2026-10-19T18:00"))
    second = Event("Soir", at("2026-10-19T20:00"), at("2026-10-19T22:00"))
    days = Days(PARIS, Region.ALSACE, (second, first))
    named = [days.event_around(at(f"2026-10-19T{hour:02}:00")) for hour in (5, 6, 16, 17, 19, 23)]
    assert named == [None, first, first, second, second, second]


def test_the_busiest_hour_is_told_for_each_kind_of_day_and_for_events() -> None:
    match = Event("Match", at("2026-10-19T20:00"), at("2026-10-19T22:00"))

    def with_peaks(local: datetime) -> float:
        if local.date() == date(2026, 10, 19):
            return 300.0 if local.hour == 21 else 1.0
        peak = {5: 15, 6: 16}.get(local.weekday(), 12)
        return 80.0 if local.hour == peak else 5.0

    found = busy_hours(AFTER, past(with_peaks, EIGHT_WEEKS, (match,)))
    assert [(each.days, each.hour, each.clients) for each in found] == [
        ("workday", 12, 80.0),
        ("saturday", 15, 80.0),
        ("sunday", 16, 80.0),
        ("event", 21, 300.0),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 90 * 24), st.integers(1, 240)), max_size=6),
    st.integers(0, 90 * 24),
)
def test_an_hour_belongs_to_an_event_exactly_if_it_touches_its_time(
    spans: list[tuple[int, int]], number: int
) -> None:
    events = [
        Event(str(index), MONDAY + begin * HOUR / 2, MONDAY + begin * HOUR / 2 + length * HOUR / 4)
        for index, (begin, length) in enumerate(spans)
    ]
    hour = MONDAY + number * HOUR
    touched = any(
        hour < event.ends + timedelta(hours=2) and event.begins - timedelta(hours=3) < hour + HOUR
        for event in events
    )
    assert (Days(PARIS, Region.ALSACE, events).event_around(hour) is not None) == touched


def test_an_instant_is_floored_to_its_hour_of_utc() -> None:
    assert floor(at("2026-11-28T20:59") + DAY) == at("2026-11-29T20:00")

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_devices.almanac import is_lecture_day, is_like_sunday
from fake_devices.gatherings import gatherings
from fake_devices.rhythms import MOST, PARIS, fullness, is_match_night, usual_fullness

PLACES = (
    "patinoire",
    "uha",
    "centre-ville",
    "camping",
    "plaine-des-sports",
    "gare",
    "musees",
    "bibliothèque",
)
SEEDS = range(12)


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS).astimezone(UTC)  # type: ignore[misc, arg-type]


def levels(place: str, hour: int, days: Sequence[date], seed: int = 1) -> list[float]:
    return [fullness(place, local(day.year, day.month, day.day, hour), seed) for day in days]


@pytest.mark.parametrize(
    ("place", "full", "empty"),
    [
        ("uha", local(2026, 11, 30, 11, 30), local(2026, 11, 28, 11, 30)),
        ("uha", local(2026, 11, 30, 11, 30), local(2026, 7, 20, 11, 30)),
        ("uha", local(2026, 11, 30, 11, 30), local(2026, 12, 28, 11, 30)),
        ("centre-ville", local(2026, 11, 28, 15, 0), local(2026, 11, 29, 15, 0)),
        ("centre-ville", local(2026, 11, 30, 20, 0), local(2026, 11, 30, 4, 0)),
        ("camping", local(2026, 7, 20, 22, 30), local(2026, 12, 20, 22, 30)),
        ("plaine-des-sports", local(2026, 6, 6, 15, 0), local(2026, 6, 3, 15, 0)),
        ("gare", local(2026, 11, 30, 7, 30), local(2026, 11, 29, 7, 30)),
        ("musees", local(2026, 11, 29, 15, 30), local(2026, 12, 1, 15, 30)),
        ("bibliothèque", local(2026, 11, 30, 15, 0), local(2026, 11, 30, 22, 0)),
    ],
)
def test_each_place_has_the_rhythm_of_its_people(place: str, full: datetime, empty: datetime) -> None:
    assert usual_fullness(place, full) > 2 * usual_fullness(place, empty)
    assert fmean(fullness(place, full, seed) for seed in SEEDS) > 1.5 * fmean(
        fullness(place, empty, seed) for seed in SEEDS
    )


def test_a_match_fills_the_ice_rink_on_some_evenings_of_the_season() -> None:
    evenings = [datetime(2026, 11, day, 20, 30, tzinfo=PARIS) for day in range(1, 31)]
    matches = [evening for evening in evenings if is_match_night(evening.date(), 1)]
    others = [evening for evening in evenings if evening not in matches]
    assert 5 <= len(matches) <= 20
    assert min(fullness("patinoire", evening.astimezone(UTC), 1) for evening in matches) > 0.9
    assert sorted(fullness("patinoire", evening.astimezone(UTC), 1) for evening in others)[-3] < 0.45
    assert not any(
        is_match_night(evening.replace(month=7).date(), seed) for evening in evenings for seed in range(9)
    )


def test_after_a_match_people_are_gone_within_three_quarters_of_an_hour() -> None:
    matches = [
        each
        for day in range(1, 31)
        for each in gatherings("patinoire", date(2026, 11, day), 1)
        if each.announced
    ]
    for match in matches:
        before, at_end, gone = (
            fullness("patinoire", match.ends + timedelta(minutes=after), 1) for after in (-15, 0, 45)
        )
        assert before > 0.85
        assert at_end < before
        assert gone < 0.25 * before


def test_a_public_holiday_is_like_a_sunday() -> None:
    ascension = date(2026, 5, 14)
    assert ascension.weekday() == 3
    assert is_like_sunday(ascension)
    assert is_like_sunday(date(2026, 4, 3)), "Good Friday, in Alsace"
    assert not is_lecture_day(ascension)
    noon = local(2026, 5, 14, 12)
    assert usual_fullness("centre-ville", noon) == usual_fullness("centre-ville", local(2026, 5, 17, 12))
    assert usual_fullness("centre-ville", noon) < usual_fullness("centre-ville", local(2026, 5, 13, 12))


def test_days_of_one_kind_differ_and_each_seed_has_days_of_its_own() -> None:
    mondays = [date(2026, 9, 7) + timedelta(weeks=week) for week in range(14)]
    at_eleven = levels("uha", 11, mondays)
    assert 0.05 < pstdev(at_eleven) / fmean(at_eleven) < 0.4
    assert at_eleven != levels("uha", 11, mondays, seed=2)


def test_a_good_day_is_good_all_day() -> None:
    workdays = [
        day for day in (date(2026, 9, 1) + timedelta(days=n) for n in range(90)) if is_lecture_day(day)
    ]
    mornings, afternoons = levels("uha", 11, workdays), levels("uha", 15, workdays)
    middle_1, middle_2 = fmean(mornings), fmean(afternoons)
    together = fmean((a - middle_1) * (b - middle_2) for a, b in zip(mornings, afternoons, strict=True))
    assert together / (pstdev(mornings) * pstdev(afternoons)) > 0.5


def test_places_grow_slowly() -> None:
    def level(year: int) -> float:
        days = [date(year, 9, 1) + timedelta(days=n) for n in range(60)]
        return fmean(fmean(levels("gare", 18, days, seed)) for seed in SEEDS)

    assert 1.08 < level(2026) / level(2025) < 1.3


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PLACES),
    st.integers(0, 1000),
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)),  # noqa: DTZ001 - given its zone below
)
def test_people_come_and_go_without_jumps_midnights_and_changes_of_clocks_included(
    place: str, seed: int, moment: datetime
) -> None:
    start = moment.replace(tzinfo=UTC)
    seen = [fullness(place, start + timedelta(minutes=minutes), seed) for minutes in range(240)]
    assert all(0 <= level <= MOST for level in seen)
    assert max(abs(late - early) for early, late in pairwise(seen)) < 0.06


def test_rhythm_follows_local_time_through_the_change_of_clocks() -> None:
    before = usual_fullness("centre-ville", datetime(2026, 10, 21, 16, 0, tzinfo=UTC))
    after = usual_fullness("centre-ville", datetime(2026, 10, 28, 17, 0, tzinfo=UTC))
    assert before == after

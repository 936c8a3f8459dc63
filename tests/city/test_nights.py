from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.nights import NOON, local_instant, night_bounds, night_of

PARIS = ZoneInfo("Europe/Paris")
ZONES = [
    PARIS,
    ZoneInfo("UTC"),
    ZoneInfo("America/St_Johns"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("Pacific/Apia"),
]
nights = st.dates(date(2000, 1, 2), date(2099, 12, 30))


@pytest.mark.parametrize(
    ("wall_clock", "night"),
    [
        ("2026-11-27T12:00", date(2026, 11, 27)),
        ("2026-11-27T23:59", date(2026, 11, 27)),
        ("2026-11-28T02:00", date(2026, 11, 27)),
        ("2026-11-28T11:59", date(2026, 11, 27)),
        ("2028-02-29T03:00", date(2028, 2, 28)),
        ("2028-03-01T03:00", date(2028, 2, 29)),
        ("2027-01-01T00:00", date(2026, 12, 31)),
    ],
)
def test_a_night_runs_from_noon_to_noon_and_is_named_by_its_evening(wall_clock: str, night: date) -> None:
    assert night_of(datetime.fromisoformat(wall_clock).replace(tzinfo=PARIS), PARIS) == night


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 11, 22), 24), (date(2026, 10, 24), 25), (date(2027, 3, 27), 23)]
)
def test_a_night_lasts_an_hour_more_or_less_when_the_clock_changes(night: date, hours: int) -> None:
    start, end = night_bounds(night, PARIS)
    assert end - start == timedelta(hours=hours)
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    ("night", "at", "utc"),
    [
        (date(2026, 11, 22), "20:00", "2026-11-22T19:00"),
        (date(2026, 11, 22), "00:00", "2026-11-22T23:00"),
        (date(2026, 11, 22), "05:00", "2026-11-23T04:00"),
        # clocks go back: 02:00 to 03:00 comes twice, the first is meant
        (date(2026, 10, 24), "01:59", "2026-10-24T23:59"),
        (date(2026, 10, 24), "02:00", "2026-10-25T00:00"),
        (date(2026, 10, 24), "02:59", "2026-10-25T00:59"),
        (date(2026, 10, 24), "03:00", "2026-10-25T02:00"),
        # clocks go forward: 02:00 to 03:00 does not come, 03:00 is meant
        (date(2027, 3, 27), "01:59", "2027-03-28T00:59"),
        (date(2027, 3, 27), "02:00", "2027-03-28T01:00"),
        (date(2027, 3, 27), "02:30", "2027-03-28T01:00"),
        (date(2027, 3, 27), "02:59", "2027-03-28T01:00"),
        (date(2027, 3, 27), "03:00", "2027-03-28T01:00"),
        (date(2027, 3, 27), "03:01", "2027-03-28T01:01"),
    ],
)
def test_a_wall_clock_time_is_resolved_once_a_night(night: date, at: str, utc: str) -> None:
    assert local_instant(night, time.fromisoformat(at), PARIS) == datetime.fromisoformat(utc).replace(
        tzinfo=UTC
    )


def test_a_day_that_a_country_skipped_altogether_leads_to_its_end() -> None:
    apia = ZoneInfo("Pacific/Apia")
    after = datetime(2011, 12, 31, tzinfo=apia).astimezone(UTC)
    assert local_instant(date(2011, 12, 30), time(20), apia) == after


@given(night=nights, at=st.times(), zone=st.sampled_from(ZONES))
def test_every_wall_clock_time_lies_in_the_night_that_it_was_asked_for(
    night: date, at: time, zone: ZoneInfo
) -> None:
    instant = local_instant(night, at, zone)
    if (zone.key, night) in {("Pacific/Apia", date(2011, 12, day)) for day in (29, 30)}:
        return
    start, end = night_bounds(night, zone)
    assert start <= instant < end
    assert night_of(instant, zone) == night


@given(night=nights, first=st.times(), second=st.times(), zone=st.sampled_from(ZONES))
def test_times_keep_their_order_through_every_change_of_the_clock(
    night: date, first: time, second: time, zone: ZoneInfo
) -> None:
    earlier, later = sorted((first, second), key=lambda at: (at < NOON, at))
    if (zone.key, night) in {("Pacific/Apia", date(2011, 12, day)) for day in (29, 30)}:
        return
    assert local_instant(night, earlier, zone) <= local_instant(night, later, zone)


@given(night=nights, zone=st.sampled_from(ZONES))
def test_nights_follow_each_other_without_gap_or_overlap(night: date, zone: ZoneInfo) -> None:
    assert night_bounds(night, zone)[1] == night_bounds(night + timedelta(days=1), zone)[0]

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.nights import local_instant
from fake_devices.street_clock import EPOCH, Place, SunEvent

PARIS = ZoneInfo("Europe/Paris")
MULHOUSE = Place(47.75, 7.34, 60, summer_time=True)
TOLERANCE_S = 10
# Sunrise and sunset at Mulhouse by NREL's SPA (pvlib 0.16.1), zenith 90.833°, local time.
TABLE = [
    ("2026-01-01", "08:19:27", "16:49:06"),
    ("2026-03-28", "06:17:35", "18:54:41"),
    ("2026-03-29", "07:15:33", "19:56:06"),
    ("2026-06-21", "05:32:09", "21:32:44"),
    ("2026-10-24", "08:02:42", "18:26:15"),
    ("2026-10-25", "07:04:12", "17:24:31"),
    ("2026-11-22", "07:46:13", "16:46:50"),
    ("2026-12-21", "08:16:31", "16:40:51"),
    ("2027-03-27", "06:20:07", "18:52:55"),
    ("2027-03-28", "07:18:05", "19:54:21"),
]


@pytest.mark.parametrize(("day", "sunrise", "sunset"), TABLE)
def test_sunrise_and_sunset_agree_with_the_published_table(day: str, sunrise: str, sunset: str) -> None:
    number = date.fromisoformat(day).toordinal() - EPOCH
    events: tuple[tuple[SunEvent, str], ...] = (("sunrise", sunrise), ("sunset", sunset))
    for event, expected in events:
        instant = datetime.fromisoformat(f"{day}T{expected}").replace(tzinfo=PARIS).timestamp()
        assert MULHOUSE.sun(event, number) == pytest.approx(instant, abs=TOLERANCE_S)


def test_in_the_far_north_there_are_days_without_sunset_or_without_sunrise() -> None:
    north = Place(70.0, 25.0, 60, summer_time=True)
    june, december = (date(2026, month, 21).toordinal() - EPOCH for month in (6, 12))
    assert north.sun("sunset", june) is None
    assert north.sun("sunset", december) is None
    assert not north.is_dark_all_day(june)
    assert north.is_dark_all_day(december)


@given(st.integers(0, 4_000_000_000))
def test_local_time_is_that_of_paris(instant: int) -> None:
    there = datetime.fromtimestamp(instant, PARIS)
    if there.year >= 1997:  # since then the Union changes on the last Sunday of October
        assert timedelta(seconds=MULHOUSE.offset_s(instant)) == there.utcoffset()


@given(st.dates(date(2000, 1, 1), date(2099, 12, 30)), st.times())
def test_a_wall_clock_time_becomes_the_first_such_instant_and_a_skipped_one_the_end_of_the_gap(
    night: date, at: time
) -> None:
    at = at.replace(second=0, microsecond=0)
    day = night if at >= time(12) else night + timedelta(days=1)
    expected = local_instant(night, at, PARIS)
    got = MULHOUSE.instant(day.toordinal() - EPOCH, at.hour * 3600 + at.minute * 60)
    assert datetime.fromtimestamp(got, UTC) == expected

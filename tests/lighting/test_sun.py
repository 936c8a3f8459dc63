from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.places import Position, Site
from lighting.sun import dark_spans, is_up, sun_on
from tests.lighting.small_city import MULHOUSE, PARIS, REYKJAVIK, SOUTH_POLE, TROMSO

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
"""NREL SPA at 47.75 N 7.34 E, zenith 90.833 degrees, Paris time (pvlib 0.16.1)."""


@pytest.mark.parametrize(("day", "sunrise", "sunset"), TABLE)
def test_the_sun_over_mulhouse_is_within_ten_seconds_of_the_nrel_table(
    day: str, sunrise: str, sunset: str
) -> None:
    sun = sun_on(date.fromisoformat(day), MULHOUSE)
    assert sun.sunrise is not None
    assert sun.sunset is not None
    for found, expected in ((sun.sunrise, sunrise), (sun.sunset, sunset)):
        wanted = datetime.fromisoformat(f"{day}T{expected}").replace(tzinfo=PARIS)
        assert abs(found - wanted) <= timedelta(seconds=10)
    assert sun.always is None


GOLDEN = Site("Golden", Position(39.742476, -105.1786), ZoneInfo("Etc/GMT+7"))
SOUTH = Site("35 S", Position(-35, 0), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("site", "day", "event", "expected"),
    [
        (GOLDEN, "2015-01-02", "sunrise", "07:21:55"),
        (GOLDEN, "2015-01-02", "sunset", "16:47:43"),
        (GOLDEN, "2015-08-02", "sunrise", "05:00:27"),
        # Published beside the sunrise of 2 August, but counted by UTC days: it is the evening before.
        (GOLDEN, "2015-08-01", "sunset", "19:13:58"),
        (SOUTH, "1996-07-05", "sunrise", "07:08:15"),
        (SOUTH, "1996-07-05", "sunset", "17:01:04"),
        (SOUTH, "2004-12-04", "sunrise", "04:38:57"),
        (SOUTH, "2004-12-04", "sunset", "19:02:03"),
    ],
)
def test_the_sun_agrees_with_the_vectors_of_the_nrel_calculator(
    site: Site, day: str, event: str, expected: str
) -> None:
    sun = sun_on(date.fromisoformat(day), site)
    found = sun.sunrise if event == "sunrise" else sun.sunset
    wanted = datetime.fromisoformat(f"{day}T{expected}").replace(tzinfo=site.zone)
    assert found is not None
    assert abs(found - wanted) <= timedelta(seconds=30)


def test_beyond_the_polar_circle_the_sun_stays_up_in_june_and_down_in_december() -> None:
    summer, winter = sun_on(date(2026, 6, 21), TROMSO), sun_on(date(2026, 12, 21), TROMSO)
    assert (summer.sunrise, summer.sunset, summer.always) == (None, None, "up")
    assert (winter.sunrise, winter.sunset, winter.always) == (None, None, "down")


def test_a_sunset_after_midnight_belongs_to_the_local_day_on_which_it_happens() -> None:
    sun = sun_on(date(2026, 6, 21), REYKJAVIK)
    assert sun.sunset is not None
    assert sun.sunset.date() == date(2026, 6, 21)
    assert sun.sunset.hour == 0


def test_far_from_greenwich_the_local_day_is_meant_and_not_the_utc_day() -> None:
    auckland = Site("Auckland", Position(-36.85, 174.76), ZoneInfo("Pacific/Auckland"))
    for day in (date(2026, 1, 15), date(2026, 7, 15)):
        sun = sun_on(day, auckland)
        assert sun.sunrise is not None
        assert sun.sunset is not None
        assert sun.sunrise.astimezone(auckland.zone).date() == day
        assert sun.sunset.astimezone(auckland.zone).date() == day
        assert sun.sunrise < sun.sunset


def test_the_sun_is_down_for_one_span_a_night_in_mulhouse() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=PARIS)
    spans = [
        span
        for span in dark_spans(noon, noon + timedelta(days=1), MULHOUSE)
        if span.sunset and noon <= span.sunset < noon + timedelta(days=1)
    ]
    (span,) = spans
    assert span.sunset == sun_on(date(2026, 11, 22), MULHOUSE).sunset
    assert span.sunrise == sun_on(date(2026, 11, 23), MULHOUSE).sunrise
    assert not is_up(MULHOUSE.position, noon + timedelta(hours=12))


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    zone=st.sampled_from([PARIS, ZoneInfo("UTC"), TROMSO.zone, SOUTH_POLE.zone, ZoneInfo("America/Adak")]),
)
def test_the_sun_never_raises_anywhere_and_falls_in_the_day_asked_for(
    latitude: float, longitude: float, day: date, zone: ZoneInfo
) -> None:
    site = Site("anywhere", Position(latitude, longitude), zone)
    sun = sun_on(day, site)
    assert (sun.always is not None) == (sun.sunrise is None and sun.sunset is None)
    for instant in (sun.sunrise, sun.sunset):
        assert instant is None or instant.astimezone(zone).date() == day

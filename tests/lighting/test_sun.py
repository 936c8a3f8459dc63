from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import elevation
from hypothesis import given
from hypothesis import strategies as st

from city.places import Position, Site
from lighting.sun import CIVIL_DEG, HORIZON_DEG, dark_spans, is_up, sun_on
from tests.lighting.small_city import MULHOUSE, PARIS, REYKJAVIK, SOUTH_POLE, TROMSO

TABLE = [
    ("2026-01-01", "08:19:27", "16:49:06", "07:43:32", "17:25:01"),
    ("2026-03-28", "06:17:35", "18:54:41", "05:46:34", "19:25:48"),
    ("2026-03-29", "07:15:33", "19:56:06", "06:44:29", "20:27:16"),
    ("2026-06-21", "05:32:09", "21:32:44", "04:51:13", "22:13:41"),
    ("2026-10-24", "08:02:42", "18:26:15", "07:31:02", "18:57:54"),
    ("2026-10-25", "07:04:12", "17:24:31", "06:32:27", "17:56:14"),
    ("2026-11-22", "07:46:13", "16:46:50", "07:11:49", "17:21:14"),
    ("2026-12-21", "08:16:31", "16:40:51", "07:40:18", "17:17:03"),
    ("2027-03-27", "06:20:07", "18:52:55", None, None),
    ("2027-03-28", "07:18:05", "19:54:21", None, None),
]
"""Sunrise and sunset at 47.75 N 7.34 E, zenith 90.833 degrees, Paris time (NREL SPA, pvlib 0.16.1), and civil dawn
and dusk (PyEphem 4.2.1)."""


def at(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=PARIS)


@pytest.mark.parametrize(("day", "sunrise", "sunset", "dawn", "dusk"), TABLE)
def test_the_sun_over_mulhouse_is_within_ten_seconds_of_the_table(
    day: str, sunrise: str, sunset: str, dawn: str | None, dusk: str | None
) -> None:
    sun = sun_on(date.fromisoformat(day), MULHOUSE)
    assert sun.sunrise is not None
    assert sun.sunset is not None
    assert abs(sun.sunrise - at(day, sunrise)) <= timedelta(seconds=10)
    assert abs(sun.sunset - at(day, sunset)) <= timedelta(seconds=10)
    assert sun.always is None
    noon = at(day, "12:00")
    edges = [
        edge for span in dark_spans(noon, noon, MULHOUSE, CIVIL_DEG) for edge in (span.sunset, span.sunrise)
    ]
    for wanted in (dawn, dusk):
        if wanted is not None:
            nearest = min(abs(edge - at(day, wanted)) for edge in edges if edge is not None)
            assert nearest <= timedelta(seconds=10)


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


@pytest.mark.parametrize(
    ("longitude", "zone"),
    [
        (174.76, "Pacific/Auckland"),
        (-176.66, "America/Adak"),
        (-118.24, "America/Los_Angeles"),
        (139.69, "Asia/Tokyo"),
        (159.08, "Australia/Lord_Howe"),
        (-157.86, "Pacific/Honolulu"),
    ],
)
@pytest.mark.parametrize("latitude", [-64.0, -31.5, 0.0, 21.3, 51.5, 64.0])
def test_every_local_day_has_its_own_sunrise_and_sunset_and_never_its_neighbours(
    latitude: float, longitude: float, zone: str
) -> None:
    site = Site("far", Position(latitude, longitude), ZoneInfo(zone))
    before: datetime | None = None
    for number in range(366):
        day = date(2026, 1, 1) + timedelta(days=number)
        sun = sun_on(day, site)
        assert sun.always is None
        assert sun.sunrise is not None
        assert sun.sunset is not None or abs(latitude) > 60
        assert sun.sunrise.astimezone(site.zone).date() == day
        assert before is None or timedelta(hours=23) < sun.sunrise - before < timedelta(hours=25)
        before = sun.sunrise


@given(
    latitude=st.floats(-70, 70),
    longitude=st.floats(-180, 180),
    day=st.dates(date(2026, 1, 1), date(2066, 12, 31)),
    horizon=st.sampled_from([HORIZON_DEG, CIVIL_DEG]),
)
def test_the_sun_is_where_astral_has_it_at_each_crossing_and_on_the_right_side_of_it_between(
    latitude: float, longitude: float, day: date, horizon: float
) -> None:
    site = Site("anywhere", Position(latitude, longitude), ZoneInfo("UTC"))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    spans = dark_spans(noon, noon + timedelta(days=1), site, horizon)
    for span in spans:
        for edge in (span.sunset, span.sunrise):
            if edge is not None:
                assert astral_deg(site, edge) == pytest.approx(horizon, abs=0.01)
    edges = [edge for span in spans for edge in (span.sunset, span.sunrise) if edge is not None]
    for earlier, later in pairwise(edges):
        middle = earlier + (later - earlier) / 2
        dark = any(
            (span.sunset is None or span.sunset <= middle) and (span.sunrise is None or middle < span.sunrise)
            for span in spans
        )
        if later - earlier > timedelta(minutes=10):  # else the sun grazes the horizon
            assert (astral_deg(site, middle) < horizon) == dark


def astral_deg(site: Site, instant: datetime) -> float:
    """Where astral has the sun's centre; its search for sunrise and sunset is not asked."""
    return elevation(
        Observer(site.position.latitude, site.position.longitude), instant, with_refraction=False
    )


def test_a_sun_that_dips_below_the_horizon_for_the_first_time_near_the_pole_sets_before_it_rises() -> None:
    # On 22 September 2020 at 89° N it first went down, at 20:54 UTC; astral's search finds no sunset before the next
    # evening's, and a sunrise at 03:21 that no sunset came before.
    site = Site("89 N", Position(89.0, 0.0), PARIS)
    sunset = sun_on(date(2020, 9, 22), site).sunset
    sunrise = sun_on(date(2020, 9, 23), site).sunrise
    assert sunset is not None
    assert sunrise is not None
    assert astral_deg(site, sunset) == pytest.approx(HORIZON_DEG, abs=0.01)
    assert timedelta(hours=5) < sunrise - sunset < timedelta(hours=8)
    assert sun_on(date(2020, 9, 21), site).always == "up"

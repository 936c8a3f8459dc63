"""The days of a report on Wi-Fi: what they are compared with, and what kind of day each is."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.public_holidays import Region
from city.wifi_settings import EventSection
from headend.wifi_report.spans import event_days, kind_of_day, month_before, year_before

PARIS = ZoneInfo("Europe/Paris")


@given(st.dates(date(2001, 1, 1), date(2060, 12, 31)), st.integers(0, 365))
def test_what_a_span_is_compared_with_lies_before_it_and_whole_months_stay_whole(
    first: date, days: int
) -> None:
    span = first, first + timedelta(days=days)
    for before in (month_before(span), year_before(span)):
        assert before[0] <= before[1]
        assert before[0] < span[0]
        assert before[1] < span[1]
    assert month_before(span)[1] < span[0] or span[0].month == span[1].month
    assert abs((year_before(span)[1] - year_before(span)[0]).days - days) <= 3


@pytest.mark.parametrize(
    ("span", "month", "year"),
    [
        (("2028-03-01", "2028-03-31"), ("2028-02-01", "2028-02-29"), ("2027-03-01", "2027-03-31")),
        (("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-30")),
        (("2028-02-01", "2028-02-29"), ("2028-01-01", "2028-01-31"), ("2027-02-01", "2027-02-28")),
        (("2026-01-10", "2026-02-20"), ("2025-11-29", "2026-01-09"), ("2025-01-10", "2025-02-20")),
    ],
)
def test_months_and_years_before(
    span: tuple[str, str], month: tuple[str, str], year: tuple[str, str]
) -> None:
    first, last = map(date.fromisoformat, span)
    assert month_before((first, last)) == tuple(map(date.fromisoformat, month))
    assert year_before((first, last)) == tuple(map(date.fromisoformat, year))


def test_days_are_of_a_kind_by_weekday_holiday_and_event() -> None:
    begins, ends = (datetime.fromisoformat(f"2026-12-{day}T00:00") for day in ("05", "07"))
    event = EventSection(name="Marché de Noël", hotspot="gare", begins=begins, ends=ends)
    events = event_days([event], "gare", PARIS)
    assert events == {date(2026, 12, 5), date(2026, 12, 6)}
    assert event_days([event], "patinoire", PARIS) == frozenset()
    kinds = {
        day: kind_of_day(date(2026, 12, day), Region.ALSACE, events) for day in (4, 5, 6, 12, 13, 25, 26)
    }
    assert kinds == {
        4: "workday", 5: "event", 6: "event", 12: "saturday", 13: "sunday", 25: "sunday", 26: "sunday",
    }  # fmt: skip
    assert kind_of_day(date(2026, 12, 26), Region.FRANCE, events) == "saturday"

"""Calendars: which programme on which nights."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.public_holidays import Region, public_holidays
from lighting.calendars import LAST, Calendar, Holidays, Rule, Span, YearlessDay

CHRISTMAS = Rule("Marché de Noël", "fete", spans=(Span(YearlessDay(11, 30), YearlessDay(1, 7)),))


def test_a_yearless_span_crosses_the_years_end() -> None:
    calendar = Calendar("ville", "Ville", default="nuit", rules=(CHRISTMAS,))
    told = {
        day: calendar.programme_for(day) for day in (date(2026, 11, 29), date(2026, 11, 30), date(2027, 1, 7))
    }
    assert list(told.values()) == ["nuit", "fete", "fete"]
    assert calendar.programme_for(date(2027, 1, 8)) == "nuit"


def test_the_29th_of_february_is_a_night_like_any_other_and_has_no_stand_in() -> None:
    leap = Rule("bissextile", "fete", spans=(Span(YearlessDay(2, 29), YearlessDay(2, 29)),))
    around = Rule("février", "fete", spans=(Span(YearlessDay(2, 20), YearlessDay(3, 5)),))
    assert [leap.holds(date(2028, 2, day)) for day in (28, 29)] == [False, True]
    assert not any(leap.holds(date(2027, 1, 1) + timedelta(days=day)) for day in range(365))
    assert around.holds(date(2028, 2, 29))


def test_the_first_rule_that_holds_wins() -> None:
    saturdays = Rule("samedis", "tard", weekdays=frozenset({5}))
    saturday = date(2026, 12, 5)
    assert Calendar("a", "A", "nuit", (CHRISTMAS, saturdays)).programme_for(saturday) == "fete"
    assert Calendar("a", "A", "nuit", (saturdays, CHRISTMAS)).programme_for(saturday) == "tard"


def test_the_nth_and_the_last_weekday_of_a_month() -> None:
    first = Rule("premier vendredi", "p", weekdays=frozenset({4}), nth=frozenset({1}))
    last = Rule("dernier vendredi", "p", weekdays=frozenset({4}), nth=frozenset({LAST}))
    fridays = [date(2026, 10, 2) + timedelta(weeks=week) for week in range(5)]
    assert [first.holds(day) for day in fridays] == [True, False, False, False, False]
    assert [last.holds(day) for day in fridays] == [False, False, False, False, True]


@pytest.mark.parametrize(("region", "is_holiday"), [(Region.ALSACE, True), (Region.FRANCE, False)])
def test_good_friday_and_saint_stephens_are_holidays_in_alsace_only(
    region: Region, *, is_holiday: bool
) -> None:
    for day in (date(2027, 3, 26), date(2026, 12, 26)):
        assert (day in public_holidays(day.year, region)) == is_holiday


def test_evenings_of_before_and_between_public_holidays() -> None:
    on, before, others = (Rule("f", "p", holidays=each) for each in Holidays)
    eve, new_year, after = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)
    assert [on.holds(day) for day in (eve, new_year, after)] == [False, True, False]
    assert [before.holds(day) for day in (eve, new_year, after)] == [True, False, False]
    assert [others.holds(day) for day in (eve, new_year, after)] == [True, False, True]


@given(night=st.dates(date(2026, 1, 1), date(2066, 1, 1)), with_rule=st.booleans())
def test_every_night_of_forty_years_has_a_programme(*, night: date, with_rule: bool) -> None:
    calendar = Calendar("ville", "Ville", default="nuit", rules=(CHRISTMAS,) if with_rule else ())
    assert calendar.programme_for(night) in {"nuit", "fete"}

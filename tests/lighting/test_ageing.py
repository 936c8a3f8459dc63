"""The end of rated life: who is listed, and when it is expected."""

from dataclasses import replace
from datetime import date

import pytest

from lighting.ageing import nearing_end, yearly_hours
from lighting.inventory import LightPoint
from lighting.light_plan import FIVE_STEPS_PLAN
from tests.lighting.small_city import LED_60, MULHOUSE, SOUTH_POLE, inventory

TODAY = date(2026, 11, 30)
YEARLY_H = 4200.0
POINTS = list(inventory().light_points.values())


def points(rated_h: float = 100_000.0) -> list[LightPoint]:
    return [replace(point, lamp_type=replace(LED_60, rated_h=rated_h)) for point in POINTS]


def test_an_led_is_rated_for_a_hundred_thousand_hours_unless_the_inventory_says_otherwise() -> None:
    assert LED_60.rated_h == 100_000


@pytest.mark.parametrize("first", [date(2026, 1, 1), date(2027, 12, 31), date(2028, 1, 1)])
def test_a_year_in_mulhouse_has_as_many_hours_as_published(first: date) -> None:
    assert 4_100 <= yearly_hours(FIVE_STEPS_PLAN, "cinq-paliers", first, MULHOUSE) <= 4_300


def test_who_has_less_than_a_year_left_is_listed_the_next_to_end_first() -> None:
    one, two, three, four = points()[:4]
    hours = {one: 95_799.0, two: 97_900.0, three: 99_999.9, four: 104_200.0}
    burned = [(point, burned_h, YEARLY_H) for point, burned_h in hours.items()]
    listed = nearing_end(burned, TODAY)
    assert [(each.point, each.expected) for each in listed] == [
        (four, date(2025, 11, 30)),
        (three, TODAY),
        (two, date(2027, 5, 31)),
    ]
    assert [each.remaining_h for each in listed] == pytest.approx([-4_200.0, 0.1, 2_100.0])


def test_the_rated_hours_of_the_type_count() -> None:
    short, long = points(50_000.0)[0], points()[1]
    assert [
        each.point for each in nearing_end([(short, 49_000.0, YEARLY_H), (long, 49_000.0, YEARLY_H)], TODAY)
    ] == [short]


def test_a_forecast_from_the_29th_of_february_and_across_the_years_end() -> None:
    point = points()[0]
    (leap,) = nearing_end([(point, 100_000.0 - YEARLY_H / 2, YEARLY_H)], date(2028, 2, 29))
    assert leap.expected == date(2028, 8, 29)
    (over,) = nearing_end([(point, 100_000.0 - YEARLY_H / 12, YEARLY_H)], date(2026, 12, 31))
    assert over.expected == date(2027, 1, 30)


def test_a_programme_without_light_ages_nobody_but_those_past_their_hours() -> None:
    one, two = points()[:2]
    listed = nearing_end([(one, 99_999.0, 0.0), (two, 100_001.0, 0.0)], TODAY)
    assert [(each.point, each.expected) for each in listed] == [(two, TODAY)]


def test_a_counter_gone_mad_still_has_a_date() -> None:
    (listed,) = nearing_end([(points()[0], 1e300, YEARLY_H)], TODAY)
    assert listed.expected.year == 1926


def test_where_the_sun_stays_away_half_a_year_the_lamps_burn_half_a_year() -> None:
    assert 3_500 < yearly_hours(FIVE_STEPS_PLAN, "cinq-paliers", date(2026, 6, 1), SOUTH_POLE) < 5_500

"""The past that a demo begins with."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest

from city.measurements import DeviceKind, Metric
from fake_devices.access_points import AccessPoints
from fake_devices.city_plan import plan_city
from fake_devices.earlier_weeks import earlier_weeks

NOW = datetime(2026, 11, 30, 15, 40, tzinfo=UTC)
PLAN = plan_city(30, 20, 1)


def test_every_radio_tells_once_in_each_hour_of_the_weeks_before_and_never_of_the_present_one() -> None:
    hours = list(earlier_weeks(PLAN, NOW, 2))
    assert len(hours) == 2 * 168
    radios = {f"{each.id}/{number}" for each in PLAN.access_points for number in range(1, each.radios + 1)}
    for hour in hours:
        assert Counter(reading.device for reading in hour) == Counter(radios)
        assert {reading.kind for reading in hour} == {DeviceKind.RADIO}
    instants = [hour[0].at for hour in hours]
    assert instants == sorted(set(instants))
    assert instants[-1] == NOW.replace(hour=14, minute=30)
    assert all(reading.values[Metric.CLIENTS] >= 0 for hour in hours for reading in hour)


def test_it_is_what_the_access_points_would_have_told_but_for_chance() -> None:
    hours = list(earlier_weeks(PLAN, NOW, 2))
    then = AccessPoints(PLAN.access_points, PLAN.seed, NOW - timedelta(weeks=2))
    busiest = sorted(hours, key=lambda hour: sum(reading.values[Metric.CLIENTS] for reading in hour))[-40:]
    told = [sum(reading.values[Metric.CLIENTS] for reading in hour) for hour in busiest]
    lived = [
        sum(radio.clients for each in PLAN.access_points for radio in then.state(each.id, hour[0].at).radios)
        for hour in busiest
    ]
    assert fmean(told) == pytest.approx(fmean(lived), rel=0.1)

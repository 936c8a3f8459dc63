"""Unsteady access points, and those that restart by themselves."""

import pytest

from city.incidents import Cause, State
from tests.wifi.small_wifi import HOUR, Minutes, city
from wifi.rules import UPTIME_SPAN_S

NAMES = ("AP-PAT-01", "AP-PAT-02")
NAME = NAMES[0]
CITY = city({"patinoire": NAMES})
FLAPPING = (Cause.AP_FLAPPING, NAME)
REBOOTING = (Cause.AP_REBOOTING, NAME)
DOWN = (Cause.AP_DOWN, NAME)
HOUR_MIN = 60


@pytest.mark.parametrize("spread", [True, False])
def test_three_outages_within_an_hour_are_one_unsteady_access_point(spread: bool) -> None:
    polls = Minutes(CITY, spread=spread)
    polls.outline(NAME, "AAAAA" + "MMAAAAAAAA" * 6)
    assert polls.opened == [FLAPPING]
    evidence = polls.live[FLAPPING].evidence[0]
    assert (evidence.rule, evidence.figures["outages"]) == ("came_and_went", 3.0)


def test_outages_that_are_long_enough_for_an_incident_do_not_make_a_series_of_them() -> None:
    polls = Minutes(CITY)
    polls.outline(NAME, "AAAAA" + "MMMMMAAAAAAA" * 8)
    assert polls.opened == [DOWN, FLAPPING]
    assert list(polls.live) == [FLAPPING]


def test_an_hour_of_calm_ends_it() -> None:
    polls = Minutes(CITY)
    polls.outline(NAME, "AAAAA" + "MMAAAAAAAA" * 3)
    polls.poll(HOUR_MIN - 10)
    assert list(polls.live) == [FLAPPING]
    polls.poll(10)
    assert polls.live == {}
    assert polls.told[-1].evidence[-1].rule == "calm_again"


def test_single_misses_however_many_are_datagrams_that_got_lost() -> None:
    polls = Minutes(CITY)
    polls.outline(NAME, "A" + "MAA" * 100)
    assert polls.told == []


def test_an_unsteady_one_that_stays_down_is_down_and_no_longer_unsteady() -> None:
    polls = Minutes(CITY)
    polls.outline(NAME, "AAAAA" + "MMAAAAAAAA" * 3)
    polls.poll(29, missed=[NAME])
    assert list(polls.live) == [FLAPPING]
    polls.poll(3, missed=[NAME])
    assert list(polls.live) == [DOWN]


def test_outages_far_apart_are_separate_incidents() -> None:
    polls = Minutes(CITY)
    for _ in range(4):
        polls.poll(5, missed=[NAME])
        polls.poll(2 * HOUR_MIN)
    assert polls.opened == [DOWN] * 4


def test_a_place_that_comes_and_goes_as_a_whole_does_not_make_its_access_points_unsteady() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    for _ in range(6):
        polls.poll(2, missed=NAMES)
        polls.poll(6)
    assert polls.opened == []


def test_an_unsteady_access_point_after_a_restart_of_the_head_end_stays_so_until_it_is_calm() -> None:
    before = Minutes(CITY)
    before.outline(NAME, "AAAAA" + "MMAAAAAAAA" * 3)
    after = Minutes(CITY, before.live.values(), before.now)
    after.outline(NAME, "AAMMAAAA")
    assert after.told == []
    after.poll(HOUR_MIN + 1)
    assert [each.state for each in after.told] == [State.CLOSED]


def restart(polls: Minutes, calm_min: int, outage_min: int = 1) -> None:
    """It is gone for a little, and has counted from zero since."""
    polls.poll(outage_min, missed=[NAME])
    polls.uptime_s[NAME] = 10.0
    polls.poll(calm_min)


def test_three_restarts_within_six_hours_are_no_plan() -> None:
    polls = Minutes(CITY)
    polls.uptime_s[NAME] = 86_400.0
    polls.poll(5)
    for _ in range(3):
        assert polls.opened == []
        restart(polls, calm_min=90)
    assert polls.opened == [REBOOTING]
    assert polls.live[REBOOTING].evidence[0].figures == {"restarts": 3.0}


def test_restarts_that_take_minutes_are_neither_a_series_of_outages_nor_unsteadiness() -> None:
    polls = Minutes(CITY)
    polls.uptime_s[NAME] = 86_400.0
    polls.poll(5)
    for _ in range(6):
        restart(polls, calm_min=14, outage_min=4)
    assert polls.opened == [DOWN, REBOOTING]
    assert list(polls.live) == [REBOOTING]


def test_six_hours_without_a_restart_end_it() -> None:
    polls = Minutes(CITY)
    polls.uptime_s[NAME] = 86_400.0
    polls.poll(5)
    for _ in range(3):
        restart(polls, calm_min=30)
    polls.poll(5 * HOUR_MIN)
    assert list(polls.live) == [REBOOTING]
    polls.poll(HOUR_MIN)
    assert polls.live == {}


@pytest.mark.parametrize("times", [1, 2])
def test_a_planned_restart_or_two_are_none(times: int) -> None:
    polls = Minutes(CITY)
    polls.uptime_s[NAME] = 86_400.0
    polls.poll(5)
    for _ in range(times):
        restart(polls, calm_min=60, outage_min=2)
    assert polls.told == []


def test_a_restart_a_night_is_a_habit_of_its_administrator() -> None:
    polls = Minutes(CITY)
    polls.uptime_s[NAME] = 86_400.0
    polls.poll(5)
    for _ in range(4):
        restart(polls, calm_min=24 * HOUR_MIN)
    assert polls.told == []


def test_thirty_two_bits_of_hundredths_that_are_full_are_no_restart() -> None:
    polls = Minutes(CITY)
    for _ in range(4):
        polls.uptime_s[NAME] = UPTIME_SPAN_S - 90.0
        polls.poll(2)
        polls.uptime_s[NAME] -= UPTIME_SPAN_S
        polls.poll(5)
        polls.now += 400 * HOUR * 24
        polls.poll()
    assert polls.told == []

"""One cause, however many access points it takes down: a place cut off, a controller lost."""

from datetime import timedelta
from itertools import permutations

import pytest

from city.incidents import Cause, State
from city.measurements import DeviceKind
from tests.wifi.small_wifi import MINUTE, Minutes, city

RINK = ("AP-PAT-01", "AP-PAT-02", "AP-PAT-03")
MARKET = ("AP-CV-01", "AP-CV-02")
ALL = (*RINK, *MARKET)
CITY = city({"patinoire": RINK, "centre-ville": MARKET})
CONTROLLED = city({"patinoire": RINK, "centre-ville": MARKET}, dict.fromkeys(ALL, "WLC-1"))
TWO_CONTROLLERS = city(
    {"patinoire": RINK, "centre-ville": MARKET},
    {**dict.fromkeys(RINK, "WLC-1"), **dict.fromkeys(MARKET, "WLC-2")},
)
PLACE = (Cause.BACKHAUL_DOWN, "patinoire")
CONTROLLER = (Cause.WIFI_CONTROLLER_LOST, "WLC-1")


@pytest.mark.parametrize("spread", [True, False])
def test_a_place_that_falls_silent_as_a_whole_is_one_incident(spread: bool) -> None:
    polls = Minutes(CITY, spread=spread)
    polls.poll(5)
    polls.poll(10, missed=RINK)
    assert polls.opened == [PLACE]
    incident = polls.live[PLACE]
    assert (incident.kind, incident.suppressed) == (DeviceKind.HOTSPOT, RINK)
    assert (incident.evidence[0].rule, incident.evidence[0].figures["access_points_down"]) == (
        "all_unanswered",
        3.0,
    )
    assert incident.opened_at - incident.evidence[0].at == timedelta()
    polls.poll(5)
    assert polls.live == {}
    assert polls.opened == [PLACE]


def test_one_of_a_place_that_falls_alone_is_itself_the_incident() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(3, missed=RINK[:1])
    assert polls.opened == [(Cause.AP_DOWN, RINK[0])]


def test_two_of_three_are_two() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(10, missed=RINK[:2])
    assert polls.opened == [(Cause.AP_DOWN, RINK[0]), (Cause.AP_DOWN, RINK[1])]


def test_one_that_was_down_for_long_keeps_its_own_incident() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(60, missed=RINK[:1])
    polls.poll(10, missed=RINK)
    assert polls.opened == [(Cause.AP_DOWN, RINK[0]), PLACE]
    assert polls.live[PLACE].suppressed == RINK[1:]
    polls.poll(5, missed=RINK[:1])
    assert list(polls.live) == [(Cause.AP_DOWN, RINK[0])]


def test_the_last_of_a_place_to_fall_long_after_the_others_is_its_own_incident() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(60, missed=RINK[:2])
    polls.poll(10, missed=RINK)
    assert polls.opened == [(Cause.AP_DOWN, name) for name in RINK]


def test_a_place_that_dies_slowly_takes_over_what_was_said_of_its_first() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(4, missed=RINK[:1])
    assert list(polls.live) == [(Cause.AP_DOWN, RINK[0])]
    polls.poll(4, missed=RINK)
    assert list(polls.live) == [PLACE]
    assert polls.live[PLACE].suppressed == RINK
    (ended,) = [each for each in polls.told if each.state is State.CLOSED]
    assert (ended.asset, ended.evidence[-1].rule) == (RINK[0], "part_of_more")


def test_one_that_does_not_come_back_with_its_place_is_judged_on_its_own() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(20, missed=RINK)
    polls.poll(10, missed=RINK[2:])
    assert polls.live == {}
    polls.poll(3, missed=RINK[2:])
    assert list(polls.live) == [(Cause.AP_DOWN, RINK[2])]


def test_one_answer_does_not_end_it() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(10, missed=RINK)
    polls.poll(1, missed=RINK[1:])
    polls.poll(10, missed=RINK)
    assert polls.opened == [PLACE]
    assert list(polls.live) == [PLACE]


def test_a_controller_that_is_lost_is_one_incident_whatever_its_places() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(10, missed=ALL)
    assert polls.opened == [CONTROLLER]
    assert polls.live[CONTROLLER].suppressed == ALL
    assert polls.live[CONTROLLER].kind is DeviceKind.WIFI_CONTROLLER
    polls.poll(5)
    assert polls.live == {}
    assert polls.opened == [CONTROLLER]


def test_a_controller_that_answers_and_lists_none_of_a_place_has_not_lost_itself() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(10, down=dict.fromkeys(RINK, "missing_row"))
    assert polls.opened == [PLACE]
    assert polls.live[PLACE].evidence[0].rule == "all_down"


def test_a_row_that_is_missing_while_the_controller_answers_is_an_access_point_down() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(4, down={RINK[0]: "missing_row"})
    assert polls.opened == [(Cause.AP_DOWN, RINK[0])]
    assert polls.live[Cause.AP_DOWN, RINK[0]].evidence[0].rule == "missing_row"


def test_a_controller_of_one_place_wins_over_the_place() -> None:
    polls = Minutes(TWO_CONTROLLERS)
    polls.poll(5)
    polls.poll(10, missed=RINK)
    assert polls.opened == [CONTROLLER]


def test_two_controllers_lost_are_two_incidents() -> None:
    polls = Minutes(TWO_CONTROLLERS)
    polls.poll(5)
    polls.poll(10, missed=ALL)
    assert sorted(polls.opened) == [
        (Cause.WIFI_CONTROLLER_LOST, "WLC-1"),
        (Cause.WIFI_CONTROLLER_LOST, "WLC-2"),
    ]


def test_a_place_that_was_cut_off_before_its_controller_was_lost_stays_an_incident_beside_it() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(60, down=dict.fromkeys(RINK, "missing_row"))
    polls.poll(10, missed=ALL)
    assert set(polls.live) == {PLACE, CONTROLLER}
    assert polls.live[CONTROLLER].suppressed == MARKET
    polls.poll(10, down=dict.fromkeys(RINK, "missing_row"))
    assert list(polls.live) == [PLACE]
    polls.poll(5)
    assert polls.live == {}
    assert polls.opened == [PLACE, CONTROLLER]


def test_a_controller_that_dies_right_after_a_place_of_its_takes_that_over() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(3, down=dict.fromkeys(RINK, "missing_row"))
    assert list(polls.live) == [PLACE]
    polls.poll(5, missed=ALL)
    assert list(polls.live) == [CONTROLLER]
    assert polls.live[CONTROLLER].suppressed == ALL


def test_access_points_that_join_their_controller_one_after_the_other_once_it_is_back_raise_nothing() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(10, missed=ALL)
    for joined in range(len(ALL) + 1):
        polls.poll(2, down=dict.fromkeys(ALL[joined:], "missing_row"))
    assert polls.opened == [CONTROLLER]
    assert polls.live == {}


def test_a_controller_that_dies_again_while_its_access_points_join_is_told_at_once() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(10, missed=ALL)
    polls.poll(3, down=dict.fromkeys(ALL, "missing_row"))
    assert polls.live == {}
    polls.poll(4, missed=ALL)
    assert list(polls.live) == [CONTROLLER]


def test_what_a_controller_lists_no_more_once_it_is_back_is_judged_anew() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(5)
    polls.poll(10, missed=ALL)
    polls.poll(10, down=dict.fromkeys(RINK, "missing_row"))
    assert polls.opened == [CONTROLLER]
    polls.poll(4, down=dict.fromkeys(RINK, "missing_row"))
    assert polls.opened == [CONTROLLER, PLACE]
    assert list(polls.live) == [PLACE]


def test_a_controller_of_forty_that_is_lost_is_exactly_one() -> None:
    names = [f"AP-{number:02}" for number in range(40)]
    places = {f"place-{number}": names[10 * number : 10 * number + 10] for number in range(4)}
    polls = Minutes(city(places, dict.fromkeys(names, "WLC-1")))
    polls.poll(5)
    polls.poll(30, missed=names)
    assert polls.opened == [CONTROLLER]
    assert len(polls.live[CONTROLLER].suppressed) == 40


def test_a_head_end_that_starts_while_all_are_gone_says_it_once() -> None:
    polls = Minutes(CONTROLLED)
    polls.poll(10, missed=ALL)
    assert polls.opened == [CONTROLLER]


@pytest.mark.parametrize("incident", [PLACE, CONTROLLER])
def test_a_restart_neither_doubles_nor_loses_what_was_told_of_the_whole(incident: tuple[Cause, str]) -> None:
    inventory, gone = (CITY, RINK) if incident is PLACE else (CONTROLLED, ALL)
    before = Minutes(inventory)
    before.poll(5)
    before.poll(10, missed=gone)
    after = Minutes(inventory, before.live.values(), before.now)
    after.poll(10, missed=gone)
    assert after.told == []
    after.poll(3)
    assert [(each.cause, each.asset, each.state) for each in after.told] == [(*incident, State.CLOSED)]


def test_a_restart_in_the_midst_of_a_fall_still_ends_in_one_incident() -> None:
    before = Minutes(CITY)
    before.poll(5)
    before.poll(2, missed=RINK)
    after = Minutes(CITY, before.live.values(), before.now)
    after.poll(6, missed=RINK)
    assert [*before.opened, *after.opened] == [PLACE]


def test_a_dismissed_one_is_not_said_again_in_parts() -> None:
    polls = Minutes(CITY)
    polls.poll(5)
    polls.poll(5, missed=RINK)
    polls.diagnosis.forget(polls.live[PLACE].id)
    told = len(polls.told)
    polls.poll(30, missed=RINK)
    assert polls.told[told:] == []


def test_one_that_is_never_polled_does_not_hide_that_its_place_is_cut_off() -> None:
    for order in permutations(RINK[:2]):
        polls = Minutes(CITY)
        for number in range(6):
            for name in order:
                polls.told += polls.diagnosis.missed(name, polls.now + number * MINUTE)
        assert polls.opened == [PLACE]


def test_the_last_access_point_of_a_place_alone_is_no_place_cut_off() -> None:
    polls = Minutes(city({"gare": ["AP-GARE"], "patinoire": RINK}))
    polls.poll(5)
    polls.poll(3, missed=["AP-GARE"])
    assert polls.opened == [(Cause.AP_DOWN, "AP-GARE")]

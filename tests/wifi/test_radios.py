"""Radios that do not send, and radios that are disturbed."""

from collections.abc import Iterable
from datetime import datetime

import pytest

from city.incidents import Cause, State
from city.measurements import DeviceKind, Reading
from tests.wifi.small_wifi import MINUTE, Minutes, city, radio

NAMES = ("AP-PAT-01", "AP-PAT-02")
NAME = NAMES[0]
CITY = city({"patinoire": NAMES})
ONE, TWO = f"{NAME}/1", f"{NAME}/2"
OFF = (Cause.RADIO_OFF, ONE)
DISTURBED = (Cause.INTERFERENCE, ONE)


def scene(**of_one: float) -> Minutes:
    """All radios are as they should be, but for the first, which says what it is told to."""
    polls = Minutes(CITY)
    says(polls, **of_one)
    return polls


def says(polls: Minutes, **of_one: float) -> None:
    def radios(name: str, at: datetime) -> Iterable[Reading]:
        if name == NAME:
            yield radio(ONE, at, **of_one)
        yield radio(f"{name}/2", at)

    polls.radios = radios


def no_longer_lists(polls: Minutes) -> None:
    polls.radios = lambda name, at: [radio(f"{name}/2", at)]


def test_a_radio_that_is_told_to_be_off_is_off_at_the_third_poll() -> None:
    polls = scene()
    polls.poll(5)
    says(polls, up=0.0)
    polls.poll(2)
    assert polls.told == []
    polls.poll(1)
    assert polls.opened == [OFF]
    assert (polls.live[OFF].kind, polls.live[OFF].evidence[0].rule) == (DeviceKind.RADIO, "reported_off")
    says(polls, up=1.0)
    polls.poll(2)
    assert polls.live == {}


@pytest.mark.parametrize("how", ["told", "unlisted", "with its access point"])
def test_what_a_person_has_off_is_no_fault_until_it_should_be_on_again(how: str) -> None:
    polls, whole = scene(), how == "with its access point"
    cause = (Cause.AP_DOWN, NAME) if whole else OFF
    polls.poll(5)
    wanted = polls.now + 20 * MINUTE
    polls.diagnosis.excused = lambda asset, at: asset == cause[1] and at < wanted
    if how == "told":
        says(polls, up=0.0)
    elif how == "unlisted":
        no_longer_lists(polls)
    polls.poll(19, missed=[NAME] if whole else ())
    assert polls.told == []
    polls.poll(12, missed=[NAME] if whole else ())
    assert polls.opened == [cause]


def test_a_radio_that_its_access_point_lists_no_more_is_off_after_some_polls() -> None:
    polls = scene()
    polls.poll(5)
    no_longer_lists(polls)
    polls.poll(5)
    assert polls.told == []
    polls.poll(2)
    assert polls.opened == [OFF]
    assert polls.live[OFF].evidence[0].rule == "unlisted"
    says(polls)
    polls.poll(3)
    assert polls.live == {}


def test_a_table_that_came_in_parts_for_some_polls_is_no_radio_off() -> None:
    polls = scene()
    for _ in range(10):
        no_longer_lists(polls)
        polls.poll(4)
        says(polls)
        polls.poll(1)
    assert polls.told == []


def test_the_radios_of_an_access_point_that_is_down_are_not_off() -> None:
    polls = scene()
    polls.poll(5)
    polls.poll(30, missed=[NAME])
    polls.poll(5)
    assert polls.opened == [(Cause.AP_DOWN, NAME)]


def test_a_radio_that_went_off_before_its_access_point_died_is_still_off_when_that_is_back() -> None:
    polls = scene()
    polls.poll(5)
    says(polls, up=0.0)
    polls.poll(5)
    polls.poll(10, missed=[NAME])
    assert set(polls.live) == {OFF, (Cause.AP_DOWN, NAME)}
    polls.poll(5)
    assert set(polls.live) == {OFF}


def test_a_restart_neither_doubles_nor_loses_a_radio_that_is_off() -> None:
    before = scene(up=0.0)
    before.poll(5)
    after = Minutes(CITY, before.live.values(), before.now)
    says(after, up=0.0)
    after.poll(10)
    assert after.told == []
    says(after)
    after.poll(2)
    assert [each.state for each in after.told] == [State.CLEARING, State.CLOSED]


@pytest.mark.parametrize(
    ("disturbed", "rule"),
    [
        ({"airtime": 75.0, "clients": 2.0}, "busy_without_clients"),
        ({"airtime": 30.0, "clients": 20.0, "noise_dbm": -76.0}, "noise_floor"),
    ],
)
def test_a_busy_channel_that_its_clients_do_not_explain_is_interference(
    disturbed: dict[str, float], rule: str
) -> None:
    polls = scene()
    polls.poll(5)
    says(polls, **disturbed)
    polls.poll(29)
    assert polls.told == []
    polls.poll(3)
    assert polls.opened == [DISTURBED]
    evidence = polls.live[DISTURBED].evidence[0]
    assert evidence.rule == rule
    assert evidence.figures["airtime_pct"] == disturbed["airtime"]
    says(polls, noise_dbm=-92.0)
    polls.poll(14)
    assert list(polls.live) == [DISTURBED]
    polls.poll(3)
    assert polls.live == {}


@pytest.mark.parametrize(
    "crowd",
    [{"airtime": 95.0, "clients": 38.0}, {"airtime": 59.0, "clients": 1.0}, {"noise_dbm": -81.0}],
)
def test_a_crowd_and_a_common_neighbour_are_no_interference(crowd: dict[str, float]) -> None:
    polls = scene(**crowd)
    polls.poll(120)
    assert polls.told == []


def test_few_clients_that_copy_films_use_their_airtime_themselves() -> None:
    polls = Minutes(CITY)
    copied = {"octets": 0.0}

    def radios(name: str, at: datetime) -> Iterable[Reading]:
        copied["octets"] += 40e6 / 8 * 60
        yield radio(ONE, at, clients=2.0, airtime=80.0, out_octets=copied["octets"], in_octets=1e6)

    polls.radios = radios
    polls.poll(120)
    assert polls.told == []


def test_a_disturbance_of_less_than_half_an_hour_is_none() -> None:
    polls = scene()
    for _ in range(4):
        says(polls, airtime=80.0, clients=1.0)
        polls.poll(25)
        says(polls)
        polls.poll(2)
    assert polls.told == []


def test_between_the_thresholds_interference_neither_begins_nor_ends() -> None:
    polls = scene(airtime=50.0, clients=1.0)
    polls.poll(60)
    assert polls.told == []
    says(polls, airtime=80.0, clients=1.0)
    polls.poll(35)
    says(polls, airtime=50.0, clients=1.0)
    polls.poll(120)
    assert list(polls.live) == [DISTURBED]


def test_late_radio_readings_change_nothing() -> None:
    polls = scene(up=0.0)
    polls.poll(2)
    late = [polls.diagnosis.observe(radio(ONE, polls.now - number * MINUTE, up=0.0)) for number in range(5)]
    assert late == [[]] * 5


def test_a_poll_that_is_lost_now_and_then_does_not_hide_a_disturbance() -> None:
    polls = scene()
    polls.poll(5)
    says(polls, airtime=80.0, clients=1.0)
    for _ in range(4):
        polls.poll(9)
        polls.poll(missed=[NAME])
    assert polls.opened == [DISTURBED]


def test_a_device_that_makes_up_radios_without_end_fills_no_memory() -> None:
    polls = Minutes(CITY)
    count = {"radios": 0}

    def radios(name: str, at: datetime) -> Iterable[Reading]:
        count["radios"] += 1
        yield radio(f"{name}/{count['radios']}", at)

    polls.radios = radios
    polls.poll(100)
    assert len(polls.diagnosis._radios[NAME]) <= 16

"""Counters that count no more."""

from collections.abc import Iterable
from datetime import datetime

from city.incidents import Cause, State
from city.measurements import Reading
from tests.wifi.small_wifi import START, Minutes, city, radio

NAMES = ("AP-PAT-01", "AP-PAT-02")
NAME = NAMES[0]
CITY = city({"patinoire": NAMES})
STUCK = (Cause.COUNTERS_STUCK, NAME)


class Scene(Minutes):
    """Radios with clients, whose octets count."""

    def __init__(self, clients: float = 4.0) -> None:
        super().__init__(CITY)
        self.clients = clients
        self.frozen_at: datetime | None = None
        self.frozen_octets_at: datetime | None = None
        self.octets = True
        self.wraps_at = 2.0**64
        self.radios = self._radios

    def _radios(self, name: str, at: datetime) -> Iterable[Reading]:
        shown_at = self.frozen_at if self.frozen_at and name == NAME else at
        counted_at = self.frozen_octets_at if self.frozen_octets_at and name == NAME else shown_at
        minute = (shown_at - START).total_seconds() // 60
        octets = ((counted_at - START).total_seconds() * 50_000.0 + self.wraps_at / 2) % self.wraps_at
        counters = {"in_octets": octets, "out_octets": octets / 2} if self.octets else {}
        yield radio(f"{name}/1", at, self.clients, airtime=10.0 + minute % 3, **counters)


def test_octets_of_a_radio_with_clients_that_stand_still_for_half_an_hour_are_stuck() -> None:
    polls = Scene()
    polls.poll(5)
    polls.frozen_octets_at = polls.now
    polls.poll(30)
    assert polls.told == []
    polls.poll(3)
    assert polls.opened == [STUCK]
    evidence = polls.live[STUCK].evidence[0]
    assert evidence.rule == "octets_stand_still"
    assert evidence.figures["still_s"] >= 1800.0
    polls.frozen_octets_at = None
    polls.poll(2)
    assert polls.live == {}


def test_clients_that_leave_prove_nothing_of_counters_that_were_stuck() -> None:
    polls = Scene()
    polls.poll(5)
    polls.frozen_octets_at = polls.now
    polls.poll(35)
    polls.clients = 0.0
    polls.poll(60)
    assert list(polls.live) == [STUCK]


def test_an_empty_place_at_night_counts_nothing_by_right() -> None:
    polls = Scene(clients=0.0)
    polls.poll(5)
    polls.frozen_at = polls.now
    polls.poll(8 * 60)
    assert polls.told == []


def test_an_access_point_that_shows_the_same_for_hours_while_its_place_lives_is_stuck() -> None:
    polls = Scene()
    polls.octets = False
    polls.poll(5)
    polls.frozen_at = polls.now
    polls.poll(3 * 60 - 2)
    assert polls.told == []
    polls.poll(6)
    assert polls.opened == [STUCK]
    assert polls.live[STUCK].evidence[0].rule == "all_stands_still"
    polls.frozen_at = None
    polls.poll(3)
    assert polls.live == {}


def test_counters_that_wrap_go_on_counting() -> None:
    for wraps_at in (2.0**32, 2.0**64):
        polls = Scene()
        polls.wraps_at = wraps_at
        polls.poll(26 * 60)
        assert polls.told == []


def test_a_restart_keeps_them_stuck_until_they_count() -> None:
    before = Scene()
    before.poll(5)
    before.frozen_octets_at = before.now
    before.poll(35)
    after = Scene()
    after.now = before.now
    after.diagnosis = type(after.diagnosis)(CITY, before.live.values())
    after.frozen_octets_at = before.frozen_octets_at
    after.clients = 4.0
    frozen, after.frozen_at = after.frozen_at, before.frozen_octets_at
    after.poll(20)
    assert after.told == []
    after.frozen_at, after.frozen_octets_at = frozen, None
    after.poll(3)
    assert [each.state for each in after.told] == [State.CLOSED]

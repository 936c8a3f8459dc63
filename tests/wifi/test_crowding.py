"""Places that are full day after day."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from city.incidents import VISIBLE, Cause
from city.measurements import Reading
from tests.wifi.small_wifi import Minutes, city, radio
from wifi.diagnosis import WifiDiagnosis

NAMES = ("AP-CV-01", "AP-CV-02")
CITY = city({"centre-ville": NAMES})
PARIS = ZoneInfo("Europe/Paris")
FULL = (Cause.RADIO_SATURATED, "centre-ville")
MONDAY = datetime(2026, 11, 23, tzinfo=PARIS)
POLL = timedelta(minutes=5)

Day = Callable[[int], int]
"""How many clients a radio of forty has, by the local hour."""


def calm(hour: int) -> int:
    return 12 if 8 <= hour < 20 else 0


def market(hour: int) -> int:
    return 38 if 11 <= hour < 13 else calm(hour)


def rush(hour: int) -> int:
    return 38 if hour == 12 else 0


def shut(_hour: int) -> int:
    return 0


class Days(Minutes):
    """Days of a place, polled every five minutes."""

    def __init__(self, start: datetime = MONDAY) -> None:
        super().__init__(CITY, at=start.astimezone(UTC))
        self.diagnosis = WifiDiagnosis(CITY, period=POLL)
        self.day: Day = calm
        self.neighbours = 0.0
        """Airtime that others use."""
        self.radios = self._radios

    def _radios(self, name: str, at: datetime) -> Iterable[Reading]:
        clients = self.day(at.astimezone(PARIS).hour)
        busy = max(self.neighbours, float(clients))
        yield radio(f"{name}/1", at, float(clients), airtime=busy)
        yield radio(f"{name}/2", at, float(clients), airtime=busy)

    def live_through(self, *days: Day) -> None:
        for day in days:
            self.day = day
            today = self.now.astimezone(PARIS).date()
            while self.now.astimezone(PARIS).date() == today:
                self.now += POLL - timedelta(minutes=1)
                self.poll()


def test_a_place_that_is_full_on_three_of_five_days_lacks_room() -> None:
    days = Days()
    days.live_through(market, calm, market, calm)
    assert days.told == []
    days.live_through(market)
    assert days.opened == [FULL]
    figures = days.live[FULL].evidence[0].figures
    assert (figures["days_full"], figures["days"]) == (3.0, 5.0)
    assert figures["clients"] == 4 * 38
    assert figures["load_pct"] == 95.0
    assert figures["full_h"] == pytest.approx(1.7, abs=0.4)


def test_it_ends_after_five_days_without() -> None:
    days = Days()
    days.live_through(market, market, market)
    assert list(days.live) == [FULL]
    days.live_through(calm, calm, calm, calm)
    assert list(days.live) == [FULL]
    days.live_through(calm, calm)
    assert days.live == {}


def test_two_busy_days_a_week_and_a_rush_of_less_than_an_hour_are_none() -> None:
    days = Days()
    days.live_through(calm, calm, market, calm, calm, market, calm, calm, calm, market)
    assert days.told == []
    hurried = Days()
    hurried.live_through(*[lambda hour: 33 if hour == 12 else calm(hour)] * 7)
    assert hurried.told == []


def test_neighbours_who_fill_the_channels_are_no_lack_of_room() -> None:
    days = Days()
    days.neighbours = 95.0
    days.live_through(*[lambda hour: min(calm(hour), 8)] * 5)
    assert {cause for cause, _ in days.opened} == {Cause.INTERFERENCE}


def test_days_on_which_a_place_is_shut_do_not_count() -> None:
    days = Days()
    days.live_through(market, shut, shut, market, shut, shut, market)
    assert days.opened == [FULL]
    assert days.live[FULL].evidence[0].figures["days"] == 3.0


def test_the_night_on_which_clocks_change_makes_no_difference() -> None:
    for change in (datetime(2026, 10, 23, tzinfo=PARIS), datetime(2027, 3, 26, tzinfo=PARIS)):
        days = Days(change)
        days.live_through(calm, market, calm, calm, market, calm, calm)
        assert days.told == []
        days.live_through(market, market)
        assert days.opened == [FULL]


def test_a_lack_of_room_is_no_matter_for_a_citizens_ticket() -> None:
    assert Cause.RADIO_SATURATED not in VISIBLE

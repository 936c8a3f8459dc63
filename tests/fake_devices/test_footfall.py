from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest

from fake_devices.footfall import HOUR, events, gathered, hourly_clients
from fake_devices.gatherings import PARIS
from fake_devices.rhythms import fullness

START = datetime(2026, 10, 1, 0, 0, tzinfo=PARIS)
WEEKS = 4
HOURS = 24 * 7 * WEEKS


def test_the_hours_are_those_of_the_rhythm_within_what_counting_leaves_to_chance() -> None:
    counted = hourly_clients("uha", START, 48, 3, 400)
    for number, clients in enumerate(counted):
        middle = START.astimezone(UTC) + HOUR * (number + 0.5)
        assert clients == pytest.approx(400 * fullness("uha", middle, 3), abs=60)
    assert hourly_clients("uha", START, 48, 3, 400) == counted
    assert hourly_clients("uha", START, 48, 4, 400) != counted


def test_hours_are_counted_through_the_change_of_clocks() -> None:
    """The night with an hour more: local midnight to local midnight are 25 hours."""
    longer = datetime(2026, 10, 25, 0, 0, tzinfo=PARIS)
    whole = hourly_clients("gare", longer, 30, 1, 200)
    rest = hourly_clients("gare", datetime(2026, 10, 26, 0, 0, tzinfo=PARIS), 5, 1, 200)
    assert whole[25:] == rest


def test_last_week_tells_something_of_this_one_but_not_all() -> None:
    clients = hourly_clients("uha", START, HOURS, 5, 400)
    off = fmean(abs(late - early) for early, late in zip(clients, clients[168:], strict=False))
    shuffled = fmean(abs(late - early) for early, late in zip(clients, clients[84:], strict=False))
    assert 0.03 * fmean(clients) < off < 0.8 * shuffled


def test_events_are_played_and_some_crowds_come_unannounced() -> None:
    end = START + timedelta(weeks=WEEKS)
    announced = events("patinoire", START, end, 1)
    everything = list(gathered("patinoire", START, end, 1))
    assert 3 <= len(announced) < len(everything)
    assert all(early.begins <= late.begins for early, late in pairwise(everything))
    for name, begins, ends in announced:
        assert name == "Match de hockey"
        assert timedelta(hours=1.5) < ends - begins < timedelta(hours=3)
        during = hourly_clients("patinoire", begins, 1, 1, 300)[0]
        a_day_later = hourly_clients("patinoire", begins + timedelta(days=1), 1, 1, 300)[0]
        next_day = events("patinoire", begins + timedelta(days=1), begins + timedelta(days=2), 1)
        assert during > 250
        assert next_day or a_day_later < 200


def test_an_event_under_way_at_either_end_is_told() -> None:
    (name, begins, ends), *_ = events("patinoire", START, START + timedelta(weeks=WEEKS), 1)
    middle = begins + (ends - begins) / 2
    assert events("patinoire", middle, middle + HOUR, 1) == [(name, begins, ends)]
    assert events("patinoire", ends, ends + HOUR, 1) == []
    assert events("uha", START, START + timedelta(weeks=WEEKS), 1) == []

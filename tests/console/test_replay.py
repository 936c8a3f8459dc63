"""Steps through the last two days, and which instant somebody means by what they type."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.i18n import Words
from console.replay import (
    CURSOR,
    KEPT,
    MIDNIGHT,
    OPENING,
    STEP,
    bar_of,
    first_step,
    instant_at,
    instant_of,
    is_reachable,
    last_step,
    moment_text,
    stepped,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 30, 20, 42, 10, tzinfo=UTC)
"""Monday, 21:42:10 in Mulhouse."""
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def said(text: str, now: datetime = NOW) -> str | None:
    at = instant_of(text, now, Words("fr", PARIS))
    return None if at is None else f"{at:%d %H:%M}"


def test_steps_are_whole_and_end_at_both_ends() -> None:
    assert f"{last_step(NOW):%H:%M:%S}" == "20:40:00"
    at = last_step(NOW)
    assert stepped(at, STEP, NOW) == at
    assert stepped(at, -STEP, NOW) == at - STEP
    assert stepped(at, -60 * timedelta(hours=1), NOW) == first_step(NOW)
    assert stepped(at - timedelta(minutes=2), timedelta(), NOW) == at - STEP


@given(now=INSTANTS, by=st.integers(-400, 400))
def test_wherever_one_steps_the_head_end_can_answer(now: datetime, by: int) -> None:
    at = stepped(last_step(now), by * STEP, now)
    assert is_reachable(at, now)
    assert is_reachable(at, now + timedelta(minutes=4)), "the present goes on while one looks"
    assert at.minute % 5 == at.second == at.microsecond == 0


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("03:12", "30 02:12"),
        ("3h12", "30 02:12"),
        ("3h", "30 02:00"),
        ("21:42", "30 20:42"),
        ("21:43", "29 20:43"),
        ("hier 18:00", "29 17:00"),
        ("Yesterday 18:00", "29 17:00"),
        ("aujourd’hui 8:05", "30 07:05"),
        ("avant-hier 23:00", "28 22:00"),
        ("dim. 03:12", "29 02:12"),
        ("dimanche 3:12", "29 02:12"),
        ("29/11 03:12", "29 02:12"),
        ("2026-11-29T03:12", "29 02:12"),
        ("2026-11-29 03:12", "29 02:12"),
        ("", None),
        ("noon", None),
        ("25:00", None),
        ("12:60", None),
        ("demain 12:00", None),
        ("aujourd'hui 23:00", None),
        ("1/1 03:12", None),
        ("3", None),
    ],
)
def test_a_time_is_the_last_one_that_was(text: str, meant: str | None) -> None:
    assert said(text) == meant


def test_in_the_nights_in_which_clocks_change_a_time_is_the_first_one_and_is_told_apart() -> None:
    autumn = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert said("02:30", autumn) == "25 00:30"
    spring = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    assert said("02:30", spring) == "29 01:30", "clocks leap over it"
    words = Words("fr", PARIS)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment_text(first, words).endswith("02:30 (UTC+2)")
    assert moment_text(first + timedelta(hours=1), words).endswith("02:30 (UTC+1)")
    assert moment_text(first + timedelta(hours=2), words).endswith("03:30")


@given(text=st.text(max_size=30))
def test_whatever_is_typed_is_an_instant_that_was_or_none(text: str) -> None:
    at = instant_of(text, NOW, Words("fr", PARIS))
    assert at is None or at <= NOW or len(text) >= 16


def test_the_bar_shows_midnights_incidents_and_where_one_stands() -> None:
    signs = bar_of(NOW - KEPT / 2, NOW, [NOW - KEPT / 4, NOW - 2 * KEPT], PARIS, 96)
    assert signs.index(CURSOR) == 48
    assert signs.index(OPENING) == 72
    assert signs.count(OPENING) == 1
    assert signs.count(MIDNIGHT) == 2
    assert bar_of(NOW, NOW, [], PARIS, 96)[-1] == CURSOR
    assert bar_of(NOW, NOW, [], PARIS, 0) == []


@given(now=INSTANTS, width=st.integers(10, 200), data=st.data())
def test_a_click_on_the_bar_goes_to_where_it_was(now: datetime, width: int, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, width - 1))
    at = instant_at(column, width, now)
    assert is_reachable(at, now)
    shown = bar_of(at, now, [], PARIS, width).index(CURSOR)
    assert abs(shown - column) <= 1

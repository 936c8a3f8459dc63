"""The expected rhythm of a place, as OpenStreetMap writes opening hours."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from wifi.opening_hours import DAY_MIN, HOUR_MIN, LONGEST, WEEKDAYS, OpeningHours

MONDAY = datetime(2026, 11, 30)  # noqa: DTZ001 - the clock of a place
RINK = OpeningHours.parse("Mo-Fr 07:30-20:00; Sa 08:00-12:00,14:00-18:00; PH off")


def at(weekday: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=weekday, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        (at(0, 7, 29), False),
        (at(0, 7, 30), True),
        (at(4, 19, 59), True),
        (at(4, 20), False),
        (at(5, 11), True),
        (at(5, 13), False),
        (at(5, 17, 59), True),
        (at(6, 11), False),
    ],
)
def test_a_place_is_open_from_the_first_minute_to_before_the_last(local: datetime, is_open: bool) -> None:
    assert RINK.is_open(local, False) == is_open


def test_a_public_holiday_is_a_day_like_others_unless_a_rule_names_it() -> None:
    assert not RINK.is_open(at(0, 12), True)
    assert OpeningHours.parse("Mo-Fr 07:30-20:00").is_open(at(0, 12), True)
    fair = OpeningHours.parse("Mo-Sa 08:00-12:00; Su,PH 14:00-18:00")
    assert [fair.is_open(at(0, hour), True) for hour in (10, 15)] == [False, True]
    assert [fair.is_open(at(6, hour), False) for hour in (10, 15)] == [False, True]


def test_a_span_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    bar = OpeningHours.parse("Fr 20:00-02:00; Sa off")
    assert [bar.is_open(at(4, hour), False) for hour in (1, 19, 20, 23)] == [False, False, True, True]
    assert [bar.is_open(at(5, hour), False) for hour in (1, 2, 20)] == [True, False, False]
    assert not bar.is_open(at(4, 1), False), "Thursday evening was closed"
    sunday = OpeningHours.parse("Su 22:00-03:00")
    assert sunday.is_open(at(0, 2), False), "the week begins again"


def test_the_evening_of_a_holiday_lasts_into_the_next_day() -> None:
    closed = OpeningHours.parse("Mo-Su 20:00-02:00; PH off")
    assert closed.is_open(at(1, 1), False)
    assert not closed.is_open(at(1, 1), False, was_holiday=True)
    ball = OpeningHours.parse("PH 20:00-02:00")
    assert ball.is_open(at(1, 1), False, True)
    assert not ball.is_open(at(1, 1), True, False)


def test_the_later_of_two_rules_for_a_day_holds() -> None:
    hours = OpeningHours.parse("08:00-20:00; We 14:00-18:00; Sa-Mo off")
    assert [hours.is_open(at(day, 9), False) for day in range(7)] == [
        False, True, False, True, True, False, False,
    ]  # fmt: skip
    assert hours.is_open(at(2, 15), False)


def test_a_place_may_never_close_or_never_open() -> None:
    always, never = OpeningHours.parse("24/7"), OpeningHours.parse("off")
    for hours in range(7 * 24):
        assert always.is_open(MONDAY + timedelta(hours=hours), hours % 2 == 0)
        assert not never.is_open(MONDAY + timedelta(hours=hours), hours % 2 == 0)
    assert OpeningHours.parse("00:00-24:00").is_open(at(3, 23, 59), False)


@pytest.mark.parametrize(
    ("text", "got", "expected"),
    [
        ("", "''", "24/7"),
        ("Mo-Fr", "'Mo-Fr'", "days and times"),
        ("Mo-Fr 7:30-20:00", "'7:30-20:00'", "07:30-20:00"),
        ("Lu-Ve 07:30-20:00", "'Lu-Ve'", "Mo, Tu, We"),
        ("Mo-PH 07:30-20:00", "'Mo-PH'", "or PH"),
        ("Mo 07:30-25:00", "'07:30-25:00'", "00:00 to 24:00"),
        ("Mo 07:61-08:00", "'07:61-08:00'", "a span of times"),
        ("Mo 08:00-08:00", "'08:00-08:00'", "differ"),
        ("Mo 24:00-08:00", "'24:00-08:00'", "00:00 to 24:00"),
        ("Mo 08:00-12:00,Tu 08:00-12:00", "'Tu 08:00-12:00'", "a span of times"),
        ("Jan Mo 08:00-12:00", "'Jan Mo'", "a day or a span of days"),
        ("sunrise-sunset", "'sunrise-sunset'", "days and times"),
        ("Mo 08:00-12:00;; Tu off", "''", "days and times"),
        ("x" * (LONGEST + 1), f"{LONGEST + 1} characters", f"{LONGEST} at most"),
    ],
)
def test_what_is_not_read_is_told_with_what_was_expected(text: str, got: str, expected: str) -> None:
    with pytest.raises(BadInput) as raised:
        OpeningHours.parse(text)
    assert f"got {got}" in str(raised.value)
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


@given(st.text(max_size=40))
def test_any_text_is_opening_hours_or_one_readable_line(text: str) -> None:
    told = ""
    try:
        hours = OpeningHours.parse(text)
    except BadInput as error:
        told = str(error)
    else:
        assert OpeningHours.parse(hours.text) == hours
    assert told.isprintable()


minutes = st.integers(0, DAY_MIN - 1)
spans = st.lists(st.tuples(minutes, minutes).filter(lambda span: span[0] != span[1]), min_size=1, max_size=3)
weeks = st.lists(st.none() | spans, min_size=7, max_size=7)


def written(minute: int) -> str:
    return f"{minute // HOUR_MIN:02d}:{minute % HOUR_MIN:02d}"


@given(weeks, st.none() | st.just([]) | spans, st.integers(0, 6), minutes, st.booleans(), st.booleans())
def test_open_is_what_a_span_of_the_day_or_of_the_evening_before_holds(
    week: list[list[tuple[int, int]] | None],
    holiday: list[tuple[int, int]] | None,
    weekday: int,
    minute: int,
    is_holiday: bool,
    was_holiday: bool,
) -> None:
    rules = [
        f"{day} {','.join(f'{written(begin)}-{written(end)}' for begin, end in spans_)}" if spans_ else f"{day} off"
        for day, spans_ in [*zip(WEEKDAYS, week, strict=True), *([("PH", holiday)] if holiday is not None else [])]
    ]  # fmt: skip
    hours = OpeningHours.parse("; ".join(rules))
    today = holiday if is_holiday and holiday is not None else week[weekday]
    eve = holiday if was_holiday and holiday is not None else week[weekday - 1]
    wanted = any(
        begin <= minute < end if begin < end else minute >= begin for begin, end in today or []
    ) or any(end < begin and minute < end for begin, end in eve or [])
    local = MONDAY + timedelta(days=weekday, minutes=minute)
    assert hours.is_open(local, is_holiday, was_holiday) == wanted

"""Calendars in a lamp controller: what it reads, refuses, keeps and makes of a night."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from fake_devices.lamp_document import ProgrammeError, read_programme
from fake_devices.lamp_night import Point
from fake_devices.street_clock import EPOCH
from tests.fake_devices.test_lamp_programme import five_steps

FULL = {"on": {"event": "sunset"}, "off": {"event": "sunrise"}, "level": 100, "steps": []}
EVENING = {**FULL, "off": "01:00", "fade_s": 60}


def calendar(entries: list[Any], *programmes: dict[str, Any]) -> dict[str, Any]:
    return five_steps(programmes=list(programmes or (EVENING, FULL)), entries=entries)


def number(night: date) -> int:
    return night.toordinal() - EPOCH


def test_the_first_entry_that_holds_a_night_decides_it_and_the_last_programme_all_others() -> None:
    held = read_programme(
        calendar(
            [
                {"from": "2026-12-24", "to": "2026-12-24", "programme": 1},
                {"from": "12-20", "to": "01-05", "days": 0b0011111, "programme": 0},
            ]
        )
    )
    evening, full = held.programmes
    nights = {date(2026, 12, 23): evening, date(2026, 12, 24): full, date(2026, 12, 26): full}
    nights |= {date(2027, 1, 5): evening, date(2027, 1, 6): full, date(2040, 12, 24): evening}
    assert {night: held.programme(number(night)) for night in nights} == nights


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"programme": 2}, "programme is not"),
        ({"programme": 0.5}, "whole number"),
        ({"programme": 0, "days": 0}, "days"),
        ({"programme": 0, "from": "12-20"}, "a date is not"),
        ({"programme": 0, "from": "02-30", "to": "03-01"}, "a date is not"),
        ({"programme": 0, "from": "12-20", "to": "2026-12-24"}, "not alike"),
        ({"programme": 0, "from": "2026-12-25", "to": "2026-12-24"}, "ends before"),
        ("always", "not an object"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_with_the_reason(entry: object, reason: str) -> None:
    with pytest.raises(ProgrammeError, match=reason):
        read_programme(calendar([entry]))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (calendar([{"programme": 0}] * 129), "more than 128 entries"),
        (calendar([], *[FULL] * 17), "more than 16 programmes"),
        (five_steps(programmes=[]), "none"),
        (calendar([], {**FULL, "photocell_min": 5}), "no photocell"),
        (calendar([], {**FULL, "fade_s": 3601}), "fade_s"),
        (calendar([], {**FULL, "off": {"moment": "05:00", "not_after": "25:00"}}), "HH:MM"),
    ],
)
def test_a_calendar_beyond_what_is_announced_is_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProgrammeError, match=reason):
        read_programme(document)


def test_a_fade_runs_evenly_in_ten_stairs_and_then_stays() -> None:
    point = Point(at=1000.0, level=20.0, fade_s=60.0, before=100.0)
    assert [point.level_at(1000.0 + second) for second in (0, 15, 30, 60, 90)] == [
        100.0,
        80.0,
        60.0,
        20.0,
        20.0,
    ]
    stairs, at = [], 1000.0
    while (following := point.next_stair(at)) is not None:
        at = following
        stairs.append(at)
    assert stairs == [1006.0 + 6 * stair for stair in range(10)]


def test_a_lamp_that_fades_out_at_one_is_dark_a_minute_later() -> None:
    held = read_programme(calendar([{"programme": 0}]))
    one = datetime(2026, 12, 1, 0, 0, tzinfo=UTC).timestamp()
    assert [held.level_at(one + second) for second in (-1, 0, 30, 60)] == [100.0, 100.0, 50.0, 0.0]
    assert held.is_fading(one + 30)
    assert not held.is_fading(one + 60)


def test_a_controller_that_is_dark_for_weeks_looks_again_in_some_days() -> None:
    held = read_programme(calendar([], {**FULL, "level": 0, "on": "12:00", "off": "12:00"}))
    now = datetime(2026, 12, 1, 0, 0, tzinfo=UTC).timestamp()
    assert now < held.next_change(now) < now + 4 * 86_400

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_devices.lamp_document import ProgrammeError, read_programme
from fake_devices.lamp_programme import LampProgramme, factory_programme, night_points

NOVEMBER = datetime(2026, 11, 30, 11, 0, tzinfo=UTC).timestamp()
JUNE = datetime(2026, 6, 21, 10, 0, tzinfo=UTC).timestamp()


def five_steps(**changes: Any) -> dict[str, Any]:
    return {
        "hash": "9f2c41d0",
        "latitude": 47.75,
        "longitude": 7.34,
        "offset_min": 60,
        "dst": "eu",
        "on": {"event": "sunset", "offset_min": 0},
        "off": {"event": "sunrise", "offset_min": 0},
        "level": 100,
        "steps": [
            {"at": "20:00", "level": 70},
            {"at": "00:00", "level": 30},
            {"at": "05:00", "level": 70},
            {"at": "07:00", "level": 100},
        ],
        **changes,
    }


def walked(programme: LampProgramme, noon: float) -> list[tuple[str, float]]:
    """The night's changes, minute of UTC and level, found by walking from one to the next."""
    changes, at = [], noon
    while (following := programme.next_change(at)) < noon + 86_400:
        at = following
        shown = datetime.fromtimestamp(at, UTC) + timedelta(seconds=30)
        changes.append((f"{shown:%H:%M}", programme.level_at(at)))
    return changes


def test_in_november_the_five_steps_follow_one_another() -> None:
    assert walked(read_programme(five_steps()), NOVEMBER) == [
        ("15:41", 100.0),
        ("19:00", 70.0),
        ("23:00", 30.0),
        ("04:00", 70.0),
        ("06:00", 100.0),
        ("06:58", 0.0),
    ]


def test_in_june_a_step_before_sunset_decides_the_level_at_which_the_lamp_lights_up() -> None:
    assert walked(read_programme(five_steps()), JUNE) == [
        ("19:33", 70.0),
        ("22:00", 30.0),
        ("03:00", 70.0),
        ("03:32", 0.0),
    ]


def test_the_factory_programme_is_full_light_from_sunset_to_sunrise() -> None:
    assert walked(factory_programme(), NOVEMBER) == [("15:41", 100.0), ("06:58", 0.0)]
    assert factory_programme().hash is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hash": 5}, "hash"),
        ({"latitude": 91}, "latitude"),
        ({"longitude": None}, "longitude"),
        ({"offset_min": True}, "offset_min"),
        ({"dst": "us"}, "dst"),
        ({"level": 130}, "level"),
        ({"level": float("nan")}, "level"),
        ({"on": "sunset"}, "HH:MM"),
        ({"on": 5}, "on missing"),
        ({"on": "18:00"}, "on: event"),
        ({"off": {"event": "dawn"}}, "off: event"),
        ({"off": {"event": "noon"}}, "off: event"),
        ({"steps": [{"at": "24:00", "level": 5}]}, "HH:MM"),
        ({"steps": [{"at": "20:00"}]}, "level"),
        ({"steps": ["20:00"]}, "object"),
        ({"steps": [{"at": f"2{n}:00", "level": 1} for n in range(4)] * 3}, "10 steps"),
        ({"steps": [{"at": "01:00", "level": 5}, {"at": "20:00", "level": 5}]}, "order"),
    ],
)
def test_what_a_controller_cannot_run_is_refused_with_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ProgrammeError, match=reason):
        read_programme(five_steps(**changes))


@given(
    day=st.integers(0, 366 * 12),
    on_min=st.integers(-120, 120),
    off_min=st.integers(-120, 120),
    times=st.lists(st.integers(0, 1439), max_size=10, unique=True),
    level=st.floats(0, 100),
)
def test_every_night_lights_up_once_and_ends_dark(
    day: int, on_min: int, off_min: int, times: list[int], level: float
) -> None:
    in_order = sorted(times, key=lambda minute: (minute - 720) % 1440)
    steps = [{"at": f"{minute // 60:02d}:{minute % 60:02d}", "level": 50} for minute in in_order]
    programme = read_programme(
        five_steps(
            on={"event": "sunset", "offset_min": on_min},
            off={"event": "sunrise", "offset_min": off_min},
            level=level,
            steps=steps,
        )
    )
    points = night_points(programme, 20_454 + day)
    instants = [point.at for point in points]
    assert instants == sorted(instants)
    assert points[-1].level == 0.0
    assert all(points[0].at <= at <= points[-1].at for at in instants)

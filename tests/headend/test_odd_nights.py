"""A head-end that is started in the middle of an odd night, or by a wrong clock, holds what the calendar says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.clock import SimulatedClock
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from tests.headend.standing import Console, standing
from tests.headend.test_with_field import come_true

LAMPS = 6
SPEED = 60.0

LIGHT_PLAN = """
default = "ville"
[[programme]]
name = "nuit"
on = "sunset"
off = "sunrise"
level = 80
[[programme]]
name = "heure-d-hiver"
on = "sunset"
off = "sunrise"
level = 90
steps = [{ at = "02:30", level = 33 }]
[[programme]]
name = "heure-d-ete"
on = "sunset"
off = "sunrise"
level = 90
steps = [{ at = "02:30", level = 44 }]
[[programme]]
name = "bissextile"
on = "sunset"
off = "sunrise"
level = 29
[[programme]]
name = "saint-sylvestre"
on = "sunset"
off = "sunrise"
level = 100
steps = [{ at = "02:00", level = 45 }]
[[calendar]]
name = "ville"
default = "nuit"
[[calendar.rule]]
name = "Passage à l'heure d'hiver"
programme = "heure-d-hiver"
dates = [2026-10-24]
[[calendar.rule]]
name = "Passage à l'heure d'été"
programme = "heure-d-ete"
dates = [2027-03-27]
[[calendar.rule]]
name = "29 février"
programme = "bissextile"
from = "--02-29"
to = "--02-29"
[[calendar.rule]]
name = "Saint-Sylvestre"
programme = "saint-sylvestre"
from = "--12-31"
to = "--12-31"
"""


class WrongClock:
    """The simulated city's time, but for an error that may go."""

    def __init__(self, right: SimulatedClock, error: timedelta) -> None:
        self._right = right
        self.error = error

    def now(self) -> datetime:
        return self._right.now() + self.error

    async def sleep(self, seconds: float) -> None:
        await self._right.sleep(seconds)


async def all_at(console: Console, field: FakeField, level: float) -> bool:
    points = await console.get("/light-points")
    asked = {point["asked_pct"] for point in points}
    shown = {lamp.lamp.level for lamp in field.world.lamps.values()}
    return asked == shown == {level}


async def all_hold(console: Console) -> bool:
    reached = await console.get("/deployment")
    return bool(reached["holding"] == reached["controllers"] > LAMPS)


def written(field: FakeField, folder: Path) -> Path:
    field.write_settings(folder / "city.toml", Rhythm(api_port=0))
    (folder / "programmes.toml").write_text(LIGHT_PLAN)
    return folder / "city.toml"


@pytest.mark.parametrize(
    ("utc", "level"),
    [
        pytest.param("2026-10-25T00:05", 90, id="autumn, 02:05 the first time"),
        pytest.param("2026-10-25T00:30", 33, id="autumn, 02:30 the first time"),
        pytest.param("2026-10-25T01:30", 33, id="autumn, 02:30 the second time"),
        pytest.param("2027-03-28T00:40", 90, id="spring, twenty minutes before the hour that does not come"),
        pytest.param("2027-03-28T01:00", 44, id="spring, right after it"),
        pytest.param("2028-02-29T01:30", 80, id="02:30 on 29 February, which is still the night of the 28th"),
        pytest.param("2028-02-29T18:00", 29, id="the evening of 29 February"),
        pytest.param("2028-03-01T01:30", 29, id="02:30 in the night of 29 February"),
        pytest.param("2026-12-31T01:30", 80, id="02:30 on 31 December"),
        pytest.param("2026-12-31T22:30", 100, id="the last evening of the year"),
        pytest.param("2027-01-01T01:30", 45, id="02:30 in the last night of the year"),
    ],
)
async def test_started_in_an_odd_night_it_holds_what_the_calendar_says(
    utc: str, level: float, tmp_path: Path
) -> None:
    clock = SimulatedClock.starting(datetime.fromisoformat(utc).replace(tzinfo=UTC), SPEED)
    clock.hold()
    async with (
        FakeField(FieldPlan(lamps=LAMPS, access_points=0, seed=1), clock, desk=False) as field,
        standing(written(field, tmp_path), clock) as (_, console),
    ):
        clock.release()
        await come_true(lambda: all_hold(console))
        await come_true(lambda: all_at(console, field, level))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(timedelta(days=-365 * 56), id="a clock that has lost its time"),
        pytest.param(timedelta(hours=-4), id="a clock four hours late"),
        pytest.param(timedelta(days=1), id="a clock a day ahead"),
    ],
)
async def test_started_by_a_wrong_clock_it_waits_and_holds_what_the_calendar_says_once_it_is_right(
    error: timedelta, tmp_path: Path
) -> None:
    at = datetime(2027, 1, 1, 1, 30, tzinfo=UTC)
    right = SimulatedClock.starting(at, SPEED)
    wrong = WrongClock(right, error)
    async with (
        FakeField(FieldPlan(lamps=LAMPS, access_points=0, seed=1), right, desk=False) as field,
        standing(written(field, tmp_path), wrong) as (_, console),
    ):
        await come_true(lambda: in_doubt(console))
        assert not await all_hold(console)
        wrong.error = timedelta()
        await come_true(lambda: all_hold(console))
        await come_true(lambda: all_at(console, field, 45.0))


async def in_doubt(console: Console) -> bool:
    summary = await console.get("/summary")
    return any(each["name"] == "clock" and not each["up"] for each in summary["connections"])

"""A match night on real sockets: the lamps around the ice rink wait for the people, and for nobody else."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.clock import SimulatedClock
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from headend.presence import LEASE
from tests.headend.standing import Console, standing
from tests.headend.test_with_field import come_true

SPEED = 150.0
BEFORE_MIDNIGHT = datetime(2026, 11, 30, 22, 56, tzinfo=UTC)
"""23:56 in Mulhouse: at midnight the programme goes from 70 to 30 percent."""
LONG_PAST_MIDNIGHT = BEFORE_MIDNIGHT + timedelta(minutes=8)
WHISTLE = datetime(2026, 11, 30, 23, 10, tzinfo=UTC)
"""People leave from 00:10 on, and are gone ten minutes later."""
GONE = WHISTLE + timedelta(minutes=10)
HOLD = timedelta(minutes=10)
POLL = timedelta(seconds=150)
SLACK = timedelta(minutes=6)
"""Clock time that looking, sending and this test's own look may take: two seconds or so."""


def overtime(hotspot: str, at: datetime, _seed: int) -> float:
    """The match goes on past midnight."""
    return float(hotspot == "patinoire" and at < GONE)


class Night:
    """The simulated city with its head-end, and the lamps around the rink."""

    def __init__(self, field: FakeField, clock: SimulatedClock, console: Console, near: list[str]) -> None:
        self.field = field
        self.clock = clock
        self.console = console
        self.near = near

    def levels(self) -> set[float]:
        """What the lamps around the rink really give, percent."""
        return {self.field.world.lamps[name].lamp.level for name in self.near}

    def levels_elsewhere(self) -> set[float]:
        lamps = self.field.world.lamps
        return {lamps[name].lamp.level for name in lamps.keys() - set(self.near)}

    async def becomes(self, level: float) -> datetime:
        """Wait until all of them give a level: when they did."""
        await self.sees(lambda: self.levels() == {level})
        return self.clock.now()

    async def passes(self, instant: datetime) -> None:
        await self.sees(lambda: self.clock.now() >= instant)

    @staticmethod
    async def sees(condition: Callable[[], bool]) -> None:
        async def told() -> bool:
            return condition()

        await come_true(told)

    async def has_told(self, *acts: str) -> None:
        """Wait until the journal has just these acts of rules."""

        async def told() -> bool:
            journal = await self.console.get("/journal")
            of_rules = [each["act"] for each in reversed(journal) if each["act"].startswith("dynamic")]
            return of_rules == list(acts)

        await come_true(told)


@asynccontextmanager
async def match_city(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[FakeField, SimulatedClock]]:
    """The field alone, on a night with a match; its clock stands still until a head-end listens."""
    for module in [each for name, each in sys.modules.items() if name.startswith("fake_devices.")]:
        if hasattr(module, "fullness"):
            monkeypatch.setattr(module, "fullness", overtime)
    clock = SimulatedClock.starting(BEFORE_MIDNIGHT, SPEED)
    clock.hold()
    plan = FieldPlan(lamps=96, access_points=10, seed=1, lamps_per_cabinet=6)
    async with FakeField(plan, clock, desk=False) as field:
        file = folder / "city.toml"
        field.write_settings(file, Rhythm(api_port=0, snmp_period_s=POLL.total_seconds()))
        text = file.read_text().replace("at_least = 90", "at_least = 70")
        file.write_text(text.replace("hold_min = 20", "hold_min = 10"))
        yield field, clock


@asynccontextmanager
async def head_end(folder: Path, field: FakeField, clock: SimulatedClock) -> AsyncIterator[Night]:
    """A head-end over it, for as long as the block."""
    inventory = json.loads((folder / "inventory.geojson").read_text(encoding="utf-8"))
    (near,) = (each["members"] for each in inventory["groups"] if each["id"] == "abords-patinoire")
    async with standing(folder / "city.toml", clock) as (_, console):
        clock.release()
        yield Night(field, clock, console, near)


async def test_the_lamps_stay_bright_until_the_people_have_left_and_then_follow_the_programme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        match_city(tmp_path, monkeypatch) as (field, clock),
        head_end(tmp_path, field, clock) as night,
    ):
        await night.passes(LONG_PAST_MIDNIGHT)
        await night.becomes(70.0)
        await night.sees(lambda: night.levels_elsewhere() == {30.0})
        while night.clock.now() < WHISTLE:
            assert night.levels() == {70.0}
            assert night.levels_elsewhere() == {30.0}
            await night.clock.sleep(60)
        says = (await night.console.get(f"/light-points/{night.near[0]}"))["reason"]["chain"]
        assert [each["layer"] for each in says][-1] == "dynamic"
        assert says[-1]["text"].startswith("Match · Patinoire · ")
        (rule,) = (await night.console.get("/presence"))["rules"]
        assert says[-1]["text"].endswith(f" clients ≥ {rule['begins_from']} · → 01:00 max.")
        assert (rule["lifted"], rule["why_not"]) == (len(night.near), None)
        fell = await night.becomes(30.0)
        assert WHISTLE + HOLD < fell <= GONE + HOLD + POLL + SLACK
        view = await night.console.get("/presence")
        assert (view["rules"][0]["why_not"], view["rules"][0]["lifted"]) == ("too_few", 0)
        assert view["tonight"]["wh"] > 0
        await night.has_told("dynamic", "dynamic_over")


async def test_where_the_access_points_fall_silent_the_lamps_follow_the_programme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        match_city(tmp_path, monkeypatch) as (field, clock),
        head_end(tmp_path, field, clock) as night,
    ):
        await night.passes(LONG_PAST_MIDNIGHT)
        await night.becomes(70.0)
        killed = night.clock.now()
        for name in night.field.world.access_points.plan:
            night.field.world.access_points.set_down(name, down=True, at=killed)
        fell = await night.becomes(30.0)
        assert fell - killed <= 3 * POLL + LEASE + SLACK
        await night.has_told("dynamic", "dynamic_blind")


async def test_where_the_head_end_stops_the_lamps_follow_the_programme_once_their_lease_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with match_city(tmp_path, monkeypatch) as (field, clock):
        async with head_end(tmp_path, field, clock) as night:
            await night.passes(LONG_PAST_MIDNIGHT)
            await night.becomes(70.0)
        stopped = clock.now()
        fell = await night.becomes(30.0)
        assert fell - stopped <= LEASE + SLACK

"""The head-end is killed at four in the afternoon: the city lights up at dusk and dims in the evening without it."""

import signal
from datetime import UTC, datetime
from pathlib import Path

from city.clock import SimulatedClock
from city.messages import PlanRequest
from console.client import ApiClient
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from tests.end_to_end.test_killed import head_end, until_true

LAMPS = 1200
AFTERNOON = datetime(2026, 11, 30, 14, 45, tzinfo=UTC)
SPEED = 30.0
FOUR, FIVE, HALF_PAST_EIGHT = (
    datetime(2026, 11, 30, hour, minute, tzinfo=UTC) for hour, minute in ((15, 0), (16, 0), (19, 30))
)

PLAN = """
default = "rues"
[[programme]]
name = "nuit"
on = "sunset"
off = "sunrise"
level = 100
steps = [{ at = "20:00", level = 55 }]
[[programme]]
name = "marche"
on = "sunset-10"
off = "sunrise"
level = 90
steps = [{ at = "20:00", level = 65 }]
[[calendar]]
name = "rues"
default = "nuit"
[[calendar]]
name = "places"
default = "nuit"
[[calendar.rule]]
name = "Marché de Noël"
programme = "marche"
from = "--11-24"
to = "--12-27"
[[assignment]]
to = "cabinet:A-001"
calendar = "places"
"""


async def all_hold(client: ApiClient, plan: str) -> bool:
    reached = await client.deployment()
    return reached.plan == plan and reached.holding == reached.controllers


def levels(field: FakeField, *, market: bool) -> set[float]:
    """The levels in effect, on the market's place or everywhere else."""
    cabinets = {circuit.id: circuit.cabinet for circuit in field.world.plan.circuits.values()}
    return {
        controller.lamp.level
        for name, controller in field.world.lamps.items()
        if (cabinets[field.world.plan.lamps[name].circuit] == "A-001") == market
    }


async def test_the_city_lights_up_and_dims_as_the_plan_says_with_nobody_there(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(AFTERNOON, SPEED)
    async with FakeField(FieldPlan(lamps=LAMPS, access_points=0, seed=1), clock, desk=False) as field:
        field.write_settings(tmp_path / "city.toml", Rhythm(api_port=0))
        async with head_end(tmp_path, signal.SIGKILL) as client:
            answer = await client.deploy(PlanRequest(text=PLAN, file="programmes.toml"))
            assert (answer.state, answer.refusals) == ("in_force", ())
            await until_true(lambda: all_hold(client, answer.plan))
            await clock.sleep((FOUR - clock.now()).total_seconds())

        assert levels(field, market=False) == levels(field, market=True) == {0}
        field.quiesce()
        field.world.advance(FIVE)
        assert (levels(field, market=False), levels(field, market=True)) == ({100}, {90})
        lit = [
            controller
            for controller in field.world.lamps.values()
            if controller.lamp.power_w(FIVE.timestamp()) > 5
        ]
        assert len(lit) == len(field.world.lamps) == LAMPS
        field.world.advance(HALF_PAST_EIGHT)
        assert (levels(field, market=False), levels(field, market=True)) == ({55}, {65})

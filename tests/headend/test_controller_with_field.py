"""A Wi-Fi controller of the simulated city behind a real head-end: one cause when it is lost, and who is new."""

from datetime import timedelta
from pathlib import Path

import pytest

from city.clock import SimulatedClock
from fake_devices import access_points
from fake_devices.field import FakeField, FieldPlan
from tests.headend.standing import standing
from tests.headend.test_with_field import AFTER_SUNSET, come_true

PATIENCE_S = 40.0
"""Real seconds, on a machine that does other things too."""


async def test_who_is_new_is_proposed_and_a_lost_controller_is_one_incident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_points, "NEWCOMER_AFTER", timedelta(minutes=2))
    clock = SimulatedClock.starting(AFTER_SUNSET, 60.0)
    plan = FieldPlan(lamps=1, access_points=28, seed=1)
    file = tmp_path / "city.toml"
    async with FakeField(plan, clock, desk=False) as field:
        field.write_settings(file)
        settings = (
            file.read_text().replace("port = 8350", "port = 0").replace("[snmp]", "[snmp]\ntimeout_s = 0.2")
        )
        file.write_text(settings)
        (newcomer,) = field.world.plan.newcomers
        async with standing(file, clock) as (headend, console):

            async def all_up() -> bool:
                return all(each["up"] for each in await console.get("/access-points"))

            async def proposed() -> bool:
                found = await console.get("/access-points/proposals")
                return [(each["name"], each["controller"]) for each in found] == [(newcomer.id, "WLC-1")]

            async def told() -> bool:
                found = await console.get("/incidents")
                return [(each["cause"], each["asset"]) for each in found] == [
                    ("wifi_controller_lost", "WLC-1")
                ]

            await come_true(all_up, PATIENCE_S)
            await come_true(proposed, PATIENCE_S)
            assert headend.inventory.left_out == ()
            field.world.access_points.lose_controller("WLC-1", lost=True)
            await come_true(told, PATIENCE_S)

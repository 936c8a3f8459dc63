"""A level changed in the editor, looked ahead, deployed, and held by simulated controllers: all of it on screen."""

import signal
from datetime import UTC, datetime
from pathlib import Path

from city.clock import SimulatedClock
from console.app import FalotierApp
from console.client import ApiClient
from console.widgets.plan_text import PlanText
from fake_devices.city_files import Rhythm
from fake_devices.field import FakeField, FieldPlan
from tests.console.consoles import Console
from tests.console.fake_headend import FakeHeadEnd, until
from tests.end_to_end.test_killed import WITHIN_S, head_end, until_true

EVENING = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
"""21:00 in Mulhouse: 70 % until midnight."""
SPEED = 60.0
LAMPS = 8


async def test_an_edited_level_is_drawn_compared_deployed_and_reaches_the_lamps(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(EVENING, SPEED)
    async with FakeField(FieldPlan(lamps=LAMPS, access_points=0, seed=1), clock) as field:
        field.write_settings(tmp_path / "city.toml", Rhythm(api_port=0))
        async with head_end(tmp_path, signal.SIGTERM) as reached:

            async def all_hold() -> bool:
                view = await reached.deployment()
                return view.holding == view.controllers

            await until_true(all_hold)
            before = await reached.plan_text()
            token = (tmp_path / "supervisor.token").read_text().strip()
            async with ApiClient(reached.url, token) as client:
                app = FalotierApp(client)
                async with app.run_test(size=(120, 36), notifications=True) as pilot:
                    seen = Console(app, pilot, FakeHeadEnd())
                    await until(lambda: app.session.city.summary is not None, within_s=WITHIN_S)
                    await seen.press("A", "3", "E")
                    await seen.shows("lisible", "20:00 70 %")
                    area = seen.app.screen.query_one(PlanText)
                    place = before.text.index('"20:00", level = 70') + len('"20:00", level = 70')
                    lines = before.text[:place].split("\n")
                    area.move_cursor((len(lines) - 1, len(lines[-1])))
                    await seen.press("backspace", "backspace", "5", "5")
                    await seen.shows("• 20:00 55 %", "modifié, non déployé")
                    assert (await reached.plan_text()).text == before.text
                    await seen.press("f3")
                    await until(lambda: "calcul" not in seen.text and "↓" in seen.text, within_s=WITHIN_S)
                    await seen.press("escape", "ctrl+s")
                    await until(lambda: "Il entre en vigueur aussitôt" in seen.text, within_s=WITHIN_S)
                    await seen.press("tab", "enter")
                    await until(lambda: "Plan lumière" in seen.text, within_s=WITHIN_S)
                    await until(
                        lambda: "100 %" in seen.text and "Tous les contrôleurs" in seen.text,
                        within_s=WITHIN_S,
                    )
            after = await reached.plan_text()
            assert after.text == before.text.replace('"20:00", level = 70', '"20:00", level = 55')
            assert await all_hold()
            lamps = field.world.lamps.values()
            await until(lambda: all(lamp.lamp.level == 55 for lamp in lamps), within_s=WITHIN_S)

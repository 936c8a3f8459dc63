"""Killed with -9 in the night and started again: what was known is known."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from city.clock import SimulatedClock
from fake_devices.field import FakeField, FieldPlan
from tests.headend.standing import Console, free_port

SERVICE = """
import asyncio, sys
from pathlib import Path
from city.settings import load_settings
from headend.service import HeadEnd
settings = load_settings(Path(sys.argv[1]))
asyncio.run(HeadEnd(settings, settings.clock).run(lambda url: print(url, flush=True)))
"""
AFTER_SUNSET = datetime(2026, 11, 30, 15, 45, tzinfo=UTC)
ORDER = {"selector": "cabinet:A-001", "level_pct": 40, "for_s": 36000, "reason": "essai"}


@asynccontextmanager
async def killed_at_the_end(file: Path) -> AsyncIterator[str]:
    """A head-end in a process of its own, which gets no chance to say goodbye."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, str(file), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            url = (await process.stdout.readline()).decode().strip()
        yield url
    finally:
        process.kill()
        await process.communicate()


async def all_follow(console: Console) -> dict[str, object]:
    """The one order in force, once every lamp says that it follows it."""
    async with asyncio.timeout(30):
        while True:
            active = [order for order in await console.get("/orders") if order["active"]]
            if len(active) == 1 and active[0]["confirmed"] == active[0]["points"] == 12:
                order: dict[str, object] = active[0]
                return order
            await asyncio.sleep(0.1)


async def test_orders_and_tokens_survive_and_controllers_go_on_alone(tmp_path: Path) -> None:
    clock = SimulatedClock.starting(AFTER_SUNSET, 120.0)
    file = tmp_path / "city.toml"
    async with FakeField(FieldPlan(lamps=12, access_points=2, seed=1), clock, desk=False) as field:
        field.write_settings(file)
        file.write_text(file.read_text().replace("port = 8350", f"port = {free_port()}"))
        async with aiohttp.ClientSession() as http:
            async with killed_at_the_end(file) as url:
                token = (tmp_path / "supervisor.token").read_text().strip()
                console = Console(url, http, token)
                status, view = await console.ask("POST", "/orders", ORDER)
                assert status == 200
                before = await all_follow(console)
            async with killed_at_the_end(file) as url:
                console = Console(url, http, token)
                after = await all_follow(console)
                assert (
                    (after["id"], after["until"])
                    == (before["id"], before["until"])
                    == (view["id"], view["until"])
                )
                acts = [entry["act"] for entry in await console.get("/journal")]
                assert acts == ["start", "order", "start"]

"""The disk is full under a head-end with a field: orders go on, the loss is told, and it mends by itself."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from city.clock import SimulatedClock
from fake_devices.field import FakeField, FieldPlan
from headend.spool.drain import RETRY_CAP_S
from tests.headend.small_disk import Foreign, small_disk
from tests.headend.standing import Console, free_port
from tests.headend.test_kill import AFTER_SUNSET, ORDER, SERVICE, all_follow

SPEED = 300.0
RECOVERS_S = RETRY_CAP_S + 30.0
"""Real seconds: a store that failed for long is tried again after a minute."""
Condition = Callable[[dict[str, Any], dict[str, Any]], bool]
"""Of the connections by name, and of the whole summary."""


@asynccontextmanager
async def headend(file: Path, errors: Path) -> AsyncIterator[str]:
    """A head-end in a process of its own; what it says of itself is in a file."""
    with errors.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVICE, str(file), stdout=asyncio.subprocess.PIPE, stderr=said
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            url = (await process.stdout.readline()).decode().strip()
        assert url, f"see {errors}"
        yield url
        assert process.returncode is None, f"see {errors}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def city(folder: Path, telemetry: Path) -> AsyncIterator[Path]:
    """Twelve lamps, and the settings of a head-end that keeps what is measured in a folder of its own."""
    clock = SimulatedClock.starting(AFTER_SUNSET, SPEED)
    file = folder / "city.toml"
    async with FakeField(FieldPlan(lamps=12, access_points=2, seed=1), clock, desk=False) as field:
        field.write_settings(file)
        text = file.read_text().replace("port = 8350", f"port = {free_port()}")
        extra = f'\n[telemetry]\npath = "{telemetry}/telemetry"\nspool = "{telemetry}/spool"\nspool_leaves_mib = 0\n'
        file.write_text(text + extra)
        yield file


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 24) as folder:
        yield folder


async def summary(
    console: Console,
    condition: Condition,
    meanwhile: Callable[[], None] = lambda: None,
    within_s: float = 30.0,
) -> dict[str, Any]:
    """The first summary that fulfils a condition."""
    async with asyncio.timeout(within_s):
        while True:
            meanwhile()
            found: dict[str, Any] = await console.get("/summary")
            if condition({each["name"]: each for each in found["connections"]}, found):
                return found
            await asyncio.sleep(0.1)


async def test_an_order_reaches_its_lamps_while_what_is_measured_finds_no_room(
    tmp_path: Path, disk: Path
) -> None:
    foreign, said = Foreign(disk), tmp_path / "said"
    async with city(tmp_path, disk) as file, headend(file, said) as url, aiohttp.ClientSession() as http:
        console = Console(url, http, (tmp_path / "supervisor.token").read_text().strip())
        await summary(console, lambda up, _: up["store"]["up"] and up["mqtt"]["up"])
        # Again and again: what is deleted meanwhile gives room back.
        await summary(console, lambda up, _: "spool" in up, foreign.fill)
        status, view = await console.ask("POST", "/orders", ORDER)
        assert status == 200, view
        assert (await all_follow(console))["id"] == view["id"]
        full = await summary(console, lambda _, all_of_it: all_of_it["measurements_lost"] > 0, foreign.fill)
        assert full["lamps"]
        foreign.go()
        await summary(console, lambda up, _: "spool" not in up and up["store"]["up"], within_s=RECOVERS_S)
    assert "Traceback" not in said.read_text()


async def test_with_the_records_on_the_full_disk_an_order_is_refused_in_words_and_taken_later(
    tmp_path: Path, disk: Path
) -> None:
    foreign, said = Foreign(disk), tmp_path / "said"
    async with city(disk, disk) as file, headend(file, said) as url, aiohttp.ClientSession() as http:
        console = Console(url, http, (disk / "supervisor.token").read_text().strip())
        await summary(console, lambda up, _: up["store"]["up"] and up["mqtt"]["up"])
        # Again and again: what is deleted meanwhile gives room back.
        await summary(console, lambda up, _: "spool" in up, foreign.fill)
        foreign.fill()
        status, answer = await console.ask("POST", "/orders", ORDER)
        assert status == 503
        assert "database or disk is full" in answer["error"]
        assert (await console.get("/summary"))["lamps"]["total"] == 12
        foreign.go()
        await summary(console, lambda up, _: "spool" not in up and up["store"]["up"], within_s=RECOVERS_S)
        status, answer = await console.ask("POST", "/orders", ORDER)
        assert status == 200, answer
        await all_follow(console)
    assert "Traceback" not in said.read_text()

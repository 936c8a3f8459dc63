"""The demo's two processes: city and head-end behind, so that nothing they do ever delays the screen."""

import asyncio
import json
import sys
import tempfile
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from city.clock import Clock
from city.errors import BadInput, Unreachable
from city.measurements import Reading
from city.settings import Settings, load_settings
from console.cli.arguments import say
from console.cli.running import on_end
from console.cli.service import log_to_stderr, open_console

if TYPE_CHECKING:
    from console.i18n import Code
    from fake_devices.city_plan import CityPlan
    from fake_devices.field import FieldPlan
    from headend.inventory import CityInventory

PAST_WEEKS = 3
"""What a demo knows of its places' Wi-Fi before it begins, so that there is something usual to compare with."""
VALUES_AT_ONCE = 100_000
READY_WITHIN_S = 60.0
END_WITHIN_S = 10.0
"""Real seconds for the city behind to store what it holds and leave."""


async def open_demo(language: "Code") -> None:
    """Start the city behind with this command's own options, then the console before it.

    Raises:
        BadInput: the terminal is none, or the city could not be started; the message tells why.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise BadInput(
            "demo needs a terminal; for scripts there is: falotier demo --headless --for 15h --json"
        )
    with tempfile.TemporaryDirectory(prefix="falotier-") as folder:
        errors = Path(folder) / "city.log"
        with errors.open("wb") as log:
            behind = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "console.cli", *sys.argv[1:], "--serve"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # a terminal that hangs up must not end it before it has tidied up
            )
        try:
            say("Falotier: lighting the simulated city…")
            import_module("console.app")  # while the city behind starts, not after it
            url, token = await _ready(behind, errors)
            await open_console(url, token, language)
        finally:
            await _end(behind)


async def _ready(behind: asyncio.subprocess.Process, errors: Path) -> tuple[str, str]:
    assert behind.stdout is not None  # noqa: S101 - asked for above
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            line = await behind.stdout.readline()
    except TimeoutError as error:
        raise Unreachable(f"the simulated city was not ready within {READY_WITHIN_S:.0f} s") from error
    if not line:
        told = await asyncio.to_thread(errors.read_text, errors="replace")
        last = told.strip().splitlines()[-1:]
        raise BadInput(
            last[0].removeprefix("falotier: ") if last else "the simulated city could not be started"
        )
    ready = json.loads(line)
    return ready["url"], ready["token"]


async def _end(behind: asyncio.subprocess.Process) -> None:
    if behind.returncode is not None:
        return
    if behind.stdin:
        behind.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(END_WITHIN_S):
            await behind.wait()
            return
    behind.kill()
    await behind.wait()


async def serve_city(plan: "FieldPlan", clock: Clock) -> None:
    """City and head-end in this process, until standard input closes or SIGTERM comes."""
    from fake_devices.city_files import Rhythm
    from fake_devices.field import FakeField
    from headend.access import FIRST_TOKEN
    from headend.service import HeadEnd

    log_to_stderr()
    with tempfile.TemporaryDirectory(prefix="falotier-city-") as folder:
        async with FakeField(plan, clock) as field:
            file = Path(folder) / "city.toml"
            field.write_settings(file, Rhythm(api_port=0))
            settings = load_settings(file)
            head = HeadEnd(settings, clock)
            await _remember(field.world.plan, clock.now(), settings, head.inventory)

            def ready(url: str) -> None:
                token = (settings.folder / FIRST_TOKEN).read_text(encoding="utf-8").strip()
                print(json.dumps({"url": url, "token": token}), flush=True)

            loop = asyncio.get_running_loop()
            on_end(head.stop)
            # The console's process holds the other end of standard input: when it goes, however it goes, so do we.
            loop.add_reader(sys.stdin, head.stop)
            try:
                await head.run(ready)
            finally:
                loop.remove_reader(sys.stdin)


async def _remember(plan: "CityPlan", now: datetime, settings: Settings, inventory: "CityInventory") -> None:
    """Give the store the weeks before the demo; about a second."""
    from fake_devices.earlier_weeks import earlier_weeks
    from headend.configured import store_of

    async with store_of(settings, inventory) as store:
        some: list[Reading] = []
        for hour in earlier_weeks(plan, now, PAST_WEEKS):
            some += hour
            if len(some) >= VALUES_AT_ONCE:
                await store.write(some)
                some = []
        await store.write(some)

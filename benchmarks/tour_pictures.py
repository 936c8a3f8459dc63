"""The pictures of the README and of the operators' page: ``python -m benchmarks.tour_pictures docs/pictures`` (3 min).

The demo without its own console, on the evening of a match, and a console before it; rsvg-convert makes the PNGs, and
ImageMagick's convert, where it is installed, makes them smaller.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.picture_files import keep
from city.errors import FalotierError
from console.app import FalotierApp
from console.client import ApiClient
from console.i18n import Code
from tests.console.consoles import Console
from tests.console.fake_headend import FakeHeadEnd, until

SCENARIO = "docs/examples/match-evening.toml"
SPEED = 100
"""Simulated seconds a second: from 17:10 to the end of the match in two minutes."""
LEAVING = "20:5"
"""The clock while people leave the ice rink."""
SIZE = (140, 40)
WIDTH_PX = 1200
WITHIN_S = 240.0
SHOWN_WITHIN_S = 20.0
LISTENS = "0A"
"""A socket's state in /proc/net/tcp."""


def _listening() -> list[int]:
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return [int(each[1].rpartition(":")[2], 16) for each in fields if each[3] == LISTENS]


async def _url() -> str:
    """Where the demo's head-end listens: it takes any port that is free."""
    while True:
        for port in _listening():
            try:
                async with asyncio.timeout(1), ApiClient(f"http://127.0.0.1:{port}", "") as client:
                    await client.health()
                    return client.url
            except (FalotierError, TimeoutError):
                continue
        await asyncio.sleep(0.5)


def _token(home: Path) -> str:
    (file,) = home.glob("falotier-*/supervisor.token")
    return file.read_text().strip()


@asynccontextmanager
async def _city(home: Path) -> AsyncIterator[tuple[str, str]]:
    """A running demo: its address and a supervisor's token."""
    command = ("-m", "console.cli", "demo", "--headless", "--for", "6h", "--scenario", SCENARIO)
    environment = {"TMPDIR": str(home), "PATH": "/usr/sbin:/usr/bin"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, "--speed", str(SPEED), env=environment
    )
    try:
        async with asyncio.timeout(60):
            url = await _url()
        yield url, _token(home)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _console(url: str, token: str, language: Code = "fr") -> AsyncIterator[Console]:
    async with ApiClient(url, token) as client:
        app = FalotierApp(client, language)
        async with app.run_test(size=SIZE, notifications=False) as pilot:
            seen = Console(app, pilot, FakeHeadEnd(), SHOWN_WITHIN_S)
            await until(lambda: app.session.city.light_points, within_s=WITHIN_S)
            yield seen


def _keep(seen: Console, folder: Path, name: str) -> None:
    keep(seen, folder / f"{name}.png", WIDTH_PX)


async def _take(folder: Path, url: str, token: str) -> None:
    async with _console(url, token) as seen:
        await until(lambda: LEAVING in seen.app.words.clock(seen.app.session.city.now), within_s=WITHIN_S)
        for name, keys, shows in (
            ("ville-fr", ("1",), "Cette nuit"),
            ("pannes-fr", ("4", "down"), "Pourquoi on le croit"),
            ("eclairage-fr", ("2", "M", "d"), "marqués"),
            ("ordre-fr", ("A", "o"), "Vous suffisez"),
            ("programmes-fr", ("escape", "3"), "Détenu par"),
            ("plan-editor-fr", ("E",), "lisible"),
            ("replay", ("escape", "1", "R"), "RELECTURE"),
            ("relecture-fr", ("less_than_sign",), "RELECTURE · ven. 4 déc. 20:"),
        ):
            await seen.press(*keys)
            await seen.shows(shows)
            await seen.pilot.pause(1.5)
            if name != "replay":
                _keep(seen, folder, name)
    async with _console(url, token, "en") as seen:
        await seen.press("5")
        await seen.shows("place · access point · radio")
        await seen.pilot.pause(1.5)
        _keep(seen, folder, "wifi-en")


async def _main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        async with _city(Path(home)) as (url, token):
            await _take(folder, url, token)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))

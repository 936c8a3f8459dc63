"""One order for a whole city: 15,000 simulated lamp controllers asked, in effect and confirmed, without staggering.

The city, its broker and the head-end run in processes of their own, at real speed. GXF's published gate is 10,000
devices in five minutes on eight servers.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.terminal import FALOTIER
from city.messages import LightPointView, OrderRequest
from console.client import ApiClient

LAMPS = 15_000
LEVEL_PCT = 40.0
AT = "2026-11-30T18:30"
PORT = 8377
READY_S, DEPLOYED_S, CONFIRMED_S = 120.0, 600.0, 300.0
LOOK_S = 1.0
MEASURED_W = 0.35
"""How far from the power of its level a lamp may be that counts as confirmed, as a share."""


def main() -> Iterator[tuple[str, str]]:
    """One run: it takes minutes."""
    yield from asyncio.run(_measure())


async def _measure() -> list[tuple[str, str]]:
    with TemporaryDirectory() as folder:
        settings = Path(folder) / "city.toml"
        city = (
            *("fake-city", "--lamps", str(LAMPS), "--access-points", "0", "--at", AT),
            *("--write-settings", str(settings)),
        )
        async with _process(*city):
            await _until(lambda: _stands(settings), READY_S)
            text = settings.read_text()
            text = re.sub(r"\[orders\]\n", "[orders]\nstagger = false\n", text)
            settings.write_text(re.sub(r"\[api\]\nport = \d+", f"[api]\nport = {PORT}", text))
            async with _process("headend", "--config", str(settings)):
                await _until(lambda: _stands(settings.with_name("supervisor.token")), READY_S)
                token = settings.with_name("supervisor.token").read_text().strip()
                async with ApiClient(f"http://127.0.0.1:{PORT}", token) as client:
                    return await _order(client)


async def _order(client: ApiClient) -> list[tuple[str, str]]:
    found = []
    started = time.monotonic()
    await _until(lambda: _answers(client), READY_S)
    await _until(lambda: _all_hold(client), DEPLOYED_S)
    found.append(("programmes held by all controllers after (s)", f"{time.monotonic() - started:.1f}"))
    started = time.monotonic()
    request = OrderRequest(selector="all", level_pct=LEVEL_PCT, for_s=3600, reason="benchmark")
    order = await client.order(request)
    found.append(("answer to who asked (s)", f"{time.monotonic() - started:.1f}"))

    async def followed() -> bool:
        (view,) = [each for each in await client.orders() if each.id == order.id]
        return view.confirmed == LAMPS

    async def in_effect() -> bool:
        return all(each.effect_pct == LEVEL_PCT for each in await client.light_points())

    async def measured() -> bool:
        return all(_as_measured(each) for each in await client.light_points())

    for what, true in (
        ("asked of all and accepted by their controllers (s)", followed),
        ("in effect, by telemetry (s)", in_effect),
        ("confirmed by measured power (s)", measured),
    ):
        await _until(true, CONFIRMED_S)
        found.append((what, f"{time.monotonic() - started:.1f}"))
    return found


def _as_measured(point: LightPointView) -> bool:
    power, expected = point.power_w, point.expected_w
    return power is not None and bool(expected) and abs(power / (expected or 1.0) - 1) <= MEASURED_W


async def _all_hold(client: ApiClient) -> bool:
    reached = await client.deployment()
    return reached.holding == reached.controllers > LAMPS


async def _answers(client: ApiClient) -> bool:
    try:
        await client.health()
    except Exception:  # noqa: BLE001 - it is not up yet, whatever it says
        return False
    return True


async def _stands(file: Path) -> bool:
    return await asyncio.to_thread(lambda: file.exists() and file.stat().st_size > 0)


async def _until(condition: Callable[[], Awaitable[bool]], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 - it is another process that changes
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        FALOTIER, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()

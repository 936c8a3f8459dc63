"""Writing to InfluxDB through the store: our own CPU beside a sink, and by the clock beside a real server."""

import asyncio
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from aiohttp import web

from benchmarks.line_protocol import LAMP, readings, tags_of
from city.measurements import Reading, count_values
from city.settings import TelemetrySection
from drivers.influx import InfluxStore
from tests.drivers.influxd import running_influxd

ROUNDS = 20
"""Rounds of the whole city; its lamps report every five minutes."""
A_WRITE = 5_000 // len(LAMP)
"""Readings in one write, as the head-end does it."""


def main() -> Iterator[tuple[str, str]]:
    context = multiprocessing.get_context("spawn")
    for dialect in ("v1", "v2"):
        for packed in (False, True):
            ours, theirs = context.Pipe()
            sink = context.Process(target=_sink, args=(theirs,), daemon=True)
            sink.start()
            try:
                rate, by_cpu = asyncio.run(_write(f"http://127.0.0.1:{ours.recv()}", dialect, packed=packed))
            finally:
                sink.kill()
                sink.join()
            how = "gzip" if packed else "plain"
            yield f"{dialect} to a sink, {how}", f"{by_cpu:,.0f} values per CPU s of ours, {rate:,.0f}/s"
    with tempfile.TemporaryDirectory() as folder, running_influxd(Path(folder)) as url:
        rate, by_cpu = asyncio.run(_write(url, "v1", packed=False))
        yield (
            "v1 to a real influxd on the same cores",
            f"{rate:,.0f} values/s, {by_cpu:,.0f} per CPU s of ours",
        )


async def _write(url: str, dialect: str, *, packed: bool) -> tuple[float, float]:
    """Values a second by the clock, and by our own CPU."""
    settings = TelemetrySection.model_validate({"url": url, "dialect": dialect, "organisation": "ville"})
    store = InfluxStore(settings, tags_of)
    store._server.is_near = not packed  # noqa: SLF001 (as over a network, without one)
    told = readings(len(LAMP))
    async with store:
        await _write_all(store, told)
        started, cpu = perf_counter(), process_time()
        for number in range(1, ROUNDS):
            later = timedelta(minutes=5 * number)
            await _write_all(store, [reading._replace(at=reading.at + later) for reading in told])
        values = count_values(told) * (ROUNDS - 1)
        return values / (perf_counter() - started), values / (process_time() - cpu)


async def _write_all(store: InfluxStore, told: Sequence[Reading]) -> None:
    for start in range(0, len(told), A_WRITE):
        await store.write(told[start : start + A_WRITE])


def _sink(pipe: "multiprocessing.connection.Connection[int, None]") -> None:
    """Takes whatever is written and keeps nothing."""
    asyncio.run(_serve(pipe))


async def _serve(pipe: "multiprocessing.connection.Connection[int, None]") -> None:
    async def take(request: web.Request) -> web.Response:
        if request.path == "/query":
            return web.Response(text='{"results": [{"statement_id": 0}]}')
        async for _ in request.content.iter_any():
            pass
        return web.Response(status=204, headers={"X-Influxdb-Version": "v2.7.11"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.Event().wait()

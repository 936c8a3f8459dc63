"""The whole way of a value, from the gate through the spool on a real disk to the store, in processor time.

Readings are made beforehand. What is counted is the processor time of this process, all its threads together: the
store and the disk wait beside it, and a machine with one core would have to do all of it there. A sink that answers
204 shows the way alone; a real InfluxDB, where it is installed, that what comes out is taken.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.influx_sinks import taking_all
from benchmarks.lamp_readings import PERIOD_S, VALUES, Lamps, tags_of
from city.clock import SystemClock
from city.measurements import Batch, Reading, count_values
from city.settings import TelemetrySection
from city.telemetry import TelemetryStore
from drivers.embedded import EmbeddedStore
from drivers.influx import InfluxStore
from drivers.line_protocol import LineProtocol
from headend.connections import Connections
from headend.ingest import Ingest
from headend.snapshot import Snapshot
from headend.spool import Spool
from headend.spool.frames import encode

BEGIN = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
LAMPS = 5_000
ROUNDS = 12
POLLED = 50
"""Readings that one poll brings."""
WAITING_MOST = 120_000
"""Values that may be under way at once."""
SAFE_EVERY = 20
"""Messages that a broker has acknowledged together."""
LOOK_S = 0.002
INFLUX_BATCH = 5_000
FRAMES = (1, 20, 200, 2000)
ONE_BY_ONE = 300


@dataclass
class Seen:
    """What one run took."""

    values: int
    cpu_s: float
    wall_s: float


def main() -> Iterator[tuple[str, str]]:
    """Both kinds of batches to each store; some two minutes."""
    rounds = _rounds()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        sink = stack.enter_context(taking_all())
        stores: dict[str, Callable[[], TelemetryStore]] = {
            "embedded": lambda: EmbeddedStore(Path(folder) / f"telemetry-{time.monotonic_ns()}", tags_of),
            "v1 sink": lambda: _influx(sink, "v1"),
            "v2 sink": lambda: _influx(sink, "v2"),
        }
        if shutil.which("influxd"):
            from tests.drivers.influxd import running_influxd

            influxd = Path(folder) / "influxd"
            influxd.mkdir()
            real = stack.enter_context(running_influxd(influxd))
            stores["influxd 1.x"] = lambda: _influx(real, "v1")
        for name, store in stores.items():
            for kind, size in (("polls", POLLED), ("messages", 1)):
                spool = Path(folder) / f"spool {name} {kind}"
                seen = asyncio.run(measure(store(), spool, rounds, size))
                yield f"{name}, {kind}: values per CPU second", f"{seen.values / seen.cpu_s:,.0f}"
                yield f"{name}, {kind}: values a second", f"{seen.values / seen.wall_s:,.0f}"
        for name, per_cpu_s in _others(sink, rounds[0]):
            yield f"influxdb-client, {name}: values per CPU second", f"{per_cpu_s:,.0f}"
        for size in FRAMES:
            yield f"spool bytes a value, {size} readings together", f"{_bytes_a_value(rounds[0], size):.1f}"
        each = asyncio.run(_synced(Path(folder) / "spool one by one", rounds[0][:ONE_BY_ONE]))
        yield "commits a second, one reading at a time", f"{each:,.0f}"


def _rounds() -> list[list[Reading]]:
    lamps = Lamps(LAMPS)
    return [list(lamps.all_at(BEGIN + timedelta(seconds=PERIOD_S * turn))) for turn in range(ROUNDS)]


def _influx(url: str, dialect: str) -> InfluxStore:
    return InfluxStore(
        TelemetrySection.model_validate({"engine": "influxdb", "dialect": dialect, "url": url}), tags_of
    )


async def measure(
    store: TelemetryStore, folder: Path, rounds: Sequence[Sequence[Reading]], size: int
) -> Seen:
    """Have all readings pass in batches of a size, and wait until the store has them."""
    clock = SystemClock()
    settings = TelemetrySection(spool_leaves_mib=0)
    spool = Spool(store, folder, settings, clock, Connections(clock))
    ingest = Ingest(Snapshot(), spool)
    seen = Seen(0, 0.0, 0.0)
    await spool.open(_nothing)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(spool.run(_nothing))
        await asyncio.sleep(0)
        cpu, wall = time.process_time(), time.monotonic()
        for readings in rounds:
            await _pass(readings, ingest, spool, size)
        while spool.waiting:  # noqa: ASYNC110 (nothing tells when)
            await asyncio.sleep(LOOK_S)
        seen.cpu_s, seen.wall_s = time.process_time() - cpu, time.monotonic() - wall
        running.cancel()
    await spool.close(5)
    seen.values = spool.stored
    if spool.stored != VALUES * sum(len(readings) for readings in rounds):
        raise RuntimeError(f"{spool.state}")
    return seen


async def _pass(readings: Sequence[Reading], ingest: Ingest, spool: Spool, size: int) -> None:
    for number, start in enumerate(range(0, len(readings), size)):
        ingest(Batch("benchmark", BEGIN, tuple(readings[start : start + size])))
        if number % SAFE_EVERY == 0:
            spool.when_safe(_safe)
            await asyncio.sleep(0)
        while spool.waiting > WAITING_MOST:  # noqa: ASYNC110 (nothing tells when)
            await asyncio.sleep(LOOK_S)


def _safe() -> None:
    pass


async def _nothing() -> None:
    pass


async def _synced(folder: Path, readings: Sequence[Reading]) -> float:
    """Commits a second where each reading is safe before the next one comes."""
    clock = SystemClock()
    store = InfluxStore(
        TelemetrySection(engine="influxdb", url="http://127.0.0.1:9"), tags_of
    )  # nobody is there
    spool = Spool(store, folder, TelemetrySection(spool_leaves_mib=0), clock, Connections(clock))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(spool.run(_nothing))
        began = time.monotonic()
        for reading in readings:
            is_safe = asyncio.Event()
            spool.put(reading)
            spool.when_safe(is_safe.set)
            await is_safe.wait()
        took_s = time.monotonic() - began
        running.cancel()
    await spool.close(1)
    return len(readings) / took_s


def _bytes_a_value(readings: Sequence[Reading], size: int) -> float:
    frames = [encode(readings[start : start + size], 0) for start in range(0, len(readings), size)]
    return sum(map(len, frames)) / count_values(readings)


def _others(url: str, readings: Sequence[Reading]) -> Iterator[tuple[str, float]]:
    """The client library's own batching, which keeps what waits in memory: with its points, and with ready lines."""
    from influxdb_client.client.influxdb_client import InfluxDBClient
    from influxdb_client.client.write.point import Point
    from influxdb_client.client.write_api import WriteOptions

    def points() -> Iterator[object]:
        for reading in readings:
            point = Point(reading.kind.value)  # type: ignore[no-untyped-call]
            point = point.tag("device", reading.device)  # type: ignore[no-untyped-call]
            for metric, value in reading.values.items():
                point = point.field(metric.value, value)
            yield point.time(reading.at)

    for name, records in (
        ("points", points()),
        ("ready lines", LineProtocol(tags_of).text(readings).splitlines()),
    ):
        cpu = time.process_time()
        with (
            InfluxDBClient(url, "token", org="city") as client,
            client.write_api(WriteOptions(batch_size=INFLUX_BATCH)) as writer,
        ):
            for record in records:
                writer.write("falotier", record=record)
        yield name, VALUES * len(readings) / (time.process_time() - cpu)

"""The store is away for six hours of a city of 15,000 lamps, and comes back.

What was measured meanwhile is put in as quickly as the machine allows, dated as it would have been; then the store is
back, and the rest is real time at the default pace: the city goes on measuring, what has waited is drained beside it,
and a console's questions are asked all the while. Told are the memory of the process, how late the event loop and what
is live are, and whether everything is there at the end. Some ten minutes for each store.
"""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from benchmarks.lamp_readings import PERIOD_S, Lamps, lamp_name, tags_of
from city.clock import Clock, SystemClock
from city.errors import Unreachable
from city.measurements import Batch, DeviceKind, Reading, count_values
from city.settings import TelemetrySection
from city.telemetry import TelemetryStore
from drivers.embedded import EmbeddedStore
from drivers.influx import InfluxStore
from headend.connections import Connections
from headend.ingest import Ingest
from headend.snapshot import Snapshot
from headend.spool import Spool

LAMPS = 15_000
HOURS = 6
DRAIN_PER_S = 20_000
"""As the settings have it where nothing is said."""
MIB = 1024 * 1024
TOGETHER = 1_000
"""Readings put in together while the store is away."""
TICK_S = 0.1
"""How often what is live comes in."""
LAG_EVERY_S = 0.01
ASK_EVERY_S = 0.5
SHOWN = 500
"""Lamps that a console is sent in one message."""
DRAINED_WITHIN_S = 1800.0


class Gate:
    """A store that is away until it is let back, and what it is given in which order."""

    def __init__(self, store: TelemetryStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.away = True
        self.live_from: datetime | None = None
        self.backlog_before_live: int | None = None
        self.delays_s: list[float] = []
        """How long each live reading took to be stored."""
        self._backlog = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def __aenter__(self) -> Self:
        await self._store.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._store.__aexit__()

    async def ping(self) -> None:
        """Return if the store is there."""
        self._look()
        await self._store.ping()

    async def write(self, readings: Sequence[Reading]) -> None:
        """Hand on, and note what came when."""
        self._look()
        await self._store.write(readings)
        now = self._clock.now()
        for reading in readings:
            if self.live_from is not None and reading.at >= self.live_from:
                self.delays_s.append((now - reading.at).total_seconds())
                if self.backlog_before_live is None:
                    self.backlog_before_live = self._backlog
            else:
                self._backlog += len(reading.values)

    def _look(self) -> None:
        if self.away:
            raise Unreachable("away")


@dataclass
class Seen:
    """What was seen."""

    values: int = 0
    away_s: float = 0.0
    away_cpu_s: float = 0.0
    spool_bytes: int = 0
    rss: dict[str, int] = field(default_factory=dict)
    noticed_s: float = 0.0
    drain_s: float = 0.0
    drain_cpu_s: float = 0.0
    backlog_before_live: int = 0
    delays_s: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    asked_s: list[float] = field(default_factory=list)
    snapshot_s: list[float] = field(default_factory=list)
    missing: int = 0
    lost: int = 0


def main() -> Iterator[tuple[str, str]]:
    """The embedded store, and an InfluxDB 1.x where one is installed."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        stores: dict[str, TelemetryStore] = {"embedded": EmbeddedStore(folder / "telemetry", tags_of)}
        if shutil.which("influxd"):
            from tests.drivers.influxd import running_influxd

            (folder / "influxd").mkdir()
            url = stack.enter_context(running_influxd(folder / "influxd"))
            settings = TelemetrySection(engine="influxdb", dialect="v1", url=url)
            stores["influxd 1.x"] = InfluxStore(settings, tags_of)
        for which, store in stores.items():
            seen = asyncio.run(measure(store, folder / f"spool {which}", SystemClock()))
            for figure, value in told(seen):
                yield f"{which}: {figure}", value


async def measure(
    store: TelemetryStore,
    folder: Path,
    clock: Clock,
    lamps: int = LAMPS,
    hours: float = HOURS,
    drain_per_s: int = DRAIN_PER_S,
) -> Seen:
    """Be without the store for so long, and have it back; the clock is real, or a quick one."""
    seen, gate, city = Seen(), Gate(store, clock), Lamps(lamps)
    settings = TelemetrySection(spool_leaves_mib=0, drain_per_s=drain_per_s)
    spool = Spool(gate, folder, settings, clock, Connections(clock))
    snapshot = Snapshot()
    ingest = Ingest(snapshot, spool)
    seen.rss["at the start"] = rss()
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        running = [tasks.create_task(spool.run(_nothing))]
        await _be_away(city, hours, ingest, spool, seen, clock)
        began, gate.away = time.monotonic(), False
        async with asyncio.timeout(DRAINED_WITHIN_S):
            while not spool.store_is_there:  # noqa: ASYNC110 (nothing tells when)
                await asyncio.sleep(LAG_EVERY_S)
        seen.noticed_s, gate.live_from = time.monotonic() - began, clock.now()
        began, cpu = time.monotonic(), time.process_time()
        running += [
            tasks.create_task(_go_on(city, ingest, clock)),
            tasks.create_task(_probe(seen)),
            tasks.create_task(_ask(spool, snapshot, lamps, seen)),
        ]
        async with asyncio.timeout(DRAINED_WITHIN_S):
            while spool.state.is_catching_up or not spool.store_is_there:  # noqa: ASYNC110
                await asyncio.sleep(TICK_S)
        seen.drain_s, seen.drain_cpu_s = time.monotonic() - began, time.process_time() - cpu
        for task in running[1:]:
            task.cancel()
        while spool.waiting:  # noqa: ASYNC110
            await asyncio.sleep(TICK_S)
        running[0].cancel()
    state = spool.state
    held = await spool.close(60)
    seen.lost, seen.missing = state.lost, state.taken - (held or 0)
    seen.delays_s, seen.backlog_before_live = gate.delays_s, gate.backlog_before_live or 0
    return seen


async def _be_away(city: Lamps, hours: float, ingest: Ingest, spool: Spool, seen: Seen, clock: Clock) -> None:
    """All that is measured in those hours."""
    began, cpu, most = time.monotonic(), time.process_time(), 0
    turns = round(hours * 3600 / PERIOD_S)
    first = clock.now() - timedelta(hours=hours)
    for turn in range(turns):
        at = first + timedelta(seconds=PERIOD_S * turn)
        readings = tuple(city.all_at(at))
        for start in range(0, len(readings), TOGETHER):
            ingest(Batch("city", at, readings[start : start + TOGETHER]))
            await _safe(spool)
        seen.values += count_values(readings)
        most = max(most, rss())
    seen.away_s, seen.away_cpu_s = time.monotonic() - began, time.process_time() - cpu
    seen.rss["most while away"] = most
    seen.spool_bytes = spool.state.bytes


async def _go_on(city: Lamps, ingest: Ingest, clock: Clock) -> None:
    """What the city measures as time goes on: every lamp has its turn within a period."""
    began, number = time.monotonic(), 0
    while True:
        await asyncio.sleep(TICK_S)
        due = round((time.monotonic() - began) * city.lamps / PERIOD_S)
        while number < due:
            at = clock.now()
            ingest(Batch("lamp", at, (city.reading(number % city.lamps, at),)))
            number += 1


async def _probe(seen: Seen) -> None:
    """How late the event loop is, and how much memory there is in use."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(LAG_EVERY_S)
        seen.lags_s.append(time.monotonic() - began - LAG_EVERY_S)
        seen.rss["most while it drains"] = max(rss(), seen.rss.get("most while it drains", 0))


async def _ask(spool: Spool, snapshot: Snapshot, lamps: int, seen: Seen) -> None:
    """What consoles ask for."""
    while True:
        await asyncio.sleep(ASK_EVERY_S)
        began = time.perf_counter()
        spool.state.model_dump_json()
        seen.asked_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        for start in range(0, lamps, SHOWN):
            some = (
                snapshot.latest(DeviceKind.LAMP, lamp_name(n))
                for n in range(start, min(start + SHOWN, lamps))
            )
            json.dumps([dict(each.values) for each in some if each is not None])
            await asyncio.sleep(0)
        seen.snapshot_s.append(time.perf_counter() - began)


async def _safe(spool: Spool) -> None:
    is_safe = asyncio.Event()
    spool.when_safe(is_safe.set)
    await is_safe.wait()


async def _nothing() -> None:
    pass


def rss() -> int:
    """Bytes of memory that this process has in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def at_share(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def told(seen: Seen) -> Iterator[tuple[str, str]]:
    """The figures in words."""
    yield "values while away", f"{seen.values:,}"
    yield "put in within", f"{seen.away_s:.0f} s, {seen.away_cpu_s:.0f} s of CPU"
    yield "spool", f"{seen.spool_bytes / MIB:.1f} MiB, {seen.spool_bytes / seen.values:.2f} bytes a value"
    yield "return noticed after", f"{seen.noticed_s:.0f} s"
    yield "drained within", f"{seen.drain_s / 60:.1f} min, {seen.drain_cpu_s:.0f} s of CPU"
    yield "backlog stored before the first live value", f"{seen.backlog_before_live:,}"
    for name, values, unit, scale in (
        ("live reading until stored", seen.delays_s, "s", 1.0),
        ("event loop late by", seen.lags_s, "ms", 1000.0),
        ("spool's state asked", seen.asked_s, "ms", 1000.0),
        ("all lamps to a console", seen.snapshot_s, "ms", 1000.0),
    ):
        middle, high = at_share(values, 0.5) * scale, at_share(values, 0.99) * scale
        yield name, f"p50 {middle:.1f}, p99 {high:.1f}, most {max(values, default=0) * scale:.1f} {unit}"
    for when, size in seen.rss.items():
        yield f"memory {when}", f"{size / MIB:.0f} MiB"
    yield "lost", f"{seen.lost}"
    yield "missing in the store", f"{seen.missing}"

"""A city's gateways swept over Modbus/TCP: as fast as the slowest of them, whoever is dead, in memory that stays.

The units behind a gateway share one line and answer one after the other, so no sweep can be faster than the gateway
whose units together take the longest. Gateways run in a process of their own (``benchmarks.modbus_gateways``).
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression, median, quantiles

from benchmarks.modbus_gateways import HEADER
from city.clock import SimulatedClock
from city.errors import Outside
from city.measurements import Batch
from city.places import Position
from drivers.modbus.cabinet import ModbusCabinet
from drivers.modbus.line import Gateway, ModbusLine
from drivers.modbus.plan import plan
from drivers.modbus.reading import due
from drivers.profiles import load_profiles
from headend.acquisition import SLOW_AFTER, Polled, Polling
from headend.connections import Connections, Group
from lighting.inventory import Cabinet

GATEWAYS, UNITS = 300, 4
LEAST_S, MOST_S = 0.05, 0.3
"""What reads take in the field."""
TIMEOUT_S = 1.0
SWEEPS = 5
DEAD = tuple(range(1, 10 * UNITS, UNITS))
"""Ten dead units, numbered over all gateways: the first behind each of the first ten."""
PERIOD_S, SPEED, PERIODS = 60.0, 10.0, 10
"""The head-end's own polling, one poll a minute and unit, on a clock ten times as fast."""
DEMOTED = SLOW_AFTER + 1
"""From this period on all dead units are probed slowly."""
POLL_TIMEOUTS, AT_ONCE = 20, 200
"""As ``headend.service`` has them."""
BARE_ANSWER = 9 + 4
"""Bytes of an answer with two registers."""
HOUR = 60
"""Sweeps in an hour at one a minute; run one right after the other, against units that answer at once."""
WARM = 20
KIB_PER_PAGE = 4
PROFILE = load_profiles("modbus")["eastron-sdm630"]
REQUESTS = len(plan(PROFILE, due(PROFILE.register_, 1)))
"""Of a poll that is not the first."""


Answering = tuple[int, list[float]]
"""A gateway's port, and how long each of its units takes to answer a request, seconds."""
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def main() -> Iterator[tuple[str, str]]:
    """About five minutes."""
    logging.getLogger("headend").setLevel(logging.ERROR)  # that ten do not answer is known
    yield from asyncio.run(_measure())


async def _measure() -> list[tuple[str, str]]:
    found = await _sweeps()
    quiet, loud = await _polling([]), await _polling(DEAD)
    for who in quiet:
        before, after = quiet[who], loud[who]
        spread = "  ".join(f"{before[at] * 1000:.0f} → {after[at] * 1000:.0f}" for at in before)
        ratios = "  ".join(f"{after[at] / before[at]:.2f}" for at in before)
        found.append((f"{who}: {', '.join(before)} (ms)", spread))
        found.append((f"{who}: with ten dead units, as a multiple", ratios))
    return [*found, *await _memory()]


async def _sweeps() -> list[tuple[str, str]]:
    """Everybody asked at the same instant, by the driver and by bare streams in turn."""
    async with _city(LEAST_S, MOST_S, []) as (cabinets, gateways):
        slowest_s = max(REQUESTS * sum(answers_s) for _, answers_s in gateways)
        first_s = await _sweep(cabinets)
        took_s, bare_s = [], []
        async with _bare_streams(gateways) as streams:
            for _ in range(SWEEPS):
                bare_s.append(await _bare_sweep(streams))
                took_s.append(await _sweep(cabinets))
    whole = f"{GATEWAYS} × {UNITS}, {REQUESTS}, {slowest_s:.2f}"
    multiples = [f"{values_s / slowest_s:.3f}" for values_s in (min(took_s), median(took_s), max(took_s))]
    return [
        ("gateways × units, requests a poll, slowest gateway (s)", whole),
        ("first sweep, which connects (s)", f"{first_s:.2f}"),
        ("sweep (s): min, median, max", f"{min(took_s):.2f}, {median(took_s):.2f}, {max(took_s):.2f}"),
        (
            "the same by bare streams, nothing decoded (s)",
            f"{min(bare_s):.2f}, {median(bare_s):.2f}, {max(bare_s):.2f}",
        ),
        ("sweep as a multiple of the slowest gateway", ", ".join(multiples)),
        ("sweep as a multiple of bare streams, medians", f"{median(took_s) / median(bare_s):.3f}"),
    ]


@asynccontextmanager
async def _bare_streams(gateways: Sequence[Answering]) -> AsyncIterator[list[Stream]]:
    streams = [await asyncio.open_connection("127.0.0.1", port) for port, _ in gateways]
    try:
        yield streams
    finally:
        for _, writer in streams:
            writer.close()


async def _bare_sweep(streams: Sequence[Stream]) -> float:
    """What the machine and the loop can do at all: the same requests, in the same order."""

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for unit in range(1, UNITS + 1):
            for _ in range(REQUESTS):
                writer.write(HEADER.pack(1, 0, 6, unit, 4, 0, 2))
                await reader.readexactly(BARE_ANSWER)

    started = time.monotonic()
    await asyncio.gather(*(ask(*stream) for stream in streams))
    return time.monotonic() - started


async def _polling(dead: Sequence[int]) -> dict[str, dict[str, float]]:
    """How long the head-end's polls of living units take, waiting for their line included.

    The same units are compared with and without dead ones: the neighbours of the dead, and all the others.
    """
    took_s: dict[int, list[float]] = {}
    clock = SimulatedClock.starting(datetime.now(UTC), SPEED)
    async with _city(LEAST_S, MOST_S, dead) as (cabinets, _):

        def timed(number: int, cabinet: ModbusCabinet) -> Polled:
            async def poll(at: datetime) -> Batch:
                started = time.monotonic()
                try:
                    return await cabinet.read(at)
                finally:
                    took_s.setdefault(number, []).append(time.monotonic() - started)

            return Polled(str(number), poll)

        polling = Polling(
            [timed(number, cabinet) for number, cabinet in enumerate(cabinets, 1)],
            period_s=PERIOD_S,
            timeout_s=POLL_TIMEOUTS * TIMEOUT_S,
            at_once=AT_ONCE,
            clock=clock,
            group=Group(Connections(clock), "modbus", len(cabinets)),
            on_batch=lambda batch: None,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(polling.run())
            await asyncio.sleep(PERIODS * PERIOD_S / SPEED)
            polling.stop()
    living = [number for number in took_s if number not in DEAD]
    lines = {(number - 1) // UNITS for number in DEAD}
    near = {number for number in living if (number - 1) // UNITS in lines}
    return {
        "neighbours while the dead are found": _distribution(took_s, near, slice(0, DEMOTED)),
        "neighbours from then on": _distribution(took_s, near, slice(DEMOTED, None)),
        "all the others": _distribution(took_s, set(living) - near, slice(0, None)),
    }


def _distribution(took_s: dict[int, list[float]], whose: set[int], periods: slice) -> dict[str, float]:
    values = [value for number in whose for value in took_s[number][periods]]
    cuts = quantiles(values, n=100)
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(values)}


async def _memory() -> list[tuple[str, str]]:
    """Resident memory over an hour's sweeps with ten dead units, whose time-outs leave something to forget each."""
    async with _city(0.0, 0.0, DEAD) as (cabinets, _):
        resident, blocks = [], []
        for _ in range(WARM + HOUR):
            await _sweep(cabinets)
            resident.append(_resident_kib())
            blocks.append(sys.getallocatedblocks())
    grown_kib, grown_blocks = (
        HOUR * linear_regression(range(HOUR), values[WARM:]).slope for values in (resident, blocks)
    )
    return [
        (
            "resident memory (MB) after warming up, after an hour",
            f"{resident[WARM] / 1024:.1f}, {resident[-1] / 1024:.1f}",
        ),
        ("its slope over that hour of sweeps (kB an hour)", f"{grown_kib:.0f}"),
        ("slope of Python's objects in memory (an hour)", f"{grown_blocks:.0f} of {blocks[-1]}"),
    ]


async def _sweep(cabinets: Sequence[ModbusCabinet]) -> float:
    started = time.monotonic()
    await asyncio.gather(*(_polled(cabinet) for cabinet in cabinets))
    return time.monotonic() - started


async def _polled(cabinet: ModbusCabinet) -> float:
    started = time.monotonic()
    with suppress(Outside):
        await cabinet.read(datetime.now(UTC))
    return time.monotonic() - started


@asynccontextmanager
async def _city(
    least_s: float, most_s: float, dead: Sequence[int]
) -> AsyncIterator[tuple[list[ModbusCabinet], list[Answering]]]:
    """Every unit behind its driver, and the gateways."""
    arguments = [
        "--gateways",
        GATEWAYS,
        "--units",
        UNITS,
        "--least-s",
        least_s,
        "--most-s",
        most_s,
        "--dead",
        *dead,
    ]
    command = (sys.executable, "-m", "benchmarks.modbus_gateways", *map(str, arguments))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    lines: list[ModbusLine] = []
    try:
        said = await process.stdout.readline() if process.stdout else b"[]"
        gateways: list[Answering] = json.loads(said)
        cabinets = []
        for port, _ in gateways:
            lines.append(ModbusLine(Gateway("127.0.0.1", port), timeout_s=TIMEOUT_S))
            cabinets += [_cabinet(lines[-1], port, unit) for unit in range(1, UNITS + 1)]
        yield cabinets, gateways
    finally:
        for line in lines:
            line.close()
        process.kill()
        await process.communicate()


def _cabinet(line: ModbusLine, port: int, unit: int) -> ModbusCabinet:
    inventoried = Cabinet(
        f"{port}/{unit}", Position(47.75, 7.34), "", "", "127.0.0.1", port, unit, PROFILE.name, ()
    )
    return ModbusCabinet(inventoried, PROFILE, timeout_s=TIMEOUT_S, line=line)


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * KIB_PER_PAGE

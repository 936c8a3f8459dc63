"""A city's gateways swept over Modbus/TCP: as fast as the slowest of them, whoever is dead, in memory that stays.

The units behind a gateway share one line and answer one after the other, so no sweep can be faster than the gateway
whose units together take the longest. Gateways run in a process of their own (``benchmarks.modbus_gateways``).
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression, median, quantiles

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
HOUR = 60
"""Sweeps in an hour at one a minute; run one right after the other, against units that answer at once."""
WARM = 20
KIB_PER_PAGE = 4
PROFILE = load_profiles("modbus")["eastron-sdm630"]
REQUESTS = len(plan(PROFILE, due(PROFILE.register_, 1)))
"""Of a poll that is not the first."""


def main() -> Iterator[tuple[str, str]]:
    """About five minutes."""
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
    """Everybody asked at the same instant."""
    async with _city(LEAST_S, MOST_S, []) as (cabinets, answers_s):
        slowest_s = max(REQUESTS * sum(units) for units in answers_s)
        first_s = await _sweep(cabinets)
        took_s = [await _sweep(cabinets) for _ in range(SWEEPS)]
    return [
        (
            "gateways × units, requests a poll, slowest gateway (s)",
            f"{GATEWAYS} × {UNITS}, {REQUESTS}, {slowest_s:.2f}",
        ),
        ("first sweep, which connects and reads the slow registers (s)", f"{first_s:.2f}"),
        ("sweep (s): min, median, max", f"{min(took_s):.2f}, {median(took_s):.2f}, {max(took_s):.2f}"),
        ("sweep as a multiple of the slowest gateway, worst", f"{max(took_s) / slowest_s:.3f}"),
    ]


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
) -> AsyncIterator[tuple[list[ModbusCabinet], list[list[float]]]]:
    """Every unit behind its driver, and how long the units of each gateway take, seconds a request."""
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
        gateways: list[tuple[int, list[float]]] = json.loads(said)
        cabinets = []
        for port, _ in gateways:
            lines.append(ModbusLine(Gateway("127.0.0.1", port), timeout_s=TIMEOUT_S))
            cabinets += [_cabinet(lines[-1], port, unit) for unit in range(1, UNITS + 1)]
        yield cabinets, [answers_s for _, answers_s in gateways]
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

"""A city's gateways swept over Modbus/TCP: as fast as the slowest of them, whoever is dead, in memory that stays.

The units behind a gateway share one line and answer one after the other, so no sweep can be faster than the gateway
whose units together take the longest. Gateways run in a process of their own (``benchmarks.modbus_gateways``).
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression, median, quantiles

from city.errors import Outside
from city.places import Position
from drivers.modbus.cabinet import ModbusCabinet
from drivers.modbus.line import Gateway, ModbusLine
from drivers.modbus.plan import plan
from drivers.modbus.reading import due
from drivers.profiles import load_profiles
from lighting.inventory import Cabinet

GATEWAYS, UNITS = 300, 4
LEAST_S, MOST_S = 0.05, 0.3
"""What reads take in the field."""
TIMEOUT_S = 1.0
SWEEPS = 5
DEAD = (1, 2, 3, 5, 6, 7, 9, 10, 11, 12)
"""Ten dead units, numbered over all gateways: three, three and four behind the first three."""
PERIODS, PERIOD_S = 8, 6.0
"""Polls at random instants of a period, as the head-end spreads them; the first period, which finds out who is dead, is
told apart."""
HOUR = 60
"""Sweeps in an hour at one a minute; run one right after the other, against units that answer at once."""
WARM = 20
KIB_PER_PAGE = 4
PROFILE = load_profiles("modbus")["eastron-sdm630"]
REQUESTS = len(plan(PROFILE, due(PROFILE.register_, 1)))
"""Of a poll that is not the first."""


def main() -> Iterator[tuple[str, str]]:
    """About two minutes."""
    yield from asyncio.run(_measure())


async def _measure() -> list[tuple[str, str]]:
    found = await _sweeps()
    without, first = await _spread([])
    with_dead, first_with_dead = await _spread(DEAD)
    for name, quiet, loud in (
        ("in the period that finds ten units dead", first, first_with_dead),
        ("from then on", without, with_dead),
    ):
        ratios = "  ".join(f"{loud[at] / quiet[at]:.2f}" for at in quiet)
        spread = "  ".join(f"{loud[at] * 1000:.0f}/{quiet[at] * 1000:.0f}" for at in quiet)
        found.append((f"the others, {name}: {', '.join(quiet)} (ms)", spread))
        found.append((f"the others, {name}: ratio", ratios))
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


async def _spread(dead: Sequence[int]) -> tuple[dict[str, float], dict[str, float]]:
    """How long a poll of a living unit takes, waiting for its line included: from the second period on, and in it."""
    draw = random.Random(2)  # noqa: S311 - not for secrets
    first: list[float] = []
    later: list[float] = []
    async with _city(LEAST_S, MOST_S, dead) as (cabinets, _):

        async def follow(number: int, cabinet: ModbusCabinet, phase_s: float) -> None:
            started = time.monotonic()
            for period in range(PERIODS):
                await asyncio.sleep(max(started + period * PERIOD_S + phase_s - time.monotonic(), 0))
                took_s = await _polled(cabinet)
                if number not in DEAD:  # the same units are compared, with and without
                    (later if period else first).append(took_s)

        phases = [draw.uniform(0, PERIOD_S) for _ in cabinets]
        async with asyncio.TaskGroup() as group:
            for number, (cabinet, phase_s) in enumerate(zip(cabinets, phases, strict=True), 1):
                group.create_task(follow(number, cabinet, phase_s))
    return _distribution(later), _distribution(first)


def _distribution(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=1000)
    return {"p50": cuts[499], "p95": cuts[949], "p99": cuts[989], "p99.9": cuts[998], "max": max(values)}


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

"""A thousand access points of 57 objects each, polled by us and by Debian's prometheus-snmp-exporter, side by side.

Both ask the same agents for the same objects, in as many requests, with as many access points under way, in turns.
Ours is the whole way from the datagram to readings in their units; the exporter's ends with its text for Prometheus.
"""

import asyncio
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.snmp_agents import COLUMNS, ENTRY, OIDS, RADIOS, UPTIME
from city.places import Position
from console.cli import GARBAGE_AFTER
from drivers.profiles import load_profiles
from drivers.snmp.agents import Community
from drivers.snmp.poller import SnmpPoller
from wifi.inventory import AccessPoint

EXPORTER = shutil.which("prometheus-snmp-exporter")
ACCESS_POINTS = 1_000
AT_ONCE = 48
"""As the head-end has it."""
PORT = 19_116
"""On which the exporter answers."""
TURNS = 5
HOUR = 60
"""Rounds of an hour of polling."""
SETTLED = 20
"""Rounds after which memory should grow no more."""
AT = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024

Poll = Callable[[AccessPoint], Awaitable[None]]


def cpu_s(pid: int) -> float:
    """Processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def resident_kb() -> float:
    """Memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * PAGE_KB


def access_points(port: int) -> list[AccessPoint]:
    """One on each address of the loopback network."""
    here = Position(47.75, 7.34)
    hosts = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(ACCESS_POINTS)]
    return [AccessPoint(host, "uha", here, host, port, "falotier-ap", 40) for host in hosts]


async def poll_all(there: Sequence[AccessPoint], poll: Poll) -> float:
    """Poll each once, so many at a time; the seconds that it took."""
    left = iter(there)

    async def worker() -> None:
        for access_point in left:
            await poll(access_point)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(worker())
    return time.perf_counter() - began


@asynccontextmanager
async def agents() -> AsyncIterator[tuple[int, int]]:
    """The access points: their process and their port."""
    command = [sys.executable, "-m", "benchmarks.snmp_agents"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - once, at the start
    try:
        yield process.pid, int(process.stdout.readline() if process.stdout else "")
    finally:
        process.terminate()
        process.wait()


def written(folder: str) -> Path:
    """The exporter's settings: the same objects, all in one request as ours are."""
    lines = [
        "ap:",
        "  version: 2",
        f"  max_repetitions: {len(OIDS)}",
        "  auth: {community: public}",
        "  get:",
    ]
    lines += [f"  - {oid}" for oid in OIDS]
    lines += ["  metrics:", f"  - {{name: sysUpTime, oid: {UPTIME[:-2]}, type: gauge, help: uptime}}"]
    for column in COLUMNS:
        lines += [
            f"  - name: column{column}", f"    oid: {ENTRY}.{column}", "    type: gauge", "    help: a column",
            "    indexes: [{labelname: radio, type: gauge}]",
        ]  # fmt: skip
    module = Path(folder, "snmp.yml")
    module.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return module


class Scraper:
    """Scrapes the exporter over connections that are kept, with as little work of our own as can be."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def poll(self, access_point: AccessPoint) -> None:
        """One scrape, which must hold every object."""
        reader, writer = (
            self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
        )
        target = f"{access_point.host}:{access_point.port}"
        writer.write(f"GET /snmp?target={target}&module=ap HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b"chunked" in head:
            body = b""
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        else:
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
        if body.count(b"{radio=") != len(RADIOS) * len(COLUMNS):
            raise RuntimeError(f"the exporter says: {body[:200]!r}")
        self._free.append((reader, writer))

    def close(self) -> None:
        """Close the connections."""
        for _, writer in self._free:
            writer.close()


@asynccontextmanager
async def exporter(program: str) -> AsyncIterator[tuple[int, Scraper]]:
    """The exporter: its process, and what scrapes it."""
    with tempfile.TemporaryDirectory() as folder:
        options = [
            f"--config.file={written(folder)}",
            f"--web.listen-address=127.0.0.1:{PORT}",
            "--log.level=error",
        ]
        process = subprocess.Popen([program, *options])  # noqa: ASYNC220 - once, at the start
        scraper = Scraper(PORT)
        try:
            for _ in range(100):
                await asyncio.sleep(0.05)
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", PORT)
                except OSError:
                    continue
                writer.close()
                break
            yield process.pid, scraper
        finally:
            scraper.close()
            process.terminate()
            process.wait()


async def side_by_side() -> AsyncIterator[tuple[str, str]]:
    """Both in turns, then an hour of ours."""
    profile = load_profiles("snmp")["falotier-ap"]
    async with agents() as (agents_pid, port), SnmpPoller(2.0) as poller:
        there = access_points(port)

        async def ours(access_point: AccessPoint) -> None:
            batch = await poller.read(access_point, profile, Community("public"), AT)
            if batch.measurements != len(OIDS):
                raise RuntimeError(f"{batch.measurements} of {len(OIDS)} objects were read")

        await poll_all(there, ours)  # its rows are found
        own: list[tuple[float, float]] = []
        theirs: list[tuple[float, float]] = []
        if EXPORTER is None:
            yield "prometheus-snmp-exporter", "not installed: no comparison"
            own = [await measured(there, ours, os.getpid()) for _ in range(TURNS)]
        else:
            async with exporter(EXPORTER) as (pid, scraper):
                await poll_all(there, scraper.poll)
                for _ in range(TURNS):
                    own.append(await measured(there, ours, os.getpid()))
                    theirs.append(await measured(there, scraper.poll, pid))
        for line in told(own, theirs):
            yield line
        before = cpu_s(agents_pid)
        kb = []
        for _ in range(HOUR):
            await poll_all(there, ours)
            kb.append(resident_kb())
        each_us = (cpu_s(agents_pid) - before) / HOUR / ACCESS_POINTS * 1e6
        yield "the agents' own CPU per access point (µs)", f"{each_us:.0f}"
        slope = statistics.linear_regression(range(HOUR - SETTLED), kb[SETTLED:]).slope
        yield "memory after an hour of polling (MB)", f"{kb[-1] / 1024:.0f}"
        yield "its growth an hour, after 20 minutes (kB)", f"{slope * HOUR:+.0f}"


async def measured(there: Sequence[AccessPoint], poll: Poll, pid: int) -> tuple[float, float]:
    """Seconds, and those of a processor that ``pid`` took, for one round."""
    before = cpu_s(pid)
    took = await poll_all(there, poll)
    return took, cpu_s(pid) - before


def told(
    own: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]]
) -> Iterator[tuple[str, str]]:
    """The figures of all rounds."""
    yield "objects per access point", str(len(OIDS))
    own_s, own_cpu = (statistics.median(each[part] for each in own) for part in (0, 1))
    yield "access points/s, ours", f"{ACCESS_POINTS / own_s:.0f}"
    yield "CPU per access point, ours (µs)", f"{own_cpu / ACCESS_POINTS * 1e6:.0f}"
    yield "10,000 access points a minute, ours (cores)", f"{own_cpu / ACCESS_POINTS * 10_000 / 60:.2f}"
    if theirs:
        their_s, their_cpu = (statistics.median(each[part] for each in theirs) for part in (0, 1))
        yield "access points/s, exporter", f"{ACCESS_POINTS / their_s:.0f}"
        yield "CPU per access point, exporter (µs)", f"{their_cpu / ACCESS_POINTS * 1e6:.0f}"
        yield "rate, ours to the exporter's", f"{their_s / own_s:.2f}"
        yield "CPU per access point, ours to the exporter's", f"{own_cpu / their_cpu:.2f}"


def main() -> Iterator[tuple[str, str]]:
    """All figures; takes a minute or two."""

    async def run() -> list[tuple[str, str]]:
        return [line async for line in side_by_side()]

    gc.set_threshold(GARBAGE_AFTER)  # as the head-end does
    yield from asyncio.run(run())

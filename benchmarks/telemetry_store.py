"""The embedded store with 30 days of a city, at its worst moment, and beside the stores it might have been.

``python -m benchmarks telemetry-store`` takes some minutes, and 3 GB of disk where temporary files are kept.
"""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.telemetry_alternatives import alternatives
from benchmarks.telemetry_fill import DAY, DAYS, LAMPS, METRICS, PERIOD, name, readings, rows, tags_of
from city.measurements import DeviceKind, Metric
from city.telemetry import Aggregate, Tag, Window
from console.cli import GARBAGE_AFTER
from drivers.embedded import EmbeddedStore, catalogue
from drivers.embedded.opened import Opened, close
from drivers.embedded.parts import DAY_US, Files, Part, listed, write_file
from drivers.embedded.store import FRESH_ROWS
from drivers.instants import to_microseconds

Figure = tuple[str, str]
ROUNDS = 7
A_DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
PERIODS_A_DAY = A_DAY // PERIOD
PERIODS_A_PART = FRESH_ROWS // LAMPS
VALUES_A_DAY = LAMPS * PERIODS_A_DAY * len(METRICS)
COLUMNS = tuple(metric.value for metric in METRICS)
PAGE = 4096


def main() -> Iterator[Figure]:
    """The table of stores first, then the city."""
    gc.set_threshold(GARBAGE_AFTER)  # as the head-end does
    yield from alternatives()
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_city(Path(folder) / "city"))


async def _city(folder: Path) -> list[Figure]:
    files = Files(folder)
    folder.mkdir()  # noqa: ASYNC240
    yesterday = DAY - A_DAY
    _fill(files, [(yesterday + n * PERIOD, PERIODS_A_PART) for n in range(0, PERIODS_A_DAY, PERIODS_A_PART)])
    figures = [_size("one of today's files", files.folder / "values")]
    figures += await _one_day_is_over(files)
    _fill(files, [(DAY - day * A_DAY, PERIODS_A_DAY) for day in range(DAYS - 1, 1, -1)])
    last = PERIODS_A_DAY - PERIODS_A_PART
    _fill(files, [(DAY + n * PERIOD, PERIODS_A_PART) for n in range(0, last, PERIODS_A_PART)])
    async with EmbeddedStore(folder, tags_of) as store:
        figures += await _writing(store, DAY + last * PERIOD)
        figures.append(("index.duckdb at its worst (MB)", f"{files.index.stat().st_size / 1e6:.0f}"))
        async with _memory() as most:
            figures += await _questions(store)
        figures.append(("memory, questions about today (MB)", f"{most[0]:.0f}"))
        async with _memory() as most:
            figures += await _month(store)
        figures.append(("memory, questions about 30 days (MB)", f"{most[0]:.0f}"))
    return figures


def _fill(files: Files, spans: Sequence[tuple[datetime, int]]) -> None:
    """Files of the store's own making, each of some periods of every lamp from an instant on, listed in the index."""
    opened = Opened(files, tags_of)
    index = opened.index
    for first, periods in spans:
        number, day = index.next_number(), to_microseconds(first) // DAY_US
        file = files.part(day, number)
        write_file(index.database, f"select * from ({rows(first, periods)}) order by series, at_us", file)  # noqa: S608
        [bounds] = index.database.execute(f"select min(at_us), max(at_us) from {listed([file])}").fetchall()  # noqa: S608
        held = LAMPS * periods * len(METRICS)
        with index.transaction():
            catalogue.list_part(
                index.database, Part(number, day, bounds[0], bounds[1], None, None, held, COLUMNS)
            )
            for lamp in range(1, LAMPS + 1):
                index.names.number(DeviceKind.LAMP, name(lamp))
            index.names.saved(index.names.save(index.database))
    names = ", ".join(COLUMNS)
    with index.transaction():
        index.database.execute("delete from latest")
        index.database.execute(
            f"insert into latest (series, at_us, seq, {names}) select series, at_us, 0, {names} from {listed([file])}"  # noqa: S608
            f" where at_us >= {to_microseconds(first + (periods - 1) * PERIOD)}"
        )
    for connection in (opened.tidying, opened.answers.database, index.database):
        close(connection)


async def _one_day_is_over(files: Files) -> list[Figure]:
    """What is done with the files of a day once it is over."""
    async with EmbeddedStore(files.folder, tags_of) as store, _memory() as most:
        started = time.perf_counter(), time.process_time()
        await store.keep(DAY + PERIOD)
        figures = [("merging and summarising a day (s)", f"{time.perf_counter() - started[0]:.1f}"),
                   ("the same, CPU (s)", f"{time.process_time() - started[1]:.1f}")]  # fmt: skip
        await asyncio.sleep(0)
    figures.append(("memory meanwhile (MB)", f"{most[0]:.0f}"))
    values, hours = (_bytes(files.folder / kind) for kind in ("values", "hours"))
    figures.append(_size("a merged day", files.folder / "values"))
    figures.append(("a value's share of the summaries (bytes)", f"{hours / VALUES_A_DAY:.2f}"))
    figures.append(("90 days and 5 years of summaries (GB)", f"{(90 * values + 1830 * hours) / 1e9:.1f}"))
    figures.append(("a year of values and summaries (GB)", f"{365 * (values + hours) / 1e9:.1f}"))
    return figures


async def _writing(store: EmbeddedStore, first: datetime) -> list[Figure]:
    """The periods that stay in the index until it is emptied: half of them in small batches, half in large ones."""
    half = PERIODS_A_PART // 2
    figures = []
    for start, values in ((first, 5_000), (first + half * PERIOD, 20_000)):
        waiting = list(readings(LAMPS, start, half))
        size = values // len(METRICS)
        batches = [waiting[n : n + size] for n in range(0, len(waiting), size)]
        worst, cpu, begin = 0.0, time.process_time(), time.perf_counter()
        for batch in batches:
            began = time.perf_counter()
            await store.write(batch)
            worst = max(worst, time.perf_counter() - began)
        held = len(waiting) * len(METRICS)
        figures += [
            (f"values/s written, by {values} (CPU)", f"{held / (time.process_time() - cpu):,.0f}"),
            (f"values/s written, by {values} (clock)", f"{held / (time.perf_counter() - begin):,.0f}"),
            (f"the slowest write of {values} (ms)", f"{worst * 1000:.0f}"),
        ]
    return figures


async def _questions(store: EmbeddedStore) -> list[Figure]:
    """About the last 24 hours, of which a part is in the index, a part in many files, a part in one."""
    end = DAY + A_DAY - timedelta(hours=1)
    day = Window(end - A_DAY, end)
    lamps = DeviceKind.LAMP
    lamp = name(LAMPS // 2)
    one_day = await _median(lambda: store.series(lamp, Metric.POWER, day, PERIOD))
    last = await _median(lambda: store.last_values(lamps))
    city = await _median(lambda: store.grouped(lamps, Metric.POWER, Tag.SECTOR, day, QUARTER, Aggregate.SUM))
    every = await _median(
        lambda: store.each(lamps, Metric.ENERGY, day, timedelta(hours=1), Aggregate.LAST), rounds=2
    )
    stands = await _median(lambda: store.stands(lamps, Metric.ENERGY, [end], timedelta(hours=1)))
    return [
        ("24 h of one lamp (ms)", one_day),
        ("last values of all lamps (ms)", last),
        ("city power by quarter hour, 24 h (ms)", city),
        ("energy of every lamp by hour, 24 h (ms)", every),
        ("energy of every lamp at an instant (ms)", stands),
    ]


async def _month(store: EmbeddedStore) -> list[Figure]:
    month = Window(DAY - (DAYS - 1) * A_DAY, DAY + A_DAY)
    lamp = name(LAMPS // 3)
    one = await _median(lambda: store.series(lamp, Metric.POWER, month, timedelta(hours=1)), rounds=3)
    city = await _median(
        lambda: store.grouped(
            DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, month, timedelta(hours=1), Aggregate.SUM
        ),
        rounds=1,
    )
    return [("30 days of one lamp by hour (ms)", one), ("city power by hour, 30 days (ms)", city)]


async def _median(ask: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> str:
    """Median of the clock, and of the processor's time where others want it too; and the worst, ms."""
    took, cpu = [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        assert await ask()  # noqa: S101 (an empty answer would be quick)
        took.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - busy) * 1000)
    return f"{statistics.median(took):.0f} (CPU {statistics.median(cpu):.0f}, worst of {rounds}: {max(took):.0f})"


@asynccontextmanager
async def _memory() -> AsyncIterator[list[float]]:
    """The most memory that the process had within the block, MB, looked at fifty times a second."""
    most = [0.0]

    async def watch() -> None:
        while True:
            pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 (no disk)
            most[0] = max(most[0], pages * PAGE / 1e6)
            await asyncio.sleep(0.02)

    watching = asyncio.ensure_future(watch())
    try:
        yield most
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _size(what: str, folder: Path) -> Figure:
    """Bytes a value of what stands in a folder, if that is one day."""
    return f"{what} (bytes a value)", f"{_bytes(folder) / VALUES_A_DAY:.2f}"


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))

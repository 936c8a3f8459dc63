"""What only the embedded store has to do: survive a kill, own its file, keep off the event loop."""

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from city.errors import BadInput, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, Tag, Tags, Window
from drivers.embedded import EmbeddedStore

START = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
ROOT = Path(__file__).parents[2]


def no_tags(_device: str) -> Tags:
    return {}


def readings(batch: int, lamps: int = 100) -> list[Reading]:
    at = START + timedelta(minutes=batch)
    return [Reading(f"L{n}", DeviceKind.LAMP, at, {Metric.POWER: float(n)}) for n in range(lamps)]


_WRITER = """
import asyncio, sys
from pathlib import Path
from drivers.embedded import EmbeddedStore
from tests.drivers.test_embedded import no_tags, readings

async def main():
    async with EmbeddedStore(Path(sys.argv[1]), no_tags) as store:
        for batch in range(100_000):
            await store.write(readings(batch))
            print("written", flush=True)

asyncio.run(main())
"""


async def a_writer(file: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WRITER, str(file), stdout=subprocess.PIPE, cwd=ROOT
    )


@pytest.mark.parametrize("after", [1, 9])
async def test_no_batch_that_was_acknowledged_is_lost_or_doubled_by_kill_9(
    tmp_path: Path, after: int
) -> None:
    file = tmp_path / "telemetry"
    writer = await a_writer(file)
    assert writer.stdout is not None
    async with asyncio.timeout(30):
        for _ in range(after):
            await writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    rest, _ = await writer.communicate()
    acknowledged = after + rest.count(b"written")
    async with EmbeddedStore(file, no_tags) as store:
        kept = await store.count()
        # At most the batch under way is there beyond the acknowledged ones, and whole.
        assert kept in {100 * acknowledged, 100 * (acknowledged + 1)}
        for batch in range(acknowledged + 1):
            await store.write(readings(batch))
        assert await store.count() == 100 * (acknowledged + 1)
        last = await store.last_values(DeviceKind.LAMP)
        assert last["L0"][Metric.POWER].at == START + timedelta(minutes=acknowledged)


async def test_a_file_that_belongs_to_another_process_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "telemetry"
    writer = await a_writer(file)
    assert writer.stdout is not None
    try:
        async with asyncio.timeout(30):
            await writer.stdout.readline()
        with pytest.raises(BadInput, match=rf"telemetry\.path: .*lock.*{writer.pid}") as caught:
            async with EmbeddedStore(file, no_tags):
                pass
        assert "\n" not in str(caught.value)
    finally:
        writer.kill()
        await writer.communicate()


async def test_a_file_that_is_something_else_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "telemetry" / "index.duckdb"
    file.parent.mkdir()
    file.write_text("not a data base\n" * 1000)
    with pytest.raises(BadInput, match=r"telemetry\.path"):
        async with EmbeddedStore(file.parent, no_tags):
            pass
    assert file.read_text().startswith("not a data base")


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        async with EmbeddedStore(tmp_path / "absent" / "telemetry", no_tags):
            pass


async def test_a_store_that_is_closed_is_unreachable(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "telemetry", no_tags)
    with pytest.raises(Unreachable, match="not open"):
        await store.ping()
    async with store:
        await store.ping()
    with pytest.raises(Unreachable, match="not open"):
        await store.count()


async def test_tags_are_those_of_the_present_inventory(tmp_path: Path) -> None:
    file = tmp_path / "telemetry"
    window = Window(START, START + QUARTER)
    ask = (DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, window, QUARTER, Aggregate.SUM)
    async with EmbeddedStore(file, lambda _: {Tag.SECTOR: "Nord"}) as store:
        await store.write(readings(0, lamps=2))
    async with EmbeddedStore(file, lambda d: {Tag.SECTOR: "Sud" if d == "L1" else "Nord"}) as store:
        await store.write(readings(1, lamps=2))
        groups = await store.grouped(*ask)
        assert {name: samples[0].value for name, samples in groups.items()} == {"Nord": 0.0, "Sud": 1.0}


async def test_the_event_loop_runs_on_while_a_large_batch_is_written(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "telemetry", no_tags) as store:
        turns = 0
        write = asyncio.create_task(store.write(readings(0, lamps=50_000)))
        while not write.done():
            await asyncio.sleep(0.001)
            turns += 1
        await write
        assert turns > 10


async def test_a_write_that_is_cancelled_is_done_or_not_done_and_can_be_repeated(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "telemetry", no_tags) as store:
        for _ in range(5):
            write = asyncio.create_task(store.write(readings(0)))
            await asyncio.sleep(0)
            write.cancel()
            with pytest.raises(asyncio.CancelledError):
                await write
            assert await store.count() in {0, 100}
        await store.write(readings(0))
        assert await store.count() == 100


async def test_what_the_disk_does_not_take_is_unreachable_and_half_of_nothing_stays(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "telemetry", no_tags) as store:
        await store.write(readings(0))
        too_early = Reading("L0", DeviceKind.LAMP, START, {Metric.POWER: 1.0})

        async def rename(old: str, new: str) -> None:
            await store._write_side(
                lambda opened: opened.index.database.execute(f"alter table {old} rename to {new}")
            )

        await rename("late", "missing")
        with pytest.raises(Unreachable, match="late"):
            await store.write([*readings(1), too_early])
        await rename("missing", "late")
        assert await store.count() == 100


async def test_a_data_base_that_answers_nothing_any_more_is_opened_again(tmp_path: Path) -> None:
    def failing(_: object) -> None:
        raise duckdb.FatalException("the database has been invalidated")

    async with EmbeddedStore(tmp_path / "telemetry", no_tags) as store:
        await store.write(readings(0))
        for side in (store._ask, store._write_side):
            before = store._opened
            with pytest.raises(Unreachable, match="invalidated"):
                await side(failing)
            assert await store.count() == 100
            assert store._opened is not before
        await store.write(readings(1))
        assert await store.count() == 200

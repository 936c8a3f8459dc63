"""The embedded store and its disk: kills, a full disk, damaged and missing files, copies, what is not ours."""

import os
import shutil
import subprocess
import sys
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from city.errors import BadInput
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, Sample, Tags, Window
from drivers.embedded import EmbeddedStore, store
from tests.drivers.embedded_kills import LAMPS, readings

ROOT = Path(__file__).parents[2]
START = datetime(2026, 2, 27, tzinfo=UTC)
LONG = Window(START, START + timedelta(days=30))
HOUR = timedelta(hours=1)
LAMP = DeviceKind.LAMP
BATCHES = 10
ROWS = BATCHES * LAMPS
"""Rows of which a file is made here."""
KILLS = os.environ.get("FALOTIER_KILLS", "100")


def no_tags(_device: str) -> Tags:
    return {}


def parts(folder: Path) -> list[Path]:
    return sorted((folder / "values").rglob("*.parquet"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made of few rows."""
    monkeypatch.setattr(store, "FRESH_ROWS", ROWS)


async def write(opened: EmbeddedStore, first: int, end: int) -> None:
    """Batches, as many at once as are written as a file then."""
    for start in range(first, end, BATCHES):
        await opened.write(
            [r for number in range(start, min(start + BATCHES, end)) for r in readings(number)]
        )


async def sums(opened: EmbeddedStore) -> object:
    return await opened.each(LAMP, Metric.POWER, LONG, HOUR, Aggregate.SUM)


def run(module: str, *arguments: str, prefix: tuple[str, ...] = ()) -> str:
    command = [*prefix, sys.executable, "-m", f"tests.drivers.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_kill_loses_or_doubles_a_value(tmp_path: Path) -> None:
    assert f"{KILLS} kills" in run("embedded_kills", str(tmp_path / "t"), KILLS, "1")


def test_a_full_disk_takes_nothing_by_halves_and_all_again_once_there_is_room(tmp_path: Path) -> None:
    own = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
    mount = "mount -t tmpfs tmpfs /mnt"
    if shutil.which("unshare") is None or subprocess.run([*own, "sh", "-c", mount], check=False).returncode:
        pytest.skip("no disk of its own can be mounted here")
    assert "refused at" in run("embedded_full_disk", str(tmp_path), prefix=own)


@pytest.mark.usefixtures("small")
async def test_a_damaged_file_is_set_aside_and_the_rest_goes_on_answering(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "t"
    async with EmbeddedStore(folder, no_tags) as opened:
        await write(opened, 0, 40)
        held = await opened.count()
        damaged = parts(folder)[2]
        damaged.write_bytes(damaged.read_bytes()[:-40] + bytes(40))
        answer = await sums(opened)
        assert answer
        assert await opened.count() == held - ROWS
        assert not damaged.exists()
        assert damaged.with_name(damaged.name + ".damaged").exists()
        assert f"{damaged} cannot be read" in caplog.text
        await opened.keep(START + timedelta(days=2))
        assert await sums(opened) == answer


@pytest.mark.usefixtures("small")
async def test_a_damaged_file_does_not_keep_its_day_from_being_put_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    async with EmbeddedStore(folder, no_tags) as opened:
        await write(opened, 0, 40)
        content = bytearray(parts(folder)[0].read_bytes())
        content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
        parts(folder)[0].write_bytes(content)
        with pytest.raises(Exception, match="damaged"):
            await opened.keep(START + timedelta(days=2))
        await opened.keep(START + timedelta(days=2))
        assert len(parts(folder)) == 1
        assert await opened.count() == 40 * LAMPS - ROWS


@pytest.mark.usefixtures("small")
async def test_what_is_missing_is_told_at_the_opening_and_what_never_counted_is_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "t"
    async with EmbeddedStore(folder, no_tags) as opened:
        await write(opened, 0, 40)
    missing, kept = parts(folder)[:2]
    missing.unlink()
    strangers = [kept.with_name("99999999.parquet"), kept.with_name("00000099.part")]
    for stranger in strangers:
        shutil.copy(kept, stranger)
    async with EmbeddedStore(folder, no_tags) as opened:
        assert await opened.count() == 40 * LAMPS - ROWS
        assert str(missing) in caplog.text
        assert not any(stranger.exists() for stranger in strangers)


@pytest.mark.usefixtures("small")
async def test_a_copy_made_while_values_come_in_gives_the_same_answers(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "t", no_tags, keep_days=2) as opened:
        await write(opened, 0, 150)
        await opened.keep(START + timedelta(days=3.1))
        await write(opened, 150, 155)
        before = await sums(opened)
        await opened.copy_to(tmp_path / "copy")
        await write(opened, 155, 210)
        await opened.keep(START + timedelta(days=4.3))
        with pytest.raises(BadInput, match="empty"):
            await opened.copy_to(tmp_path / "copy")
        with pytest.raises(BadInput, match="No such file"):
            await opened.copy_to(tmp_path / "absent" / "copy")
        async with EmbeddedStore(tmp_path / "copy", no_tags, keep_days=2) as copy:
            assert await sums(copy) == before
            await write(copy, 155, 210)
            await copy.keep(START + timedelta(days=4.3))
            assert await sums(copy) == await sums(opened)
            assert await copy.last_values(LAMP) == await opened.last_values(LAMP)


@pytest.mark.usefixtures("small")
async def test_anybody_may_read_the_files_while_the_store_is_open(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "t", no_tags) as opened:
        await write(opened, 0, 40)
        await opened.ping()
        query = f"select count(*), min(power_w) >= 10 from '{tmp_path}/t/values/*/*.parquet'"  # noqa: S608
        assert duckdb.connect().execute(query).fetchall() == [(40 * LAMPS, True)]


@pytest.mark.usefixtures("small")
async def test_files_of_different_metrics_answer_together(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "t", no_tags) as opened:
        for day, metric in enumerate((Metric.POWER, Metric.LEVEL, Metric.CLIENTS, Metric.LEVEL)):
            at = START + timedelta(days=day)
            for n in range(3):
                some = [Reading(f"L{k}", LAMP, at + n * HOUR, {metric: float(day)}) for k in range(60)]
                await opened.write(some)
        levels = await opened.series("L1", Metric.LEVEL, LONG, timedelta(days=1))
        assert levels == [Sample(START + timedelta(days=1), 1.0), Sample(START + timedelta(days=3), 3.0)]
        async with aclosing(opened.tracks(LAMP, [Metric.POWER, Metric.CLIENTS], LONG)) as stream:
            assert [len(track.rows) async for track in stream] == [6] * 60


async def test_a_file_of_an_earlier_version_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "telemetry.duckdb"
    duckdb.connect(str(file)).close()
    before = file.read_bytes()
    with pytest.raises(BadInput, match=r"telemetry\.path: .* is a file, expected a folder"):
        async with EmbeddedStore(file, no_tags):
            pass
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("create table guests (name varchar)", "something else"),
        ("create table about as select 2 as format", "later version"),
    ],
)
async def test_an_index_that_is_not_ours_is_told(tmp_path: Path, statement: str, told: str) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    with duckdb.connect(str(folder / "index.duckdb")) as other:
        other.execute(statement)
    with pytest.raises(BadInput, match=rf"telemetry\.path: .*{told}"):
        async with EmbeddedStore(folder, no_tags):
            pass


async def test_a_folder_whose_name_would_be_a_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="without any of"):
        async with EmbeddedStore(tmp_path / "t[1]", no_tags):
            pass

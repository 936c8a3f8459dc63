"""A backup asked for over the API, while the head-end runs."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from city.clock import ManualClock
from city.errors import Refused, Unreachable
from city.messages import Role
from city.settings import load_settings
from drivers.embedded import EmbeddedStore
from headend.archive import read_archive
from headend.backup import SCRATCH, Backups
from headend.manifest import Manifest
from tests.headend.recording import EVENING, RecordingStore, lamp_dead
from tests.headend.standing import Console, standing, write_city

LARGE = 64 * 1024 * 1024
"""Bytes: more than all buffers on the way hold."""


@pytest.fixture(autouse=True)
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store lays out one large file with nothing in it."""

    async def copy_to(_store: EmbeddedStore, folder: Path) -> None:
        with (folder / "part.parquet").open("wb") as file:
            file.truncate(LARGE)

    monkeypatch.setattr(EmbeddedStore, "copy_to", copy_to)


async def fetch(console: Console, file: Path) -> Manifest:
    async with console.http.post(f"{console.url}/api/backup", headers=console.headers()) as response:
        assert response.status == 200, await response.text()
        content = await response.read()
        assert len(content) == response.content_length
    await asyncio.to_thread(file.write_bytes, content)
    return read_archive(file, file.parent / "unpacked")


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def scratch(folder: Path) -> list[Path]:
    return list(folder.glob(f"{SCRATCH}*"))


async def test_it_holds_records_telemetry_and_settings(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "devices" / "modbus").mkdir(parents=True)
    extra = '[profiles]\nfolders = ["devices"]\n'
    async with standing(write_city(home, extra), ManualClock(EVENING)) as (headend, console):
        await headend.core.records.save_incident(lamp_dead("L1"))
        manifest = await fetch(console, tmp_path / "b.tar")
        await until(lambda: not scratch(home))
        journal = await headend.core.records.journal(1)
    unpacked = tmp_path / "unpacked"
    with sqlite3.connect(unpacked / "records" / "records.sqlite") as copy:
        assert copy.execute("select count(*) from incidents").fetchone() == (1,)
        assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
    copy.close()
    assert (unpacked / "telemetry" / "part.parquet").stat().st_size == LARGE
    assert (unpacked / "settings" / "city.toml").read_text() == (home / "city.toml").read_text()
    assert json.loads((unpacked / "settings" / "inventory.geojson").read_text())["features"]
    assert {each.what for each in manifest.left_out} >= {"spool", "certificates and keys"}
    assert (journal[0].act, journal[0].by) == ("backup", "supervisor")
    assert manifest.made_at == EVENING


async def test_only_a_supervisor_may_have_it(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (headend, console):
        for role in (Role.OBSERVER, Role.TECHNICIAN):
            token = await headend.core.access.create(role, "anne")
            status, body = await console.ask("POST", "/backup", token=token)
            assert (status, body["error"]) == (
                403,
                f"this needs the role supervisor; the token of anne is {role}",
            )
        assert (await console.ask("POST", "/backup", token="none"))[0] == 401
    assert not scratch(tmp_path)


async def test_when_its_reader_goes_away_nothing_is_left_and_another_may_come(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with standing(write_city(home), ManualClock(EVENING)) as (_, console):
        async with aiohttp.ClientSession() as http:
            response = await http.post(f"{console.url}/api/backup", headers=console.headers())
            await response.content.readexactly(1000)
            assert len(scratch(home)) == 1
            status, body = await console.ask("POST", "/backup")
            assert (status, body["error"]) == (400, "backup: another one is under way")
            response.close()
        await until(lambda: not scratch(home))
        await fetch(console, tmp_path / "b.tar")


async def test_a_reader_that_falls_asleep_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.routes.backup.TAKE_REAL_S", 0.2)
    async with (
        standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console),
        console.http.post(f"{console.url}/api/backup", headers=console.headers()) as response,
    ):
        await until(lambda: not scratch(tmp_path))
        with pytest.raises(aiohttp.ClientError):
            await response.read()


class _Served(RecordingStore):
    async def copy_to(self, folder: Path) -> None:
        raise Refused(f"influx has its own way: influx backup {folder.name}")


async def test_what_a_server_keeps_is_left_to_it_and_said(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path, '[records]\nurl = "postgresql+asyncpg://db/falotier"\n'))
    backups = Backups(settings, _Served(), ManualClock(EVENING))
    copy = await backups.make()
    why = {each.what: each.why for each in copy.manifest.left_out}
    assert why["telemetry"].startswith("influx has its own way")
    assert "pg_dump" in why["records"]
    assert all(part.name.startswith("settings/") for part in copy.manifest.files)
    await backups.end(copy)
    assert not scratch(tmp_path)


async def test_what_a_crash_left_is_cleared_away(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path, '[records]\nurl = "postgresql+asyncpg://db/falotier"\n'))
    (tmp_path / f"{SCRATCH}left").mkdir()
    backups = Backups(settings, _Served(), ManualClock(EVENING))
    copy = await backups.make()
    assert scratch(tmp_path) == [copy.folder]
    await backups.end(copy)


async def test_files_outside_the_folder_are_kept_under_their_whole_path(tmp_path: Path) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    away.mkdir()
    file = write_city(home, '[records]\nurl = "postgresql+asyncpg://db/falotier"\n')
    (home / "inventory.geojson").rename(away / "inventory.geojson")
    file.write_text(f'[inventory]\nfile = "{away}/inventory.geojson"\n' + file.read_text())
    backups = Backups(load_settings(file), _Served(), ManualClock(EVENING))
    copy = await backups.make()
    names = [part.name for part in copy.manifest.files]
    assert f"settings/outside{away}/inventory.geojson" in names
    await backups.end(copy)


async def test_a_full_disk_is_told_in_one_line_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_store: EmbeddedStore, folder: Path) -> None:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr(EmbeddedStore, "copy_to", full)
    async with standing(write_city(tmp_path), ManualClock(EVENING)) as (_, console):
        status, body = await console.ask("POST", "/backup")
        assert status == 503
        assert "No space left on device" in body["error"]
        assert not scratch(tmp_path)
        assert (await console.ask("POST", "/backup"))[0] == 503


async def test_where_values_would_find_no_room_no_copy_is_made(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path, "[telemetry]\nspool_leaves_mib = 999999999\n"))
    with pytest.raises(Unreachable, match="MiB free on the disk of"):
        await Backups(settings, RecordingStore(), ManualClock(EVENING)).make()
    assert not scratch(tmp_path)

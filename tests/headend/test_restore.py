"""A backup is taken back whole or not at all, and what was there is kept."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput
from headend.restore import STAGING, Restored, restore
from tests.headend.backups import write_backup
from tests.headend.recording import EVENING
from tests.headend.standing import standing, write_city

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CITY = b'[city]\nname = "Colmar"\n[api]\nport = 0\n'
CONTENTS = {
    "records/records.sqlite": b"the records",
    "settings/city.toml": CITY,
    "settings/devices/modbus/meter.toml": b"a profile",
    "settings/outside/etc/inventory.geojson": b"{}",
    "telemetry/index.duckdb": b"the index",
    "telemetry/days/1.parquet": b"a day",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_backup(tmp_path / "b.tar", CONTENTS)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "city.toml").write_text("[api]\nport = 0\n")
    return folder


def take_back(file: Path, home: Path, *, force: bool = False, with_settings: bool = False) -> Restored:
    return restore(file, home / "city.toml", NOW, force=force, with_settings=with_settings)


def standing_there(home: Path) -> dict[str, bytes]:
    return {
        each.relative_to(home).as_posix(): each.read_bytes() for each in home.rglob("*") if each.is_file()
    }


def test_records_and_telemetry_go_where_the_settings_of_this_machine_say(file: Path, home: Path) -> None:
    (home / "city.toml").write_text(
        '[api]\nport = 0\n[records]\nurl = "sqlite+aiosqlite:///kept/r.sqlite"\n[telemetry]\npath = "kept/t"\n'
    )
    done = take_back(file, home)
    found = standing_there(home)
    assert (found["kept/r.sqlite"], found["kept/t/days/1.parquet"]) == (b"the records", b"a day")
    assert set(found) == {"city.toml", "kept/r.sqlite", "kept/t/index.duckdb", "kept/t/days/1.parquet"}
    assert [each.what for each in done.moves] == ["records", "telemetry"]
    assert {each.what for each in done.skipped} == {"spool", "settings"}


def test_settings_come_back_when_asked_for_and_what_lay_elsewhere_lies_beside(
    file: Path, tmp_path: Path
) -> None:
    home = tmp_path / "new"
    home.mkdir()
    take_back(file, home, with_settings=True)
    found = standing_there(home)
    assert found["city.toml"] == CITY
    assert found["devices/modbus/meter.toml"] == b"a profile"
    assert found["outside/etc/inventory.geojson"] == b"{}"
    assert found["telemetry/index.duckdb"] == b"the index"


def test_without_settings_anywhere_the_way_out_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file; --settings takes the backup's own"):
        take_back(file, tmp_path)


def test_what_is_there_is_not_overwritten(file: Path, home: Path) -> None:
    (home / "records.sqlite").write_bytes(b"mine")
    before = standing_there(home)
    with pytest.raises(BadInput, match=r"records\.sqlite: there already; --force"):
        take_back(file, home)
    assert standing_there(home) == before


def test_an_empty_folder_is_in_nobodys_way(file: Path, home: Path) -> None:
    (home / "telemetry").mkdir()
    take_back(file, home)
    assert standing_there(home)["telemetry/index.duckdb"] == b"the index"


def test_with_force_the_former_is_kept_whole_under_another_name(file: Path, home: Path) -> None:
    _crashed(home / "records.sqlite")
    (home / "telemetry").mkdir()
    (home / "telemetry" / "old").write_bytes(b"old")
    done = take_back(file, home, force=True)
    found = standing_there(home)
    assert found["records.sqlite"] == b"the records"
    assert "records.sqlite-wal" not in found
    former = sqlite3.connect(home / "records.sqlite.before-20261201T090000Z")
    assert former.execute("select x from mine").fetchall() == [(17,)]
    former.close()
    assert found["telemetry.before-20261201T090000Z/old"] == b"old"
    assert "telemetry/old" not in found
    assert {each.name for each in done.kept} >= {
        "records.sqlite.before-20261201T090000Z",
        "telemetry.before-20261201T090000Z",
    }


def _crashed(file: Path) -> None:
    """A data base as kill -9 leaves it: the last of it stands in what lies beside."""
    live = file.with_name("live.sqlite")
    database = sqlite3.connect(live)
    database.execute("pragma journal_mode=wal")
    database.execute("create table mine (x)")
    database.execute("insert into mine values (17)")
    database.commit()
    for end in ("", "-wal"):
        file.with_name(file.name + end).write_bytes(live.with_name(live.name + end).read_bytes())
    assert file.with_name(f"{file.name}-wal").stat().st_size
    database.close()
    live.unlink()


def test_what_lies_beside_a_data_base_that_cannot_be_read_goes_with_it(file: Path, home: Path) -> None:
    (home / "records.sqlite-wal").write_bytes(b"of a data base that is gone")
    take_back(file, home, force=True)
    found = standing_there(home)
    assert found["records.sqlite.before-20261201T090000Z-wal"] == b"of a data base that is gone"
    assert found["records.sqlite"] == b"the records"


def test_a_torn_backup_touches_nothing(file: Path, home: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    before = standing_there(home)
    with pytest.raises(BadInput):
        take_back(file, home, force=True)
    assert standing_there(home) == before
    assert not list(home.glob(f"{STAGING}*"))


def test_if_one_thing_cannot_be_put_in_its_place_all_is_as_it_was(file: Path, home: Path) -> None:
    (home / "city.toml").write_text('[api]\nport = 0\n[telemetry]\npath = "city.toml/telemetry"\n')
    (home / "records.sqlite").write_bytes(b"mine")
    before = standing_there(home)
    with pytest.raises(BadInput, match="nothing is changed"):
        take_back(file, home, force=True)
    assert standing_there(home) == before


@pytest.mark.parametrize(
    "key", ['[records]\nurl = "sqlite+aiosqlite:////{}/r"', '[telemetry]\npath = "{}/t"']
)
def test_settings_of_a_backup_do_not_lead_out_of_their_folder(tmp_path: Path, key: str) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    contents = {**CONTENTS, "settings/city.toml": key.format(str(away)).encode() + b"\n[api]\nport = 0\n"}
    file = write_backup(tmp_path / "b.tar", contents)
    with pytest.raises(BadInput, match="outside the folder of"):
        take_back(file, home, with_settings=True)
    assert not away.exists()
    assert standing_there(home) == {}


def test_hidden_files_are_left_in_the_backup(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = write_backup(tmp_path / "b.tar", {**CONTENTS, "settings/.bash_login": b"rm -rf ."})
    done = take_back(file, home, with_settings=True)
    assert not (home / ".bash_login").exists()
    assert ".bash_login" in {each.what for each in done.skipped}


async def test_while_a_head_end_has_the_records_nothing_is_taken_back(file: Path, home: Path) -> None:
    async with standing(write_city(home), ManualClock(EVENING)) as (headend, _):
        with pytest.raises(BadInput, match=r"stop the head-end first: .*records\.sqlite: database is locked"):
            take_back(file, home, force=True)
        assert await headend.core.records.journal(1)
    take_back(file, home, force=True)


async def test_while_a_head_end_has_the_port_nothing_is_taken_back(
    file: Path, home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with standing(write_city(other), ManualClock(EVENING)) as (_, console):
        port = console.url.rpartition(":")[2]
        (home / "city.toml").write_text(f"[api]\nport = {port}\n")
        with pytest.raises(BadInput, match=f"stop the head-end first: api: port {port} is taken"):
            take_back(file, home)


def test_a_data_base_that_nobody_has_open_is_no_hindrance(file: Path, home: Path) -> None:
    database = sqlite3.connect(home / "records.sqlite")
    database.execute("pragma journal_mode=wal")
    database.close()
    take_back(file, home, force=True)


def test_telemetry_of_files_is_not_given_to_a_server(file: Path, home: Path) -> None:
    (home / "city.toml").write_text('[api]\nport = 0\n[telemetry]\nengine = "influxdb"\n')
    done = take_back(file, home)
    assert [each.what for each in done.moves] == ["records"]
    assert "telemetry.engine is not embedded" in {each.why for each in done.skipped}

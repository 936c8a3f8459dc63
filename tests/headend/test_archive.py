"""A backup is believed only if every byte of it is what it should be; a hostile one writes nothing anywhere."""

import json
import tarfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from city.errors import BadInput
from headend.archive import read_archive
from headend.manifest import MANIFEST, SEAL
from tests.headend.backups import copy_of, members, write_backup, write_tar

CONTENTS = {
    "records/records.sqlite": b"SQLite format 3\0" + bytes(700),
    "telemetry/days/1.parquet": b"PAR1" * 300,
    "telemetry/empty": b"",
    "settings/city.toml": b'[city]\nname = "Mulhouse"\n',
}


def unpacked(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()
    }


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    file = write_backup(tmp_path / "b.tar", CONTENTS)
    manifest = read_archive(file, tmp_path / "into")
    assert [part.name for part in manifest.files] == list(CONTENTS)
    assert unpacked(tmp_path / "into") == CONTENTS
    assert all(each.stat().st_mode & 0o077 == 0 for each in (tmp_path / "into").rglob("*") if each.is_file())


def test_any_tar_reads_it(tmp_path: Path) -> None:
    found = members(write_backup(tmp_path / "b.tar", CONTENTS))
    assert [info.name for info, _ in found] == [MANIFEST, *CONTENTS, SEAL]
    assert dict(zip(CONTENTS, (content for _, content in found[1:-1]), strict=True)) == CONTENTS


def test_its_size_is_known_before_it_is_sent(tmp_path: Path) -> None:
    copy = copy_of(tmp_path, {**CONTENTS, "telemetry/" + "é" * 120: b"a name that needs an extended header"})
    assert copy.size == len(b"".join(copy.chunks()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_torn_one_is_refused_in_one_line_wherever_it_is_torn(tmp_path: Path, share: float) -> None:
    whole = write_backup(tmp_path / "b.tar", CONTENTS).read_bytes()
    end = whole.rindex(b"\0" * 2 * tarfile.BLOCKSIZE)
    torn = tmp_path / "torn.tar"
    torn.write_bytes(whole[: int(share * (end - tarfile.BLOCKSIZE))])
    with pytest.raises(BadInput) as told:
        read_archive(torn)
    assert "\n" not in str(told.value)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(write_backup(tmp_path / "b.tar", CONTENTS).read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    file, into = tmp_path / "flipped.tar", tmp_path / f"into-{at}-{whole[at]}"
    file.write_bytes(whole)
    with suppress(BadInput):
        read_archive(file, into)
        assert unpacked(into) == CONTENTS


@dataclass(frozen=True)
class Hostile:
    what: str
    make: Callable[[Path], Path]


def _with(**changes: object) -> Callable[[Path], Path]:
    """The archive whose second file is described otherwise."""

    def make(folder: Path) -> Path:
        found = members(write_backup(folder / "b.tar", CONTENTS))
        info, content = found[1]
        for name, value in changes.items():
            setattr(info, name, value)
        if info.type != tarfile.REGTYPE:
            info.size, content = 0, b""
        return write_tar(folder / "hostile.tar", [found[0], (info, content), *found[2:]])

    return make


def _named(name: str) -> Callable[[Path], Path]:
    """The archive whose manifest and member agree on a name that leads somewhere else."""

    def make(folder: Path) -> Path:
        found = members(write_backup(folder / "b.tar", CONTENTS))
        document = json.loads(found[0][1])
        document["files"][0]["name"] = found[1][0].name = name
        says = json.dumps(document).encode()
        found[0][0].size = len(says)
        return write_tar(folder / "hostile.tar", [(found[0][0], says), *found[1:]])

    return make


def _extra(folder: Path) -> Path:
    found = members(write_backup(folder / "b.tar", CONTENTS))
    return write_tar(folder / "hostile.tar", [*found[:2], found[1], *found[2:]])


def _packed(folder: Path) -> Path:
    return write_tar(folder / "hostile.tar", members(write_backup(folder / "b.tar", CONTENTS)), "w:gz")


def _boasting(folder: Path) -> Path:
    found = members(write_backup(folder / "b.tar", CONTENTS))
    document = json.loads(found[0][1])
    document["files"][0]["size"] = 10**15
    says = json.dumps(document).encode()
    found[0][0].size = len(says)
    return write_tar(folder / "hostile.tar", [(found[0][0], says), *found[1:]])


HOSTILE = [
    Hostile("a way up", _named("records/../../away")),
    Hostile("a way up first", _named("../away/x")),
    Hostile("a whole path", _named("/tmp/away")),  # noqa: S108 - never written to
    Hostile("no room", _named("elsewhere/x")),
    Hostile("a room itself", _named("records")),
    Hostile("control characters", _named("records/\x1b[2J")),
    Hostile("backslashes", _named("records/..\\away")),
    Hostile("a file that is a folder too", _named("telemetry/days")),
    Hostile("another name", _with(name="records/other.sqlite")),
    Hostile("a symbolic link", _with(type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    Hostile("a hard link", _with(type=tarfile.LNKTYPE, linkname="/etc/passwd")),
    Hostile("a device", _with(type=tarfile.CHRTYPE)),
    Hostile("a pipe", _with(type=tarfile.FIFOTYPE)),
    Hostile("a folder", _with(type=tarfile.DIRTYPE)),
    Hostile("one file twice", _extra),
    Hostile("something compressed", _packed),
    Hostile("a size beyond any disk", _boasting),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.what)
def test_a_hostile_one_is_refused_and_writes_nothing_elsewhere(tmp_path: Path, hostile: Hostile) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = hostile.make(home)
    before = unpacked(tmp_path)
    with pytest.raises(BadInput) as told:
        read_archive(file, home / "into" / "deep")
    assert str(told.value).isprintable()
    left = {name for name in unpacked(tmp_path) if name not in before}
    assert all(name.startswith("home/into/deep/records/records.sqlite") for name in left)


def test_what_is_no_tar_or_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "nothing").write_bytes(b"")
    for name in ("text", "nothing", "absent", "."):
        with pytest.raises(BadInput) as told:
            read_archive(tmp_path / name)
        assert str(told.value).startswith(str(tmp_path))

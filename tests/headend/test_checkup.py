"""``falotier check`` on what can be looked at without a network."""

from pathlib import Path

import pytest

from city.settings import load_settings
from headend.checkup import _spool
from tests.headend.standing import write_city


def test_a_spool_that_has_room_is_ok(tmp_path: Path) -> None:
    found = _spool(load_settings(write_city(tmp_path, "[telemetry]\nspool_mib = 8\nspool_leaves_mib = 0\n")))
    assert (found.what, found.ok) == ("spool", True)
    assert "up to 8 MiB may still wait there" in found.detail


def test_what_waits_already_needs_no_more_room(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path, "[telemetry]\nspool_mib = 8\nspool_leaves_mib = 0\n"))
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "1").write_bytes(bytes(2 * 1024 * 1024))
    assert "up to 6 MiB may still wait there" in _spool(settings).detail


def test_a_disk_that_is_too_small_for_the_promise_is_said(tmp_path: Path) -> None:
    found = _spool(load_settings(write_city(tmp_path, "[telemetry]\nspool_mib = 999999999\n")))
    assert not found.ok
    assert "with 512 MiB left free: free some, or lower telemetry.spool_mib" in found.detail


def test_a_spool_that_is_no_folder_is_said(tmp_path: Path) -> None:
    settings = load_settings(write_city(tmp_path))
    (tmp_path / "spool").write_text("")
    found = _spool(settings)
    assert not found.ok
    assert "cannot be written to" in found.detail


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_folder_that_may_not_be_written_to_is_said(
    tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(write_city(tmp_path))
    monkeypatch.setattr("headend.checkup.os.access", lambda path, wanted: not wanted & ~mode >> 6)
    assert not _spool(settings).ok

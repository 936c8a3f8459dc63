"""The folder of the relay's socket: nobody else's to enter, and none left for long."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from console.web.socket_folder import PREFIX, YOUNG_S, socket_path


def listening(folder: Path, age_s: float) -> socket.socket:
    folder.mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "relay"))
    server.listen()
    then = folder.stat().st_mtime - age_s
    os.utime(folder, (then, then))
    return server


def test_only_its_user_may_enter_it_and_it_goes_with_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with socket_path() as path:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not list(tmp_path.iterdir())


def test_what_a_killed_server_left_goes_with_the_next_and_what_still_answers_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders = {name: tmp_path / f"{PREFIX}{name}" for name in ("dead", "young", "alive")}
    listening(folders["dead"], YOUNG_S + 1).close()
    listening(folders["young"], 0).close()
    with listening(folders["alive"], YOUNG_S + 1), socket_path():
        assert not folders["dead"].exists()
        assert folders["young"].exists()
        assert folders["alive"].exists()

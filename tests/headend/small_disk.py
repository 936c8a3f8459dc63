"""A small disk of its own, and what fills it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PIECE = 64 * 1024


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A disk in memory; skips the test where none may be mounted."""
    if os.geteuid():
        pytest.skip("a disk is mounted by root only: unshare -rm .venv/bin/python -m pytest …")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Foreign:
    """A file of somebody else's that takes all the room there is."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "foreign"

    def fill(self) -> None:
        """Take the last byte."""
        with self._file.open("ab", buffering=0) as file:
            piece = _PIECE
            while piece:
                try:
                    file.write(bytes(piece))
                except OSError:
                    piece //= 2

    def go(self) -> None:
        """Give it all back."""
        self._file.unlink()

"""A disk that forgets, when the power goes, what it was not told to keep.

The files are real. What was synced of each, and which names its folder had when that was synced, is noted on the way;
``cut`` lays out in another folder what a disk might hold afterwards: of each file what was synced and some of the rest,
or zeros in its place; of names that came or went since then, some.
"""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest


class Disk:
    """One folder's disk, from the first sync on."""

    def __init__(self, folder: Path, shadow: Path, chance: Random) -> None:
        self._folder = folder
        self._shadow = shadow
        self._chance = chance
        self._synced: dict[int, int] = {}
        """Bytes of a file that will stay, by its number."""
        self._names: dict[str, int] = {}
        """Which file had which name when the folder was last synced."""
        shadow.mkdir()

    def file_synced(self, fd: int) -> None:
        """Note how much of a file will stay."""
        status = os.fstat(fd)
        self._synced[status.st_ino] = status.st_size

    def folder_synced(self) -> None:
        """Note which names will stay."""
        self._names = {path.name: path.stat().st_ino for path in self._folder.iterdir() if path.is_file()}
        for name, number in self._names.items():
            kept = self._shadow / str(number)  # a file that is deleted later may be back after the cut
            if not kept.exists():
                os.link(self._folder / name, kept)

    def cut(self, aftermath: Path) -> None:
        """The power goes now: lay out what a disk may hold when it is back."""
        aftermath.mkdir()
        present = {path.name: path.stat().st_ino for path in self._folder.iterdir() if path.is_file()}
        names: dict[str, int] = {}
        for number in sorted({*present.values(), *self._names.values()}):
            # A file is found under the name it had, or under the one it was given since; a new one perhaps not at all.
            before = [name for name, each in self._names.items() if each == number]
            after = [name for name, each in present.items() if each == number]
            names |= dict.fromkeys(self._chance.choice([before, after]), number)
        for name, number in names.items():
            (aftermath / name).write_bytes(self._content(name, number))

    def _content(self, name: str, number: int) -> bytes:
        kept = self._shadow / str(number)
        data = (kept if kept.exists() else self._folder / name).read_bytes()
        sure = min(self._synced.get(number, 0), len(data))
        rest = data[sure : sure + self._chance.randint(0, len(data) - sure)]
        return data[:sure] + self._chance.choice([b"", rest, bytes(len(rest))])


class Cut:
    """Cuts the power at the nth call that reaches the disk."""

    def __init__(self, disk: Disk, aftermath: Path, at_call: int, on_cut: Callable[[], None]) -> None:
        self._disk = disk
        self._aftermath = aftermath
        self._left = at_call
        self._on_cut = on_cut
        self.is_over = False

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Have the spool's calls pass here; what is synced is only noted."""
        write = os.write

        def written(fd: int, data: bytes) -> int:
            self._call()
            return write(
                fd, data[: max(len(data) // 2, 1)] if self._left == 1 else data
            )  # the last one is torn

        def file_synced(fd: int) -> None:
            self._call()
            self._disk.file_synced(fd)
            self._call()

        def folder_synced(fd: int) -> None:
            self._call()
            self._disk.folder_synced()
            self._call()

        patch.setattr("headend.spool.segments.os.write", written)
        patch.setattr("headend.spool.segments.os.fdatasync", file_synced)
        patch.setattr("headend.spool.segments.os.fsync", folder_synced)
        for name in ("rename", "replace", "unlink"):
            self._watch_path(patch, name)

    def _watch_path(self, patch: pytest.MonkeyPatch, name: str) -> None:
        real: Callable[..., object] = getattr(Path, name)

        def watched(path: Path, *rest: Path) -> object:
            self._call()
            done = real(path, *rest)
            self._call()
            return done

        patch.setattr(Path, name, watched)

    def _call(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._disk.cut(self._aftermath)
            self._on_cut()
            self.is_over = True

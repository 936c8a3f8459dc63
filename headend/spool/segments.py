"""One file of the spool: frames that are only ever added at its end, and how far the store has them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from headend.spool.frames import HEADER_BYTES, LARGEST_FRAME, Damage, Frame, frames, written_at

SUFFIX = ".spool"
_PIECE = 2 * (LARGEST_FRAME + HEADER_BYTES)
"""Bytes read at once: always more than one frame."""


class Segment:
    """A file of the spool that is written no more: ``0000000007-52340.spool`` is the seventh and holds 52,340 values.

    The number of values stands in its name, so that a start with gigabytes waiting need not read them. A file that was
    still being written when the program last ended has none in its name: it is looked through, and gets one.
    """

    def __init__(self, path: Path, number: int, values: int, size: int, at_us: int) -> None:
        self.path = path
        self.number = number
        self.values = values
        """In it, those of damaged frames included as far as their headers can be read."""
        self.size = size
        """Bytes."""
        self.at_us = at_us
        """When its first frame was written, microseconds since the epoch."""
        self.done = 0
        """The store has all that lies before this position."""
        self.settled = 0
        """Values that are accounted for: stored, or lost."""

    @property
    def waiting(self) -> int:
        """Values that are not accounted for yet."""
        return self.values - self.settled

    @classmethod
    def found(cls, path: Path) -> Self | None:
        """The segment of a file; None for a file that is none.

        Raises:
            OSError: it cannot be read or renamed.
        """
        number, _, values = path.name.removesuffix(SUFFIX).partition("-")
        if path.suffix != SUFFIX or not number.isdecimal() or (values and not values.isdecimal()):
            return None
        segment = cls(path, int(number), int(values or 0), path.stat().st_size, 0)
        if not values:
            segment.values = sum(each.values for each in segment.read())
            segment.path = path.rename(path.with_name(sealed_name(segment.number, segment.values)))
        with segment.path.open("rb") as file:
            segment.at_us = written_at(file.read(HEADER_BYTES)) or 0
        return segment

    def read(self, position: int = 0) -> Iterator[Frame | Damage]:
        """Its frames from a position on, and what is damaged between them; little of it is in memory at a time."""
        with self.path.open("rb") as file:
            while True:
                file.seek(position)
                piece = file.read(_PIECE)
                whole = len(piece) < _PIECE
                for each in frames(piece, position, whole=whole):
                    position = each.end
                    yield each
                if whole:
                    return

    def bytes_of(self, damage: Damage) -> bytes:
        """What lies where it is damaged, a piece of it at most."""
        with self.path.open("rb") as file:
            file.seek(damage.start)
            return file.read(min(damage.end - damage.start, _PIECE))


class Open:
    """The segment that is being written."""

    def __init__(self, folder: Path, number: int) -> None:
        """Make the file.

        Raises:
            OSError: that cannot be done.
        """
        self._path = folder / f"{number:010}{SUFFIX}"
        self.number = number
        self._fd = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self.size = 0
        self.values = 0
        self.at_us = 0
        self.done = 0
        self.settled = 0
        try:
            sync_folder(folder)
        except OSError:
            os.close(self._fd)
            raise

    @property
    def waiting(self) -> int:
        """Values that are not accounted for yet."""
        return self.values - self.settled

    def append(self, frame: bytes, values: int, at_us: int) -> None:
        """Add a frame; on return it is on the disk. What was only written in part is taken back.

        Raises:
            OSError: the disk does not take it.
        """
        try:
            rest = memoryview(frame)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
            os.fdatasync(self._fd)
        except OSError:
            os.lseek(self._fd, self.size, os.SEEK_SET)
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(frame)
        self.values += values
        self.at_us = self.at_us or at_us

    def seal(self) -> Segment:
        """Write no more to it.

        A power cut, or a disk that does not take the new name, may leave its old one: then it is looked through at
        the start.
        """
        path = self._path
        with suppress(OSError):
            os.close(self._fd)  # all of it was synced
        with suppress(OSError):
            path = path.rename(path.with_name(sealed_name(self.number, self.values)))
        sealed = Segment(path, self.number, self.values, self.size, self.at_us)
        sealed.done, sealed.settled = self.done, self.settled
        return sealed


def sealed_name(number: int, values: int) -> str:
    """How a segment is called once it is written no more."""
    return f"{number:010}-{values}{SUFFIX}"


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk.

    Raises:
        OSError: that fails.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

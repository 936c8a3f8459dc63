"""What every part that reads or fills a disk has to know of it."""

from contextlib import suppress
from pathlib import Path

MIB = 1024 * 1024
CHUNK = 256 * 1024
"""Bytes read or written at once."""


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where there is none. Files may come and go meanwhile."""
    size = 0
    for each in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):
            size += each.stat().st_size if each.is_file() else 0
    return size

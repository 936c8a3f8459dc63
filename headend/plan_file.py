"""The light plan's file: it is replaced as a whole or not at all, and the former one is kept beside it."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from city.errors import BadInput

FORMER = ".before"
NEXT = ".next"
"""What is appended to the file's name for the former file, and for the one that is being written."""


async def put_in_place(file: Path, text: str, before: Callable[[], Awaitable[None]]) -> None:
    """Replace a file. What comes ``before`` is done once the new text is on the disk; if that fails, nothing is.

    Raises:
        BadInput: it cannot be written; the file stands as it was.
    """
    following = file.with_name(file.name + NEXT)
    try:
        await asyncio.to_thread(_write, following, text)
        await before()
        await asyncio.to_thread(_replace, file, following)
    except OSError as error:
        raise BadInput(f"{file}: cannot be written: {error.strerror}; nothing was changed") from error
    finally:
        with suppress(OSError):
            await asyncio.to_thread(following.unlink, missing_ok=True)


def _write(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _replace(file: Path, following: Path) -> None:
    former = file.with_name(file.name + FORMER)
    if file.exists():
        shutil.copyfile(file, former)
    following.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

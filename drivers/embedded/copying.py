"""A copy of an embedded store, laid beside it while it goes on being written."""

import os
import shutil
from pathlib import Path

from city.errors import BadInput
from drivers.embedded import upkeep
from drivers.embedded.opened import Opened
from drivers.embedded.parts import Files, quoted


def copy_index(opened: Opened, target: Files) -> frozenset[Path]:
    """Copy the index (writing thread), and say which files belong to it: they stay until ``unpin``.

    Raises:
        BadInput: the folder is not empty, or cannot be made.
    """
    try:
        target.folder.mkdir(exist_ok=True)
        if any(target.folder.iterdir()):
            raise BadInput(f"{target.folder}: is not empty, expected an empty folder")
    except OSError as error:
        raise BadInput(f"{target.folder}: {error.strerror}") from error
    database = opened.index.database
    database.execute(f"attach {quoted(target.index)} as copied")
    try:
        [[name]] = database.execute("select current_database()").fetchall()
        database.execute(f'copy from database "{name}" to copied')
    finally:
        database.execute("detach copied")
    files = frozenset(upkeep.all_listed(opened.index))
    opened.pins.append(files)
    return files


def copy_files(source: Files, target: Files, files: frozenset[Path]) -> None:
    """Link files into the copy where the disk is the same, else copy them."""
    for file in files:
        copied = target.folder / file.relative_to(source.folder)
        copied.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, copied)
        except OSError:
            shutil.copyfile(file, copied)

"""An embedded store that is open: its data base, a connection for each of its threads, and the files that may go."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from city.telemetry import Tags
from drivers.embedded import upkeep
from drivers.embedded.answers import Answers
from drivers.embedded.index import Index
from drivers.embedded.parts import DAMAGED, Files, remove, unreadable

log = logging.getLogger(__name__)

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "256MB",  # past that it spills to disk, beside its file
    "threads": min(2, os.cpu_count() or 1),  # a question about a whole city takes half the time with two
    "autoinstall_known_extensions": False,
    "parquet_metadata_cache": True,
}


class Opened:
    """The open store. Each of its connections belongs to one thread."""

    def __init__(self, files: Files, tags_of: Callable[[str], Tags]) -> None:
        """Open the folder, and put it in order after whatever ended the run before.

        Raises:
            BadInput: the folder or its index is something else.
            duckdb.Error: the index cannot be opened.
            OSError: the same of the folder.
        """
        self.files = files
        self.pins: list[frozenset[Path]] = []
        """Files that are being copied, and stay until they are."""
        self._superseded: set[Path] = set()
        database = duckdb.connect(str(files.index), config=_CONFIG)
        try:
            self.index = Index(database, files, tags_of)
            self.answers = Answers(database.cursor(), files, self.index.names)
            self.tidying = database.cursor()
            self._sweep()
        except BaseException:
            close(database)
            raise

    def supersede(self, files: Iterable[Path]) -> None:
        """Note files that are listed no more (writing thread)."""
        self._superseded |= set(files)

    def remove_superseded(self) -> None:
        """Unlink what is listed no more (reading thread: no question is under way then)."""
        free = self._superseded.difference(*self.pins)
        self._superseded -= free
        remove(free)

    def find_damaged(self) -> list[Path]:
        """Which of the files that the last answer was read from cannot be read (reading thread)."""
        return unreadable(self.answers.database, self.answers.read)

    def set_aside(self, damaged: list[Path]) -> None:
        """Take damaged files off the list and rename them (writing thread)."""
        upkeep.set_aside(self.index, damaged)
        for file in damaged:
            log.error("telemetry: %s cannot be read: set aside as %s%s", file, file.name, DAMAGED)
            with suppress(OSError):
                file.rename(f"{file}{DAMAGED}")

    def unpin(self, files: frozenset[Path]) -> Sequence[Path]:
        """Files are copied: those that were superseded meanwhile may go (writing thread)."""
        self.pins.remove(files)
        return ()

    def unlisted(self) -> list[Path]:
        """Files that never came to count, or count no more (writing thread)."""
        listed = upkeep.all_listed(self.index)
        return [file for file in self.files.present() if file not in listed]

    def _sweep(self) -> None:
        """Remove files that do not count, and take those off the list that are gone."""
        remove(self.unlisted())
        if missing := [file for file in upkeep.all_listed(self.index) if not file.exists()]:
            self.set_aside(missing)


def close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection, whatever it says to that."""
    with suppress(duckdb.Error):
        connection.close()

"""The inventory file under watch: a running head-end takes up what is changed in it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from city.errors import BadInput
from headend.inventory import CityInventory, load_inventory

LOOK_REAL_S = 2.0
"""Real seconds between two looks; a file that somebody may still be writing is read when two of them agree."""

Stamp = tuple[int, int, int] | None
"""What changes when a file does: its number, size and time; None while there is none."""


class InventoryWatch:
    """Reads the inventory file, and knows when it holds something else."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: Stamp = None
        self._soon = asyncio.Event()

    def load(self) -> CityInventory:
        """Read the file as it stands.

        Raises:
            BadInput: it cannot be used at all.
        """
        self._read = self._stamp()
        return load_inventory(self._file)

    def look_soon(self) -> None:
        """Look at once: whoever changed the file has finished."""
        self._soon.set()

    async def changed(
        self,
        known: CityInventory,
        usable: Callable[[CityInventory], None],
        refuse: Callable[[str], Awaitable[None]],
    ) -> CityInventory:
        """Wait until the file holds another inventory than the one that is known.

        Args:
            known: what the head-end runs with.
            usable: raises BadInput where the head-end could not run with an inventory.
            refuse: told once for each state of the file that cannot be used, with the reason.
        """
        seen = self._read
        while True:
            finished = await self._pause()
            stamp = self._stamp()
            settled, seen = finished or stamp == seen, stamp
            if stamp == self._read or not settled:
                continue
            self._read = stamp
            try:
                inventory = await asyncio.to_thread(load_inventory, self._file)
                usable(inventory)
            except BadInput as error:
                await refuse(str(error))
            else:
                if inventory != known:
                    return inventory

    async def _pause(self) -> bool:
        """Wait for the next look; whether somebody says that the file is whole."""
        try:
            async with asyncio.timeout(LOOK_REAL_S):
                await self._soon.wait()
        except TimeoutError:
            return False
        self._soon.clear()
        return True

    def _stamp(self) -> Stamp:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

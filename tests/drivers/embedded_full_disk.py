"""An embedded store on a disk of its own that fills up: ``python -m tests.drivers.embedded_full_disk FOLDER``.

Run where it may mount (``unshare -m``): the disk is 16 MB of memory.
"""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.errors import Unreachable
from city.measurements import DeviceKind, Metric, Reading
from drivers.embedded import EmbeddedStore, store

START = datetime(2026, 11, 29, tzinfo=UTC)
LAMPS = 400


def batch(number: int) -> list[Reading]:
    """Values that no compression makes small."""
    at = START + timedelta(seconds=number)
    return [
        Reading(
            f"L{n}",
            DeviceKind.LAMP,
            at,
            {m: hash((n, number, i)) / 7.0 for i, m in enumerate(list(Metric)[:9])},
        )
        for n in range(LAMPS)
    ]


async def fill(opened: EmbeddedStore, number: int) -> int:
    """Write until there is no room; returns the number of the batch that was not taken."""
    while True:
        try:
            await opened.write(batch(number))
        except Unreachable as error:
            if "\n" in str(error):
                raise
            return number
        number += 1


async def main(folder: Path) -> None:
    """Fill the disk, make room, go on; nothing that was acknowledged is missing, nothing is there twice."""
    store.FRESH_ROWS, store.RETRY_ROWS = 4000, 1000
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(6_000_000))
    refused = []
    async with EmbeddedStore(folder / "t", lambda _: {}) as opened:
        number = 0
        for room in (4_000_000, 2_000_000, 0):
            number = await fill(opened, number)
            refused.append(number)
            for _ in range(3):
                try:
                    held = await opened.count()
                except Unreachable:
                    continue
                assert held in {9 * LAMPS * number, 9 * LAMPS * (number + 1)}, (held, number)
            os.truncate(ballast, room)
        await opened.count()
    # Opened anew with room, it takes what it did not take before.
    files = list(folder.rglob("*.part"))  # noqa: ASYNC240
    assert not files, files
    ballast.unlink(missing_ok=True)
    async with EmbeddedStore(folder / "t", lambda _: {}) as opened:
        assert await opened.count() in {9 * LAMPS * number, 9 * LAMPS * (number + 1)}
    print("refused at", *refused)  # noqa: T201


if __name__ == "__main__":
    place = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)], check=True)
    asyncio.run(main(place))

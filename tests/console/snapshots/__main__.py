"""Draw views anew, as texts to keep and as PNGs to look at: ``python -m tests.console.snapshots FOLDER [NAME …]``."""

import asyncio
import sys
from pathlib import Path

from console.picture import picture
from tests.console.drawn import drawn
from tests.console.snapshots import KEPT, VIEWS


async def main(folder: Path, names: set[str]) -> None:
    """Draw those whose scene is named, or all; texts of views that are no more are taken away."""
    for path in KEPT.glob("*.txt"):
        if path.stem not in {str(view) for view in VIEWS}:
            path.unlink()
    for view in VIEWS:
        if names and view.scene.name not in names:
            continue
        async with view.shown() as seen:
            (KEPT / f"{view}.txt").write_text(drawn(seen.app), "utf-8")
            await picture(seen.app, folder / f"{view}.png")
        sys.stderr.write(f"{view}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), set(sys.argv[2:])))

"""Pictures of a console as small PNGs, for the documents."""

import shutil
import subprocess
from pathlib import Path

from console.picture import CONVERTER, cell_exact
from tests.console.consoles import Console

COLOURS = "96"


def keep(seen: Console, png: Path, width_px: int) -> None:
    """Save what is on screen; rsvg-convert makes the PNG, and ImageMagick's convert, where it is, makes it smaller."""
    picture = cell_exact(seen.app.export_screenshot()).encode()
    subprocess.run([CONVERTER, "-w", str(width_px), "-o", png], input=picture, check=True)
    if fewer := shutil.which("convert"):
        subprocess.run([fewer, png, "-colors", COLOURS, png], check=True)
    print(f"{png}: {png.stat().st_size / 1000:.0f} kB")

"""Pictures of the console: exact to the cell, as SVG or PNG."""

import asyncio
import re
import shutil
from html import escape, unescape
from io import StringIO
from pathlib import Path

from rich.cells import cell_len
from textual.app import App, ReturnType

from city.errors import BadInput
from console.saved_files import free_name

CONVERTER = "rsvg-convert"
FONT_SIZE = 20.0
CELL_WIDTH = FONT_SIZE * 0.61
CELL_HEIGHT = FONT_SIZE * 1.22
"""Rich's own proportions for the SVG that it exports."""
ABOVE_BASELINE = FONT_SIZE - 1.5
"""From the top of a cell to the baseline of its text, as Rich lays them."""
OVERLAP = 0.25
"""Rectangles overlap by so much, as Rich's own do, or a renderer leaves hairlines between them."""
FONT = "DejaVu Sans Mono"
"""Has the symbols and braille at one width; the font that Rich names is seldom at hand."""
PIXELS_PER_COLUMN = 12
_RUN = re.compile(r'<text (class="[^"]*-r\d+"[^>]*?) x="([\d.]+)" y="([\d.]+)"([^>]*)>([^<]*)</text>')
_STRETCH = re.compile(r' textLength="[\d.]+"')
_FONT_FACE = re.compile(r"@font-face\s*{[^}]*}")

_Box = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a cell."""

_THIN_X, _THIN_Y = 0.06, 0.03
"""Half the thickness of a frame's line, as a share of a cell's width and height."""
_NORTH: _Box = (0.5 - _THIN_X, 0, 0.5 + _THIN_X, 0.5 + _THIN_Y)
_SOUTH: _Box = (0.5 - _THIN_X, 0.5 - _THIN_Y, 0.5 + _THIN_X, 1)
_WEST: _Box = (0, 0.5 - _THIN_Y, 0.5 + _THIN_X, 0.5 + _THIN_Y)
_EAST: _Box = (0.5 - _THIN_X, 0.5 - _THIN_Y, 1, 0.5 + _THIN_Y)

_SHAPES: dict[str, tuple[_Box, ...]] = {
    **{character: ((0, 1 - n / 8, 1, 1),) for n, character in enumerate("▁▂▃▄▅▆▇█", start=1)},
    **{character: ((0, 0, n / 8, 1),) for n, character in enumerate("▏▎▍▌▋▊▉", start=1)},
    "░": ((0, 0, 1, 1),),
    "▟": ((0.5, 0, 1, 1), (0, 0.5, 0.5, 1)),
    "▙": ((0, 0, 0.5, 1), (0.5, 0.5, 1, 1)),
    "─": (_WEST, _EAST),
    "│": (_NORTH, _SOUTH),
    "╭": (_EAST, _SOUTH),
    "╮": (_WEST, _SOUTH),
    "╰": (_NORTH, _EAST),
    "╯": (_NORTH, _WEST),
    "━": ((0, 0.5 - 2 * _THIN_Y, 1, 0.5 + 2 * _THIN_Y),),
    "╸": ((0, 0.5 - 2 * _THIN_Y, 0.5, 0.5 + 2 * _THIN_Y),),
    "┤": (_NORTH, _SOUTH, _WEST),
}
_OPACITY = {"░": 0.35}


async def picture(app: App[ReturnType], path: Path) -> None:
    """Save what is on screen, as SVG or, with ``rsvg-convert``, as PNG.

    Raises:
        BadInput: the file cannot be written, or PNG was asked for and rsvg-convert is not installed.
    """
    svg = cell_exact(app.export_screenshot())
    try:
        if path.suffix != ".png":
            await asyncio.to_thread(path.write_text, svg, "utf-8")
            return
        width = str(app.size.width * PIXELS_PER_COLUMN)
        process = await asyncio.create_subprocess_exec(
            CONVERTER, "--width", width, "--output", str(path), stdin=asyncio.subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise BadInput(f"{path}: rsvg-convert is not installed; save as .svg instead") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
    await process.communicate(svg.encode())
    if process.returncode:
        raise BadInput(f"{path}: rsvg-convert failed with code {process.returncode}")


def hand_over(app: App[ReturnType], name: str) -> None:
    """Give what is on screen to a visitor's browser as SVG; nothing is written on the server."""
    svg = StringIO(cell_exact(app.export_screenshot()))
    app.deliver_text(svg, save_filename=name, encoding="utf-8", mime_type="image/svg+xml")


async def pictures(app: App[ReturnType], folder: Path, name: str) -> list[Path]:
    """Save what is on screen as SVG and, where ``rsvg-convert`` is installed, as PNG beside it; over no other file.

    Raises:
        BadInput: a file cannot be written.
    """
    svg = free_name(folder, name, ".svg", ".png")
    paths = [svg, svg.with_suffix(".png")] if shutil.which(CONVERTER) else [svg]
    for path in paths:
        await picture(app, path)
    return paths


def cell_exact(svg: str) -> str:
    """The same SVG with every character in its own cell, and blocks and frames as shapes.

    Renderers ignore ``textLength``, so that lines would slide, and fonts leave gaps between blocks.
    """
    svg = _FONT_FACE.sub("", svg).replace("Fira Code", FONT)
    return _RUN.sub(_one_by_one, svg)


def _one_by_one(run: re.Match[str]) -> str:
    before, x, y, after, text = run.groups()
    after = _STRETCH.sub("", after)
    left, baseline = float(x), float(y)
    parts = []
    for character in unescape(text):
        shape = _shape(character, left, baseline - ABOVE_BASELINE)
        if shape:
            parts.append(f"<path {before}{after} {shape}/>")
        elif not character.isspace():
            parts.append(f'<text {before} x="{left:.1f}" y="{y}"{after}>{escape(character)}</text>')
        left += CELL_WIDTH * cell_len(character)
    return "".join(parts)


def _shape(character: str, left: float, top: float) -> str:
    """The attributes of a path for a character that is drawn rather than written; empty for the others."""
    boxes = _SHAPES.get(character)
    if boxes is None:
        return ""
    opacity = _OPACITY.get(character, 1.0)
    # Where it can be seen through, an overlap would show as a line.
    overlap = OVERLAP if opacity == 1.0 else 0.0
    path = "".join(
        f"M{left + x1 * CELL_WIDTH:.2f} {top + y1 * CELL_HEIGHT:.2f}"
        f"H{left + x2 * CELL_WIDTH + overlap:.2f}V{top + y2 * CELL_HEIGHT + overlap:.2f}"
        f"H{left + x1 * CELL_WIDTH:.2f}Z"
        for x1, y1, x2, y2 in boxes
    )
    return f'd="{path}" fill-opacity="{opacity}"'

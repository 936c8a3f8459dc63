"""What stands on a screen, as a text that can be kept, read and compared: its characters, then their colours."""

from collections.abc import Iterator
from itertools import groupby
from string import ascii_letters, digits

from rich.cells import cell_len
from rich.style import Style
from textual.app import App

LETTERS = ascii_letters + digits + "!$%&()*+-/:;<=>?@[]^_{|}~"


def drawn(app: App[None]) -> str:
    """The screen as lines of characters, lines of one letter a cell for its colours, and what the letters mean."""
    strips = app.screen._compositor.render_strips()
    letters: dict[str, str] = {}
    colours = []
    for strip in strips:
        cells = ((_named(segment.style), cell_len(segment.text)) for segment in strip if segment.text)
        runs = groupby(cells, key=lambda cell: cell[0])
        colours.append("".join(_letter(letters, name) * sum(n for _, n in run) for name, run in runs))
    legend = [f"{letter} {name}" for name, letter in letters.items()]
    return "\n".join([*(strip.text.rstrip() for strip in strips), "", *_folded(colours), "", *legend, ""])


def _folded(lines: list[str]) -> Iterator[str]:
    """Lines of letters, each run with its length: ``a120`` for a line of one colour."""
    for line in lines:
        yield " ".join(f"{letter}{len(list(run))}" for letter, run in groupby(line))


def _letter(letters: dict[str, str], name: str) -> str:
    return letters.setdefault(name, LETTERS[len(letters)])


def _named(style: Style | None) -> str:
    if style is None:
        return "none"
    # What a click would do is no colour, and holds numbers that change from run to run.
    return str(Style.from_color(style.color, style.bgcolor) + _decorations(style))


def _decorations(style: Style) -> Style:
    return Style(
        bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse
    )

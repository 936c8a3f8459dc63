"""Parts of a panel that share its height: what matters most keeps its lines, the rest gives way."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from console.vocabulary import FAINT, GREY
from console.widgets.painted import fit

LABEL = 13
"""Cells for what stands before a fact."""
GUTTER = "  "
LEAST_OF_A_PART = 2
"""A part of several lines is left out rather than cut to its heading."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together."""

    rank: int
    """The lowest keep their lines first."""
    lines: Sequence[Text]


def fitted(parts: Sequence[Part], height: int) -> list[Text]:
    """The parts in their order, as much of them as the height takes; blank lines between them while it has room."""
    left = height
    kept: dict[int, Sequence[Text]] = {}
    for place in sorted(range(len(parts)), key=lambda place: parts[place].rank):
        lines = parts[place].lines[: max(0, left)]
        if len(lines) < min(LEAST_OF_A_PART, len(parts[place].lines)):
            continue
        kept[place] = lines
        left -= len(lines)
    shown = [kept[place] for place in sorted(kept) if kept[place]]
    return [
        line
        for place, lines in enumerate(shown)
        for line in (*([Text()] if 0 < place <= left else []), *lines)
    ]


def tallest(parts: Sequence[Part]) -> int:
    """How many lines the parts have together."""
    return sum(len(part.lines) for part in parts)


def beside(left: Sequence[Text], right: Sequence[Text], width: int) -> list[Text]:
    """Two columns, the left one ``width`` cells wide."""
    rows = max(len(left), len(right))
    padded = [*left, *[Text()] * (rows - len(left))], [*right, *[Text()] * (rows - len(right))]
    return [
        Text.assemble(one, " " * max(0, width - one.cell_len), GUTTER, other, no_wrap=True, end="")
        for one, other in zip(*padded, strict=True)
    ]


def heading(title: str, width: int) -> Text:
    """A title with a rule behind it."""
    title = fit(title, width)
    return Text.assemble((f"{title} ", GREY), ("─" * max(0, width - cell_len(title) - 1), FAINT))


def labelled(label: str, value: str, width: int, style: str = "") -> Text:
    """A fact behind its name."""
    return Text.assemble(
        (set_cell_size(fit(label, LABEL - 1), LABEL), GREY), (fit(value, width - LABEL), style)
    )


def cut(line: Text, width: int) -> Text:
    """A line no longer than a width, with an ellipsis where something is missing."""
    if line.cell_len > width:
        line = line.copy()
        line.truncate(max(0, width), overflow="ellipsis")
    return line

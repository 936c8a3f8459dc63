"""Drawings for a page to print, as SVG within it: grey on white, and the figure itself in every cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.reports.page import text

WIDTH = 720.0
"""Of a drawing, in its own units; on paper it is as wide as the text."""
LABELS = 60.0
"""Left of a drawing, for what its rows are called."""
ROW = 20.0
SMALL, SMALLEST = 10.0, 8.0
"""Sizes of letters."""
BASELINE = 14.0
"""Where letters stand in a row."""
DARKEST = 0.75
"""Black that a cell holds at most, so that paper does not soak."""
TURNS_WHITE = 0.5
"""From this share of the largest value on, figures are white."""
CHART = 120.0
"""Height of bars."""
MOST_FIGURES = 40
"""Bars up to which each has its figure; more are too narrow for it."""
FIGURES_ROOM = 24.0
"""Above bars and below them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a drawing."""

    figure: str
    """As it is written: a number, what stands for a small count, or the sign of what is not known."""
    share: float | None = None
    """Of the largest value, 0–1; None: it has no size to be drawn."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and a line above it for the most."""

    label: str
    mean: Cell
    most: Cell


def heat_map(title: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]]) -> str:
    """Rows of cells, the darker the more; what has no size is white, with its sign."""
    column = (WIDTH - LABELS) / max(1, len(heads))
    parts = [_label(LABELS + (n + 0.5) * column, BASELINE, head, SMALLEST) for n, head in enumerate(heads)]
    for number, (name, cells) in enumerate(rows, start=1):
        y = number * ROW
        parts.append(_label(LABELS - 6, y + BASELINE, name, SMALL, anchor="end"))
        for place, cell in enumerate(cells):
            x, share = LABELS + place * column, cell.share or 0.0
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{column:.1f}" height="{ROW:.1f}" fill="#000"'
                f' fill-opacity="{DARKEST * share:.2f}" stroke="#bbb" stroke-width="0.5"/>'
            )
            colour = "#fff" if share > TURNS_WHITE else "#111"
            parts.append(_label(x + column / 2, y + BASELINE, cell.figure, SMALLEST, colour))
    return _drawing(title, ROW * (len(rows) + 1), parts)


def bars(title: str, found: Sequence[Bar]) -> str:
    """Bars side by side, each with its figure where there is room."""
    column = (WIDTH - LABELS) / max(1, len(found))
    has_figures = len(found) <= MOST_FIGURES
    bottom = FIGURES_ROOM + CHART
    parts = [f'<path d="M{LABELS:.1f} {bottom:.1f}H{WIDTH:.1f}" stroke="#111" stroke-width="1"/>']
    for number, bar in enumerate(found):
        x, middle = LABELS + number * column, LABELS + (number + 0.5) * column
        height = CHART * (bar.mean.share or 0.0)
        parts.append(
            f'<rect x="{x + column * 0.15:.1f}" y="{bottom - height:.1f}" width="{column * 0.7:.1f}"'
            f' height="{height:.1f}" fill="#888"/>'
        )
        top = bottom - CHART * (bar.most.share or bar.mean.share or 0.0)
        if bar.most.share is not None:
            line = f"M{x + column * 0.05:.1f} {top:.1f}h{column * 0.9:.1f}"
            parts.append(f'<path d="{line}" stroke="#111" stroke-width="1.5"/>')
        if has_figures:
            parts.append(_label(middle, top - 4, bar.most.figure, SMALLEST))
            parts.append(_label(middle, bottom + BASELINE - 4, bar.label, SMALLEST))
        elif bar.label:
            parts.append(_label(middle, bottom + BASELINE - 4, bar.label, SMALLEST))
    return _drawing(title, bottom + FIGURES_ROOM, parts)


def _drawing(title: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" width="100%" viewBox="0 0 {WIDTH:.0f} {height:.0f}"><title>{text(title)}</title>\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def _label(x: float, y: float, words: str, size: float, colour: str = "#111", anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}">'
        f"{text(words)}</text>"
    )

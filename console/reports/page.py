"""A page to print: one self-contained document of HTML, in which every text is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from console.hostile import clean
from console.i18n import Code

STYLE = """
body { font: 10pt/1.35 "DejaVu Sans", Arial, sans-serif; color: #111; max-width: 190mm; margin: 8mm auto; }
h1 { font-size: 16pt; margin: 0 0 2mm; } h2 { font-size: 12pt; margin: 6mm 0 1mm; } p { margin: 0 0 2mm; }
.place { color: #444; } .note { color: #444; font-size: 8.5pt; }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 4mm; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.6mm 2mm 0.6mm 0; border-bottom: 0.2mm solid #bbb; vertical-align: top; }
th { font-weight: 600; border-bottom: 0.4mm solid #111; } .n { text-align: right; } td.n { white-space: nowrap; }
tr.bad td { font-weight: 600; } tr.unknown td { font-style: italic; } thead { display: table-header-group; }
tr, h2 { break-inside: avoid; } h2 { break-after: avoid; }
@media print { body { margin: 0; max-width: none; } .street { break-before: page; } }
@page { size: A4; margin: 14mm 12mm; }
"""
"""Black on white: what matters is told by words and weight, and survives any printer."""


def text(value: str) -> str:
    """A text in which nothing is taken for markup, and nothing can drive what shows it."""
    return escape(clean(value))


def page(title: str, body: Iterable[str], language: Code) -> str:
    """The whole document."""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{text(title)}</title>\n'
        f"<style>{STYLE}</style></head><body>\n<h1>{text(title)}</h1>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def paragraph(line: str, kind: str = "") -> str:
    """One paragraph; ``kind`` is one of the style's classes."""
    return f'<p class="{kind}">{text(line)}</p>'


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: frozenset[int] = frozenset(),
    kinds: Sequence[str] | None = None,
) -> str:
    """A table; ``numbers`` are the columns that stand to the right, ``kinds`` the class of each row."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=n' if number in numbers else ''}>{text(cell)}</{tag}>"
            for number, cell in enumerate(row)
        )

    lines = [
        f"<tr{f' class={kinds[number]}' if kinds and kinds[number] else ''}>{cells('td', row)}</tr>"
        for number, row in enumerate(rows)
    ]
    return (
        f"<table><thead><tr>{cells('th', heads)}</tr></thead><tbody>\n"
        + "\n".join(lines)
        + "\n</tbody></table>"
    )

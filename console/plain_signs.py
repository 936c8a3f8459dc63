"""Signs that every terminal has: for each of ours one of ASCII, of the same width, put in its place once painted."""

import os
import sys
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

POOR_TERMINALS = frozenset({"linux", "vt100", "vt102", "vt220", "dumb"})
"""Terminals, as TERM names them, whose fonts lack our signs."""
BRAILLE = range(0x2800, 0x2900)
DENSITY = " .:oO#"
"""Instead of a cell of braille: the more of its dots, the denser."""
BOX = range(0x2500, 0x2580)
PLAIN: Mapping[str, str] = {
    # What states look like: each its own.
    "●": "*", "○": "o", "✖": "X", "⊘": "0", "◐": "%", "⊠": "L", "◼": "#", "◆": "@", "▲": "^", "△": "A",
    "▼": "v", "⚠": "!", "✓": "+", "★": "*", "✉": "m", "↯": "z", "↻": "r", "≈": "~", "≠": "!", "◔": "w",
    "◷": "t", "‖": "=", "▭": "=", "✕": "x", "✗": "x", "▸": ">", "▶": ">", "▾": "v", "◀": "<",
    # Bars, areas and curves.
    "▁": "_", "▂": "_", "▃": ".", "▄": ":", "▅": ":", "▆": "o", "▇": "O", "█": "#", "░": ".", "▒": ":", "▓": "#",
    "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "#", "▊": "#", "▉": "#", "▐": "|", "▔": "-", "▕": "|",
    "▟": "/", "▙": "\\", "▀": "-", "▖": ".", "▗": ".", "▘": "'", "▝": "'",
    # Keys.
    "⏎": "<", "␣": "_", "⇧": "^", "↑": "^", "↓": "v", "←": "<", "→": ">", "↔": "-", "↕": "|",
    # Signs of writing.
    "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "‹": "<", "›": ">", "…": "~", "⋯": "~",
    "·": ".", "•": "*", "–": "-", "—": "-", "−": "-", "×": "x", "÷": "/", "°": "o", "€": "E", "₂": "2",
    "²": "2", "³": "3", "φ": "f", "µ": "u", "μ": "u", "Ω": "O", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip
_UPRIGHT = frozenset("│┃┆┇┊┋╎╏║╵╷╹╻")
_LEVEL = frozenset("─━┄┅┈┉╌╍═╴╶╸╺╼╾")


@lru_cache(maxsize=4096)
def plain_text(text: str) -> str:
    """A text with signs of ASCII for all that is no letter, cell by cell."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(sign: str) -> str:
    code = ord(sign)
    if sign.isascii():
        return sign
    if sign in PLAIN:
        return PLAIN[sign]
    if code in BRAILLE:
        dots = (code - BRAILLE.start).bit_count()
        return DENSITY[(dots * (len(DENSITY) - 1) + 7) // 8]
    if code in BOX:
        return "|" if sign in _UPRIGHT else "-" if sign in _LEVEL else "+"
    if unicodedata.category(sign)[0] in "LM":
        return sign
    return "?" * cell_len(sign)


class PlainSigns(LineFilter):
    """Puts signs of ASCII in the place of ours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same lines, cell by cell, in signs that every terminal has."""
        del background
        return [Segment(plain_text(text), style, control) for text, style, control in segments]


def usual_symbols(environment: Mapping[str, str] = os.environ, encoding: str | None = None) -> str:
    """What this terminal can show, as far as it says: ``unicode``, or ``ascii`` where it is poor in signs."""
    if "TEXTUAL_DRIVER" in environment:
        return "unicode"  # a browser
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    is_poor = environment.get("TERM", "") in POOR_TERMINALS
    return "ascii" if is_poor or encoding.lower().replace("_", "-") not in {"utf-8", "utf8"} else "unicode"

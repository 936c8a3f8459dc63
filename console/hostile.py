"""What devices, files and people wrote, made fit for a terminal."""

import unicodedata
from functools import lru_cache

MOST_MARKS = 3
"""Accents that one letter may carry, as many as any writing needs: more would run into the lines above and below."""
KEPT_TEXTS = 8192
"""Texts whose clean form is kept: the same names are painted again and again."""

_DANGEROUS = dict.fromkeys(
    (
        *range(0x20),
        *range(0x7F, 0xA0),
        # Marks that turn the direction of writing round could make a line read as another.
        0x061C,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        # Letters that nobody sees, and choices of another form, of which each terminal has its own idea of the width.
        *(0x00AD, 0x115F, 0x1160, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xFFF0, 0xFFFC),
        *range(0x1F3FB, 0x1F400),
        *range(0xD800, 0xE000),
        *range(0xE0000, 0xE1000),
    )
)


_SIGNS = {letter: "·" for letter in _DANGEROUS if letter != ord("\t")}
"""Of one cell each: in a text that is written in, letters must stay where they are."""


def signs_for_controls(text: str) -> str:
    """The same text, letter for letter, with a sign in place of each that could drive a terminal."""
    return text if text.isascii() and text.isprintable() else text.translate(_SIGNS)


@lru_cache(KEPT_TEXTS)
def clean(text: str) -> str:
    """What a device, a file or a person wrote, without anything that could drive a terminal or leave its line."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for letter in text.translate(_DANGEROUS):
        marks = marks + 1 if unicodedata.category(letter) in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)

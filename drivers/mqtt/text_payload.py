"""Values side by side in a text: ``TST-01; 220.1; 220.2``."""

import re
from math import isfinite

from drivers.mqtt.json_payload import LARGEST_PAYLOAD, Nonsense

MOST_FIELDS = 256
"""In one text; the longest that is known has 42."""
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,3})?")


def read_text(payload: bytes, separator: str) -> list[str | float | None]:
    """The fields of a text, numbers as numbers, empty ones as None; an end without a value is none.

    Raises:
        ValueError: it is too long, not UTF-8, or holds a number that is none; the message is a fixed text.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise Nonsense("longer than 64 kB")
    try:
        texts = payload.decode("utf-8").strip().removesuffix(separator).split(separator)
    except UnicodeDecodeError:
        raise Nonsense("not UTF-8") from None
    if len(texts) > MOST_FIELDS:
        raise Nonsense(f"more than {MOST_FIELDS} fields")
    return [_field(text.strip()) for text in texts]


def _field(text: str) -> str | float | None:
    if not _NUMBER.fullmatch(text):
        return text or None
    number = float(text)
    if not isfinite(number):
        raise Nonsense("NaN or infinity")
    return number

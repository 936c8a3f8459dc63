"""JSON that strangers send: what is taken, what is refused, and how to reach into it."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

from pydantic_core import from_json

LARGEST_PAYLOAD = 64 * 1024
"""Bytes; anything longer is refused unread."""
LONGEST_INTEGER = 20
"""Digits, as many as 64 bits need; anything longer is refused."""
DEEPEST = 32
"""Objects and lists within each other; an uplink of a network server has about 6."""
LONGEST_TEXT = 200
"""Characters kept of a device's own words."""
_LARGE = 2**63
"""Integers beyond it are looked at digit by digit."""


class Nonsense(ValueError):
    """The payload is not JSON that we take; the message is one of a few fixed texts."""


def parse(payload: bytes) -> dict[str, Any]:
    """A payload as a JSON object.

    Raises:
        ValueError: it is too long, not UTF-8, not JSON, not an object, nested too deeply, or holds NaN, infinity,
            an integer beyond 64 bits or a key twice; the message is one of a few fixed texts.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise Nonsense("longer than 64 kB")
    try:
        document = from_json(payload, allow_inf_nan=False)
        # Each key is followed by a colon: if there are as many as keys that were kept, no key stood there twice.
        if type(document) is dict and _keys(document, DEEPEST) == payload.count(b":"):
            return document
    except (ValueError, RecursionError):
        pass
    return _strictly(payload)


def _keys(value: dict[str, Any] | list[Any], deeper: int) -> int:
    """How many keys all objects within have.

    Raises:
        ValueError: it is nested deeper than that, or holds a number that only the strict parser judges.
    """
    if not deeper:
        raise Nonsense("nested too deeply")
    inner: Any = value
    count = 0
    if type(value) is dict:
        count, inner = len(value), value.values()
    for each in inner:
        kind = type(each)
        if kind is dict or kind is list:
            count += _keys(each, deeper - 1)
        elif (kind is float and not isfinite(each)) or (kind is int and not -_LARGE < each < _LARGE):
            raise Nonsense("a large number")
    return count


def _strictly(payload: bytes) -> dict[str, Any]:
    """The same by the parser that can say what is wrong: three times as slow, and seldom needed."""
    try:
        document = _STRICT.decode(payload.decode("utf-8"))
    except UnicodeDecodeError:
        raise Nonsense("not UTF-8") from None
    except RecursionError:
        raise Nonsense("nested too deeply") from None
    except json.JSONDecodeError:
        raise Nonsense("not JSON") from None
    if not isinstance(document, dict):
        raise Nonsense("not a JSON object")
    _check_depth(document, DEEPEST)
    return document


def _check_depth(value: object, deeper: int) -> None:
    if isinstance(value, dict | list):
        if not deeper:
            raise Nonsense("nested too deeply")
        for each in value.values() if isinstance(value, dict) else value:
            _check_depth(each, deeper - 1)


def _no_constant(_: str) -> float:
    raise Nonsense("NaN or infinity")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _no_constant(digits)


def _bounded(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise Nonsense("an integer beyond 64 bits")
    return int(digits)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Nonsense("a key twice")
    return document


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_bounded, parse_constant=_no_constant
)


def at(document: object, keys: Sequence[str]) -> Any:
    """What stands at a path of keys, and of numbers for places in a list; or None."""
    for key in keys:
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and len(key) < LONGEST_INTEGER:
            document = document[int(key)] if int(key) < len(document) else None
        else:
            return None
    return document


def clean(text: str) -> str:
    """A device's words without control characters or halves of characters, cut to a bearable length."""
    text = text[:LONGEST_TEXT]
    return text if text.isprintable() else "".join(character for character in text if character.isprintable())

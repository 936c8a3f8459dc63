"""Indices of SNMP tables: what their arcs say, by name."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, get_args

Part = Literal["row", "ap", "radio", "ssid", "band", "bssid", "channel", "vdom", "wlan", "interface"]
"""What a part of an index names; ``row`` names nothing but the row itself."""
Shape = Literal["int", "mac", "text", "rest"]
"""``int``: one arc. ``mac``: six arcs without a length. ``text``: a length and so many characters. ``rest``: what is
left, as text: an implied length (RFC 2578, section 7.7)."""

INDEX_PARTS = frozenset(get_args(Part))
SHAPES = frozenset(get_args(Shape))
MAC_ARCS = 6
LARGEST_OCTET = 255


@lru_cache(maxsize=500)
def parse_index(pattern: str) -> tuple[tuple[Part, Shape], ...]:
    """The parts that a profile writes as ``ap:mac radio``: names, each with its shape (``int`` unless given).

    Raises:
        ValueError: it is no such pattern.
    """
    parts = []
    for word in pattern.split():
        name, _, shape = word.partition(":")
        if name not in INDEX_PARTS or (shape or "int") not in SHAPES:
            raise ValueError(
                f"an index of {', '.join(sorted(INDEX_PARTS))}, each with :{', :'.join(sorted(SHAPES))}; got {word}"
            )
        parts.append((name, shape or "int"))
    if not parts:
        raise ValueError("an index of at least one part")
    return tuple(parts)  # type: ignore[arg-type]


def read_index(pattern: str, arcs: Sequence[int]) -> Mapping[Part, str] | None:
    """What the arcs of one row say by part; None where they do not have the pattern's shape.

    A MAC address is written ``aa:bb:cc:dd:ee:ff``.
    """
    said: dict[Part, str] = {}
    at = 0
    for name, shape in parse_index(pattern):
        taken, length = _take(shape, arcs[at:])
        if taken is None:
            return None
        said[name] = taken
        at += length
    return said if at == len(arcs) else None


def write_index(pattern: str, said: Mapping[Part, str]) -> str:
    """The arcs of the row that says so, joined by dots: what ``read_index`` reads.

    Raises:
        ValueError: a part is missing, or cannot be written in its shape.
    """
    arcs: list[int] = []
    for name, shape in parse_index(pattern):
        if name not in said:
            raise ValueError(f"no {name} for an index of {pattern}")
        arcs += _put(shape, said[name])
    return ".".join(map(str, arcs))


def _put(shape: Shape, said: str) -> list[int]:
    if shape == "int":
        return [int(said)]
    if shape == "mac":
        octets = list(bytes.fromhex(said.replace(":", "")))
        if len(octets) != MAC_ARCS:
            raise ValueError(f"a MAC address of {MAC_ARCS} octets, not {said}")
        return octets
    octets = list(said.encode())
    return octets if shape == "rest" else [len(octets), *octets]


def _take(shape: Shape, arcs: Sequence[int]) -> tuple[str | None, int]:
    if not arcs:
        return None, 0
    if shape == "int":
        return str(arcs[0]), 1
    if shape == "mac":
        octets = _octets(arcs[:MAC_ARCS])
        return (octets.hex(":"), MAC_ARCS) if octets is not None and len(octets) == MAC_ARCS else (None, 0)
    if shape == "text":
        octets = _octets(arcs[1 : 1 + arcs[0]])
        return (_text(octets), 1 + arcs[0]) if octets is not None and len(octets) == arcs[0] else (None, 0)
    octets = _octets(arcs)
    return (_text(octets), len(arcs)) if octets is not None else (None, 0)


def _octets(arcs: Sequence[int]) -> bytes | None:
    return bytes(arcs) if all(0 <= arc <= LARGEST_OCTET for arc in arcs) else None


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")

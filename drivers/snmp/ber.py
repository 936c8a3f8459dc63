"""The octets of SNMP: the part of BER (X.690) that RFC 3417, section 8, allows, and SNMP's own types (RFC 2578).

Definite lengths and single-octet tags only. Whatever does not fit is ``Malformed``; no other exception leaves the
decoder, and it takes no more memory than a small multiple of the datagram.
"""

from functools import lru_cache

from drivers.snmp.codec import Missing, Value

INTEGER = 0x02
OCTETS = 0x04
NULL = 0x05
OID = 0x06
SEQUENCE = 0x30
IP_ADDRESS = 0x40
COUNTER32 = 0x41
GAUGE32 = 0x42
TICKS = 0x43
OPAQUE = 0x44
COUNTER64 = 0x46
UINTEGER32 = 0x47
GONE = {0x80: "noSuchObject", 0x81: "noSuchInstance", 0x82: "endOfMibView"}
"""Exceptions in place of a value, RFC 3416."""
NUMBERS = frozenset({INTEGER, COUNTER32, GAUGE32, TICKS, COUNTER64, UINTEGER32})
_TEXTUAL = frozenset({OCTETS, OPAQUE})

LONGEST_INTEGER = 9
"""Octets: 64 bits without a sign, and the octet that keeps them positive."""
MOST_ARCS = 128
"""Sub-identifiers of an OID, RFC 2578, section 3.5."""
KEPT = 20_000
"""OIDs remembered in both ways: a poll asks for the same ones every minute. About 5 MB at the most."""
LARGEST_ARC = 0xFFFF_FFFF
_MORE = 0x80
_SEVEN = 0x7F
_ROOTS = 40


class Malformed(ValueError):
    """Octets that are not what they should be; the text is one of a few, without anything of what came."""


def wrap(tag: int, content: bytes) -> bytes:
    """Content with its tag and length."""
    size = len(content)
    if size < _MORE:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _MORE | len(octets))) + octets + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """A whole number, in as few octets as hold it and its sign."""
    return wrap(
        tag, value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, "big", signed=True)
    )


@lru_cache(maxsize=KEPT)
def oid(text: str) -> bytes:
    """An OID of numbers joined by dots.

    Raises:
        ValueError: it is none.
    """
    arcs = [int(arc) if arc.isdecimal() else -1 for arc in text.split(".")]
    if len(arcs) < 2 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] >= _ROOTS) or not _fit(arcs):
        raise ValueError(f"expected an OID, got {text!r}")
    content = bytearray()
    for arc in (_ROOTS * arcs[0] + arcs[1], *arcs[2:]):
        octets = [arc & _SEVEN]
        while arc := arc >> 7:
            octets.append(arc & _SEVEN | _MORE)
        content += bytes(reversed(octets))
    return wrap(OID, bytes(content))


def _fit(arcs: list[int]) -> bool:
    return len(arcs) <= MOST_ARCS and min(arcs) >= 0 and max(arcs) <= LARGEST_ARC


@lru_cache(maxsize=KEPT)
def oid_text(content: bytes) -> str:
    """The OID that some octets hold, as numbers joined by dots.

    Raises:
        Malformed: none is held.
    """
    arcs: list[int] = []
    arc = 0
    for octet in content:
        arc = arc << 7 | octet & _SEVEN
        if octet < _MORE:
            arcs.append(arc)
            arc = 0
    if not arcs or content[-1] >= _MORE or not _fit(arcs):
        raise Malformed("an OID that makes no sense")
    root = min(arcs[0] // _ROOTS, 2)
    return ".".join(map(str, (root, arcs[0] - _ROOTS * root, *arcs[1:])))


def element(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The tag of what stands at a place, and where its content begins and ends.

    Raises:
        Malformed: it is cut short, or its length is not written as SNMP wants it.
    """
    start = at + 2
    if start > end:
        raise Malformed("cut short")
    size = data[at + 1]
    if size >= _MORE:
        octets = size & _SEVEN
        start += octets
        if not 0 < octets <= 4 or start > end:
            raise Malformed("a length that makes no sense")
        size = int.from_bytes(data[start - octets : start], "big")
    stop = start + size
    if stop > end:
        raise Malformed("cut short")
    return data[at], start, stop


def within(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the content of an element begins and ends that must have this tag. Raises Malformed."""
    found, start, stop = element(data, at, end)
    if found != tag:
        raise Malformed("another type than expected")
    return start, stop


def whole(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The INTEGER at a place, and where it ends. Raises Malformed."""
    start, stop = within(data, at, end, INTEGER)
    if not 0 < stop - start <= LONGEST_INTEGER:
        raise Malformed("an integer that makes no sense")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """The OCTET STRING at a place, and where it ends. Raises Malformed."""
    start, stop = within(data, at, end, OCTETS)
    return data[start:stop], stop


def value(tag: int, content: bytes) -> Value:
    """What one object holds.

    Unsigned types are read as unsigned even where an agent forgot the octet that keeps them positive. An IpAddress
    is told in words.

    Raises:
        Malformed: the content does not fit the tag.
    """
    if tag in NUMBERS:
        if not 0 < len(content) <= LONGEST_INTEGER:
            raise Malformed("an integer that makes no sense")
        return int.from_bytes(content, "big", signed=tag == INTEGER)
    if tag in _TEXTUAL:
        return content
    if tag == OID:
        return oid_text(content)
    if tag == IP_ADDRESS and len(content) == 4:  # IPv4 only, RFC 2578
        return ".".join(map(str, content))
    if tag == NULL:
        return Missing("null")
    return Missing(GONE.get(tag, "a value of an unknown type"))


def encoded(what: int | bytes | str) -> bytes:
    """A value to write: an INTEGER, or an OCTET STRING."""
    if isinstance(what, int):
        return integer(what)
    return wrap(OCTETS, what.encode() if isinstance(what, str) else what)

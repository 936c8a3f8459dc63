"""PDUs of SNMP, and the messages that v1 and v2c carry them in (RFC 1157, RFC 1901, RFC 3416)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from drivers.snmp import ber
from drivers.snmp.codec import Value

GET = 0xA0
GET_NEXT = 0xA1
RESPONSE = 0xA2
SET = 0xA3
TRAP_V1 = 0xA4
GET_BULK = 0xA5
INFORM = 0xA6
TRAP = 0xA7
REPORT = 0xA8
V1, V2C, V3 = 0, 1, 3
"""The version field of a message."""

TOO_BIG = "tooBig"
STATUSES = (
    "noError", TOO_BIG, "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
    "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
    "undoFailed", "authorizationError", "notWritable", "inconsistentName",
)  # fmt: skip
"""Error statuses by number, RFC 3416, section 3."""

SNMP_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
GENERIC_TRAPS = "1.3.6.1.6.3.1.1.5"
"""snmpTraps, RFC 3418: coldStart is its first."""
ENTERPRISE_SPECIFIC = 6
"""generic-trap of an SNMPv1 trap that is the vendor's own."""
EMPTY = b"\x05\x00"
LONGEST_KEPT = 48
"""Octets of a binding that is remembered: numbers and short words."""

Bindings = list[tuple[str, Value]]


class Pdu(NamedTuple):
    """What was asked, answered or told."""

    kind: int
    request_id: int
    status: int
    place: int
    """Which of the bindings, from 1, an error speaks of."""
    bindings: Bindings

    @property
    def error(self) -> str:
        """The error status in the words of the RFC; empty for none."""
        if not self.status:
            return ""
        return STATUSES[self.status] if 0 < self.status < len(STATUSES) else "an unknown error status"


@lru_cache(maxsize=ber.KEPT)
def asked(oid: str) -> bytes:
    """The binding that asks for an object. Raises ValueError for what is no OID."""
    return ber.wrap(ber.SEQUENCE, ber.oid(oid) + EMPTY)


def bound(oid: str, value: int | bytes | str) -> bytes:
    """A binding with a value to write. Raises ValueError for what is no OID."""
    return ber.wrap(ber.SEQUENCE, ber.oid(oid) + ber.encoded(value))


def counted(oid: str, count: int) -> bytes:
    """The binding of a counter. Raises ValueError for what is no OID."""
    return ber.wrap(ber.SEQUENCE, ber.oid(oid) + ber.integer(count, ber.COUNTER32))


def pdu(kind: int, request_id: int, bindings: bytes, first: int = 0, second: int = 0) -> bytes:
    """A PDU; ``first`` and ``second`` are status and index, or GETBULK's non-repeaters and repetitions."""
    return ber.wrap(
        kind,
        ber.integer(request_id) + ber.integer(first) + ber.integer(second) + ber.wrap(ber.SEQUENCE, bindings),
    )


def response_to(data: bytes, at: int, end: int) -> bytes:
    """The response to the inform at a place: the same but for its kind, RFC 3416, section 4.2.7. Raises Malformed."""
    _, _, stop = ber.element(data, at, end)
    return bytes((RESPONSE,)) + data[at + 1 : stop]


def community_message(version: int, community: str, content: bytes) -> bytes:
    """A message of v1 or v2c."""
    return ber.wrap(ber.SEQUENCE, ber.integer(version) + ber.wrap(ber.OCTETS, community.encode()) + content)


def opened(data: bytes) -> tuple[int, int, int]:
    """The version of a message, and where the rest of it begins and ends. Raises Malformed."""
    at, end = ber.within(data, 0, len(data), ber.SEQUENCE)
    version, at = ber.whole(data, at, end)
    return version, at, end


def read_community_message(data: bytes, at: int, end: int) -> tuple[bytes, Pdu]:
    """The community and the PDU of a message of v1 or v2c, from after its version. Raises Malformed."""
    community, at = ber.octets(data, at, end)
    return community, read_pdu(data, at, end)


def read_pdu(data: bytes, at: int, end: int) -> Pdu:
    """The PDU at a place; a trap of v1 is given as RFC 3584 makes one of v2 of it. Raises Malformed."""
    kind, at, end = ber.element(data, at, end)
    if kind == TRAP_V1:
        return _trap_v1(data, at, end)
    request_id, at = ber.whole(data, at, end)
    status, at = ber.whole(data, at, end)
    place, at = ber.whole(data, at, end)
    return Pdu(kind, request_id, status, place, _bindings(data, at, end))


def _trap_v1(data: bytes, at: int, end: int) -> Pdu:
    """RFC 3584, section 3.1: generic traps have OIDs of their own, others enterprise.0.specific."""
    start, at = ber.within(data, at, end, ber.OID)
    enterprise = ber.oid_text(data[start:at])
    _, at = ber.within(data, at, end, ber.IP_ADDRESS)
    generic, at = ber.whole(data, at, end)
    specific, at = ber.whole(data, at, end)
    _, at = ber.within(data, at, end, ber.TICKS)
    is_own = generic == ENTERPRISE_SPECIFIC
    trap = f"{enterprise}.0.{specific}" if is_own else f"{GENERIC_TRAPS}.{generic + 1}"
    return Pdu(TRAP_V1, 0, 0, 0, [(SNMP_TRAP_OID, trap), *_bindings(data, at, end)])


def _bindings(data: bytes, at: int, end: int) -> Bindings:
    at, end = ber.within(data, at, end, ber.SEQUENCE)
    bindings: Bindings = []
    while at < end:
        # Nearly all are this short: a call for each would take a third of the time of reading them.
        stop = at + 2 + data[at + 1] if at + 1 < end and data[at + 1] <= LONGEST_KEPT else end + 1
        if stop <= end:
            bindings.append(_binding(data[at:stop]))
        else:
            _, _, stop = ber.element(data, at, end)
            bindings.append(_binding.__wrapped__(data[at:stop]))
        at = stop
    return bindings


@lru_cache(maxsize=ber.KEPT)
def _binding(octets: bytes) -> tuple[str, Value]:
    """One binding. Remembered: most of what access points answer, they and others have answered before."""
    name, size = 4, len(octets)
    start = name + octets[3] + 2 if size > name else size + 1
    is_short = size <= LONGEST_KEPT and octets[0] == ber.SEQUENCE and octets[2] == ber.OID
    if is_short and start <= size and octets[start - 1] == size - start:
        # Every length in it takes one octet, as in nearly all: counters are others each time, and read often.
        return ber.oid_text(octets[name : start - 2]), ber.value(octets[start - 2], octets[start:])
    at, end = ber.within(octets, 0, size, ber.SEQUENCE)
    name, name_end = ber.within(octets, at, end, ber.OID)
    tag, start, stop = ber.element(octets, name_end, end)
    return ber.oid_text(octets[name:name_end]), ber.value(tag, octets[start:stop])


def trap_oid(bindings: Sequence[tuple[str, Value]]) -> str:
    """What a trap says of itself; empty where it does not."""
    return next((str(what) for oid, what in bindings if oid == SNMP_TRAP_OID and isinstance(what, str)), "")

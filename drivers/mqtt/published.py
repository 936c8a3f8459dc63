"""A PUBLISH packet off the wire (MQTT 3.1.1 and 5, § 3.3): pure, and never an exception for what a broker may send."""

from typing import NamedTuple

QOS_2 = 2
"""Never asked for, and so never sent by an honest broker."""
LONGEST_LENGTH = 4
"""Bytes of a length of variable size."""


class Published(NamedTuple):
    """One message."""

    topic: str
    payload: bytes
    retained: bool
    packet: int
    """By which number it is acknowledged; 0: it need not be."""
    again: bool = False
    """The broker has tried to send it before."""


def read_publish(first: int, body: bytes | bytearray, *, has_properties: bool) -> Published | None:
    """A message, or None for what is no such packet.

    Args:
        first: the packet's first byte: its kind, QoS and flags.
        body: what follows its length.
        has_properties: MQTT 5; they are skipped.
    """
    qos = first >> 1 & 3
    try:
        end = 2 + (body[0] << 8 | body[1])
        topic = body[2:end].decode()
        packet = 0
        if qos:
            packet = body[end] << 8 | body[end + 1]
            end += 2
        if has_properties:
            end = _after_properties(body, end)
    except (IndexError, UnicodeDecodeError):
        return None
    if qos >= QOS_2 or not topic or end > len(body) or (qos and not packet):
        return None
    return Published(topic, bytes(body[end:]), bool(first & 1), packet, bool(first & 8))


def _after_properties(body: bytes | bytearray, at: int) -> int:
    """Where the payload begins.

    Raises:
        IndexError: the length of the properties does not end.
    """
    length = 0
    for place in range(LONGEST_LENGTH):
        digit = body[at + place]
        length |= (digit & 0x7F) << 7 * place
        if digit < 0x80:
            return at + place + 1 + length
    raise IndexError

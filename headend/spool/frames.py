"""How readings lie in the spool: frames, each with its length and checksums, so that damage ends where it begins.

A frame is 28 bytes of header (little-endian: the mark, the length of what follows, how many values it holds, when it
was written in microseconds since the epoch, the CRC-32 of what follows, and the CRC-32 of the header itself), then a
zlib stream of: the length of a JSON document, the document (devices, and of each the number of its shape; the shapes:
a kind and its metrics), the sampling times as 64-bit integers, the values as doubles. No frame needs another one to be
read.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from city.measurements import DeviceKind, Metric, Reading, count_values
from drivers.instants import from_microseconds, to_microseconds

MARK = b"\xf5FSP"
_HEADER = struct.Struct("<4sIIqI")
_CHECK = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CHECK.size
LARGEST_FRAME = 1024 * 1024
"""Bytes after a header, at most: 5,000 readings take some 100 kB; a length beyond this is damage."""
_QUICK = 1
"""zlib's quickest level: all of encoding takes 0.4 µs a value so (measured), and a value 4 bytes instead of 13."""


class Frame(NamedTuple):
    """A sound frame: where it lies, and what it says of itself."""

    start: int
    end: int
    values: int
    at_us: int
    """When it was written, microseconds since the epoch."""
    body: bytes

    def readings(self) -> list[Reading]:
        """What it holds.

        Raises:
            ValueError: it is none of ours, though its checksum is right: another version's, or an accident's.
        """
        try:
            return _decoded(self.body)
        except (zlib.error, struct.error, KeyError, IndexError, TypeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error


class Damage(NamedTuple):
    """Bytes that are no sound frame."""

    start: int
    end: int
    values: int
    """How many values its header says it held; 0 where the header is damaged too.

    0 also where the file ends before it does: it was being written when the program died, and was never acknowledged.
    """


def encode(readings: Sequence[Reading], at_us: int) -> bytes:
    """Readings as one frame; what they say in words is not kept."""
    shapes: dict[tuple[DeviceKind, tuple[Metric, ...]], int] = {}
    devices: list[str] = []
    numbers: list[int] = []
    for reading in readings:
        devices.append(reading.device)
        numbers.append(shapes.setdefault((reading.kind, tuple(reading.values)), len(shapes)))
    named = json.dumps([devices, numbers, list(shapes)], separators=(",", ":")).encode()
    instants = array("q", [to_microseconds(reading.at) for reading in readings])
    values = array("d", chain.from_iterable(reading.values.values() for reading in readings))
    parts = _CHECK.pack(len(named)), named, _little(instants), _little(values)
    body = zlib.compress(b"".join(parts), _QUICK)
    header = _HEADER.pack(MARK, len(body), count_values(readings), at_us, zlib.crc32(body))
    return header + _CHECK.pack(zlib.crc32(header)) + body


def frames(data: bytes, start: int = 0, *, whole: bool = True) -> Iterator[Frame | Damage]:
    """The frames that lie in some bytes, one after the other, and what lies damaged between them.

    Args:
        data: read from a file.
        start: where in the file it was read; positions are told as of the file.
        whole: whether the file ends where the data does; if not, a frame that does not end in it is left out.
    """
    position = 0
    while position < len(data):
        header = _header(data, position)
        if header is None:
            sound = _next_header(data, position + 1)
            if sound is None and not whole:
                sound = max(
                    len(data) - HEADER_BYTES + 1, position
                )  # a header may begin there and go on behind
                if sound > position:
                    yield Damage(start + position, start + sound, 0)
                return
            end = len(data) if sound is None else sound
            yield Damage(start + position, start + end, 0)
            position = end
            continue
        length, values, at_us, check = header
        begins, end = position + HEADER_BYTES, position + HEADER_BYTES + length
        if end > len(data):
            if whole:
                yield Damage(start + position, start + len(data), 0)
            return
        body = data[begins:end]
        if zlib.crc32(body) == check:
            yield Frame(start + position, start + end, values, at_us, body)
        else:
            yield Damage(start + position, start + end, values)
        position = end


def written_at(data: bytes) -> int | None:
    """When the frame that some bytes begin with was written, microseconds since the epoch; None: none begins there."""
    header = _header(data, 0)
    return None if header is None else header[2]


def _header(data: bytes, position: int) -> tuple[int, int, int, int] | None:
    """Length, number of values, instant and checksum, if a sound header stands there."""
    end = position + _HEADER.size
    if len(data) < position + HEADER_BYTES or data[position : position + len(MARK)] != MARK:
        return None
    _, length, values, at_us, check = _HEADER.unpack_from(data, position)
    (own,) = _CHECK.unpack_from(data, end)
    if zlib.crc32(data[position:end]) != own or length > LARGEST_FRAME:
        return None
    return length, values, at_us, check


def _next_header(data: bytes, position: int) -> int | None:
    while (found := data.find(MARK, position)) >= 0:
        if _header(data, found) is not None:
            return found
        position = found + 1
    return None


def _decoded(body: bytes) -> list[Reading]:
    content = zlib.decompress(body)
    (length,) = _CHECK.unpack_from(content)
    begins = _CHECK.size + length
    devices, numbers, shapes = json.loads(content[_CHECK.size : begins])
    named = [(DeviceKind(kind), [Metric(metric) for metric in metrics]) for kind, metrics in shapes]
    middle = begins + len(devices) * 8
    instants: array[int] = array("q", content[begins:middle])
    values: array[float] = array("d", content[middle:])
    if sys.byteorder == "big":
        instants.byteswap()
        values.byteswap()
    readings, first = [], 0
    for device, number, at_us in zip(devices, numbers, instants, strict=True):
        kind, metrics = named[number]
        last = first + len(metrics)
        measured = dict(zip(metrics, values[first:last], strict=True))
        readings.append(Reading(device, kind, from_microseconds(at_us), measured))
        first = last
    if first != len(values):
        raise ValueError(f"{len(values)} values, expected {first}")
    return readings


def _little(numbers: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()

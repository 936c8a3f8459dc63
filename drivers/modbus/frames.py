"""What comes in on a line: the one answer that was asked for is taken, all else is dropped and counted.

pymodbus's own framers skip what does not fit without telling anybody, and raise into the event loop what they cannot
read; these take their places. Nothing here raises, whatever a device sends, and no more is kept than one frame.
"""

import math
import struct
import time
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU

HEADER = struct.Struct(">HHHB")
"""Transaction, protocol (0), bytes that follow, unit: the MBAP header of Modbus/TCP."""
LONGEST_PDU = 253
"""Modbus Application Protocol V1.1b3, section 4.1."""
LONGEST_RTU = 256
CHECKSUM = 2
EXCEPTION = 0x80
EXCEPTION_SIZE = 2
READ_BITS, READ_REGISTERS, WRITE_ONE = frozenset({1, 2}), frozenset({3, 4}), frozenset({5, 6})
ANY_SIZE = 1 << 20
"""pymodbus throws larger buffers away unseen; what one wake-up can bring is less."""


class Dropped(StrEnum):
    """Why something that came in was dropped."""

    LATE = "an answer that nobody waits for any more"
    OTHER_UNIT = "an answer of another unit"
    OTHER_FUNCTION = "an answer to another function"
    OTHER_WRITE = "an answer to another write"
    WRONG_LENGTH = "an answer of the wrong length"
    MALFORMED = "a malformed frame"
    NOT_MODBUS = "something that is not Modbus"
    BAD_CHECKSUM = "a frame with a wrong checksum"
    ECHO = "an echo of the request"
    EXTRA = "extra bytes"


class Nonsense(ModbusPDU):
    """In place of an answer: the device did answer this very request, but so that nothing can be made of it."""

    def __init__(self, why: Dropped, unit: int, transaction: int) -> None:
        super().__init__(dev_id=unit, transaction_id=transaction)
        self.why = why


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the answer to a request must look like."""

    transaction: int
    unit: int
    request: bytes
    """The whole frame as it was sent."""
    head: bytes
    """With what the answer's own data unit begins."""
    size: int
    """Its length, bytes."""

    @classmethod
    def to(cls, pdu: bytes, unit: int, transaction: int, frame: bytes) -> "Awaited":
        """The answer to a request's data unit (Modbus Application Protocol V1.1b3, section 6)."""
        function, count = pdu[0], int.from_bytes(pdu[3:5], "big")
        if function in READ_BITS | READ_REGISTERS:
            size = (count + 7) // 8 if function in READ_BITS else 2 * count
            return cls(transaction, unit, frame, bytes([function, size & 0xFF]), 2 + size)
        return cls(transaction, unit, frame, pdu[:5], 5)

    def refuses(self, pdu: bytes) -> Dropped | None:
        """Why a data unit is not the answer; None if it is, or if it is an exception."""
        function = self.head[0]
        is_exception = bool(pdu[0] & EXCEPTION)
        if pdu[0] & ~EXCEPTION != function:
            return Dropped.OTHER_FUNCTION
        if len(pdu) != (EXCEPTION_SIZE if is_exception else self.size):
            return Dropped.WRONG_LENGTH
        if is_exception:
            return None
        if not pdu.startswith(self.head):
            return Dropped.MALFORMED if function in READ_BITS | READ_REGISTERS else Dropped.OTHER_WRITE
        return None


class _Strict:
    """What both kinds of frames have in common; one object for a line's whole life, over all its connections."""

    def __init__(self, decoder: DecodePDU, dropped: Counter[Dropped]) -> None:
        self._decode_pdu = decoder.decode
        self._dropped = dropped
        self._awaited: Awaited | None = None
        self.heard_at = -math.inf
        """When something came in last, on ``time.monotonic``."""
        self.asked_at = -math.inf
        """When the last request was sent."""
        self.last_dropped: Dropped | None = None
        """Why the last that came in since then was dropped."""

    def abandon(self, pending: bytes) -> None:
        """Nobody waits any more; ``pending`` is what had come in of an answer."""
        self._awaited = None
        if pending:
            self._drop(Dropped.EXTRA)

    def _begin(self, awaited: Awaited) -> None:
        self._awaited, self.asked_at, self.last_dropped = awaited, time.monotonic(), None

    def _take(self, pdu: bytes, awaited: Awaited) -> ModbusPDU:
        """The answer, decoded; nobody waits any more."""
        self._awaited = None
        answer = self._decode_pdu(pdu)
        if answer is None:
            return self._make_nothing_of(Dropped.MALFORMED, awaited)
        answer.dev_id, answer.transaction_id = awaited.unit, awaited.transaction
        return answer

    def _make_nothing_of(self, why: Dropped, awaited: Awaited) -> Nonsense:
        self._awaited = None
        self._drop(why)
        return Nonsense(why, awaited.unit, awaited.transaction)

    def _drop(self, why: Dropped) -> None:
        self._dropped[why] += 1
        self.last_dropped = why


class TcpFrames(_Strict, FramerSocket):
    """Modbus/TCP: each answer carries the number of its request."""

    MAX_SIZE = ANY_SIZE

    def __init__(self, dropped: Counter[Dropped]) -> None:
        decoder = DecodePDU(is_server=False)
        FramerSocket.__init__(self, decoder)
        _Strict.__init__(self, decoder, dropped)

    def encode(self, payload: bytes, device_id: int, tid: int) -> bytes:
        """Build a request's frame, and remember what must answer it."""
        frame = super().encode(payload, device_id, tid)
        self._begin(Awaited.to(payload, device_id, tid, frame))
        return frame

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802 - pymodbus calls it so
        """How much of what came in is done with, and the answer if it was there."""
        self.heard_at = time.monotonic()
        used, found = 0, None
        while len(data) - used >= HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack_from(data, used)
            if protocol != 0 or not 2 <= length <= LONGEST_PDU + 1:
                why = Dropped.NOT_MODBUS if protocol != 0 else Dropped.MALFORMED
                return len(data), found or self._out_of_step(why)
            end = used + HEADER.size - 1 + length
            if len(data) < end:
                break
            found = self._judged(transaction, unit, data[used + HEADER.size : end]) or found
            used = end
        return used, found

    def _judged(self, transaction: int, unit: int, pdu: bytes) -> ModbusPDU | None:
        awaited = self._awaited
        if awaited is None or transaction != awaited.transaction:
            self._drop(Dropped.LATE)
        elif unit != awaited.unit:
            self._drop(Dropped.OTHER_UNIT)
        elif (why := awaited.refuses(pdu)) is not None:
            return self._make_nothing_of(why, awaited)
        else:
            return self._take(pdu, awaited)
        return None

    def _out_of_step(self, why: Dropped) -> ModbusPDU | None:
        """From here on nobody can tell where a frame begins."""
        if self._awaited is not None:
            return self._make_nothing_of(why, self._awaited)
        self._drop(why)
        return None


class RtuFrames(_Strict, FramerRTU):
    """Serial frames: told apart by unit, function, length and checksum, since they number nothing."""

    MAX_SIZE = ANY_SIZE

    def __init__(self, dropped: Counter[Dropped]) -> None:
        decoder = DecodePDU(is_server=False)
        FramerRTU.__init__(self, decoder)
        _Strict.__init__(self, decoder, dropped)
        self._echoes = False
        """Whether this line hears itself, as some RS-485 adapters do; each answer to a read tells."""

    def encode(self, payload: bytes, device_id: int, tid: int) -> bytes:
        """Build a request's frame, and remember what must answer it."""
        frame = super().encode(payload, device_id, tid)
        self._begin(Awaited.to(payload, device_id, tid, frame))
        return frame

    def abandon(self, pending: bytes) -> None:
        """Nobody waits any more; ``pending`` is what had come in of an answer."""
        awaited, self._awaited = self._awaited, None
        if awaited is not None and pending:
            self._drop_before(pending, awaited)

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802 - pymodbus calls it so
        """How much of what came in is done with, and the answer if it was there."""
        self.heard_at = time.monotonic()
        awaited = self._awaited
        if awaited is None:
            self._drop(Dropped.LATE)
            return len(data), None
        first = len(awaited.request) if self._begins_with_echo(data, awaited) else 0
        for start in range(first, len(data)):
            if (pdu := self._answer_at(data, start, awaited)) is not None:
                if awaited.head[0] not in WRITE_ONE:
                    self._echoes = False
                self._drop_before(data[:start], awaited)
                if len(data) > start + 1 + len(pdu) + CHECKSUM:
                    self._drop(Dropped.EXTRA)
                return len(data), self._take(pdu, awaited)
        return self._too_much(data), None

    def _begins_with_echo(self, data: bytes, awaited: Awaited) -> bool:
        """Whether the line repeats the request; the answer to a write of one value looks the same."""
        return data.startswith(awaited.request) and (self._echoes or awaited.head[0] not in WRITE_ONE)

    def _answer_at(self, data: bytes, start: int, awaited: Awaited) -> bytes | None:
        """The data unit of the answer, if it begins there and is whole."""
        if data[start] != awaited.unit or len(data) < start + 2:
            return None
        size = EXCEPTION_SIZE if data[start + 1] & EXCEPTION else awaited.size
        pdu = data[start + 1 : start + 1 + size]
        whole = len(data) >= start + 1 + size + CHECKSUM
        sound = whole and _is_sound(data[start : start + 1 + size + CHECKSUM])
        return pdu if sound and awaited.refuses(pdu) is None else None

    def _drop_before(self, data: bytes, awaited: Awaited) -> None:
        """Name what was no answer."""
        if data.startswith(awaited.request):
            self._drop(Dropped.ECHO)
            self._echoes = True
            data = data[len(awaited.request) :]
        if len(data) >= 2 + CHECKSUM:
            self._drop(_what_it_was(data, awaited))
        elif data:
            self._drop(Dropped.EXTRA)

    def _too_much(self, data: bytes) -> int:
        """How many of the oldest bytes to forget: an answer may begin in the last ``LONGEST_RTU`` only."""
        beyond = max(len(data) - 2 * LONGEST_RTU, 0)
        if beyond:
            self._drop(Dropped.EXTRA)
            return len(data) - LONGEST_RTU
        return 0


def _is_sound(frame: bytes) -> bool:
    return FramerRTU.compute_CRC(frame[:-CHECKSUM]) == int.from_bytes(frame[-CHECKSUM:], "big")


def _what_it_was(frame: bytes, awaited: Awaited) -> Dropped:
    if not _is_sound(frame):
        return Dropped.BAD_CHECKSUM
    if frame[0] != awaited.unit:
        return Dropped.OTHER_UNIT
    return awaited.refuses(frame[1:-CHECKSUM]) or Dropped.LATE

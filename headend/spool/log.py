"""The spool on the disk: segments one after the other, within bounds, each frame checked when it is read again."""

import errno
import fcntl
import json
import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from city.errors import BadInput
from city.measurements import Reading, count_values
from headend.spool.frames import Damage, encode
from headend.spool.segments import SUFFIX, Open, Segment

log = logging.getLogger(__name__)

SEGMENT_BYTES = 4 * 1024 * 1024
"""A segment is about so long, a million values: so much is dropped at once when the spool is full."""
SEGMENTS_LEAST = 8
"""A small spool has smaller segments: so many of them at least."""
FRAME_READINGS = 2000
"""Readings in one frame, at most: so many one damaged byte can cost."""
LOOK_AT_DISK_BYTES = 1024 * 1024
"""How often the free space is looked at: after so much was written."""
DAMAGED_BYTES = 64 * 1024 * 1024
"""What is kept of damaged frames, for a person to look at; beyond it they are only counted."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NOTHING_LIVE = sys.maxsize
DRAINED = "drained.json"


class Position(NamedTuple):
    """The end of a frame in the log."""

    segment: int
    end: int


class Piece(NamedTuple):
    """Some readings that waited, read again."""

    readings: list[Reading]
    until: Position
    values: int
    """How many values are accounted for once these are stored."""
    damaged: int
    """How many of those are lost to damage."""


class SpoolLog:
    """Segments in a folder.

    What comes in lies in the *live* segments, whose values are in memory too, or in the *backlog*, which is read again
    when the store is back. Everything here may wait for the disk: call it from one thread, and not the event loop's.
    """

    def __init__(self, folder: Path, most_bytes: int, leave_bytes: int) -> None:
        """Prepare; nothing is touched until ``open``.

        Args:
            folder: its own; made if it is not there.
            most_bytes: the segments take up no more than this; past it the oldest is dropped.
            leave_bytes: the oldest is dropped, too, while the disk has less than this left.
        """
        self._folder = folder
        self.most_bytes = most_bytes
        self._leave = leave_bytes
        self._segment_bytes = min(SEGMENT_BYTES, max(most_bytes // SEGMENTS_LEAST, 1))
        self._lock: int | None = None
        self._sealed: dict[int, Segment] = {}
        """Those that the store has not all of, oldest first."""
        self._open: Open | None = None
        self._next = 1
        self._unlooked = 0
        self._known_damage: set[Position] = set()
        self._in_hand = 0
        """The segment that was read last: the store may be taking some of it just now."""
        self.live_from = NOTHING_LIVE
        """The number of the first live segment; set to ``NOTHING_LIVE`` when the store goes away."""
        self.lost: Counter[str] = Counter()
        """Values that lay here and will never be stored, by reason."""
        self.damaged = 0
        """Damaged stretches that were found."""
        self.dropped_for = ""
        """Why the oldest of what waits had to go; empty once nothing waits any more."""

    @property
    def waiting(self) -> int:
        """Values that are not accounted for yet."""
        return sum(each.waiting for each in self._all())

    @property
    def backlog(self) -> int:
        """Those of them that are not live."""
        return sum(each.waiting for each in self._all() if each.number < self.live_from)

    @property
    def has_backlog(self) -> bool:
        """Whether there is something to ``read``."""
        return self._oldest() is not None

    @property
    def size(self) -> int:
        """Bytes that all segments take up."""
        return sum(each.size for each in self._all())

    @property
    def oldest_us(self) -> int | None:
        """When the oldest of the backlog was written, microseconds since the epoch, to a segment's length."""
        waits = (each.at_us for each in self._all() if each.number < self.live_from and each.waiting)
        return next(waits, None)

    def open(self) -> None:
        """Take up what was left here, however the program ended.

        Raises:
            BadInput: the folder cannot be used, or another head-end uses it.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._let_go()
            raise BadInput(f"telemetry.spool: another head-end uses {self._folder}") from error
        except OSError as error:
            self._let_go()
            raise BadInput(f"telemetry.spool: {self._folder} cannot be used: {error.strerror}") from error
        self._take_up()

    def close(self) -> None:
        """Let go of the folder; what waits stays there."""
        with suppress(OSError):
            self._roll()
        self.note()
        self._let_go()

    def append(self, readings: Sequence[Reading], at_us: int) -> Position:
        """Add ``FRAME_READINGS`` readings at most; on return they are on the disk.

        To make room, the oldest of the backlog is dropped and counted.

        Raises:
            OSError: the disk does not take them, and there is nothing to drop.
        """
        frame = encode(readings, at_us)
        self._make_room(len(frame))
        while True:
            try:
                written = self._opened()
                written.append(frame, count_values(readings), at_us)
                break
            except OSError as error:
                if error.errno in FULL and self._drop_oldest("disk full"):
                    continue
                self._roll()  # whatever is wrong with it, another one may be right
                raise
        position = Position(written.number, written.size)
        if written.size >= self._segment_bytes:
            self._roll()
        return position

    def go_live(self) -> None:
        """Have whatever comes next in a new segment, which is live; all that was written so far is backlog."""
        self._roll()
        self.live_from = self._next

    def read(self, most: int) -> Piece | None:
        """The oldest of the backlog, about ``most`` values of it; None where there is none.

        What is damaged there is set aside, counted, and passed over.
        """
        while (segment := self._oldest()) is not None:
            try:
                piece = self._read(segment, most)
            except OSError as error:
                log.error("spool: %s cannot be read: %s", segment.path.name, error.strerror)  # noqa: TRY400
                self.damaged += 1
                self._drop(segment, "damaged")
                continue
            if piece.readings:
                self._in_hand = segment.number
                return piece
            self.settle(piece.until, piece.values, piece.damaged)
        return None

    def settle(self, until: Position, values: int, damaged: int = 0) -> int:
        """Note that all before a position is accounted for, some of it lost to damage; says how much is stored.

        That is nothing where its segment was dropped meanwhile: all of it was counted as lost then.
        """
        segment: Segment | Open | None = self._sealed.get(until.segment)
        if segment is None and self._open is not None and self._open.number == until.segment:
            segment = self._open
        if segment is None:
            return 0
        segment.done = until.end
        segment.settled += values
        self.lost["damaged"] += damaged
        if isinstance(segment, Segment):
            self._forget_if_done(segment)
        return values - damaged

    def note(self) -> None:
        """Write down how far the store has everything. To lose that only has it sent again, which changes nothing."""
        done = {str(each.number): [each.done, each.settled] for each in self._all() if each.done}
        new = self._folder / f"{DRAINED}.new"
        try:
            new.write_text(json.dumps(done), encoding="ascii")
            new.replace(self._folder / DRAINED)
        except OSError as error:
            log.debug("spool: %s cannot be written: %s", DRAINED, error.strerror)

    def _all(self) -> Iterator[Segment | Open]:
        """Oldest first; a list of its own, since other threads ask how much waits."""
        yield from list(self._sealed.values())
        if (written := self._open) is not None:
            yield written

    def _oldest(self, but: int = 0) -> Segment | None:
        """The oldest sealed segment of the backlog, leaving one out."""
        numbers = (each for each in list(self._sealed) if each != but)
        number = next(numbers, self.live_from)
        return self._sealed[number] if number < self.live_from else None

    def _take_up(self) -> None:
        done = self._drained()
        self._next = (
            max(done, default=0) + 1
        )  # a number whose file is gone must not be believed of another file
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                segment = Segment.found(path)
            except OSError as error:
                log.error("spool: %s cannot be read: %s", path.name, error.strerror)  # noqa: TRY400
                self.damaged += 1
                continue
            if segment is None:
                continue
            self._next = max(self._next, segment.number + 1)
            position, settled = done.get(segment.number, (0, 0))
            if position <= segment.size:
                segment.done, segment.settled = position, settled
            self._sealed[segment.number] = segment
            self._forget_if_done(segment)
        if waiting := self.waiting:
            log.warning("spool: %d values wait from before", waiting)

    def _drained(self) -> dict[int, tuple[int, int]]:
        try:
            document = json.loads((self._folder / DRAINED).read_text(encoding="ascii"))
            return {int(number): (int(end), int(values)) for number, (end, values) in document.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            log.warning("spool: %s is damaged, what waits is sent again: %s", DRAINED, error)
            return {}

    def _opened(self) -> Open:
        if self._open is None:
            number, self._next = self._next, self._next + 1  # no number twice, even where this fails half-way
            self._open = Open(self._folder, number)
        return self._open

    def _roll(self) -> None:
        written, self._open = self._open, None
        if written is not None:
            sealed = self._sealed[written.number] = written.seal()
            self._forget_if_done(sealed)

    def _make_room(self, size: int) -> None:
        while self.size + size > self.most_bytes and self._drop_oldest("spool full"):
            pass
        self._unlooked += size
        if self._unlooked >= LOOK_AT_DISK_BYTES and self._leave:
            self._unlooked = 0
            while shutil.disk_usage(self._folder).free < self._leave and self._drop_oldest("disk full"):
                pass

    def _drop_oldest(self, why: str) -> bool:
        """Make room by one segment, the one being written if there is no other; what is live stays.

        Returns whether there was one.
        """
        oldest = self._oldest(but=self._in_hand) or self._oldest()
        if oldest is None and self._open is not None and self._open.size:
            was_done = self._open.done >= self._open.size
            self._roll()
            if was_done:
                return True
            oldest = self._oldest()
        if oldest is None:
            return False
        self._drop(oldest, why)
        self.dropped_for = why
        return True

    def _drop(self, segment: Segment, why: str) -> None:
        self.lost[why] += segment.waiting
        log.warning("spool: %d values of %s are lost: %s", segment.waiting, segment.path.name, why)
        self._forget(segment)

    def _read(self, segment: Segment, most: int) -> Piece:
        """Read on where the store's part ends. At the end of the segment all its values are accounted for."""
        readings: list[Reading] = []
        end, sound = segment.done, 0
        for found in segment.read(segment.done):
            end = found.end
            if isinstance(found, Damage):
                self._set_aside(segment, found)
                continue
            try:
                readings += found.readings()
                sound += found.values
            except ValueError:
                self._set_aside(segment, Damage(found.start, found.end, found.values))
            if sound >= most:
                break
        at_end = end >= segment.size or not readings
        values = segment.waiting if at_end else sound
        until = Position(segment.number, max(segment.size, end) if at_end else end)
        return Piece(readings, until, values, max(values - sound, 0))

    def _set_aside(self, segment: Segment, damage: Damage) -> None:
        where = Position(segment.number, damage.end)
        if where in self._known_damage:
            return
        self._known_damage.add(where)
        self.damaged += 1
        log.error("spool: %s is damaged from byte %d to %d", segment.path.name, damage.start, damage.end)
        folder = self._folder / "damaged"
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            content = segment.bytes_of(damage)
            if sum(each.stat().st_size for each in folder.iterdir()) + len(content) <= DAMAGED_BYTES:
                (folder / f"{segment.number:010}-{damage.start}.bin").write_bytes(content)

    def _forget_if_done(self, segment: Segment) -> None:
        if segment.done >= segment.size:
            self._forget(segment)
            if not self.has_backlog:
                self.dropped_for = ""

    def _forget(self, segment: Segment) -> None:
        self._sealed.pop(segment.number, None)
        self._known_damage = {each for each in self._known_damage if each.segment != segment.number}
        with suppress(OSError):
            segment.path.unlink()

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

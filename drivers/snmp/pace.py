"""How much to ask of an agent at once: as much as it has been seen to answer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from drivers.snmp import pdus

REPETITIONS = (25, 10, 5, 1)
"""Rows asked for at once when a table is walked. Some agents keep silent where their answer would be too large
(Huawei's AC), others answer tooBig (MikroTik's CRS305)."""
ROOMS = (1300, 650, 320, 1)
"""Octets that the objects of one request and their answer may take: whole, it fits a frame of 1,500; in the end, one
object at a time."""
ANSWER_OCTETS = 4
"""What a number of 32 bits takes more in the answer than in the question. Few values are larger; where too many are,
tooBig tells, or the network cuts the datagram in two."""
GOOD_ANSWERS = 200
"""After so many in a row more is tried again: an hour and a half of polls every 60 s with two requests each."""
LATELY_S = 30.0
"""An agent that has answered so recently and is silent now is not dead: it was asked too much."""
KEPT_AGENTS = 20_000
KEPT_QUESTIONS = 2_000
"""About 3 kB each."""


@dataclass(slots=True)
class Pace:
    """One ladder, and where an agent stands on it."""

    steps: Sequence[int]
    at: int = 0
    _good: int = 0

    def settle(self, step: int) -> None:
        """It has answered at a step."""
        self._good = self._good + 1 if step == self.at else 1
        self.at = step
        if self.at and self._good > GOOD_ANSWERS:
            self.at, self._good = self.at - 1, 0


@dataclass(slots=True)
class Paces:
    """Both ladders of an agent, and what it has answered."""

    rows: Pace = field(default_factory=lambda: Pace(REPETITIONS))
    room: Pace = field(default_factory=lambda: Pace(ROOMS))
    most_objects: int = 0
    """The most that it has answered at once: silence when asked for no more than that is not for want of room."""
    answered_at: float = float("-inf")
    """By the clock that runs whatever the time of day does."""

    @property
    def answered_lately(self) -> bool:
        """Whether it cannot be dead."""
        return time.monotonic() - self.answered_at < LATELY_S


@lru_cache(maxsize=KEPT_QUESTIONS)
def fitting(oids: Sequence[str], room: int) -> tuple[int, bytes]:
    """How many of the first objects fit into so many octets, answered, and the bindings that ask for them.

    One always does. Access points of a kind are asked the same at each poll. Raises ValueError for what is no OID.
    """
    bindings: list[bytes] = []
    taken = 0
    for oid in oids:
        binding = pdus.asked(oid)
        taken += len(binding) + ANSWER_OCTETS
        if taken > room and bindings:
            break
        bindings.append(binding)
    return len(bindings), b"".join(bindings)

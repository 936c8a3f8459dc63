"""Messages that come twice: a radio message that two gateways heard, or one that a broker sends again."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from city.measurements import Reading
from drivers.mqtt.published import Published

RECENT = 8
"""Messages remembered of each device: copies come within seconds, and a device speaks every few minutes."""
MOST_DEVICES = 50_000
"""Devices remembered; past it, whoever has been silent for longest is forgotten."""
COPY_WITHIN = timedelta(seconds=60)
"""How far the sampling times of two copies may lie apart, where gateways or servers have dated them."""


class _Known(NamedTuple):
    counter: str
    content: int
    at: datetime


class Doubles:
    """Remembers what came last from each device, in bounded memory.

    A device that joins its network anew counts from 0 again: the same number alone is no copy. What it says must be the
    same, too, and of the same minute.
    """

    def __init__(self) -> None:
        self._known: dict[str, deque[_Known]] = {}

    def is_double(self, device: str, counter: str, readings: Sequence[Reading]) -> bool:
        """Whether a message has come before; it is remembered.

        Args:
            device: who sent it.
            counter: the same for all copies of a message.
            readings: what it says, at least one.
        """
        content = hash(
            tuple((frozenset(each.values.items()), frozenset(each.facts.items())) for each in readings)
        )
        new = _Known(counter, content, readings[0].at)
        recent = self._known.pop(device, None) or deque(maxlen=RECENT)
        self._known[device] = recent  # as the one that spoke last
        if len(self._known) > MOST_DEVICES:
            del self._known[next(iter(self._known))]
        if any(_is_copy(old, new) for old in recent):
            return True
        recent.append(new)
        return False


class SentAgain:
    """Knows what a broker sends again over the next line, because our acknowledgement never came to it.

    Only what the broker itself calls sent before (MQTT 3.1.1 and 5, § 3.3.1.1) can be that, under the same number and
    with the same words. It is all there is to know a message by where a device tells neither a time nor a counter.
    Memory is bounded by the numbers that there are, 65,535.
    """

    def __init__(self) -> None:
        self._taken: dict[int, int] = {}

    def knows(self, message: Published) -> bool:
        """Whether a message has been taken before."""
        return message.again and self._taken.get(message.packet) == _words(message)

    def take(self, message: Published) -> None:
        """Remember a message that was taken, instead of the one that had its number before."""
        if message.packet:
            self._taken[message.packet] = _words(message)


def _words(message: Published) -> int:
    return hash((message.topic, message.payload))


def _is_copy(old: _Known, new: _Known) -> bool:
    return old[:2] == new[:2] and abs(old.at - new.at) <= COPY_WITHIN

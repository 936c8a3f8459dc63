"""Who lights up when: an order never has all circuits of a cabinet, nor all cabinets, draw their inrush at once.

Drivers of LED lamps draw 40 to 100 times their rated current as they light up; dimming and darkening draw none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from heapq import heappop, heappush

from lighting.inventory import LightPoint

HASH_BYTES = 4
HASHES = float(1 << 8 * HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Stagger:
    """How far apart circuits and cabinets light up."""

    circuit_gap: timedelta
    """Between two circuits of one cabinet."""
    cabinet_spread: timedelta
    """Within which all cabinets begin; fewer of them are spread over less, one gap each."""

    def delays(self, points: Iterable[LightPoint]) -> Mapping[str, timedelta]:
        """How long each of some dark lamps waits; the same lamps always wait the same."""
        lamps = list(points)
        circuits: defaultdict[str, set[str]] = defaultdict(set)
        for point in lamps:
            circuits[point.cabinet].add(point.circuit)
        spread = min(self.cabinet_spread, (len(circuits) - 1) * self.circuit_gap)
        starts = {
            circuit: spread * _place(cabinet) + rank * self.circuit_gap
            for cabinet, fed in circuits.items()
            for rank, circuit in enumerate(sorted(fed))
        }
        return {point.id: starts[point.circuit] for point in lamps}


def _place(cabinet: str) -> float:
    """Where among all cabinets one begins, from 0 to 1; it hangs on its id alone."""
    digest = blake2s(cabinet.encode(), digest_size=HASH_BYTES).digest()
    return int.from_bytes(digest, "big") / HASHES


class Turns:
    """Which lamps wait for their turn."""

    def __init__(self) -> None:
        self._due: dict[str, datetime] = {}
        self._queue: list[tuple[datetime, str]] = []

    def wait(self, lamp: str, due: datetime) -> None:
        """Have a lamp wait until an instant, instead of until any other."""
        self._due[lamp] = due
        heappush(self._queue, (due, lamp))

    def drop(self, lamp: str) -> None:
        """Have a lamp wait no longer."""
        self._due.pop(lamp, None)

    def waits(self, lamp: str, now: datetime) -> bool:
        """Whether a lamp's turn is still to come."""
        due = self._due.get(lamp)
        return due is not None and now < due

    def next_due(self, now: datetime) -> datetime | None:
        """When the next turn comes; those that have come by ``now`` are forgotten."""
        while self._queue:
            due, lamp = self._queue[0]
            if self._due.get(lamp) == due and now < due:
                return due
            heappop(self._queue)
            if self._due.get(lamp) == due:
                del self._due[lamp]
        return None

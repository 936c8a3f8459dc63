"""What is to happen when, for the whole simulated city, so that no lamp needs a task of its own."""

from bisect import bisect_right
from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

Act = Callable[[float], None]


class Agenda:
    """Appointments in the order of time; those of one instant in the order in which they were made.

    Nothing is ever cancelled: whoever made an appointment that no longer holds ignores it when it comes. What comes
    again and again is kept apart: a city's regular reports need no place in the heap.
    """

    __slots__ = ("_acts", "_heap", "_lap", "_made", "_next", "_period_s", "_phases", "_regular_at", "_start")

    def __init__(self, start: float, period_s: float = 300.0) -> None:
        """``start`` is the present, seconds since 1970 UTC; ``period_s`` is that of everything regular."""
        self._heap: list[tuple[float, int, Act]] = []
        self._made = 0
        self._start = start
        self._period_s = period_s
        self._phases: list[float] = []
        self._acts: list[Act] = []
        self._lap = 0.0
        self._next = 0
        self._regular_at = inf

    def at(self, instant: float, act: Act) -> None:
        """Have something done at an instant (seconds since 1970 UTC), which it is told."""
        self._made += 1
        heappush(self._heap, (instant, self._made, act))

    def regularly(self, share: float, act: Act) -> None:
        """Have something done once in each period, a ``share`` of it (0 to 1) after its begin."""
        phase = share * self._period_s
        place = bisect_right(self._phases, phase)
        self._phases.insert(place, phase)
        self._acts.insert(place, act)
        self._find(self._start)

    def _find(self, after: float) -> None:
        """Take up the round with the first regular appointment after an instant."""
        self._lap = after // self._period_s * self._period_s
        self._next = bisect_right(self._phases, after - self._lap)
        if self._next == len(self._phases):
            self._lap, self._next = self._lap + self._period_s, 0
        self._regular_at = self._lap + self._phases[self._next]

    def next_at(self) -> float | None:
        """When the next appointment is."""
        instant = min(self._heap[0][0] if self._heap else inf, self._regular_at)
        return None if instant == inf else instant

    def run(self, until: float) -> None:
        """Keep all appointments up to an instant, included, and those that they make up to then."""
        heap, phases, acts = self._heap, self._phases, self._acts
        while True:
            regular_at = self._regular_at
            if heap and heap[0][0] <= regular_at:
                if heap[0][0] > until:
                    return
                instant, _, act = heappop(heap)
                act(instant)
            elif regular_at <= until:
                act = acts[self._next]
                self._next += 1
                if self._next == len(phases):
                    self._lap, self._next = self._lap + self._period_s, 0
                self._regular_at = self._lap + phases[self._next]
                act(regular_at)
            else:
                return

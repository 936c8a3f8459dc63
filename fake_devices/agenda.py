"""What is to happen when: one heap for the whole simulated city, so that no lamp needs a task of its own."""

from collections.abc import Callable
from heapq import heappop, heappush


class Agenda:
    """Appointments in the order of time; those of one instant in the order in which they were made.

    Nothing is ever cancelled: whoever made an appointment that no longer holds ignores it when it comes.
    """

    __slots__ = ("_heap", "_made")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._made = 0

    def at(self, instant: float, act: Callable[[float], None]) -> None:
        """Have something done at an instant (seconds since 1970 UTC), which it is told."""
        self._made += 1
        heappush(self._heap, (instant, self._made, act))

    def next_at(self) -> float | None:
        """When the next appointment is."""
        return self._heap[0][0] if self._heap else None

    def run(self, until: float) -> None:
        """Keep all appointments up to an instant, included, and those that they make up to then."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            instant, _, act = heappop(heap)
            act(instant)

"""What counters have counted, step by step and by group."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from city.history import Counting, Grid
from city.history_views import HistorySeries
from city.messages import SampleView
from city.telemetry import Sample, Window


class Growths:
    """Follows counters along the steps of a grid; nothing of it waits, so it may work in a thread of its own."""

    def __init__(
        self,
        grid: Grid,
        counting: Callable[[str], Counting],
        group_of: Callable[[str], str],
        per_second: float | None = None,
    ) -> None:
        """Begin.

        Args:
            grid: the steps.
            counting: makes what follows the counter of a device.
            group_of: the group of a device; empty: of none, and it is left out.
            per_second: None: growths are told as they are; else by time, this is what one in a second is told as.
        """
        self._grid, self._counting, self._group_of, self._per_second = grid, counting, group_of, per_second
        self._groups: dict[str, str] = {}
        self._counters: dict[str, Counting] = {}
        self._sums: dict[str, dict[datetime, float]] = {}
        self._steps: dict[datetime, tuple[int, Window]] = {}

    def take(self, shown: Mapping[str, Sequence[Sample]]) -> None:
        """The largest that each device's counter showed in some steps, oldest first; later calls go on from there."""
        for device, samples in shown.items():
            if device not in self._counters:
                self._groups[device] = self._group_of(device)
                self._counters[device] = self._counting(device)
            counter, sums = self._counters[device], self._sums.setdefault(self._groups[device], {})
            for sample in samples:
                column, step = self._step(sample.at)
                growth = counter.shows(column, step, sample.value)
                if growth is not None:
                    sums[step.start] = sums.get(step.start, 0.0) + growth

    def series(self) -> list[HistorySeries]:
        """By the name of the group."""
        members: dict[str, list[Counting]] = {}
        for device, group in self._groups.items():
            if group:
                members.setdefault(group, []).append(self._counters[device])
        return [self._series(name, counters) for name, counters in sorted(members.items())]

    def _series(self, name: str, counters: Iterable[Counting]) -> HistorySeries:
        totals = [counter.total for counter in counters if counter.total is not None]
        return HistorySeries(
            name=name,
            samples=tuple(
                SampleView(at=at, value=self._told(at, growth))
                for at, growth in sorted(self._sums[name].items())
            ),
            total=sum(totals) if totals else None,
            over_gaps=sum(counter.over_gaps for counter in counters),
            began_anew=sum(counter.began_anew for counter in counters),
        )

    def _told(self, at: datetime, growth: float) -> float:
        if self._per_second is None:
            return growth
        step = self._step(at)[1]
        return growth * self._per_second / (step.end - step.start).total_seconds()

    def _step(self, at: datetime) -> tuple[int, Window]:
        """In which step an instant lies; looked up once, since thousands of devices ask for the same ones."""
        found = self._steps.get(at)
        if found is None:
            column = self._grid.column(at)
            found = self._steps[at] = column, self._grid.borders(column)
        return found

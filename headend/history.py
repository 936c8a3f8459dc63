"""History: what was measured, cut into steps for a chart, of one device or by group, beside an earlier time."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from city.counters import MOST_RADIO_OCTETS_PER_S
from city.errors import BadInput, Unreachable
from city.history import DAY, HOUR, Compare, Counting, Grid, cut, earlier, grid_for
from city.history_views import HistoryPeriod, HistorySeries, HistoryView
from city.measurements import DeviceKind, Kind, Metric
from city.messages import SampleView
from city.telemetry import Aggregate, Sample, Tag, Window
from headend.core import Core
from headend.growths import Growths
from headend.unknown import Unknown
from lighting.meters import METER_SPAN_WH, MOST_CABINET_W, MOST_OF_NOMINAL, most_cabinet_w

VALUES_MOST = 4_000_000
"""Devices times steps that one question may go through: 14,600 lamps in 270 steps, some seconds of the store."""
VALUES_AT_ONCE = 100_000
"""Of those, so many are held in memory at once, some 15 MB."""
ANSWER_MOST = 100_000
"""Samples in one answer, about 6 MB."""
READ_TIMEOUT_S = 55.0
"""Real seconds; a console waits for 60."""
LOOKS_PER_STEP = 2
"""A counter is looked at so often in a step, or more: then no step is without a look."""
SECONDS_PER_HOUR = 3600.0
MOST_PER_S: Mapping[Metric, float] = {
    Metric.ENERGY: MOST_CABINET_W / SECONDS_PER_HOUR,
    Metric.IN_OCTETS: MOST_RADIO_OCTETS_PER_S,
    Metric.OUT_OCTETS: MOST_RADIO_OCTETS_PER_S,
    Metric.BURNING: 2 / SECONDS_PER_HOUR,
    Metric.UPTIME: 2.0,
    Metric.STARTS: 1.0,
}
"""What a counter cannot exceed in a second, in its own unit; hours and seconds may run at twice the speed."""
_RATES: Mapping[Metric, tuple[float, str]] = {
    Metric.ENERGY: (SECONDS_PER_HOUR, "W"),
    Metric.IN_OCTETS: (8.0, "bit/s"),
    Metric.OUT_OCTETS: (8.0, "bit/s"),
}
"""By what a growth per second is multiplied, and the unit that it then has."""


class Shown(StrEnum):
    """What a value is of its step."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    LAST = "last"
    GROWN = "grown"
    """What a counter has counted."""
    RATE = "rate"
    """The same by time: W, bit/s."""
    STAND = "stand"
    """What a counter showed last."""


_OF_LEVELS = {
    Shown.MEAN: Aggregate.MEAN,
    Shown.MIN: Aggregate.MIN,
    Shown.MAX: Aggregate.MAX,
    Shown.LAST: Aggregate.LAST,
}
_GROWTHS = (Shown.GROWN, Shown.RATE)
_OF_COUNTERS = (Shown.GROWN, Shown.RATE, Shown.STAND)
DEVICE = "device"
Read = Callable[[Grid], Awaitable[list[HistorySeries]]]
"""Reads what is shown in the steps of a grid."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see."""

    metric: Metric
    window: Window
    points: int
    is_floating: bool = False
    """It is the last so many hours; its start may be moved up to a whole step."""
    shown: Shown | None = None
    """None: the mean of a level, what a counter has grown by."""
    compare: Compare | None = None
    across: Aggregate = Aggregate.SUM
    """Of the devices of a group; counters are always summed."""


class History:
    """Answers one question."""

    def __init__(self, core: Core, asked: Asked) -> None:
        """Look at what is asked.

        Raises:
            BadInput: a counter's mean, a level's growth, or a rate without a unit.
        """
        self._core, self._asked, self._metric = core, asked, asked.metric
        self._zone = core.plan.site.zone
        self._is_counter = asked.metric.kind is Kind.COUNTER
        self._shown = asked.shown or (Shown.GROWN if self._is_counter else Shown.MEAN)
        if self._is_counter is not (self._shown in _OF_COUNTERS):
            expected = _OF_COUNTERS if self._is_counter else _OF_LEVELS
            raise BadInput(f"as: got {self._shown}, expected of {asked.metric} {', '.join(expected)}")
        if self._shown is Shown.RATE and asked.metric not in _RATES:
            raise BadInput(f"as: got rate, expected of {asked.metric} grown or stand")

    async def of_device(self, name: str) -> HistoryView:
        """One device.

        Raises:
            Unknown: there is none of that name.
            Unreachable: the store is away.
        """
        kind = self._kind_of(name)

        async def read(grid: Grid) -> list[HistorySeries]:
            aggregate = self._aggregate
            window = grid.window if self._shown not in _GROWTHS else Window(grid.borders(-1).start, grid.end)
            step = grid.finer or grid.step
            samples = await self._core.store.series(name, self._metric, window, step, aggregate)
            samples = samples if grid.finer is None else grid.fold(samples, aggregate)
            if self._shown not in _GROWTHS:
                return [_series(name, samples)]
            growths = self._growths(grid, None)
            growths.take({name: samples})
            return growths.series() or [_series(name, ())]

        return await self._answer(kind, DEVICE, None, read)

    async def by_group(self, kind: DeviceKind, by: Tag | None) -> HistoryView:
        """All devices of a kind, by group; None: each by itself.

        Raises:
            BadInput: more values than can be gone through at once.
            Unreachable: the store is away.
        """
        across = None if by is None else Aggregate.SUM if self._is_counter else self._asked.across

        async def read(grid: Grid) -> list[HistorySeries]:
            self._check_size(kind, by, grid)
            if self._shown in _GROWTHS:
                return await self._grown_by_group(kind, by, grid)
            if by is None:
                return await asyncio.to_thread(_all_series, await self._levels(kind, grid))
            if across is None or self._shown is not Shown.MEAN:
                raise BadInput(f"as: got {self._shown}, expected of groups mean, grown or rate")
            step = grid.finer or grid.step
            store = self._core.store
            groups = await store.grouped(kind, self._metric, by, grid.window, step, across)
            return [
                _series(name, found if grid.finer is None else grid.fold(found, Aggregate.MEAN))
                for name, found in sorted(groups.items())
            ]

        return await self._answer(kind, DEVICE if by is None else by.value, across, read)

    async def _answer(
        self, kind: DeviceKind | None, by: str, across: Aggregate | None, read: Read
    ) -> HistoryView:
        asked, compare = self._asked, self._asked.compare
        at_least = self._shortest_step(kind)
        grid = grid_for(asked.window, asked.points, self._zone, at_least, is_floating=asked.is_floating)
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                now = _period(grid, await read(grid))
                before = None
                if compare is not None:
                    past = earlier(grid.window if asked.is_floating else asked.window, compare, self._zone)
                    as_long = cut(past, grid.step, self._zone)
                    before = _period(as_long, await read(as_long))
        except TimeoutError as error:
            raise Unreachable(f"store: no answer within {READ_TIMEOUT_S:g} s; ask for less") from error
        return HistoryView(
            metric=self._metric,
            unit=_RATES[self._metric][1] if self._shown is Shown.RATE else self._metric.unit,
            shown=self._shown,
            kind=kind,
            by=by,
            across=None if across is None else across.value,
            time_zone=self._zone.key,
            step_s=grid.step.total_seconds(),
            now=now,
            compare=compare,
            before=before,
        )

    @property
    def _aggregate(self) -> Aggregate:
        """What of each step is asked of the store."""
        if self._shown in _GROWTHS:
            return Aggregate.MAX
        return Aggregate.LAST if self._shown is Shown.STAND else _OF_LEVELS[self._shown]

    async def _levels(self, kind: DeviceKind, grid: Grid) -> Mapping[str, Sequence[Sample]]:
        aggregate = self._aggregate
        if grid.finer is None:
            return await self._core.store.each(kind, self._metric, grid.window, grid.step, aggregate)
        days: defaultdict[str, list[Sample]] = defaultdict(list)
        for column in range(len(grid.starts)):
            window = grid.borders(column)
            found = await self._core.store.each(kind, self._metric, window, grid.finer, aggregate)
            await asyncio.to_thread(_fold_into, days, grid, found, aggregate)
        return days

    async def _grown_by_group(self, kind: DeviceKind, by: Tag | None, grid: Grid) -> list[HistorySeries]:
        growths = self._growths(grid, by)
        async for shown in self._largest(kind, grid):
            await asyncio.to_thread(growths.take, shown)
        return await asyncio.to_thread(growths.series)

    async def _largest(self, kind: DeviceKind, grid: Grid) -> AsyncIterator[Mapping[str, Sequence[Sample]]]:
        """What counters showed at most in each step, from the one before the first, a stretch of steps at a time."""
        store, metric = self._core.store, self._metric
        many = 1 if grid.step >= DAY else max(1, VALUES_AT_ONCE // max(1, self._core.snapshot.known(kind)))
        for first in range(-1, len(grid.starts), many):
            last = min(first + many, len(grid.starts)) - 1
            window = Window(grid.borders(first).start, grid.borders(last).end)
            found = await store.each(kind, metric, window, grid.step, Aggregate.MAX)
            # A local day lies in two days of UTC.
            yield found if grid.step < DAY else await asyncio.to_thread(_largest_of_all, window.start, found)

    def _growths(self, grid: Grid, by: Tag | None) -> Growths:
        def group_of(device: str) -> str:
            return device if by is None else self._core.inventory.tags_of(device).get(by, "")

        per_second = _RATES[self._metric][0] if self._shown is Shown.RATE else None
        return Growths(grid, self._counting, group_of, per_second)

    def _counting(self, device: str) -> Counting:
        lighting = self._core.inventory.lighting
        most_per_s, span = MOST_PER_S[self._metric], None
        if self._metric is Metric.ENERGY:
            span = self._core.meter_spans_wh.get(device, METER_SPAN_WH)
            if point := lighting.light_points.get(device):
                most_per_s = MOST_OF_NOMINAL * point.lamp_type.nominal_w / SECONDS_PER_HOUR
            elif cabinet := lighting.cabinets.get(device):
                nominal_w = sum(each.lamp_type.nominal_w for each in lighting.by_cabinet.get(device, ()))
                most_per_s = most_cabinet_w(nominal_w, cabinet) / SECONDS_PER_HOUR
        return Counting(most_per_s, span)

    def _kind_of(self, name: str) -> DeviceKind | None:
        for kind in DeviceKind:
            if self._core.snapshot.latest(kind, name) is not None:
                return kind
        lighting, wifi = self._core.inventory.lighting, self._core.inventory.wifi
        for kind, names in (
            (DeviceKind.LAMP, lighting.light_points),
            (DeviceKind.CABINET, lighting.cabinets),
            (DeviceKind.CIRCUIT, lighting.circuits),
            (DeviceKind.ACCESS_POINT, wifi.access_points),
        ):
            if name in names:
                return kind
        raise Unknown(f"device {name[:80]}: there is none of that name")

    def _period(self, kind: DeviceKind | None) -> timedelta:
        """How often devices of a kind are looked at."""
        settings = self._core.settings
        if kind in {DeviceKind.CABINET, DeviceKind.CIRCUIT}:
            return timedelta(seconds=settings.modbus.period_s)
        if kind in {DeviceKind.ACCESS_POINT, DeviceKind.RADIO}:
            return timedelta(seconds=settings.snmp.period_s)
        return timedelta(seconds=settings.mqtt.period_s)

    def _shortest_step(self, kind: DeviceKind | None) -> timedelta:
        """No step is so short that there cannot be a value in each."""
        asked = self._asked
        shortest = LOOKS_PER_STEP * self._period(kind) if self._shown in _GROWTHS else timedelta(seconds=1)
        oldest = asked.window if asked.compare is None else earlier(asked.window, asked.compare, self._zone)
        kept_since = self._core.clock.now() - timedelta(days=self._core.settings.telemetry.keep_days)
        return (
            max(shortest, HOUR) if oldest.start < kept_since else shortest
        )  # there, one summary an hour is left

    def _check_size(self, kind: DeviceKind, by: Tag | None, grid: Grid) -> None:
        devices, steps = self._core.snapshot.known(kind), len(grid.starts)
        most = ANSWER_MOST if by is None else VALUES_MOST
        if by is None and grid.step > DAY and self._shown not in _GROWTHS:
            raise BadInput(
                f"{kind}: {steps} steps of weeks are too long for each device; ask for more points"
            )
        if devices * steps > most:
            raise BadInput(
                f"{kind}: {devices} devices in {steps} steps are more than {most} values; ask for fewer points"
            )


def _period(grid: Grid, series: Sequence[HistorySeries]) -> HistoryPeriod:
    return HistoryPeriod(start=grid.starts[0], end=grid.end, series=tuple(series))


def _series(name: str, samples: Sequence[Sample]) -> HistorySeries:
    return HistorySeries(
        name=name, samples=tuple(SampleView(at=sample.at, value=sample.value) for sample in samples)
    )


def _all_series(found: Mapping[str, Sequence[Sample]]) -> list[HistorySeries]:
    return [_series(name, samples) for name, samples in sorted(found.items())]


def _fold_into(
    days: defaultdict[str, list[Sample]],
    grid: Grid,
    found: Mapping[str, Sequence[Sample]],
    aggregate: Aggregate,
) -> None:
    for name, samples in found.items():
        days[name] += grid.fold(samples, aggregate)


def _largest_of_all(start: datetime, found: Mapping[str, Sequence[Sample]]) -> Mapping[str, Sequence[Sample]]:
    return {name: [Sample(start, max(sample.value for sample in samples))] for name, samples in found.items()}

"""What was measured in the night of a past instant: as this head-end noted it, else as the store still has it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from city.errors import Unreachable
from city.history import EPOCH
from city.measurements import DeviceKind, Metric
from city.messages import TimelineRow
from city.nights import night_bounds, night_of
from city.telemetry import Aggregate, Sample, Tag, Window
from headend.core import Core
from headend.plan import CURVE_STEP

SAME_INSTANT = timedelta(microseconds=1)
READ_TIMEOUT_S = 20.0
"""Real seconds."""

Groups = Mapping[str, Sequence[Sample]]


async def past_night(core: Core, at: datetime) -> Sequence[TimelineRow]:
    """A row for each step of the night up to an instant of which anything is known, oldest first.

    Raises:
        Unreachable: the store is away, or slow.
    """
    zone = core.plan.site.zone
    start, _ = night_bounds(night_of(at, zone), zone)
    noted = [row for row in core.timeline.rows if start <= row.at <= at]
    lacking = _steps(start, at) - {_step(row.at) for row in noted}
    if not lacking:
        return noted
    store, window = core.store, Window(min(lacking), at + SAME_INSTANT)
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            powers = await store.each(DeviceKind.CABINET, Metric.POWER, window, CURVE_STEP, Aggregate.MEAN)
            levels = await store.grouped(
                DeviceKind.LAMP, Metric.LEVEL, Tag.SECTOR, window, CURVE_STEP, Aggregate.MEAN
            )
    except TimeoutError as error:
        raise Unreachable(f"store: no answer within {READ_TIMEOUT_S:g} s") from error
    power, level = _sums(powers), _means(levels, _lamps_of_sectors(core))
    found = [
        TimelineRow(
            at=step,
            lit=0,
            mean_level_pct=level.get(step),
            planned_level_pct=0.0,
            power_w=power.get(step),
        )
        for step in lacking
        if step in power or step in level
    ]
    return sorted([*noted, *found], key=lambda row: row.at)


def _step(at: datetime) -> datetime:
    return EPOCH + (at - EPOCH) // CURVE_STEP * CURVE_STEP


def _steps(start: datetime, end: datetime) -> set[datetime]:
    first = _step(start)
    return {first + number * CURVE_STEP for number in range((end - first) // CURVE_STEP + 1)}


def _lamps_of_sectors(core: Core) -> Mapping[str, int]:
    return Counter(point.sector for point in core.inventory.lighting.light_points.values())


def _sums(devices: Groups) -> Mapping[datetime, float]:
    """What all meters together said in each step."""
    found: defaultdict[datetime, float] = defaultdict(float)
    for samples in devices.values():
        for sample in samples:
            found[sample.at] += sample.value
    return found


def _means(sectors: Groups, lamps: Mapping[str, int]) -> Mapping[datetime, float]:
    """The mean of each step over the sectors of which it is known, by how many light points they have."""
    sums: defaultdict[datetime, float] = defaultdict(float)
    counts: defaultdict[datetime, int] = defaultdict(int)
    for sector, samples in sectors.items():
        for sample in samples:
            sums[sample.at] += sample.value * lamps.get(sector, 0)
            counts[sample.at] += lamps.get(sector, 0)
    return {step: total / counts[step] for step, total in sums.items() if counts[step]}

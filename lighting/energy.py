"""Energy: what counters have counted, by spans of time, and what a lamp is expected to draw."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from city.counters import grown
from lighting.inventory import Feed, LampType
from lighting.meters import METER_SPAN_WH
from lighting.moments import Edge
from lighting.night_proof import SPEAKS_FOR
from lighting.power import FULL_LEVEL_PCT, expected_power, planned_w
from lighting.programmes import Programme, SwitchPoint

FULL_LIGHT = Programme("full-light", "", on=Edge("sunset"), off=Edge("sunrise"), level=FULL_LEVEL_PCT)
"""Full power from sunset to sunrise: what savings are counted against."""

_LEAST_LIT_PCT = 1e-6
"""As good as dark, but lit: a driver that knows no lowest level draws its least there, and not its standby."""
_HOUR = timedelta(hours=1)


def shared_out(
    stands: Sequence[float | None],
    weights: Sequence[float],
    most_wh: Sequence[float],
    span_wh: float | None = METER_SPAN_WH,
) -> list[float | None]:
    """What a counter has counted in each of some spans that follow each other, Wh.

    Args:
        stands: at the beginning of each span and at the end of the last, None where it was not read.
        weights: over several spans between two readings, energy is shared out by these.
        most_wh: what can be drawn in each span at most.
        span_wh: where the counter wraps; None: nowhere.
    """
    found: list[float | None] = [None] * len(weights)
    known = [(number, value) for number, value in enumerate(stands) if value is not None]
    for (first, before), (last, after) in pairwise(known):
        wh = grown(before, after, sum(most_wh[first:last]), span_wh)
        if wh is None:
            continue
        whole = sum(weights[first:last])
        for number in range(first, last):
            found[number] = wh * (weights[number] / whole if whole else 1 / (last - first))
    return found


class Ramp(NamedTuple):
    """For some hours, from one level evenly to another; the same level twice is no fade."""

    hours: float
    begins: float
    """Percent."""
    ends: float
    """Percent."""


def planned_ramps(points: Sequence[SwitchPoint], start: datetime, end: datetime) -> Iterator[Ramp]:
    """What a night's switch points ask for in a part of that night, fades included."""
    yield from _within(start, points[0].at, 0.0, 0.0, start, end)
    level = 0.0
    for point, following in zip(points, (*(later.at for later in points[1:]), end), strict=True):
        until = min(following, end)
        if point.at >= until:
            break
        faded = min(point.at + point.fade, until)
        whole = faded == point.at + point.fade
        reached = point.level if whole else level + (point.level - level) * ((until - point.at) / point.fade)
        yield from _within(point.at, faded, level, reached, start, end)
        yield from _within(faded, until, reached, reached, start, end)
        level = reached


def effective_ramps(
    samples: Sequence[tuple[datetime, float]], points: Sequence[SwitchPoint], start: datetime, end: datetime
) -> Iterator[Ramp]:
    """What was in effect in a part of a night, as a lamp said it; where it said nothing, what was planned.

    A sample (level in percent) speaks until the next, and for ``SPEAKS_FOR`` at most; ``samples`` lie in the span.
    """
    at = start
    for (seen, level), following in zip(samples, (*(later for later, _ in samples[1:]), end), strict=False):
        if at < seen:
            yield from planned_ramps(points, at, seen)
        at = min(following, seen + SPEAKS_FOR)
        yield Ramp((at - seen) / _HOUR, level, level)
    if at < end:
        yield from planned_ramps(points, at, end)


def ramps_wh(lamp_type: LampType, feed: Feed, ramps: Iterable[Ramp]) -> float:
    """What one lamp draws on the way through some levels, Wh; fed at night only, it draws nothing while dark."""
    return sum(ramp.hours * _mean_w(lamp_type, feed, ramp) for ramp in ramps)


def _within(
    since: datetime, until: datetime, begins: float, ends: float, start: datetime, end: datetime
) -> Iterator[Ramp]:
    """The part of a ramp that lies in a span."""
    first, last = max(since, start), min(until, end)
    if first < last:
        rise = (ends - begins) / ((until - since) / _HOUR)
        lead, length = (first - since) / _HOUR, (last - first) / _HOUR
        yield Ramp(length, begins + rise * lead, begins + rise * (lead + length))


def _mean_w(lamp_type: LampType, feed: Feed, ramp: Ramp) -> float:
    """Mean power along a ramp, W: up to the lowest level the driver holds that one, above it power is linear."""
    low, high = sorted((ramp.begins, ramp.ends))
    if low == high:
        return planned_w(lamp_type, feed, low)
    knee = min(max(lamp_type.min_level_pct, low), high)
    at_knee, at_high = (expected_power(lamp_type, max(level, _LEAST_LIT_PCT)) for level in (knee, high))
    return ((knee - low) * at_knee + (high - knee) * (at_knee + at_high) / 2) / (high - low)

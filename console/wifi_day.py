"""The last 24 hours of an access point or a radio: clients and airtime, put together from its radios' histories."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from city.errors import BadInput
from city.history_views import HistoryView
from city.measurements import Metric
from city.messages import SampleView
from console.client import ApiClient

HOURS = 24
POINTS = 144
"""Ten minutes a step: two or three a column of the panel."""
MOST_RADIOS = 4
"""More no access point has; what claims more is not asked about."""


@dataclass(frozen=True, slots=True)
class WifiDay:
    """What was measured in the last 24 hours, oldest first; a step without a value is absent."""

    clients: Sequence[SampleView]
    """Of an access point: the sum over its radios."""
    airtime: Sequence[SampleView]
    """Percent; of an access point: its busiest radio's."""
    small_count: int = 0
    """Counts under this are not told of the past, and stand as 0 (docs/wifi-privacy.md); 0: there is none of them."""


async def day_of(client: ApiClient, device: str, radios: Sequence[str]) -> WifiDay:
    """Ask for the last 24 hours of an access point with these radios, or of a radio (none).

    Raises:
        Unreachable, Refused: the head-end or its store does not say.
    """
    devices = [*radios][:MOST_RADIOS] or [device]
    counted, busy = await asyncio.gather(
        asyncio.gather(*(_history(client, each, Metric.CLIENTS) for each in devices)),
        asyncio.gather(*(_history(client, each, Metric.AIRTIME) for each in devices)),
    )
    if not any(_samples(view) for view in counted) and radios:
        counted = [await _history(client, device, Metric.CLIENTS)]
    under = max((view.small_count for view in counted if view and _masked(view)), default=0)
    clients = _together([_samples(view) for view in counted], add=True)
    return WifiDay(clients, _together([_samples(view) for view in busy], add=False), under)


async def _history(client: ApiClient, device: str, metric: Metric) -> HistoryView | None:
    try:
        return await client.device_history(device, metric, {"hours": str(HOURS), "points": str(POINTS)})
    except BadInput:
        return None  # never heard of yet: nothing was measured


def _masked(view: HistoryView) -> Sequence[datetime]:
    return view.now.series[0].masked if view.now.series else ()


def _samples(view: HistoryView | None) -> Sequence[SampleView]:
    """What is told, and small counts as 0: a gap would say that nothing was measured."""
    if view is None or not view.now.series:
        return ()
    return [*view.now.series[0].samples, *(SampleView(at=at, value=0.0) for at in _masked(view))]


def _together(lines: Sequence[Sequence[SampleView]], *, add: bool) -> Sequence[SampleView]:
    """Several lines as one: the sum or the highest of each step."""
    steps: dict[datetime, float] = {}
    for line in lines:
        for sample in line:
            before = steps.get(sample.at)
            if before is None:
                steps[sample.at] = sample.value
            else:
                steps[sample.at] = before + sample.value if add else max(before, sample.value)
    return [SampleView(at=at, value=value) for at, value in sorted(steps.items())]

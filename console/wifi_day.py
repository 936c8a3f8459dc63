"""The last 24 hours of an access point or a radio: clients and airtime, put together from its radios' histories."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from city.errors import BadInput
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


async def day_of(client: ApiClient, device: str, radios: Sequence[str]) -> WifiDay:
    """Ask for the last 24 hours of an access point with these radios, or of a radio (none).

    Raises:
        Unreachable, Refused: the head-end or its store does not say.
    """
    devices = [*radios][:MOST_RADIOS] or [device]
    counted, busy = await asyncio.gather(
        asyncio.gather(*(_samples(client, each, Metric.CLIENTS) for each in devices)),
        asyncio.gather(*(_samples(client, each, Metric.AIRTIME) for each in devices)),
    )
    if not any(counted) and radios:
        counted = [await _samples(client, device, Metric.CLIENTS)]
    return WifiDay(_together(counted, add=True), _together(busy, add=False))


async def _samples(client: ApiClient, device: str, metric: Metric) -> Sequence[SampleView]:
    try:
        view = await client.device_history(device, metric, {"hours": str(HOURS), "points": str(POINTS)})
    except BadInput:
        return ()  # never heard of yet: nothing was measured
    return view.now.series[0].samples if view.now.series else ()


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

"""Cabinets that drew more than what is subscribed from the supplier."""

from collections.abc import Mapping
from datetime import timedelta

from city.measurements import DeviceKind, Metric
from city.reports import PowerOverrun
from city.telemetry import Aggregate, Sample, Tag, TelemetryStore, Window
from lighting.inventory import Cabinet, Inventory

MEAN_OVER = timedelta(minutes=10)
"""Power is judged by its mean over this: the period of French supply contracts, unverified for small supplies."""
W_PER_KW = 1000.0
HOUR = timedelta(hours=1)


def subscribing(inventory: Inventory) -> Mapping[str, Cabinet]:
    """The cabinets whose subscribed power is known."""
    return {name: each for name, each in inventory.cabinets.items() if each.subscribed_kw}


class PowerOverruns:
    """The overruns of some windows that follow each other."""

    def __init__(self, inventory: Inventory) -> None:
        self.cabinets = subscribing(inventory)
        self._above: dict[str, list[Sample]] = {}

    async def look(self, store: TelemetryStore, window: Window) -> None:
        """Read a window; nothing is asked where no subscribed power is known.

        Raises:
            Unreachable: the store is away.
        """
        if not self.cabinets:
            return
        kind, metric = DeviceKind.CABINET, Metric.POWER
        means = await store.grouped(kind, metric, Tag.CABINET, window, MEAN_OVER, Aggregate.MEAN)
        for name, cabinet in self.cabinets.items():
            limit_w = W_PER_KW * (cabinet.subscribed_kw or 0.0)
            above = [sample for sample in means.get(name, ()) if sample.value > limit_w]
            if above:
                self._above.setdefault(name, []).extend(above)

    @property
    def found(self) -> tuple[PowerOverrun, ...]:
        """By cabinet."""
        return tuple(self._overrun(name, samples) for name, samples in sorted(self._above.items()))

    def _overrun(self, name: str, samples: list[Sample]) -> PowerOverrun:
        cabinet, peak = self.cabinets[name], max(samples, key=lambda sample: sample.value)
        return PowerOverrun(
            cabinet=name,
            street=cabinet.street,
            subscribed_kw=cabinet.subscribed_kw or 0.0,
            peak_kw=round(peak.value / W_PER_KW, 3),
            peak_at=peak.at,
            over_h=round(len(samples) * MEAN_OVER / HOUR, 2),
        )

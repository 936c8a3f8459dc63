"""A telemetry store in memory that answers as the real ones do, step by step."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from city.history import EPOCH
from city.measurements import DeviceKind, Metric, Reading
from city.settings import Settings
from city.telemetry import Aggregate, Sample, Tag, Tags, Window
from headend import service
from headend.inventory import CityInventory
from tests.headend.recording import RecordingStore


class MemoryStore(RecordingStore):
    """Knows the groups of devices, and puts values together by step."""

    def __init__(self, tags_of: Callable[[str], Tags]) -> None:
        super().__init__()
        self.tags_of = tags_of
        self.most = 0
        """Samples in its largest answer."""

    def say(
        self, device: str, kind: DeviceKind, metric: Metric, values: Iterable[tuple[datetime, float]]
    ) -> None:
        self.readings += [Reading(device, kind, at, {metric: value}) for at, value in values]

    async def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        self._check()
        found: dict[str, dict[Metric, Sample]] = {}
        for reading in sorted(self.readings, key=lambda each: each.at):
            if reading.kind is kind:
                for metric, value in reading.values.items():
                    found.setdefault(reading.device, {})[metric] = Sample(reading.at, value)
        return found

    async def series(
        self,
        device: str,
        metric: Metric,
        window: Window,
        step: timedelta,
        aggregate: Aggregate = Aggregate.MEAN,
    ) -> Sequence[Sample]:
        self._check()
        steps: defaultdict[datetime, list[float]] = defaultdict(list)
        for reading in sorted(self.readings, key=lambda each: each.at):
            if (
                reading.device == device
                and metric in reading.values
                and window.start <= reading.at < window.end
            ):
                steps[EPOCH + (reading.at - EPOCH) // step * step].append(reading.values[metric])
        return [Sample(at, _join(values, aggregate)) for at, values in sorted(steps.items())]

    async def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        found = await super().each(kind, metric, window, step, aggregate)
        self.most = max(self.most, sum(len(samples) for samples in found.values()))
        return found

    async def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        groups: defaultdict[str, defaultdict[datetime, list[float]]] = defaultdict(lambda: defaultdict(list))
        for device, samples in (await self.each(kind, metric, window, step, Aggregate.MEAN)).items():
            for sample in samples:
                groups[self.tags_of(device).get(tag, "")][sample.at].append(sample.value)
        return {
            name: [Sample(at, _join(values, across)) for at, values in sorted(steps.items())]
            for name, steps in groups.items()
            if name
        }


def _join(values: Sequence[float], aggregate: Aggregate) -> float:
    if aggregate is Aggregate.MEAN:
        return sum(values) / len(values)
    if aggregate is Aggregate.SUM:
        return sum(values)
    return values[-1] if aggregate is Aggregate.LAST else (min if aggregate is Aggregate.MIN else max)(values)


def kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """The store that head-ends made from now on keep what is measured in."""
    kept = MemoryStore(lambda device: {})

    def store_of(settings: Settings, inventory: CityInventory) -> MemoryStore:
        del settings
        kept.tags_of = inventory.tags_of
        return kept

    monkeypatch.setattr(service, "store_of", store_of)
    return kept

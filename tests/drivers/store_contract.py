"""What the contract of the telemetry stores is tried with: a few devices, an evening, and how a store is opened."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Tag, Tags, TelemetryStore, Window

Open = Callable[[], AbstractAsyncContextManager[TelemetryStore]]
"""Opens the same store, again and again."""

START = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
HOUR = Window(START, START + timedelta(hours=1))
WEIRD = 'rue de l\'Île, n° 3 = "A" '

TAGS: Mapping[str, Tags] = {
    "08-1": {Tag.SECTOR: "Nord", Tag.CABINET: "A-008"},
    "08-2": {Tag.SECTOR: "Nord", Tag.CABINET: "A-008"},
    "09-1": {Tag.SECTOR: "Coteaux, sud = bas", Tag.CABINET: "A-009"},
    "AP-PAT-01/1": {Tag.HOTSPOT: "patinoire"},
}


def tags_of(device: str) -> Tags:
    return TAGS.get(device, {})


def lamp(device: str, minutes: float, **values: float) -> Reading:
    at = START + minutes * MINUTE
    return Reading(device, DeviceKind.LAMP, at, {Metric(name): value for name, value in values.items()})

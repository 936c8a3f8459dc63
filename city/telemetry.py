"""The telemetry port: all that the head-end knows of storage."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from city.measurements import DeviceKind, Metric, Reading


class Tag(StrEnum):
    """By what stored values may be grouped; the set of values of each stays bounded."""

    SECTOR = "sector"
    CABINET = "cabinet"
    HOTSPOT = "hotspot"


Tags = Mapping[Tag, str]
"""The groups that one device belongs to."""


class Aggregate(StrEnum):
    """How the values of one step become one."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    LAST = "last"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, start included, end excluded, UTC."""

    start: datetime
    end: datetime


class Sample(NamedTuple):
    """One value at one instant (the start of its step, for an aggregate)."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Track:
    """What one device measured over a window."""

    device: str
    rows: Sequence[tuple[datetime, tuple[float | None, ...]]]
    """Oldest first: the sampling time, and the value of each metric that was asked for, None where it is lacking."""


class TelemetryStore(Protocol):
    """Where readings are kept.

    Every method raises ``city.errors.Unreachable`` when the store is away (worth a retry), ``city.errors.Busy`` among
    those when it asks to be left alone for a while, and ``city.errors.Refused`` when it will never take what it was
    given. Writing a reading twice changes nothing:
    device, metric and sampling time identify a value. Gaps stay gaps: a step without a value has no sample.
    """

    async def __aenter__(self) -> Self:
        """Open the store."""

    async def __aexit__(self, *exc_info: object) -> None:
        """Close it, after what was written is safe."""

    async def ping(self) -> None:
        """Return if the store answers."""

    async def write(self, readings: Sequence[Reading]) -> None:
        """Store readings; on return they are safe."""

    async def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        """The newest value of each metric of each device of a kind."""

    async def series(
        self,
        device: str,
        metric: Metric,
        window: Window,
        step: timedelta,
        aggregate: Aggregate = Aggregate.MEAN,
    ) -> Sequence[Sample]:
        """One device's metric over a window, one sample a step, oldest first; steps are aligned to the UTC epoch."""

    async def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """A metric by tag value: the mean of each device in a step, combined ``across`` devices (SUM or MEAN)."""

    def tracks(
        self, kind: DeviceKind, metrics: Sequence[Metric], window: Window
    ) -> AsyncGenerator[Track, None]:
        """What every device of a kind measured over a window, as it was sampled, one device after the other.

        Devices come in no order that can be relied on; one without a value in the window does not come. A few
        devices at a time are held in memory, however large the city is. Close it if it is left early.
        """

    async def stands(
        self, kind: DeviceKind, metric: Metric, at: Sequence[datetime], oldest: timedelta
    ) -> Mapping[str, Sequence[float | None]]:
        """What a metric of every device of a kind stood at, at each of some instants: a counter at the borders of days.

        Its last value at or before the instant, None where that is as old as ``oldest`` or older; a device without
        any value is absent. Nothing is looked through but that time before each instant.
        """

    async def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """``series`` of every device of a kind at once, by device; one without a value in the window is absent."""

    async def count(self) -> int:
        """How many values the store holds, each sample once; what was summarised is counted no more."""

    async def keep(self, now: datetime) -> None:
        """Put in order: summarise what is to be summarised, drop what is older than it is to be kept.

        Called every few minutes, and never needed for an answer to be right. A server that does so by itself is left
        to it.
        """

    async def copy_to(self, folder: Path) -> None:
        """Lay a copy of all that is stored now into an empty folder, while values go on being written.

        Raises:
            Refused: a server has its own way to do that; the message names it.
        """

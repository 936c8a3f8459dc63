"""Histories as the head-end tells them."""

from datetime import datetime

from city.history import Compare
from city.measurements import DeviceKind, Metric
from city.message import Message
from city.messages import SampleView


class HistorySeries(Message):
    """One line of a chart."""

    name: str
    """Of the device, or of the group."""
    samples: tuple[SampleView, ...]
    """Oldest first, by the start of the step; a step without a value is absent, and so is a masked one."""
    masked: tuple[datetime, ...] = ()
    """Steps with clients, but too few to be told (docs/wifi-privacy.md), by their start."""
    total: float | None = None
    """Of a counter: what it has counted between the first and the last step that are known, in its own unit."""
    over_gaps: float = 0.0
    """What of the total was counted while nobody looked, and is in no sample."""
    began_anew: int = 0
    """How often the counter was reset or swapped: what was counted then is in no total."""


class HistoryPeriod(Message):
    """A time in whole steps, and what was measured in it."""

    start: datetime
    end: datetime
    series: tuple[HistorySeries, ...]


class HistoryView(Message):
    """What was measured, of one device or by group."""

    metric: Metric
    unit: str
    shown: str
    """What a value is of its step: mean, min, max, last, grown, rate or stand."""
    kind: DeviceKind | None
    """Of the devices; None: of a device that is in no inventory."""
    by: str
    """device, sector, cabinet or hotspot."""
    across: str | None
    """How the devices of a group are put together: sum or mean."""
    time_zone: str
    step_s: float
    """From 86,400 s on, steps are local days of 23, 24 or 25 hours, and weeks from Monday."""
    now: HistoryPeriod
    small_count: int = 0
    """Of clients: counts under this, but for 0, are masked; 0: none is."""
    compare: Compare | None = None
    before: HistoryPeriod | None = None
    """The earlier time that it is compared with."""

"""What is true now: the latest that every device said of itself, in memory."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto

from city.measurements import DeviceKind, Fact, Metric, Reading
from city.telemetry import Sample

RECENT = 16
"""How many sampling times of each device are remembered, to know a message that comes twice."""

BITS_PER_OCTET = 8


class News(Enum):
    """What a reading is worth beside what is known of its device."""

    NEWEST = auto()
    LATE = auto()
    """Older than what is known: kept as history, but not the present."""
    DUPLICATE = auto()


class Latest:
    """The latest of one device: its newest values and what it says of itself in words."""

    __slots__ = ("at", "facts", "live", "rate_bps", "recent", "values")

    def __init__(self, at: datetime, values: Mapping[Metric, float]) -> None:
        self.at = at
        """Sampling time of the newest reading, UTC."""
        self.values = values
        self.facts: Mapping[Fact, str] = {}
        self.live = False
        """Heard of since the start; what was only rebuilt from the store says nothing of its facts."""
        self.rate_bps: float | None = None
        """Octets in and out since the reading before, as bits a second."""
        self.recent: deque[datetime] = deque(maxlen=RECENT)


class Snapshot:
    """The latest of all devices. Older readings never overwrite newer ones."""

    def __init__(self) -> None:
        self._latest: dict[DeviceKind, dict[str, Latest]] = {kind: {} for kind in DeviceKind}

    def take(self, reading: Reading) -> News:
        """Take a measured reading in, and say what it is worth."""
        devices = self._latest[reading.kind]
        latest = devices.get(reading.device)
        at = reading.at
        if latest is None:
            latest = devices[reading.device] = Latest(at, reading.values)
        elif at <= latest.at and latest.live:
            return self._not_newer(latest, at)
        else:
            if reading.kind is DeviceKind.RADIO:
                latest.rate_bps = _rate_bps(latest, reading)
            latest.at, latest.values = at, reading.values
        latest.facts, latest.live = reading.facts, True
        latest.recent.append(at)
        return News.NEWEST

    @staticmethod
    def _not_newer(latest: Latest, at: datetime) -> News:
        if at in latest.recent:
            return News.DUPLICATE
        latest.recent.append(at)
        return News.LATE

    def restore(self, kind: DeviceKind, stored: Mapping[str, Mapping[Metric, Sample]]) -> None:
        """Rebuild the devices of a kind from the store; whoever has spoken since keeps what it said."""
        devices = self._latest[kind]
        for device, samples in stored.items():
            if samples and device not in devices:
                at = max(sample.at for sample in samples.values())
                # Only what was sampled together is one truth: an older value may no longer hold.
                values = {metric: sample.value for metric, sample in samples.items() if sample.at == at}
                devices[device] = Latest(at, values)

    def doubt_after(self, instant: datetime) -> None:
        """Let any new reading of a device replace one that a wrong clock has dated after an instant."""
        for devices in self._latest.values():
            for latest in devices.values():
                if latest.at > instant:
                    latest.live = False

    def latest(self, kind: DeviceKind, device: str) -> Latest | None:
        """The latest of one device; None when it was never heard of."""
        return self._latest[kind].get(device)

    def value(self, kind: DeviceKind, device: str, metric: Metric) -> float | None:
        """One value of the latest reading of a device; None when it is not known."""
        latest = self._latest[kind].get(device)
        return latest.values.get(metric) if latest else None

    def burned_h(self, lamp: str, hours_before: float) -> float | None:
        """Burning hours of a lamp whose counter said ``hours_before`` when it was new, h; None: not known."""
        counted = self.value(DeviceKind.LAMP, lamp, Metric.BURNING)
        return None if counted is None else counted - hours_before


def _rate_bps(before: Latest, reading: Reading) -> float | None:
    """Throughput between two readings; None across a reset, since what was lost with it is not known."""
    seconds = (reading.at - before.at).total_seconds()
    octets = 0.0
    for metric in (Metric.IN_OCTETS, Metric.OUT_OCTETS):
        new, old = reading.values.get(metric), before.values.get(metric)
        if new is None or old is None or new < old:
            return None
        octets += new - old
    return octets * BITS_PER_OCTET / seconds if seconds > 0 else None

"""What is true now: the latest that every device said of itself, in memory."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto

from city.counters import MOST_RADIO_OCTETS_PER_S, grown
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.telemetry import Sample

RECENT = 16
"""How many readings of each device are remembered, to know a message that comes twice; about 2 kB a device."""
PASSES_MOST = 999
"""So many times may our clock be set back before two passes over the same time share their microseconds."""
MICROSECOND = timedelta(microseconds=1)
"""As fine as the stores keep an instant."""

BITS_PER_OCTET = 8


class News(Enum):
    """What a reading is worth beside what is known of its device."""

    NEWEST = auto()
    LATE = auto()
    """Older than what is known: kept as history, but not the present."""
    PART = auto()
    """Of the same instant as what is known, and says more of it: one measurement that came in two messages."""
    DUPLICATE = auto()


class Latest:
    """The latest of one device: its newest values and what it says of itself in words."""

    __slots__ = ("at", "crowd", "dated", "facts", "live", "newest", "passes", "rate_bps", "recent", "values")

    def __init__(self, at: datetime, values: Mapping[Metric, float]) -> None:
        self.at = at
        """Sampling time of the newest reading, UTC."""
        self.values = values
        self.facts: Mapping[Fact, str] = {}
        self.live = False
        """Heard of since the start; what was only rebuilt from the store says nothing of its facts."""
        self.rate_bps: float | None = None
        """Octets in and out since the reading before, as bits a second."""
        self.recent: deque[tuple[datetime, int]] = deque(maxlen=RECENT)
        """Under which instants what was said, its values as a hash."""
        self.newest = at
        """The newest instant that anything of it was ever stored under, as far as that is known."""
        self.dated: datetime | None = None
        """What our clock said when it last dated a reading of this device."""
        self.passes = 0
        """How many times our clock was found to have gone back since the start."""
        self.crowd: tuple[datetime, datetime] | None = None
        """An instant that several different measurements gave as theirs, and under which the last of them is stored."""

    def dated_by_us(self, at: datetime) -> datetime:
        """Under which instant to store what our own clock has dated.

        A device is polled by one at a time: if our clock says less than it did at the reading before, it was set
        back, and until it has passed the newest instant it goes over time that it has gone over before. Polls may
        then fall on the very instants of the first pass, and the store would take them for corrections. So each pass
        has microseconds of its own.
        """
        if self.dated is not None and at < self.dated:
            self.passes = self.passes % PASSES_MOST + 1
        self.dated = at
        return at if at > self.newest else at + self.passes * MICROSECOND

    def place(self, reading: Reading, at: datetime, said: int) -> tuple[News, datetime]:
        """What a reading is worth, and under which instant it is stored: the first one free of other measurements.

        Args:
            reading: as it came.
            at: the instant that it gives, or that we gave it.
            said: the hash of its values.
        """
        wanted = at
        if self.crowd is not None and self.crowd[0] == wanted:
            # A clock that stands still may give one instant for hours, and only the last of those are remembered.
            last = self.crowd[1]
            if any(said == other and wanted <= taken <= last for taken, other in self.recent):
                return News.DUPLICATE, last
            at = last + MICROSECOND
        while (news := self.judge(reading, at, said)) is None:
            at += MICROSECOND
        if at != wanted:
            self.crowd = wanted, at
        return news, at

    def judge(self, reading: Reading, at: datetime, said: int) -> News | None:
        """What a reading is worth under an instant; None: another measurement has that instant already.

        ``said`` is the hash of its values.
        """
        if at == self.at:
            if any(self.values.get(metric, value) != value for metric, value in reading.values.items()):
                return None
            if not self.live:
                return News.NEWEST
            is_known = (
                reading.values.keys() <= self.values.keys() and reading.facts.keys() <= self.facts.keys()
            )
            return News.DUPLICATE if is_known else News.PART
        if at > self.newest:
            return News.NEWEST
        if (at, said) in self.recent:
            return News.DUPLICATE
        if any(at == taken for taken, _ in self.recent):
            return None
        return News.NEWEST if at > self.at or not self.live else News.LATE


class Snapshot:
    """The latest of all devices. Older readings never overwrite newer ones."""

    def __init__(self) -> None:
        self._latest: dict[DeviceKind, dict[str, Latest]] = {kind: {} for kind in DeviceKind}

    def take(self, reading: Reading, *, ours: bool = False) -> tuple[News, Reading]:
        """Take a measured reading in, and say what it is worth, and under which instant it is to be stored.

        Two different measurements under one instant are two: a device's clock went back, or counts whole seconds.
        The second is given the next microsecond that is free, since the store would keep the last one only.

        Args:
            reading: as it came.
            ours: our own clock has dated it.
        """
        devices = self._latest[reading.kind]
        latest, at = devices.get(reading.device), reading.at
        said = hash((*reading.values, *reading.values.values()))
        if latest is None:
            latest, news = Latest(at, reading.values), News.NEWEST
            devices[reading.device] = latest
            latest.dated = at if ours else None
            latest.facts, latest.live = reading.facts, True
        else:
            if ours:
                at = latest.dated_by_us(at)
            news = News.NEWEST
            if at <= latest.newest:
                news, at = latest.place(reading, at, said)
            if at is not reading.at:
                reading = reading._replace(at=at)
            self._update(latest, reading, news)
        if news is not News.DUPLICATE:
            latest.recent.append((at, said))
            if at > latest.newest:
                latest.newest = at
        return news, reading

    @staticmethod
    def _update(latest: Latest, reading: Reading, news: News) -> None:
        if news is News.NEWEST:
            if reading.kind is DeviceKind.RADIO:
                latest.rate_bps = _rate_bps(latest, reading)
            latest.at, latest.values, latest.facts, latest.live = (
                reading.at,
                reading.values,
                reading.facts,
                True,
            )
        elif news is News.PART:
            latest.values = {**latest.values, **reading.values}
            latest.facts = {**latest.facts, **reading.facts}

    def restore(self, kind: DeviceKind, stored: Mapping[str, Mapping[Metric, Sample]]) -> None:
        """Rebuild the devices of a kind from the store; whoever has spoken since keeps what it said."""
        devices = self._latest[kind]
        for device, samples in stored.items():
            at = max((sample.at for sample in samples.values()), default=None)
            if at is None:
                continue
            if device in devices:
                devices[device].newest = max(at, devices[device].newest)
            else:
                # Only what was sampled together is one truth: an older value may no longer hold.
                values = {metric: sample.value for metric, sample in samples.items() if sample.at == at}
                devices[device] = Latest(at, values)
                # Whatever we date earlier than that was measured after our clock was set back.
                devices[device].dated = at

    def doubt_after(self, instant: datetime) -> None:
        """Let any new reading of a device replace one that a wrong clock has dated after an instant."""
        for devices in self._latest.values():
            for latest in devices.values():
                if latest.at > instant:
                    latest.live = False

    def known(self, kind: DeviceKind) -> int:
        """How many devices of a kind were ever heard of."""
        return len(self._latest[kind])

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
        if new is None or old is None or seconds <= 0:
            return None
        counted = grown(old, new, MOST_RADIO_OCTETS_PER_S * seconds)
        if counted is None:
            return None
        octets += counted
    return octets * BITS_PER_OCTET / seconds

"""What the store still knows of a past instant: the readings that a head-end would have had by then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from city.errors import BadInput
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import TelemetryStore, Track, Window
from headend.lamps import SILENT_AFTER

BACK = timedelta(hours=1)
"""How far before the instant is looked: longer than anything needs to be silent, or full."""
BREAK = SILENT_AFTER
"""When no device at all was heard for so long, nothing was recorded."""
SAME_INSTANT = timedelta(microseconds=1)

METRICS: Mapping[DeviceKind, tuple[Metric, ...]] = {
    DeviceKind.LAMP: (Metric.LEVEL, Metric.POWER, Metric.BURNING),
    DeviceKind.CIRCUIT: (Metric.RELAY_CLOSED, Metric.BREAKER_TRIPPED),
    DeviceKind.CABINET: (Metric.POWER,),
    DeviceKind.ACCESS_POINT: (Metric.UP, Metric.CLIENTS),
    DeviceKind.RADIO: (
        Metric.UP,
        Metric.CLIENTS,
        Metric.AIRTIME,
        Metric.CHANNEL,
        Metric.NOISE,
        Metric.IN_OCTETS,
        Metric.OUT_OCTETS,
    ),
    DeviceKind.SSID: (Metric.CLIENTS,),
}
"""What the screens show of each kind; an access point is heard before its radios, as in a poll."""
_ORDER = {kind: number for number, kind in enumerate(METRICS)}


class Heard(NamedTuple):
    """Tracks of one kind."""

    kind: DeviceKind
    tracks: Sequence[Track]


@dataclass(frozen=True, slots=True)
class PastReadings:
    """What was heard in the hour before an instant."""

    since: datetime
    """From when on there was no break in what was heard."""
    lamps: Sequence[Reading]
    """The newest of each lamp."""
    others: Sequence[Reading]
    """All of everything else, in the order in which it was measured."""


async def heard_before(store: TelemetryStore, at: datetime) -> list[Heard]:
    """Read what was measured in the hour up to an instant. Raises Unreachable when the store is away."""
    window = Window(at - BACK, at + SAME_INSTANT)
    found = []
    for kind, metrics in METRICS.items():
        async with aclosing(store.tracks(kind, metrics, window)) as tracks:
            found.append(Heard(kind, [track async for track in tracks]))
    return found


def put_together(heard: Iterable[Heard], at: datetime) -> PastReadings:
    """What was heard, as readings; takes a while for a whole city.

    Raises:
        BadInput: nothing was recorded at the instant.
    """
    heard = list(heard)
    since = _since(heard, at)
    lamps, others = list[Reading](), list[Reading]()
    for kind, tracks in heard:
        for track in tracks:
            (lamps if kind is DeviceKind.LAMP else others).extend(_readings(kind, track))
    others.sort(key=lambda reading: (reading.at, _ORDER[reading.kind]))
    return PastReadings(since, lamps, others)


def _readings(kind: DeviceKind, track: Track) -> Iterator[Reading]:
    metrics = METRICS[kind]
    # Of a lamp the newest alone counts.
    rows = track.rows[-1:] if kind is DeviceKind.LAMP else track.rows
    for at, values in rows:
        known = {metric: value for metric, value in zip(metrics, values, strict=True) if value is not None}
        yield Reading(track.device, kind, at, known)


def _since(heard: Iterable[Heard], at: datetime) -> datetime:
    """Since when something was heard again and again up to the instant.

    Raises:
        BadInput: nobody was heard just before it.
    """
    minutes = sorted(
        {
            row[0].replace(second=0, microsecond=0)
            for _, tracks in heard
            for track in tracks
            for row in track.rows
        }
    )
    if not minutes or at - minutes[-1] > BREAK:
        raise BadInput(f"replay: nothing was recorded at {at:%Y-%m-%dT%H:%MZ}")
    since = minutes[0] if minutes[0] - (at - BACK) > BREAK else at - BACK
    for earlier, later in pairwise(minutes):
        if later - earlier > BREAK:
            since = later
    return since

"""What the store still knows of a past instant: the readings that a head-end would have had by then."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from city.errors import BadInput
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, TelemetryStore, Track, Window
from headend.lamps import SILENT_AFTER

BACK = timedelta(minutes=30)
"""How far before the instant is looked: longer than anything needs to be silent, or full."""
BREAK = timedelta(minutes=10)
"""When no device at all was heard for so long, the head-end stood still; afterwards it began anew."""
LAST_WORD_BACK = timedelta(hours=48)
LAST_WORD_STEP = timedelta(minutes=1)
ASKED_ALONE = 20
"""So many lamps that were silent for longer are asked for their last word, 20 ms each; of more it stays open."""
SAME_INSTANT = timedelta(microseconds=1)

Rows = Sequence[tuple[datetime, tuple[float | None, ...]]]


def _newest(rows: Rows) -> Rows:
    return rows[-1:]


def _turns(rows: Rows) -> Rows:
    """Where something changed, and the newest: what came between says nothing more."""
    changed = [later for earlier, later in pairwise(rows) if later[1] != earlier[1]]
    return [*rows[:1], *changed, *([] if changed[-1:] == rows[-1:] else rows[1:][-1:])]


def _all(rows: Rows) -> Rows:
    return rows


class Wanted(NamedTuple):
    """What of a kind of device a past picture is made of."""

    metrics: tuple[Metric, ...]
    rows: Callable[[Rows], Rows]


WANTED: Mapping[DeviceKind, Wanted] = {
    DeviceKind.LAMP: Wanted((Metric.LEVEL, Metric.POWER, Metric.BURNING), _newest),
    DeviceKind.CIRCUIT: Wanted((Metric.RELAY_CLOSED, Metric.BREAKER_TRIPPED), _turns),
    DeviceKind.CABINET: Wanted((Metric.POWER,), _newest),
    DeviceKind.ACCESS_POINT: Wanted((Metric.UP, Metric.CLIENTS, Metric.UPTIME), _all),
    DeviceKind.RADIO: Wanted(
        (
            Metric.UP,
            Metric.CLIENTS,
            Metric.AIRTIME,
            Metric.CHANNEL,
            Metric.NOISE,
            Metric.IN_OCTETS,
            Metric.OUT_OCTETS,
        ),
        _all,
    ),
    DeviceKind.SSID: Wanted((Metric.CLIENTS,), _newest),
}
"""An access point is heard before its radios, as in a poll."""
_ORDER = {kind: number for number, kind in enumerate(WANTED)}

Heard = Mapping[DeviceKind, Sequence[Track]]


@dataclass(frozen=True, slots=True)
class PastReadings:
    """What was heard in the half hour before an instant."""

    since: datetime
    """From when on there was no break in what was heard."""
    readings: Sequence[Reading]
    """In the order in which they were measured."""


async def heard_before(store: TelemetryStore, at: datetime) -> Heard:
    """Read what was measured in the half hour up to an instant. Raises Unreachable when the store is away."""
    window = Window(at - BACK, at + SAME_INSTANT)
    found = {}
    for kind, wanted in WANTED.items():
        async with aclosing(store.tracks(kind, wanted.metrics, window)) as tracks:
            found[kind] = [track async for track in tracks]
    return found


async def last_words(store: TelemetryStore, at: datetime, lamps: Iterable[str], heard: Heard) -> Heard:
    """The same, with the last word of lamps that said nothing in that half hour, where these are few."""
    known = {track.device for track in heard[DeviceKind.LAMP]}
    silent = [name for name in lamps if name not in known]
    if not 0 < len(silent) <= ASKED_ALONE:
        return heard
    window = Window(at - LAST_WORD_BACK, at - BACK)
    words = []
    for name in silent:
        levels = await store.series(name, Metric.LEVEL, window, LAST_WORD_STEP, Aggregate.LAST)
        words += [Track(name, [(last.at, (last.value, None, None))]) for last in levels[-1:]]
    return {**heard, DeviceKind.LAMP: [*heard[DeviceKind.LAMP], *words]}


def put_together(heard: Heard, at: datetime) -> PastReadings:
    """What was heard, as readings; takes a while for a whole city.

    Raises:
        BadInput: nothing was recorded at the instant.
    """
    since = _since(heard, at)
    readings = [reading for kind, tracks in heard.items() for reading in _readings(kind, tracks)]
    readings += _polls(heard)
    readings.sort(key=lambda reading: (reading.at, _ORDER[reading.kind]))
    return PastReadings(since, readings)


def _readings(kind: DeviceKind, tracks: Iterable[Track]) -> Iterator[Reading]:
    metrics, rows = WANTED[kind]
    for track in tracks:
        for at, values in rows(track.rows):
            known = {
                metric: value for metric, value in zip(metrics, values, strict=True) if value is not None
            }
            yield Reading(track.device, kind, at, known)


def _polls(heard: Heard) -> Iterator[Reading]:
    """Access points of which nothing is kept but their radios: whoever told of these was polled."""
    known = {track.device for track in heard[DeviceKind.ACCESS_POINT]}
    for track in heard[DeviceKind.RADIO]:
        access_point = track.device.rpartition("/")[0]
        if access_point not in known:
            yield from (Reading(access_point, DeviceKind.ACCESS_POINT, at, {}) for at, _ in track.rows)


def _since(heard: Heard, at: datetime) -> datetime:
    """Since when something was heard again and again up to the instant.

    Raises:
        BadInput: nobody was heard just before it.
    """
    start = at - BACK
    minutes = sorted(
        {
            row[0].replace(second=0, microsecond=0)
            for tracks in heard.values()
            for track in tracks
            for row in track.rows
            if row[0] >= start
        }
    )
    if not minutes or at - minutes[-1] > SILENT_AFTER:
        raise BadInput(f"replay: nothing was recorded at {at:%Y-%m-%dT%H:%MZ}")
    breaks = [later for earlier, later in pairwise([start, *minutes]) if later - earlier > BREAK]
    return breaks[-1] if breaks else start

"""Fakes of what the head-end speaks to: each records what it was given, and can be told to be away."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from city.errors import Refused, Unreachable
from city.incidents import Cause, Evidence, Incident, State, incident_id
from city.measurements import Batch, DeviceKind, Fact, Metric, Reading, count_values
from city.telemetry import Aggregate, Sample, Tag, Track, Window
from headend.ticket_words import Place
from lighting.inventory import LightPoint
from lighting.lamp_programmes import LampProgramme
from lighting.limits import LampLimits

EVENING = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
"""After sunset (15:41 UTC) in Mulhouse, before the first step: the programme asks for 100 %."""


class RecordingStore:
    """A telemetry store in memory."""

    def __init__(self) -> None:
        self.away = False
        self.refuses: Callable[[Reading], bool] = lambda reading: False
        self.readings: list[Reading] = []
        self.writes = 0
        self.opened = 0
        self.closed = 0
        self.last: dict[DeviceKind, dict[str, dict[Metric, Sample]]] = {}
        self.gate: asyncio.Event | None = None

    def _check(self) -> None:
        if self.away:
            raise Unreachable("store: away")

    async def __aenter__(self) -> Self:
        self._check()
        self.opened += 1
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.closed += 1

    async def ping(self) -> None:
        self._check()

    async def write(self, readings: Sequence[Reading]) -> None:
        self._check()
        if self.gate:
            await self.gate.wait()
        self.writes += 1
        if any(self.refuses(reading) for reading in readings):
            raise Refused("store: malformed")
        self.readings.extend(readings)

    async def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        self._check()
        return self.last.get(kind, {})

    async def series(
        self,
        device: str,
        metric: Metric,
        window: Window,
        step: timedelta,
        aggregate: Aggregate = Aggregate.MEAN,
    ) -> Sequence[Sample]:
        self._check()
        return [
            Sample(reading.at, reading.values[metric])
            for reading in self.readings
            if reading.device == device
            and metric in reading.values
            and window.start <= reading.at < window.end
        ]

    async def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        return {}

    async def tracks(
        self, kind: DeviceKind, metrics: Sequence[Metric], window: Window
    ) -> AsyncGenerator[Track, None]:
        self._check()
        rows: dict[str, list[tuple[datetime, tuple[float | None, ...]]]] = {}
        for reading in sorted(self.readings, key=lambda each: each.at):
            if reading.kind is kind and window.start <= reading.at < window.end:
                values = tuple(reading.values.get(metric) for metric in metrics)
                rows.setdefault(reading.device, []).append((reading.at, values))
        for device, of_one in rows.items():
            yield Track(device, of_one)

    async def stands(
        self, kind: DeviceKind, metric: Metric, at: Sequence[datetime], oldest: timedelta
    ) -> Mapping[str, Sequence[float | None]]:
        self._check()
        found: dict[str, list[float | None]] = {}
        for reading in sorted(self.readings, key=lambda each: each.at):
            for number, instant in enumerate(at):
                if (
                    reading.kind is kind
                    and metric in reading.values
                    and instant - oldest < reading.at <= instant
                ):
                    found.setdefault(reading.device, [None] * len(at))[number] = reading.values[metric]
        return found

    async def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        devices = {reading.device for reading in self.readings if reading.kind is kind}
        found = {name: await self.series(name, metric, window, step, aggregate) for name in sorted(devices)}
        return {name: samples for name, samples in found.items() if samples}

    async def count(self) -> int:
        return count_values(self.readings)

    async def keep(self, now: datetime) -> None:
        self._check()

    async def copy_to(self, folder: Path) -> None:
        raise Refused("store: it is kept in memory")


class RecordingDesk:
    """Hears of incidents."""

    def __init__(self) -> None:
        self.away = False
        self.heard: list[tuple[str, str, State]] = []

    async def opened(self, incident: Incident, place: Place) -> None:
        if self.away:
            raise Unreachable("records: away")
        self.heard.append(("opened", incident.id, incident.state))

    async def closed(self, incident: Incident) -> None:
        if self.away:
            raise Unreachable("records: away")
        self.heard.append(("closed", incident.id, incident.state))


class RecordingLamps:
    """The way to the lamp controllers."""

    def __init__(self) -> None:
        self.away = False
        self.limits: dict[str, LampLimits] = {}
        self.sent: list[tuple[str, str, str]] = []
        self.by_radio: set[str] = set()
        """Light points whose controllers keep no programme, and orders until they are told to resume."""

    def keeps_programmes(self, point: LightPoint) -> bool:
        return point.id not in self.by_radio

    def needs_resume(self, point: LightPoint) -> bool:
        return point.id in self.by_radio

    def _note(self, what: str, point: LightPoint, which: str) -> None:
        if self.away:
            raise Unreachable("mqtt: away")
        self.sent.append((what, point.id, which))

    async def send_order(
        self, point: LightPoint, order: str, level: float, until: datetime, reason: str
    ) -> None:
        self._note("order", point, order)

    async def send_resume(self, point: LightPoint, order: str) -> None:
        self._note("resume", point, order)

    async def send_report(self, point: LightPoint, order: str) -> None:
        self._note("report", point, order)

    async def send_programme(self, point: LightPoint, programme: LampProgramme) -> None:
        self._note("programme", point, programme.hash)


def lamp_reading(
    device: str,
    at: datetime,
    *,
    level: float = 100.0,
    power: float = 60.0,
    programme: str | None = None,
    order: str | None = None,
) -> Reading:
    """What a lamp controller says."""
    said = {Fact.PROGRAMME: programme, Fact.ORDER: order}
    facts = {fact: word for fact, word in said.items() if word is not None}
    return Reading(device, DeviceKind.LAMP, at, {Metric.LEVEL: level, Metric.POWER: power}, facts)


def event(device: str, at: datetime, what: str, reference: str = "", why: str = "") -> Reading:
    facts = {Fact.EVENT: what, Fact.REFERENCE: reference, Fact.WHY: why}
    return Reading(device, DeviceKind.LAMP, at, {}, {key: value for key, value in facts.items() if value})


def circuit_reading(device: str, at: datetime, *, closed: bool, tripped: bool = False) -> Reading:
    values = {Metric.RELAY_CLOSED: float(closed), Metric.BREAKER_TRIPPED: float(tripped)}
    return Reading(device, DeviceKind.CIRCUIT, at, values)


def batch(*readings: Reading) -> Batch:
    return Batch("test", readings[0].at, readings)


def lamp_dead(lamp: str, at: datetime = EVENING) -> Incident:
    return Incident(
        id=incident_id(Cause.LAMP_DEAD, lamp, at),
        cause=Cause.LAMP_DEAD,
        asset=lamp,
        kind=DeviceKind.LAMP,
        state=State.OPEN,
        since=at,
        opened_at=at,
        evidence=(Evidence("no_power", at, {"power_w": 0.6, "expected_w": 60.0}),),
    )


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have coroutines that never end run during a block."""
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(each) for each in work]
        for _ in range(3):
            await asyncio.sleep(0)  # each has come to its first wait
        try:
            yield
        finally:
            for task in started:
                task.cancel()


async def until(condition: Callable[[], bool], real_s: float = 5.0) -> None:
    """Wait for something to become true; fails when it does not."""
    async with asyncio.timeout(real_s):
        while not condition():
            await asyncio.sleep(0.005)

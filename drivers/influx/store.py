"""The telemetry store of a city with an InfluxDB: line protocol in, InfluxQL out.

That pair is served by InfluxDB 1.x, 2.x and 3 Core alike. A measurement is a kind of device, a field a metric. InfluxDB
knows a value by its device, tags and instant, and keeps the last one written: writing twice changes nothing as long as
the device's tags stay the same.

Values are kept for a while and hourly summaries for longer; the server does both by itself, once it is set up.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from city.clock import Clock, SystemClock
from city.errors import BadInput, Refused
from city.measurements import DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import Aggregate, Sample, Tag, Tags, Track, Window
from drivers.influx import questions
from drivers.influx.answers import Absent, Exists, Forbidden, Series, not_an_answer
from drivers.influx.questions import HOUR
from drivers.influx.server import Server
from drivers.influx.writing import Writer
from drivers.influxql import quoted_name, since, within
from drivers.instants import EPOCH, MICROSECOND, from_microseconds

CORE_LOOKS_BACK = timedelta(hours=48)
"""How far 3 Core is asked to look for the newest values: without a bound it refuses to open so many files (432, or
about 72 h: https://docs.influxdata.com/influxdb3/core/query-data/)."""

SERIES_AT_ONCE = 20
"""Series made before others get a turn: a day of each by the quarter takes about 2 ms together."""


class InfluxStore:
    """A ``city.telemetry.TelemetryStore`` in InfluxDB. No message of it ever holds a credential."""

    def __init__(
        self, settings: TelemetrySection, tags_of: Callable[[str], Tags], clock: Clock | None = None
    ) -> None:
        """Prepare; ``tags_of`` gives the groups of a device by its id, the clock says which values are gone by now.

        Raises:
            BadInput: the URL is none.
        """
        self._server = Server(settings)
        self._writer = Writer(self._server, settings, tags_of)
        self._settings = settings
        self._clock = clock or SystemClock()
        self._is_ready = False
        """Whether the data base is there, as far as we know."""
        self._is_core = False
        """Whether this is an InfluxDB 3."""

    async def __aenter__(self) -> Self:
        """Open; nothing is sent yet, so that a head-end starts while its store is away."""
        await self._server.open()
        await self._writer.open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        await self._writer.close()
        await self._server.close()

    async def ping(self) -> None:
        """Return if the server answers."""
        await self._server.request("GET", "ping")

    async def write(self, readings: Sequence[Reading]) -> None:
        """Store readings; on return InfluxDB has them. What follows a refused request is not sent."""
        await self._prepare()
        with self._noticing_absence():
            await self._writer.write(readings)

    async def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        """The newest value of each metric of each device of a kind; in 3 Core, of those of the last two days."""
        known = await self._query(f"SHOW FIELD KEYS FROM {quoted_name(kind)}")
        values: dict[str, dict[Metric, Sample]] = {}
        with self._making_sense():
            stored = {row[0] for series in known for row in series.values}
            recent = since(self._clock.now() - CORE_LOOKS_BACK) if self._is_core else ""
            for metric in Metric:
                if metric in stored:
                    for series in await self._query(questions.last(kind, metric, recent)):
                        values.setdefault(series.tags["device"], {})[metric] = _samples(series)[0]
        return values

    async def series(
        self,
        device: str,
        metric: Metric,
        window: Window,
        step: timedelta,
        aggregate: Aggregate = Aggregate.MEAN,
    ) -> Sequence[Sample]:
        """One device's metric over a window, one sample a step, oldest first; steps are aligned to the epoch."""
        ask = questions.of_one(device, metric, step, aggregate)
        answer = await self._over(window, step, ask.of_values, ask.of_summaries)
        with self._making_sense():
            return [sample for series in answer for sample in _samples(series)]

    async def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """A metric by tag value: the mean of each device in a step, combined across devices by SUM or MEAN."""
        if across not in {Aggregate.SUM, Aggregate.MEAN}:
            raise BadInput(f"across: got {across}, expected sum or mean")
        ask = questions.of_each_with(tag, kind, metric, step)
        answer = await self._over(
            window,
            step,
            lambda some: questions.combined(ask.of_values(some), tag, some, step, across),
            lambda some: questions.combined(ask.of_summaries(some), tag, some, step, across),
        )
        with self._making_sense():
            return await _by_tag(answer, tag)

    async def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """``series`` of every device of a kind at once, by device."""
        ask = questions.of_each(kind, metric, step, aggregate)
        answer = await self._over(window, step, ask.of_values, ask.of_summaries)
        with self._making_sense():
            return await _by_tag(answer, "device")

    async def tracks(
        self, kind: DeviceKind, metrics: Sequence[Metric], window: Window
    ) -> AsyncGenerator[Track, None]:
        """What every device of a kind measured over a window, one device after the other."""
        await self._prepare()
        device, rows = "", list[tuple[datetime, tuple[float | None, ...]]]()
        statement = questions.values_of(kind, metrics, window)
        with self._noticing_absence(), self._making_sense():
            async with aclosing(self._server.pieces(statement)) as pieces:
                async for piece in pieces:
                    if rows and piece.tags["device"] != device:
                        yield Track(device, rows)
                        rows = []
                    device = piece.tags["device"]
                    rows += [(from_microseconds(at_us), tuple(values)) for at_us, *values in piece.values]
        if rows:
            yield Track(device, rows)

    async def stands(
        self, kind: DeviceKind, metric: Metric, at: Sequence[datetime], oldest: timedelta
    ) -> Mapping[str, Sequence[float | None]]:
        """What a metric of every device of a kind stood at, at each of some instants; long ago, to the hour before."""
        found: dict[str, list[float | None]] = {}
        for number, instant in enumerate(at):
            window = Window(instant - oldest + MICROSECOND, instant + MICROSECOND)
            hours = Window(window.start, window.end - HOUR)
            answer = None
            if instant <= self._oldest_value:
                answer = await self._of_summaries(questions.last_of_summaries(kind, metric, hours))
            if answer is None:
                answer = await self._query(questions.last(kind, metric, within(window)))
            with self._making_sense():
                for series in answer:
                    found.setdefault(series.tags["device"], [None] * len(at))[number] = series.values[0][1]
        return found

    async def count(self) -> int:
        """How many values the store holds: it reads them all."""
        answer = await self._query(questions.count_of_all())
        with self._making_sense():
            return sum(value or 0 for series in answer for row in series.values for value in row[1:])

    async def keep(self, now: datetime) -> None:
        """Nothing: the server summarises and drops by itself, once it is set up."""

    async def copy_to(self, folder: Path) -> None:
        """A server is not copied through its questions and answers.

        Raises:
            Refused: always; it says how it is done.
        """
        if self._settings.dialect == "v1":
            raise Refused(f"{self._server.name} is copied by its own: influxd backup -portable {folder}")
        raise Refused(
            f"{self._server.name} is copied by its own: influx backup {folder} (2.x), or a copy of its object store (3)"
        )

    @property
    def _oldest_value(self) -> datetime:
        """From when on all values are kept."""
        return self._clock.now() - timedelta(days=self._settings.keep_days)

    async def _over(
        self,
        window: Window,
        step: timedelta,
        of_values: Callable[[Window], str],
        of_summaries: Callable[[Window], str],
    ) -> list[Series]:
        """The answer over a window, of which the summaries give what is older than values are kept."""
        whole = max(step, HOUR)
        border = EPOCH + math.ceil((self._oldest_value - EPOCH) / whole) * whole
        if window.start >= border:
            return await self._query(of_values(window))
        # The hour that the window begins in counts whole: its values are gone.
        begin = window.start - (window.start - EPOCH) % HOUR
        answer = await self._of_summaries(of_summaries(Window(begin, min(border, window.end))))
        if answer is None:
            return await self._query(of_values(window))
        if window.end > border:
            answer += await self._query(of_values(Window(border, window.end)))
        return answer

    async def _of_summaries(self, statement: str) -> list[Series] | None:
        """What the summaries answer; None where the server has none: it is not set up, or is an InfluxDB 3."""
        await self._prepare()
        if self._is_core:
            return None
        try:
            return await self._server.query(statement)
        except Absent:
            return None

    async def _query(self, statement: str) -> list[Series]:
        await self._prepare()
        with self._noticing_absence():
            return await self._server.query(statement)

    async def _prepare(self) -> None:
        """Make the data base of a 1.x server, or of a 3 Core, if it is not there; who may not has had it made.

        A bucket of 2.x needs an organisation and a retention: ``falotier setup influx`` makes it.
        """
        if self._is_ready:
            return
        name = self._settings.database
        if self._settings.dialect == "v1":
            with suppress(Forbidden):
                await self._server.request(
                    "POST", "query", params={"q": f"CREATE DATABASE {quoted_name(name)}"}
                )
        elif (await self._server.version()).startswith("3"):
            self._is_core = self._server.may_say_nothing = True
            with suppress(Forbidden, Exists):
                # With its retention, which 3 Core never changes afterwards.
                content = {"db": name, "retention_period": f"{self._settings.keep_days}d"}
                await self._server.request("POST", "api/v3/configure/database", json=content)
        self._is_ready = True

    @contextmanager
    def _noticing_absence(self) -> Iterator[None]:
        """What was dropped behind our back is made again, the next time."""
        try:
            yield
        except Absent:
            self._is_ready = False
            raise

    @contextmanager
    def _making_sense(self) -> Iterator[None]:
        """Tables that are not as they were asked for are told as any other nonsense."""
        try:
            yield
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise not_an_answer(self._server.name) from error


def _samples(series: Series) -> list[Sample]:
    return [Sample(from_microseconds(at_us), value) for at_us, value in series.values if value is not None]


async def _by_tag(answer: Sequence[Series], tag: str) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for number, series in enumerate(answer):
        if number % SERIES_AT_ONCE == 0:
            await asyncio.sleep(0)
        if samples := _samples(series):
            found.setdefault(series.tags[tag], []).extend(samples)
    return found

"""The telemetry store of a city with an InfluxDB: line protocol in, InfluxQL out.

That pair is served by InfluxDB 1.x, 2.x and 3 Core alike. Writing to ``/api/v2/write`` goes through influxdb-client;
it has no InfluxQL reads and no ``/write`` of 1.x, so those go through aiohttp.

A measurement is a kind of device, a field a metric. InfluxDB knows a value by its device, tags and instant, and keeps
the last one written: writing twice changes nothing as long as the device's tags stay the same.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from pydantic import BaseModel, ValidationError
from yarl import URL

from city.errors import BadInput, Outside, Refused, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import Aggregate, Sample, Tag, Tags, Track, Window
from drivers.influxql import each, quoted_name, quoted_text, within
from drivers.instants import EPOCH, MICROSECOND, from_microseconds
from drivers.line_protocol import lines

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

TIMEOUT_S = 15.0
"""Real seconds that one request may take; a write of 5,000 lines takes about 0.5 s on a small machine."""
LINES_A_REQUEST = 5000
"""InfluxDB's own advice for the size of a batch."""
ROWS_A_PIECE = 10_000
"""Rows of one device that come in one line of an answer that is read while it is being sent."""
MESSAGE_LIMIT = 300
"""Characters of the server's own words that are shown."""

_EVERY_KIND = ", ".join(quoted_name(kind) for kind in DeviceKind)
_ABOUT_DATA = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""What says no to the points themselves. All else says no to us at this moment (a token, a missing bucket, too many
requests, an outage): the points are good, and wait."""


class _Series(BaseModel):
    """One table of an answer."""

    tags: dict[str, str] = {}
    values: list[list[Any]]


class _Result(BaseModel):
    """What one statement answers."""

    series: list[_Series] = []
    error: str = ""


class _Answer(BaseModel):
    """What ``/query`` answers; unknown keys are left aside."""

    results: list[_Result]


class InfluxStore:
    """A ``city.telemetry.TelemetryStore`` in InfluxDB. No message of it ever holds a credential."""

    def __init__(self, settings: TelemetrySection, tags_of: Callable[[str], Tags]) -> None:
        """Prepare; ``tags_of`` gives the groups of a device by its id.

        Raises:
            BadInput: the URL is none.
        """
        try:
            self._url = URL(settings.url)
        except ValueError as error:
            raise BadInput("telemetry.url: expected for instance http://127.0.0.1:8086") from error
        if self._url.scheme not in {"http", "https"} or not self._url.host:
            raise BadInput("telemetry.url: expected for instance http://127.0.0.1:8086")
        self._settings = settings
        self._tags_of = tags_of
        self._name = f"InfluxDB at {self._url.host}:{self._url.port}"
        self._session: aiohttp.ClientSession | None = None
        self._writer: InfluxDBClientAsync | None = None
        self._created = settings.dialect == "v2"

    async def __aenter__(self) -> Self:
        """Open a session; nothing is sent yet, so that a head-end starts while its store is away."""
        settings = self._settings
        headers = {}
        if settings.dialect == "v2":
            # Imported only where it is used: it takes 0.4 s.
            from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

            token = settings.token.get_secret_value()
            headers["Authorization"] = f"Token {token}"
            self._writer = InfluxDBClientAsync(
                settings.url, token, settings.organisation, timeout=round(TIMEOUT_S * 1000)
            )
        elif settings.user:
            password = settings.password.get_secret_value()
            headers["Authorization"] = aiohttp.encode_basic_auth(settings.user, password)
        self._session = aiohttp.ClientSession(headers=headers)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        if self._writer is not None:
            await self._writer.close()  # type: ignore[no-untyped-call]
        if self._session is not None:
            await self._session.close()

    async def ping(self) -> None:
        """Return if the server answers."""
        await self._request("GET", "ping")

    async def write(self, readings: Sequence[Reading]) -> None:
        """Store readings; on return InfluxDB has them. What follows a refused request is not sent."""
        await self._create()
        ready = list(lines(readings, self._tags_of))
        for start in range(0, len(ready), LINES_A_REQUEST):
            await self._send("\n".join(ready[start : start + LINES_A_REQUEST]))

    async def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        """The newest value of each metric of each device of a kind."""
        [known] = await self._query(f"SHOW FIELD KEYS FROM {quoted_name(kind)}")
        stored = {row[0] for series in known for row in series.values}
        metrics = [metric for metric in Metric if metric in stored]
        if not metrics:
            return {}
        statements = [
            f'SELECT last({quoted_name(metric)}) FROM {quoted_name(kind)} GROUP BY "device"'  # noqa: S608 (all quoted)
            for metric in metrics
        ]
        values: dict[str, dict[Metric, Sample]] = {}
        for metric, answer in zip(metrics, await self._query("; ".join(statements)), strict=True):
            for series in answer:
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
        [answer] = await self._query(
            f"SELECT {aggregate.value}({quoted_name(metric)}) FROM {_EVERY_KIND}"  # noqa: S608 (all quoted)
            f' WHERE "device" = {quoted_text(device)} AND {within(window)} GROUP BY {each(step)} fill(none)'
        )
        return [sample for series in answer for sample in _samples(series)]

    async def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """A metric by tag value: the mean of each device in a step, combined across devices by SUM or MEAN."""
        if across not in {Aggregate.SUM, Aggregate.MEAN}:
            raise BadInput(f"across: got {across}, expected sum or mean")
        group = quoted_name(tag)
        means = (
            f'SELECT mean({quoted_name(metric)}) AS "mean" FROM {quoted_name(kind)}'  # noqa: S608 (all quoted)
            f" WHERE {group} != '' AND {within(window)} GROUP BY \"device\", {group}, {each(step)} fill(none)"
        )
        # A mean stands at the start of its step, which may lie before the window.
        steps = Window(window.start - (window.start - EPOCH) % step, window.end)
        [answer] = await self._query(
            f'SELECT {across.value}("mean") FROM ({means})'  # noqa: S608 (all quoted)
            f" WHERE {within(steps)} GROUP BY {group}, {each(step)} fill(none)"
        )
        return {series.tags[tag.value]: _samples(series) for series in answer}

    async def tracks(
        self, kind: DeviceKind, metrics: Sequence[Metric], window: Window
    ) -> AsyncGenerator[Track, None]:
        """What every device of a kind measured over a window, one device after the other."""
        fields = ", ".join(quoted_name(metric) for metric in metrics)
        statement = (
            f"SELECT {fields} FROM {quoted_name(kind)} WHERE {within(window)}"  # noqa: S608 (all quoted)
            ' GROUP BY "device"'
        )
        device, rows = "", list[tuple[datetime, tuple[float | None, ...]]]()
        async with aclosing(self._pieces(statement)) as pieces:
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
        """What a metric of every device of a kind stood at, at each of some instants."""
        found: dict[str, list[float | None]] = {}
        for number, instant in enumerate(at):
            window = Window(instant - oldest + MICROSECOND, instant + MICROSECOND)
            [answer] = await self._query(
                f"SELECT last({quoted_name(metric)}) FROM {quoted_name(kind)}"  # noqa: S608 (all quoted)
                f' WHERE {within(window)} GROUP BY "device"'
            )
            for series in answer:
                found.setdefault(series.tags["device"], [None] * len(at))[number] = series.values[0][1]
        return found

    async def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """``series`` of every device of a kind at once, by device."""
        raise NotImplementedError

    async def keep(self, now: datetime) -> None:
        """Summarise what is to be summarised, drop what is older than it is to be kept."""

    async def copy_to(self, folder: Path) -> None:
        """Lay a copy of all that is stored now into an empty folder."""
        raise NotImplementedError

    async def count(self) -> int:
        """How many values the store holds: it reads them all."""
        [answer] = await self._query(f"SELECT count(*) FROM {_EVERY_KIND}")  # noqa: S608 (all quoted)
        return sum(value or 0 for series in answer for row in series.values for value in row[1:])

    async def _create(self) -> None:
        """Make the data base of a 1.x server if it is not there; a user who may not has had it made."""
        if self._created:
            return
        statement = f"CREATE DATABASE {quoted_name(self._settings.database)}"
        with suppress(_Forbidden):
            await self._request("POST", "query", data={"q": statement})
        self._created = True

    async def _send(self, record: str) -> None:
        if self._writer is None:
            query = {"db": self._settings.database, "precision": "u"}
            await self._request("POST", "write", params=query, data=record.encode())
            return
        from influxdb_client.domain.write_precision import WritePrecision
        from influxdb_client.rest import ApiException

        async with self._answering():
            try:
                await self._writer.write_api().write(
                    self._settings.database,
                    record=record,
                    write_precision=WritePrecision.US,  # type: ignore[arg-type]
                )
            except ApiException as error:
                raise self._refusal(error.status or 0, error.body or b"") from error

    async def _query(self, statements: str) -> list[list[_Series]]:
        """The series that each statement answers."""
        await self._create()
        query = {"db": self._settings.database, "epoch": "u", "q": statements}
        return [result.series for result in self._results(await self._request("POST", "query", data=query))]

    async def _pieces(self, statement: str) -> AsyncGenerator[_Series, None]:
        """The series of one answer while it is being sent, a long one in several pieces."""
        await self._create()
        query = {
            "db": self._settings.database,
            "epoch": "u",
            "q": statement,
            "chunked": "true",
            "chunk_size": str(ROWS_A_PIECE),
        }
        # All of it may take long; a silence may not.
        patience = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT_S, sock_read=TIMEOUT_S)
        with self._telling():
            async with self._open.request(
                "POST", self._url / "query", data=query, allow_redirects=False, timeout=patience
            ) as response:
                if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise self._refusal(response.status, await response.read())
                async for line in _lines(response.content):
                    for result in self._results(line):
                        for series in result.series:
                            yield series

    def _results(self, body: bytes) -> list[_Result]:
        try:
            results = _Answer.model_validate_json(body).results
        except ValidationError as error:
            raise Unreachable(f"{self._name} answered with something that is not InfluxDB's JSON") from error
        for result in results:
            if "database not found" in result.error:
                self._created = False
                raise Unreachable(f"{self._name}: {_readable(result.error)}")
            if result.error:
                raise Refused(f"{self._name}: {_readable(result.error)}")
        return results

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unreachable(f"{self._name}: the connection is not open")
        return self._session

    async def _request(self, method: str, path: str, **content: Any) -> bytes:
        async with (
            self._answering(),
            self._open.request(method, self._url / path, allow_redirects=False, **content) as response,
        ):
            body = await response.read()
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(response.status, body)
        return body

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """The server answers within the block, or is unreachable."""
        with self._telling():
            async with asyncio.timeout(TIMEOUT_S):
                yield

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What goes wrong on the way to the server, told."""
        try:
            yield
        except TimeoutError as error:
            raise Unreachable(f"{self._name} did not answer within {TIMEOUT_S:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{self._name} cannot be reached: {type(error).__name__}: {error}") from error

    def _refusal(self, status: int, body: bytes | str) -> Outside:
        said = _said(body)
        if status == HTTPStatus.NOT_FOUND:
            self._created = self._settings.dialect == "v2"  # dropped behind our back: it is made again
        message = f"{self._name} answered {status}{_MEANING.get(status, '')}" + (f": {said}" if said else "")
        if status == HTTPStatus.FORBIDDEN:
            return _Forbidden(message)
        return Refused(message) if status in _ABOUT_DATA else Unreachable(message)


class _Forbidden(Unreachable):
    """We may not do that (403)."""


_MEANING: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: " (user and password, or token, not accepted)",
    HTTPStatus.FORBIDDEN: " (user or token may not do that)",
    HTTPStatus.NOT_FOUND: " (no such database or bucket)",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: " (too much at once)",
    HTTPStatus.TOO_MANY_REQUESTS: " (too many requests)",
}


def _said(body: bytes | str) -> str:
    """What the server says of a refusal, in its JSON."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    return _readable(document.get("error") or document.get("message") or "")


def _readable(text: object) -> str:
    """One line fit for a screen and a log."""
    cleaned = "".join(character if character.isprintable() else " " for character in str(text))
    return " ".join(cleaned.split())[:MESSAGE_LIMIT]


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The lines of an answer, however long: aiohttp's own reader gives up past 128 kB."""
    rest = b""
    async for block in content.iter_any():
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line
    if rest.strip():
        yield rest


def _samples(series: _Series) -> list[Sample]:
    return [Sample(from_microseconds(at_us), value) for at_us, value in series.values if value is not None]

"""Writing to an InfluxDB: readings in, requests out that the server can take."""

import asyncio
import gzip
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from city.errors import Refused
from city.measurements import Reading
from city.settings import TelemetrySection
from city.telemetry import Tags
from drivers.influx.answers import TooLarge
from drivers.influx.server import Server
from drivers.line_protocol import LineProtocol

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

LINES_A_REQUEST = 5000
"""InfluxDB's own advice for the size of a batch."""
LINES_AT_ONCE = 1000
"""Lines made before others get a turn: about 2 ms."""
GZIP_LEVEL = 1
"""Line protocol shrinks to a tenth at the lowest level, 2 ms for 5,000 lines; the highest takes many times as long."""


class Writer:
    """Writes to one server, in the way of its dialect."""

    def __init__(self, server: Server, settings: TelemetrySection, tags_of: Callable[[str], Tags]) -> None:
        """``tags_of`` gives the groups of a device by its id."""
        self._server = server
        self._settings = settings
        self._protocol = LineProtocol(tags_of)
        self._client: InfluxDBClientAsync | None = None

    async def open(self) -> None:
        """Prepare; nothing is sent."""
        if self._settings.dialect == "v2":
            self._client = self._server.client()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()  # type: ignore[no-untyped-call]

    async def write(self, readings: Sequence[Reading]) -> None:
        """Write readings; on return the server has them.

        Raises:
            Refused: one of them has no form (then none was sent), or the server will never take one of them: what
                follows is not sent then, and what came with it may have been kept or not.
            Unreachable: the server cannot take them now.
        """
        parts = []
        for start in range(0, len(readings), LINES_AT_ONCE):
            parts.append(self._protocol.text(readings[start : start + LINES_AT_ONCE]))
            await asyncio.sleep(0)
        a_request = LINES_A_REQUEST // LINES_AT_ONCE
        for start in range(0, len(parts), a_request):
            if text := "\n".join(part for part in parts[start : start + a_request] if part):
                await self._send(text)

    async def _send(self, text: str) -> None:
        """Send some lines; what is too much at once goes in halves."""
        try:
            await self._post(await self._packed(text))
        except TooLarge as error:
            lines = text.split("\n")
            if len(lines) == 1:
                raise Refused(f"{error}: one line of {len(text.encode())} bytes") from error
            middle = len(lines) // 2
            await self._send("\n".join(lines[:middle]))
            await self._send("\n".join(lines[middle:]))

    async def _packed(self, text: str) -> bytes:
        body = text.encode()
        return body if self._server.is_near else await asyncio.to_thread(gzip.compress, body, GZIP_LEVEL)

    async def _post(self, body: bytes) -> None:
        if self._client is not None:
            await self._post_v2(self._client, body)
            return
        query = {"db": self._settings.database, "precision": "u"}
        encoding = {} if self._server.is_near else {"Content-Encoding": "gzip"}
        await self._server.request(
            "POST", "write", HTTPStatus.NO_CONTENT, params=query, data=body, headers=encoding
        )

    async def _post_v2(self, client: "InfluxDBClientAsync", body: bytes) -> None:
        from influxdb_client.service.write_service import WriteService

        encoding = {} if self._server.is_near else {"content_encoding": "gzip"}
        answer = WriteService(client.api_client).post_write_async(  # type: ignore[no-untyped-call]
            self._settings.organisation,
            self._settings.database,
            body,
            precision="us",
            content_type="text/plain; charset=utf-8",
            _return_http_data_only=False,
            **encoding,
        )
        _, status, headers = await self._server.through_client(answer)
        if status != HTTPStatus.NO_CONTENT:
            raise self._server.refusal(status, headers, b"")

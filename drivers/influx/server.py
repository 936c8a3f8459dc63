"""Speaking to an InfluxDB over HTTP: whatever it answers costs bounded time and memory, and is told in one line.

influxdb-client has no InfluxQL reads and no ``/write`` of 1.x, so those go through aiohttp.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from pydantic import SecretStr
from yarl import URL

from city.errors import BadInput, Outside, Unreachable
from city.settings import TelemetrySection
from drivers.influx.answers import Absent, Series, not_an_answer, read_answer, readable, refusal

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

_Answer = TypeVar("_Answer")

TIMEOUT_S = 15.0
"""Real seconds that one request may take; a write of 5,000 lines takes about 0.5 s on a small machine."""
QUERY_TIMEOUT_S = 60.0
"""Real seconds that a server may think about a question, and that an answer which is kept may take as a whole."""
ROWS_A_PIECE = 10_000
"""Rows of one series that come in one line of an answer that is read while it is being sent."""
SHORT_ANSWER_BYTES = 1 << 20
"""No answer that is not a table is longer."""
LINE_BYTES = 64 << 20
"""Nor is a line of a table: a piece of 10,000 rows takes about 0.5 MB for each field. A server that cannot send its
answer in pieces sends all of it in one."""
ANSWER_BYTES = 512 << 20
"""Bytes of an answer that is kept: a month of 20,000 devices by the hour."""

VERSION_LENGTH = 40
"""Characters of what a server says it is that are shown."""

_EXPECTED_URL = "telemetry.url: expected for instance http://127.0.0.1:8086"


class _ShortResponse(aiohttp.ClientResponse):
    """An answer of which no more than a little is read into memory."""

    async def read(self) -> bytes:
        """All of it.

        Raises:
            aiohttp.ClientPayloadError: it does not end.
        """
        if self._body is None:
            body = bytearray()
            async for block in self.content.iter_any():
                body += block
                if len(body) > SHORT_ANSWER_BYTES:
                    self.close()
                    raise aiohttp.ClientPayloadError("its answer does not end")
            self._body = bytes(body)
        return self._body


class Server:
    """One InfluxDB, as the settings name it. No message of it ever holds a credential."""

    def __init__(self, settings: TelemetrySection) -> None:
        """Prepare.

        Raises:
            BadInput: the URL is none, or holds a password, which would end up in messages.
        """
        try:
            self._url = URL(settings.url)
        except ValueError as error:
            raise BadInput(_EXPECTED_URL) from error
        if self._url.scheme not in {"http", "https"} or not self._url.host:
            raise BadInput(_EXPECTED_URL)
        if self._url.user or self._url.password:
            raise BadInput(f"{_EXPECTED_URL}; a user and a password have their own keys")
        self._settings = settings
        self.name = f"InfluxDB at {self._url.host}:{self._url.port}"
        self.is_near = _is_loopback(self._url.host)
        """Whether it is on this machine, so that sending costs less than packing."""
        self.may_say_nothing = False
        """Whether no line at all is an answer: 3 Core tells so that there is nothing."""
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open a session; nothing is sent yet, so that a head-end starts while its store is away."""
        settings = self._settings
        headers = {}
        if settings.dialect == "v2":
            headers["Authorization"] = f"Token {settings.token.get_secret_value()}"
        elif settings.user:
            password = settings.password.get_secret_value()
            headers["Authorization"] = aiohttp.encode_basic_auth(settings.user, password)
        self._session = aiohttp.ClientSession(headers=headers, response_class=_ShortResponse)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def client(self) -> "InfluxDBClientAsync":
        """influxdb-client for the same server, as careful as we are; close it when done."""
        # Imported only where it is used: it takes 0.4 s.
        from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

        return InfluxDBClientAsync(
            str(self._url),
            self._settings.token.get_secret_value(),
            self._settings.organisation,
            timeout=round(TIMEOUT_S * 1000),
            allow_redirects=False,
            # Otherwise it reads all authorities of the machine, in 0.1 s, also where nothing is encrypted.
            ssl_context=None if self._url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            client_session_kwargs={"response_class": _ShortResponse},
        )

    async def through_client(self, call: Awaitable[_Answer]) -> _Answer:
        """What influxdb-client is answered, or what that means.

        Raises:
            Unreachable, Refused: as ``drivers.influx.answers.refusal`` says.
        """
        from influxdb_client.rest import ApiException

        async with self.answering():
            try:
                return await call
            except ApiException as error:
                raise self.refusal(error.status or 0, error.headers or {}, error.body or b"") from None
            except (ValueError, TypeError, AttributeError) as error:
                # It takes an answer apart as if it could only be what it expects.
                raise not_an_answer(self.name) from error

    async def request(
        self, method: str, path: str, expected: int | None = None, **content: Any
    ) -> tuple[Mapping[str, str], bytes]:
        """Ask, and return the headers and the body of the answer: any success, or the one that is ``expected``.

        Raises:
            Unreachable, Refused: as ``drivers.influx.answers.refusal`` says.
        """
        async with (
            self.answering(),
            self._open.request(method, self._url / path, allow_redirects=False, **content) as response,
        ):
            body = await response.read()
        if response.status != expected if expected else response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self.refusal(response.status, response.headers, body)
        return response.headers, body

    async def version(self) -> str:
        """What the server says it is: ``1.6.7``, ``2.7.1``, ``3.1.0``; empty where it does not say.

        ``/ping`` tells in a header, of 3 Core in its body too; ``/health`` of 2.x is for a proxy that hides either.
        """
        for path in ("ping", "health"):
            try:
                headers, body = await self.request("GET", path)
            except Absent:
                continue
            said = headers.get("X-Influxdb-Version", "")
            if not said:
                with suppress(ValueError, TypeError, RecursionError):
                    said = str(dict(json.loads(body)).get("version", ""))
            if said:
                said = self._without_secrets(said.encode(errors="replace")).decode()
                return readable(said).lstrip("v")[:VERSION_LENGTH]
        return ""

    def refusal(self, status: int, headers: Mapping[str, str], body: bytes | str) -> Outside:
        """What an answer means that is not the one that was expected."""
        whole = body.encode() if isinstance(body, str) else body
        return refusal(self.name, status, headers, self._without_secrets(whole))

    async def query(self, statement: str) -> list[Series]:
        """What one InfluxQL statement answers; 3 Core takes no more than one at a time, and that in the URL."""
        found: dict[tuple[object, ...], Series] = {}
        try:
            async with (
                asyncio.timeout(QUERY_TIMEOUT_S),
                aclosing(self.pieces(statement, ANSWER_BYTES)) as pieces,
            ):
                async for piece in pieces:
                    whole = found.setdefault((piece.name, *sorted(piece.tags.items())), piece)
                    if whole is not piece:
                        whole.values += piece.values
        except TimeoutError as error:
            raise Unreachable(f"{self.name} did not answer within {QUERY_TIMEOUT_S:g} s") from error
        return list(found.values())

    async def pieces(self, statement: str, most_bytes: int | None = None) -> AsyncGenerator[Series, None]:
        """The series of an answer while it is being sent, a long one in several pieces."""
        question = {
            "db": self._settings.database,
            "epoch": "u",
            "chunked": "true",
            "chunk_size": str(ROWS_A_PIECE),
            "q": statement,
        }
        # All of it may take long, if it is not kept; a silence may not.
        patience = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT_S, sock_read=QUERY_TIMEOUT_S)
        with self._telling():
            async with self._open.request(
                "POST", self._url / "query", params=question, allow_redirects=False, timeout=patience
            ) as response:
                if response.status != HTTPStatus.OK:
                    async with asyncio.timeout(TIMEOUT_S):
                        body = await response.read()
                    raise self.refusal(response.status, response.headers, body)
                more = not self.may_say_nothing
                async for line in _lines(response.content, most_bytes):
                    some, more = read_answer(self._without_secrets(line), self.name)
                    for series in some:
                        yield series
                if more:  # it was cut off, or said nothing at all
                    raise not_an_answer(self.name)

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unreachable(f"{self.name}: the connection is not open")
        return self._session

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
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
            raise Unreachable(f"{self.name} did not answer within {TIMEOUT_S:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{self.name} cannot be reached: {_why(error)}") from error

    def _without_secrets(self, body: bytes) -> bytes:
        """A server that repeats what it was sent must not make us print it."""
        for secret in (self._settings.token, self._settings.password):
            body = _without(body, secret)
        return body


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without(body: bytes, secret: SecretStr) -> bytes:
    word = secret.get_secret_value().encode()
    return body.replace(word, b"(secret)") if word and word in body else body


def _why(error: Exception) -> str:
    """The kind of what went wrong, and what is safe to say of it: what a server sent is not."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{type(error).__name__}: its answer is not HTTP as it should be"
    return readable(f"{type(error).__name__}: {error}")


async def _lines(content: aiohttp.StreamReader, most_bytes: int | None) -> AsyncIterator[bytes]:
    """The lines of an answer, up to a length that aiohttp's own reader gives up before (128 kB)."""
    blocks, held, read = list[bytes](), 0, 0
    async for block in content.iter_any():
        # What is there already would be taken apart without anybody else getting a turn.
        await asyncio.sleep(0)
        read += len(block)
        *whole, rest = block.split(b"\n")
        for end in whole:
            if line := b"".join((*blocks, end)).strip():
                yield line
            blocks, held = [], 0
        blocks.append(rest)
        held += len(rest)
        if held > LINE_BYTES or (most_bytes is not None and read > most_bytes):
            raise aiohttp.ClientPayloadError("its answer does not end")
    if last := b"".join(blocks).strip():
        yield last

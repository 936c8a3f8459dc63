"""One call to the head-end's API: sent, waited for, and its answer or trouble in one line."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Self, TypeVar

import aiohttp
from pydantic import BaseModel, TypeAdapter, ValidationError
from yarl import URL

from city.errors import Refused, Unreachable
from console.failures import line_of, nonsense, refusal, why

CONNECT_TIMEOUT_S = 3.0
CALL_TIMEOUT_S = 10.0
REPORT_TIMEOUT_S = 60.0
"""How long a head-end may say nothing while it makes a report."""
MAKING_TIMEOUT_S = 900.0
"""How long it may say nothing while it copies what it will send."""
CHUNK_BYTES = 256 * 1024

Progress = Callable[[int, int], None]
"""Told how much of how much has come."""

M = TypeVar("M", bound=BaseModel)


class Calls:
    """The connections to one head-end, with one token; an async context manager.

    Every call raises ``Unreachable`` (no answer in time), ``Refused`` (token, role, nonsense) or ``BadInput``
    (what was asked cannot be done), each with one line to show.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._root = self.url
        self.at: datetime | None = None
        """The past instant that questions are about, as far as they can be; None: the present."""
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool of connections; nothing is sent yet."""
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _connector(self) -> aiohttp.BaseConnector | None:
        """What reaches the head-end; None for the network."""
        return None

    def _then(self, query: Mapping[str, str] | None = None, name: str = "at") -> dict[str, str]:
        """A query with the past instant that it is about."""
        return {**(query or {}), **({name: self.at.isoformat()} if self.at else {})}

    @property
    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unreachable("the client is not open: use it with 'async with'")
        return self._session

    async def _one(
        self,
        model: type[M],
        method: str,
        path: str,
        body: BaseModel | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
        *,
        query: Mapping[str, str] | None = None,
    ) -> M:
        text = await self._call(method, path, timeout_s=timeout_s, query=query, body=body)
        try:
            return model.model_validate_json(text)
        except ValidationError as error:
            raise Refused(nonsense(error)) from error

    async def _many(
        self, model: type[M], path: str, query: Mapping[str, str] | None = None, *, method: str = "GET"
    ) -> tuple[M, ...]:
        text = await self._call(method, path, timeout_s=CALL_TIMEOUT_S, query=query)
        try:
            return TypeAdapter(tuple[model, ...]).validate_json(text)  # type: ignore[valid-type]
        except ValidationError as error:
            raise Refused(nonsense(error)) from error

    async def _call(
        self,
        method: str,
        path: str,
        *,
        timeout_s: float,
        query: Mapping[str, str] | None = None,
        body: BaseModel | None = None,
    ) -> bytes:
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._opened.request(
                    method,
                    URL(self._root + path, encoded=True).update_query(query or {}),
                    data=body.model_dump_json() if body else None,
                    headers={"Content-Type": "application/json"} if body else None,
                    timeout=aiohttp.ClientTimeout(total=timeout_s, connect=CONNECT_TIMEOUT_S),
                ) as response,
            ):
                answer = await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{self.url}: {why(error)}") from error
        if response.ok:
            return answer
        raise refusal(response.status, line_of(answer))

    async def _download(self, path: str, to: BinaryIO, progress: Progress) -> None:
        """Ask for a file, which may be long in the making, and write it while it comes."""
        patience = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S, sock_read=MAKING_TIMEOUT_S)
        done = 0
        try:
            async with self._opened.post(URL(self._root + path, encoded=True), timeout=patience) as response:
                if not response.ok:
                    raise refusal(response.status, line_of(await response.read()))
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    await asyncio.to_thread(to.write, chunk)
                    done += len(chunk)
                    progress(done, response.content_length or done)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{self.url}: {why(error)}") from error

    async def _watched(self, path: str, query: Mapping[str, str], progress: Progress) -> dict[str, Any]:
        """A document that comes line by line while it is made: its head with the total first."""
        patience = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S, sock_read=REPORT_TIMEOUT_S)
        url = URL(self._root + path, encoded=True).update_query(query)
        lines: list[bytes] = []
        total = 0
        try:
            async with self._opened.get(url, timeout=patience) as response:
                if not response.ok:
                    raise refusal(response.status, line_of(await response.read()))
                async for line in response.content:
                    total = total or json.loads(line + b"]}")["total"]
                    lines.append(line)
                    progress(min(len(lines) - 1, total), total)
            document: dict[str, Any] = json.loads(b"".join(lines))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"{self.url}: {why(error)}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise Refused("the head-end does not speak as this console expects") from error
        if gone := document.get("error"):
            raise Unreachable(f"the report could not be finished: {' '.join(str(gone).split())}")
        return document

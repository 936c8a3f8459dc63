"""The way to an Open311 desk: one request, bounded in time and size, and its document or an error of ours."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Self

import aiohttp
from yarl import URL

from city.errors import BadInput, Unreachable
from drivers.open311_answers import document_of

ANSWER_LIMIT_BYTES = 8 * 1024 * 1024
"""A longer answer is nonsense: 1,000 requests of 4,000 characters are half of it."""


class NoAnswer(Unreachable):
    """The desk cannot be reached, or did not answer in time."""


class Transport:
    """A session with one desk, as an asynchronous context manager."""

    def __init__(self, url: str, timeout_s: float) -> None:
        """Prepare; ``timeout_s`` holds for each request (real seconds).

        Raises:
            BadInput: the URL is none.
        """
        try:
            parsed = URL(url)
        except ValueError as error:
            raise BadInput("desk.url: expected for instance https://desk.example/open311/v2") from error
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise BadInput("desk.url: expected for instance https://desk.example/open311/v2")
        self._name = f"the desk at {parsed.host}:{parsed.port}"
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open a session; nothing is sent yet."""
        self._session = aiohttp.ClientSession(headers={"Accept": "application/json, text/xml;q=0.9"})
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def get(self, url: str, query: Mapping[str, str]) -> Any:
        """The document behind a URL."""
        return await self._request("GET", url, params=dict(query))

    async def post(self, url: str, form: Iterable[tuple[str, str]]) -> Any:
        """The document that answers a form."""
        return await self._request("POST", url, data=list(form))

    async def _request(self, method: str, url: str, **content: Any) -> Any:
        if self._session is None:
            raise NoAnswer("the desk's connection is not open")
        try:
            # A redirected POST would be repeated as a GET: a redirect is a refusal, and says where to.
            async with (
                asyncio.timeout(self._timeout_s),
                self._session.request(method, url, allow_redirects=False, **content) as response,
            ):
                body = await _read(response)
        except TimeoutError as error:
            raise NoAnswer(f"{self._name} did not answer within {self._timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(f"{self._name} cannot be reached: {error}") from error
        return document_of(response.status, body, response.url.name)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, unless it is absurdly long (then a part of it, which is no document)."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT_BYTES:
            break
    return bytes(body)

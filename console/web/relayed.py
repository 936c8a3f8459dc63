"""The client of a visitor's console: it reaches the head-end through the web server."""

from collections.abc import AsyncGenerator, Callable

import aiohttp

from console.client import ApiClient, Link, P
from console.web.picture import read_link


class RelayedClient(ApiClient):
    """Speaks to the head-end with its own token, through the socket of a relay."""

    def __init__(self, head_end: str, token: str, relay: str) -> None:
        super().__init__(head_end, token)
        self._root = "http://relay"
        self._relay = relay

    def _connector(self) -> aiohttp.BaseConnector:
        return aiohttp.UnixConnector(self._relay)

    async def _pushes(self, read: Callable[[str | bytes], P]) -> AsyncGenerator[Link | P, None]:
        """The relay says where the head-end stands, which is more than that the relay itself answers."""
        async with self._live_socket() as socket:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    yield read_link(message.data)
                elif message.type is aiohttp.WSMsgType.BINARY:
                    yield read(message.data)

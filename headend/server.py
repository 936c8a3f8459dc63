"""The HTTP server inside the service: its port is taken before anything else starts, its signals are ours."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from city.errors import BadInput

LAST_ANSWERS_S = 2
"""Real seconds that requests under way have to finish when the service stops."""
BACKLOG = 128


def listen(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes any free one.

    Raises:
        BadInput: it is taken, not allowed, or the address is not this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise BadInput(f"api: {host} is no address to listen on: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BadInput(
                f"api: port {port} is taken on {host}: stop what uses it, or set another under [api] port"
            ) from error
        raise BadInput(f"api: cannot listen on {host} port {port}: {error.strerror}") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where consoles reach a listening socket."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - read, not bound
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                log_level="warning",
                lifespan="off",
                http="h11",
                ws="websockets-sansio",
                server_header=False,
                timeout_graceful_shutdown=LAST_ANSWERS_S,
            )
        )
        self.ready = asyncio.Event()
        """Set once it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the service."""
        yield

"""InfluxDB as seen by a writer: one that takes everything and keeps nothing, and a real one.

``python -m benchmarks.influx_sinks PORT`` serves the first, in a process of its own.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socket import create_connection, socket

from aiohttp import web

HOST = "127.0.0.1"
LARGEST_BODY = 64 * 1024 * 1024
STARTS_WITHIN_S = 20.0


@contextmanager
def taking_all() -> Iterator[str]:
    """Yields the URL of a server that takes everything."""
    with socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.influx_sinks", str(port)])
    try:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                create_connection((HOST, port)).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield f"http://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait()


async def _take(request: web.Request) -> web.Response:
    await request.read()
    if request.path == "/query":
        return web.json_response({"results": [{}]})
    return web.Response(status=HTTPStatus.NO_CONTENT)


def main(port: int) -> None:
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{any:.*}", _take)
    web.run_app(app, host=HOST, port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))

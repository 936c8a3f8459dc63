"""The console in a browser."""

import asyncio
import logging
from ipaddress import ip_address
from typing import Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import say
from console.cli.reach import Url, head_end_url
from console.cli.running import on_end, run

Host = Annotated[str, typer.Option("--host", help="The address to listen on; others need TLS before it.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")]
Visitors = Annotated[int, typer.Option("--visitors", min=1, max=100, help="How many consoles at once.")]


def register(app: typer.Typer) -> None:
    """Add this command to the front door."""
    app.command()(web)


def web(host: Host = "127.0.0.1", port: Port = 8351, url: Url = None, visitors: Visitors = 8) -> None:
    """Serve the console to browsers, behind the head-end's tokens, until SIGTERM."""
    run(_serve(host, port, head_end_url(url), visitors))


async def _serve(host: str, port: int, head_end: str, visitors: int) -> None:
    from console.web.server import WebConsole

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("console.web").setLevel(logging.INFO)
    stop = asyncio.Event()
    on_end(stop.set)
    try:
        async with WebConsole(head_end, visitors=visitors).serving(host, port) as served:
            if not _is_loopback(host):
                say("Falotier: tokens would cross the network in clear: put TLS before this (docs/web.md)")
            shown = f"[{host}]" if ":" in host else host
            say(f"Falotier: console at http://{shown}:{served} (head-end {head_end})")
            await stop.wait()
    except OSError as error:
        raise BadInput(f"{host} port {port}: cannot be listened on: {error.strerror or error}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

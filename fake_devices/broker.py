"""The simulated city's MQTT broker: mosquitto where it is installed, else amqtt inside this process."""

import asyncio
import logging
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Literal

from city.errors import Unreachable

HOST = "127.0.0.1"
START_S = 10.0
"""Real seconds that a broker may take to accept connections."""
STOP_S = 5.0
"""Real seconds that mosquitto may take to end when asked."""
LOOK_S = 0.02
PORTS_TRIED = 5
"""A free port may be taken by somebody else before the broker has it."""
SBIN = "/usr/sbin"
"""Where Debian puts mosquitto, off an ordinary user's PATH."""
MOSQUITTO_CONF = """\
listener {port} {host}
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 0
max_inflight_messages 200
log_dest none
"""
"""No limit to what waits for a slow subscriber: the default of 1000 messages loses the rest without a word."""

Kind = Literal["mosquitto", "amqtt"]


def broker(prefer: Kind | None = None) -> AbstractAsyncContextManager[int]:
    """A broker on a free port of the loopback, open to all; entering its context gives the port.

    Args:
        prefer: which one to run; None takes mosquitto if it is there.

    Raises:
        Unreachable: on entering: it did not start, or mosquitto was asked for and is not installed.
    """
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path=SBIN)
    if prefer == "mosquitto" and program is None:
        raise Unreachable("mosquitto is not installed")
    return _embedded() if program is None or prefer == "amqtt" else _mosquitto(program)


@asynccontextmanager
async def _mosquitto(program: str) -> AsyncIterator[int]:
    with tempfile.TemporaryDirectory(prefix="falotier-mosquitto-") as folder:
        for _ in range(PORTS_TRIED):
            port = _free_port()
            conf = Path(folder) / "mosquitto.conf"
            conf.write_text(MOSQUITTO_CONF.format(host=HOST, port=port), encoding="utf-8")
            quiet = asyncio.subprocess.DEVNULL
            process = await asyncio.create_subprocess_exec(
                program, "-c", str(conf), stdin=quiet, stdout=quiet, stderr=quiet, cwd=folder
            )
            try:
                if await _accepts(port, process):
                    yield port
                    return
            finally:
                await _end(process)
    raise Unreachable("mosquitto does not start")


async def _accepts(port: int, process: asyncio.subprocess.Process) -> bool:
    """Wait until it listens; false if it has ended instead."""
    try:
        async with asyncio.timeout(START_S):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(LOOK_S)
                    continue
                writer.close()
                await writer.wait_closed()
                return True
    except TimeoutError as error:
        raise Unreachable(f"mosquitto does not listen after {START_S:g} s") from error
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def _embedded() -> AsyncIterator[int]:
    from amqtt.broker import Broker

    # It tells of every connection, and calls clients that just leave a warning: nobody's concern in a simulation.
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    port = _free_port()
    embedded = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await embedded.start()
    try:
        yield port
    finally:
        await embedded.shutdown()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port

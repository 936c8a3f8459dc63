"""A real simulator that serves dumps of real devices, each under the name of its file as community."""

import contextlib
import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drivers.modbus_peers import HOST, free_port

needs_snmpsim = pytest.mark.skipif(
    importlib.util.find_spec("snmpsim") is None, reason="snmpsim is not installed"
)

# Its library of MIBs is asked only for its version, and pysnmp warns of it where it is installed. Its dropping of
# privileges would need a user who may read the Python that the tests run in.
_SERVE = """
import contextlib, sys, types
sys.modules["pysmi"] = types.SimpleNamespace(__version__="none")
from snmpsim import daemon
daemon.PrivilegesOf = lambda *_, **__: contextlib.nullcontext()
from snmpsim.commands import responder
responder.main()
"""
_GET_SYS_DESCR = bytes.fromhex("a01a020200ff020100020100300e300c06082b060102010101000500")
PATIENCE_S = 60.0
"""A cold start makes the indices of all dumps."""


@contextmanager
def snmpsim(dumps: Path, cache: Path) -> Iterator[int]:
    """Serve a folder's ``*.snmprec`` files; the cache is where it keeps their indices."""
    port = free_port()
    command = [
        sys.executable,
        *("-W", "ignore", "-c", _SERVE),
        f"--data-dir={dumps}",
        f"--cache-dir={cache}",
        "--process-user=nobody",
        "--process-group=nogroup",
        "--log-level=error",
        f"--agent-udpv4-endpoint={HOST}:{port}",
    ]
    log = cache / "snmpsim.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_for(port, next(dumps.glob("*.snmprec")).stem, process, log)
        yield port
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, community: str, process: subprocess.Popen[bytes], log: Path) -> None:
    name = community.encode()
    body = b"\x02\x01\x01" + bytes([4, len(name)]) + name + _GET_SYS_DESCR
    question = bytes([0x30, len(body)]) + body
    until = time.monotonic() + PATIENCE_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.1)
        while time.monotonic() < until and process.poll() is None:
            asking.sendto(question, (HOST, port))
            with contextlib.suppress(OSError):  # nobody listens yet, or it is still at its indices
                asking.recv(10_000)
                return
    raise RuntimeError(f"snmpsim does not answer: {log.read_text(encoding='utf-8')[-2000:]}")

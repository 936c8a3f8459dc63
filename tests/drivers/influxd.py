"""A real InfluxDB 1.x for the tests: Debian's influxd on a port of the loopback, with folders of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

STARTS_WITHIN_S = 30.0

_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{http}"
log-enabled = false
max-body-size = 2000000
[logging]
level = "error"
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_influxd(folder: Path) -> Iterator[str]:
    """Yields its URL; skips the test where influxd is not installed."""
    program = shutil.which("influxd")
    if program is None:
        pytest.skip("influxd is not installed (Debian: apt-get install influxdb)")
    rpc, http = free_port(), free_port()
    config = folder / "influxd.toml"
    config.write_text(_CONFIG.format(rpc=rpc, http=http, folder=folder))
    log = folder / "influxd.log"
    with log.open("wb") as output:
        server = subprocess.Popen([program, "run", "-config", str(config)], stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{http}/ping", server, log)
        yield f"http://127.0.0.1:{http}"
    finally:
        server.terminate()
        server.wait(STARTS_WITHIN_S)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 (our own loopback)
                return
        except (URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"influxd did not start: {log.read_text()[-2000:]}")

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


class Influxd:
    """One server, which may be killed and started again on the same port and folders."""

    def __init__(self, program: str, folder: Path) -> None:
        rpc, http = free_port(), free_port()
        self.url = f"http://127.0.0.1:{http}"
        self._config = folder / "influxd.toml"
        self._config.write_text(_CONFIG.format(rpc=rpc, http=http, folder=folder))
        self._log = folder / "influxd.log"
        self._program = program
        self._start()

    @property
    def pid(self) -> int:
        return self._server.pid

    def start_again(self) -> None:
        """Once it is dead, if it is."""
        if self._server.poll() is None:
            try:
                self._server.wait(0.2)
            except subprocess.TimeoutExpired:
                return
        self._start()

    def stop(self) -> None:
        self._server.terminate()
        self._server.wait(STARTS_WITHIN_S)

    def _start(self) -> None:
        with self._log.open("ab") as output:
            self._server = subprocess.Popen(
                [self._program, "run", "-config", str(self._config)], stdout=output, stderr=output
            )
        try:
            _wait(f"{self.url}/ping", self._server, self._log)
        except BaseException:
            self.stop()
            raise


@contextmanager
def started_influxd(folder: Path) -> Iterator[Influxd]:
    """Yields the server; skips the test where influxd is not installed."""
    program = shutil.which("influxd")
    if program is None:
        pytest.skip("influxd is not installed (Debian: apt-get install influxdb)")
    server = Influxd(program, folder)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_influxd(folder: Path) -> Iterator[str]:
    """Yields its URL; skips the test where influxd is not installed."""
    with started_influxd(folder) as server:
        yield server.url


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 (our own loopback)
                return
        except (URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"influxd did not start: {log.read_text()[-2000:]}")

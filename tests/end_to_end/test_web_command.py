"""``falotier web`` as people start it: what it says, what it refuses, and that nothing outlives it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.console.fake_headend import fake_headend, until
from tests.console.web_browser import Browser, consoles_of, is_alive
from tests.end_to_end.commands import FALOTIER, environment, falotier


@contextmanager
def web(*arguments: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server and its URL; whoever starts it ends it."""
    command = [FALOTIER, "web", "--port", "0", *arguments]
    process = subprocess.Popen(command, env=environment(home), cwd=home, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        found = None
        while found is None:
            line = process.stderr.readline()
            assert line, "it ended before it was ready"
            found = re.search(r"console at (http://\S+)", line)
        yield process, found.group(1)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
async def test_however_the_server_ends_its_consoles_end_too(
    tmp_path: Path, sign: signal.Signals, code: int
) -> None:
    async with fake_headend() as (head, _):
        with web("--url", head.url, home=tmp_path) as (process, url):
            async with Browser(url) as browser:
                await browser.sign_in()
                async with browser.console() as page:
                    await page.shows("Mulhouse")
                    (pid,) = consoles_of(process.pid)
                    process.send_signal(sign)
                    await page.closed()
                    await until(lambda: process.poll() is not None and not is_alive(pid), within_s=15.0)
            assert process.returncode == code


def test_off_the_loopback_it_warns_that_tls_belongs_before_it(tmp_path: Path) -> None:
    command = [FALOTIER, "web", "--port", "0", "--host", "0.0.0.0"]  # noqa: S104 - that is what is warned of
    process = subprocess.Popen(
        command, env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    process.terminate()
    process.communicate()
    assert "put TLS before this (docs/web.md)" in first


def test_a_port_that_is_taken_is_one_readable_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = falotier("web", "--port", port, home=tmp_path)
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"falotier: 127.0.0.1 port {port}: cannot be listened on")
    assert answer.stderr.count("\n") == 1


def test_other_commands_do_not_load_what_only_the_web_needs() -> None:
    script = (
        "import sys, console.cli; print(sorted({'textual_serve', 'aiohttp', 'textual'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"

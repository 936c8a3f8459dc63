"""Running ``falotier`` as people and scripts do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FALOTIER = str(Path(sys.executable).with_name("falotier"))
READY_WITHIN_S = 30.0


def falotier(*arguments: str, home: Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, with a home of its own."""
    return subprocess.run(
        [FALOTIER, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
        env=environment(home),
    )


def environment(home: Path) -> dict[str, str]:
    """The environment of a fresh user."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FALOTIER", "XDG"))}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8"}


@contextmanager
def running(*arguments: str, home: Path, until: str) -> Iterator[None]:
    """A long command, from the line that says it is ready to SIGTERM, which it obeys with exit code 0 or 130."""
    process = subprocess.Popen(
        [FALOTIER, *arguments], env=environment(home), cwd=home, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        line = ""
        while until not in line:
            line = process.stderr.readline()
            assert line, f"{arguments[0]} ended before it was ready"
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=READY_WITHIN_S)
    assert process.returncode == 0

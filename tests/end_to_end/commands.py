"""Running ``falotier`` as people and scripts do."""

import os
import subprocess
import sys
from pathlib import Path

FALOTIER = str(Path(sys.executable).with_name("falotier"))


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

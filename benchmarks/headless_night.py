"""Fifteen simulated hours of 600 lamps and 60 access points, headless, on real sockets."""

import json
import subprocess
from collections.abc import Iterator

from benchmarks.terminal import FALOTIER

COMMAND = "demo --headless --for 15h --at 2026-11-30T15:00 --lamps 600 --access-points 60 --seed 1 --json"


def main() -> Iterator[tuple[str, str]]:
    """One run: it takes minutes."""
    done = subprocess.run([FALOTIER, *COMMAND.split()], stdout=subprocess.PIPE, check=True)
    summary = json.loads(done.stdout)
    sent, stored = summary["measurements"]["sent"], summary["measurements"]["stored"]
    yield "wall time (s)", str(summary["simulated"]["wall_s"])
    yield "CPU of city and head-end (s)", str(summary["cost"]["cpu_s"])
    yield "largest resident memory (MB)", str(summary["cost"]["max_rss_mb"])
    yield "measurements sent, stored", f"{sent}, {stored}"

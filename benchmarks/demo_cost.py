"""What the demo costs at its default size and real speed: everything, and the console alone when nobody types."""

import time
from collections.abc import Iterator

from benchmarks.terminal import FALOTIER, cpu_s, family, memory_mb, terminal

SETTLE_S = 20.0
"""The first seconds deploy 1,200 programmes; they are not what the demo costs."""
WATCH_S = 60.0


def main() -> Iterator[tuple[str, str]]:
    """CPU as a share of one core, over a minute, from 20 s after the start; it spans sunset."""
    with terminal(FALOTIER, "demo", "--lang", "fr") as screen:
        if not screen.read_until("1\u00a0200", 30.0):
            yield "demo", "never drew its lamps"
            return
        screen.drain_for(SETTLE_S)
        pids = family(screen.pid)
        before, console_before, started = cpu_s(pids), cpu_s(pids[:1]), time.monotonic()
        drawn = screen.drain_for(WATCH_S)
        elapsed = time.monotonic() - started
        everything, console = cpu_s(pids) - before, cpu_s(pids[:1]) - console_before
        yield "everything, % of one core", f"{100 * everything / elapsed:.1f}"
        yield "console alone, % of one core", f"{100 * console / elapsed:.1f}"
        yield "memory of all processes (MB)", f"{memory_mb(pids):.0f}"
        yield "bytes drawn a second", f"{drawn / elapsed:.0f}"

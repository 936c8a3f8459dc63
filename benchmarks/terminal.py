"""A terminal for a benchmark: runs a command in a pseudo-terminal and reads what it draws."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1024**2
FALOTIER = str(Path(sys.executable).with_name("falotier"))


class Terminal:
    """A child process on a pseudo-terminal."""

    def __init__(self, pid: int, master: int) -> None:
        self.pid = pid
        self._master = master

    def type(self, keys: bytes) -> None:
        """Press keys, as the terminal sends them."""
        os.write(self._master, keys)

    def read_until(self, text: str, within_s: float) -> bool:
        """Read the screen's bytes until a text has been drawn."""
        seen = b""
        end = time.monotonic() + within_s
        while (left := end - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                seen = (seen + self._read())[-200_000:]
                if text.encode() in seen:
                    return True
        return False

    def drain_for(self, seconds: float) -> int:
        """Keep reading what is drawn for a while; says how many bytes that was."""
        end = time.monotonic() + seconds
        count = 0
        while (left := end - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                count += len(self._read())
        return count

    def settle(self, quiet_s: float, within_s: float) -> float | None:
        """Read until nothing is drawn and no processor time is used for a while; tells when the last bytes came."""
        drawn_at, used = None, -1.0
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if select.select([self._master], [], [], quiet_s)[0]:
                self._read()
                drawn_at = time.monotonic()
            elif (now_used := cpu_clock_s(self.pid)) - used < quiet_s / 20:
                break
            else:
                used = now_used
        return drawn_at

    def drawn_until_quiet(self, quiet_s: float) -> float | None:
        """Read until nothing is drawn for a while, whatever is worked on; tells when the last bytes came."""
        drawn_at = None
        while select.select([self._master], [], [], quiet_s)[0]:
            self._read()
            drawn_at = time.monotonic()
        return drawn_at

    def _read(self) -> bytes:
        try:
            return os.read(self._master, 65536)
        except OSError as error:
            raise RuntimeError("the command ended") from error


@contextmanager
def terminal(
    *command: str, columns: int = 120, rows: int = 36, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run a command in a terminal of a given size; ended with SIGTERM."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm-256color", **(environment or {})})
        os.execv(command[0], command)  # noqa: S606 - our own command, no shell wanted
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    try:
        yield Terminal(pid, master)
    finally:
        os.kill(pid, signal.SIGTERM)
        os.close(master)
        os.waitpid(pid, 0)


def family(pid: int) -> list[int]:
    """A process and all of its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(descendant for child in children for descendant in family(int(child)))]


def cpu_s(pids: list[int]) -> float:
    """CPU seconds that some processes have used so far."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / CLOCK_TICKS


def memory_mb(pids: list[int]) -> float:
    """Resident memory of some processes, shared pages counted once for each."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * PAGE_MB


def cpu_clock_s(pid: int) -> float:
    """CPU seconds that a process has used so far, to the microsecond: its own clock, as Linux numbers them."""
    return time.clock_gettime(~pid << 3 | 2)


def shared_memory_mb(pid: int) -> float:
    """Memory of a process, its share of pages that others have too."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

"""What the console costs whoever sits in front of it: the real one, on a terminal, against a city in another process.

It should show a first figure within a second, paint what a key does within 50 ms, filter 20,000 rows within 50 ms, take
a thousand changes a second under a tenth of a core, rest under 2 % of one, and stay below 150 MB.
Processor time tells the same on a busy machine; what the clock says holds on an idle one only.
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks.terminal import FALOTIER, Terminal, cpu_clock_s, memory_mb, shared_memory_mb, terminal
from console.i18n import Words
from console.widgets.rows import CURSOR
from tests.console.fake_headend import TOKEN

FIRST_LAMPS, LAMPS = 15_000, 20_000
SIZES = ((120, 36), (200, 60))
STARTS = 7
KEYS = 100
WITHIN_S, KEY_WITHIN_S = 30.0, 10.0
WATCH_S = 20.0
QUIET_S = 0.06
ROWS_QUIET_S = 0.1
"""Rows that a letter finds are drawn without a pause; what is under the cursor is asked about 150 ms later."""
PAUSE_S = 0.01
"""Between two keys."""
CHANGES, FEW_CHANGES = 1000, 200
"""Light points that change in a second while the console is watched, and while somebody types."""
DOWN, UP, LEFT, RIGHT, PAGE_DOWN, TAB, ESCAPE = (
    *(b"\x1b[B", b"\x1b[A", b"\x1b[D", b"\x1b[C"),
    *(b"\x1b[6~", b"\t", b"\x1b"),
)
SHOWS = {
    b"1": "Map",
    b"2": "Light points",
    b"3": "Calendars",
    b"4": "Incidents that stand",
    b"5": "City Wi-Fi",
    b"6": "in words",
}
"""What a screen shows that no other does, by its key."""
MOVES = {
    **dict.fromkeys(SHOWS, (DOWN, UP)),
    b"2": (DOWN, DOWN, DOWN, PAGE_DOWN),
}
"""Keys that always move the cursor."""
REVERSED = "\x1b[7;"
"""How the cursor of the map is drawn."""
SEARCHES = ("e", "rue du sauvage", "secteur:7 !mercière", "état:en-panne", "zzz", "altkirch 03")

Figure = tuple[str, str]
Size = tuple[int, int]
Cost = tuple[float, float]
"""By the clock and by the processor, ms."""


def main() -> Iterator[Figure]:
    """About four minutes."""
    with TemporaryDirectory() as folder:
        home = _home(Path(folder))
        with _city(FIRST_LAMPS) as city:
            for size in SIZES:
                yield from _starts(city, home, size)
        with _city(LAMPS) as city:
            for size in SIZES:
                with _console(city, home, size) as screen:
                    yield from _keys(city, screen, size)
                    yield from _filter(city, screen, size)
                    yield from _memory(screen, size)
            yield from _watched(city, home)


# -- what takes part -----------------------------------------------------------------------------------------


class City:
    """A head-end in another process."""

    def __init__(self, process: "subprocess.Popen[str]", lamps: int, url: str) -> None:
        self._process = process
        self.lamps = lamps
        self.url = url

    def change(self, a_second: int) -> None:
        """Have so many light points change in a second, those at the head of the list first."""
        if self._process.stdin:
            print(a_second, "list", file=self._process.stdin, flush=True)

    @property
    def figure(self) -> str:
        """Stands in the first frame that tells something of the city, and nowhere else."""
        return f"/ {Words('fr').number(self.lamps)}"


@contextmanager
def _city(lamps: int) -> Iterator[City]:
    command = [sys.executable, "-m", "benchmarks.big_city", str(lamps)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield City(process, lamps, process.stdout.readline().strip() if process.stdout else "")
        finally:
            process.terminate()


def _home(folder: Path) -> dict[str, str]:
    """Somebody who has been greeted, and who has the token."""
    (folder / "falotier").mkdir()
    (folder / "falotier" / "greeted").touch()
    token = folder / "token"
    token.write_text(TOKEN)
    return {"XDG_STATE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "FALOTIER_TOKEN_FILE": str(token)}


@contextmanager
def _console(city: City, home: dict[str, str], size: Size) -> Iterator[Terminal]:
    """A console that has been told of all light points."""
    with _started(city, home, size) as screen:
        if not screen.read_until(city.figure, WITHIN_S):
            raise RuntimeError("the console never showed the city")
        screen.settle(QUIET_S, WITHIN_S)
        yield screen


def _started(city: City, home: dict[str, str], size: Size) -> AbstractContextManager[Terminal]:
    columns, rows = size
    command = (FALOTIER, "console", "--lang", "fr", "--url", city.url)
    return terminal(*command, columns=columns, rows=rows, environment=home)


# -- what is measured ----------------------------------------------------------------------------------------


def _starts(city: City, home: dict[str, str], size: Size) -> Iterator[Figure]:
    """From the command to the first figure of the city, imports and all; the first start fills the disk's cache."""
    times, used = [], []
    for _ in range(STARTS + 1):
        started = time.monotonic()
        with _started(city, home, size) as screen:
            if not screen.read_until(city.figure, WITHIN_S):
                raise RuntimeError("the console never showed the city")
            times.append(1000 * (time.monotonic() - started))
            used.append(1000 * cpu_clock_s(screen.pid))
    yield _named("first figure, 15,000 lamps (ms; < 1000)", size), _spread(times[1:], used[1:])


def _keys(city: City, screen: Terminal, size: Size) -> Iterator[Figure]:
    """From a key to the bytes that it draws, while light points change."""
    city.change(FEW_CHANGES)
    words = Words("fr")
    first = [_pressed(screen, key, words.t(SHOWS[key])) for key in [*SHOWS][1:]]
    yield _named("first look at a screen (ms)", size), _spread(*_apart(first))
    again = [_pressed(screen, key, words.t(SHOWS[key])) for key in [*SHOWS] * (KEYS // len(SHOWS) + 1)]
    yield _named("another screen (ms; < 50)", size), _spread(*_apart(again))
    for number, title in SHOWS.items():
        _pressed(screen, number, words.t(title), needed=False)
        screen.settle(QUIET_S, 1.0)
        taken = [_pressed(screen, key, CURSOR) for key in MOVES[number] * (KEYS // len(MOVES[number]))]
        yield _named(f"line, page: screen {number.decode()} (ms; < 50)", size), _spread(*_apart(taken))
    _pressed(screen, b"1", words.t(SHOWS[b"1"]))
    taken = [_pressed(screen, TAB, "") for _ in range(KEYS)]
    yield _named("another panel (ms; < 50)", size), _spread(*_apart(taken))
    _pressed(screen, b"+", REVERSED)
    taken = [_pressed(screen, key, REVERSED) for key in (RIGHT, LEFT) * (KEYS // 2)]
    yield _named("map, cursor (ms; < 50)", size), _spread(*_apart(taken))
    taken = [_pressed(screen, key, "") for key in (b"L", b"H") * (KEYS // 2)]
    yield _named("map, leaps that move it (ms; < 50)", size), _spread(*_apart(taken))


def _filter(city: City, screen: Terminal, size: Size) -> Iterator[Figure]:
    """Each letter of some searches, until the rows that it finds are drawn and nothing is left to do."""
    city.change(0)
    _pressed(screen, b"2", Words("fr").t(SHOWS[b"2"]), needed=False)
    costs: dict[str, list[Cost]] = {}
    for search in SEARCHES:
        screen.type(b"/")
        screen.settle(QUIET_S, 1.0)
        costs[search] = [_settled(screen, letter.encode()) for letter in search]
        screen.type(ESCAPE)  # a second one would lead up, to another screen
        screen.settle(QUIET_S, 1.0)
    every = [cost for each in costs.values() for cost in each]
    yield _named(f"a letter of a filter, {city.lamps} rows (ms; < 50)", size), _spread(*_apart(every))
    worst = max(costs, key=lambda search: max(used for _, used in costs[search]))
    taken, used = max(costs[worst], key=lambda cost: cost[1])
    yield _named(f"the worst letter, in {worst!r} (ms)", size), f"{taken:.0f}; cpu {used:.0f}"


def _memory(screen: Terminal, size: Size) -> Iterator[Figure]:
    """After all screens were looked at and lists were searched."""
    yield (
        _named("memory, 20,000 lamps (MB; < 150)", size),
        f"{memory_mb([screen.pid]):.0f}, its share {shared_memory_mb(screen.pid):.0f}",
    )


def _watched(city: City, home: dict[str, str]) -> Iterator[Figure]:
    """What the consoles use while nobody types: both sizes beside each other, each screen in its turn."""
    words = Words("fr")
    city.change(0)
    with ExitStack() as stack:
        screens = [stack.enter_context(_console(city, home, size)) for size in SIZES]
        for changes, most, keys in ((0, 2, [*SHOWS]), (CHANGES, 10, [b"1", b"2"])):
            city.change(changes)
            for key in keys:
                for screen in screens:
                    _pressed(screen, key, words.t(SHOWS[key]), needed=False)
                    screen.settle(QUIET_S, 1.0)
                shares = _shares(screens)
                what = f"{changes} changes a second" if changes else "idle"
                told = ", ".join(
                    f"{share:.1f} at {_of(size)}" for share, size in zip(shares, SIZES, strict=True)
                )
                yield f"{what}, screen {key.decode()} (% of a core; < {most})", told


# -- how it is measured --------------------------------------------------------------------------------------


def _pressed(screen: Terminal, key: bytes, shows: str, *, needed: bool = True) -> Cost:
    """Press a key and wait for a text that it draws, or for anything."""
    screen.drain_for(PAUSE_S)
    used, started = cpu_clock_s(screen.pid), time.monotonic()
    screen.type(key)
    if not screen.read_until(shows, KEY_WITHIN_S if needed else 0.5) and needed:
        raise RuntimeError(f"{key!r} did not draw {shows!r}")
    return 1000 * (time.monotonic() - started), 1000 * (cpu_clock_s(screen.pid) - used)


def _settled(screen: Terminal, key: bytes) -> Cost:
    """Press a key and wait until the rows that it finds are drawn; then until what is under the cursor is told too."""
    used, started = cpu_clock_s(screen.pid), time.monotonic()
    screen.type(key)
    drawn_at = screen.drawn_until_quiet(ROWS_QUIET_S) or started
    cost = 1000 * (drawn_at - started), 1000 * (cpu_clock_s(screen.pid) - used)
    screen.settle(QUIET_S, 1.0)
    return cost


def _shares(screens: Sequence[Terminal]) -> list[float]:
    """Percent of one core that each console uses."""
    used, started = [cpu_clock_s(screen.pid) for screen in screens], time.monotonic()
    while time.monotonic() - started < WATCH_S:
        for screen in screens:
            screen.drain_for(0.05)
    elapsed = time.monotonic() - started
    return [100 * (cpu_clock_s(screen.pid) - s) / elapsed for screen, s in zip(screens, used, strict=True)]


def _apart(costs: Iterable[Cost]) -> tuple[list[float], list[float]]:
    taken, used = zip(*costs, strict=True)
    return list(taken), list(used)


def _spread(taken: Sequence[float], used: Sequence[float]) -> str:
    """Middle and 95th percentile, by the clock and of processor time."""
    return f"p50 {_at(50, taken):.0f}, p95 {_at(95, taken):.0f}; cpu p50 {_at(50, used):.0f}, p95 {_at(95, used):.0f}"


def _at(percent: int, values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _named(what: str, size: Size) -> str:
    return f"{_of(size)}: {what}"


def _of(size: Size) -> str:
    return f"{size[0]}×{size[1]}"

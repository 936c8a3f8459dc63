"""Somebody who has never seen the console finds the dead lamp, sees why, and has its ticket sent: in ten keys or fewer.

The real console runs in a real terminal (tmux), over a head-end and devices that are there. Only keys that stand on
the screen at that moment are pressed: in the last line, or on a dialog.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.commands import FALOTIER, environment
from tests.end_to_end.trial_city import TrialCity, trial_city

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="needs tmux, a terminal without a window"
)

COLUMNS, ROWS = 120, 36
MOST_KEYS = 10
WITHIN_S = 60.0
LAMP = "01-0002"


class Terminal:
    """A terminal with the console in it, and somebody who presses only what is shown."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self.pressed: list[str] = []

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=WITHIN_S,
        )
        return done.stdout

    @property
    def screen(self) -> str:
        """What is seen."""
        return self.tmux("capture-pane", "-p").replace("\u00a0", " ").replace("\u202f", " ")

    @property
    def last_line(self) -> str:
        """The console's keys."""
        return self.screen.rstrip("\n").rpartition("\n")[2]

    def sees(self, *texts: str) -> None:
        """Wait until all of these are seen."""
        self._becomes(lambda: all(text in self.screen for text in texts), f"{texts}")

    def presses(self, key: str, word: str) -> None:
        """Press a key that the last line shows with its word, as soon as it does."""
        self._becomes(lambda: f" {key} {word}" in self.last_line, f"{key} {word} among the keys")
        self._send(key)

    def answers(self, key: str, *dialog: str) -> None:
        """Press a key on a dialog that says so."""
        self.sees(*dialog)
        self._send(key)

    def _send(self, key: str) -> None:
        self.pressed.append(key)
        self.tmux("send-keys", {"⏎": "Enter"}.get(key, key))

    def _becomes(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < until, f"not on screen: {what}\n{self.screen}"
            time.sleep(0.1)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TrialCity]:
    """A city with one dead lamp, whose ticket the service did not take at first."""
    with trial_city(tmp_path, dead=(LAMP,), down=()) as city:
        yield city


@pytest.fixture
def terminal(city: TrialCity) -> Iterator[Terminal]:
    """A fresh user's console before that city, in French."""
    socket = f"falotier-{city.url.rpartition(':')[2]}"
    terminal = Terminal(socket)
    reach = (
        "console",
        "--url",
        city.url,
        "--token-file",
        str(city.home / "supervisor.token"),
        "--lang",
        "fr",
    )
    # Of the machine's own environment nothing: where COLUMNS is set, a terminal's real size is not asked for.
    known = {**environment(city.home), "TERM": "tmux-256color"}
    own = [f"{name}={known[name]}" for name in ("HOME", "LANG", "PATH", "TERM")]
    try:
        size = ("-x", str(COLUMNS), "-y", str(ROWS))
        terminal.tmux("new-session", "-d", *size, "env", "-i", *own, FALOTIER, *reach)
        yield terminal
    finally:
        subprocess.run(
            ["tmux", "-L", socket, "kill-server"], check=False, capture_output=True, timeout=WITHIN_S
        )


def test_a_newcomer_finds_the_dead_lamp_sees_why_and_sends_its_ticket_in_ten_keys_or_fewer(
    city: TrialCity, terminal: Terminal
) -> None:
    # The greeting says how to be rid of it.
    terminal.answers("⏎", "Bienvenue", "une touche pour fermer")
    # Ville says that something is broken, and the last line where to look.
    terminal.sees("Lampe éteinte", LAMP)
    terminal.presses("4", "Pannes ▲1")
    # The incident is under the cursor: what was measured, what ought to be, and the day behind it.
    terminal.sees("Pourquoi on le croit", "puissance attendue", "puissance, 24 h", LAMP)
    # The service did not take it; it does now.
    terminal.sees("no requests today", "s pour l’envoyer de nouveau.")
    assert city.desk.tickets == []
    city.opens_desk()
    terminal.presses("s", "envoyer")
    # The console is read-only until somebody means it: the button that Enter presses says so.
    terminal.answers("⏎", "Armer et continuer")
    terminal._becomes(lambda: len(city.desk.tickets) == 1, "a ticket at the service")
    (ticket,) = city.desk.tickets
    terminal.sees(f"n° {ticket.id}")
    assert (ticket.status, ticket.attributes["pole_number"]) == ("open", LAMP)
    assert len(terminal.pressed) <= MOST_KEYS

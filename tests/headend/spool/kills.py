"""Lives that are killed with -9 one after the other on the same folders, and what is counted at the end."""

import multiprocessing
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.headend.spool.lives import LIFE_NUMBERS, METRICS, Life, end, live, stored, told

FIRST_WORD_S = 20.0
"""Within which a life acknowledges something."""
LIVES_ON_S = 0.15
"""After that it lives on for so long at most."""
KILLED_EARLY = 0.2
"""The share of lives that are killed while they start."""
QUIET = 0.4
"""The share of lives to which nothing comes: they have stored what waits."""
STARTS_S = 0.12
LOOK_S = 0.001
LAST_LIFE_S = 120.0

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.headend.spool.lives"])


@dataclass
class Figures:
    """What was seen."""

    kills: int = 0
    acknowledged: int = 0
    """Readings."""
    sent: int = 0
    found: int = 0
    """Readings of those sent that the store held at the end."""
    damaged: int = 0
    longest_start_s: float = 0.0
    recovery_s: float = 0.0
    """Until all that waited at the end was stored."""
    problems: list[str] = field(default_factory=list)


def kill_one(life: Life, chance: Random) -> None:
    """Start a life, and kill it at a random moment."""
    process = _FORKS.Process(target=live, args=(life,))
    process.start()
    try:
        if chance.random() < KILLED_EARLY:
            time.sleep(chance.uniform(0.0, STARTS_S))
            return
        deadline = time.monotonic() + FIRST_WORD_S
        word = "acknowledged" if life.sends else "opened"
        while word not in told(life):
            assert process.is_alive(), "a life ended by itself"
            assert time.monotonic() < deadline, "a life that does nothing"
            time.sleep(LOOK_S)
        time.sleep(chance.uniform(0.0, LIVES_ON_S))
        assert process.is_alive(), "a life ended by itself"
    finally:
        process.kill()
        process.join()
        process.close()


async def campaign(folder: Path, kills: int, first_seed: int, within_s: float = float("inf")) -> Figures:
    """Kill so many lives one after the other, or as many as there is time for; let the last one end, and count."""
    chance = Random(first_seed)  # noqa: S311 (a test's)
    deadline = time.monotonic() + within_s
    lives: list[Life] = []
    while len(lives) < kills and time.monotonic() < deadline:
        seed = chance.randrange(1 << 30)
        lives.append(Life(str(folder), len(lives), seed, sends=chance.random() >= QUIET))
        kill_one(lives[-1], chance)
    last = Life(str(folder), len(lives), 0)
    process = _FORKS.Process(target=end, args=(last,))
    process.start()
    process.join(LAST_LIFE_S)
    figures = Figures(kills=len(lives))
    if process.exitcode != 0:
        figures.problems.append(f"the last life ended with {process.exitcode}")
        process.kill()
    return await _counted(figures, folder, lives, told(last))


async def _counted(figures: Figures, folder: Path, lives: list[Life], at_end: dict[str, float]) -> Figures:
    found, values = await stored(folder)
    there = set(found)
    figures.found = len(there)
    figures.damaged = round(at_end.get("damaged", 0))
    figures.recovery_s = at_end.get("recovered", 0.0)
    for name in ("unaccounted", "lost"):
        if at_end.get(name) != 0:
            figures.problems.append(f"{name}: {at_end.get(name)}")
    if values != len(METRICS) * len(there):
        figures.problems.append(f"{values} values of {len(there)} readings: some are there twice")
    known = 0
    for life in lives:
        said, first = told(life), life.number * LIFE_NUMBERS
        acknowledged, sent = round(said.get("acknowledged", 0)), round(said.get("sent", 0))
        figures.acknowledged += acknowledged
        figures.sent += sent
        figures.longest_start_s = max(figures.longest_start_s, said.get("opened", 0.0))
        if lost := [number for number in range(first, first + acknowledged) if number not in there]:
            figures.problems.append(f"life {life.number}: {len(lost)} lost, first {lost[0] - first}")
        if said.get("lost"):
            figures.problems.append(f"life {life.number} counted {said['lost']} as lost")
        known += sum(1 for number in range(first, first + sent) if number in there)
    if known != len(there):
        figures.problems.append(f"{len(there) - known} readings that were never sent")
    return figures

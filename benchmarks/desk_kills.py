"""``python -m benchmarks.desk_kills --runs 200``: a desk killed with -9, against a service in a bad mood.

Each run is a city's evening with a few causes, some of which end, come back and end again. The desk runs in a process
of its own, on records in a file; the simulated Allô Proximité makes trouble with a share of the requests: busy, cut,
answer lost, ten seconds slow, taken late, refused as a duplicate of itself. Time runs ``SPEED`` times as fast, network
time-outs with it. In the end there has to be one ticket per cause, its updates in order, and nothing sent twice.
"""

import argparse
import asyncio
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from aiohttp import web

from benchmarks.desk_life import DUSK, RECORDS, Trouble, live, troubles
from city.clock import Anchor, SimulatedClock
from city.incidents import State
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_moods import Mood, Moods
from headend.records import Records, Ticket, TicketState

SPEED = 200.0
"""Simulated seconds per real second."""
DELAY_S = 0.05, 0.1
"""Real; 10 and 20 simulated seconds: some slow answers come in time, some do not."""
UNWELL = 0.3
"""The share of requests that something happens to."""
MOST_KILLS = 4
AT_ONCE = 4
LAST_LIFE_S = 90.0
"""Real seconds that the last life of a run may take to bring everything to its end."""


@dataclass
class Figures:
    """What a campaign has seen."""

    runs: int = 0
    kills: int = 0
    in_a_request: int = 0
    """Kills while a request was at the service."""
    causes: int = 0
    silent: int = 0
    """Causes that ended before the service had them."""
    tickets: int = 0
    updates: int = 0
    moods: Counter[Mood] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Run:
    """One evening."""

    def __init__(self, seed: int, folder: Path, figures: Figures) -> None:
        self._seed = seed
        self._folder = folder
        self._figures = figures
        self._random = Random(f"kills {seed}")  # noqa: S311 - a story, no secret
        self._process: BaseProcess | None = None
        self._requests_left: int | None = None

    async def play(self) -> None:
        """Live, be killed, live again, and look what came of it."""
        clock = SimulatedClock.starting(DUSK, SPEED)
        service = Open311Desk(clock)
        moods = Moods(self._seed, UNWELL)
        service.moods = self._killing(moods)
        service.mood_delay = self._random.choice(DELAY_S)
        async with service:
            for _ in range(self._random.randint(1, MOST_KILLS)):
                async with self._life(service, clock.anchor) as process:
                    await self._kill_sometime(process)
            async with self._life(service, clock.anchor) as process:
                if not await _ends(process, LAST_LIFE_S):
                    self._figures.problems.append(f"run {self._seed}: not at its end in {LAST_LIFE_S} s")
        self._figures.runs += 1
        self._figures.moods += moods.counts
        await self._check(service)

    def _killing(self, moods: Moods) -> Callable[[web.Request], Mood]:
        """Moods that kill the desk at a request of its own, before it is done."""

        def mood(request: web.Request) -> Mood:
            if self._requests_left is not None and self._process is not None:
                self._requests_left -= 1
                if self._requests_left == 0:
                    self._process.kill()
                    self._figures.kills += 1
                    self._figures.in_a_request += 1
            return moods(request)

        return mood

    @asynccontextmanager
    async def _life(self, service: Open311Desk, anchor: Anchor) -> AsyncIterator[BaseProcess]:
        process = _FORKS.Process(
            target=live, args=(str(self._folder), service.url, service.api_key, anchor, self._seed)
        )
        process.start()
        self._process = process
        try:
            yield process
        finally:
            self._process = self._requests_left = None
            process.kill()
            await asyncio.to_thread(process.join)
            process.close()

    async def _kill_sometime(self, process: BaseProcess) -> None:
        """At the nth request, or at any moment."""
        if self._random.random() < 0.5:
            self._requests_left = self._random.randint(1, 16)
            await _ends(process, LAST_LIFE_S)
        elif not await _ends(process, self._random.uniform(0.05, 1.5)):
            process.kill()
            self._figures.kills += 1

    async def _check(self, service: Open311Desk) -> None:
        async with Records(RECORDS, self._folder) as records:
            for trouble in troubles(self._seed):
                ours = await records.tickets.get(trouble.id)
                self._figures.problems += [
                    f"run {self._seed}, {trouble.id}: {problem}"
                    for problem in self._wrong(trouble, ours, service)
                ]

    def _wrong(self, trouble: Trouble, ours: Ticket | None, service: Open311Desk) -> list[str]:
        theirs = [each for each in service.tickets if each.external_ref == trouble.id]
        self._figures.causes += 1
        self._figures.tickets += len(theirs)
        if ours is None:
            return ["it was lost"]
        if not theirs:
            self._figures.silent += 1
            silent = ours.state is TicketState.CLOSED and ours.service_id is None and trouble.hasty
            return [] if silent else [f"no ticket, and ours is {ours.state}: {ours.detail}"]
        wrong = [f"{len(theirs)} tickets"] if len(theirs) > 1 else []
        ticket = theirs[0]
        told = [update.id for update in ticket.updates]
        self._figures.updates += len(told)
        expected = trouble.updates
        if told != expected and not (trouble.hasty and told == expected[len(expected) - len(told) :]):
            wrong.append(f"told {told}, expected {expected}")
        if ticket.repeats:
            wrong.append(f"{ticket.repeats} updates sent twice")
        ends = "open" if trouble.acts[-1].state is State.OPEN else "closed"
        if (ticket.status, ours.state.value, ours.service_id) != (ends, ends, ticket.id):
            wrong.append(f"is {ticket.status}, ours {ours.state} as {ours.service_id}, expected {ends}")
        return wrong


async def _ends(process: BaseProcess, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while process.is_alive():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["benchmarks.desk_life"])


async def campaign(runs: int, first_seed: int = 1) -> Figures:
    """So many runs, a few at a time."""
    figures = Figures()
    free = asyncio.Semaphore(AT_ONCE)

    async def one(seed: int) -> None:
        async with free:
            with TemporaryDirectory() as folder:
                await Run(seed, Path(folder), figures).play()

    async with asyncio.TaskGroup() as group:
        for seed in range(first_seed, first_seed + runs):
            group.create_task(one(seed))
    return figures


def main() -> int:
    """Run a campaign and print its figures; 1 if anything was doubled, lost or out of order."""
    parser = argparse.ArgumentParser(description="Kill the desk with -9 at random points.")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    asked = parser.parse_args()
    begun = time.monotonic()
    figures = asyncio.run(campaign(asked.runs, asked.seed))
    moods = ", ".join(f"{mood} {count}" for mood, count in figures.moods.most_common())
    for what, value in (
        ("runs", figures.runs),
        ("killed with -9", f"{figures.kills}, {figures.in_a_request} of them in the middle of a request"),
        ("causes", f"{figures.causes}, {figures.silent} over before the service had them"),
        ("tickets", figures.tickets),
        ("updates", figures.updates),
        ("requests by mood", moods),
        ("problems", len(figures.problems)),
        ("wall time", f"{time.monotonic() - begun:.0f} s"),
    ):
        print(f"{what:<18} {value}", flush=True)
    for problem in figures.problems:
        print(problem, file=sys.stderr)
    return 1 if figures.problems else 0


if __name__ == "__main__":
    sys.exit(main())

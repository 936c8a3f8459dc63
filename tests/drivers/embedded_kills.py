"""An embedded store that is killed again and again while it writes, empties its fresh rows, merges, summarises, drops.

``python -m tests.drivers.embedded_kills FOLDER KILLS SEED``: each run opens the folder, repeats the batch that may have
been under way, goes on writing while the folder is put in order, and is killed at a random moment. Some compare every
hour of the last days with what was acknowledged. Values are corrected and added up to 25 hours late, and all but two
days are kept as summaries only.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, Tags, Window
from drivers.embedded import EmbeddedStore, store

START = datetime(2026, 2, 27, tzinfo=UTC)
EVERY = timedelta(minutes=30)
HOUR = timedelta(hours=1)
LAMPS = 12
LATE = 50
"""Batches by which a late one is late: 25 hours."""
LOOK_BACK = timedelta(days=4)
COMPARING, KEEPING = 0.2, 0.1
"""The shares of runs that compare, and that are let put all in order once."""
BATCHES = 7
"""Fewer are written in a run."""
MORE_S = 0.05
"""For how long at most it then goes on."""


class Model:
    """What the store has to hold after some batches."""

    def __init__(self) -> None:
        self.batches = 0
        self._values: dict[tuple[str, datetime], float] = {}
        self._hours: dict[str, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))

    def next_batch(self) -> list[Reading]:
        """The next readings; they count from then on."""
        number, self.batches = self.batches, self.batches + 1
        batch = readings(number)
        for reading in batch:
            value = reading.values[Metric.POWER]
            hour = reading.at.replace(minute=0)
            self._hours[reading.device][hour] += value - self._values.get((reading.device, reading.at), 0.0)
            self._values[reading.device, reading.at] = value
        return batch

    def sums(self, since: datetime) -> Mapping[str, Mapping[datetime, float]]:
        """The sum of each lamp's values by hour, from an instant on."""
        return {
            lamp: {hour: value for hour, value in hours.items() if hour >= since}
            for lamp, hours in self._hours.items()
        }


def readings(number: int) -> list[Reading]:
    """Every fourth batch corrects values of the day before, and adds some to it."""
    late = number % 4 == 3 and number >= LATE
    of = number - LATE if late else number
    batch = []
    for lamp in range(LAMPS):
        at = START + of * EVERY + (timedelta(minutes=3) if late and lamp % 2 else timedelta())
        value = 10.0 + (7 * lamp + 13 * number) % 90
        batch.append(Reading(f"L{lamp:02}", DeviceKind.LAMP, at, {Metric.POWER: value}))
    return batch


def no_tags(_device: str) -> Tags:
    """Nothing is grouped."""
    return {}


async def compare(opened: EmbeddedStore, model: Model) -> None:
    """Every hour of the last days, whether it is still there or summarised."""
    now = START + model.batches * EVERY
    since = max(START, (now - LOOK_BACK).replace(minute=0))
    window = Window(since, now + HOUR)
    found = await opened.each(DeviceKind.LAMP, Metric.POWER, window, HOUR, Aggregate.SUM)
    for lamp, hours in model.sums(since).items():
        got = {sample.at: sample.value for sample in found.get(lamp, ())}
        for hour, value in hours.items():
            if abs(got.pop(hour, 0.0) - value) > 0.01:
                raise AssertionError(f"{lamp} {hour}: expected {value} after {model.batches} batches")
        if got:
            raise AssertionError(f"{lamp}: never written: {got}")


async def live(folder: Path, model: Model, told: int, *, comparing: bool) -> None:
    """Keep and write until killed; a batch is told once it is acknowledged, and what was compared or kept too."""
    async with EmbeddedStore(folder, no_tags, keep_days=2, keep_summaries_days=0) as opened:
        await opened.write(model.next_batch())
        os.write(told, b".")

        async def keep() -> None:
            while True:
                await opened.keep(START + model.batches * EVERY)
                os.write(told, b"k")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep())
            if comparing:
                await compare(opened, model)
                os.write(told, b"=")
            while True:
                await opened.write(model.next_batch())
                os.write(told, b".")


def run_once(folder: Path, model: Model, chance: random.Random) -> str:
    """One life; brings the model up to what was acknowledged. Gives what it told."""
    comparing = chance.random() < COMPARING
    wanted = b"=" if comparing else b"k" if chance.random() < KEEPING else b""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        asyncio.run(live(folder, model, writing, comparing=comparing))
        os._exit(3)
    os.close(writing)
    told, enough = b"", chance.randrange(BATCHES)
    while told.count(b".") < enough or wanted not in told:
        if not (some := os.read(reading, 1000)):
            break
        told += some
    time.sleep(chance.random() * MORE_S)
    os.kill(child, signal.SIGKILL)
    while some := os.read(reading, 1000):
        told += some
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError(f"it ended by itself: {status}")
    for _ in range(told.count(b".")):
        model.next_batch()
    return told.decode()


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill it that many times, and look once more."""
    store.FRESH_ROWS, store.RETRY_ROWS, store.FEW_ROWS = 5 * LAMPS, 5 * LAMPS, 0
    chance, model = random.Random(seed), Model()  # noqa: S311
    told = "".join(run_once(folder, model, chance) for _ in range(kills))

    async def end() -> None:
        async with EmbeddedStore(folder, no_tags, keep_days=2, keep_summaries_days=0) as opened:
            await opened.write(model.next_batch())
            await opened.keep(START + model.batches * EVERY)
            await compare(opened, model)

    asyncio.run(end())
    done = f"{told.count('=')} comparisons, {told.count('k')} times in order, {model.batches} batches"
    print(f"{kills} kills, {done}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

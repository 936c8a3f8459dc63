import asyncio
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from city.clock import Anchor, ManualClock, SimulatedClock, SystemClock

START = datetime(2026, 11, 30, 15, tzinfo=UTC)
PATIENCE_S = 5.0


async def test_the_system_clock_shows_utc_and_sleeps() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0.01)
    assert clock.now() - before >= timedelta(seconds=0.009)
    assert before.utcoffset() == timedelta()


def test_a_simulated_clock_runs_at_its_speed_from_its_start() -> None:
    clock = SimulatedClock.starting(START, speed=3600)
    real = time.monotonic()
    first = clock.now()
    while time.monotonic() - real < 0.02:
        pass
    run = (clock.now() - first).total_seconds()
    assert 0.02 * 3600 * 0.9 <= run <= (time.monotonic() - real) * 3600 * 1.1 + 1


def test_two_processes_with_one_anchor_share_one_time() -> None:
    anchor = Anchor(datetime.now(UTC) - timedelta(seconds=10), START, 60.0)
    one, other = SimulatedClock(anchor), SimulatedClock(anchor)
    assert abs((one.now() - other.now()).total_seconds()) < 60
    assert one.now() - START >= timedelta(minutes=9)


def test_a_simulated_clock_shows_utc_whatever_zone_its_anchor_is_written_in() -> None:
    paris = START.astimezone(timezone(timedelta(hours=1)))
    for clock in (
        SimulatedClock(Anchor(datetime.now(UTC), paris, 1.0)),
        SimulatedClock.starting(paris),
    ):
        assert clock.now().tzinfo is UTC


async def test_sleeping_takes_simulated_time() -> None:
    clock = SimulatedClock.starting(START, speed=10_000)
    async with asyncio.timeout(PATIENCE_S):
        await clock.sleep(600)
    assert clock.now() - START >= timedelta(seconds=600)


async def test_a_held_clock_stands_still_and_its_sleepers_wait() -> None:
    clock = SimulatedClock.starting(START, speed=10_000)
    async with asyncio.timeout(PATIENCE_S):
        sleeper = asyncio.ensure_future(clock.sleep(200))
        await asyncio.sleep(0)
        clock.hold()
        clock.hold()
        held_at = clock.now()
        await asyncio.sleep(0.05)
        assert clock.now() == held_at
        assert not sleeper.done()
        clock.release()
        clock.release()
        await sleeper
    assert clock.now() >= held_at


def test_time_held_is_not_made_up_for() -> None:
    clock = SimulatedClock.starting(START, speed=1.0)
    clock.hold()
    held_at = clock.now()
    real = time.monotonic()
    while time.monotonic() - real < 0.05:
        pass
    clock.release()
    assert clock.now() - held_at < timedelta(seconds=0.04)


@pytest.mark.parametrize("seconds", [0, -5])
async def test_no_clock_waits_for_what_is_past(seconds: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await SimulatedClock.starting(START).sleep(seconds)
        await ManualClock(START).sleep(seconds)


async def test_a_manual_clock_wakes_sleepers_in_order_each_at_its_own_instant() -> None:
    clock = ManualClock(START)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, (clock.now() - START).total_seconds()))

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        group.create_task(sleeper("late", 30))
        group.create_task(sleeper("early", 10))
        await asyncio.sleep(0)
        await clock.advance(9)
        assert woken == []
        await clock.advance(60)
    assert woken == [("early", 10.0), ("late", 30.0)]
    assert clock.now() == START + timedelta(seconds=69)


async def test_a_manual_clock_wakes_one_who_sleeps_again_and_again() -> None:
    clock = ManualClock(START)
    beats: list[float] = []

    async def heart() -> None:
        while len(beats) < 5:
            await clock.sleep(60)
            beats.append((clock.now() - START).total_seconds())

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        group.create_task(heart())
        await asyncio.sleep(0)
        await clock.advance(300)
    assert beats == [60.0, 120.0, 180.0, 240.0, 300.0]


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = ManualClock(START)
    async with asyncio.timeout(PATIENCE_S):
        sleeper = asyncio.ensure_future(clock.sleep(10))
        await asyncio.sleep(0)
        sleeper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeper
        await clock.advance(20)
    assert clock.now() == START + timedelta(seconds=20)

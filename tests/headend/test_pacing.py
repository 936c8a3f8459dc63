"""Schedules and back-off."""

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from headend.pacing import BackOff, Schedule
from tests.headend.recording import running

START = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


async def record(clock: ManualClock, schedule: Schedule, work_s: list[float], seen: list[float]) -> None:
    while True:
        await schedule.next()
        seen.append((clock.now() - START).total_seconds())
        if work_s:
            await clock.sleep(work_s.pop(0))


async def test_instants_are_absolute_and_slow_work_makes_none_drift() -> None:
    clock = ManualClock(START)
    seen: list[float] = []
    async with running(record(clock, Schedule(clock, 60, 15), [7.0, 13.0, 1.0], seen)):
        await clock.advance(200)
    assert seen == [15, 75, 135, 195]


async def test_instants_that_went_by_are_skipped_never_made_up_for() -> None:
    clock = ManualClock(START)
    seen: list[float] = []
    async with running(record(clock, Schedule(clock, 60), [150.0], seen)):
        await clock.advance(310)
    assert seen == [0, 180, 240, 300]


async def test_a_clock_stepped_back_never_stops_the_work_for_longer_than_a_period() -> None:
    clock = ManualClock(START)
    schedule = Schedule(clock, 60)
    await schedule.next()
    clock._now -= timedelta(hours=1)
    waiting = asyncio.create_task(schedule.next())
    await asyncio.sleep(0)
    await clock.advance(61)
    assert waiting.done()


@given(st.integers(0, 200))
def test_waits_grow_to_the_cap_and_no_further(failures: int) -> None:
    back_off = BackOff(1.0, 60.0)
    for _ in range(failures):
        back_off.next_s()
    assert 0.5 <= back_off.next_s() <= 60.0
    back_off.reset()
    assert back_off.next_s() <= 1.0

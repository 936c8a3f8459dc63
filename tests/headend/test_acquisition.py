"""Polling: nothing slow delays the rest."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime

from city.clock import ManualClock
from city.errors import Unreachable
from city.measurements import Batch, DeviceKind, Metric, Reading
from headend.acquisition import Polled, Polling
from headend.connections import Connections, Group
from tests.headend.recording import EVENING, running, until


def answer(name: str, at: datetime) -> Batch:
    return Batch(name, at, (Reading(name, DeviceKind.CABINET, at, {Metric.POWER: 1.0}),))


class Bench:
    def __init__(
        self,
        polls: dict[str, Callable[[datetime], Awaitable[Batch]]],
        timeout_s: float = 5.0,
        at_once: int = 10,
    ) -> None:
        self.clock = ManualClock(EVENING)
        self.connections = Connections(self.clock)
        self.batches: list[tuple[str, float]] = []
        self.misses: list[tuple[str, float]] = []
        self.polling = Polling(
            [Polled(name, poll) for name, poll in polls.items()],
            period_s=60.0,
            timeout_s=timeout_s,
            at_once=at_once,
            clock=self.clock,
            group=Group(self.connections, "modbus", len(polls)),
            on_batch=lambda batch: self.batches.append((batch.source, self.seconds(batch.received_at))),
            on_miss=lambda name, at: self.misses.append((name, self.seconds(at))),
        )

    @staticmethod
    def seconds(at: datetime) -> float:
        return (at - EVENING).total_seconds()

    @property
    def connection(self) -> tuple[bool, str]:
        view = self.connections.views()[0]
        return view.up, view.detail


async def test_polls_are_spread_over_the_period_and_keep_their_instants() -> None:
    async def poll(at: datetime) -> Batch:
        return answer("A-1", at)

    bench = Bench({"A-1": poll, "A-2": poll})
    async with running(bench.polling.run()):
        await bench.clock.advance(130)
    assert [at for _, at in bench.batches] == [0, 30, 60, 90, 120]
    assert bench.connection == (True, "2 / 2")


async def test_a_dead_device_delays_no_other_and_is_probed_ever_more_rarely() -> None:
    async def well(at: datetime) -> Batch:
        return answer("A-1", at)

    async def dead(at: datetime) -> Batch:
        raise Unreachable("A-2: no answer")

    bench = Bench({"A-1": well, "A-2": dead})
    async with running(bench.polling.run()):
        await bench.clock.advance(1199)
    assert len(bench.batches) == 20
    assert [at for _, at in bench.misses] == [30, 90, 150, 270, 510, 810, 1110]
    assert bench.connection == (True, "1 / 2")


async def test_a_device_that_returns_is_polled_at_its_pace_again() -> None:
    dead = True

    async def poll(at: datetime) -> Batch:
        if dead:
            raise Unreachable("away")
        return answer("A-1", at)

    bench = Bench({"A-1": poll})
    async with running(bench.polling.run()):
        await bench.clock.advance(500)
        assert bench.connection == (False, "0 / 1: away")
        dead = False
        await bench.clock.advance(600)
    later = [at for _, at in bench.batches]
    assert later[0] <= 500 + 300
    assert all(second - first == 60 for first, second in itertools.pairwise(later))
    assert bench.connection == (True, "1 / 1")


async def test_a_device_that_hangs_is_cut_off_and_the_rest_goes_on() -> None:
    async def hang(at: datetime) -> Batch:
        await asyncio.Event().wait()
        raise AssertionError

    async def well(at: datetime) -> Batch:
        return answer("A-2", at)

    bench = Bench({"A-1": hang, "A-2": well}, timeout_s=0.02)
    async with running(bench.polling.run()):
        await bench.clock.advance(100)
        assert len(bench.batches) == 2
        await asyncio.sleep(0.05)
    assert bench.misses == [("A-1", 0.0)]


async def test_a_slow_poll_skips_instants_and_never_piles_up() -> None:
    under_way = 0
    most = 0
    bench: Bench

    async def slow(at: datetime) -> Batch:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await bench.clock.sleep(150)
        under_way -= 1
        return answer("A-1", at)

    bench = Bench({"A-1": slow})
    async with running(bench.polling.run()):
        await bench.clock.advance(700)
    assert most == 1
    assert [at for _, at in bench.batches] == [0, 180, 360, 540]


async def test_stopping_finishes_polls_under_way_and_starts_no_other() -> None:
    gate = asyncio.Event()

    async def slow(at: datetime) -> Batch:
        await gate.wait()
        return answer("A-1", at)

    async def well(at: datetime) -> Batch:
        return answer("A-2", at)

    bench = Bench({"A-1": slow, "A-2": well})
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(bench.polling.run())
        await asyncio.sleep(0.01)
        await bench.clock.advance(10)
        bench.polling.stop()
        await asyncio.sleep(0.01)
        assert not polling.done()
        gate.set()
    assert bench.batches == [("A-1", 0.0)]


async def test_no_more_polls_run_together_than_allowed() -> None:
    under_way = 0
    most = 0

    async def poll(at: datetime) -> Batch:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return answer("x", at)

    bench = Bench({f"A-{number}": poll for number in range(30)}, at_once=3)
    async with running(bench.polling.run()):
        await bench.clock.advance(60)
        await asyncio.sleep(0.1)
    assert most == 3


async def test_a_protocol_without_devices_is_not_shown_as_away() -> None:
    bench = Bench({})
    await bench.polling.run()
    assert bench.connection == (True, "0 / 0")


async def test_a_device_asked_for_soon_is_polled_at_once_and_keeps_its_turn() -> None:
    async def poll(at: datetime) -> Batch:
        return answer("A-1", at)

    bench = Bench({"A-1": poll, "A-2": poll})
    async with running(bench.polling.run()):
        await bench.clock.advance(10)
        for name in ("A-2", "A-2", "A-9"):
            bench.polling.soon(name)
        await until(lambda: len(bench.batches) == 2)
        await bench.clock.advance(51)
    assert [at for _, at in bench.batches] == [0, 10, 30, 60]


async def test_a_device_asked_for_soon_while_it_is_polled_is_not_polled_twice() -> None:
    gate = asyncio.Event()

    async def slow(at: datetime) -> Batch:
        await gate.wait()
        return answer("A-1", at)

    bench = Bench({"A-1": slow})
    async with running(bench.polling.run()):
        await bench.clock.advance(5)
        bench.polling.soon("A-1")
        await bench.clock.advance(5)
        gate.set()
        await bench.clock.advance(5)
    assert len(bench.batches) == 1


async def test_polling_that_stops_finishes_a_poll_out_of_its_turn() -> None:
    gate = asyncio.Event()
    asked = asyncio.Event()

    async def slow(at: datetime) -> Batch:
        if at > EVENING:
            asked.set()
            await gate.wait()
        return answer("A-1", at)

    bench = Bench({"A-1": slow})
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(bench.polling.run())
        await until(lambda: len(bench.batches) == 1)
        await bench.clock.advance(10)
        bench.polling.soon("A-1")
        await asked.wait()
        bench.polling.stop()
        gate.set()
    assert [at for _, at in bench.batches] == [0, 10]

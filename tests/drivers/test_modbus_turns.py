"""Whose turn it is on a line: nobody is held up for more than one time-out by somebody else's silence."""

import asyncio
import random
import time
from contextlib import closing
from itertools import groupby

import pytest

from city.errors import Outside, Unreachable
from drivers.modbus.line import ModbusLine, NoAnswer
from drivers.modbus.turns import REST_TIMEOUTS, Turns
from tests.drivers.modbus_gateway import GatewayPeer, gateway_peer
from tests.drivers.modbus_peers import framed

TIMEOUT_S = 0.1
REQUESTS = 4


def line(told: GatewayPeer, timeout_s: float = TIMEOUT_S) -> "closing[ModbusLine]":
    return closing(ModbusLine(told.gateway, timeout_s=timeout_s))


async def poll(modbus: ModbusLine, unit: int) -> float:
    """Read a unit as a poll does; how long it took, seconds."""
    started = time.monotonic()
    async with modbus.turn(unit) as held:
        for request in range(REQUESTS):
            await held.read(unit, 4, 10 * request, 2)
    return time.monotonic() - started


async def missed(modbus: ModbusLine, unit: int) -> str:
    """Poll a unit that does not answer; what was said of it."""
    with pytest.raises(Unreachable) as caught:
        await poll(modbus, unit)
    return str(caught.value)


async def test_ten_dead_units_cost_one_time_out_each_and_then_nothing() -> None:
    dead = range(11, 21)
    async with gateway_peer() as told:
        told.dead |= set(dead)
        with line(told) as modbus:
            started = time.monotonic()
            await asyncio.gather(poll(modbus, 1), *(missed(modbus, unit) for unit in dead))
            assert time.monotonic() - started < (len(dead) + 5) * TIMEOUT_S
            told.asked.clear()
            started = time.monotonic()
            said = await asyncio.gather(*(missed(modbus, unit) for unit in dead), poll(modbus, 1))
            assert time.monotonic() - started < TIMEOUT_S
    assert told.asked == [1] * REQUESTS
    assert all("did not answer, is asked again in" in why for why in said[:-1] if isinstance(why, str))


async def test_a_neighbour_waits_for_one_time_out_at_most_however_many_silent_units_are_due() -> None:
    dead = range(11, 13)
    async with gateway_peer() as told:
        told.dead |= set(dead)
        with line(told) as modbus:
            await asyncio.gather(poll(modbus, 1), *(missed(modbus, unit) for unit in dead))
            await asyncio.sleep(TIMEOUT_S * REST_TIMEOUTS * len(dead))  # now all of them are due again
            probes = [asyncio.create_task(missed(modbus, unit)) for unit in dead]
            await asyncio.sleep(0.01)
            assert await poll(modbus, 1) < 2 * TIMEOUT_S
            await asyncio.gather(*probes)
    last = [unit for unit, _ in groupby(told.asked)][-len(dead) - 1 :]
    assert last[1] == 1  # right after the one that was under way, and never cut up by another


async def test_silent_units_rest_the_longer_the_more_of_them_a_line_has() -> None:
    turns = Turns(TIMEOUT_S)
    for unit in (1, 2, 3):
        async with turns.take(unit, urgent=False):
            pass
    turns.missed(1)
    alone = turns.rest_s(1)
    turns.missed(2)
    both = [turns.rest_s(unit) for unit in (1, 2)]
    assert alone == pytest.approx(REST_TIMEOUTS * TIMEOUT_S, abs=0.05)
    assert both == pytest.approx([2 * REST_TIMEOUTS * TIMEOUT_S] * 2, abs=0.05)
    assert turns.rest_s(3) == 0
    turns.answered(2)
    assert turns.rest_s(2) == 0


async def test_a_silent_unit_that_has_its_line_to_itself_is_asked_whenever_the_head_end_asks() -> None:
    async with gateway_peer() as told:
        told.dead.add(1)
        with line(told, 0.02) as modbus:
            for _ in range(2):
                assert "no answer within" in await missed(modbus, 1)
            told.dead.clear()
            await poll(modbus, 1)


async def test_a_gateway_s_word_that_a_unit_is_silent_counts_as_its_silence() -> None:
    async with gateway_peer() as told:
        told.answer = lambda request: framed(request, b"\x84\x0b")
        with line(told) as modbus:
            for unit in (1, 2):
                with pytest.raises(
                    NoAnswer, match=r"no answer from the unit behind the gateway \(exception 11\)"
                ):
                    await poll(modbus, unit)
            assert "is asked again in" in await missed(modbus, 2)
    assert told.asked == [1, 2]


async def test_an_order_is_tried_even_while_its_unit_rests_and_an_answer_makes_it_well_again() -> None:
    async with gateway_peer() as told:
        told.dead.add(2)
        with line(told) as modbus:
            await poll(modbus, 1)
            await missed(modbus, 2)
            told.dead.clear()
            told.answer = lambda request: framed(request, request[7:12])
            await modbus.write_register(2, 50, 1)
            assert told.asked[-1] == 2
            async with modbus.turn(2):
                pass


async def test_an_order_goes_before_the_polls_that_wait_and_between_two_requests_of_the_one_under_way() -> (
    None
):
    async with gateway_peer() as told:
        told.delays_s = dict.fromkeys(range(10), 0.005)
        with line(told, 1.0) as modbus:
            polls = [asyncio.create_task(poll(modbus, unit)) for unit in (1, 2, 3)]
            await asyncio.sleep(0.012)
            async with modbus.turn(9, urgent=True) as held:
                await held.read(9, 3, 0, 1)
            await asyncio.gather(*polls)
    order = told.asked.index(9)
    assert set(told.asked[:order]) == {1}
    assert order < REQUESTS
    assert [unit for unit in told.asked if unit != 9] == [1] * REQUESTS + [2] * REQUESTS + [3] * REQUESTS


async def test_a_poll_under_way_is_not_cut_up_by_those_that_wait() -> None:
    async with gateway_peer() as told:
        told.delays_s = dict.fromkeys(range(5), 0.002)
        with line(told, 1.0) as modbus:
            await asyncio.gather(*(poll(modbus, unit) for unit in range(5)))
    assert told.asked == [unit for unit in range(5) for _ in range(REQUESTS)]


async def test_a_slow_unit_gives_way_after_one_time_out_s_worth_of_requests() -> None:
    async with gateway_peer() as told:
        told.delays_s = {7: 0.6 * 3 * TIMEOUT_S}
        with line(told, 3 * TIMEOUT_S) as modbus:
            slow = asyncio.create_task(poll(modbus, 7))
            await asyncio.sleep(0.01)
            took_s = [await poll(modbus, 1) for _ in range(3)]
            await slow
    assert max(took_s) < 3 * TIMEOUT_S
    assert [unit for unit, _ in groupby(told.asked)] == [7, 1, 7, 1, 7, 1, 7]


async def test_whoever_gives_up_waiting_or_asking_leaves_the_line_to_the_others() -> None:
    chance = random.Random(3)  # noqa: S311 - not for secrets
    under_way = 0
    turns = Turns(TIMEOUT_S)

    async def visit(unit: int) -> None:
        nonlocal under_way
        async with turns.take(unit, urgent=chance.random() < 0.2) as turn:
            for _ in range(chance.randint(1, 4)):
                await turns.give_way(turn)
                under_way += 1
                assert under_way == 1
                turn.spend(chance.random() * TIMEOUT_S)
                try:
                    await asyncio.sleep(chance.random() * 0.001)
                finally:
                    under_way -= 1

    visits = [asyncio.create_task(visit(unit % 7)) for unit in range(300)]
    for _ in visits:
        await asyncio.sleep(0)
        if chance.random() < 0.5:
            chance.choice(visits).cancel()
    done = await asyncio.gather(*visits, return_exceptions=True)
    assert {type(each) for each in done} == {type(None), asyncio.CancelledError}
    async with asyncio.timeout(1), turns.take(1, urgent=False):
        pass


async def test_a_line_that_nobody_answers_on_ends_every_request_with_an_error_of_ours() -> None:
    async with gateway_peer() as told:
        told.dead |= set(range(20))
        with line(told, 0.02) as modbus:
            ends = await asyncio.gather(*(poll(modbus, unit) for unit in range(20)), return_exceptions=True)
    assert all(isinstance(end, Outside) for end in ends)

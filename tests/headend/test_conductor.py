"""What controllers hold, and what they are told."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

from city.errors import Refused
from city.measurements import DeviceKind, Fact, Metric, Reading
from headend.order_book import OrderBook
from lighting.cabinet_programmes import CabinetProgramme
from lighting.orders import Override
from tests.headend.recording import EVENING, batch, event, lamp_reading, running
from tests.headend.small_city import Parts

HOUR = timedelta(hours=1)


def say(parts: Parts, lamp: str, programme: str | None = None, order: str | None = None) -> None:
    parts.ingest(batch(lamp_reading(lamp, parts.clock.now(), programme=programme, order=order)))


def happens(parts: Parts, lamp: str, what: str, reference: str = "", why: str = "") -> None:
    parts.ingest(batch(event(lamp, parts.clock.now(), what, reference, why)))


def cabinet_says(parts: Parts, held: str) -> None:
    values = {Metric.POWER: 1.0}
    parts.ingest(
        batch(Reading("A-001", DeviceKind.CABINET, parts.clock.now(), values, {Fact.PROGRAMME: held}))
    )


def override(parts: Parts, *points: str, name: str = "o-1", level: float = 40.0) -> Override:
    now = parts.clock.now()
    return Override(name, "x", frozenset(points), level, "chantier", "anne", now, now + 2 * HOUR)


async def a_round(parts: Parts, seconds: float = 6.0) -> None:
    for _ in range(3):
        await parts.clock.advance(seconds / 3)
        await asyncio.sleep(0.002)


async def test_a_controller_without_the_programme_gets_it_once_and_is_believed() -> None:
    parts = Parts()
    async with running(parts.conductor.run()):
        say(parts, "L1")
        say(parts, "L2", programme=parts.programme)
        await a_round(parts)
        assert parts.ways.sent == [("programme", "L1", parts.programme)]
        happens(parts, "L1", "programme_accepted", parts.programme)
        await a_round(parts, 300)
    assert len(parts.ways.sent) == 1
    assert parts.holding == 2


async def test_who_was_never_heard_of_is_sent_nothing() -> None:
    parts = Parts()
    async with running(parts.conductor.run()):
        await a_round(parts, 60)
    assert parts.ways.sent == []


async def test_a_silent_controller_is_told_again_after_a_minute_and_then_ever_more_rarely() -> None:
    parts = Parts()
    async with running(parts.conductor.run()):
        say(parts, "L1")
        await a_round(parts, 50)
        assert len(parts.ways.sent) == 1
        await a_round(parts, 30)
        assert len(parts.ways.sent) == 2
        await a_round(parts, 100)
        assert len(parts.ways.sent) == 2
        await a_round(parts, 60)
        assert len(parts.ways.sent) == 3


async def test_one_that_keeps_refusing_is_asked_ever_more_rarely() -> None:
    parts = Parts()
    async with running(parts.conductor.run()):
        say(parts, "L1")
        told = []
        for minute in range(30):
            sent = len(parts.ways.sent)
            await a_round(parts, 60)
            if len(parts.ways.sent) > sent:
                told.append(minute)
                happens(parts, "L1", "programme_refused", parts.programme, "flash is full")
    gaps = [later - earlier for earlier, later in itertools.pairwise(told)]
    assert len(gaps) >= 3
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 8


async def test_a_broker_that_is_away_loses_nothing() -> None:
    parts = Parts()
    parts.ways.away = True
    async with running(parts.conductor.run()):
        say(parts, "L1")
        await a_round(parts)
        parts.ways.away = False
        await a_round(parts, 15)
    assert parts.ways.sent == [("programme", "L1", parts.programme)]


async def test_an_order_goes_out_at_once_and_is_confirmed_by_the_controller() -> None:
    parts = Parts()
    say(parts, "L1", programme=parts.programme)
    async with running(parts.conductor.run()):
        parts.book.put(override(parts, "L1", "L2"), EVENING)
        parts.conductor.kick()
        await asyncio.sleep(0.01)
        assert sorted(parts.ways.sent) == [("order", "L1", "o-1"), ("order", "L2", "o-1")]
        happens(parts, "L1", "order_accepted", "o-1")
        say(parts, "L2", programme=parts.programme, order="o-1")
        await a_round(parts, 120)
    assert parts.book.confirmed["o-1"] == {"L1", "L2"}
    assert len(parts.ways.sent) == 2


async def test_a_refusal_is_kept_with_its_reason_and_not_argued_with() -> None:
    parts = Parts()
    say(parts, "L1", programme=parts.programme)
    async with running(parts.conductor.run()):
        parts.book.put(override(parts, "L1"), EVENING)
        await a_round(parts)
        happens(parts, "L1", "order_refused", "o-1", "local mode")
        await a_round(parts, 300)
    assert parts.book.refused["o-1"] == {"L1": "local mode"}
    assert len(parts.ways.sent) == 1


async def test_cancelled_orders_are_ended_in_the_controllers_that_follow_them() -> None:
    parts = Parts()
    order = override(parts, "L1", "L2")
    parts.book.put(order, EVENING)
    say(parts, "L1", programme=parts.programme, order="o-1")
    say(parts, "L2", programme=parts.programme)
    async with running(parts.conductor.run()):
        parts.book.put(replace(order, cancelled_at=EVENING), EVENING)
        parts.conductor.kick()
        await asyncio.sleep(0.01)
        assert parts.ways.sent == [("resume", "L1", "o-1")]
        happens(parts, "L1", "order_accepted", "o-1")
        assert "L1" not in parts.conductor.follows
        await a_round(parts, 300)
    assert len(parts.ways.sent) == 1


async def test_a_controller_that_lost_power_is_told_its_order_again() -> None:
    parts = Parts()
    parts.book.put(override(parts, "L1"), EVENING)
    say(parts, "L1", programme=parts.programme, order="o-1")
    async with running(parts.conductor.run()):
        await a_round(parts)
        assert parts.ways.sent == []
        happens(parts, "L1", "boot")
        say(parts, "L1", programme=parts.programme)
        await a_round(parts)
    assert parts.ways.sent == [("order", "L1", "o-1")]


async def test_orders_that_ran_out_or_are_not_ours_are_left_to_end_by_themselves() -> None:
    parts = Parts()
    parts.book.put(override(parts, "L1"), EVENING)
    say(parts, "L1", programme=parts.programme, order="o-1")
    say(parts, "L2", programme=parts.programme, order="somebody-else")
    await parts.clock.advance(7300)
    say(parts, "L1", programme=parts.programme, order="o-1")
    async with running(parts.conductor.run()):
        await a_round(parts, 120)
    assert parts.ways.sent == []


async def test_after_a_restart_the_field_is_read_back_before_anything_is_sent() -> None:
    parts = Parts()
    order = override(parts, "L1", "L2", "L3")
    await parts.clock.advance(60)
    restarted = Parts(clock=parts.clock)
    restarted.book.put(order, restarted.clock.now())
    async with running(restarted.conductor.run()):
        await a_round(restarted, 60)
        assert restarted.ways.sent == []
        say(restarted, "L1", programme=restarted.programme, order="o-1")
        say(restarted, "L2", programme=restarted.programme)
        await a_round(restarted)
    assert restarted.ways.sent == [("order", "L2", "o-1")]


async def test_a_cabinet_with_another_hash_gets_its_programme() -> None:
    parts = Parts()
    async with running(parts.conductor.run()):
        cabinet_says(parts, "00000000")
        await a_round(parts)
        assert len(parts.deployed) == 1
        cabinet_says(parts, parts.deployed[0].split()[1])
        await a_round(parts, 300)
    assert len(parts.deployed) == 1
    assert parts.holding == 1


async def test_a_cabinet_that_refuses_does_not_stop_the_rest() -> None:
    parts = Parts()
    tries = []

    async def refuse(cabinet: str, programme: CabinetProgramme) -> None:
        tries.append(cabinet)
        raise Refused("local mode")

    parts.conductor._deploy = refuse
    async with running(parts.conductor.run()):
        cabinet_says(parts, "00000000")
        say(parts, "L1")
        await a_round(parts)
    assert tries == ["A-001"]
    assert parts.ways.sent == [("programme", "L1", parts.programme)]


def test_an_override_without_some_points_keeps_the_others() -> None:
    parts = Parts()
    book: OrderBook = parts.book
    book.put(override(parts, "L1", "L2"), EVENING)
    shortened = book.without(frozenset({"L1"}), EVENING)
    assert [each.points for each in shortened] == [frozenset({"L2"})]
    book.put(shortened[0], EVENING)
    assert book.decide("L1", 100.0, "p", EVENING).source == "programme"
    assert book.decide("L2", 100.0, "p", EVENING).order == "o-1"
    assert book.without(frozenset({"L2", "L3"}), EVENING)[0].cancelled_at == EVENING


async def test_orders_are_forgotten_once_they_cannot_matter_any_more() -> None:
    parts = Parts()
    parts.book.put(override(parts, "L1"), EVENING)
    parts.book.follows("o-1", "L1")
    parts.book.tick(EVENING + 3 * HOUR)
    assert parts.book.active(EVENING + 3 * HOUR) == ()
    assert parts.book.touches("L1")
    parts.book.tick(EVENING + 15 * HOUR)
    assert not parts.book.touches("L1")
    assert parts.book.confirmed == {}

"""Controllers that keep no programme, measure by halves, and follow an order until they are told to resume."""

from datetime import timedelta

from city.measurements import DeviceKind, Fact, Metric, Reading
from lighting.orders import Override
from tests.headend.recording import batch, event, lamp_reading, running
from tests.headend.small_city import Parts
from tests.headend.test_conductor import HOUR, a_round, happens, override

SOMEBODYS = "somebody's"


def radio_parts() -> Parts:
    parts = Parts()
    parts.ways.by_radio.add("L1")
    return parts


def says(parts: Parts, level: float, order: str | None = None) -> None:
    """Its status: the level, and the order that its driver recognises by it."""
    parts.ingest(batch(lamp_reading("L1", parts.clock.now(), level=level, order=order)))


def measures(parts: Parts) -> None:
    """The other half: power, and nothing of levels or orders."""
    half = Reading("L1", DeviceKind.LAMP, parts.clock.now(), {Metric.POWER: 42.0})
    parts.ingest(batch(half))


def asked(parts: Parts, level: float = 40.0) -> Override:
    order = override(parts, "L1", level=level)
    parts.book.put(order, parts.clock.now())
    return order


async def test_it_is_given_orders_and_no_programme() -> None:
    parts = radio_parts()
    async with running(parts.conductor.run()):
        says(parts, 100)
        asked(parts)
        await a_round(parts)
    assert parts.ways.sent == [("order", "L1", "o-1")]


async def test_its_next_status_confirms_the_order_and_what_it_measures_meanwhile_takes_nothing_back() -> None:
    parts = radio_parts()
    async with running(parts.conductor.run()):
        says(parts, 100)
        asked(parts)
        await a_round(parts)
        says(parts, 40, "o-1")
        assert parts.book.confirmed["o-1"] == {"L1"}
        for _ in range(5):
            await a_round(parts, 120)
            measures(parts)
        await a_round(parts)
    assert parts.ways.sent == [("order", "L1", "o-1")]
    assert parts.conductor.follows == {"L1": "o-1"}


async def test_an_order_that_was_lost_on_the_way_is_sent_again_after_the_next_status() -> None:
    parts = radio_parts()
    async with running(parts.conductor.run()):
        says(parts, 100)
        asked(parts)
        await a_round(parts)
        await a_round(parts, 120)
        says(parts, 100)
        await a_round(parts)
    assert parts.ways.sent[0] == ("order", "L1", "o-1")
    assert len(parts.ways.sent) >= 2


async def test_when_the_order_has_run_out_it_is_told_to_resume_until_its_status_shows_that_it_has() -> None:
    parts = radio_parts()
    async with running(parts.conductor.run()):
        says(parts, 100)
        asked(parts)
        await a_round(parts)
        says(parts, 40, "o-1")
        await a_round(parts, 2.1 * HOUR.total_seconds())
        resumed = [each for each in parts.ways.sent if each[0] == "resume"]
        assert resumed[0] == ("resume", "L1", "o-1")
        await a_round(parts, 300)
        says(parts, 40, "o-1")
        await a_round(parts)
        again = [each for each in parts.ways.sent if each[0] == "resume"]
        assert len(again) > 1
        says(parts, 100)
        await a_round(parts, 300)
    assert [each for each in parts.ways.sent if each[0] == "resume"] == again


async def test_one_that_follows_an_order_which_nobody_knows_is_told_to_resume() -> None:
    parts = radio_parts()
    async with running(parts.conductor.run()):
        says(parts, 0, SOMEBODYS)
        parts.ingest(
            batch(lamp_reading("L2", parts.clock.now(), order="o-of-another", programme=parts.programme))
        )
        await a_round(parts)
    assert parts.ways.sent == [("resume", "L1", SOMEBODYS)]


async def test_what_it_refuses_is_told_with_its_reason_and_not_sent_again() -> None:
    parts = radio_parts()
    async with running(parts.conductor.run()):
        says(parts, 100)
        asked(parts)
        await a_round(parts)
        happens(parts, "L1", "order_refused", "o-1", "address_not_available")
        await a_round(parts, 600)
    assert parts.book.refused == {"o-1": {"L1": "address_not_available"}}
    assert parts.ways.sent == [("order", "L1", "o-1")]


def test_a_late_status_is_stored_and_takes_nothing_back() -> None:
    parts = radio_parts()
    now = parts.clock.now()
    parts.ingest(batch(lamp_reading("L1", now, level=40, order="o-1")))
    parts.ingest(batch(lamp_reading("L1", now - timedelta(minutes=30), level=100)))
    parts.ingest(batch(event("L1", now - timedelta(minutes=40), "clock_invalid")))
    latest = parts.snapshot.latest(DeviceKind.LAMP, "L1")
    assert latest is not None
    assert (latest.at, latest.values[Metric.LEVEL]) == (now, 40)
    assert latest.facts[Fact.ORDER] == "o-1"
    assert parts.conductor.follows == {"L1": "o-1"}
    assert parts.spool.waiting == 4

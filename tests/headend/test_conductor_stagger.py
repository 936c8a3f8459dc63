"""An order never lights up all circuits of a cabinet at once."""

import asyncio
from datetime import timedelta

from headend.stagger import Stagger
from lighting.orders import Override
from tests.headend.recording import batch, lamp_reading, running
from tests.headend.small_city import Parts

GAP = timedelta(seconds=2)


def city(level: float) -> Parts:
    """Three lamps on each of two circuits, all at one level."""
    parts = Parts()
    parts.conductor._stagger = Stagger(GAP, timedelta(seconds=60))
    for name, point in parts.inventory.light_points.items():
        programme = parts.conductor.holdings.lamp_wants(point)
        parts.ingest(batch(lamp_reading(name, parts.clock.now(), level=level, programme=programme)))
    return parts


async def ask(parts: Parts, level: float, name: str = "o-1") -> None:
    now = parts.clock.now()
    points = frozenset(parts.inventory.light_points)
    parts.book.put(Override(name, "all", points, level, "essai", "anne", now, now + timedelta(hours=2)), now)
    parts.conductor.kick()
    await asyncio.sleep(0.01)


def circuits(parts: Parts) -> list[str]:
    return sorted({parts.inventory.light_points[lamp].circuit for _, lamp, _ in parts.ways.sent})


async def test_dark_lamps_light_up_one_circuit_after_the_other() -> None:
    parts = city(level=0.0)
    async with running(parts.conductor.run()):
        await ask(parts, 80.0)
        assert circuits(parts) == ["A-001/1"]
        await parts.clock.advance(1.9)
        assert circuits(parts) == ["A-001/1"]
        await parts.clock.advance(0.2)
        await asyncio.sleep(0.01)
        assert circuits(parts) == ["A-001/1", "A-001/2"]
        assert len(parts.ways.sent) == 6


async def test_lit_lamps_are_dimmed_and_darkened_at_once() -> None:
    parts = city(level=100.0)
    async with running(parts.conductor.run()):
        await ask(parts, 50.0)
        assert len(parts.ways.sent) == 6
        await ask(parts, 0.0, "o-2")
        assert len(parts.ways.sent) == 12


async def test_whoever_asks_for_dark_meanwhile_is_heard_at_once_and_the_turn_is_gone() -> None:
    parts = city(level=0.0)
    async with running(parts.conductor.run()):
        await ask(parts, 80.0)
        await ask(parts, 0.0, "o-2")
        assert {order for _, _, order in parts.ways.sent[-6:]} == {"o-2"}
        await parts.clock.advance(10)
        await asyncio.sleep(0.01)
    assert [order for _, _, order in parts.ways.sent].count("o-1") == 3

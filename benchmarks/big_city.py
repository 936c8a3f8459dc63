"""A city of many light points for a console to show: ``python -m benchmarks.big_city LAMPS`` serves it.

It prints its URL, then pushes as a head-end does, twice a second. A line on its standard input says what from now on:
how many light points change in a second, and ``list`` if those at the head of the list shall be among them.
"""

import asyncio
import logging
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random

from city.messages import LampState, LightPointView, Live, Summary
from console.city_now import STATE_RANK
from headend.live import PACE_REAL_S, PORTION
from tests.console.fake_headend import FakeHeadEnd
from tests.console.small_city import NOW, SmallCity

STREETS = 700
SPREAD_DEGREES = 0.08
HEAD_OF_LIST = 60
"""Rows that the largest terminal shows."""
STREET_NAMES = (
    "rue du Sauvage",
    "rue Mercière",
    "boulevard de l’Europe",
    "avenue d’Altkirch",
    "quai d’Orléans",
)
AT = datetime(2026, 11, 30, 20, tzinfo=UTC)
STARTED_S = time.monotonic()


def light_points(lamps: int) -> dict[str, LightPointView]:
    """Streets at random, of lamps 30 m apart; one in two hundred failed."""
    random = Random(1)  # noqa: S311 - a city, not a secret
    points: dict[str, LightPointView] = {}
    for street in range(STREETS):
        latitude, longitude = 47.75 + _near(random), 7.33 + _near(random)
        north, east = random.uniform(-0.0003, 0.0003), random.uniform(-0.0004, 0.0004)
        for lamp in range(min(lamps // STREETS + 1, lamps - len(points))):
            name = f"{street:03}{lamp:02}"
            points[name] = LightPointView(
                id=name,
                state=LampState.FAILED if random.random() < 1 / 200 else LampState.LIT,
                latitude=latitude + lamp * north,
                longitude=longitude + lamp * east,
                sector=f"secteur {street % 12}",
                quarter=f"quartier {street % 40}",
                street=f"{STREET_NAMES[street % len(STREET_NAMES)]} {street}",
                cabinet=f"A-{street:03}",
                circuit=f"A-{street:03}/1",
                asked_pct=70.0,
                effect_pct=70.0,
                power_w=40.0,
                expected_w=40.0,
                at=AT,
            )
    return points


def _near(random: Random) -> float:
    return random.uniform(-SPREAD_DEGREES / 2, SPREAD_DEGREES / 2)


@dataclass
class BigCity(SmallCity):
    """Its clock runs; counting 20,000 light points for each push is spared."""

    def summary(self) -> Summary:
        """As counted at first, of now."""
        return self._counted.model_copy(update={"now": NOW + timedelta(seconds=time.monotonic() - STARTED_S)})

    @cached_property
    def _counted(self) -> Summary:
        return super().summary()


@dataclass
class Wish:
    """What shall change."""

    light_points: int = 0
    """In a second."""
    at_head_of_list: bool = False


async def serve(lamps: int) -> None:
    """Serve and push until standard input ends."""
    city, wish = BigCity(light_points=light_points(lamps)), Wish()
    head = FakeHeadEnd(city)
    head.in_portions_of = PORTION
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # a console that leaves early is no news
    await head.start()
    print(head.url, flush=True)
    try:
        async with asyncio.TaskGroup() as tasks:
            pushing = tasks.create_task(_push(head, city, wish))
            while line := await asyncio.to_thread(sys.stdin.readline):
                count, *more = line.split()
                wish.light_points, wish.at_head_of_list = int(count), "list" in more
            pushing.cancel()
    finally:
        await head.stop()


async def _push(head: FakeHeadEnd, city: BigCity, wish: Wish) -> None:
    random = Random(2)  # noqa: S311 - a city, not a secret
    names = list(city.light_points)
    by_state = sorted(city.light_points.values(), key=lambda point: (STATE_RANK[point.state], point.id))
    at_head = [point.id for point in by_state[:HEAD_OF_LIST]]
    while True:
        await asyncio.sleep(PACE_REAL_S)
        count = round(wish.light_points * PACE_REAL_S)
        chosen = at_head[:count] if wish.at_head_of_list else []
        chosen += random.sample(names, count - len(chosen))
        changed = tuple(_changed(city.light_points[name], random) for name in dict.fromkeys(chosen))
        city.light_points.update((point.id, point) for point in changed)
        await head.push(Live(summary=city.summary(), light_points=changed))


def _changed(point: LightPointView, random: Random) -> LightPointView:
    return point.model_copy(update={"power_w": round(random.uniform(30.0, 50.0), 1)})


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

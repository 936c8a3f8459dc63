"""The map of a city of 20,000 light points: the first drawing, a change of state, zooming and panning."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from statistics import median

from city.messages import LampState, LightPointView
from console.widgets.city_map import CityMap
from console.widgets.map_view import View

LAMPS, STREETS = 20_000, 700
COLUMNS, ROWS = 160, 45
SPREAD_DEGREES = 0.08
ROUNDS = 10
NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)


def main() -> Iterator[tuple[str, str]]:
    """Each figure is the middle one of several, in processor time: a busy machine does not spoil it."""
    points = _city()
    drawn = CityMap()

    def draw() -> None:
        drawn.draw(points, (), COLUMNS, ROWS, cursor=(47.75, 7.33))

    yield "first drawing (ms)", _middle_ms(draw, rounds=1)
    yield "drawn again after a change (ms)", _middle_ms(draw)
    view = drawn.view
    if view is None:
        return
    for zoom in range(1, view.deepest + 1):
        nearer = view.zoomed(zoom, (47.75, 7.33), (COLUMNS // 2, ROWS // 2))
        yield (
            f"zoom {zoom}, column of {nearer.column_m:.0f} m (ms)",
            _zooming(drawn, view, nearer, draw),
        )
        aside = [nearer.at(nearer.left + step, nearer.top) for step in range(1, ROUNDS + 1)]
        yield f"pan at zoom {zoom} (ms)", f"{median(_ms(_shown(drawn, there, draw)) for there in aside):.1f}"


def _city() -> dict[str, LightPointView]:
    """Streets at random, of lamps 30 m apart; one in two hundred failed."""
    random = Random(1)  # noqa: S311 - a city, not a secret
    points = {}
    for street in range(STREETS):
        latitude, longitude = 47.75 + _near(random), 7.33 + _near(random)
        north, east = random.uniform(-0.0003, 0.0003), random.uniform(-0.0004, 0.0004)
        for lamp in range(LAMPS // STREETS + 1):
            name = f"{street:03}{lamp:02}"
            points[name] = LightPointView(
                id=name,
                state=LampState.FAILED if random.random() < 1 / 200 else LampState.LIT,
                latitude=latitude + lamp * north,
                longitude=longitude + lamp * east,
                sector=f"sector {street % 12}",
                quarter="",
                street=f"street number {street}",
                cabinet=f"A-{street:03}",
                circuit=f"A-{street:03}/1",
                asked_pct=70.0,
                effect_pct=70.0,
                power_w=40.0,
                expected_w=40.0,
                at=NOW,
            )
    return points


def _near(random: Random) -> float:
    return random.uniform(-SPREAD_DEGREES / 2, SPREAD_DEGREES / 2)


def _shown(drawn: CityMap, view: View, draw: Callable[[], None]) -> Callable[[], None]:
    def show() -> None:
        drawn.view = view
        draw()

    return show


def _zooming(drawn: CityMap, whole: View, nearer: View, draw: Callable[[], None]) -> str:
    """From the whole city to a part of it."""
    taken = []
    for _ in range(ROUNDS):
        drawn.view = whole
        taken.append(_ms(_shown(drawn, nearer, draw)))
    return f"{median(taken):.1f}"


def _ms(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _middle_ms(work: Callable[[], None], rounds: int = ROUNDS) -> str:
    return f"{median(_ms(work) for _ in range(rounds)):.1f}"

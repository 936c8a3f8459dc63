"""The map of a city of 20,000 light points: the first drawing, a change of state, zooming and panning."""

import time
from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.big_city import light_points
from console.widgets.city_map import CityMap
from console.widgets.map_view import View

LAMPS = 20_000
COLUMNS, ROWS = 160, 45
ROUNDS = 10


def main() -> Iterator[tuple[str, str]]:
    """Each figure is the middle one of several, in processor time: a busy machine does not spoil it."""
    points = light_points(LAMPS)
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

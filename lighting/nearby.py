"""Which light points are near a place, without looking at all of them."""

from collections.abc import Iterable
from math import cos, floor, hypot, radians

from city.places import Position
from lighting.inventory import LightPoint

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km; within a city that is true to a few millimetres."""
CELL_M = 50.0
LEAST_COSINE = 0.01
"""Nobody lights streets nearer to a pole."""


def distance_m(one: Position, other: Position) -> float:
    """How far two places are from each other, m, over the distances of a city."""
    north = other.latitude - one.latitude
    east = (other.longitude - one.longitude) * cos(radians((one.latitude + other.latitude) / 2))
    return hypot(north, east) * METRES_PER_DEGREE


class Nearby:
    """Light points in a grid of 50 m cells: a look costs as much in a city of 100,000 lamps as in a village."""

    def __init__(self, light_points: Iterable[LightPoint]) -> None:
        points = tuple(light_points)
        northmost = max((abs(point.position.latitude) for point in points), default=0.0)
        self._step_latitude = CELL_M / METRES_PER_DEGREE
        # The cells are narrowest in the north, and hold CELL_M even a little beyond it.
        self._step_longitude = 1.001 * self._step_latitude / max(cos(radians(northmost)), LEAST_COSINE)
        self._cells: dict[tuple[int, int], list[LightPoint]] = {}
        for point in points:
            self._cells.setdefault(self._cell(point.position), []).append(point)

    def within(self, position: Position, radius_m: float) -> list[tuple[float, str]]:
        """The light points within a radius, with their distance (m), nearest first.

        Raises:
            ValueError: the radius is more than a cell, whose neighbours alone are looked at.
        """
        if radius_m > CELL_M:
            raise ValueError(f"radius: got {radius_m:g} m, expected at most {CELL_M:g} m")
        row, column = self._cell(position)
        found = [
            (away, point.id)
            for north in (row - 1, row, row + 1)
            for east in (column - 1, column, column + 1)
            for point in self._cells.get((north, east), ())
            if (away := distance_m(position, point.position)) <= radius_m
        ]
        return sorted(found)

    def _cell(self, position: Position) -> tuple[int, int]:
        return floor(position.latitude / self._step_latitude), floor(
            position.longitude / self._step_longitude
        )

"""The names of orders that a controller cannot say: radio devices tell their level and why, but not by whose order."""

from collections.abc import Container
from datetime import datetime
from typing import NamedTuple

from city.measurements import Fact, Metric, Reading
from lighting.inventory import LightPoint

SAME_LEVEL_PCT = 1.0
"""How far a controller's level may be from what was asked: it holds whole percents, and rounds."""


SOMEBODYS = "somebody's"
"""The name of an order that a controller follows and that was not sent from here, or before a restart."""


class _Order(NamedTuple):
    name: str
    level: float
    least: float
    """The lowest level that the lamp can hold, percent: asked for less, it holds that."""


class Told:
    """What each controller was told last: one order a lamp, as many as the city has lamps."""

    def __init__(self) -> None:
        self._orders: dict[str, _Order] = {}

    def order(self, point: LightPoint, name: str, level: float) -> None:
        """Take note of an order that was sent."""
        self._orders[point.id] = _Order(name, level, point.lamp_type.min_level_pct)

    def keep(self, lamps: Container[str]) -> None:
        """Forget what was told to any other lamp than these."""
        self._orders = {lamp: order for lamp, order in self._orders.items() if lamp in lamps}

    def named(self, reading: Reading) -> Reading:
        """A reading with the order's name put in, where the device meant one and could not say which.

        Of telemetry it is taken that the order sent last is in effect if the level is the one that was asked, and the
        controller does not say that something else has set it; an order that cannot be ours is somebody's. A refusal
        without a name is one of what was sent last.
        """
        order, facts = self._orders.get(reading.device), reading.facts
        event = facts.get(Fact.EVENT)
        if event is None:
            return _with_order(reading, order)
        if order is None or Fact.REFERENCE in facts:
            return reading
        if event == "downlink_refused":
            event = "order_refused"
        if event == "order_refused" or (event == "order_accepted" and _holds(reading, order)):
            return reading._replace(facts={**facts, Fact.EVENT: event, Fact.REFERENCE: order.name})
        return reading


def _with_order(reading: Reading, order: _Order | None) -> Reading:
    facts = reading.facts
    source = facts.get(Fact.SOURCE)
    if Fact.ORDER in facts or source not in {None, "override"}:
        return reading
    if order is not None and _holds(reading, order):
        return reading._replace(facts={**facts, Fact.ORDER: order.name})
    return reading if source is None else reading._replace(facts={**facts, Fact.ORDER: SOMEBODYS})


def _holds(reading: Reading, order: _Order) -> bool:
    level = reading.values.get(Metric.LEVEL)
    return (
        level is not None
        and abs(level - max(order.level, order.least if order.level else 0)) <= SAME_LEVEL_PCT
    )


def expires_s(until: datetime, now: datetime) -> int:
    """For how many seconds an order is worth delivering, at least one."""
    return max(1, round((until - now).total_seconds()))

"""The names of orders that a controller cannot say: radio devices tell their level and why, but not by whose order."""

from datetime import datetime
from typing import NamedTuple

from city.measurements import Fact, Metric, Reading
from lighting.inventory import LightPoint

SAME_LEVEL_PCT = 1.0
"""How far a controller's level may be from what was asked: it holds whole percents, and rounds."""


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

    def __contains__(self, lamp: str) -> bool:
        """Whether a lamp was told anything."""
        return lamp in self._orders

    def named(self, reading: Reading) -> Reading:
        """A reading with the order's name put in, where the device meant one and could not say which.

        Of a later message it is taken that the order is in effect: the controller says that an order holds, and the
        level is the one that was asked. A refusal without a name is one of what was sent last.
        """
        order = self._orders.get(reading.device)
        if order is None:
            return reading
        facts = reading.facts
        event = facts.get(Fact.EVENT)
        if event is None:
            if facts.get(Fact.SOURCE) == "override" and Fact.ORDER not in facts and _holds(reading, order):
                return reading._replace(facts={**facts, Fact.ORDER: order.name})
        elif Fact.REFERENCE not in facts:
            if event == "downlink_refused":
                event = "order_refused"
            if event == "order_refused" or (event == "order_accepted" and _holds(reading, order)):
                return reading._replace(facts={**facts, Fact.EVENT: event, Fact.REFERENCE: order.name})
        return reading


def _holds(reading: Reading, order: _Order) -> bool:
    level = reading.values.get(Metric.LEVEL)
    return (
        level is not None
        and abs(level - max(order.level, order.least if order.level else 0)) <= SAME_LEVEL_PCT
    )


def expires_s(until: datetime, now: datetime) -> int:
    """For how many seconds an order is worth delivering, at least one."""
    return max(1, round((until - now).total_seconds()))

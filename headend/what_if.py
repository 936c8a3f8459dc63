"""What an order would mean in kW and kWh, and what the lamps show now and afterwards."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from headend.lamps import Lamps
from headend.plan import Levels, Plan
from lighting.inventory import Feed, Inventory, LampType
from lighting.power import planned_w

STREETS = 5
"""How many streets are named."""

Kind = tuple[str, LampType, Feed]
"""Light points that draw the same: calendar, lamp type and feed."""


class WhatIf:
    """Tells what an order would mean."""

    def __init__(self, inventory: Inventory, plan: Plan, lamps: Lamps) -> None:
        self._inventory = inventory
        self._plan = plan
        self._lamps = lamps

    def of(
        self, points: Collection[str], level: float | None, now: datetime, until: datetime
    ) -> dict[str, Any]:
        """The fields of an ``OrderView`` that say it; without a level, of going back to the programme."""
        if not points:
            return {}
        streets = Counter(self._inventory.light_points[name].street for name in points)
        kinds = Counter(self._kind(name) for name in points)
        plan_now = self._plan.levels(now)
        then_w = sum(
            count * planned_w(lamp_type, feed, plan_now[calendar] if level is None else level)
            for (calendar, lamp_type, feed), count in kinds.items()
        )
        told: dict[str, Any] = {
            "streets": dict(streets.most_common(STREETS)),
            "level_now_pct": self._level_now(points),
            "power_now_w": sum(self._now_w(name, plan_now) for name in points),
            "power_then_w": then_w,
        }
        if level is not None:
            plan_wh = sum(count * self._plan_wh(kind, now, until) for kind, count in kinds.items())
            hours = (until - now) / timedelta(hours=1)
            after = self._plan.levels(until)
            sum_after = sum(after[calendar] * count for (calendar, _, _), count in kinds.items())
            told["energy_kwh"] = (then_w * hours - plan_wh) / 1000
            told["level_after_pct"] = sum_after / len(points)
        return told

    def _kind(self, name: str) -> Kind:
        point = self._inventory.light_points[name]
        feed = self._inventory.circuits[point.circuit].feed
        return self._plan.calendar_of[name], point.lamp_type, feed

    def _level_now(self, points: Collection[str]) -> float | None:
        lamps = (self._lamps.all.get(name) for name in points)
        known = [lamp.effect for lamp in lamps if lamp is not None and lamp.effect is not None]
        return sum(known) / len(known) if known else None

    def _now_w(self, name: str, plan_now: Levels) -> float:
        calendar, lamp_type, feed = self._kind(name)
        lamp = self._lamps.all.get(name)
        if lamp is None:
            return planned_w(lamp_type, feed, plan_now[calendar])
        return planned_w(lamp_type, feed, lamp.asked if lamp.effect is None else lamp.effect)

    def _plan_wh(self, kind: Kind, now: datetime, until: datetime) -> float:
        calendar, lamp_type, feed = kind
        steps = self._plan.steps_between(calendar, now, until)
        ends = pairwise([*steps, (until, 0.0)])
        return sum(
            planned_w(lamp_type, feed, level) * ((end - since) / timedelta(hours=1))
            for (since, level), (end, _) in ends
        )

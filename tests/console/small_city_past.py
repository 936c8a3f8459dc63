"""The small city at a past instant: one lamp dead that is mended since, one order, a journal that ended earlier."""

from datetime import datetime, timedelta

from city.incidents import Cause
from city.messages import LampState, Live
from city.replay_views import ReplayView
from tests.console import small_city
from tests.console.small_city import SmallCity

KEPT = timedelta(hours=48)
DEAD = "0101"
"""In the rue du Sauvage: dead in the past, lit in the present."""


def past_of(city: SmallCity, at: datetime) -> SmallCity:
    """As it was: all lit, but for one."""
    then = SmallCity(now=at)
    for name, point in then.light_points.items():
        state, power = (LampState.FAILED, 0.4) if name == DEAD else (LampState.LIT, 36.0)
        then.light_points[name] = point.model_copy(
            update={"state": state, "power_w": power, "effect_pct": 70.0, "at": at}
        )
    lamp = city.incidents["i-l1"]
    dead = lamp.model_copy(
        update={
            "id": "i-past",
            "asset": DEAD,
            "place": "rue du Sauvage",
            "since": at - timedelta(minutes=30),
            "opened_at": at - timedelta(minutes=20),
            "cause": Cause.LAMP_DEAD,
            "ticket": None,
        }
    )
    then.incidents = {dead.id: dead}
    return then


def replay_view(city: SmallCity, at: datetime) -> ReplayView:
    """What the head-end says of it."""
    then = past_of(city, at)
    summary = then.summary().model_copy(update={"connections": ()})
    return ReplayView(
        at=at,
        since=city.now - KEPT,
        present=city.now,
        city=Live(
            summary=summary,
            light_points=tuple(then.light_points.values()),
            incidents=tuple(then.incidents.values()),
            access_points=tuple(small_city.access_points().values()),
        ),
        openings=(city.now - timedelta(hours=20), city.now - timedelta(hours=3)),
    )

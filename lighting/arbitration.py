"""Arbitration: who decides what a light point holds, and what every layer beneath would have it hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from city.nights import night_of
from city.places import Site
from lighting.light_plan import LightPlan
from lighting.orders import Override
from lighting.power import FULL_LEVEL_PCT
from lighting.programmes import level_at

Layer = Literal["default", "calendar", "rule", "dynamic", "order", "lock"]
"""Lowest first, as TALQ has them, and a lock for people at work above all. The highest that says something wins."""


@dataclass(frozen=True, slots=True)
class Say:
    """What one layer would have a light point hold."""

    layer: Layer
    level: float
    """Percent."""
    text: str
    """The programme's or rule's title, or the order's reason; empty for the default."""
    by: str | None = None
    until: datetime | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one light point should hold, and why."""

    level: float
    """Percent."""
    source: Literal["programme", "override"]
    text: str
    """The programme's name, or the order's reason."""
    by: str | None
    until: datetime | None
    order: str | None
    is_lock: bool = False


def decide(
    point: str, programme_level: float, programme_name: str, overrides: Iterable[Override], now: datetime
) -> Decision:
    """Who wins on one light point: a lock, else the order asked last, else a dynamic rule, else the programme.

    An order ends the ones asked before it on its points, and so does a lock, as they do in the controllers: when it is
    over or cancelled, the programme rules, and not what an older one had asked for. Give the ended ones too. A lock is
    ended by nothing but its end or who lifts it: of several, the one that holds for longest is named.
    """
    ruling = next(reversed(_in_force(point, overrides, now)), None)
    if ruling is None:
        return Decision(programme_level, "programme", programme_name, None, None, None)
    is_lock = ruling.kind == "lock"
    return Decision(
        ruling.level, "override", ruling.reason, ruling.by, ruling.until, ruling.id, is_lock=is_lock
    )


def _in_force(point: str, overrides: Iterable[Override], now: datetime) -> list[Override]:
    """The override of each kind that has a say on a light point, the one that wins last."""
    lock: Override | None = None
    order: Override | None = None
    rule: Override | None = None
    for each in overrides:
        if each.asked_at > now or point not in each.points:
            continue
        if each.kind == "dynamic":
            rule = _later(rule, each)
            continue
        order = _later(order, each)
        if each.kind == "lock" and each.active(now):
            lock = each if lock is None or (lock.until, lock.id) < (each.until, each.id) else lock
    if order is not None and order.kind == "lock":
        order = None
    return [each for each in (rule, order, lock) if each is not None and each.active(now)]


def _later(one: Override | None, other: Override) -> Override:
    return other if one is None or (one.asked_at, one.id) < (other.asked_at, other.id) else one


def chain(
    point: str, light_plan: LightPlan, calendar: str, site: Site, overrides: Iterable[Override], now: datetime
) -> tuple[Say, ...]:
    """What each layer that says something would have a light point hold, the lowest first; the last one wins.

    Args:
        point: the light point's id.
        light_plan: the plan in force.
        calendar: the calendar that the light point follows, by name.
        site: where the sun is looked at.
        overrides: those that concern it, the ended ones too.
        now: the instant in question.
    """
    followed = light_plan.calendars[calendar]
    usual = light_plan.programmes[followed.default]
    # A lamp that nobody tells anything is lit: no missing schedule ever means dark.
    says = [
        Say("default", FULL_LEVEL_PCT, ""),
        Say("calendar", level_at(usual, now, site), f"{followed.title} · {usual.title}"),
    ]
    rule = followed.rule_for(night_of(now, site.zone))
    if rule is not None:
        programme = light_plan.programmes[rule.programme]
        says.append(Say("rule", level_at(programme, now, site), f"{rule.name} · {programme.title}"))
    says += [
        Say(each.kind, each.level, each.reason, each.by, each.until, each.id)
        for each in _in_force(point, overrides, now)
    ]
    return tuple(says)

"""Arbitration: who decides what a light point holds, and what every layer beneath would have it hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

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


class Decision(NamedTuple):
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
    for each in reversed(_by_kind(point, overrides, now)):
        if each is not None and each.active(now):
            is_lock = each.kind == "lock"
            return Decision(each.level, "override", each.reason, each.by, each.until, each.id, is_lock)
    return Decision(programme_level, "programme", programme_name, None, None, None)


def _by_kind(
    point: str, overrides: Iterable[Override], now: datetime
) -> tuple[Override | None, Override | None, Override | None]:
    """The rule, the order and the lock that may have a say on a light point, if they are in force.

    It is asked for every light point at every switch point, hence the comparisons in place.
    """
    lock: Override | None = None
    order: Override | None = None
    rule: Override | None = None
    for each in overrides:
        asked = each.asked_at
        if asked > now or point not in each.points:
            continue
        if each.kind == "dynamic":
            if rule is None or rule.asked_at < asked or (rule.asked_at == asked and rule.id < each.id):
                rule = each
            continue
        if order is None or order.asked_at < asked or (order.asked_at == asked and order.id < each.id):
            order = each
        if each.kind == "lock" and each.active(now):
            lock = each if lock is None or (lock.until, lock.id) < (each.until, each.id) else lock
    return rule, None if order is not None and order.kind == "lock" else order, lock


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
        for each in _by_kind(point, overrides, now)
        if each is not None and each.active(now)
    ]
    return tuple(says)

"""What consoles are told of light that follows people: each rule as it stands, and what it has cost."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from city.nights import night_of
from city.presence_views import LentView, PresenceRuleView, PresenceView, WhyNot
from headend.energy_rows import WH_PER_KWH
from headend.plan import Plan
from headend.presence import Presence
from headend.records import Lent
from lighting.dynamic import DynamicRule
from lighting.prices import EnergyPrice

NIGHTS = 30
"""So many nights, this one included, are added up beside this one."""


async def presence_view(presence: Presence, plan: Plan, price: EnergyPrice, now: datetime) -> PresenceView:
    """All rules now, and what they lent.

    Raises:
        Unreachable: the records are away.
    """
    tonight = night_of(now, plan.site.zone)
    lent = await presence.lending.between(tonight - timedelta(days=NIGHTS - 1), tonight)
    clients = presence.clients(now)

    def told(parts: Iterable[Lent]) -> LentView:
        every = list(parts)
        wh = sum(part.wh for part in every)
        eur = price.eur(wh / WH_PER_KWH)
        return LentView(
            wh=round(wh, 1), eur=round(eur, 2), minutes=round(sum(part.minutes for part in every), 1)
        )

    def of_rule(rule: DynamicRule) -> PresenceRuleView:
        held, lifted = presence.applying(rule, now), presence.lifted_by(rule, now)
        own = [part for part in lent if part.rule == rule.name]
        return PresenceRuleView(
            name=rule.name,
            selector=rule.selector,
            hotspot=rule.hotspot,
            place=presence.place(rule),
            points=len(rule.points),
            at_least_pct=rule.at_least,
            begins_from=rule.clients,
            until_below=rule.keeps_from,
            hold_min=rule.hold / timedelta(minutes=1),
            never_past=f"{rule.never_past:%H:%M}" if rule.never_past is not None else None,
            clients=clients.get(rule.hotspot),
            held_since=held.since if held else None,
            until=held.ends(rule, now, plan.site.zone) if held else None,
            lifted=lifted,
            text=presence.reason(rule, clients, now) if lifted else "",
            why_not=None if lifted else why_not(rule, presence, plan, now),
            tonight=told(part for part in own if part.night == tonight),
            last_30_days=told(own),
        )

    return PresenceView(
        at=now,
        time_zone=plan.site.zone.key,
        eur_per_kwh=price.eur_per_kwh,
        rules=tuple(of_rule(rule) for rule in presence.rules),
        tonight=told(part for part in lent if part.night == tonight),
        last_30_days=told(lent),
    )


def why_not(rule: DynamicRule, presence: Presence, plan: Plan, now: datetime) -> WhyNot:
    """Why a rule lends no light now."""
    latest = rule.latest(now, plan.site.zone)
    if not presence.may_look():
        return WhyNot.CLOCK
    if latest is not None and now >= latest:
        return WhyNot.TOO_LATE
    if rule.hotspot not in presence.clients(now):
        return WhyNot.NOT_COUNTED
    if presence.applying(rule, now) is None:
        return WhyNot.TOO_FEW
    return _why_not_lifted(rule, presence, plan, now)


def _why_not_lifted(rule: DynamicRule, presence: Presence, plan: Plan, now: datetime) -> WhyNot:
    """The same of a rule whose place is full."""
    levels = plan.levels(now)
    dimmed = {point for point in rule.points if 0 < levels[plan.calendar_of[point]] < rule.at_least}
    if not dimmed:
        is_dark = all(levels[plan.calendar_of[point]] <= 0 for point in rule.points)
        return WhyNot.DARK if is_dark else WhyNot.BRIGHT
    for before in presence.rules:
        if before.name == rule.name:
            break
        if presence.applying(before, now) is not None:
            dimmed -= before.points
    return WhyNot.HELD_BACK if dimmed else WhyNot.ANOTHER_RULE

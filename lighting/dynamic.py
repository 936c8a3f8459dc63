"""Dynamic rules: more light while many people are somewhere, and never where the programme is dark."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from lighting.programmes import SwitchPoint


@dataclass(frozen=True, slots=True)
class DynamicRule:
    """Light points that give more light while a hotspot has many clients."""

    name: str
    selector: str
    points: frozenset[str]
    """Light points by id, as the selector stands for."""
    hotspot: str
    """By id."""
    clients: int
    """It applies from so many on, at least one."""
    at_least: float
    """Percent, more than 0: what the light points give where the programme asks for less."""
    hold: timedelta
    """For so long it goes on applying after the hotspot was last so full."""


class Asks(NamedTuple):
    """What the programme of a calendar asks for."""

    level: float
    """Now, percent."""
    switching: Sequence[SwitchPoint]
    """What it asks for in this night, in order."""


class Lift(NamedTuple):
    """Light points of one calendar that should give more light than their programme asks for."""

    rule: DynamicRule
    calendar: str
    points: frozenset[str]
    until: datetime
    """If the hotspot is never so full again; no later than the programme is dark or asks for as much itself."""


def last_held(
    rules: Sequence[DynamicRule], clients: Mapping[str, int], before: Mapping[str, datetime], now: datetime
) -> dict[str, datetime]:
    """When the hotspot of each rule was last full enough, by the rule's name.

    Args:
        rules: those in question.
        clients: how many each hotspot has; one of which that is not known now is not in it, and starts nothing.
        before: the former answer.
        now: the instant of the count; what the former answer dates later, by a wrong clock, is forgotten.
    """
    held = {name: at for name, at in before.items() if at <= now}
    return held | {rule.name: now for rule in rules if clients.get(rule.hotspot, 0) >= rule.clients}


def lifts(
    rules: Sequence[DynamicRule],
    held: Mapping[str, datetime],
    calendar_of: Mapping[str, str],
    asks: Mapping[str, Asks],
    now: datetime,
) -> list[Lift]:
    """Which light points should give more light; of the rules that apply to one, the first in the list has it.

    Args:
        rules: in their order.
        held: see ``last_held``.
        calendar_of: the calendar that each light point follows, by name.
        asks: what each calendar asks for.
        now: the instant in question.
    """
    taken: set[str] = set()
    found = []
    for rule in rules:
        last = held.get(rule.name)
        if last is None or not last <= now < last + rule.hold:
            continue
        by_calendar: dict[str, set[str]] = defaultdict(set)
        for point in rule.points - taken:
            by_calendar[calendar_of[point]].add(point)
        taken |= rule.points
        for calendar, points in sorted(by_calendar.items()):
            if 0 < asks[calendar].level < rule.at_least:
                end = min(last + rule.hold, _needless_from(asks[calendar], rule.at_least, now))
                found.append(Lift(rule, calendar, frozenset(points), end))
    return found


def _needless_from(asks: Asks, at_least: float, now: datetime) -> datetime:
    """When the programme next is dark or asks for as much; the end of time if not in this night."""
    ends = (each.at for each in asks.switching if each.at > now and not 0 < each.level < at_least)
    return min(ends, default=datetime.max.replace(tzinfo=now.tzinfo))

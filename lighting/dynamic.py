"""Dynamic rules: more light while many people are somewhere, and never where the programme is dark."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from city.nights import local_instant, night_of
from lighting.programmes import SwitchPoint

AHEAD = timedelta(minutes=2)
"""So long before a programme dims, its lamps are told to go on as they are: nobody sees the light dip."""


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
    """It begins with so many, at least one."""
    at_least: float
    """Percent, more than 0: what the light points give where the programme asks for less."""
    hold: timedelta
    """It ends once there have been fewer than ``keeps_from`` for so long without a break."""
    until_below: int | None = None
    """Fewer than these let it end, at most ``clients``; None: as many as it begins with."""
    never_past: time | None = None
    """Local time from which on nothing is lifted until the next noon; None: it may last all night."""

    @property
    def keeps_from(self) -> int:
        """With so many it goes on once it has begun."""
        return self.clients if self.until_below is None else self.until_below

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """From when on nothing is lifted in the night of an instant; None: it may last all night.

        Of a time that comes twice, when clocks go back, the first counts: less light is lent, not more.
        """
        return None if self.never_past is None else local_instant(night_of(now, zone), self.never_past, zone)


class Held(NamedTuple):
    """For how long a rule has applied."""

    since: datetime
    """When its hotspot was first full enough."""
    last: datetime
    """When there last were as many as let it go on."""

    def ends(self, rule: DynamicRule, now: datetime, zone: ZoneInfo) -> datetime:
        """When it ends if there are never so many again."""
        end, latest = self.last + rule.hold, rule.latest(now, zone)
        return end if latest is None else min(end, latest)


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
    """If there are never so many clients again; no later than the programme is dark or asks for as much itself."""


def held_now(
    rules: Sequence[DynamicRule],
    clients: Mapping[str, int],
    before: Mapping[str, Held],
    now: datetime,
    zone: ZoneInfo,
) -> dict[str, Held]:
    """Which rules apply, by name: it takes more clients to begin than to go on, and some time with fewer to end.

    Args:
        rules: those in question.
        clients: how many each hotspot has. One that is not in it is not known: its rules end at once, and begin
            anew once it is known to be full. Nobody knows of anybody there, so the programme holds.
        before: the former answer; what it dates later than now, by a wrong clock, is forgotten.
        now: the instant of the count.
        zone: the city's.
    """
    found = {}
    for rule in rules:
        known, count = before.get(rule.name), clients.get(rule.hotspot)
        latest = rule.latest(now, zone)
        if count is None or (latest is not None and now >= latest):
            continue
        if known is not None and not known.last <= now <= known.last + rule.hold:
            known = None
        if count >= (rule.clients if known is None else rule.keeps_from):
            found[rule.name] = Held(now if known is None else known.since, now)
        elif known is not None and now < known.last + rule.hold:
            found[rule.name] = known
    return found


def lifts(
    rules: Sequence[DynamicRule],
    held: Mapping[str, Held],
    calendar_of: Mapping[str, str],
    asks: Mapping[str, Asks],
    now: datetime,
    zone: ZoneInfo,
) -> list[Lift]:
    """Which light points should give more light; of the rules that apply to one, the first in the list has it.

    Args:
        rules: in their order.
        held: see ``held_now``.
        calendar_of: the calendar that each light point follows, by name.
        asks: what each calendar asks for.
        now: the instant in question.
        zone: the city's.
    """
    taken: set[str] = set()
    found = []
    for rule in rules:
        known = held.get(rule.name)
        if known is None or not known.last <= now < (ends := known.ends(rule, now, zone)):
            continue
        by_calendar: dict[str, set[str]] = defaultdict(set)
        for point in rule.points - taken:
            by_calendar[calendar_of[point]].add(point)
        taken |= rule.points
        for calendar, points in sorted(by_calendar.items()):
            if _is_dimmed(asks[calendar], rule.at_least, now):
                end = min(ends, _needless_from(asks[calendar], rule.at_least, now))
                found.append(Lift(rule, calendar, frozenset(points), end))
    return found


def _is_dimmed(asks: Asks, at_least: float, now: datetime) -> bool:
    """Whether the programme is lit and asks for less, or is about to where it asks for exactly as much."""
    if asks.level != at_least:
        return 0 < asks.level < at_least
    soon = [each.level for each in asks.switching if now < each.at <= now + AHEAD]
    return bool(soon) and 0 < soon[0] < at_least


def _needless_from(asks: Asks, at_least: float, now: datetime) -> datetime:
    """When the programme next is dark or asks for as much; the end of time if not in this night."""
    ends = (each.at for each in asks.switching if each.at > now and not 0 < each.level < at_least)
    return min(ends, default=datetime.max.replace(tzinfo=now.tzinfo))

"""What the console knows of the city: the last that the head-end said, and how old that is."""

import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol, TypeVar

from city.incidents import LIVE
from city.messages import IncidentView, LampState, LightPointView, Live, Summary
from city.wifi_views import AccessPointView, HotspotView
from console.client import Link, LinkState

AS_PLANNED_POINTS = 5.0
"""A light point is as planned within this many points of what it is asked, as the head-end counts."""


class Topic(Enum):
    """What a change is about."""

    LINK = auto()
    SUMMARY = auto()
    LAMPS = auto()
    INCIDENTS = auto()
    ACCESS_POINTS = auto()


@dataclass(slots=True)
class Changes:
    """What has changed since the last painting."""

    topics: set[Topic] = field(default_factory=set)
    lamps: set[str] = field(default_factory=set)
    """The light points that changed."""

    def add(self, other: "Changes") -> None:
        """Take in later changes."""
        self.topics |= other.topics
        self.lamps |= other.lamps


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


class CityNow:
    """The console's copy of the city; screens read it, ``apply`` alone writes it."""

    def __init__(self) -> None:
        self.summary: Summary | None = None
        self.light_points: dict[str, LightPointView] = {}
        self.incidents: dict[str, IncidentView] = {}
        self.access_points: dict[str, AccessPointView] = {}
        self.link: Link | None = None
        """None until the first attempt has ended."""
        self._lost_at_s: float | None = None
        self._complete_next = True

    @property
    def up(self) -> bool:
        """Whether what is shown is the present."""
        return self.link is not None and self.link.state is LinkState.UP

    @property
    def away_for(self) -> timedelta | None:
        """How long the head-end has been away, in real time; None while it answers."""
        return None if self._lost_at_s is None else timedelta(seconds=time.monotonic() - self._lost_at_s)

    @property
    def now(self) -> datetime | None:
        """The head-end's present, which may be simulated; None before its first word."""
        return self.summary.now if self.summary else None

    def heard(self, item: Link | Live) -> Changes:
        """Take in what the client gave."""
        return self._linked(item) if isinstance(item, Link) else self.apply(item)

    def _linked(self, link: Link) -> Changes:
        self.link = link
        if link.state is LinkState.UP:
            self._lost_at_s = None
            self._complete_next = True
        elif self._lost_at_s is None:
            self._lost_at_s = time.monotonic() - link.away_s
        return Changes({Topic.LINK})

    def apply(self, live: Live) -> Changes:
        """Take in a push; the first after a connection replaces all that was known."""
        complete, self._complete_next = self._complete_next, False
        changes = Changes()
        if live.summary:
            self.summary = live.summary
            changes.topics.add(Topic.SUMMARY)
        if complete or live.light_points:
            changes.lamps = _merge(self.light_points, live.light_points, complete=complete)
            changes.topics.add(Topic.LAMPS)
        if complete or live.incidents:
            _merge(self.incidents, live.incidents, complete=complete)
            changes.topics.add(Topic.INCIDENTS)
        if complete or live.access_points:
            _merge(self.access_points, live.access_points, complete=complete)
            changes.topics.add(Topic.ACCESS_POINTS)
        return changes

    def take_incidents(self, incidents: Iterable[IncidentView]) -> None:
        """Take in incidents fetched or changed by a call."""
        _merge(self.incidents, incidents, complete=False)

    @property
    def live_incidents(self) -> list[IncidentView]:
        """Those that stand: not yet acknowledged first, then the newest."""
        standing = (incident for incident in self.incidents.values() if incident.state in LIVE)
        return sorted(standing, key=incident_order)

    @property
    def hotspots(self) -> list[HotspotView]:
        """The hotspots, those that the city watches first."""
        spots = self.summary.hotspots if self.summary else ()
        return sorted(spots, key=lambda spot: (not spot.watched, spot.name))

    def access_points_of(self, hotspot: str) -> list[AccessPointView]:
        """The access points that serve a hotspot, by name."""
        members = [point for point in self.access_points.values() if point.hotspot == hotspot]
        return sorted(members, key=lambda point: point.id)


def incident_order(incident: IncidentView) -> tuple[bool, bool, float]:
    """Worst first: standing, nobody knows of it, newest."""
    return (
        incident.state not in LIVE,
        incident.acknowledged_by is not None,
        -incident.opened_at.timestamp(),
    )


def _merge(known: dict[str, N], news: Iterable[N], *, complete: bool) -> set[str]:
    if complete:
        known.clear()
    changed = set()
    for item in news:
        known[item.id] = item
        changed.add(item.id)
    return changed


def off_plan(point: LightPointView) -> bool:
    """Whether a light point is known not to hold what it is asked."""
    if point.asked_pct is None or point.effect_pct is None:
        return False
    return abs(point.asked_pct - point.effect_pct) > AS_PLANNED_POINTS


def plain(text: str) -> str:
    """A text for comparing: no case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


STATE_RANK: Mapping[LampState, int] = {state: rank for rank, state in enumerate(LampState)}
"""Worst first, as ``LampState`` lists them."""

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
    LAMP_STATES = auto()
    """Some of the light points that changed are in another state, or new, or gone."""
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
        self._ahead: CityNow | None = None
        """While this copy is frozen: the one that goes on hearing."""
        self._missed = Changes()
        self._coming: dict[str, LightPointView] | None = None
        """The light points of a picture that is not whole yet; until it is, those that were known stay."""

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
        """Take in what the client gave; while frozen, only whether the head-end answers changes anything here."""
        if self._ahead is None:
            return self._linked(item) if isinstance(item, Link) else self.apply(item)
        self._missed.add(self._ahead.heard(item))
        return self._linked(item) if isinstance(item, Link) else Changes()

    # -- standing still ------------------------------------------------------------------------------------

    @property
    def frozen(self) -> bool:
        """Whether this copy stands still while the city goes on."""
        return self._ahead is not None

    @property
    def ahead(self) -> "CityNow":
        """The copy that goes on hearing: this one, or while it is frozen the one kept apart."""
        return self._ahead or self

    def freeze(self) -> None:
        """Stand still; what the head-end says meanwhile is kept apart, one value each, however long it takes."""
        if self._ahead is None:
            self._ahead, self._missed = CityNow(), Changes()
            self._ahead._take_over(self)  # noqa: SLF001 - another of its kind

    def thaw(self) -> Changes:
        """Catch up: all that has changed since it was frozen."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return Changes()
        self._take_over(ahead)
        return self._missed

    def replace(self, live: Live) -> None:
        """Show another whole picture: whatever else was known goes."""
        self._complete_next = True
        self.apply(live)

    def _take_over(self, other: "CityNow") -> None:
        """Be as another copy, in the same dictionaries: screens hold on to them."""
        self.summary, self.link = other.summary, other.link
        self._lost_at_s = other._lost_at_s  # noqa: SLF001 - another of its kind
        self._complete_next = other._complete_next  # noqa: SLF001
        self._coming = None if other._coming is None else dict(other._coming)  # noqa: SLF001
        _replace(self.light_points, other.light_points)
        _replace(self.incidents, other.incidents)
        _replace(self.access_points, other.access_points)

    def _linked(self, link: Link) -> Changes:
        self.link = link
        if link.state is LinkState.UP:
            self._lost_at_s = None
            self._complete_next = True
        elif self._lost_at_s is None:
            self._lost_at_s = time.monotonic() - link.away_s
        return Changes({Topic.LINK})

    def apply(self, live: Live) -> Changes:
        """Take in a push; the first after a connection, and the light points after it, replace all that was known."""
        complete, self._complete_next = self._complete_next, False
        changes = Changes()
        if live.summary:
            self.summary = live.summary
            changes.topics.add(Topic.SUMMARY)
        self._take_lamps(live, changes, complete=complete)
        if complete or live.incidents:
            _merge(self.incidents, live.incidents, complete=complete)
            changes.topics.add(Topic.INCIDENTS)
        if complete or live.access_points:
            _merge(self.access_points, live.access_points, complete=complete)
            changes.topics.add(Topic.ACCESS_POINTS)
        return changes

    def _take_lamps(self, live: Live, changes: Changes, *, complete: bool) -> None:
        """Take in light points: each by itself, or a whole picture once its last portion is there."""
        if complete:
            self._coming = {}
        if self._coming is None:
            if any(self._is_news(point) for point in live.light_points):
                changes.topics.add(Topic.LAMP_STATES)
            changes.lamps = _merge(self.light_points, live.light_points, complete=False)
        else:
            _merge(self._coming, live.light_points, complete=False)
            if not live.more:
                whole, self._coming = self._coming, None
                changes.lamps = self.light_points.keys() | whole.keys()
                changes.topics |= {Topic.LAMPS, Topic.LAMP_STATES}
                _merge(self.light_points, whole.values(), complete=True)
        if changes.lamps:
            changes.topics.add(Topic.LAMPS)

    def _is_news(self, point: LightPointView) -> bool:
        known = self.light_points.get(point.id)
        return known is None or known.state is not point.state

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


def _replace(known: dict[str, N], others: Mapping[str, N]) -> None:
    known.clear()
    known.update(others)


def off_plan(point: LightPointView) -> bool:
    """Whether a light point is known not to hold what it is asked."""
    if point.asked_pct is None or point.effect_pct is None:
        return False
    return abs(point.asked_pct - point.effect_pct) > AS_PLANNED_POINTS


def plain(text: str) -> str:
    """A text for comparing: no case, no accents."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


STATE_RANK: Mapping[LampState, int] = {state: rank for rank, state in enumerate(LampState)}
"""Worst first, as ``LampState`` lists them."""

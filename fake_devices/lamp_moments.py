"""Moments of a night as lamp controllers know them: the sun's events, times of the clock, and limits on both."""

from dataclasses import dataclass

from fake_devices.street_clock import CIVIL, DAY_S, MORNINGS, NOON_S, Place, SunEvent

PLAIN: dict[SunEvent, SunEvent] = {"dusk": "sunset", "dawn": "sunrise"}
"""What stands for them where it does not get dark enough."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A sun event with an offset."""

    event: SunEvent
    offset_min: float = 0.0

    @property
    def events(self) -> frozenset[SunEvent]:
        """The sun's events that it depends on."""
        return frozenset({self.event})

    def instant(self, place: Place, night: int) -> float:
        """When it happens: in the evening or on the morning after; at the noon on that side where there is none."""
        morning = self.event in MORNINGS
        sun = place.sun(self.event, night + morning)
        if sun is None and self.event in CIVIL:
            sun = place.sun(PLAIN[self.event], night + morning)
        return place.instant(night + morning, NOON_S) if sun is None else sun + self.offset_min * 60


SUNSET, SUNRISE = Edge("sunset"), Edge("sunrise")


@dataclass(frozen=True, slots=True)
class Clock:
    """A local time, in seconds after local midnight."""

    second: int

    @property
    def events(self) -> frozenset[SunEvent]:
        """The sun's events that it depends on: none."""
        return frozenset()

    @property
    def in_night(self) -> int:
        """Its place in the night, which runs from noon to noon."""
        return (self.second - NOON_S) % DAY_S

    def instant(self, place: Place, night: int) -> float:
        """When it is: from noon on in the evening, before noon on the morning after."""
        return place.instant(night + (self.second < NOON_S), self.second)


@dataclass(frozen=True, slots=True)
class Limited:
    """A moment that is not before one and not after another; the latter has the last word."""

    moment: Edge | Clock
    not_before: Edge | Clock | None = None
    not_after: Edge | Clock | None = None

    @property
    def events(self) -> frozenset[SunEvent]:
        """The sun's events that it depends on."""
        parts = (self.moment, self.not_before, self.not_after)
        return frozenset(event for part in parts if part is not None for event in part.events)

    def instant(self, place: Place, night: int) -> float:
        """When it is."""
        at = self.moment.instant(place, night)
        if self.not_before is not None:
            at = max(at, self.not_before.instant(place, night))
        if self.not_after is not None:
            at = min(at, self.not_after.instant(place, night))
        return at


Moment = Edge | Clock | Limited

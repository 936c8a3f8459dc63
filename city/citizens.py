"""What citizens reported, in the words of the API."""

from datetime import datetime
from typing import Literal

from city.message import Message


class CitizenReportView(Message):
    """What a citizen reported of a lamp, without anything about the citizen."""

    id: str
    """The service's number."""
    state: Literal[
        "unmatched", "suspected", "nothing_seen", "attached", "closing", "closed", "closed_there", "left"
    ]
    trouble: Literal["dark", "by_day", "flickers", "other"]
    light_points: tuple[str, ...]
    """Those that it may mean, the likeliest first."""
    place: str
    """The street of the likeliest; empty where none is near."""
    latitude: float | None
    longitude: float | None
    """Where the citizen put it; None once the pole is known."""
    incident: str | None
    requested_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    detail: str


class NearReportView(Message):
    """A citizen's report beside an incident."""

    report: CitizenReportView
    distance_m: float | None
    """To the nearest lamp that the incident takes; None where that is not known."""
    joined: bool
    """Whether the incident explains it."""


class Purged(Message):
    """How many reports were deleted."""

    deleted: int

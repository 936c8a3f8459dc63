"""Light that follows people, in the words of the API: each dynamic rule, what it does now and what it has cost.

Counts of clients only: no device, no person. Times are UTC; what is not known is ``None``, never 0.
"""

from datetime import datetime
from enum import StrEnum

from city.message import Message


class WhyNot(StrEnum):
    """Why a rule lends no light now."""

    CLOCK = "clock"
    """The head-end's clock is in doubt, and nothing is sent."""
    TOO_LATE = "too_late"
    """Its latest time of the night is over, until noon."""
    NOT_COUNTED = "not_counted"
    """How many clients there are is not known: the programme holds."""
    TOO_FEW = "too_few"
    DARK = "dark"
    """The programme has its light points dark."""
    BRIGHT = "bright"
    """The programme gives as much light, or more."""
    ANOTHER_RULE = "another_rule"
    """A rule before it has its light points."""
    HELD_BACK = "held_back"
    """Its light points are locked, or their cabinets open or in local mode."""


class LentView(Message):
    """Light lent: what was asked for beyond the programme, as reckoned from the lamp types."""

    wh: float
    eur: float
    minutes: float
    """For how long, one rule after the other."""


class PresenceRuleView(Message):
    """One dynamic rule."""

    name: str
    selector: str
    hotspot: str
    """By id."""
    place: str
    """Its name."""
    points: int
    """Light points that it means."""
    at_least_pct: float
    begins_from: int
    """Clients with which it begins …"""
    until_below: int
    """… and under which it ends …"""
    hold_min: float
    """… once they have been fewer for so many minutes."""
    never_past: str | None
    """Local time, "01:00", from which on it lends nothing until noon."""
    clients: int | None
    """Now; None: not known."""
    held_since: datetime | None
    """Since when there have been enough; None: there are not."""
    until: datetime | None
    """When it ends if nobody comes any more."""
    lifted: int
    """Light points that give more light now."""
    text: str
    """Why, as it stands at the light point."""
    why_not: WhyNot | None
    """Why it lends no light; None while it does."""
    tonight: LentView
    last_30_days: LentView


class PresenceView(Message):
    """All dynamic rules, in their order."""

    at: datetime
    time_zone: str
    eur_per_kwh: float
    rules: tuple[PresenceRuleView, ...]
    tonight: LentView
    """Of all rules together, those that are in the settings no more included."""
    last_30_days: LentView
